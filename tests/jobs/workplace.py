"""The spine in one process, on a real database and a real Redis, with as many workers as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ecg.database import Database, migrate
from ecg.jobs.kinds import load_kinds
from ecg.jobs.live.state import LiveState
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.jobs.waking.wakeups import RedisWakeups
from ecg.jobs.workers.worker import Worker
from ecg.settings import Settings
from tests.jobs import sample_kinds
from tests.jobs.live_redis import LiveRedis, live_redis

TENANT = "service"


@dataclass
class Workplace:
    settings: Settings
    jobs: Jobs
    redis: LiveRedis
    workers: dict[Worker, asyncio.Task[None]] = field(default_factory=dict)

    def hire(self, **options: Any) -> Worker:
        """A worker that takes jobs from now on."""
        worker = Worker(self.settings, self.jobs, queues=[sample_kinds.QUEUE], **options)
        self.workers[worker] = asyncio.create_task(worker.run())
        return worker

    async def dismiss(self, worker: Worker) -> None:
        worker.stop()
        await self.workers.pop(worker)

    async def submit(self, kind: str, job_id: str | None = None, **payload: Any) -> str:
        submitted = await self.jobs.submit(kind, payload, tenant_id=TENANT, job_id=job_id)
        return submitted.view.job_id

    async def until(self, job_id: str, *states: State, seconds: float = 120) -> JobView:
        """The job as soon as it is in one of these states (without any: finished)."""
        async with asyncio.timeout(seconds):
            while True:
                view = await self.jobs.get(TENANT, job_id)
                if view.state in states or (not states and view.state.final):
                    return view
                await asyncio.sleep(0.01)

    async def row(self, job_id: str) -> Any:
        async with self.jobs.database.read() as connection:
            found = await connection.execute(text("SELECT * FROM jobs WHERE job_id = :id"), {"id": job_id})
            return found.one()


Test = Callable[[Workplace], Awaitable[None]]
"""What a test does there; fixtures of `conftest` run it."""


@asynccontextmanager
async def workplace(database_url: str, folder: Path, **settings: Any) -> AsyncIterator[Workplace]:
    load_kinds([sample_kinds.MODULE])
    quick = {"lease_seconds": 3, "heartbeat_seconds": 0.2, "sweep_seconds": 0.3, "stop_seconds": 0.2}
    chosen = Settings(
        data_dir=folder,
        database_url=database_url,
        job_modules=(sample_kinds.MODULE,),
        **{**quick, **settings},
    )
    database = Database(database_url)
    await migrate(database)
    async with database.write() as connection:
        for table in ("callback_attempts", "callback_deliveries", "jobs", "job_workers"):
            await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    async with live_redis() as redis:
        live = LiveState(redis.client())
        place = Workplace(chosen, Jobs(database, live, RedisWakeups(live)), redis)
        try:
            yield place
        finally:
            for worker in list(place.workers):
                await place.dismiss(worker)
            await live.close()
            await database.close()
