"""Statements alone: kept when they succeed, told when they cannot, and sent again on a fresh connection."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from ecg.database import Database

things = Table(
    "things_alone",
    MetaData(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), nullable=False),
)
ADD = insert(things).values(name="thing").inline()
CONNECTIONS = 4


async def count(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(things))).scalar_one())


async def add_many(database: Database, first: int) -> None:
    """At once, so that as many connections are in the pool."""
    numbers = range(first, first + CONNECTIONS)
    await asyncio.gather(*(database.execute_alone(ADD, {"number": number}) for number in numbers))


def at(database_url: str, test: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database(database_url, pool_size=CONNECTIONS)
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(things.create)
            await test(database)
        finally:
            async with database.engine.begin() as connection:
                await connection.run_sync(things.drop)
            await database.close()

    asyncio.run(run())


def test_a_repeated_one_is_told_as_such(database_url: str) -> None:
    async def test(database: Database) -> None:
        await database.execute_alone(ADD, {"number": 1})
        for _ in range(2 * CONNECTIONS):
            with pytest.raises(IntegrityError):
                await database.execute_alone(ADD, {"number": 1})
        await database.execute_alone(ADD, {"number": 2})
        assert await count(database) == 2

    at(database_url, test)


def test_connections_that_died_in_the_pool_are_replaced(database_url: str) -> None:
    async def test(database: Database) -> None:
        if database.dialect == "sqlite":
            pytest.skip("a file does not hang up")
        await add_many(database, 0)
        await hang_up(database)
        await add_many(database, 100)
        assert await count(database) == 2 * CONNECTIONS

    at(database_url, test)


def test_a_cancelled_one_leaves_no_broken_connection(database_url: str) -> None:
    async def test(database: Database) -> None:
        for number in range(5 * CONNECTIONS):
            name = secrets.token_hex(4)
            task = asyncio.create_task(
                database.execute_alone(text(f"INSERT INTO things_alone VALUES ({number}, '{name}')"), {})  # noqa: S608
            )
            await asyncio.sleep(number * 0.0001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        before = await count(database)
        await add_many(database, 100)
        assert await count(database) == before + CONNECTIONS

    at(database_url, test)


async def hang_up(database: Database) -> None:
    """Have the server end all connections but the one that asks."""
    async with database.engine.connect() as connection:
        if database.dialect == "postgresql":
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            await connection.execute(
                text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")  # noqa: S608
            )
            return
        found = await connection.execute(
            text("SELECT id FROM information_schema.processlist WHERE db = DATABASE()")
        )
        mine = (await connection.execute(text("SELECT CONNECTION_ID()"))).scalar_one()
        for number in found.scalars():
            if number != mine:
                await connection.execute(text(f"KILL {int(number)}"))
