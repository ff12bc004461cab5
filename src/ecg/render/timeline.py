"""Which frames the output has, when each is shown, and which source frame it shows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ecg.media import FrameTable


@dataclass(frozen=True)
class Timeline:
    """Output frames in the order of presentation; ticks of `time_base` seconds."""

    time_base: Fraction
    pts: NDArray[np.int64]
    source: NDArray[np.int64]
    """Index of the shown source frame, in presentation order; never decreases."""
    times_us: NDArray[np.int64]
    """Microseconds from the video's start: the clock of captions."""
    rate: Fraction
    """Average frames a second, for the encoder's rate control."""
    last_duration: int
    converted: bool
    """True when the frame rate was changed, so that frames out need not be frames in."""

    def __len__(self) -> int:
        return len(self.pts)

    def duration_of(self, frame: int) -> int:
        """Ticks that a frame is shown."""
        if frame + 1 < len(self.pts):
            return int(self.pts[frame + 1] - self.pts[frame])
        return self.last_duration


def source_timeline(table: FrameTable, *, shift: int = 0) -> Timeline:
    """Every frame at its own time, minus `shift` ticks."""
    count = len(table)
    seconds = Fraction(max(1, round(table.duration * 1_000_000)), 1_000_000)
    steps = np.unique(np.diff(table.shown))
    even = Fraction(1) / (int(steps[0]) * table.time_base) if len(steps) == 1 else None
    return Timeline(
        time_base=table.time_base,
        pts=table.shown - shift,
        source=np.arange(count),
        times_us=table.times_us,
        rate=even or (count / seconds).limit_denominator(1001),
        last_duration=table.last_duration,
        converted=False,
    )


def constant_timeline(table: FrameTable, rate: Fraction, *, shift: int = 0) -> Timeline:
    """Frames at a constant rate over the same time; each shows the latest source frame that has begun."""
    fine = -(-10_000 // rate.numerator)  # so that a tick is at most 0.1 ms
    time_base = Fraction(1, rate.numerator * fine)
    step = rate.denominator * fine
    begin = int(table.shown[0]) * table.time_base
    end = (int(table.shown[-1]) + table.last_duration) * table.time_base
    first = round(begin / time_base)
    count = max(1, -(-(round(end / time_base) - first) // step))
    ticks = first + step * np.arange(count, dtype=np.int64)
    ratio = time_base / table.time_base
    p, q = ratio.numerator, ratio.denominator
    latest = [(2 * tick * p + q) // (2 * q) for tick in ticks.tolist()]  # the source's tick, half a tick late
    microsecond = time_base * 1_000_000
    zero = table.origin * table.time_base * 1_000_000
    return Timeline(
        time_base=time_base,
        pts=ticks - round(shift * table.time_base / time_base),
        source=np.maximum(0, np.searchsorted(table.shown, latest, side="right") - 1),
        times_us=np.array([round(tick * microsecond - zero) for tick in ticks.tolist()]),
        rate=rate,
        last_duration=step,
        converted=True,
    )
