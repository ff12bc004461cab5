"""How much of a stretch of time was recorded, and how much of that was looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecg.live.reports.facts import Facts, Outage
from ecg.live.reports.spans import Span, merged, missing, overlap, seconds, within

SEAM_MS = 1500
"""Between two archives there is at most a picture group; what is shorter is no gap but their seam."""
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing was recorded; `reason` is the recorder's, or unknown."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Seconds within a stretch of time that is over. Shares are of all of it; None when it has no length."""

    window_seconds: float
    recorded_seconds: float
    analysed_seconds: float
    gaps: tuple[Gap, ...]

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
    holes = (hole for hole in missing(recorded, window) if hole.end - hole.start > SEAM_MS)
    gaps = tuple(Gap(hole, _reason(hole, facts.outages)) for hole in holes)
    return Coverage(window.seconds, seconds(recorded), seconds(merged(analysed, slack=SEAM_MS)), gaps)


def _reason(hole: Span, outages: Sequence[Outage]) -> str:
    """That of the outage which explains the most of it."""
    longest = max(_explained(hole, outages), default=(0, UNKNOWN))
    return longest[1] if longest[0] > 0 else UNKNOWN


def _explained(hole: Span, outages: Sequence[Outage]) -> Iterable[tuple[int, str]]:
    return ((overlap(hole, outage.span), outage.reason) for outage in outages)


def _share(part: float, whole: float) -> float | None:
    return min(1.0, part / whole) if whole > 0 else None
