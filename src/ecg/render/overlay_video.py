"""The captions alone, with transparency, for people who lay them over the video in an editor.

ProRes 4444 in mov (10 bits and more of alpha) for editing programs, VP9 with alpha in webm for browsers.
Both are written with straight alpha, which is how FFmpeg, browsers and editing programs read these formats.
Frame times are those of the video; its pictures are never decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ecg.errors import UnsupportedFormat
from ecg.media import ColourTags
from ecg.memory_meter import MemoryMeter
from ecg.render.areas import Area
from ecg.render.assemble import Progress, Steps
from ecg.render.canvas import Canvas, Captions
from ecg.render.changes import Change
from ecg.render.colour import Signal, Transfer
from ecg.render.encoder import EncoderChoice
from ecg.render.job import Job, plan
from ecg.render.options import OutputFormat, RenderOptions
from ecg.render.output import whole_file, writing_error
from ecg.render.overlay import Overlay, PlaneLayout
from ecg.render.picture import Picture
from ecg.render.report import RenderReport, StageClock

_TAGS = ColourTags(matrix=1, primaries=1, transfer=1, range_tag=1)
"""BT.709, limited range, whatever the video is: the picture that goes below is not known here."""


def burn_overlay(
    video: Path,
    captions: Captions,
    output: Path,
    options: RenderOptions | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RenderReport:
    """Write the captions of a video alone, with alpha. Raises as `burn` does, and UnsupportedFormat for
    mp4.
    """
    options = options or RenderOptions()
    clock = StageClock()
    container = options.format_of(output)
    if container == "mp4":
        raise UnsupportedFormat("mp4 has no transparency", hint="write captions alone to .mov or .webm")
    job = plan(video, output, replace(options, gpu=False))
    encoder = _encoder(container, options)
    picture = _alpha_picture(job, container)
    clock.lap("plan")
    with (
        whole_file(output, inputs=(video,)) as partial,
        MemoryMeter() as memory,
        captions.changes(Canvas(*picture.canvas, job.timeline.times_us.tolist())) as changes,
    ):
        steps = Steps(clock, len(job.timeline), progress, cancelled)
        try:
            frames = _frames(picture, changes, len(job.timeline), steps)
            _write(partial, job, picture, encoder, frames)
        except (FFmpegError, OSError) as error:
            raise writing_error(output, error) from error
        clock.lap("finish")
    return RenderReport(
        frames_processed=len(job.timeline),
        frames_dropped=0,
        drop_rate=0.0,
        frames_encoded=len(job.timeline),
        frames_copied=0,
        memory_peak_mb=memory.peak_mb,
        memory_trend=memory.trend,
        seconds=round(clock.elapsed, 3),
        stage_seconds=clock.seconds(),
        decode_cpu_seconds=0.0,
        speed=round(job.table.duration / clock.elapsed, 3),
        encoder=encoder.name,
        width=picture.width,
        height=picture.height,
        warnings=job.warnings,
    )


def _encoder(container: OutputFormat, options: RenderOptions) -> EncoderChoice:
    if container == "mov":
        return EncoderChoice("prores_ks", {"profile": "4444", "alpha_bits": "16", "vendor": "apl0"})
    crf = str(round(options.constant_rate_factor * 63 / 51))
    return EncoderChoice(
        "libvpx-vp9",
        {"crf": crf, "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1", "auto-alt-ref": "0"},
    )


def _alpha_picture(job: Job, container: OutputFormat) -> Picture:
    width, height = job.picture.canvas
    wide_open = container == "mov"
    halve = 0 if wide_open else 1
    return Picture(
        width=width,
        height=height,
        canvas=(width, height),
        sample_aspect=Fraction(1),
        pixel_format="yuva444p10le" if wide_open else "yuva420p",
        depth=10 if wide_open else 8,
        layout=PlaneLayout(width, height, halve, halve),
        colour=_TAGS,
        filters=(),
    )


def _write(
    path: Path, job: Job, picture: Picture, encoder: EncoderChoice, frames: Iterator[VideoFrame]
) -> None:
    """Encode frames at the times of the job's timeline."""
    timeline = job.timeline
    scale = {"video_track_timescale": str(timeline.time_base.denominator)} if job.container == "mov" else {}
    with av.open(str(path), "w", format=job.container, container_options=scale) as out:
        stream = out.add_stream(encoder.name, timeline.rate, time_base=timeline.time_base)
        assert isinstance(stream, VideoStream)  # noqa: S101  # by the encoder's name
        encoder.configure(stream.codec_context, picture, time_base=timeline.time_base, rate=timeline.rate)
        for index, frame in enumerate(frames):
            frame.pts = int(timeline.pts[index])
            frame.duration = timeline.duration_of(index)
            frame.time_base = timeline.time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _frames(picture: Picture, changes: Iterator[Change], count: int, steps: Steps) -> Iterator[VideoFrame]:
    """The overlay at each of `count` frames."""
    canvas = AlphaCanvas(picture)
    following = next(changes, None)
    for index in range(count):
        while following is not None and following.frame <= index:
            canvas.apply(following)
            following = next(changes, None)
        steps.clock.lap("paint")
        frame = canvas.frame()
        steps.clock.lap("blend")
        yield frame
        steps.clock.lap("encode")
        steps.after(index + 1)


class AlphaCanvas:
    """The overlay as pictures with straight alpha; only what changed is converted again."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        colour = Signal(0.2126, 0.0722, picture.depth, full_range=False, wide=False, transfer=Transfer.SDR)
        self._overlay = Overlay(picture.layout, colour)
        self._type = np.uint8 if picture.depth == 8 else np.uint16
        whole = Area(0, 0, picture.width, picture.height)
        self._planes = self._overlay.straight(whole)
        self._drawn: list[Area] = []
        self._stale = False

    def apply(self, change: Change) -> None:
        self._overlay.apply(change)
        self._stale = True

    def frame(self) -> VideoFrame:
        """The overlay as it stands, in a frame of its own."""
        if self._stale:
            for area in {*self._drawn, *self._overlay.areas}:
                self._convert(area)
            self._drawn = list(self._overlay.areas)
            self._stale = False
        picture = self._picture
        frame = VideoFrame(picture.width, picture.height, picture.pixel_format)
        for plane, samples in zip(frame.planes, self._planes, strict=True):
            rows = np.frombuffer(plane, self._type).reshape(plane.height, -1)  # type: ignore[call-overload]
            rows[:, : samples.shape[1]] = samples
        return frame

    def _convert(self, area: Area) -> None:
        rows, columns = self._picture.layout.chroma(area)
        luma = (slice(area.top, area.bottom), slice(area.left, area.right))
        for plane, part, at in zip(
            self._planes,
            self._overlay.straight(area),
            (luma, (rows, columns), (rows, columns), luma),
            strict=True,
        ):
            plane[at] = part
