"""Finds out what became of exports whose news stayed away; every API server does."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.errors import EcgError
from ecg.exports import repository
from ecg.exports.service import Exports

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 5.0
SILENT_SECONDS = 15.0
"""An export that nobody looked at for so long is looked at; two servers never look at the same."""


async def keep_exports(
    exports: Exports, *, pause_seconds: float = PAUSE_SECONDS, silent_seconds: float = SILENT_SECONDS
) -> None:
    """Look again and again, until cancelled."""
    while True:
        try:
            await look_after(exports, silent_seconds=silent_seconds)
        except (SQLAlchemyError, OSError) as error:
            log.warning("exports cannot be looked after", error=str(error))
        await asyncio.sleep(pause_seconds)


async def look_after(exports: Exports, *, silent_seconds: float = SILENT_SECONDS) -> int:
    """One round; answers how many exports were looked at."""
    async with exports.database.write() as connection:
        rows = await repository.due(connection, silent_seconds=silent_seconds)
    for row in rows:
        try:
            await exports.settling.look(row, age_ms=row.age)
        except EcgError as error:
            log.warning("an export cannot be looked after", job_id=row.job_id, error=str(error))
    return len(rows)
