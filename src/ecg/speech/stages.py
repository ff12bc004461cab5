"""How far listening is: progress in the wire contract's bands, and the wall time of each stage.

0-10 start · 10-25 sound · 25-40 speech detection · 40-60 speakers · 60-75 transcription · 75-90 voice and
emotion · 90-100 result
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, str], None]
"""Is told percent done, 0 to 100, never falling, and what is being done."""

Fraction = Callable[[float], None]
"""Is told which share of a stage is done, 0 to 1."""

BANDS = {
    "start": (0, 10),
    "sound": (10, 25),
    "speech detection": (25, 40),
    "speakers": (40, 60),
    "transcription": (60, 75),
    "voice and emotion": (75, 90),
    "result": (90, 100),
}
"""Percent in which the stages lie."""


def stage_at(percent: float) -> str:
    """The stage in whose band a percentage lies."""
    return next((name for name, (_, end) in BANDS.items() if percent < end), "result")


class Stages:
    """Runs one stage after the other, and tells of it."""

    def __init__(self, tell: Progress | None) -> None:
        self._tell = tell or (lambda _percent, _message: None)
        self._reached = 0.0
        self._began = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, message: str) -> Iterator[Fraction]:
        """Runs one band; yields a callback that takes the fraction of it that is done."""
        start, end = BANDS[name]
        began = time.monotonic()

        def fraction(done: float) -> None:
            self._report(start + (end - start) * min(1.0, max(0.0, done)), message)

        fraction(0.0)
        yield fraction
        fraction(1.0)
        self.seconds[name] = round(time.monotonic() - began, 3)

    def _report(self, percent: float, message: str) -> None:
        self._reached = max(self._reached, percent)
        self._tell(self._reached, message)

    @property
    def total(self) -> float:
        """Seconds since the beginning."""
        return round(time.monotonic() - self._began, 3)
