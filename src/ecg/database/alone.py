"""Statements that are transactions by themselves: no BEGIN, no COMMIT, and as little around them as can be.

A statement is compiled once and goes straight to the driver, for what SQLAlchemy does around each execution
takes as long as a small database does. When that fails, whatever the reason, it goes once more by SQLAlchemy,
which knows what errors mean: a connection that had died in the pool is replaced, and the others with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn


class Alone:
    """`engine` commits by itself; `count` is called for each statement that goes by the short way."""

    def __init__(self, engine: AsyncEngine, count: Callable[[], None]) -> None:
        self._engine = engine.sync_engine
        self._driver = self._engine.dialect.loaded_dbapi
        self._count = count
        self._compiled: WeakKeyDictionary[ClauseElement, SQLCompiler] = WeakKeyDictionary()

    async def execute(self, statement: ClauseElement, values: Mapping[str, Any]) -> None:
        """See `Database.execute_alone`."""
        text, parameters = self._ready(statement, values)
        try:
            await greenlet_spawn(self._send, text, parameters)
        except (self._driver.Error, DBAPIError):
            try:
                await greenlet_spawn(self._send_by_sqlalchemy, text, parameters)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                await greenlet_spawn(self._send_by_sqlalchemy, text, parameters)

    def _ready(self, statement: ClauseElement, values: Mapping[str, Any]) -> tuple[str, Any]:
        compiled = self._compiled.get(statement)
        if compiled is None:
            made = statement.compile(self._engine, column_keys=list(values))
            assert isinstance(made, SQLCompiler)  # noqa: S101  # statements are not DDL
            compiled = self._compiled[statement] = made
        named = compiled.construct_params(dict(values))
        order = compiled.positiontup
        return compiled.string, named if order is None else tuple(named[name] for name in order)

    def _send(self, text: str, parameters: Any) -> None:
        connection = self._engine.raw_connection()
        try:
            self._count()
            cursor = connection.cursor()
            cursor.execute(text, parameters)
            cursor.close()
        except self._driver.Error as error:
            if self._engine.dialect.is_disconnect(error, connection, None):
                connection.invalidate()
            raise
        except BaseException:  # cancelled in the midst of an answer
            connection.invalidate()
            raise
        finally:
            connection.close()

    def _send_by_sqlalchemy(self, text: str, parameters: Any) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(text, parameters)
