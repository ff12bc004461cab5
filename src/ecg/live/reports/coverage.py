"""How much of a stretch of time was recorded, and how much of that was looked at. Pure.

Gaps are those of the timeline, by the same rule and with the same reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecg.live.archives.timeline import SEAM_MS, Stretch, gaps_between
from ecg.live.reports.facts import Facts
from ecg.live.reports.spans import Span, merged, seconds, within


@dataclass(frozen=True, slots=True)
class Coverage:
    """Seconds within a stretch of time that is over. Shares are of all of it; None when it has no length."""

    window_seconds: float
    recorded_seconds: float
    analysed_seconds: float
    gaps: tuple[Stretch, ...]
    """Where nothing was recorded, with the kind of the incident that explains it."""

    @property
    def recorded_ratio(self) -> float | None:
        return _share(self.recorded_seconds, self.window_seconds)

    @property
    def analysed_ratio(self) -> float | None:
        return _share(self.analysed_seconds, self.window_seconds)


def coverage(facts: Facts, window: Span) -> Coverage:
    """What the facts cover of a stretch of time."""
    recorded = merged(within(facts.recorded, window), slack=SEAM_MS)
    analysed = within((archive.span for archive in facts.analysed), window)
    stretches = [Stretch(span.start, span.end) for span in recorded]
    gaps = gaps_between(stretches, window.start, window.end, facts.outages)
    return Coverage(window.seconds, seconds(recorded), seconds(merged(analysed, slack=SEAM_MS)), tuple(gaps))


def _share(part: float, whole: float) -> float | None:
    return min(1.0, part / whole) if whole > 0 else None
