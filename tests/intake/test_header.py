"""The first look at a file, held against what FFmpeg says of the same file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecg.errors import MediaError
from ecg.intake.header import VideoFacts, index_after_media, read_header
from ecg.intake.signature import check_signature, looks_like_video
from ecg.media import probe, read_frame_table
from tests.media.clips import KINDS, clip, ffmpeg, folder

VIDEOS = sorted(set(KINDS) - {"no-picture", "av1"})
FIRST = 65536


def beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FIRST)


@pytest.mark.parametrize("kind", VIDEOS)
def test_every_kind_of_video_is_known_by_its_beginning(kind: str) -> None:
    check_signature(beginning(clip(kind)))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "empty"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", "playlist"),
        (b"\n<!DOCTYPE html><html>404", "web page"),
        (b'{"error": "denied"}', "web page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a video"),
        (b"%PDF-1.7" + bytes(100), "not a video"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "not a video"),
        (b"plain words", "not a video"),
    ],
)
def test_what_is_no_video_is_refused(head: bytes, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        check_signature(head)


@pytest.mark.parametrize("kind", ["plain", "ntsc", "silent", "vp9", "matroska", "hevc", "odd-size"])
def test_headers_tell_size_and_length(kind: str) -> None:
    path = clip(kind)
    data = path.read_bytes()
    place = index_after_media(data[:FIRST])
    facts = read_header(data[place:] if place else data[:FIRST])
    track = probe(path).require_video()
    assert facts.size == (track.width, track.height)
    assert facts.duration == pytest.approx(2, abs=0.1)
    if facts.frames is not None:
        assert facts.frames == pytest.approx(len(read_frame_table(path)), abs=1)


def test_an_index_at_the_front_needs_no_second_look() -> None:
    path = folder() / "front.mp4"
    ffmpeg("-i", str(clip("plain")), "-c", "copy", "-movflags", "+faststart", str(path))
    head = beginning(path)
    assert index_after_media(head) is None
    assert read_header(head) == VideoFacts((320, 180), 2.0, 60)


def test_a_frame_rate_of_matroska_counts_frames() -> None:
    facts = read_header(beginning(clip("vp9")))
    assert facts.frames is None or Fraction(facts.frames, 2) == 30


@given(st.binary(max_size=400), st.integers(0, 400), st.booleans())
@example(bytes(8), 0, False)
def test_no_bytes_make_it_fail(noise: bytes, at: int, wide: bool) -> None:
    head = bytearray(beginning(clip("vp9" if wide else "plain")))
    head[at : at + len(noise)] = noise
    for data in (noise, bytes(head)):
        assert isinstance(read_header(data), VideoFacts)
        index_after_media(data)
        looks_like_video(data)
