"""What RFC 8216 asks of a live playlist, checked over its whole life by somebody who did not write it.

`m3u8` reads the playlists; the rules come from the RFC, not from the code that writes playlists. A rule that
speaks of two versions of a playlist (nothing changes, nothing comes back, nothing goes too early) needs
somebody who sees all of them, which is `PlaylistRules`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import m3u8

_CLOCK_SECONDS = 0.25
"""How far the times of neighbours may be off their durations; a busy host that learns late needs more."""


@dataclass(frozen=True)
class Segment:
    """A media segment as a playlist names it."""

    sequence: int
    name: str
    """Its path without the ticket."""
    uri: str
    seconds: float
    at: float
    """Unix time of its first frame (EXT-X-PROGRAM-DATE-TIME)."""
    discontinuity: bool
    """Whether EXT-X-DISCONTINUITY stands before it."""
    discontinuities: int
    """Its discontinuity sequence number."""
    header: str | None
    """The URI of EXT-X-MAP that applies to it."""

    @property
    def ends(self) -> float:
        return self.at + self.seconds


@dataclass(frozen=True)
class Version:
    """A playlist at one moment."""

    target: int
    sequence: int
    discontinuities: int
    segments: tuple[Segment, ...]

    @property
    def seconds(self) -> float:
        return sum(segment.seconds for segment in self.segments)

    @property
    def next_sequence(self) -> int:
        return self.sequence + len(self.segments)


class PlaylistRules:
    """Sees every version of one playlist in turn; `look` answers what is wrong with the newest."""

    def __init__(self, clock_seconds: float = _CLOCK_SECONDS) -> None:
        self._clock_seconds = clock_seconds
        self.seen: dict[int, Segment] = {}
        """Every segment that was ever named, by its sequence number."""
        self.last: Version | None = None
        self.versions = 0

    def look(self, text: str) -> list[str]:
        """What is wrong in itself or against the versions before; remembers it."""
        version, wrong = read_version(text)
        if version is None:
            return wrong
        wrong += [*_alone(version, self._clock_seconds)]
        if self.last is not None:
            wrong += [*_against(self.last, version)]
        for segment in version.segments:
            before = self.seen.setdefault(segment.sequence, segment)
            if _fixed(before) != _fixed(segment):
                wrong.append(f"segment {segment.sequence} was {_fixed(before)} and is {_fixed(segment)}")
        self.last = version
        self.versions += 1
        return wrong

    def gaps(self) -> list[int]:
        """Sequence numbers that nobody saw between the first and the last: the looker came too seldom."""
        return [number for number in range(min(self.seen), max(self.seen)) if number not in self.seen]


def read_version(text: str) -> tuple[Version | None, list[str]]:
    """The playlist, and what is wrong with its form; None where it cannot be read."""
    wrong = [*_form(text.splitlines())]
    try:
        parsed = m3u8.loads(text)
    except (ValueError, m3u8.ParseError) as error:
        return None, [f"no parser reads it: {error}"]
    if parsed.target_duration is None or parsed.media_sequence is None:
        return None, [*wrong, "EXT-X-TARGETDURATION or EXT-X-MEDIA-SEQUENCE is missing"]
    first = parsed.discontinuity_sequence or 0
    segments: list[Segment] = []
    passed = first
    for index, each in enumerate(parsed.segments):
        passed += bool(each.discontinuity)
        if each.program_date_time is None and not segments:
            return None, [*wrong, "the first segment has no EXT-X-PROGRAM-DATE-TIME"]
        at = each.program_date_time or each.current_program_date_time
        segments.append(
            Segment(
                sequence=parsed.media_sequence + index,
                name=urlsplit(str(each.uri)).path,
                uri=str(each.uri),
                seconds=float(each.duration),
                at=at.timestamp(),
                discontinuity=bool(each.discontinuity),
                discontinuities=passed,
                header=str(each.init_section.uri) if each.init_section else None,
            )
        )
    version = Version(int(parsed.target_duration), int(parsed.media_sequence), first, tuple(segments))
    return version, wrong


def _form(lines: list[str]) -> Iterator[str]:
    """Sections 4.1 and 4.3: what must stand where, how often."""
    if not lines or lines[0] != "#EXTM3U":
        yield "the first line is not #EXTM3U"
    for tag in (
        "#EXT-X-VERSION",
        "#EXT-X-TARGETDURATION",
        "#EXT-X-MEDIA-SEQUENCE",
        "#EXT-X-DISCONTINUITY-SEQUENCE",
    ):
        if (count := sum(line.startswith(f"{tag}:") for line in lines)) > 1:
            yield f"{tag} stands there {count} times"
    first = next((index for index, line in enumerate(lines) if line.startswith("#EXTINF")), len(lines))
    first_cut = next(
        (index for index, line in enumerate(lines) if line == "#EXT-X-DISCONTINUITY"), len(lines)
    )
    for index, line in enumerate(lines):
        if line.startswith("#EXT-X-MEDIA-SEQUENCE") and index > first:
            yield "EXT-X-MEDIA-SEQUENCE stands after a segment"
        if line.startswith("#EXT-X-DISCONTINUITY-SEQUENCE") and index > min(first, first_cut):
            yield "EXT-X-DISCONTINUITY-SEQUENCE stands after a segment or a discontinuity"
        if line == "#EXT-X-ENDLIST" or line.startswith("#EXT-X-PLAYLIST-TYPE"):
            yield f"a live playlist has {line}"
    version = next((int(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-VERSION:")), 1)
    if any(line.startswith("#EXT-X-MAP") for line in lines) and version < 6:
        yield f"EXT-X-MAP needs version 6, this is {version}"
    if any(line.startswith("#EXTINF") and "." in line for line in lines) and version < 3:
        yield f"durations with fractions need version 3, this is {version}"


def _alone(version: Version, clock_seconds: float) -> Iterator[str]:
    """Section 4.3.3.1, and times that fit the durations."""
    names = [segment.name for segment in version.segments]
    if len(set(names)) != len(names):
        yield "a segment is named twice"
    for segment in version.segments:
        if int(segment.seconds + 0.5) > version.target:
            yield f"segment {segment.sequence} lasts {segment.seconds:.3f} s, the target is {version.target}"
        if segment.seconds <= 0:
            yield f"segment {segment.sequence} lasts {segment.seconds:.3f} s"
    for before, after in zip(version.segments, version.segments[1:], strict=False):
        off = after.at - before.ends
        if not after.discontinuity and abs(off) > clock_seconds:
            yield f"segment {after.sequence} begins {off:+.3f} s after the end of the one before"
        if before.header != after.header and not after.discontinuity:
            yield f"segment {after.sequence} has another EXT-X-MAP without a discontinuity"


def _against(before: Version, after: Version) -> Iterator[str]:
    """Section 6.2.2: what may change from one version to the next."""
    if after.target != before.target:
        yield f"the target duration was {before.target} s and is {after.target} s"
    if after.sequence < before.sequence:
        yield f"the media sequence went back from {before.sequence} to {after.sequence}"
    if after.next_sequence < before.next_sequence:
        yield f"the end went back from {before.next_sequence} to {after.next_sequence}"
    if after.sequence > before.next_sequence:
        yield f"segments {before.next_sequence} to {after.sequence - 1} were never named"
    gone = [segment for segment in before.segments if segment.sequence < after.sequence]
    passed = sum(segment.discontinuity for segment in gone)
    if after.sequence <= before.next_sequence and after.discontinuities != before.discontinuities + passed:
        yield (
            f"the discontinuity sequence went from {before.discontinuities} to {after.discontinuities}, "
            f"{passed} discontinuities were removed"
        )
    if gone and after.seconds < 3 * after.target:
        yield f"segments were removed and {after.seconds:.3f} s are left, less than three targets"


def _fixed(segment: Segment) -> tuple[object, ...]:
    """What may not change while a segment is named; its ticket may."""
    return segment.name, segment.seconds, segment.at, segment.discontinuities, segment.header
