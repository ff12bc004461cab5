"""How much memory a job takes, with all its processes, and whether it grows."""

from __future__ import annotations

import threading
import time
from statistics import fmean
from types import TracebackType
from typing import Literal

from ecg.process_memory import tree_pss_mb

Trend = Literal["stable", "rising", "falling"]

_EVERY = 0.5
"""Seconds between samples, at least."""
_SHARE = 0.003
"""Of one core's time that sampling may take: reading a browser's page tables is not free."""


class MemoryMeter:
    """Samples the PSS of this process and its descendants in a thread while it is entered."""

    def __init__(self) -> None:
        self._samples: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory meter", daemon=True)

    def __enter__(self) -> MemoryMeter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def sample(self) -> None:
        """Look now, too: a short job may have its peak between two looks."""
        self._samples.append(tree_pss_mb())

    @property
    def peak_mb(self) -> float:
        """The largest sample so far, in MB (10^6 bytes)."""
        return round(max(self._samples, default=0.0), 1)

    @property
    def trend(self) -> Trend:
        return trend(self._samples)

    def _run(self) -> None:
        while True:
            begun = time.thread_time()
            self.sample()
            cost = time.thread_time() - begun
            if self._stop.wait(max(_EVERY, cost / _SHARE)):
                return


def trend(samples: list[float]) -> Trend:
    """`rising` when the last third's mean is over 10 % and over 20 MB above the middle third's; so for
    `falling`.

    The first third is start-up and does not count. Fewer than nine samples say nothing: `stable`.
    """
    third = len(samples) // 3
    if third < 3:
        return "stable"
    before, after = fmean(samples[third : 2 * third]), fmean(samples[2 * third :])
    if abs(after - before) <= max(20.0, 0.1 * before):
        return "stable"
    return "rising" if after > before else "falling"
