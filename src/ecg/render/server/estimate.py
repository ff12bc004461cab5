"""How long a render takes and waits: from the measured speed of finished renders, never from a constant.

Before the first render is done, the speed is that of the calibration (`ecg.render.calibration`).
"""

from __future__ import annotations

import math
import time
from typing import Any

from ecg.jobs.service import Jobs
from ecg.render.expectation import picture_size, work_of
from ecg.render.schemas import RenderPayload
from ecg.render.server.header import VideoFacts
from ecg.render.tasks import CALIBRATION, QUEUE, RENDER

_FRESH_SECONDS = 1.0
_ASSUMED_RATE = 30.0
"""Frames a second of a video whose header does not tell; only the size of the work hangs on it."""
ALIVE_SECONDS = 15.0
"""A worker whose heartbeat is older is not counted upon."""


def expected_work(payload: RenderPayload, facts: VideoFacts, scenario_end: float) -> float | None:
    """Megapixel-frames, as far as the header and the scenario tell; None when nobody knows the length."""
    seconds = facts.duration or scenario_end
    if not seconds:
        return None
    rate = facts.frames / seconds if facts.frames and facts.duration else _ASSUMED_RATE
    if payload.options.fps:
        numerator, _, denominator = payload.options.fps.partition("/")
        rate = int(numerator) / int(denominator or 1)
    return work_of(*picture_size(payload, facts.size), seconds * rate)


class Estimates:
    """Answers from a snapshot of the queue that is at most a second old."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._taken = -math.inf
        self._queue: dict[str, Any] = {}
        self._work_ahead = 0.0
        self._speed: float | None = None

    async def queue(self) -> dict[str, Any]:
        """`Jobs.queue_status` of the render queue."""
        await self._refresh()
        return self._queue

    async def speed(self) -> float | None:
        """Megapixel-frames a second of one job; None while nothing was ever measured."""
        await self._refresh()
        return self._speed

    async def of_new_job(self, work: float | None) -> int | None:
        """Seconds until a job of this work is done that is registered now."""
        await self._refresh()
        if not self._speed or work is None:
            return None
        waiting = self._work_ahead / (self._speed * self._parallel())
        return max(1, math.ceil(waiting + work / self._speed))

    async def of_waiting_job(self, position: int) -> int | None:
        """Seconds until a job is done that has so many before it; it is taken for an average one."""
        await self._refresh()
        running, here = self._here()
        if not self._speed or not here or not self._work_ahead:
            return None
        each = self._work_ahead / here / self._speed
        ahead = position + running
        return max(1, math.ceil(each * (ahead / self._parallel() + 1)))

    async def of_queue(self) -> int | None:
        """Seconds until everything that waits and runs is done."""
        await self._refresh()
        if not self._here()[1]:
            return 0
        if not self._speed:
            return None
        return math.ceil(self._work_ahead / (self._speed * self._parallel()))

    def alive(self) -> list[dict[str, Any]]:
        """The workers of the snapshot that live."""
        workers: list[dict[str, Any]] = self._queue.get("workers", [])
        return [worker for worker in workers if worker["heartbeat_age_seconds"] < ALIVE_SECONDS]

    def _here(self) -> tuple[int, int]:
        """Jobs that run, and jobs that run or wait."""
        running = int(self._queue["processing"])
        return running, running + int(self._queue["pending"])

    def _parallel(self) -> int:
        return max(1, sum(int(worker["slots"]) for worker in self.alive()))

    async def _refresh(self) -> None:
        if time.monotonic() - self._taken < _FRESH_SECONDS:
            return
        self._queue = await self._jobs.queue_status(QUEUE)
        measured = await self._jobs.measured_speed(RENDER) or await self._jobs.measured_speed(CALIBRATION)
        self._speed = measured.work_per_second if measured else None
        self._work_ahead = float(self._queue["work_ahead"])
        self._taken = time.monotonic()
