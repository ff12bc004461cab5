"""What every API server does for uploads: half ones expire, and what came after the end of one is removed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError

from ecg.database import Record
from ecg.errors import EcgError
from ecg.library import upload_repository as repository
from ecg.library.examination import remove_incoming
from ecg.library.upload_repository import EXPIRED, HANDED_IN, OPEN, READY, REFUSED
from ecg.library.uploads import Uploads

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 60.0
SLACK_SECONDS = 300.0
"""A request that began while its link was valid may end a little later."""
UNFINISHED_SECONDS = 24 * 3600
"""An upload that was handed in, and that no job has dealt with for so long, is given up."""
BATCH = 100


async def keep_uploads(uploads: Uploads, *, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Look again and again, until cancelled."""
    while True:
        try:
            await sweep_uploads(uploads)
        except (SQLAlchemyError, OSError, EcgError) as error:
            log.warning("the uploads cannot be looked after", error=str(error))
        await asyncio.sleep(pause_seconds)


async def sweep_uploads(uploads: Uploads, *, slack_seconds: float = SLACK_SECONDS) -> int:
    """Clear the keys of uploads whose links have ended; answers how many."""
    ended = await _sweep(uploads, (OPEN, EXPIRED, READY, REFUSED), slack_seconds)
    return ended + await _sweep(uploads, (HANDED_IN,), max(slack_seconds, UNFINISHED_SECONDS))


async def _sweep(uploads: Uploads, states: Sequence[str], slack_seconds: float) -> int:
    cleared = 0
    while True:
        async with uploads.database.read() as connection:
            rows = await repository.left_over(
                connection, states=states, slack_seconds=slack_seconds, limit=BATCH
            )
        for row in rows:
            cleared += await _clear(uploads, row)
        if len(rows) < BATCH:
            return cleared


async def _clear(uploads: Uploads, row: Record) -> bool:
    """False when somebody hands it in at this moment."""
    if row.state in (OPEN, HANDED_IN) and not await _change(uploads, row, (row.state,), state=EXPIRED):
        return False
    await to_thread.run_sync(remove_incoming, uploads.store, row)
    return await _change(uploads, row, (EXPIRED, READY, REFUSED), swept=True)


async def _change(uploads: Uploads, row: Record, expected: Sequence[str], **values: object) -> bool:
    async with uploads.database.write() as connection:
        return await repository.change(connection, row.tenant_id, row.upload_id, expected=expected, **values)
