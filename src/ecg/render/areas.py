"""Which parts of a picture the captions cover: a few rectangles that never overlap.

Blending costs time for every covered pixel, and blending a pixel twice would be wrong. So rectangles that
touch are joined, and rectangles far apart (a caption below, a sound event above) stay apart.
"""

from __future__ import annotations

from typing import NamedTuple

_WORTH_JOINING = 4096
"""Pixels of gap that cost less than the fixed cost of one more rectangle."""


class Area(NamedTuple):
    """Pixels left <= x < right and top <= y < bottom."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def pixels(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def around(self, other: Area) -> Area:
        """The smallest area that holds both."""
        return Area(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def overlaps(self, other: Area) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Area) -> bool:
        return self.around(other) == self


class CoveredAreas:
    """The disjoint rectangles in which the overlay is not transparent."""

    def __init__(self) -> None:
        self.areas: list[Area] = []

    def add(self, area: Area) -> None:
        """Cover `area` too."""
        if any(known.holds(area) for known in self.areas):
            return
        rest = self.areas
        while True:
            joined = [k for k in rest if k.overlaps(area) or _cheap_to_join(k, area)]
            if not joined:
                break
            rest = [k for k in rest if k not in joined]
            for known in joined:
                area = area.around(known)
        self.areas = [*rest, area]

    def drop_inside(self, area: Area) -> None:
        """`area` became transparent: forget the rectangles that lie wholly in it."""
        self.areas = [known for known in self.areas if not area.holds(known)]

    def clear(self) -> None:
        self.areas = []


def _cheap_to_join(one: Area, other: Area) -> bool:
    return one.around(other).pixels <= one.pixels + other.pixels + _WORTH_JOINING
