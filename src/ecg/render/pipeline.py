"""From a video and a stream of caption changes to a captioned video, one frame at a time.

    decode (thread) ──queue──► blend ──► encode (x264's threads) ──► mux
    paint (browsers) ─────────►  ▲        sound, text, chapters ─────►  ▲

Everything is pulled by the main thread; every queue is short and waits. The pipeline knows nothing of
browsers: it takes any `Captions`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from ecg.memory_meter import MemoryMeter
from ecg.render.assemble import Assembly, Progress, Steps
from ecg.render.canvas import Captions
from ecg.render.compositor import Compositor
from ecg.render.encoder import encoder_trouble
from ecg.render.job import Job, plan, plan_untouched
from ecg.render.options import RenderOptions
from ecg.render.output import whole_file
from ecg.render.picture import PictureFilter
from ecg.render.report import RenderReport, StageClock
from ecg.render.source import FrameSource


def burn(
    video: Path,
    captions: Captions,
    output: Path,
    options: RenderOptions | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    planned: Callable[[Job], None] | None = None,
    memory: MemoryMeter | None = None,
) -> RenderReport:
    """Draw captions into a video.

    Frame times, sound and other tracks stay as they are. `planned` is told what was decided before the first
    frame. `memory` is a meter that the caller has entered already. Raises MediaError, OutputError,
    StorageError, UnsupportedFormat, MissingDependency, RenderError, GpuMemoryInsufficient, and Cancelled when
    `cancelled()` answers true. Whatever is raised, no partial file is left.
    """
    options = options or RenderOptions()
    clock = StageClock()
    job = plan(video, output, options)
    if planned is not None:
        planned(job)
    copies = plan_untouched(job, captions.visible_us(job.canvas)) if options.copy_untouched else None
    clock.lap("plan")
    with (
        whole_file(output, inputs=(video,)) as partial,
        nullcontext(memory) if memory else MemoryMeter() as meter,
        encoder_trouble(job.encoder),
        job.muxer(partial, output) as muxer,
        captions.changes(job.canvas) as changes,
        FrameSource(
            video,
            job.table,
            prepare=PictureFilter(job.picture),
            wanted=copies.decoded if copies else None,
            kept=copies.encoded if copies else None,
        ) as source,
    ):
        steps = Steps(clock, len(job.timeline), progress, cancelled)
        assembly = Assembly(job, source, Compositor(job.picture, changes), muxer, steps)
        encoded, copied = assembly.encode_between_copies(copies) if copies else (assembly.encode_all(), 0)
        muxer.finish()
        clock.lap("finish")
    return _report(job, clock, meter, source=source, encoded=encoded, copied=copied, warnings=muxer.warnings)


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
    if source.damaged_frames:
        warnings = [
            *warnings,
            f"{source.damaged_frames} frames of the input are damaged and were shown as well as they can be",
        ]
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
