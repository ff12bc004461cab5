"""An archive as pictures: a few a second for a survey, or those of some moments.

Files come from cameras that anybody may own, so they are opened under the guard of `ecg.media`. Times are
seconds from the first picture, as the file's own time stamps say; a camera that stutters keeps its gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ecg.errors import MediaError
from ecg.media.guard import guarded_open

VideoPacket: TypeAlias = "Packet[VideoStream]"

Image: TypeAlias = NDArray[np.uint8]
"""Height × width × 3, blue first, as OpenCV has it."""

MOST_SECONDS = 6 * 3600.0
"""An archive that claims to last longer is not one."""


@dataclass(frozen=True, slots=True)
class Picture:
    at: float
    """Seconds from the first picture."""
    image: Image


@dataclass(frozen=True, slots=True)
class Footage:
    """A file with a video in it. `check` is called before every picture and may raise Cancelled.

    Everything raises MediaError when there is no video, or nothing of it can be decoded.
    """

    path: Path
    check: Callable[[], None] = lambda: None

    def seconds(self) -> float:
        """How long it plays as the file says; 0 where it does not say."""
        with _opened(self.path) as (container, _stream):
            return 0.0 if container.duration is None else max(0.0, container.duration / 1_000_000)

    def sampled(self, rate: float, width: int) -> Iterator[Picture]:
        """At most `rate` pictures a second, `width` pixels wide at the most, in their order."""
        due, seen = 0.0, False
        with _opened(self.path) as (container, stream):
            for at, frame in _timed(_packets(container, stream), stream):
                self.check()
                seen = True
                if at + 1e-6 >= due:
                    due = max(due + 1 / rate, at + 0.5 / rate)
                    yield Picture(at, _image(frame, width))
        if not seen:
            raise _nothing()

    def stills(self, moments: Sequence[float], width: int) -> list[Picture]:
        """The pictures at these moments (or the next ones), in the order of the moments; of moments after the
        end, the last picture.

        One pass without seeking, for a recording in fragments has no index: only the groups of pictures that
        a moment lies in are decoded.
        """
        found: dict[float, Picture] = {}
        left = sorted(set(moments), reverse=True)
        last: tuple[float, VideoFrame] | None = None
        with _opened(self.path) as (container, stream):
            for end, group in self._groups(container, stream):
                if left and end is not None and left[-1] >= end:
                    continue
                for last in _timed(group, stream):
                    while left and left[-1] <= last[0] + 1e-3:
                        found[left.pop()] = Picture(last[0], _image(last[1], width))
                stream.codec_context.flush_buffers()
                while left and last is not None and (end is None or left[-1] < end):
                    found[left.pop()] = Picture(last[0], _image(last[1], width))
                if not left:
                    break
        if last is None:
            raise _nothing()
        return [found[moment] for moment in moments]

    def _groups(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[tuple[float | None, list[VideoPacket | None]]]:
        """Groups of pictures: where the next one begins (None: nowhere), and the packets, to be drained."""
        group: list[VideoPacket | None] = []
        for packet in _packets(container, stream):
            self.check()
            if packet is None or packet.pts is None:
                continue
            if packet.is_keyframe and group:
                yield float(packet.pts * packet.time_base) - _start(stream), [*group, None]
                group = []
            group.append(packet)
        if group:
            yield None, [*group, None]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    try:
        with guarded_open(path) as container:
            if not container.streams.video:
                raise MediaError("the archive has no video", hint="the camera sent sound alone")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except FFmpegError as error:
        raise MediaError(f"the archive cannot be read ({error.strerror})") from error


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[VideoPacket | None]:
    """Until the end, or until the data make no sense: a crash may have torn the last fragment. The last one
    is None, which drains a decoder."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, FFmpegError):
            break
        if packet.size:
            yield packet
    yield None


def _timed(packets: Iterable[VideoPacket | None], stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    """Decoded pictures, each with its second."""
    zero, base = _start(stream), stream.time_base or Fraction(0)
    for packet in packets:
        try:
            frames = stream.codec_context.decode(packet)
        except FFmpegError:  # one broken packet; the next keyframe mends the picture
            continue
        for frame in frames:
            if frame.pts is None:
                continue
            at = float(frame.pts * base) - zero  # not `frame.time`: drained ones have no time base
            if 0 <= at <= MOST_SECONDS:
                yield at, frame


def _start(stream: VideoStream) -> float:
    return float((stream.start_time or 0) * (stream.time_base or 0))


def _nothing() -> MediaError:
    return MediaError("no picture of the archive can be decoded", hint="the recording is damaged")


def _image(frame: VideoFrame, width: int) -> Image:
    wide = min(width, frame.width) & ~1
    tall = max(2, round(frame.height * wide / frame.width)) & ~1
    return np.asarray(frame.reformat(wide, tall, format="bgr24").to_ndarray(), dtype=np.uint8)
