"""How far a render is: percent by stage, frames, memory, and the seconds left at the pace so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ecg.jobs.kinds import JobContext
from ecg.memory_meter import MemoryMeter
from ecg.render.expectation import Deadline, work_of
from ecg.render.job import Job

_BANDS = {"fetch": (0.0, 10.0), "render": (10.0, 94.0), "check": (94.0, 95.0), "store": (95.0, 100.0)}
"""Percent in which the stages lie."""

_EVERY = 0.2
"""Seconds between two reports at least."""

_DEADLINE_EVERY = 5.0

_LOOKS = (0.5, 0.95)
"""Shares of the drawing at which the memory is looked at, besides the meter's own looks."""


class Telling:
    """Tells a job's progress; `memory` is a meter that runs."""

    def __init__(self, job: JobContext, memory: MemoryMeter, *, patience: float) -> None:
        self.stage_seconds: dict[str, float] = {}
        self._job = job
        self._memory = memory
        self._patience = patience
        self._begun = time.monotonic()
        self._told = self._dated = 0.0
        self._deadline: Deadline | None = None
        self._measured_mb = 0.0
        self._frames = 0
        self._looks = list(_LOOKS)

    @contextmanager
    def stage(self, name: str, message: str) -> Iterator[None]:
        """Time a stage and tell its begin; raises Cancelled instead of beginning."""
        self._job.check()
        begun = time.monotonic()
        self._tell(name, 0.0, message, force=True)
        yield
        seconds = self.stage_seconds.get(name, 0.0) + time.monotonic() - begun
        self.stage_seconds[name] = round(seconds, 3)

    def bytes_done(self, stage: str, message: str, done: int, total: int | None) -> None:
        self._tell(stage, done / total if total else 0.0, message)

    def planned(self, plan: Job) -> None:
        """The work is known: it is what is measured from now on."""
        work = work_of(*plan.picture.canvas, len(plan.timeline))
        self._deadline = Deadline(work, self._patience, time.monotonic() - self._begun)
        self._job.measure(work=work, deadline=self._deadline.farthest)

    def frames_done(self, done: int, total: int) -> None:
        share = done / total if total else 1.0
        if self._looks and share >= self._looks[0]:
            self._looks = [look for look in self._looks if look > share]
            self._memory.sample()
        left = self._deadline.seconds_left(share) if self._deadline else None
        self._tell("render", share, f"{done} of {total} frames", seconds_left=left, frames=done)
        self._renew_deadline(share)

    def measure_memory(self) -> None:
        """Report the peak where it has grown."""
        peak = self._memory.peak_mb
        if peak > self._measured_mb:
            self._measured_mb = peak
            self._job.measure(memory_mb=peak)

    def _renew_deadline(self, share: float) -> None:
        now = time.monotonic()
        if self._deadline is None or now - self._dated < _DEADLINE_EVERY:
            return
        self._dated = now
        self.measure_memory()
        deadline = self._deadline.after(share)
        if deadline is not None:
            self._job.measure(deadline=deadline)

    def _tell(
        self,
        stage: str,
        share: float,
        message: str,
        *,
        seconds_left: float | None = None,
        frames: int = 0,
        force: bool = False,
    ) -> None:
        now = time.monotonic()
        if not force and now - self._told < _EVERY and share < 1:
            return
        self._told = now
        low, high = _BANDS[stage]
        self._frames = max(self._frames, frames)
        self._job.tell(
            low + (high - low) * min(1.0, share),
            stage,
            message,
            seconds_left=None if seconds_left is None else round(seconds_left, 1),
            frames_processed=self._frames,
            frames_dropped=0,
            drop_rate=0.0,
            memory_peak_mb=self._memory.peak_mb or None,
            memory_trend=self._memory.trend,
        )
