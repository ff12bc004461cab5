"""Whether a claim takes as long with 100,000 jobs waiting as with 100.

Each database has a short and a long queue, in two schemas on one server; claims take turns between them, and
each claimed job is followed by a new one, so that the queues keep their lengths. A claim is what a worker
does: look at the job that is next, take it. The plans are those of the very statements that were sent.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import event, insert

from ecg.database import Database, migrate, now_ms
from ecg.jobs import repository
from ecg.jobs.repository import NewJob
from spine_places import place, run

SHORT, LONG = 100, 100_000
CLAIMS = 200
RATIO_BAR = 2.0
BATCH = 5000
QUEUE = "bench"
INDEX = "ix_jobs_claim"


def measure(console: Console, servers: dict[str, str | None]) -> bool:
    """Print the table; False when a bar is missed."""
    table = Table(title=f"claiming the oldest of the jobs that wait ({CLAIMS} claims each; milliseconds)")
    for column in ("database", f"median of {SHORT:,}", f"median of {LONG:,}", "ratio", "bar", "order"):
        table.add_column(column, justify="left" if column in ("database", "order") else "right")
    good = True
    for name, server in servers.items():
        with place(server) as short, place(server) as long:
            taken, plan = run(_take_turns(short.database, long.database))
        medians = [statistics.median(seconds) for seconds in taken]
        ratio = medians[1] / medians[0]
        ordered = INDEX in plan and not any(sort in plan for sort in SORTS)
        good &= ratio <= RATIO_BAR and ordered
        bar = f"{RATIO_BAR:g} {'ok' if ratio <= RATIO_BAR else 'MISSED'}"
        shown = [f"{median * 1000:.3f}" for median in medians]
        table.add_row(name, *shown, f"{ratio:.2f}", bar, f"{INDEX} ok" if ordered else plan)
    console.print(table)
    return good


SORTS = ("TEMP B-TREE", "Sort", "filesort")
"""What the plans of the databases call an order that does not come from an index."""


async def _take_turns(short_url: str, long_url: str) -> tuple[list[list[float]], str]:
    """Seconds of each claim from the short and from the long queue, and the plan of a long one."""
    short, long = Database(short_url), Database(long_url)
    try:
        for database, length in ((short, SHORT), (long, LONG)):
            await migrate(database)
            await fill(database, length)
        for _ in range(20):
            for database in (short, long):
                await _claim(database)
        taken: list[list[float]] = [[], []]
        for _ in range(CLAIMS):
            for database, seconds in zip((short, long), taken, strict=True):
                began = time.perf_counter()
                await _claim(database)
                seconds.append(time.perf_counter() - began)
                await repository.add(database, _job())
        return taken, await plan_of_a_claim(long)
    finally:
        await short.close()
        await long.close()


async def fill(database: Database, count: int) -> None:
    """Register jobs by the thousands."""
    fixed = {"state": "PENDING", "progress": 0, "attempt": 0, "cancel_requested": False}
    statement = insert(repository.jobs).values(**fixed, available_at=now_ms(), created_at=now_ms()).inline()
    for begin in range(0, count, BATCH):
        rows = [_row() for _ in range(min(BATCH, count - begin))]
        async with database.write() as connection:
            await connection.execute(statement, rows)


async def plan_of_a_claim(database: Database) -> str:
    """What the database says of the statement that looks for the next job."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    await _claim(database)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    statement, parameters = next(pair for pair in sent if "payload_digest" in pair[0])
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    async with database.read() as connection:
        rows: Sequence[Any] = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
    return "\n".join(" ".join(map(str, row)) for row in rows)


async def _claim(database: Database) -> None:
    async with database.read() as connection:
        await repository.peek(connection, QUEUE)
    async with database.write() as connection:
        claim = await repository.claim(
            connection,
            QUEUE,
            token=secrets.token_hex(16),
            boot_id="bench",
            worker_id="bench",
            lease_seconds=3600,
        )
    assert claim is not None


def _job() -> NewJob:
    return NewJob(
        tenant_id="service",
        job_id=secrets.token_hex(16),
        kind="bench-line",
        queue=QUEUE,
        payload='{"file": "/tmp/trace", "text": "one of very many"}',
        payload_digest=secrets.token_hex(32),
        max_attempts=3,
        deadline_seconds=60.0,
        need_mb=64.0,
    )


def _row() -> dict[str, Any]:
    job = _job()
    return {name: getattr(job, name) for name in NewJob.__slots__}
