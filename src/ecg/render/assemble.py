"""The main loop: frames come in, are drawn into, encoded and written, one after the other.

Two ways lead to the output. `encode_all` encodes every frame. `encode_between_copies` encodes the runs that
carry captions and takes the runs between them over as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from ecg.errors import Cancelled
from ecg.render import h264
from ecg.render.compositor import Compositor
from ecg.render.encoder import EncoderChoice
from ecg.render.gops import CopyPlan
from ecg.render.job import Job
from ecg.render.mux import Muxer
from ecg.render.report import StageClock
from ecg.render.source import FrameSource
from ecg.render.splice import Splicer
from ecg.render.timeline import Timeline

Progress = Callable[[int, int], None]
"""Called with frames done and frames in all."""


class Steps:
    """What happens between frames: stages are timed, progress is told, a wish to stop is heard."""

    def __init__(
        self,
        clock: StageClock,
        total: int,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.clock = clock
        self._total = total
        self._progress = progress
        self._cancelled = cancelled

    def after(self, done: int) -> None:
        """`done` frames are behind us; raises Cancelled when the caller wants to stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the render was stopped")
        if self._progress is not None:
            self._progress(done, self._total)


@dataclass(frozen=True)
class Assembly:
    """The parts that frames pass through."""

    job: Job
    source: FrameSource
    compositor: Compositor
    muxer: Muxer
    steps: Steps

    def encode_all(self) -> int:
        """Decode, draw, encode and write every frame; returns how many."""
        job, clock = self.job, self.steps.clock
        stream = self.muxer.encoded_video(job.encoder, job.picture, job.timeline)
        written = 0
        for index, picture in _shown_frames(self.source, job.timeline):
            self._draw(index, picture)
            packets = stream.encode(_timed(picture, job.timeline, index))
            clock.lap("encode")
            for packet in packets:
                self.muxer.write(packet)
            clock.lap("mux")
            written += 1
            self.steps.after(written)
        for packet in stream.encode(None):
            self.muxer.write(packet)
        clock.lap("encode")
        return written

    def encode_between_copies(self, copies: CopyPlan) -> tuple[int, int]:
        """Encode the runs with captions, copy the others; returns the numbers of frames encoded and copied.

        One encoder serves all runs: each begins with an IDR picture, so nothing refers across a run's edge.
        """
        job, clock = self.job, self.steps.clock
        encoder = _splicing_encoder(job, copies)
        added = h264.Configuration.from_annex_b(encoder.extradata or b"")
        self.muxer.copied_video(copies.source.joined(added).record())
        starts = {run.first for run in copies.runs if not run.copied}
        encoded = done = 0
        with Splicer(self.muxer, job.info.path, job.table, copies) as splicer:
            for index, picture in self.source:
                self.compositor.pass_over(done, index)
                self._draw(index, picture)
                timed = _timed(picture, job.timeline, index)
                if index in starts:
                    timed.pict_type = PictureType.I
                packets = encoder.encode(timed)
                clock.lap("encode")
                for packet in packets:
                    splicer.write(packet)
                clock.lap("mux")
                encoded += 1
                done = index + 1
                self.steps.after(done)
            self.compositor.pass_over(done, len(job.timeline))
            for packet in encoder.encode(None):
                splicer.write(packet)
            clock.lap("encode")
            splicer.finish()
            clock.lap("mux")
            self.steps.after(len(job.timeline))
        return encoded, splicer.copied

    def _draw(self, index: int, picture: VideoFrame) -> None:
        self.steps.clock.lap("decode")
        self.compositor.advance(index)
        self.steps.clock.lap("paint")
        self.compositor.draw(picture)
        self.steps.clock.lap("blend")


def _splicing_encoder(job: Job, copies: CopyPlan) -> VideoCodecContext:
    """x264 with parameter sets under a free id, closed groups, and IDR pictures where it is told."""
    choice = EncoderChoice(
        job.encoder.name,
        {
            **job.encoder.options,
            "forced-idr": "1",
            "x264-params": f"sps-id={copies.source.free_id()}:open-gop=0",
        },
    )
    return choice.open(job.picture, time_base=job.timeline.time_base, rate=job.timeline.rate)


def _shown_frames(source: FrameSource, timeline: Timeline) -> Iterator[tuple[int, VideoFrame]]:
    """Output frames with the pictures they show. A picture shown twice is given as a copy each time."""
    if not timeline.converted:
        yield from source
        return
    index = 0
    for shown, picture in source:
        stop = int(np.searchsorted(timeline.source, shown, side="right"))
        for repeat in range(index, stop):
            yield repeat, picture if repeat == stop - 1 else _copy(picture)
        index = max(index, stop)


def _copy(picture: VideoFrame) -> VideoFrame:
    copy = VideoFrame(picture.width, picture.height, picture.format.name)
    for old, new in zip(picture.planes, copy.planes, strict=True):
        rows = np.frombuffer(old, np.uint8).reshape(old.height, -1)  # type: ignore[call-overload]
        target = np.frombuffer(new, np.uint8).reshape(new.height, -1)  # type: ignore[call-overload]
        used = min(rows.shape[1], target.shape[1])  # lines are padded, each frame in its own way
        target[:, :used] = rows[:, :used]
    return copy


def _timed(picture: VideoFrame, timeline: Timeline, index: int) -> VideoFrame:
    picture.pts = int(timeline.pts[index])
    picture.dts = None
    picture.duration = timeline.duration_of(index)
    picture.time_base = timeline.time_base
    picture.pict_type = PictureType.NONE  # the encoder decides, not the source
    return picture
