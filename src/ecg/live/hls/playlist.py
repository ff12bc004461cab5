"""The live media playlist (RFC 8216) as a pure function of a window of segments.

FFmpeg's own live playlist changes its target duration, has no discontinuity sequence and begins again at 0;
so it is written here. The text holds the whole state: `parse` reads back what `render` wrote, so the playlist
on disk is what a restarted process goes on from.

* The target duration of a window never changes (4.3.3.1). Where a camera's segments get longer than it
  allows, `raised` begins an empty window under a new one, with the same sequences going on.
* A segment that leaves counts the media sequence; with its discontinuity tag leaves one of those that
  EXT-X-DISCONTINUITY-SEQUENCE counts (6.2.2).
* Nothing leaves while less than three target durations would be left (6.2.2).
* PROGRAM-DATE-TIME stands where the time does not follow from the segment before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

SEGMENT_NAME = re.compile(r"[0-9a-f]{8}-[0-9]{6,9}\.ts")
"""A recorder's session and a number in it: no name is ever used twice, so players may keep what it names."""
_HEAD = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n"
"""Whoever serves it lets players wait for a segment (`ecg.live.viewing.playlists`)."""


class BrokenPlaylist(ValueError):
    """The text is not one that `render` wrote."""


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    milliseconds: int
    """Duration."""
    at: int
    """When its first picture was seen: milliseconds since 1970."""
    discontinuity: bool = False
    """Its timestamps or its coding do not follow from the segment before."""

    @property
    def end(self) -> int:
        return self.at + self.milliseconds


@dataclass(frozen=True, slots=True)
class Window:
    """The segments that the playlist names, and the numbers of the first one."""

    target: int
    """Seconds; at least every duration, rounded."""
    sequence: int = 0
    discontinuities: int = 0
    segments: tuple[Segment, ...] = ()

    @property
    def milliseconds(self) -> int:
        return sum(segment.milliseconds for segment in self.segments)

    @property
    def next_sequence(self) -> int:
        return self.sequence + len(self.segments)

    def allows(self, milliseconds: int) -> bool:
        """Whether a segment may be so long: its duration, rounded, must not exceed the target (4.3.3.1)."""
        return rounded(milliseconds) <= self.target


def rounded(milliseconds: int) -> int:
    """Seconds, to the nearest integer; half is up."""
    return (milliseconds + 500) // 1000


def appended(window: Window, segment: Segment, *, keep_seconds: int) -> Window:
    """The window with one segment more, and without those that are further back than `keep_seconds`.

    Raises ValueError for a segment that its target duration does not allow.
    """
    if not window.allows(segment.milliseconds):
        raise ValueError(f"{segment.milliseconds} ms exceed the target duration of {window.target} s")
    keep_ms = 1000 * max(keep_seconds, 3 * window.target)
    segments = (*window.segments, segment)
    total = window.milliseconds + segment.milliseconds
    gone = 0
    while gone < len(segments) - 1 and total - segments[gone].milliseconds >= keep_ms:
        total -= segments[gone].milliseconds
        gone += 1
    return _without(replace(window, segments=segments), gone)


def raised(window: Window, target: int) -> Window:
    """An empty window under another target duration; the sequences go on. The next segment has to be a
    discontinuity, for nothing of what was before is there any more.
    """
    return replace(_without(window, len(window.segments)), target=target)


def skipped(window: Window, next_sequence: int) -> Window:
    """An empty window that goes on at this sequence number, where the files of those before are not here."""
    emptied = _without(window, len(window.segments))
    return replace(emptied, sequence=max(emptied.sequence, next_sequence))


def render(window: Window) -> str:
    """The playlist; URIs are the segments' names, relative to its own."""
    head = (
        f"{_HEAD}#EXT-X-TARGETDURATION:{window.target}\n#EXT-X-MEDIA-SEQUENCE:{window.sequence}\n"
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.discontinuities}\n"
    )
    return head + "".join(_lines(window.segments))


def parse(text: str) -> Window:
    """The opposite of `render`. Raises BrokenPlaylist, as for a file that a full disk cut off."""
    if not text.startswith(_HEAD) or not text.endswith("\n"):
        raise BrokenPlaylist("the playlist is not one of ours")
    try:
        lines = iter(text[len(_HEAD) :].splitlines())
        target, sequence, discontinuities = (int(next(lines).partition(":")[2]) for _ in range(3))
        return Window(target, sequence, discontinuities, tuple(_segments(lines)))
    except (ValueError, StopIteration, RuntimeError):
        raise BrokenPlaylist("the playlist cannot be read") from None


def _without(window: Window, count: int) -> Window:
    """Without the first segments."""
    tags = sum(segment.discontinuity for segment in window.segments[:count])
    return replace(
        window,
        sequence=window.sequence + count,
        discontinuities=window.discontinuities + tags,
        segments=window.segments[count:],
    )


def _lines(segments: tuple[Segment, ...]) -> Iterator[str]:
    expected: int | None = None
    for segment in segments:
        if segment.discontinuity:
            yield "#EXT-X-DISCONTINUITY\n"
        if segment.at != expected or segment.discontinuity:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{moment_text(segment.at)}\n"
        yield f"#EXTINF:{segment.milliseconds // 1000}.{segment.milliseconds % 1000:03d},\n{segment.name}\n"
        expected = segment.end


def _segments(lines: Iterator[str]) -> Iterator[Segment]:
    discontinuity, at = False, 0
    milliseconds = 0
    for line in lines:
        if line == "#EXT-X-DISCONTINUITY":
            discontinuity = True
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            at = moment_of(line.partition(":")[2])
        elif line.startswith("#EXTINF:"):
            whole, _, part = line[8:-1].partition(".")
            milliseconds = int(whole) * 1000 + int(part)
        elif SEGMENT_NAME.fullmatch(line):
            yield Segment(line, milliseconds, at, discontinuity)
            discontinuity, at = False, at + milliseconds
        else:
            raise BrokenPlaylist(line[:80])


def moment_text(milliseconds: int) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    seconds, part = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{part:03d}Z"


def moment_of(text: str) -> int:
    """The opposite of `moment_text`; raises ValueError."""
    seconds, dot, part = text.removesuffix("Z").partition(".")
    if not dot:
        raise ValueError(text)
    return int(datetime.fromisoformat(f"{seconds}+00:00").timestamp()) * 1000 + int(part)
