"""What a report is computed from, gathered by the repository and nowhere else. Moments are milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ecg.live.events import Severity
from ecg.live.reports.spans import Span


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that an archive's analysis saw."""

    severity: Severity
    category: str
    span: Span
    description: str
    confidence: float | None
    method: str
    still_key: str | None = None


@dataclass(frozen=True, slots=True)
class Analysed:
    """An archive that was analysed. `score` is 0 (worst) to 100."""

    span: Span
    score: int
    engine: str
    incidents: Sequence[Incident] = ()


@dataclass(frozen=True, slots=True)
class Outage:
    """Why nothing came for a while, as the recorder tells it."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one camera and one stretch of time."""

    recorded: Sequence[Span] = ()
    analysed: Sequence[Analysed] = ()
    outages: Sequence[Outage] = ()
    realtime: dict[Severity, int] = field(default_factory=dict)
    """How many events quick looks saw."""
