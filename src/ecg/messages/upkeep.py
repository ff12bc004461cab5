"""What every API server does for messages: finds those that were forgotten, and shortens the log."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.errors import NotFound
from ecg.messages import repository
from ecg.messages.service import Messages
from ecg.settings import Settings

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 60.0
FORGOTTEN_SECONDS = 30.0
"""A message that waits for longer may have lost its job, or its job has ended without telling the log."""
BATCH = 200


async def keep_messages(
    messages: Messages, settings: Settings, *, pause_seconds: float = PAUSE_SECONDS
) -> None:
    """Look again and again, until cancelled."""
    while True:
        try:
            await mend(messages)
            async with messages.database.write() as connection:
                await repository.forget_older_than(connection, settings.message_log_days * 86400.0)
        except (SQLAlchemyError, OSError) as error:
            log.warning("the messages cannot be looked after", error=str(error))
        await asyncio.sleep(pause_seconds)


async def mend(messages: Messages, *, seconds: float = FORGOTTEN_SECONDS) -> None:
    """Register the jobs of messages that have none, and close those whose job has ended with its worker."""
    after = 0
    while True:
        async with messages.database.read() as connection:
            rows = await repository.pending_longer_than(connection, seconds, after=after, limit=BATCH)
        for row in rows:
            await _mend(messages, row.tenant_id, row.message_id)
        if len(rows) < BATCH:
            return
        after = rows[-1].serial


async def _mend(messages: Messages, tenant_id: str, message_id: str) -> None:
    try:
        job = await messages.jobs.load(tenant_id, message_id)
    except NotFound:
        await messages.submit(tenant_id, message_id)
        return
    if job.state.final:
        async with messages.database.write() as connection:
            await repository.give_up(
                connection, tenant_id, message_id, code=job.error_code, message=job.error_message
            )
