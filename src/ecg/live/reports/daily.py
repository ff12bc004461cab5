"""The report of a day, from what is known of it. Pure.

An incident belongs to the hour in which it began. What quick looks saw is counted apart: the archive's
analysis sees the same again, and one thing must not count twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecg.live.events import SEVERITIES, Severity
from ecg.live.reports.coverage import Coverage, coverage
from ecg.live.reports.day import Day
from ecg.live.reports.facts import Analysed, Facts, Incident
from ecg.live.reports.spans import Span, overlap

MOST_WORST = 10
"""Incidents that the report tells in words."""


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """The score of one archive, at the moment where it begins."""

    at: int
    score: int


@dataclass(frozen=True, slots=True)
class DailyReport:
    """What a camera's day was like; the day so far, when it is not over."""

    day: Day
    elapsed: Span
    score_mean: float | None
    """Each archive counts by its length; None when none was analysed."""
    score_lowest: ScorePoint | None
    score_curve: tuple[ScorePoint, ...]
    by_severity: dict[Severity, int]
    """All four, worst last."""
    by_category: dict[str, int]
    """Most frequent first."""
    by_hour: tuple[int, ...]
    """24 counts, by the clock on the wall."""
    realtime: dict[Severity, int]
    coverage: Coverage
    worst: tuple[Incident, ...]

    @property
    def incidents(self) -> int:
        return sum(self.by_severity.values())


def daily_report(facts: Facts, day: Day, now: int) -> DailyReport:
    """The report of a day; `now` in milliseconds since 1970 says how much of it is over."""
    elapsed = day.elapsed(now)
    analysed = sorted(
        (archive for archive in facts.analysed if overlap(archive.span, day.span)),
        key=lambda archive: archive.span,
    )
    curve = tuple(ScorePoint(max(archive.span.start, day.span.start), archive.score) for archive in analysed)
    incidents = incidents_in(analysed, day.span)
    hours = Counter(day.hour(incident.span.start) for incident in incidents)
    categories = Counter(sorted(incident.category for incident in incidents))
    return DailyReport(
        day=day,
        elapsed=elapsed,
        score_mean=mean_score(analysed, day.span),
        score_lowest=min(curve, key=lambda point: point.score, default=None),
        score_curve=curve,
        by_severity=severities(incidents),
        by_category=dict(categories.most_common()),
        by_hour=tuple(hours[hour] for hour in range(24)),
        realtime={severity: facts.realtime.get(severity, 0) for severity in SEVERITIES},
        coverage=coverage(facts, elapsed),
        worst=tuple(sorted(incidents, key=_badness)[:MOST_WORST]),
    )


def incidents_in(analysed: Iterable[Analysed], window: Span) -> list[Incident]:
    """Those that began within the window, in order."""
    found = (incident for archive in analysed for incident in archive.incidents)
    begun = (incident for incident in found if window.start <= incident.span.start < window.end)
    return sorted(begun, key=lambda incident: incident.span)


def severities(incidents: Iterable[Incident]) -> dict[Severity, int]:
    """How many of each severity, those without any among them."""
    counts = Counter(incident.severity for incident in incidents)
    return {severity: counts[severity] for severity in SEVERITIES}


def mean_score(analysed: Sequence[Analysed], window: Span) -> float | None:
    """The mean over time: each archive counts by as much of it as lies in the window."""
    lengths = [overlap(archive.span, window) for archive in analysed]
    total = sum(lengths)
    if not total:
        return None
    weighed = sum(archive.score * length for archive, length in zip(analysed, lengths, strict=True))
    return weighed / total


def _badness(incident: Incident) -> tuple[int, float, int]:
    return (-SEVERITIES.index(incident.severity), -(incident.confidence or 0.0), incident.span.start)
