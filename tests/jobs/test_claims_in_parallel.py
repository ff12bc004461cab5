"""Workers beside each other: what they share is done once, and what waits does not slow them down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import delete, event, insert

from ecg.database import Database, migrate, now_ms
from ecg.jobs import repository
from ecg.jobs.repository import NewJob
from ecg.jobs.spine import Spine, open_spine
from ecg.jobs.states import State
from ecg.processes import running
from ecg.settings import Settings
from tests.jobs import counting_kinds
from tests.jobs.live_redis import live_redis

TENANT = "service"
JOBS = 60
WORKERS = 2
WAITING = 3000
SORTS = ("TEMP B-TREE", "Sort", "filesort")
"""What the plans of the three databases call an order that does not come from an index."""


def test_each_job_of_a_shared_queue_is_run_once(database_url: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with live_redis() as redis:
            settings = Settings(
                data_dir=tmp_path,
                database_url=database_url,
                redis_url=f"unix://{redis.socket}",
                job_modules=(counting_kinds.MODULE,),
                max_concurrent_jobs=1,
                sweep_seconds=0.5,
            )
            async with open_spine(settings) as spine:
                payload = {"file": str(tmp_path / "trace")}
                names = [f"{secrets.token_hex(4)}-{number}" for number in range(JOBS)]
                for name in names:
                    await spine.jobs.submit("count", payload, tenant_id=TENANT, job_id=name)
                with workers(settings):
                    await all_done(spine, names)
                trace = (tmp_path / "trace").read_text().split()
                assert Counter(trace) == Counter(names)

    asyncio.run(run())


def test_the_oldest_job_is_found_by_the_index(database_url: str) -> None:
    async def run() -> str:
        database = Database(database_url)
        try:
            await migrate(database)
            await fill(database)
            return await plan_of_a_claim(database)
        finally:
            await database.close()

    plan = asyncio.run(run())
    assert "ix_jobs_claim" in plan, plan
    assert not any(sort in plan for sort in SORTS), plan


@contextlib.contextmanager
def workers(settings: Settings) -> Iterator[None]:
    path = str(Path(__file__).parents[2])
    environment = {**os.environ, **settings.as_environment(), "PYTHONPATH": path, "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "ecg", "worker", "--queues", counting_kinds.QUEUE]
    with contextlib.ExitStack() as stack:
        for _ in range(WORKERS):
            stack.enter_context(running(command, env=environment))
        yield


async def all_done(spine: Spine, names: list[str]) -> None:
    async with asyncio.timeout(60):
        for name in names:
            while (await spine.jobs.get(TENANT, name)).state is not State.DONE:
                await asyncio.sleep(0.02)


async def fill(database: Database) -> None:
    """Enough jobs that reading them all and sorting would not be the cheaper way."""
    fixed = {"state": "PENDING", "progress": 0, "attempt": 0, "cancel_requested": False}
    statement = insert(repository.jobs).values(**fixed, available_at=now_ms(), created_at=now_ms()).inline()
    rows = [{name: getattr(job, name) for name in NewJob.__slots__} for job in map(new_job, range(WAITING))]
    async with database.write() as connection:
        await connection.execute(delete(repository.jobs))
        await connection.execute(statement, rows)


def new_job(number: int) -> NewJob:
    return NewJob(
        tenant_id=TENANT,
        job_id=f"job-{number}",
        kind="count",
        queue=counting_kinds.QUEUE,
        payload='{"file": "trace"}',
        payload_digest=secrets.token_hex(32),
        max_attempts=3,
        deadline_seconds=60.0,
        need_mb=64.0,
    )


async def plan_of_a_claim(database: Database) -> str:
    """What the database says of the very statement that looks for the job."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.write() as connection:
        claim = await repository.claim(
            connection, counting_kinds.QUEUE, token="t", boot_id="b", worker_id="w", lease_seconds=60
        )
    assert claim is not None
    assert claim.job_id == "job-0"
    statement, parameters = next(pair for pair in sent if "payload_digest" in pair[0])
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    async with database.read() as connection:
        rows = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
    return "\n".join(" ".join(map(str, row)) for row in rows)
