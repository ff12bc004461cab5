"""Everything that is decided about a render before its first frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ecg.media import FrameTable, MediaInfo, guarded_open, probe, read_frame_table
from ecg.media.probe import main_video
from ecg.render.canvas import Canvas
from ecg.render.encoder import EncoderChoice, hardware_encoder, software_encoder
from ecg.render.gops import CopyPlan, plan_copies
from ecg.render.mux import Muxer
from ecg.render.options import OutputFormat, RenderOptions
from ecg.render.picture import Picture, plan_picture
from ecg.render.timeline import Timeline, constant_timeline, source_timeline


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
    if options.gpu:
        encoder = hardware_encoder(container, options)
    else:
        encoder = software_encoder(container, options, track.mastering)
    simple = container == "webm" or encoder.pixel_format is not None
    picture = plan_picture(track, width=options.width, height=options.height, chroma_420_8bit=simple)
    warnings = []
    if not table.complete:
        warnings.append("the input is cut short; what can be read of it is captioned")
    if track.interlaced:
        warnings.append("the input is interlaced; the output is encoded as whole pictures")
    return Job(info, table, picture, timeline, container, encoder, ticks * table.time_base, tuple(warnings))


def plan_untouched(job: Job, spans_us: Sequence[tuple[int, int]]) -> CopyPlan | None:
    """Which groups of pictures to copy when captions are seen only in `spans_us`; None to encode everything.

    Copies need the source's own pictures and times, and an encoder whose output fits beside them.
    """
    track = job.info.require_video()
    if (
        track.codec != "h264"
        or job.encoder.name != "libx264"
        or job.picture.filters
        or job.picture.pixel_format not in ("yuv420p", "yuvj420p")
        or job.timeline.converted
        or job.shift
        or track.interlaced
    ):
        return None
    with guarded_open(job.info.path) as container:
        stream = main_video(container)
        assert stream is not None  # noqa: S101  # the track above is this stream
        return plan_copies(container, stream, job.table, spans_us)
