"""From a video and a stream of caption changes to a captioned video, one frame at a time.

    decode (thread) ──queue──► blend ──► encode (x264's threads) ──► mux
    paint (browsers) ─────────►  ▲        sound, text, chapters ─────►  ▲

Everything is pulled by the main thread; every queue is short and waits. The pipeline knows nothing of
browsers: it takes any `Captions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from av.video.frame import PictureType, VideoFrame

from ecg.errors import Cancelled
from ecg.media import FrameTable, MediaInfo, probe, read_frame_table
from ecg.render.changes import Change
from ecg.render.compositor import Compositor
from ecg.render.encoder import EncoderChoice, hardware_encoder, software_encoder
from ecg.render.memory import MemoryMeter
from ecg.render.mux import Muxer
from ecg.render.options import OutputFormat, RenderOptions
from ecg.render.output import whole_file
from ecg.render.picture import Picture, PictureFilter, plan_picture
from ecg.render.report import RenderReport, StageClock
from ecg.render.source import FrameSource
from ecg.render.timeline import Timeline, constant_timeline, source_timeline


@dataclass(frozen=True, slots=True)
class Canvas:
    """What captions are painted on: `width` x `height` square pixels, once for each of `times_us`.

    Times are the presentation times of all output frames in microseconds from the video's start, ascending.
    """

    width: int
    height: int
    times_us: Sequence[int]


class Captions(Protocol):
    """Something that paints captions."""

    def visible_us(self, canvas: Canvas) -> Sequence[tuple[int, int]]:
        """The spans start <= t < end in microseconds in which anything may be seen."""
        ...

    def changes(self, canvas: Canvas) -> AbstractContextManager[Iterator[Change]]:
        """The overlay's changes in frame order; leaving the context stops the painting."""
        ...


Progress = Callable[[int, int], None]
"""Called with frames done and frames in all."""


@dataclass(frozen=True)
class Job:
    """All decisions of a render, made before the first frame."""

    info: MediaInfo
    table: FrameTable
    picture: Picture
    timeline: Timeline
    container: OutputFormat
    encoder: EncoderChoice
    shift: Fraction
    """Seconds by which all times are moved towards zero."""
    warnings: tuple[str, ...]

    @property
    def canvas(self) -> Canvas:
        return Canvas(*self.picture.canvas, self.timeline.times_us.tolist())

    def muxer(self, partial: Path, output: Path) -> Muxer:
        """The output container, on the source's own clock so that no time is rounded."""
        timescale = self.timeline.time_base.denominator
        return Muxer(
            partial, self.container, self.info.path, name=output, shift=self.shift, timescale=timescale
        )


def plan(video: Path, output: Path, options: RenderOptions) -> Job:
    """Look at the video and decide everything. Raises MediaError, UnsupportedFormat, MissingDependency."""
    info = probe(video)
    track = info.require_video()
    table = read_frame_table(video)
    container = options.format_of(output)
    # A piece of a broadcast starts at any hour; other files mean their start as they say it.
    broadcast = info.container in ("mpegts", "mpeg")
    ticks = table.origin if broadcast else 0
    if options.fps:
        timeline = constant_timeline(table, options.fps, shift=ticks)
    else:
        timeline = source_timeline(table, shift=ticks)
    encoder = (hardware_encoder if options.gpu else software_encoder)(container, options)
    simple = container == "webm" or encoder.pixel_format is not None
    picture = plan_picture(track, width=options.width, height=options.height, chroma_420_8bit=simple)
    warnings = []
    if not table.complete:
        warnings.append("the input is cut short; what can be read of it is captioned")
    if track.interlaced:
        warnings.append("the input is interlaced; the output is encoded as whole pictures")
    return Job(info, table, picture, timeline, container, encoder, ticks * table.time_base, tuple(warnings))


def burn(
    video: Path,
    captions: Captions,
    output: Path,
    options: RenderOptions | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RenderReport:
    """Draw captions into a video.

    Frame times, sound and other tracks stay as they are. Raises MediaError, OutputError, StorageError,
    UnsupportedFormat, MissingDependency, RenderError, and Cancelled when `cancelled()` answers true.
    Whatever is raised, no partial file is left.
    """
    options = options or RenderOptions()
    clock = StageClock()
    job = plan(video, output, options)
    clock.lap("plan")
    with (
        whole_file(output, inputs=(video,)) as partial,
        MemoryMeter() as memory,
        job.muxer(partial, output) as muxer,
        captions.changes(job.canvas) as changes,
        FrameSource(video, job.table, prepare=PictureFilter(job.picture)) as source,
    ):
        steps = Steps(clock, len(job.timeline), progress, cancelled)
        encoded = _encode_all(job, muxer, Compositor(job.picture, changes), source, steps)
        muxer.finish()
        clock.lap("finish")
    return _report(job, clock, memory, source=source, encoded=encoded, copied=0, warnings=muxer.warnings)


class Steps:
    """What happens between frames: progress is told, a wish to stop is heard."""

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
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the render was stopped")
        if self._progress is not None:
            self._progress(done, self._total)


def _encode_all(job: Job, muxer: Muxer, compositor: Compositor, source: FrameSource, steps: Steps) -> int:
    """Decode, draw, encode and write every frame; returns how many."""
    stream = muxer.encoded_video(job.encoder, job.picture, job.timeline)
    clock = steps.clock
    written = 0
    for index, picture in _shown_frames(source, job.timeline):
        clock.lap("decode")
        compositor.advance(index)
        clock.lap("paint")
        compositor.draw(picture)
        clock.lap("blend")
        packets = stream.encode(_timed(picture, job.timeline, index))
        clock.lap("encode")
        for packet in packets:
            muxer.write(packet)
        clock.lap("mux")
        written += 1
        steps.after(written)
    for packet in stream.encode(None):
        muxer.write(packet)
    clock.lap("encode")
    return written


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


def _report(
    job: Job,
    clock: StageClock,
    memory: MemoryMeter,
    *,
    source: FrameSource,
    encoded: int,
    copied: int,
    warnings: list[str],
) -> RenderReport:
    expected = len(job.timeline)
    dropped = expected - encoded - copied
    if source.damaged_packets:
        warnings = [*warnings, f"{source.damaged_packets} damaged packets of the input could not be decoded"]
    return RenderReport(
        frames_processed=encoded + copied,
        frames_dropped=dropped,
        drop_rate=dropped / expected,
        frames_encoded=encoded,
        frames_copied=copied,
        memory_peak_mb=memory.peak_mb,
        memory_trend=memory.trend,
        seconds=round(clock.elapsed, 3),
        stage_seconds=clock.seconds(),
        decode_cpu_seconds=round(source.cpu_seconds, 3),
        speed=round(job.table.duration / clock.elapsed, 3),
        encoder=job.encoder.name,
        width=job.picture.width,
        height=job.picture.height,
        warnings=(*job.warnings, *warnings),
    )
