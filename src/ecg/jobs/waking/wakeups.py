"""How a worker learns that there is work. The row is the truth; a wake-up may be lost or doubled.

`standalone`: a message on a Redis channel that all workers of the queue hear.
`celery`: a task in the broker that one worker gets; see `ecg.jobs.waking.celery_app`.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from ecg.jobs.live.state import LiveState

log = structlog.get_logger(__name__)


class Wakeups(Protocol):
    async def wake(self, queue: str, job_id: str) -> None:
        """Tell the workers of the queue. Never raises: a sweep finds what nobody was told."""
        ...

    async def close(self) -> None:
        """Send what is still to be sent."""
        ...


class RedisWakeups:
    def __init__(self, live: LiveState) -> None:
        self._live = live

    async def wake(self, queue: str, job_id: str) -> None:
        del job_id  # whoever wakes takes the oldest job of the queue
        await self._live.wake(queue)

    async def close(self) -> None:
        pass


class CeleryWakeups:
    """Sends tasks from a thread of its own, so that a slow broker holds up nobody."""

    def __init__(self, broker_url: str) -> None:
        from ecg.jobs.waking.celery_app import make_app

        self._app = make_app(broker_url)
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(maxsize=10_000)
        self._sender: asyncio.Task[None] | None = None

    async def wake(self, queue: str, job_id: str) -> None:
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="celery-wakeups")
        try:
            self._waiting.put_nowait((queue, job_id))
        except asyncio.QueueFull:
            log.warning("wake-up left to the sweep: the broker is too slow", queue=queue, job_id=job_id)

    async def close(self) -> None:
        if self._sender is not None:
            try:
                await asyncio.wait_for(self._waiting.join(), timeout=5)
            except TimeoutError:
                log.warning("wake-ups left to the sweep at the end", count=self._waiting.qsize())
            self._sender.cancel()

    async def _send(self) -> None:
        from ecg.jobs.waking.celery_app import send_wakeups

        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty() and len(batch) < 100:
                batch.append(self._waiting.get_nowait())
            try:
                await asyncio.to_thread(send_wakeups, self._app, batch)
            except Exception as error:  # any broker, any failure: the sweep finds the jobs
                log.warning("the broker cannot be reached; jobs wait for the next sweep", error=str(error))
            finally:
                for _ in batch:
                    self._waiting.task_done()
