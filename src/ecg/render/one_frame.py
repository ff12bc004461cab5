"""One frame with its captions, exactly as the renderer draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ecg.captions.scenario import Scenario
from ecg.errors import InputError, MediaError
from ecg.media import FrameTable
from ecg.render.captions import PaintedCaptions
from ecg.render.compositor import Compositor
from ecg.render.job import Job, plan
from ecg.render.options import RenderOptions
from ecg.render.output import whole_file
from ecg.render.picture import PictureFilter
from ecg.render.source import FrameSource


def still(
    video: Path, scenario: Scenario, *, at: float, output: Path, template_folders: Sequence[Path] = ()
) -> tuple[str, ...]:
    """Write the frame shown at `at` seconds, with its captions, as PNG; answers warnings.

    Raises InputError when `at` lies beyond the video, else what `ecg.render.burn` raises.
    """
    frame, warnings = draw_frame(video, scenario, at=at, template_folders=template_folders)
    with whole_file(output, inputs=(video,)) as partial:
        partial.write_bytes(encode_png(frame))
    return warnings


def draw_frame(
    video: Path, scenario: Scenario, *, at: float, template_folders: Sequence[Path] = ()
) -> tuple[VideoFrame, tuple[str, ...]]:
    """The frame shown at `at` seconds with its captions, in the video's own samples, and warnings."""
    job = plan(video, Path("still.mp4"), RenderOptions())
    index = _shown_at(job, at)
    canvas = job.canvas
    moment = replace(canvas, times_us=[int(canvas.times_us[index])])
    with PaintedCaptions(scenario, template_folders=template_folders) as captions:
        captions.scene(canvas)  # composed for the whole video, as the renderer does
        frame = _decode(video, job, index)
        with captions.changes(moment) as changes:
            compositor = Compositor(job.picture, changes)
            compositor.advance(0)
            compositor.draw(frame)
    return frame, (*job.warnings, *captions.warnings)


def _shown_at(job: Job, at: float) -> int:
    times = np.asarray(job.canvas.times_us)
    end = times[-1] / 1e6 + job.table.last_duration * float(job.table.time_base)
    if not 0 <= at <= end:
        raise InputError(f"the video has no frame at {at:g} s", hint=f"it is {end:.2f} s long")
    return max(0, int(np.searchsorted(times, round(at * 1e6), side="right")) - 1)


def _decode(video: Path, job: Job, index: int) -> VideoFrame:
    wanted = _from_keyframe(job.table, index)
    with FrameSource(video, job.table, prepare=PictureFilter(job.picture), wanted=wanted) as source:
        for number, frame in source:
            if number >= index:
                return frame
    raise MediaError(f"{video.name} could not be decoded as far as frame {index}")


def _from_keyframe(table: FrameTable, index: int) -> NDArray[np.bool_]:
    """Packets from the last keyframe but one before the frame: leading pictures may need the one before."""
    keys = np.flatnonzero(table.keyframe & (table.pts <= table.shown[index]))
    wanted = np.zeros(len(table), np.bool_)
    wanted[keys[-2] if len(keys) > 1 else 0 :] = True
    return wanted


def encode_png(frame: VideoFrame) -> bytes:
    """The frame as an 8-bit RGB PNG."""
    picture = frame.reformat(format="rgb24")
    codec = CodecContext.create("png", "w")
    assert isinstance(codec, VideoCodecContext)  # noqa: S101  # png is a video codec to FFmpeg
    codec.width, codec.height, codec.pix_fmt = picture.width, picture.height, "rgb24"
    codec.time_base = Fraction(1, 1)
    packets = [*codec.encode(picture), *codec.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
