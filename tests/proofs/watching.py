"""Watching an output video as a viewer does: its pictures with their times, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ecg.captions.scenario import Cue, Line, Scenario, Word
from tests.media.clips import ffmpeg

Luma = NDArray[np.float32]
Rgb = NDArray[np.uint8]

Note = Callable[[str, object], None]
"""pytest's `record_property`: `bench/proofs.py` prints what is noted."""

GREY = 0x30
"""Level of the plain picture that captions are burnt into."""
WATERTIGHT = 12
"""Levels (of 255) by which a sample may differ without a caption being there: quantisation of the encoder."""


def plain_video(path: Path, *, rate: str, seconds: float, size: tuple[int, int], select: str = "1") -> Path:
    """A dark grey video; `select` is FFmpeg's expression for the frames that stay: the rate varies."""
    ffmpeg(
        *("-f", "lavfi", "-i", f"color=c=0x303030:s={size[0]}x{size[1]}:r={rate}:d={seconds}"),
        *("-vf", f"select='{select}'", "-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-pix_fmt", "yuv420p", "-video_track_timescale", "90000", str(path)),
    )
    return path


def watched(path: Path) -> Iterator[tuple[Fraction, Rgb]]:
    """Every picture of a video as RGB, with its time in seconds."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield seconds_of(frame), np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def seconds_of(frame: VideoFrame) -> Fraction:
    return Fraction(frame.pts or 0) * (frame.time_base or 1)


def luma_at(path: Path, seconds: float) -> Luma:
    """The luma samples of the picture that is shown at a time."""
    with av.open(str(path)) as container:
        shown = None
        for frame in container.decode(video=0):
            if (
                shown is not None
                and float(Fraction(frame.pts or 0) * (frame.time_base or 1)) > seconds + 1e-6
            ):
                break
            shown = frame
    assert shown is not None
    return shown.to_ndarray(format="gray").astype(np.float32)


def said(
    texts: Sequence[str], starts: Sequence[float], *, lasting: float = 0.2, **measured: float
) -> list[Word]:
    return [
        Word(text=text, start=start, end=start + lasting, **measured)
        for text, start in zip(texts, starts, strict=True)
    ]


def caption(name: str, start: float, end: float, words: Sequence[Word], **fields: object) -> Cue:
    known = {"id": name, "start": start, "end": end, "speaker": "ann", "lines": [Line(words=list(words))]}
    return Cue.model_validate({**known, **fields})


def scenario(*cues: Cue, **fields: object) -> Scenario:
    return Scenario.model_validate({"cues": list(cues), **fields})


def extent(marked: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (exclusive) of what is marked."""
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    assert len(rows), "nothing is there"
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def groups(line: NDArray[np.bool_], *, gap: int) -> list[tuple[int, int]]:
    """Stretches of true values (start, stop), where up to `gap` false ones do not part them."""
    found: list[tuple[int, int]] = []
    for at in np.flatnonzero(line).tolist():
        if found and at - found[-1][1] <= gap:
            found[-1] = found[-1][0], at + 1
        else:
            found.append((at, at + 1))
    return found
