"""The servers start, serve and go."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from ecg.database import Database


def test_each_database_is_fresh_and_answers(database_url: str) -> None:
    async def run() -> None:
        database = Database(database_url)
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE things (name VARCHAR(20))"))
            await connection.execute(text("INSERT INTO things VALUES ('one')"))
        async with database.read() as connection:
            assert (await connection.execute(text("SELECT name FROM things"))).scalar_one() == "one"
        await database.close()

    asyncio.run(run())
