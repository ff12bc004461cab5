"""Old events go, and their stills with them: what every API server does for reports."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.database import Database
from ecg.errors import StorageError
from ecg.live.events import repository
from ecg.store import ObjectStore

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 3600.0


async def keep_events(
    database: Database, store: ObjectStore, *, days: float, pause_seconds: float = PAUSE_SECONDS
) -> None:
    """Look again and again, until cancelled; `days` is how long events are kept."""
    while True:
        try:
            if count := await forget_old(database, store, days=days):
                log.info("old events were removed", count=count)
        except (SQLAlchemyError, OSError, StorageError) as error:
            log.warning("old events cannot be removed", error=str(error))
        await asyncio.sleep(pause_seconds)


async def forget_old(database: Database, store: ObjectStore, *, days: float) -> int:
    """Remove what is older; answers how many. Raises SQLAlchemyError and StorageError."""
    removed = 0
    while True:
        # stills first: a row that is still there leads to those of a process that died in between
        async with database.read() as connection:
            rows = await repository.older_than(connection, days * 86400)
        for row in rows:
            if row.still_key is not None:
                await asyncio.to_thread(store.delete, row.still_key)
        async with database.write() as connection:
            await repository.forget(connection, [row.serial for row in rows])
        removed += len(rows)
        if not rows:
            return removed
