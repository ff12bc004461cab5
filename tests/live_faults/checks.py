"""What must be true of a camera after the faults. Each check answers what is wrong, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.checks import Checked
from tests.live_faults.archive_frames import Stretch
from tests.live_faults.recorded import Recorded
from tests.live_faults.subjects import Subject

SMALLEST_GAP = 0.3
"""What is missing for less long is lost frames, and none may be lost without a fault."""


@dataclass(frozen=True)
class Bars:
    """What is asked of a machine that has time for what runs on it; one that has not gets more."""

    lost_seconds: float = 2.0
    """Video that may be missing after a recorder was killed."""
    clock_seconds: float = 2.0
    """How far times that the API tells may be off: a frame's way from the camera, and a group of pictures."""


QUIET = Bars()


def check_subject(subject: Subject, left: Recorded, bars: Bars = QUIET) -> list[Checked]:
    slack = bars.clock_seconds
    checks: list[tuple[str, Iterator[str]]] = [
        ("its playlist kept the rules throughout", check_playlist(subject)),
        ("each frame is in the recordings once", _once(left)),
        ("what is missing was missing because of a fault", _explained(subject, left, slack)),
        ("what is missing is told as a gap, and nothing else", _told(left, slack)),
        ("a killed recorder lost little", _little(subject, left, bars)),
        ("recordings tell when they were taken", _when(left, slack)),
    ]
    return [Checked(f"{subject.name}: {name}", list(wrong)) for name, wrong in checks]


def check_playlist(subject: Subject) -> Iterator[str]:
    """What its watcher met."""
    watcher = subject.watcher
    assert watcher is not None
    yield from watcher.seen.wrong
    if watcher.rules.versions < 10 or not watcher.seen.segments:
        yield f"only {watcher.rules.versions} playlists were seen"
    if missed := watcher.rules.gaps():
        yield f"sequence numbers that no playlist named: {missed}"


def _once(left: Recorded) -> Iterator[str]:
    if left.found.twice:
        yield f"{len(left.found.twice)} frames are there twice, {left.found.twice[0]} the first of them"
    if left.found.unreadable:
        yield f"{left.found.unreadable} pictures are damaged"
    yield from left.overlaps


def _explained(subject: Subject, left: Recorded, slack: float) -> Iterator[str]:
    for hole in left.found.missing():
        if not any(hole.touches(trouble.span, slack) for trouble in subject.troubles):
            yield f"{hole.seconds:.2f} s are missing at {hole.start:.2f} and nothing had happened"


def _told(left: Recorded, slack: float) -> Iterator[str]:
    holes = left.found.missing(at_least=SMALLEST_GAP)
    for hole in holes:
        near = [gap for gap in left.gaps if gap.touches(hole, slack)]
        if not near:
            yield f"{hole.seconds:.2f} s are missing at {hole.start:.2f} and no gap says so"
    for gap in left.gaps:
        missing = sum(hole.seconds for hole in holes if hole.touches(gap, slack))
        if abs(missing - gap.seconds) > slack:
            yield f"a gap of {gap.seconds:.2f} s is told at {gap.start:.2f}, {missing:.2f} s are missing"


def _little(subject: Subject, left: Recorded, bars: Bars) -> Iterator[str]:
    for trouble in subject.troubles:
        lost = lost_seconds(trouble.span, left)
        if trouble.fault == "recorder killed" and lost > bars.lost_seconds:
            yield f"{lost:.2f} s are missing"


def _when(left: Recorded, slack: float) -> Iterator[str]:
    """The archives' own times against those of their frames; the frames' numbers are the truth."""
    if len(left.found.spans) != len(left.archives):
        yield "there are archives without frames"
        return
    for archive, taken in zip(left.archives, left.found.spans, strict=True):
        begin, end = archive.span.start - taken.start, archive.span.end - taken.end
        if abs(begin) > slack or abs(end) > slack:
            yield f"{archive.name} tells a beginning {begin:+.2f} s and an end {end:+.2f} s off its frames"


def lost_seconds(span: Stretch, left: Recorded) -> float:
    """What is missing around a fault."""
    wide = Stretch(span.start - QUIET.clock_seconds, span.end + QUIET.clock_seconds)
    return left.found.missing_seconds(wide)
