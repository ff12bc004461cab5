"""What is killed while the crowd is on its way, and when: each kill waits for work that it can hit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecg.render.tasks import RENDER
from ecg.speech.tasks import SPEECH
from tests.faults.faults import NothingToHit
from tests.faults.jobs import AtWork
from tests.faults.programs import lives

if TYPE_CHECKING:
    from tests.e2e.killing import Run

WAIT_SECONDS = 240.0


@dataclass(frozen=True)
class Kill:
    name: str
    step: str
    """Somebody is in this step …"""
    past: float
    """… and this share of the crowd is past it."""
    strike: Callable[[Run], Awaitable[str]]


async def kill_api(run: Run) -> str:
    return f"process {run.place.programs['api'].kill()}"


async def kill_api_worker(run: Run) -> str:
    return f"process {run.place.programs['api-worker'].kill()}"


async def kill_speech_worker(run: Run) -> str:
    """One that listens, in the middle of it."""
    job = await _at_work(run, SPEECH)
    for worker in run.place.speech_workers:
        if worker.pid == job.worker_pid:
            return f"process {worker.kill()}, at {job.progress} % of a video"
    raise NothingToHit(f"no speech worker is process {job.worker_pid}")


async def kill_redis(run: Run) -> str:
    job = await _at_work(run, SPEECH, RENDER)
    await asyncio.to_thread(run.place.redis.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(run.place.redis.revive)
    return f"while a worker was at {job.progress} %"


async def _at_work(run: Run, *kinds: str) -> AtWork:
    """A job that a living worker has, in its first attempt."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for kind in kinds:
            for job in await run.rows.at_work(kind):
                if job.attempt == 1 and lives(job.worker_pid):
                    return job
        await asyncio.sleep(0.05)
    raise NothingToHit(f"no worker had a job of {' or '.join(kinds)} within {WAIT_SECONDS:g} s")


KILLS = (
    Kill("the API server", "upload", 0, kill_api),
    Kill("a speech worker", "analysis", 0, kill_speech_worker),
    Kill("Redis", "analysis", 0.05, kill_redis),
    Kill("the API server", "analysis", 0.15, kill_api),
    Kill("a speech worker", "analysis", 0.25, kill_speech_worker),
    Kill("the API's worker", "analysis", 0.35, kill_api_worker),
    Kill("the API server", "export", 0.1, kill_api),
    Kill("Redis", "export", 0.2, kill_redis),
    Kill("the API server", "export", 0.3, kill_api),
)
"""In this order."""
