"""Statements that are transactions by themselves: no BEGIN, no COMMIT, and as little around them as can be.

A statement is compiled once and goes straight to the driver, for what SQLAlchemy does around each execution
takes as long as a small database does. When that fails, whatever the reason, it goes once more by SQLAlchemy,
which knows what errors mean: a connection that had died in the pool is replaced, and the others with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement, Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn


class Alone:
    """`engine` commits by itself; `count` is called for each statement that goes by the short way.

    One connection stays at hand between statements, for the pool's bookkeeping takes a tenth of what a small
    database does. The pool needs another one for those who wait for it.
    """

    def __init__(self, engine: AsyncEngine, count: Callable[[], None], *, pool_size: int) -> None:
        self._engine = engine.sync_engine
        self._driver = self._engine.dialect.loaded_dbapi
        self._count = count
        self._keeps = pool_size > 1
        self._kept: PoolProxiedConnection | None = None
        self._compiled: WeakKeyDictionary[ClauseElement, _Compiled] = WeakKeyDictionary()

    async def execute(self, statement: ClauseElement, values: Mapping[str, Any]) -> None:
        """See `Database.execute_alone`."""
        compiled = self._compiled.get(statement)
        if compiled is None:
            compiled = self._compiled[statement] = _compiled(statement, values, self._engine)
        text, parameters = compiled.text, compiled.parameters(values)
        try:
            await self._send(text, parameters)
        except (self._driver.Error, DBAPIError):
            try:
                await greenlet_spawn(self._send_by_sqlalchemy, text, parameters)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                await greenlet_spawn(self._send_by_sqlalchemy, text, parameters)

    async def _send(self, text: str, parameters: Any) -> None:
        pooled, self._kept = self._kept, None
        if pooled is None:
            pooled = await greenlet_spawn(self._engine.raw_connection)
        try:
            self._count()
            await _execute(pooled.driver_connection, text, parameters)
        except self._driver.Error as error:
            if self._engine.dialect.is_disconnect(error, pooled, None):
                await greenlet_spawn(pooled.invalidate)
            pooled.close()
            raise
        except BaseException:  # cancelled in the midst of an answer
            await greenlet_spawn(pooled.invalidate)
            pooled.close()
            raise
        if self._kept is None and self._keeps:
            self._kept = pooled
        else:
            pooled.close()

    def close(self) -> None:
        """Give back to the engine what is kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _send_by_sqlalchemy(self, text: str, parameters: Any) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(text, parameters)


async def _execute(driver_connection: Any, text: str, parameters: Any) -> None:
    """Without SQLAlchemy's adapter, which makes the asynchronous drivers look synchronous."""
    cursor = driver_connection.cursor()
    if inspect.isawaitable(cursor):  # aiosqlite's is opened in its thread
        cursor = await cursor
    await cursor.execute(text, parameters)
    await cursor.close()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Compiled:
    text: str
    constants: Mapping[str, Any]
    """Values that the statement brings with it."""
    order: tuple[str, ...] | None
    """Of drivers that take values by their place."""

    def parameters(self, values: Mapping[str, Any]) -> Any:
        named = {**self.constants, **values}
        return named if self.order is None else tuple([named[name] for name in self.order])


def _compiled(statement: ClauseElement, values: Mapping[str, Any], engine: Engine) -> _Compiled:
    made = statement.compile(engine, column_keys=list(values))
    assert isinstance(made, SQLCompiler)  # noqa: S101  # statements are not DDL
    order = None if made.positiontup is None else tuple(made.positiontup)
    return _Compiled(made.string, made.construct_params(dict(values)), order)
