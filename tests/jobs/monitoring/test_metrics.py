"""The spine's metrics, read from every kind of database."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import delete, insert, update

from ecg.database import Database, migrate, now_ms
from ecg.jobs import repository
from ecg.jobs.callbacks import repository as callback_repository
from ecg.jobs.callbacks.repository import Status, Try, deliveries
from ecg.jobs.live.state import LiveState
from ecg.jobs.monitoring import metrics as spine_metrics
from ecg.jobs.monitoring.metrics import SpineMetrics
from ecg.jobs.monitoring.repository import jobs, workers
from ecg.jobs.repository import NewJob

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Read:
    """Metrics as Prometheus would read them now."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.registry = CollectorRegistry()
        self.live = LiveState(None)
        self._metrics = SpineMetrics(self.registry, database, self.live, kinds=["render", "speech"])

    async def __call__(self, name: str, **labels: str) -> float | None:
        self._metrics._read_at = float("-inf")
        await self._metrics.refresh()
        return self.registry.get_sample_value(f"ecg_{name}", labels)


@contextlib.asynccontextmanager
async def reading(url: str) -> AsyncIterator[Read]:
    database = Database(url)
    read = Read(database)
    try:
        await migrate(database)
        async with database.write() as connection:
            for table in (deliveries, jobs, workers):
                await connection.execute(delete(table))
        yield read
    finally:
        await read.live.close()
        await database.close()


async def add(database: Database, job_id: str, state: str, **values: Any) -> None:
    job = NewJob(
        tenant_id="t",
        job_id=job_id,
        kind="render",
        queue="render",
        payload="{}",
        payload_digest="",
        max_attempts=3,
        deadline_seconds=60,
        need_mb=100,
    )
    await repository.add(database, job)
    values = {"created_at": now_ms() - 90_000, **values}
    async with database.write() as connection:
        await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(state=state, **values))


async def end(database: Database, job_id: str, state: str = "DONE", *, seconds: float = 20) -> None:
    started = now_ms() - int(seconds * 1000)
    await add(database, job_id, state, created_at=started - 3000, started_at=started, finished_at=now_ms())


async def test_jobs_that_wait_and_run(database_url: str) -> None:
    async with reading(database_url) as read:
        await add(read.database, "a", "PENDING")
        await add(read.database, "b", "PENDING", created_at=now_ms() - 5000)
        await add(read.database, "c", "PROCESSING")
        assert await read("jobs", queue="render", kind="render", state="PENDING") == 2
        assert await read("jobs", queue="render", kind="render", state="PROCESSING") == 1
        oldest = await read("queue_oldest_wait_seconds", queue="render")
        assert oldest is not None
        assert 90 <= oldest < 120
        async with read.database.write() as connection:
            await connection.execute(delete(jobs))
        assert await read("jobs", queue="render", kind="render", state="PENDING") is None
        assert await read("queue_oldest_wait_seconds", queue="render") is None


async def test_each_end_is_counted_once_from_the_first_look_on(database_url: str) -> None:
    async with reading(database_url) as read:
        await end(read.database, "before")
        assert await read("jobs_finished_total", kind="render", state="DONE") is None
        await end(read.database, "a")
        await end(read.database, "b")
        await end(read.database, "c", "FAILED")
        for _ in range(3):
            assert await read("jobs_finished_total", kind="render", state="DONE") == 2
        assert await read("jobs_finished_total", kind="render", state="FAILED") == 1
        assert await read("job_seconds_bucket", kind="render", le="10.0") == 0
        assert await read("job_seconds_bucket", kind="render", le="30.0") == 2
        assert await read("job_wait_seconds_count", kind="render") == 3
        assert await read("job_wait_seconds_bucket", kind="render", le="5.0") == 3


async def test_an_end_that_becomes_visible_late_is_counted(database_url: str) -> None:
    async with reading(database_url) as read:
        await read("database_up")
        await add(read.database, "late", "DONE", started_at=now_ms() - 50_000, finished_at=now_ms() - 30_000)
        assert await read("jobs_finished_total", kind="render", state="DONE") == 1


async def test_a_job_that_never_began_took_no_time(database_url: str) -> None:
    async with reading(database_url) as read:
        await read("database_up")
        await add(read.database, "a", "CANCELLED", finished_at=now_ms())
        assert await read("jobs_finished_total", kind="render", state="CANCELLED") == 1
        assert await read("job_wait_seconds_count", kind="render") is None


async def test_workers(database_url: str) -> None:
    async with reading(database_url) as read:
        assert await read("workers") == 0
        row = {
            "worker_id": "w",
            "host": "h",
            "pid": 1,
            "queues": "render",
            "slots": 3,
            "started_at": now_ms(),
        }
        async with read.database.write() as connection:
            for name, age in (("a", 0), ("b", 2000), ("dead", 60_000)):
                heartbeat = now_ms() - age
                await connection.execute(
                    insert(workers).values(**row, boot_id=name, busy=1, heartbeat_at=heartbeat)
                )
        assert (await read("workers"), await read("worker_slots"), await read("worker_slots_busy")) == (
            2,
            6,
            2,
        )


async def test_callbacks(database_url: str) -> None:
    async with reading(database_url) as read:
        await read("database_up")
        async with read.database.write() as connection:
            for job_id in ("a", "b"):
                await callback_repository.enqueue(
                    connection, tenant_id="t", job_id=job_id, url="http://a.test", event="DONE", body={}
                )
            first = [one.serial for one in await callback_repository.due(connection, limit=1)]
            for code, status in ((None, Status.PENDING), (503, Status.PENDING), (204, Status.DELIVERED)):
                (one,) = await callback_repository.claim(connection, first, lease_seconds=30)
                await callback_repository.settle(connection, one, Try(code, None, 30), status)
        for _ in range(2):
            for outcome in ("unreachable", "refused", "delivered"):
                assert await read("callback_tries_total", outcome=outcome) == 1
        assert await read("callback_seconds_bucket", le="0.05") == 3
        assert await read("callbacks_pending") == 1


async def test_a_database_that_is_away_is_a_metric(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'ecg.db'}")
    read = Read(database)
    with structlog.testing.capture_logs() as logs:
        assert await read("database_up") == 0
    assert [entry["event"] for entry in logs] == ["metrics lack what the database knows"]
    await migrate(database)
    assert await read("database_up") == 1
    assert await read("redis_up") == 0
    await database.close()


async def test_polls_are_told_by_whether_redis_knew(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with reading(f"sqlite:///{tmp_path_factory.mktemp('reads') / 'ecg.db'}") as read:
        read.live.hits, read.live.misses = 3, 1
        assert await read("redis_reads_total", outcome="hit") == 3
        assert await read("redis_reads_total", outcome="miss") == 1


async def test_connections_are_told_by_what_they_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with reading(f"sqlite:///{tmp_path_factory.mktemp('pool') / 'ecg.db'}") as read:
        size = await read("database_connections", state="size")
        assert size
        async with read.database.read(), read.database.read():
            assert read.registry.get_sample_value("ecg_database_connections", {"state": "busy"}) == 2
        assert await read("database_connections", state="busy") == 0


async def test_statements_are_counted_and_reads_are_shared(database_url: str) -> None:
    async with reading(database_url) as read:
        await read("database_up")
        before = read.database.statements
        assert read.registry.get_sample_value("ecg_sql_statements_total") == before
        await read._metrics.refresh()
        assert read.database.statements == before, f"within {spine_metrics.FRESH_SECONDS} s"
