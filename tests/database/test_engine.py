"""Three databases that behave alike."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, text

from ecg.database import Database, async_url, now_ms
from ecg.errors import SettingsError

counter = Table("counter", MetaData(), Column("n", Integer))


class TestAsyncUrl:
    @pytest.mark.parametrize(
        ("given", "driver"),
        [
            ("sqlite:///a.db", "sqlite+aiosqlite"),
            ("postgresql://u:p@h/d", "postgresql+psycopg"),
            ("postgres://u:p@h/d", "postgresql+psycopg"),
            ("mysql://u:p@h/d", "mysql+asyncmy"),
            ("mariadb+aiomysql://u:p@h/d", "mariadb+asyncmy"),
        ],
    )
    def test_brings_our_driver(self, given: str, driver: str) -> None:
        assert async_url(given).drivername == driver

    @pytest.mark.parametrize("given", ["oracle://h/d", "nonsense", ""])
    def test_refuses_others_by_name(self, given: str) -> None:
        with pytest.raises(SettingsError) as refusal:
            async_url(given)
        assert refusal.value.where == "DATABASE_URL"

    def test_a_password_is_not_in_the_message(self) -> None:
        with pytest.raises(SettingsError) as refusal:
            async_url("oracle://user:secret-word@h/d")
        assert "secret-word" not in f"{refusal.value} {refusal.value.hint}"


class TestDatabase:
    def test_no_update_is_lost(self, database_url: str) -> None:
        async def add_up(database: Database) -> None:
            for _ in range(25):
                async with database.write() as connection:
                    seen = (await connection.execute(counter.select().with_for_update())).scalar_one()
                    await connection.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})

        async def run() -> int:
            database = Database(database_url)
            async with database.write() as connection:
                await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
                await connection.execute(text("INSERT INTO counter VALUES (0)"))
            await asyncio.gather(*(add_up(database) for _ in range(4)))
            async with database.read() as connection:
                total = int((await connection.execute(text("SELECT n FROM counter"))).scalar_one())
            async with database.write() as connection:
                await connection.execute(text("DROP TABLE counter"))
            await database.close()
            return total

        assert asyncio.run(run()) == 100

    def test_a_reader_does_not_wait_for_a_writer(self, database_url: str) -> None:
        async def run() -> None:
            database = Database(database_url)
            async with database.write() as writer:
                await writer.execute(text("CREATE TABLE seen (n INTEGER)"))
            async with database.write() as writer:
                await writer.execute(text("INSERT INTO seen VALUES (1)"))
                async with asyncio.timeout(5), database.read() as reader:
                    assert (await reader.execute(text("SELECT count(*) FROM seen"))).scalar_one() == 0
            async with database.write() as writer:
                await writer.execute(text("DROP TABLE seen"))
            await database.close()

        asyncio.run(run())

    def test_the_clock_tells_milliseconds(self, database_url: str) -> None:
        async def run() -> int:
            database = Database(database_url)
            async with database.read() as connection:
                now = (await connection.execute(now_ms().select())).scalar_one()
            await database.close()
            return int(now)

        assert abs(asyncio.run(run()) / 1000 - time.time()) < 2

    def test_a_statement_alone_is_kept(self, database_url: str) -> None:
        async def run() -> int:
            database = Database(database_url)
            async with database.write() as connection:
                await connection.execute(text("CREATE TABLE alone (n INTEGER)"))
            before = database.statements
            await database.execute_alone(text("INSERT INTO alone VALUES (:n)"), {"n": 7})
            assert database.statements == before + 1
            async with database.write() as connection:
                kept = (await connection.execute(text("SELECT n FROM alone"))).scalar_one()
                await connection.execute(text("DROP TABLE alone"))
            await database.close()
            return int(kept)

        assert asyncio.run(run()) == 7


class TestSqliteWriters:
    """One may write at a time; the others wait in a queue, and for nothing else."""

    def test_they_come_in_the_order_in_which_they_asked(self, tmp_path: Path) -> None:
        async def run() -> list[int]:
            database = Database(f"sqlite:///{tmp_path / 'ecg.db'}", pool_size=4)
            came: list[int] = []

            async def write(number: int) -> None:
                async with database.write() as connection:
                    await connection.execute(text("SELECT 1"))
                    came.append(number)

            await asyncio.gather(*(write(number) for number in range(40)))
            await database.close()
            return came

        assert asyncio.run(run()) == list(range(40))

    def test_those_who_wait_leave_the_connections_to_readers(self, tmp_path: Path) -> None:
        async def run() -> None:
            database = Database(f"sqlite:///{tmp_path / 'ecg.db'}", pool_size=4)

            async def write() -> None:
                async with database.write():
                    pass

            async with database.write():
                waiting = [asyncio.create_task(write()) for _ in range(20)]
                await asyncio.sleep(0)
                async with asyncio.timeout(20), database.read() as reader:
                    await reader.execute(text("SELECT 1"))
                assert not any(task.done() for task in waiting)
            await asyncio.gather(*waiting)
            await database.close()

        asyncio.run(run())
