"""Brings a database to the schema of this version; safe when many processes start together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ecg.database.engine import Database

LOCK = 0x45_43_47  # "ECG", the number of the advisory lock


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade to `revision`; the others wait for whoever migrates."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_change, database.dialect, command.upgrade, revision)


async def downgrade(database: Database, revision: str) -> None:
    """Go back to `revision` ("base": nothing). What newer revisions kept is lost."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_change, database.dialect, command.downgrade, revision)


async def schema_version(database: Database) -> tuple[str | None, str | None]:
    """The revision of the database, and the one of this program; they differ when `migrate` is due."""
    async with database.read() as connection:
        current = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    return current, ScriptDirectory.from_config(_config()).get_current_head()


def _change(
    connection: Connection, dialect: str, change: Callable[[Config, str], None], revision: str
) -> None:
    if dialect == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    elif dialect in ("mysql", "mariadb"):
        connection.execute(text("SELECT GET_LOCK('ecg_migrate', 60)"))
    else:
        connection.execute(text("SELECT 1"))  # begins IMMEDIATE, and that is the lock
    try:
        change(_config(connection), revision)
        connection.commit()
    finally:
        connection.rollback()
        if dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()
        elif dialect in ("mysql", "mariadb"):
            connection.execute(text("SELECT RELEASE_LOCK('ecg_migrate')"))


def main() -> None:
    """Migrate the database of the settings: ``python -m ecg.database.migrate``."""
    from ecg.settings import load_settings

    async def run() -> None:
        database = Database(load_settings().database)
        try:
            await migrate(database)
        finally:
            await database.close()

    asyncio.run(run())


if __name__ == "__main__":
    main()
