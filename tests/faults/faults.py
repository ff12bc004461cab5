"""What is done to an installation while its jobs run. Each fault waits for work that it can hit, and says
what it hit."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redis import Redis

from tests.faults.jobs import AtWork
from tests.faults.programs import browser_of, busy_executors, lives

if TYPE_CHECKING:
    from tests.faults.run import Run

WAIT_SECONDS = 90.0
"""For work that can be hit."""
CUT_SECONDS = 6.0
"""How long the callback receiver is away."""
_DRAWING = range(12, 80)
"""Percent of progress at which a job is surely drawing, and will be for a while."""
_PAINTING = range(11, 35)
"""… and at which its browser has surely not painted everything: it is ahead of the encoder."""


class NothingToHit(Exception):
    """No job ran in time: the run proves nothing."""


@dataclass(frozen=True)
class Fault:
    name: str
    strike: Callable[[Run], Awaitable[str]]
    submits: bool = False
    """Whether a client submits a job at that very moment."""


@dataclass
class Struck:
    """What was done, for the report."""

    fault: str
    after: float
    """Seconds since the first job was submitted."""
    hit: str
    jobs: list[str] = field(default_factory=list)
    """Those that ran at that moment."""


async def _working(run: Run, progress: range = _DRAWING) -> AtWork:
    """A render in the middle of its drawing, in one of its first attempts: the last one shall succeed."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        run.at_work = await run.rows.at_work()
        for job in run.at_work:
            drawing = job.stage == "render" and job.progress in progress
            if drawing and job.attempt < 3 and lives(job.worker_pid):
                return job
        await asyncio.sleep(0.05)
    raise NothingToHit(f"no job was drawing within {WAIT_SECONDS:g} s")


async def kill_worker(run: Run) -> str:
    job = await _working(run)
    kept = [worker for worker in run.installation.workers if worker.pid == job.worker_pid]
    if kept:
        kept[0].kill()
    else:  # the server's own, which the server brings back
        os.kill(job.worker_pid, signal.SIGKILL)
    return f"worker {job.worker_pid}"


async def end_worker(run: Run) -> str:
    """It hands back what it has."""
    job = await _working(run)
    for worker in run.installation.workers:
        if worker.pid == job.worker_pid:
            code = await worker.stop()
            await worker.start()
            return f"worker {job.worker_pid}, which ended with {code}"
    os.kill(job.worker_pid, signal.SIGTERM)
    return f"worker {job.worker_pid}"


async def kill_guardian(run: Run) -> str:
    """The process between a worker and its executor."""
    while True:
        job = await _working(run)
        for executor in busy_executors(job.worker_pid):
            if guardian := executor.parent():
                guardian.kill()
                return f"guardian {guardian.pid} of executor {executor.pid}"


async def kill_encoder(run: Run) -> str:
    """The executor, which decodes and encodes in its own process."""
    while True:
        job = await _working(run)
        for executor in busy_executors(job.worker_pid):
            executor.kill()
            return f"executor {executor.pid} of worker {job.worker_pid}"


async def kill_browser(run: Run) -> str:
    while True:
        job = await _working(run, _PAINTING)
        for executor in busy_executors(job.worker_pid):
            if browser := browser_of(executor):
                browser.kill()
                return f"browser {browser.pid} of executor {executor.pid}"


async def kill_server(run: Run) -> str:
    await _working(run)
    return f"server {run.installation.server.kill()}"


async def restart_server(run: Run) -> str:
    await _working(run)
    server = run.installation.server
    pid = server.pid
    code = await server.stop()
    await server.start()
    return f"server {pid}, which ended with {code}"


async def flush_redis(run: Run) -> str:
    await _working(run)

    def flush() -> int:
        with Redis.from_url(run.installation.redis.url) as client:
            keys = client.dbsize()
            client.flushall()
        return int(keys)

    return f"{await asyncio.to_thread(flush)} keys"


async def restart_redis(run: Run) -> str:
    await _working(run)
    redis = run.installation.redis
    await asyncio.to_thread(redis.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(redis.revive)
    return "redis-server"


async def cut_receiver(run: Run) -> str:
    await _working(run)
    pid = run.receiver.pid
    await run.receiver.cut(CUT_SECONDS)
    return f"receiver {pid} for {CUT_SECONDS:g} s"


FAULTS = (
    Fault("kill -9 a worker", kill_worker),
    Fault("SIGTERM a worker", end_worker),
    Fault("kill -9 a browser", kill_browser),
    Fault("kill -9 an encoder", kill_encoder),
    Fault("kill -9 a guardian", kill_guardian),
    Fault("kill -9 the server", kill_server, submits=True),
    Fault("SIGTERM the server", restart_server, submits=True),
    Fault("FLUSHALL Redis", flush_redis),
    Fault("kill -9 Redis", restart_redis),
    Fault("cut off the receiver", cut_receiver),
)
