"""Which frames of a camera's clip lie in its archives: each should be there once, and gaps should be known.

The numbers on the frames say it, whatever names, times and counts the archives claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from tests.services.rtsp_camera import ClipKind
from tests.services.rtsp_camera.frame_number import read_number


@dataclass(frozen=True)
class Stretch:
    """A time in Unix seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def touches(self, other: Stretch, slack: float = 0) -> bool:
        return self.start < other.end + slack and other.start < self.end + slack


@dataclass(frozen=True)
class Found:
    """What a camera's archives hold. Frames are counted from the beginning of Unix time."""

    rate: Fraction
    frames: Counter[int]
    unreadable: int
    """Decoded pictures without a number."""
    spans: list[Stretch]
    """When the frames of each archive were taken, from the first to the last."""

    @property
    def first(self) -> int:
        return min(self.frames)

    @property
    def last(self) -> int:
        return max(self.frames)

    @property
    def twice(self) -> list[int]:
        return [frame for frame, count in self.frames.items() if count > 1]

    def missing(self, at_least: float = 0) -> list[Stretch]:
        """The times between the first and the last frame of which no frame is there."""
        frames = sorted(self.frames)
        holes = [
            Stretch(float((before + 1) / self.rate), float(after / self.rate))
            for before, after in pairwise(frames)
            if after > before + 1
        ]
        return [hole for hole in holes if hole.seconds >= at_least]

    def missing_seconds(self, within: Stretch) -> float:
        """How much of a time is not there."""
        return sum(
            min(hole.end, within.end) - max(hole.start, within.start)
            for hole in self.missing()
            if hole.touches(within)
        )


def frames_in(archives: Iterable[tuple[Path, float]], kind: ClipKind) -> Found:
    """All frames of archives, each with the Unix time at which it says it begins.

    That time only tells the rounds of the clip apart, so it may be wrong by less than half the clip.
    """
    frames: Counter[int] = Counter()
    spans: list[Stretch] = []
    unreadable = 0
    for path, starts in archives:
        inside: list[int] = []
        for number, seconds in numbers_in(path):
            if number is None:
                unreadable += 1
                continue
            about = round((starts + seconds) * float(kind.rate))
            off = (number - about + kind.frames // 2) % kind.frames - kind.frames // 2
            inside.append(about + off)
        frames.update(inside)
        if inside:
            spans.append(Stretch(float(min(inside) / kind.rate), float((max(inside) + 1) / kind.rate)))
    return Found(kind.rate, frames, unreadable, spans)


def numbers_in(path: Path) -> list[tuple[int | None, float]]:
    """The number of each frame of a video, and its time in seconds since the first.

    What cannot be decoded has no number.
    """
    found: list[tuple[int | None, float]] = []
    with av.open(str(path)) as container:
        first = None
        for packet in container.demux(video=0):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                found.append((None, 0.0))
                continue
            for frame in frames:
                first = frame.time if first is None else first
                number = read_number(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
                found.append((number, float(frame.time or 0) - float(first or 0)))
    return found
