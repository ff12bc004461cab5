"""Which pictures a model is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecg.live.analysis.engines.choosing import QUIET_FRAMES, choose_moments

AT = [number / 5 for number in range(3000)]
"""Ten minutes, five pictures a second."""


def test_where_nothing_moves_two_tell_it() -> None:
    assert choose_moments(AT, [0.0] * len(AT), 24) == [150.0, 450.0]
    assert QUIET_FRAMES == 2


def test_a_busy_minute_gets_most_of_them() -> None:
    motion = [0.1 if 120 <= at < 180 else 0.0 for at in AT]
    chosen = choose_moments(AT, motion, 24)
    busy = [at for at in chosen if 120 <= at < 180]
    assert len(chosen) == 24
    assert 16 <= len(busy) <= 21
    assert min(chosen) < 60
    assert max(chosen) > 500


def test_noise_below_the_threshold_is_no_motion() -> None:
    assert len(choose_moments(AT, [0.001] * len(AT), 24)) == QUIET_FRAMES


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=200),
    st.integers(0, 50),
)
def test_it_never_chooses_more_nor_others(motion: list[float], most: int) -> None:
    at = [number * 0.2 for number in range(len(motion))]
    chosen = choose_moments(at, motion, most)
    assert len(chosen) <= most
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(at)
