"""The frame table: when every frame of a video is shown, known before any of them is decoded.

A painter must know all frame times ahead, and a renderer must prove that it kept them. Reading the packets
without decoding them gives both in about 10 microseconds a frame. Where packets do not tell (no presentation
times, as in some AVI files and raw streams) the video is decoded once to find out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ecg.errors import MediaError
from ecg.media.guard import guarded_open
from ecg.media.probe import main_video


@dataclass(frozen=True)
class FrameTable:
    """Frames in decoding order, `n` of them; times in units of `time_base` seconds on the file's own
    clock.
    """

    time_base: Fraction
    pts: NDArray[np.int64]
    keyframe: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    """Bytes of each frame as stored."""
    last_duration: int
    """How long the last frame in presentation order is shown."""
    origin: int
    """The file's time zero for viewers: what players show as 0:00 (never before the clock's own zero)."""
    complete: bool
    """False when the file ends before its own index says: a recording or a copy that was cut short."""
    exact: bool
    """True when each packet is known to be one shown frame; False when decoding had to tell."""

    def __len__(self) -> int:
        return len(self.pts)

    @cached_property
    def shown(self) -> NDArray[np.int64]:
        """Presentation times in the order of presentation."""
        return np.sort(self.pts)

    @cached_property
    def times_us(self) -> NDArray[np.int64]:
        """Presentation times in microseconds from the video's start, in order, rounded half up."""
        unit = self.time_base * 1_000_000
        ticks = [int(tick) - self.origin for tick in self.shown]
        return np.array(
            [(2 * t * unit.numerator + unit.denominator) // (2 * unit.denominator) for t in ticks]
        )

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        return np.diff(self.shown)

    @property
    def variable_rate(self) -> bool:
        """True when frames are not evenly spaced, beyond the rounding of the time base."""
        return len(self.steps) > 1 and int(self.steps.max() - self.steps.min()) > 1

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last."""
        return float((int(self.shown[-1]) - int(self.shown[0]) + self.last_duration) * self.time_base)


def read_frame_table(path: Path | str) -> FrameTable:
    """Read the packets of a file's main video through once, without decoding where that is enough.

    Raises MediaError when there is no video stream or no frame in it.
    """
    with guarded_open(path) as container:
        stream = main_video(container)
        if stream is None:
            raise MediaError(f"{Path(path).name} has no video stream")
        table = _from_packets(container, stream)
    if table is None:
        with guarded_open(path) as container:
            stream = main_video(container)
            assert stream is not None  # noqa: S101  # the same file a moment ago
            table = _from_decoding(container, stream)
    if not len(table):
        raise MediaError(f"{Path(path).name} has a video stream without any frame")
    return table


def _from_packets(container: InputContainer, stream: VideoStream) -> FrameTable | None:
    pts: list[int] = []
    keys: list[bool] = []
    sizes: list[int] = []
    discarded = duration = 0
    latest = -(1 << 62)
    whole = True
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            if packet.is_discard:  # outside the edit list: decoded for reference, never shown
                discarded += 1
                continue
            if packet.pts is None:
                return None
            pts.append(packet.pts)
            keys.append(packet.is_keyframe)
            sizes.append(packet.size)
            if packet.pts >= latest:
                latest, duration = packet.pts, packet.duration or 0
    except FFmpegError:
        whole = False
    if len(set(pts)) != len(pts) or (keys and not keys[0]):
        return None
    whole = whole and len(pts) + discarded >= stream.frames and not _ends_early(container, stream)
    whole = whole and not _misses_its_end(stream, latest + duration)
    return _table(container, stream, (pts, keys, sizes), duration=duration, whole=whole, exact=not discarded)


def _from_decoding(container: InputContainer, stream: VideoStream) -> FrameTable:
    stream.thread_type = "FRAME"
    pts: list[int] = []
    keys: list[bool] = []
    whole = True
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            for frame in packet.decode():
                tick = frame.pts if frame.pts is not None else frame.dts
                if tick is not None and (not pts or tick > pts[-1]):
                    pts.append(tick)
                    keys.append(frame.key_frame)
        except FFmpegError:
            whole = False
    return _table(container, stream, (pts, keys, [0] * len(pts)), duration=0, whole=whole, exact=False)


def _table(
    container: InputContainer,
    stream: VideoStream,
    frames: tuple[list[int], list[bool], list[int]],
    *,
    duration: int,
    whole: bool,
    exact: bool,
) -> FrameTable:
    pts, keys, sizes = frames
    time_base = stream.time_base or Fraction(1, 1_000_000)
    if not duration and len(pts) > 1:
        shown = sorted(pts)
        duration = shown[-1] - shown[-2]
    start = Fraction(max(0, container.start_time or 0), 1_000_000)
    return FrameTable(
        time_base=time_base,
        pts=np.array(pts, dtype=np.int64),
        keyframe=np.array(keys, dtype=np.bool_),
        sizes=np.array(sizes, dtype=np.int64),
        last_duration=duration,
        origin=_nearest_tick(start, time_base, pts),
        complete=whole,
        exact=exact,
    )


def _nearest_tick(start: Fraction, time_base: Fraction, pts: list[int]) -> int:
    """The container gives its start in microseconds; when that is the first frame, take the frame's exact
    time.
    """
    tick = round(start / time_base)
    first = min(pts, default=tick)
    return first if abs(first * time_base - start) <= Fraction(2, 1_000_000) else tick


def _ends_early(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the index names bytes beyond the end of the file (mp4 and mov with the index at the front)."""
    entries = stream.index_entries
    if not len(entries):
        return False
    last = entries[len(entries) - 1]
    return bool(last.pos + last.size > container.size > 0)


def _misses_its_end(stream: VideoStream, end: int) -> bool:
    """Whether the frames up to `end` (in ticks) fall short of the end that the file notes for the track.

    Matroska and WebM note it as a tag, hours:minutes:seconds. Half a second is left to careless writers.
    """
    noted = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if noted is None or stream.time_base is None:
        return False
    seconds = int(noted[1]) * 3600 + int(noted[2]) * 60 + float(noted[3])
    return float(end * stream.time_base) + 0.5 < seconds
