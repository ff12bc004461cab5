"""How long the jobs of a queue take and wait, from the measured speed of finished ones.

For servers that answer an estimate with each job that they accept.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from ecg.jobs.service import Jobs

_FRESH_SECONDS = 1.0
ALIVE_SECONDS = 15.0
"""A worker whose heartbeat is older is not counted upon."""


class WorkerStatus(BaseModel):
    name: str
    host: str
    pid: int
    slots: int
    busy: int
    heartbeat_age_seconds: float


class QueueStatus(BaseModel):
    queue: str
    depth: int
    """Jobs that wait."""
    running: int
    workers: list[WorkerStatus]
    oldest_wait_seconds: float | None
    throughput_per_hour: int
    """Jobs done within the last hour."""
    estimated_seconds: int | None
    """Until all that waits and runs now is done."""


class Outlook:
    """Answers from a snapshot of one queue that is at most a second old."""

    def __init__(
        self, jobs: Jobs, *, queue: str, kinds: Sequence[str], assumed_speed: float | None = None
    ) -> None:
        """`kinds`: the first of them that was measured says how fast jobs are, in their unit of work a
        second; `assumed_speed` where none was.
        """
        self._jobs = jobs
        self.name = queue
        self._kinds = kinds
        self._assumed_speed = assumed_speed
        self._taken = -math.inf
        self._taking = asyncio.Lock()
        self._queue: dict[str, Any] = {}
        self._work_ahead = 0.0
        self._speed: float | None = None

    async def queue(self) -> dict[str, Any]:
        """`Jobs.queue_status` of the queue."""
        await self._refresh()
        return self._queue

    async def status(self) -> QueueStatus:
        """The queue, and who works on it."""
        queue = await self.queue()
        return QueueStatus(
            queue=self.name,
            depth=queue["pending"],
            running=queue["processing"],
            workers=[WorkerStatus.model_validate(worker) for worker in queue["workers"]],
            oldest_wait_seconds=queue["oldest_wait_seconds"],
            throughput_per_hour=queue["done_last_hour"],
            estimated_seconds=await self.of_queue(),
        )

    async def speed(self) -> float | None:
        """Work a second of one job; None while nothing was ever measured."""
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
        async with self._taking:  # one look for all who ask at that moment
            if time.monotonic() - self._taken >= _FRESH_SECONDS:
                await self._take()

    async def _take(self) -> None:
        self._queue = await self._jobs.queue_status(self.name)
        self._speed = await self._measured() or self._assumed_speed
        self._work_ahead = float(self._queue["work_ahead"])
        self._taken = time.monotonic()

    async def _measured(self) -> float | None:
        for kind in self._kinds:
            measured = await self._jobs.measured_speed(kind)
            if measured:
                return measured.work_per_second
        return None
