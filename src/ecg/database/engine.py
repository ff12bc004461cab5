"""One engine a process, set up so that the three databases behave alike.

Two kinds of transactions: `read()` never waits for a writer, `write()` takes the right to write at its start.
SQLite needs the difference (a reader that turns into a writer fails at once, however long it would wait);
the others do not mind. SQLite has one writer at a time, and whoever waits for that sleeps and looks again,
0.1 s later at worst: so the writers of a process queue here, and wait there only for other processes.
Whoever opens a transaction ends it: `write()` commits when its block ends well. `execute_alone` is for the
one statement that is a transaction by itself: no BEGIN, no COMMIT, half the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import ClauseElement, Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ecg.database.alone import Alone
from ecg.errors import SettingsError

DRIVERS = {"sqlite": "aiosqlite", "postgresql": "psycopg", "mysql": "asyncmy", "mariadb": "asyncmy"}
SQLITE_SETTINGS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000")


def async_url(url: str) -> URL:
    """The URL with the driver that we use; raises SettingsError for a database that we do not know."""
    try:
        parsed = make_url(url)
    except Exception:
        raise SettingsError("the database URL cannot be read", where="DATABASE_URL") from None
    dialect = parsed.get_backend_name()
    if dialect == "postgres":
        dialect = "postgresql"
    if dialect not in DRIVERS:
        raise SettingsError(
            f"{dialect!r} is not a database that ECG knows",
            where="DATABASE_URL",
            hint="sqlite:///file.db, postgresql://…, mysql://… or mariadb://…",
        )
    parsed = parsed.set(drivername=f"{dialect}+{DRIVERS[dialect]}")
    if dialect in ("mysql", "mariadb"):
        parsed = parsed.update_query_dict({"charset": "utf8mb4"})
    return parsed


class Database:
    """An engine with its pool. `close` it when the process ends.

    `statements` counts what was sent to the database, for the metrics. Each of `watchers` is called where a
    statement is sent, in the context of whoever sends it: tests that demand none learn whose it was.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = async_url(url)
        self.dialect = self.url.get_backend_name()
        self.statements = 0
        self.watchers: list[Callable[[], None]] = []
        self._turn: AbstractAsyncContextManager[None] = (
            asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        )
        options: dict[str, Any] = {"isolation_level": "READ COMMITTED", "pool_pre_ping": True}
        # nothing to roll back: a ROLLBACK after each statement would be a round trip for nothing
        alone: dict[str, Any] = {
            "isolation_level": "AUTOCOMMIT",
            "pool_reset_on_return": None,
            "skip_autocommit_rollback": True,
        }
        if self.dialect == "sqlite":
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            options = {"connect_args": {"timeout": 30}}
        # errors name the statement and not its values: payloads and signed URLs are no business of logs
        shared: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 0, "hide_parameters": True}
        self.engine = create_async_engine(self.url, **shared, **options)
        self._alone_engine = create_async_engine(self.url, **shared, **alone)
        for engine in (self.engine.sync_engine, self._alone_engine.sync_engine):
            event.listen(engine, "before_cursor_execute", self._count)
            if self.dialect == "sqlite":
                event.listen(engine, "connect", _prepare_sqlite)
        if self.dialect == "sqlite":
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self._alone = Alone(self._alone_engine, self._count, pool_size=pool_size)
        self._reading = self.engine.execution_options(ecg_read=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to look with; nothing is kept."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction to change with; never wait for anything slow inside."""
        async with self._turn, self.engine.begin() as connection:
            yield connection

    async def execute_alone(self, statement: ClauseElement, values: Mapping[str, Any]) -> None:
        """One statement as its own transaction; always the same object with the same names of values.

        Values go to the driver as they are: text and numbers. After an error the statement is sent again, so
        it must be one that may be: a repeated INSERT runs into a unique key. Raises SQLAlchemy's errors.
        """
        async with self._turn:
            await self._alone.execute(statement, values)

    async def close(self) -> None:
        self._alone.close()
        await self.engine.dispose()
        await self._alone_engine.dispose()

    def _count(self, *_: Any) -> None:
        self.statements += 1
        for watcher in self.watchers:
            watcher()


def _prepare_sqlite(driver_connection: Any, _record: Any) -> None:
    driver_connection.isolation_level = None  # the driver must not begin by itself
    cursor = driver_connection.cursor()
    for setting in SQLITE_SETTINGS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("ecg_read")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
