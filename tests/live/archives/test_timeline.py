"""What was not recorded, and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecg.live.archives.timeline import Stretch, gaps_between


def test_gaps_say_why() -> None:
    recorded = [Stretch(0, 600_000), Stretch(600_100, 1_000_000), Stretch(1_030_000, 1_200_000)]
    stall = Stretch(1_000_000, 1_030_000, "stall")
    assert gaps_between(recorded, 0, 2_000_000, [stall]) == [stall, Stretch(1_200_000, 2_000_000, "off")]


def test_nothing_recorded_is_one_gap() -> None:
    assert gaps_between([], 5, 10_000, []) == [Stretch(5, 10_000, "off")]


spans = st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 30_000)), max_size=20)


@given(spans, st.integers(0, 50_000), st.integers(1000, 60_000))
def test_each_moment_is_recorded_or_in_a_gap(found: list[tuple[int, int]], start: int, length: int) -> None:
    end = start + length
    recorded = [Stretch(begin, begin + lasts) for begin, lasts in found]
    gaps = gaps_between(recorded, start, end, [])
    for moment in range(start, end, 97):
        covered = any(one.start <= moment < one.end for one in recorded)
        near = any(one.start - 500 <= moment < one.end + 500 for one in recorded)
        missing = any(gap.start <= moment < gap.end for gap in gaps)
        assert not (covered and missing)
        assert covered or missing or near
