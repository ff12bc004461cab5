"""What is read from headers is what the file is."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from ecg.media import ColourTags, Orientation, probe, read_frame_table
from ecg.media.orientation import orientation_from_matrix
from tests.media.clips import clip, frame_times, late, turned


def test_a_plain_file() -> None:
    info = probe(clip("plain"))
    video = info.require_video()
    assert (video.codec, video.width, video.height, video.pixel_format) == ("h264", 320, 180, "yuv420p")
    assert video.average_rate == Fraction(30)
    assert (video.bit_depth, video.sample_aspect) == (8, Fraction(1))
    assert info.duration == pytest.approx(2.0, abs=0.05)
    assert [(track.codec, track.sample_rate, track.channels) for track in info.audio] == [("aac", 44100, 1)]
    assert video.colour == ColourTags()


@pytest.mark.parametrize(
    ("kind", "size"), [("oblong-pixels", (427, 180)), ("tall-pixels", (320, 240)), ("odd-size", (319, 179))]
)
def test_sizes_as_seen(kind: str, size: tuple[int, int]) -> None:
    assert probe(clip(kind)).require_video().display_size == size


@pytest.mark.parametrize(("degrees", "turns"), [(0, 0), (90, 3), (180, 2), (270, 1)])
def test_orientation(degrees: int, turns: int) -> None:
    """libav counts counter-clockwise, we count how to turn the picture clockwise."""
    video = probe(turned(degrees)).require_video()
    assert video.orientation == Orientation(turns)
    assert video.display_size == ((180, 320) if turns % 2 else (320, 180))


def test_a_matrix_that_is_no_quarter_turn_counts_as_upright() -> None:
    assert orientation_from_matrix(np.zeros(9, np.int32).tobytes()).upright


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("bt601", ColourTags(6, 6, 6, range_tag=1)),
        ("pq", ColourTags(9, 9, 16, range_tag=1)),
        ("full-range", ColourTags(full_range=True, range_tag=2)),
    ],
)
def test_colour_tags(kind: str, tags: ColourTags) -> None:
    assert probe(clip(kind)).require_video().colour == tags


def test_tracks_and_languages() -> None:
    assert [track.language for track in probe(clip("two-voices")).audio] == ["eng", "kor"]


@pytest.mark.parametrize(
    "kind",
    [
        *("plain", "ntsc", "variable-rate", "matroska", "broadcast", "hevc", "vp9", "av1", "mpeg2", "avi"),
        *("odd-size", "short-groups"),
    ],
)
def test_the_table_is_what_decoding_shows(kind: str) -> None:
    table = read_frame_table(clip(kind))
    times = [int(tick) * table.time_base for tick in table.shown]
    assert times == frame_times(clip(kind))
    assert table.complete
    microseconds = table.times_us
    assert all(sooner < later for sooner, later in pairwise(microseconds))
    origin = table.origin * table.time_base
    assert (
        max(abs(us / 1e6 - float(time - origin)) for us, time in zip(microseconds, times, strict=True)) < 6e-7
    )


def test_variable_rate_is_noticed() -> None:
    assert read_frame_table(clip("variable-rate")).variable_rate
    for kind in ("plain", "ntsc", "matroska"):
        assert not read_frame_table(clip(kind)).variable_rate


def test_time_zero_is_where_players_start() -> None:
    assert read_frame_table(clip("plain")).times_us[0] == 0
    assert abs(probe(late()).start - 0.4768) < 0.001
    assert 0 <= read_frame_table(late()).times_us[0] < 50_000
    assert 0 <= read_frame_table(clip("broadcast")).times_us[0] < 100_000


def test_durations() -> None:
    assert read_frame_table(clip("ntsc")).duration == pytest.approx(60 * 1001 / 30000)
    assert read_frame_table(clip("plain")).last_duration * read_frame_table(
        clip("plain")
    ).time_base == Fraction(1, 30)
