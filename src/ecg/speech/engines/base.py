"""What a speech engine is: the seam behind which every recogniser stands."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from ecg.errors import EcgError
from ecg.media.audio import Sound
from ecg.speech.activity import Region

AUTO = "auto"
Progress = Callable[[float], None]
"""Is told the fraction done, 0 to 1."""


@dataclass(frozen=True)
class Hardware:
    """What an engine may use of the machine."""

    gpu: bool = True
    """Where there is one that it can use."""
    workers: int | None = None
    """Processes or threads at the most; None: as many as do it good."""

    @property
    def threads(self) -> int:
        cores = os.cpu_count() or 1
        return cores if self.workers is None else max(1, min(cores, self.workers))


@dataclass(frozen=True)
class HeardWord:
    """One word as it was heard; `start` and `end` in seconds of the video, None where nobody knows them."""

    text: str
    start: float | None
    end: float | None
    confidence: float | None
    timing: Literal["measured", "interpolated"] = "measured"
    joined: bool = False
    """True where the script puts no space after it (Japanese, Chinese)."""


@dataclass(frozen=True)
class Heard:
    words: tuple[HeardWord, ...]
    """In order of speech."""
    language: str
    """ISO 639-1 code, the given one or the detected one."""
    warnings: tuple[str, ...] = ()


class Engine(Protocol):
    """A recogniser with a clean life: made cheaply, `load` (may fail and say why), `transcribe`, `close`.

    Use it as a context manager: entering loads it, leaving frees processes and memory whatever happened.
    """

    name: str
    """As the command line spells it."""
    device: str
    """``cpu`` or ``cuda``; settled when it is loaded."""

    @property
    def model_version(self) -> str:
        """Engine and model, for the result's metadata."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes that it knows."""

    def installed(self) -> bool:
        """Is its package on this machine (without importing it)."""

    def lack(self) -> EcgError | None:
        """What keeps it from listening, with a hint: a model that is neither on disk nor can be fetched;
        None if nothing."""

    def load(self) -> None:
        """Get ready to listen.

        Raises:
            MissingDependency: the package or the model is not there; the hint gets it.
            SpeechError: it is there and does not work.
        """

    def transcribe(
        self, sound: Sound, regions: Sequence[Region], *, language: str, progress: Progress
    ) -> Heard:
        """Write down what is said in `regions`; `language` is a code of `languages` or ``auto``.

        Raises:
            SpeechError: the engine failed.
        """

    def close(self) -> None:
        """Free everything; may be called at any time and more than once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
