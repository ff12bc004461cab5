"""What every engine promises, and what it may fail with.

VisionError            VISION_ENGINE_ERROR
├── EngineRefused      VISION_ENGINE_REFUSED: it said no for good (key, model, request); nobody tries again
├── EngineNotSet       VISION_ENGINE_NOT_SET: the operator named no key or address for it
├── AnswerInvalid      VISION_ANSWER_INVALID: twice no answer that fits the schema and the archive
└── EngineBusy         VISION_RATE_LIMITED: too many requests; `retry_after` says when again
EngineAway             CONNECTION_ERROR: nobody answers, or it breaks down (5xx); `retry_after` as above
EngineSlow             TIMEOUT_ERROR: no answer in time
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ecg.errors import ConnectionFailed, EcgError, TimedOut
from ecg.live.analysis.result import Activity, Finding
from ecg.live.analysis.vision.footage import Footage
from ecg.net.breaker import CircuitOpen

Telling = Callable[[float, str], None]
"""How far the look is, 0 to 1, and what is being done; raises Cancelled when the job was cancelled."""


class VisionError(EcgError):
    code = "VISION_ENGINE_ERROR"


class EngineRefused(VisionError):
    code = "VISION_ENGINE_REFUSED"


class EngineNotSet(VisionError):
    code = "VISION_ENGINE_NOT_SET"


class AnswerInvalid(VisionError):
    code = "VISION_ANSWER_INVALID"


class EngineBusy(VisionError):
    code = "VISION_RATE_LIMITED"
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, hint="it is tried again by itself")
        self.retry_after = retry_after


class EngineAway(ConnectionFailed):
    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, hint="it is tried again by itself")
        self.retry_after = retry_after


class EngineSlow(TimedOut):
    retry_after: ClassVar[float | None] = None


AWAY = (EngineBusy, EngineAway, EngineSlow, CircuitOpen)
"""What passes by itself, sooner or later: the job waits for it and holds no worker meanwhile."""
UNSEEN = (EngineBusy, EngineAway, EngineRefused, CircuitOpen)
"""What says that no model looked at what it was sent: no budget is due."""
PAUSE_SECONDS = 120.0
"""Where nobody says how long."""


def pause_of(error: EngineBusy | EngineAway | EngineSlow | CircuitOpen) -> float:
    """Seconds after which the job is run again; jittered, so that those that wait do not come together."""
    said = error.seconds if isinstance(error, CircuitOpen) else error.retry_after
    pause = PAUSE_SECONDS if said is None else float(said)
    return pause * random.uniform(1.0, 1.2)  # noqa: S311  # no secret


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the camera's people want to know, in their words. Models are given it as data of theirs."""

    camera: str = ""
    """Its name."""
    prompt: str = ""
    normal: str = ""
    """What is normal before this camera."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an engine saw in an archive."""

    seconds: float
    """How long the archive plays."""
    findings: Sequence[Finding]
    activity: Sequence[Activity]
    summary: str
    engine: str
    model: str | None = None
    note: str | None = None
    frames: int = 0
    """Pictures that were sent to a model."""
    tokens: int = 0


class VisionEngine(Protocol):
    """Looks at a whole archive. Blocks; called in a job's own process."""

    name: str

    def check_ready(self) -> None:
        """Before anything is fetched: raises CircuitOpen where the engine is not asked now."""
        ...

    def look(self, footage: Footage, wishes: Wishes, tell: Telling) -> Seen:
        """Raises MediaError for what is no video, Cancelled, and the errors above."""
        ...
