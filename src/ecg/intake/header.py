"""Size and length of a video from the first bytes of its file, in plain Python.

Reads what mp4, mov, WebM and Matroska say in their headers. Whatever is missing, cut off or makes no sense is
None: this serves estimates, the job itself looks properly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PIXELS = 8192 * 8192
MOST_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Pixels, seconds and frames as the header tells them."""

    size: tuple[int, int] | None = None
    duration: float | None = None
    frames: int | None = None


def read_header(head: bytes) -> VideoFacts:
    """What the beginning of a file tells; nothing for containers that are not known here."""
    try:
        facts = _matroska(head) if head[:4] == b"\x1a\x45\xdf\xa3" else _iso(head)
    except (struct.error, IndexError, ValueError, OverflowError, ZeroDivisionError):
        return VideoFacts()
    return _sensible(facts)


def index_after_media(head: bytes) -> int | None:
    """Where the index of an mp4 or mov lies that has it at its end; None where it is in `head` already."""
    place = 0
    while place + 16 <= len(head):
        kind, _, end = _box(head, place)
        if kind == b"moov" or end <= place:
            return None
        if kind == b"mdat":
            return end
        place = end
    return None


def _sensible(facts: VideoFacts) -> VideoFacts:
    size, duration, frames = facts.size, facts.duration, facts.frames
    if size is not None and not 0 < size[0] * size[1] <= MOST_PIXELS:
        size = None
    if duration is not None and not 0 < duration <= MOST_SECONDS:
        duration = None
    if frames is not None and not (duration and 0 < frames <= 1000 * duration):
        frames = None
    return VideoFacts(size, duration, frames)


def _box(data: bytes, place: int) -> tuple[bytes, int, int]:
    """Kind, where the content begins, and where the box ends (which may be beyond the data)."""
    length, kind = struct.unpack_from(">I4s", data, place)
    if length == 1:
        return kind, place + 16, place + struct.unpack_from(">Q", data, place + 8)[0]
    return kind, place + 8, len(data) if length == 0 else place + length


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    place = start
    while place + 8 <= min(end, len(data)):
        kind, content, after = _box(data, place)
        if after <= place:
            return
        yield kind, content, min(after, end)
        place = after


def _iso(head: bytes) -> VideoFacts:
    """The movie header, and of its tracks the first that has pictures."""
    for kind, content, end in _boxes(head, 0, len(head)):
        if kind == b"moov":
            duration = None
            for name, start, stop in _boxes(head, content, end):
                if name == b"mvhd":
                    duration = _seconds(head, start)
                elif name == b"trak":
                    facts = _track(head, start, stop)
                    if facts.size:
                        return VideoFacts(facts.size, facts.duration or duration, facts.frames)
            return VideoFacts(duration=duration)
    return VideoFacts()


def _track(data: bytes, start: int, end: int) -> VideoFacts:
    size, duration, frames = None, None, None
    for kind, content, after in _boxes(data, start, end):
        if kind == b"tkhd":
            wide, high = struct.unpack_from(">II", data, content + (88 if data[content] == 1 else 76))
            size = (wide >> 16, high >> 16) if wide and high else None
        elif kind == b"mdia":
            for name, inner, stop in _boxes(data, content, after):
                if name == b"mdhd":
                    duration = _seconds(data, inner)
                elif name == b"minf":
                    frames = _sample_count(data, inner, stop)
    return VideoFacts(size, duration, frames)


def _seconds(data: bytes, content: int) -> float | None:
    """Duration of a movie or media header (version 0 or 1)."""
    wide = data[content] == 1
    scale, length = struct.unpack_from(">IQ" if wide else ">II", data, content + (20 if wide else 12))
    return float(length / scale) if length else None


def _sample_count(data: bytes, start: int, end: int) -> int | None:
    for kind, content, after in _boxes(data, start, end):
        if kind != b"stbl":
            continue
        for name, inner, _ in _boxes(data, content, after):
            if name == b"stsz" and inner + 12 <= len(data):
                return int(struct.unpack_from(">I", data, inner + 8)[0])
    return None


_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_SCALE, _DURATION, _FRAME, _WIDTH, _HEIGHT = 0x2AD7B1, 0x4489, 0x23E383, 0xB0, 0xBA


def _matroska(head: bytes) -> VideoFacts:
    """Segment information and the first track that has pictures."""
    size, each, scale, length = None, None, 1_000_000, None
    for name, start, end in _elements(head, 0, len(head)):
        if name != _SEGMENT:
            continue
        for part, inner, stop in _elements(head, start, end):
            if part == _INFO:
                found = {key: head[a:b] for key, a, b in _elements(head, inner, stop)}
                scale = int.from_bytes(found.get(_SCALE, b""), "big") or scale
                length = _real(found.get(_DURATION, b"")) or length
            elif part == _TRACKS and size is None:
                size, each = _video_track(head, inner, stop)
    duration = length * scale / 1e9 if length else None
    return VideoFacts(size, duration, round(duration * 1e9 / each) if duration and each else None)


def _video_track(data: bytes, start: int, end: int) -> tuple[tuple[int, int] | None, int | None]:
    """Size, and nanoseconds of a frame."""
    for name, content, after in _elements(data, start, end):
        if name != _TRACK:
            continue
        inside = {key: (a, b) for key, a, b in _elements(data, content, after)}
        if _VIDEO in inside:
            picture = {
                key: int.from_bytes(data[a:b], "big") for key, a, b in _elements(data, *inside[_VIDEO])
            }
            each = int.from_bytes(data[slice(*inside[_FRAME])], "big") if _FRAME in inside else None
            if picture.get(_WIDTH) and picture.get(_HEIGHT):
                return (picture[_WIDTH], picture[_HEIGHT]), each
    return None, None


def _real(data: bytes) -> float:
    return float(struct.unpack(">f" if len(data) == 4 else ">d", data)[0]) if len(data) in (4, 8) else 0.0


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """EBML elements: identifier, where the content begins and ends; one of unknown length takes all."""
    place, end = start, min(end, len(data))
    while place < end:
        width = 9 - data[place].bit_length()
        name = int.from_bytes(data[place : place + width], "big")
        place += width
        length_width = 9 - data[place].bit_length()
        if width > 4 or length_width > 8:
            return
        length = int.from_bytes(data[place : place + length_width], "big") & ((1 << 7 * length_width) - 1)
        place += length_width
        unknown = length == (1 << 7 * length_width) - 1
        after = end if unknown else min(end, place + length)
        yield name, place, after
        place = after
