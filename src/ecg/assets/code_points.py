"""Sets of Unicode code points: which a font file draws, and how such a set is written down."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path


def read_code_points(font: Path) -> set[int]:
    """The code points that the font file has a glyph for, from its `cmap` table."""
    from fontTools.ttLib import TTFont  # takes a tenth of a second to import and is needed at set-up only

    with TTFont(font, lazy=True) as opened:
        return set(opened.getBestCmap() or {})


def write_ranges(points: Iterable[int]) -> list[list[int]]:
    """`points` as inclusive, ascending ranges ``[[first, last], …]``."""
    ordered = sorted(set(points))
    if not ordered:
        return []
    breaks = [(a, b) for a, b in pairwise(ordered) if b != a + 1]
    firsts = [ordered[0], *(b for _, b in breaks)]
    lasts = [*(a for a, _ in breaks), ordered[-1]]
    return [[first, last] for first, last in zip(firsts, lasts, strict=True)]


def read_ranges(ranges: Iterable[Iterable[int]]) -> set[int]:
    """The set that `write_ranges` wrote."""
    points: set[int] = set()
    for first, last in ranges:
        points.update(range(first, last + 1))
    return points


def read_charset(charset: str) -> set[int]:
    """Code points of a fontconfig charset, such as ``20-7e a0 3bb``."""
    points: set[int] = set()
    for item in charset.split():
        first, _, last = item.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return points
