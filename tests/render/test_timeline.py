"""Output frames are where the source's are, or at a constant rate over the same time."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.media import FrameTable
from ecg.render.timeline import constant_timeline, source_timeline

TABLES = st.builds(
    lambda start, steps, time_base: FrameTable(
        time_base=time_base,
        pts=np.array(list(accumulate(steps, initial=start)), dtype=np.int64),
        keyframe=np.ones(len(steps) + 1, dtype=np.bool_),
        sizes=np.ones(len(steps) + 1, dtype=np.int64),
        last_duration=steps[-1] if steps else 1,
        origin=start,
        complete=True,
        exact=True,
    ),
    st.integers(0, 5000),
    st.lists(st.integers(1, 400), max_size=60),
    st.sampled_from([Fraction(1, 1000), Fraction(1, 15360), Fraction(1001, 30000)]),
)
RATES = st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60), Fraction(1)])


@given(TABLES)
def test_the_sources_times_are_kept(table: FrameTable) -> None:
    timeline = source_timeline(table)
    assert timeline.pts.tolist() == table.shown.tolist()
    assert timeline.source.tolist() == list(range(len(table)))
    assert timeline.times_us[0] == 0
    durations = [timeline.duration_of(frame) for frame in range(len(timeline))]
    assert (
        sum(durations) * table.time_base == Fraction(table.duration).limit_denominator(10**9)
        or len(table) == 1
    )


@given(TABLES, RATES)
@settings(deadline=None, max_examples=40)
def test_a_constant_rate_shows_the_frame_of_the_moment(table: FrameTable, rate: Fraction) -> None:
    timeline = constant_timeline(table, rate)
    times = [int(tick) * timeline.time_base for tick in timeline.pts]
    steps = {later - sooner for sooner, later in pairwise(times)}
    assert steps <= {1 / rate}
    assert (np.diff(timeline.source) >= 0).all()
    shown = [int(tick) * table.time_base for tick in table.shown]
    slack = table.time_base / 2 + timeline.time_base
    for time, source in zip(times, timeline.source, strict=True):
        assert shown[source] <= time + slack
        if source + 1 < len(shown):
            assert shown[source + 1] > time - slack
    assert abs(len(timeline) / rate - Fraction(table.duration)) <= 1 / rate + slack


def test_even_steps_give_an_exact_rate() -> None:
    table = FrameTable(
        Fraction(1, 30000),
        np.arange(0, 60 * 1001, 1001),
        np.ones(60, bool),
        np.ones(60, int),
        1001,
        0,
        True,
        True,
    )
    assert source_timeline(table).rate == Fraction(30000, 1001)
    assert source_timeline(table, shift=1001).pts[0] == -1001
