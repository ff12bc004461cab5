"""The live playlist: by example, by properties, and as an independent parser reads it."""

from __future__ import annotations

from itertools import pairwise

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.live.hls.playlist import (
    BrokenPlaylist,
    Segment,
    Window,
    appended,
    parse,
    raised,
    render,
    rounded,
    skipped,
)

AT = 1_795_649_142_070


def name(number: int, session: str = "0a1b2c3d") -> str:
    return f"{session}-{number:06d}.ts"


def test_a_window_reads_as_people_know_playlists() -> None:
    window = Window(
        1,
        7,
        2,
        (
            Segment(name(0), 1023, AT, discontinuity=True),
            Segment(name(1), 1000, AT + 1023),
            Segment(name(2), 990, AT + 5000),
        ),
    )
    assert render(window) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:3\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:2\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-25T23:25:42.070Z\n"
        "#EXTINF:1.023,\n"
        "0a1b2c3d-000000.ts\n"
        "#EXTINF:1.000,\n"
        "0a1b2c3d-000001.ts\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-25T23:25:47.070Z\n"
        "#EXTINF:0.990,\n"
        "0a1b2c3d-000002.ts\n"
    )


def test_a_segment_that_leaves_counts_and_so_does_its_discontinuity() -> None:
    window = Window(1)
    for number in range(13):
        segment = Segment(name(number), 1000, AT + 1000 * number, discontinuity=number == 1)
        window = appended(window, segment, keep_seconds=10)
    assert (window.sequence, window.discontinuities, len(window.segments)) == (3, 1, 10)
    assert window.segments[0].name == name(3)


def test_three_target_durations_stay_however_short_the_window_is() -> None:
    window = Window(4)
    for number in range(20):
        window = appended(window, Segment(name(number), 1000, AT + 1000 * number), keep_seconds=1)
        assert window.milliseconds >= min(1000 * (number + 1), 12_000)


def test_a_segment_that_is_too_long_is_refused_and_a_raised_window_takes_it() -> None:
    window = appended(Window(1, 5, 1), Segment(name(0), 1000, AT, discontinuity=True), keep_seconds=10)
    long = Segment(name(1), 2600, AT + 1000, discontinuity=True)
    with pytest.raises(ValueError, match="target duration"):
        appended(window, long, keep_seconds=10)
    higher = appended(raised(window, rounded(2600)), long, keep_seconds=10)
    assert (higher.target, higher.sequence, higher.discontinuities) == (3, 6, 2)


def test_a_window_whose_files_are_elsewhere_goes_on_behind_them() -> None:
    window = Window(2, 10, 1, (Segment(name(0), 1000, AT, discontinuity=True),))
    assert skipped(window, 500) == Window(2, 500, 2)
    assert skipped(window, 3) == Window(2, 11, 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#EXTM3U\n",
        render(Window(1))[:-5],
        render(Window(1, segments=(Segment(name(0), 1000, AT),))).replace(".ts", ".mp4"),
        render(Window(1)).replace("TARGETDURATION:1", "TARGETDURATION:x"),
        render(Window(1, segments=(Segment(name(0), 1000, AT),)))[:-1],
    ],
)
def test_what_is_not_ours_or_was_cut_off_is_told(text: str) -> None:
    with pytest.raises(BrokenPlaylist):
        parse(text)


# A camera's day: segments of a few lengths, now and then a new session or a clock that jumps.
steps = st.lists(
    st.tuples(st.integers(200, 2400), st.booleans(), st.sampled_from((0, 0, 0, 700, -4000, 3_600_000))),
    min_size=1,
    max_size=80,
)


def watched(days: list[tuple[int, bool, int]], keep_seconds: int) -> list[Window]:
    """The window after each segment."""
    window, at, seen = Window(2, 3, 1), AT, []
    for number, (milliseconds, discontinuity, jump) in enumerate(days):
        at += jump
        segment = Segment(name(number), milliseconds, at, discontinuity)
        window = appended(window, segment, keep_seconds=keep_seconds)
        at = segment.end
        seen.append(window)
    return seen


@given(steps, st.integers(1, 30))
def test_what_is_written_is_read_back(days: list[tuple[int, bool, int]], keep_seconds: int) -> None:
    for window in watched(days, keep_seconds):
        assert parse(render(window)) == window


@given(steps, st.integers(1, 30))
def test_an_independent_parser_sees_one_line_of_segments(
    days: list[tuple[int, bool, int]], keep_seconds: int
) -> None:
    """Whatever happens: each segment keeps its number, its time and its discontinuity's number."""
    numbers: dict[str, tuple[int, int]] = {}
    for window in watched(days, keep_seconds):
        playlist = m3u8.loads(render(window))
        assert playlist.target_duration == 2
        assert not playlist.is_endlist
        sequence = playlist.media_sequence
        assert sequence is not None
        epoch = playlist.discontinuity_sequence or 0
        for place, segment in enumerate(playlist.segments):
            assert round(segment.duration or 0) <= 2
            epoch += bool(segment.discontinuity)
            known = numbers.setdefault(str(segment.uri), (sequence + place, epoch))
            assert known == (sequence + place, epoch)
            assert segment.current_program_date_time is not None


@given(steps, st.integers(1, 30))
def test_sequences_never_go_back_and_enough_is_left(
    days: list[tuple[int, bool, int]], keep_seconds: int
) -> None:
    for before, after in pairwise(watched(days, keep_seconds)):
        gone = after.sequence - before.sequence
        assert gone >= 0
        tags = sum(segment.discontinuity for segment in before.segments[:gone])
        assert after.discontinuities == before.discontinuities + tags
        assert gone == 0 or after.milliseconds >= 1000 * max(keep_seconds, 3 * after.target)
