"""What was recorded and what was not: pure. Milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SEAM_MS = 500
"""Two recordings that follow each other are cut between two pictures; so much is no gap."""
OFF = "off"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time; of an incident with its kind."""

    start: int
    end: int
    kind: str = ""


def gaps_between(
    recorded: Iterable[Stretch], start: int, end: int, incidents: Sequence[Stretch]
) -> list[Stretch]:
    """The times from `start` to `end` without a recording, each with the kind of the incident that lies in
    it, or `off`."""
    gaps = []
    reached = start
    for stretch in sorted(recorded, key=lambda one: (one.start, one.end)):
        if stretch.start - reached > SEAM_MS:
            gaps.append(_explained(reached, min(stretch.start, end), incidents))
        reached = max(reached, stretch.end)
    if end - reached > SEAM_MS:
        gaps.append(_explained(reached, end, incidents))
    return [gap for gap in gaps if gap.end > gap.start]


def _explained(start: int, end: int, incidents: Sequence[Stretch]) -> Stretch:
    def shared(incident: Stretch) -> int:
        # a connection that ended may leave a gap that begins a little after it
        return min(end, incident.end + SEAM_MS) - max(start, incident.start - SEAM_MS)

    longest = max(incidents, key=shared, default=None)
    if longest is None or shared(longest) <= 0:
        return Stretch(start, end, OFF)
    return Stretch(start, end, longest.kind)
