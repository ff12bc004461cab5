"""All SQL of messages. Functions without a tenant are for upkeep and for administrators alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record, now_ms, table_of
from ecg.messages.models import Message

messages = table_of(Message)

PENDING = "pending"
SENT = "sent"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What is registered."""

    tenant_id: str
    message_id: str
    channel: str
    recipient: str
    template: str
    locale: str
    sealed: str


async def add(database: Database, message: NewMessage) -> None:
    """Register a message in a transaction of its own; raises IntegrityError when the tenant has that id."""
    await database.execute_alone(_ADD, asdict(message))


_ADD = insert(messages).values(state=PENDING, attempts=0, created_at=now_ms()).inline()


async def find(connection: AsyncConnection, tenant_id: str, message_id: str) -> Record | None:
    found = await connection.execute(select(messages).where(_this(tenant_id, message_id)))
    return found.one_or_none()


async def page(
    connection: AsyncConnection,
    *,
    tenant_id: str | None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Record]:
    """Messages, youngest first; of all tenants where `tenant_id` is None, which only administrators see."""
    query = select(*(column for column in messages.c if column.name != "sealed"))
    if tenant_id is not None:
        query = query.where(messages.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(messages.c.state == state)
    if before is not None:
        query = query.where(messages.c.serial < before)
    return (await connection.execute(query.order_by(messages.c.serial.desc()).limit(limit))).all()


async def keep_sent(connection: AsyncConnection, tenant_id: str, message_id: str) -> None:
    """It has arrived; its values go."""
    await connection.execute(
        update(messages)
        .where(_this(tenant_id, message_id), messages.c.state == PENDING)
        .values(
            state=SENT,
            sealed=None,
            attempts=messages.c.attempts + 1,
            tried_at=now_ms(),
            sent_at=now_ms(),
            error_code=None,
            error_message=None,
        )
    )


async def keep_attempt(
    connection: AsyncConnection, tenant_id: str, message_id: str, *, code: str, message: str
) -> None:
    """It did not arrive; another attempt follows."""
    await connection.execute(
        update(messages)
        .where(_this(tenant_id, message_id), messages.c.state == PENDING)
        .values(attempts=messages.c.attempts + 1, tried_at=now_ms(), error_code=code, error_message=message)
    )


async def give_up(
    connection: AsyncConnection, tenant_id: str, message_id: str, *, code: str | None, message: str | None
) -> None:
    """No attempt follows; its values go."""
    await connection.execute(
        update(messages)
        .where(_this(tenant_id, message_id), messages.c.state == PENDING)
        .values(state=FAILED, sealed=None, error_code=code, error_message=message)
    )


async def pending_longer_than(
    connection: AsyncConnection, seconds: float, *, after: int, limit: int
) -> Sequence[Record]:
    """Messages of all tenants that are not sent yet, oldest first, beginning behind the serial `after`."""
    query = (
        select(messages.c.serial, messages.c.tenant_id, messages.c.message_id)
        .where(
            messages.c.state == PENDING,
            messages.c.created_at < now_ms() - int(seconds * 1000),
            messages.c.serial > after,
        )
        .order_by(messages.c.serial)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def forget_older_than(connection: AsyncConnection, seconds: float) -> int:
    """Remove finished messages of all tenants from the log; answers how many."""
    gone = await connection.execute(
        delete(messages).where(
            messages.c.state != PENDING, messages.c.created_at < now_ms() - int(seconds * 1000)
        )
    )
    return gone.rowcount


def _this(tenant_id: str, message_id: str) -> ColumnElement[bool]:
    return (messages.c.tenant_id == tenant_id) & (messages.c.message_id == message_id)
