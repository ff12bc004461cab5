"""What a report is computed from, gathered by the repository and nowhere else. Moments are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecg.live.archives.timeline import Stretch
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
class Facts:
    """Of one camera and one stretch of time."""

    recorded: Sequence[Span] = ()
    analysed: Sequence[Analysed] = ()
    outages: Sequence[Stretch] = ()
    """When the stream was not as it should be, and how."""
    realtime: dict[Severity, int] = field(default_factory=dict)
    """How many events quick looks saw."""
    found: dict[Severity, int] = field(default_factory=dict)
    """How many incidents began in the time; counted, for whoever does not ask for `Analysed.incidents`."""


def incident_of(kept: Mapping[str, Any]) -> Incident:
    """An incident as the analysis keeps it in JSON."""
    return Incident(
        severity=kept["severity"],
        category=kept["category"],
        span=Span(milliseconds_of(kept["start"]), milliseconds_of(kept["end"])),
        description=kept["description"],
        confidence=kept["confidence"],
        method=kept["method"],
        still_key=kept.get("still_key"),
    )


def milliseconds_of(moment: str) -> int:
    """Milliseconds since 1970 of a moment in ISO 8601."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
