"""The schema that migrations make is the one that the models say, on every database."""

from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

import ecg.accounts.models
import ecg.exports.models
import ecg.jobs.models
import ecg.library.models
import ecg.live.alerts.models
import ecg.live.analysis.models
import ecg.live.archives.models
import ecg.live.cameras.models
import ecg.live.events.models
import ecg.messages.models
import ecg.projects.models
import ecg.usage.models
import ecg.web.idempotency_models
from ecg.database import Base, Database, migrate, schema_version
from ecg.database.migrate import downgrade

for module in (
    ecg.exports.models,
    ecg.usage.models,
    ecg.web.idempotency_models,
    ecg.accounts.models,
    ecg.jobs.models,
    ecg.library.models,
    ecg.live.alerts.models,
    ecg.live.analysis.models,
    ecg.live.events.models,
    ecg.live.archives.models,
    ecg.live.cameras.models,
    ecg.messages.models,
    ecg.projects.models,
):
    assert module  # its tables join the metadata


def test_models_and_migrations_agree(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Base.metadata))

    async def run() -> list[object]:
        database = Database(database_url)
        await migrate(database)
        async with database.read() as connection:
            found = await connection.run_sync(differences)
        await database.close()
        return found

    assert asyncio.run(run()) == []


def test_many_may_migrate_at_once(database_url: str) -> None:
    async def run() -> None:
        databases = [Database(database_url) for _ in range(4)]
        await asyncio.gather(*(migrate(database) for database in databases))
        current, newest = await schema_version(databases[0])
        assert current == newest
        for database in databases:
            await database.close()

    asyncio.run(run())


def test_down_and_up_again(database_url: str) -> None:
    async def run() -> None:
        database = Database(database_url)
        await migrate(database)
        await downgrade(database, "base")
        async with database.read() as connection:
            tables = await connection.run_sync(lambda c: c.dialect.get_table_names(c))
        assert "jobs" not in tables
        await migrate(database)
        async with database.write() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM jobs"))).scalar_one() == 0
        await database.close()

    asyncio.run(run())
