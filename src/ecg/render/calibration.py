"""How fast this machine renders, measured on a clip that is made for it: two seconds of moving bars."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ecg.captions.scenario import Cue, Line, Scenario, Word
from ecg.render.captions import PaintedCaptions
from ecg.render.expectation import work_of
from ecg.render.options import RenderOptions
from ecg.render.pipeline import burn

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 30, 2
_SETTLED = 0.25
"""Share of the frames after which encoder and browser are in their stride."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """`work` is what `seconds`, the time of the whole measurement, would have been worth at this speed."""

    work: float
    seconds: float
    work_per_second: float


def measure(folder: Path, *, gpu: bool = False, cancelled: Callable[[], bool] | None = None) -> Calibration:
    """Make a clip in `folder`, burn captions into it, and time the middle of it. Takes two to three seconds.

    Raises what `burn` raises: where this works, rendering works.
    """
    begun = time.perf_counter()
    clip = folder / "calibration.mp4"
    make_clip(clip)
    times: list[tuple[int, float]] = []
    scenario = Scenario(template="karaoke", cues=[_cue(at) for at in range(SECONDS)])
    with PaintedCaptions(scenario, gpu=gpu) as captions:
        burn(
            clip,
            captions,
            folder / "calibrated.mp4",
            RenderOptions(gpu=gpu, copy_untouched=False),
            progress=lambda done, _total: times.append((done, time.perf_counter())),
            cancelled=cancelled,
        )
    first, last = times[int(len(times) * _SETTLED)], times[-1]
    speed = work_of(WIDTH, HEIGHT, last[0] - first[0]) / max(1e-3, last[1] - first[1])
    seconds = time.perf_counter() - begun
    return Calibration(speed * seconds, seconds, speed)


def make_clip(path: Path) -> None:
    """Bars that move over a gradient: something to do for an encoder, and no file to ship."""
    column = np.arange(WIDTH, dtype=np.uint8)[None, :]
    row = np.arange(HEIGHT, dtype=np.uint8)[:, None]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", FPS, options={"preset": "ultrafast", "crf": "20"})
        assert isinstance(stream, VideoStream)  # noqa: S101  # by the encoder's name
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(FPS * SECONDS):
            grey = (column + np.uint8(4 * number % 256)) ^ (row // 2)
            frame = VideoFrame.from_ndarray(np.repeat(grey[:, :, None], 3, axis=2), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))


def _cue(second: int) -> Cue:
    words = [
        Word(text=text, start=second + 0.3 * i, end=second + 0.3 * (i + 1))
        for i, text in enumerate(("How", "fast", "today?"))
    ]
    return Cue(id=f"c{second}", start=second, end=second + 1, lines=[Line(words=words)])
