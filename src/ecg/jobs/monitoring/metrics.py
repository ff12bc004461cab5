"""The spine's metrics, for the `/metrics` of a server.

Jobs end in workers, on any machine, and workers have no port. So a server reads what happened from the tables
when Prometheus asks: every server tells the same of the whole installation, and each counts from its own
start, as Prometheus expects of counters. Add nothing up over servers; take one of them, or the largest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.jobs.callbacks import repository as callback_repository
from ecg.jobs.live.state import LiveState
from ecg.jobs.monitoring import repository as metrics_repository
from ecg.jobs.monitoring.pool_metrics import PoolMetrics
from ecg.jobs.states import State

log = structlog.get_logger(__name__)

OVERLAP_MILLISECONDS = 60_000
OVERLAP_TRIES = 1000
"""How far each look reaches back behind the last one: rows become visible when their transaction ends, which
need not be in the order of their times and numbers."""
FRESH_SECONDS = 1.0
"""What was read so recently is not read again."""

_JOB_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600)
_CALLBACK_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class SpineMetrics:
    """The metrics of one database and one Redis; `refresh` before they are read."""

    def __init__(
        self,
        registry: CollectorRegistry,
        database: Database,
        live: LiveState,
        *,
        kinds: Collection[str],
        silent_seconds: float = 15,
    ) -> None:
        """`kinds` are those whose ends are counted; a worker that is silent for so long is not counted."""
        self._database = database
        self._live = live
        self._kinds = kinds
        self._silent_seconds = silent_seconds
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._finished = _Seen()
        self._tries = _Seen()
        self._make(registry)
        registry.register(_Statements(database))
        registry.register(_LiveReads(live))
        registry.register(PoolMetrics(database))

    async def refresh(self) -> None:
        """Read what the tables say now. A database that is away is a metric too: never raises."""
        async with self._lock:
            if time.monotonic() - self._read_at < FRESH_SECONDS:
                return
            self._redis_up.set(self._live.up)
            try:
                async with self._database.read() as connection:
                    await self._read(connection)
                self._database_up.set(1)
            except Exception as error:  # whatever the database has
                self._database_up.set(0)
                log.warning("metrics lack what the database knows", error=str(error))
            self._read_at = time.monotonic()

    async def _read(self, connection: AsyncConnection) -> None:
        self._show_live(await metrics_repository.live_jobs(connection))
        workers = await metrics_repository.capacity(connection, silent_seconds=self._silent_seconds)
        for gauge, value in zip((self._workers, self._slots, self._busy), workers, strict=True):
            gauge.set(value)
        pending, age = await callback_repository.backlog(connection)
        self._callbacks_pending.set(pending)
        self._callbacks_oldest.set(age)
        await self._count_finished(connection)
        await self._count_tries(connection)

    def _show_live(self, rows: Iterable[Record]) -> None:
        self._jobs.clear()
        self._oldest.clear()
        oldest: dict[str, float] = {}
        for row in rows:
            self._jobs.labels(row.queue, row.kind, row.state).set(row.jobs)
            if row.state == State.PENDING:
                oldest[row.queue] = max(oldest.get(row.queue, 0.0), float(row.oldest) / 1000)
        for queue, seconds in oldest.items():
            self._oldest.labels(queue).set(seconds)

    async def _count_finished(self, connection: AsyncConnection) -> None:
        now = await metrics_repository.clock(connection)
        since = self._finished.reached if self._finished.reached is not None else now
        rows = await metrics_repository.finished(connection, self._kinds, since=since - OVERLAP_MILLISECONDS)
        for row in self._finished.new(rows, now):
            self._ended.labels(row.kind, row.state).inc()
            if row.started_at is None:
                continue  # cancelled before it began
            self._waited.labels(row.kind).observe(max(0, row.started_at - row.created_at) / 1000)
            if row.state == State.DONE:
                self._took.labels(row.kind).observe((row.finished_at - row.started_at) / 1000)

    async def _count_tries(self, connection: AsyncConnection) -> None:
        last = await metrics_repository.last_try(connection)
        since = self._tries.reached if self._tries.reached is not None else last
        rows = await metrics_repository.tries_after(connection, since - OVERLAP_TRIES)
        for row in self._tries.new(rows, last):
            self._told.labels(_outcome(row.status_code)).inc()
            self._told_in.observe(row.milliseconds / 1000)

    def _make(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"ecg_{name}", text, labels, registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"ecg_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"ecg_{name}", text, labels, buckets=buckets, registry=registry)

        self._jobs = gauge("jobs", "Jobs that wait or run.", "queue", "kind", "state")
        self._oldest = gauge("queue_oldest_wait_seconds", "Age of the oldest job that waits.", "queue")
        self._ended = counter("jobs_finished", "Jobs that ended since this server started.", "kind", "state")
        self._waited = histogram(
            "job_wait_seconds", "From registration to the start of the last attempt.", _JOB_SECONDS, "kind"
        )
        self._took = histogram(
            "job_seconds", "The last attempt of jobs that were done.", _JOB_SECONDS, "kind"
        )
        self._workers = gauge("workers", "Workers that are alive.")
        self._slots = gauge("worker_slots", "Jobs that these may run at once.")
        self._busy = gauge("worker_slots_busy", "Jobs that these run.")
        self._told = counter(
            "callback_tries", "Tries to deliver callbacks since this server started.", "outcome"
        )
        self._told_in = histogram("callback_seconds", "How long a try took.", _CALLBACK_SECONDS)
        self._callbacks_pending = gauge("callbacks_pending", "Callbacks that are not delivered yet.")
        self._callbacks_oldest = gauge("callbacks_oldest_seconds", "Age of the oldest of these.")
        self._redis_up = gauge("redis_up", "Whether Redis answers this server.")
        self._database_up = gauge("database_up", "Whether the database answers this server.")


class _Seen:
    """Tells rows that are new from those of the overlap. The first look only learns what there is."""

    def __init__(self) -> None:
        self.reached: int | None = None
        self._serials: set[int] = set()

    def new(self, rows: Iterable[Record], reached: int) -> list[Record]:
        rows = list(rows)
        first = self.reached is None
        fresh = [] if first else [row for row in rows if row.serial not in self._serials]
        self._serials = {row.serial for row in rows}
        self.reached = reached
        return fresh


class _Statements(Collector):
    """What this server sent to its database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[CounterMetricFamily]:
        text = "Statements that this server sent to the database."
        yield CounterMetricFamily("ecg_sql_statements", text, value=self._database.statements)


class _LiveReads(Collector):
    """How many polls of this server cost no SQL."""

    def __init__(self, live: LiveState) -> None:
        self._live = live

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = CounterMetricFamily(
            "ecg_redis_reads",
            "Looks of this server at the live state of a job; after a miss it asks the database.",
            labels=["outcome"],
        )
        family.add_metric(["hit"], self._live.hits)
        family.add_metric(["miss"], self._live.misses)
        yield family


def _outcome(status_code: int | None) -> str:
    if status_code is None:
        return "unreachable"
    return "delivered" if 200 <= status_code < 300 else "refused"
