"""One attempt to send a message: read what it says, send it, keep what became of it.

The log is written after the message has left, so a worker that dies in between sends it twice; mail and
webhooks carry an id by which receivers can tell.
"""

from __future__ import annotations

from ecg.database import Database, Record
from ecg.errors import EcgError, NotFound
from ecg.jobs.kinds import worth_retrying
from ecg.messages import repository
from ecg.messages.channels import SENDERS, Letter
from ecg.messages.rendering import render
from ecg.messages.sealing import Seal
from ecg.settings import Settings


async def deliver(settings: Settings, tenant_id: str, message_id: str, *, last: bool) -> str:
    """Answers the message's state. Raises what the channel raises; `last`: no attempt follows."""
    database = Database(settings.database, pool_size=1)
    try:
        async with database.read() as connection:
            row = await repository.find(connection, tenant_id, message_id)
        if row is None:
            raise NotFound(f"there is no message {message_id!r}")
        if row.state != repository.PENDING:
            return str(row.state)
        try:
            await SENDERS[row.channel](_letter(row, settings), settings)
        except Exception as error:
            await _keep_failure(database, row, error, last=last or not worth_retrying(error))
            raise
        async with database.write() as connection:
            await repository.keep_sent(connection, tenant_id, message_id)
        return repository.SENT
    finally:
        await database.close()


def _letter(row: Record, settings: Settings) -> Letter:
    contents = Seal(settings.secret("url_signing")).open(row.sealed)
    return Letter(
        message_id=row.message_id,
        channel=row.channel,
        to=contents.to,
        template=row.template,
        locale=row.locale,
        values=contents.values,
        rendered=render(row.template, row.locale, contents.values),
        created_at=row.created_at,
    )


async def _keep_failure(database: Database, row: Record, error: Exception, *, last: bool) -> None:
    code = error.code if isinstance(error, EcgError) else EcgError.code
    said = error.message if isinstance(error, EcgError) else "the message could not be sent; the log says why"
    async with database.write() as connection:
        await repository.keep_attempt(connection, row.tenant_id, row.message_id, code=code, message=said)
        if last:
            await repository.give_up(connection, row.tenant_id, row.message_id, code=code, message=said)
