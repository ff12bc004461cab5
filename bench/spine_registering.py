"""What it costs a server to register a job, beside the least that its database could do.

`Jobs.submit` checks the payload, inserts the row and commits; then its client has the answer, while the
wake-up and the live state go out. The bar is for the wake-up: until Redis says that the workers have it. The
bare ways send the same row by the bare driver on a connection that is kept open: INSERT and COMMIT, and, for
information, INSERT alone with autocommit. All take turns job by job, on one event loop, and nothing goes on
while another is timed.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncmy
import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from ecg.database import Database, async_url
from ecg.jobs.spine import Spine, open_spine
from ecg.jobs.waking.wakeups import Wakeups
from ecg.settings import Settings
from spine_places import place, run

JOBS = 2000
MEDIAN_BAR_MS = 1.0
"""On SQLite; the others are compared with their driver."""
RATIO_BAR = 1.5
ANSWERED, WOKEN, TOLD = "submit: answered", "submit: workers woken", "submit: live state kept"
BARE = "INSERT, COMMIT"

Way = Callable[[], Awaitable[None]]
Seconds = dict[str, list[float]]


def measure(console: Console, servers: dict[str, str | None]) -> bool:
    """Print the table; False when a bar is missed."""
    table = Table(title=f"registering {JOBS} jobs, one after the other in one process (milliseconds)")
    for column in ("database", "way", "median", "p99", "/ bare", "bar"):
        table.add_column(column, justify="left" if column in ("database", "way") else "right")
    good = True
    for name, server in servers.items():
        with place(server) as settings:
            taken = run(_take_turns(settings))
        for way, seconds in taken.items():
            median = statistics.median(seconds)
            ratio = median / statistics.median(taken[BARE]) if BARE in taken else None
            bar = ""
            if way == WOKEN:
                met = median * 1000 <= MEDIAN_BAR_MS if ratio is None else ratio <= RATIO_BAR
                limit = f"{MEDIAN_BAR_MS:g} ms" if ratio is None else f"{RATIO_BAR:g}"
                bar = f"{limit} {'ok' if met else 'MISSED'}"
                good &= met
            p99 = statistics.quantiles(seconds, n=100)[98]
            shown = "" if ratio is None else f"{ratio:.2f}"
            table.add_row(name, way, f"{median * 1000:.3f}", f"{p99 * 1000:.2f}", shown, bar)
        table.add_section()
    console.print(table)
    return good


async def _take_turns(settings: Settings) -> Seconds:
    async with open_spine(settings) as spine, _bare_ways(spine) as bare:
        spine.jobs.wakeups = wakeups = _Stamped(spine.jobs.wakeups)
        ways = {ANSWERED: _submit(spine), **bare}
        for way in list(ways.values()) * 20:  # statements get prepared, connections opened
            await way()
        taken: Seconds = {name: [] for name in (ANSWERED, WOKEN, TOLD, *bare)}
        order = list(ways)
        for _ in range(JOBS):
            order.append(order.pop(0))  # nobody always follows the same one
            for name in order:
                began = time.perf_counter()
                await ways[name]()
                taken[name].append(time.perf_counter() - began)
                if name == ANSWERED:
                    await spine.jobs.told()
                    taken[TOLD].append(time.perf_counter() - began)
                    taken[WOKEN].append(wakeups.woken - began)
    return taken


class _Stamped:
    """Wake-ups that note when Redis had the last one."""

    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups
        self.woken = 0.0

    async def wake(self, queue: str, job_id: str) -> None:
        await self._wakeups.wake(queue, job_id)
        self.woken = time.perf_counter()

    async def close(self) -> None:
        await self._wakeups.close()


def _submit(spine: Spine) -> Way:
    async def submit() -> None:
        payload = {"file": "/tmp/trace", "text": secrets.token_hex(32)}  # noqa: S108  # nobody runs it
        await spine.jobs.submit("bench-line", payload, tenant_id="service")

    return submit


@asynccontextmanager
async def _bare_ways(spine: Spine) -> AsyncIterator[dict[str, Way]]:
    """None for SQLite, whose bar is a time."""
    database = spine.database
    if database.dialect == "sqlite":
        yield {}
        return
    row = await _example(spine)
    columns = ", ".join(row)
    statement = f"INSERT INTO jobs ({columns}) VALUES ({', '.join(['%s'] * len(row))})"  # noqa: S608

    def values() -> list[Any]:
        return list((row | {"job_id": secrets.token_hex(16)}).values())

    connect = _postgresql if database.dialect == "postgresql" else _mariadb
    async with connect(database, statement, values) as ways:
        yield ways


async def _example(spine: Spine) -> dict[str, Any]:
    """A row as `submit` leaves it, but for its serial."""
    await _submit(spine)()
    async with spine.database.read() as connection:
        found = await connection.execute(text("SELECT * FROM jobs"))
        row = dict(found.mappings().one())
    del row["serial"]
    return row


@asynccontextmanager
async def _postgresql(
    database: Database, statement: str, values: Callable[[], list[Any]]
) -> AsyncIterator[dict[str, Way]]:
    url = async_url(str(database.url)).set(drivername="postgresql").render_as_string(hide_password=False)
    async with (
        await psycopg.AsyncConnection.connect(url) as connection,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as alone,
    ):

        async def insert_and_commit() -> None:
            await connection.execute(statement.encode(), values())
            await connection.commit()

        async def insert() -> None:
            await alone.execute(statement.encode(), values())

        yield {BARE: insert_and_commit, "INSERT alone": insert}


@asynccontextmanager
async def _mariadb(
    database: Database, statement: str, values: Callable[[], list[Any]]
) -> AsyncIterator[dict[str, Way]]:
    url = database.url
    where = {"host": url.host, "port": url.port, "user": url.username, "db": url.database}
    connection = await asyncmy.connect(**where, charset="utf8mb4")
    alone = await asyncmy.connect(**where, charset="utf8mb4", autocommit=True)

    async def insert_and_commit() -> None:
        async with connection.cursor() as cursor:
            await cursor.execute(statement, values())
        await connection.commit()

    async def insert() -> None:
        async with alone.cursor() as cursor:
            await cursor.execute(statement, values())

    try:
        yield {BARE: insert_and_commit, "INSERT alone": insert}
    finally:
        connection.close()
        alone.close()
