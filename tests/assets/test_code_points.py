"""Sets of code points survive being written down."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ecg.assets.code_points import read_charset, read_ranges, write_ranges

POINTS = st.sets(st.integers(0, 0x10FFFF), max_size=200)


@given(POINTS)
def test_ranges_read_back_equal(points: set[int]) -> None:
    assert read_ranges(write_ranges(points)) == points


@given(POINTS)
def test_ranges_are_ascending_and_never_touch(points: set[int]) -> None:
    ranges = write_ranges(points)
    assert all(first <= last for first, last in ranges)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))


def test_neighbours_make_one_range() -> None:
    assert write_ranges([3, 1, 2, 9]) == [[1, 3], [9, 9]]


def test_charset_as_fontconfig_writes_it() -> None:
    assert read_charset("20-22 a0 1f600") == {0x20, 0x21, 0x22, 0xA0, 0x1F600}
