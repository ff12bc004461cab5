"""An archive as pictures: a few a second for a survey, or those of some moments.

Files come from cameras that anybody may own, so they are opened under the guard of `ecg.media`. Times are
seconds from the first picture, as the file's own time stamps say; a camera that stutters keeps its gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from av.container import InputContainer
from av.error import EOFError as NoMore
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ecg.errors import MediaError
from ecg.media.guard import guarded_open

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
    """A file with a video in it. `check` is called before every picture and may raise Cancelled."""

    path: Path
    check: Callable[[], None] = lambda: None

    def seconds(self) -> float:
        """How long it plays as the file says; 0 where it does not say."""
        with _errors(), guarded_open(self.path) as container:
            return 0.0 if container.duration is None else max(0.0, container.duration / 1_000_000)

    def sampled(self, rate: float, width: int) -> Iterator[Picture]:
        """At most `rate` pictures a second, `width` pixels wide at the most, in their order.

        Raises MediaError when there is no video, or nothing of it can be decoded.
        """
        due, seen = 0.0, False
        for at, frame in self._frames():
            seen = True
            if at + 1e-6 >= due:
                due = max(due + 1 / rate, at + 0.5 / rate)
                yield Picture(at, _image(frame, width))
        if not seen:
            raise MediaError("no picture of the archive can be decoded", hint="the recording is damaged")

    def stills(self, moments: Iterable[float], width: int) -> Iterator[Picture]:
        """The pictures at these moments (or the next ones); of moments after the end, the last picture."""
        for moment in moments:
            found = None
            for at, frame in self._frames(moment):
                found = (at, frame)
                if at >= moment - 1e-3:
                    break
            if found is not None:
                yield Picture(found[0], _image(found[1], width))

    def _frames(self, begin: float = 0.0) -> Iterator[tuple[float, VideoFrame]]:
        with _errors(), guarded_open(self.path) as container:
            stream = _video(container)
            zero = _start(stream)
            if begin > 0:
                offset = int((begin + zero) / float(stream.time_base or 1))
                container.seek(max(0, offset), stream=stream, backward=True)
            for frame in _decoded(container, stream):
                self.check()
                if frame.time is None or not 0 <= frame.time - zero <= MOST_SECONDS:
                    continue
                yield frame.time - zero, frame


def _video(container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise MediaError("the archive has no video", hint="the camera sent sound alone")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _start(stream: VideoStream) -> float:
    return float((stream.start_time or 0) * (stream.time_base or 1))


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames until the end, or until the data make no sense: a crash may have torn the last fragment."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, NoMore):
            return
        except FFmpegError:
            return
        try:
            yield from stream.codec_context.decode(packet)
        except NoMore:
            return
        except FFmpegError:  # one broken packet; the next keyframe mends the picture
            continue


class _errors:  # noqa: N801  # a block, not a thing
    """libav's errors as ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, FFmpegError):
            raise MediaError(f"the archive cannot be read ({error.strerror})") from error


def _image(frame: VideoFrame, width: int) -> Image:
    wide = min(width, frame.width) & ~1
    tall = max(2, round(frame.height * wide / frame.width)) & ~1
    return np.asarray(frame.reformat(wide, tall, format="bgr24").to_ndarray(), dtype=np.uint8)
