"""When pictures were seen, by when the rows about them arrive."""

from __future__ import annotations

from ecg.live.recording.clock import StreamClock
from ecg.live.recording.pauses import pause_after

AT = 1_795_649_142_000


def test_the_first_row_sets_the_line() -> None:
    clock = StreamClock()
    assert not clock.observe(1.0, AT)
    assert clock.at(0.0) == AT - 1000
    assert clock.at(61.5) == AT + 60_500


def test_late_rows_move_nothing() -> None:
    clock = StreamClock()
    clock.observe(1.0, AT)
    for second in range(2, 12):
        assert not clock.observe(float(second), AT + 1000 * (second - 1) + 3000 * (second % 2))
    assert clock.at(0.0) == AT - 1000


def test_a_late_first_row_is_mended_by_the_next() -> None:
    clock = StreamClock()
    clock.observe(1.0, AT + 1500)
    assert not clock.observe(2.0, AT + 1000)
    assert clock.at(0.0) == AT - 1000


def test_a_camera_whose_clock_runs_slow_is_followed_without_a_jump() -> None:
    clock = StreamClock()
    arrived, jumps = AT, 0
    for second in range(1, 2000):
        arrived += 1001  # a second of the camera takes a thousandth more
        jumps += clock.observe(float(second), arrived)
        assert abs(clock.at(float(second)) - arrived) < 700
    assert jumps == 0


def test_a_wall_clock_that_is_set_jumps_once() -> None:
    for step in (-3_600_000, 3_600_000):
        clock = StreamClock()
        jumps = 0
        for second in range(1, 120):
            arrived = AT + 1000 * second + (step if second > 40 else 0)
            jumps += clock.observe(float(second), arrived)
        assert jumps == 1
        assert clock.at(119.0) == AT + 119_000 + step


def test_pauses_grow_and_a_session_that_lasted_is_followed_at_once() -> None:
    assert pause_after(0, was_live=True, lasting=False) < 0.5
    for failures, expected in ((1, 1), (2, 5), (3, 10), (4, 60), (40, 60)):
        for was_live in (False, True):
            pause = pause_after(failures + was_live, was_live=was_live, lasting=False)
            assert 0.8 * expected <= pause <= 1.2 * expected
    assert pause_after(1, was_live=True, lasting=False) < 0.5
    assert pause_after(1, was_live=False, lasting=True) >= 48
