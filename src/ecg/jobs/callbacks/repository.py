"""All SQL of callbacks: the outbox, the claims of those who send, and the log.

A message is written in the transaction of the change that it tells, so that neither exists without the other.
Messages of one job go out one after the other, in the order in which they were written; those of different
jobs do not wait for each other. As with jobs, whoever writes after a claim proves it with the claim's token.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import and_, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.jobs.models import CallbackAttempt, CallbackDelivery
from ecg.jobs.states import FINAL

deliveries = table_of(CallbackDelivery)
tries = table_of(CallbackAttempt)


class Status(StrEnum):
    PENDING = "pending"
    """Not delivered yet: it waits for its turn or its next try, or is being sent."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; somebody may still ask for it again."""


@dataclass(frozen=True, slots=True)
class Due:
    """A message that may be sent now."""

    serial: int
    host: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The right to send a message, until the lease ends."""

    serial: int
    delivery_id: str
    tenant_id: str
    job_id: str
    url: str
    host: str
    body: str
    attempts: int
    """Tries before this one."""
    token: str


@dataclass(frozen=True, slots=True)
class Try:
    """How one try to deliver ended."""

    status_code: int | None
    """None: nobody answered."""
    error: str | None
    milliseconds: int


async def enqueue(
    connection: AsyncConnection, *, tenant_id: str, job_id: str, url: str, event: str, body: Mapping[str, Any]
) -> bool:
    """Put a message into the outbox, within the caller's transaction.

    `event` is the state that it tells. A job ends once: of the messages that tell a final state the first one
    stays, and False comes back for another. The body becomes text here, once: what is signed is what is sent.
    """
    row = insert(deliveries).values(
        delivery_id=_final_id(tenant_id, job_id) if event in FINAL else f"msg_{secrets.token_hex(16)}",
        tenant_id=tenant_id,
        job_id=job_id,
        url=url,
        host=host_of(url),
        event=event,
        body=json.dumps(body, separators=(",", ":")),
        status=Status.PENDING.value,
        attempts=0,
        available_at=now_ms(),
        created_at=now_ms(),
    )
    try:
        async with connection.begin_nested():
            await connection.execute(row)
    except IntegrityError:
        return False
    return True


async def due(connection: AsyncConnection, *, not_to: Collection[str] = (), limit: int) -> list[Due]:
    """Messages whose time has come and whose job has no earlier one pending, the longest waiting first.

    `not_to` are hosts that have enough to do.
    """
    query = select(deliveries.c.serial, deliveries.c.host).where(_waiting(), ~_earlier_one_pending())
    if not_to:
        query = query.where(deliveries.c.host.not_in(sorted(not_to)))
    ordered = query.order_by(deliveries.c.status, deliveries.c.available_at, deliveries.c.serial)
    return [Due(row.serial, row.host) for row in await connection.execute(ordered.limit(limit))]


async def claim(
    connection: AsyncConnection, serials: Collection[int], *, lease_seconds: float
) -> list[Delivery]:
    """Take those of the messages that nobody else took meanwhile."""
    mine = select(deliveries).where(deliveries.c.serial.in_(sorted(serials)), _waiting())
    rows = (await connection.execute(mine.with_for_update(skip_locked=True))).all()
    if not rows:
        return []
    token = secrets.token_hex(16)
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.serial.in_([row.serial for row in rows]))
        .values(claim_token=token, available_at=now_ms() + int(lease_seconds * 1000))
    )
    return [
        Delivery(
            serial=row.serial,
            delivery_id=row.delivery_id,
            tenant_id=row.tenant_id,
            job_id=row.job_id,
            url=row.url,
            host=row.host,
            body=row.body,
            attempts=row.attempts,
            token=token,
        )
        for row in rows
    ]


async def settle(
    connection: AsyncConnection,
    delivery: Delivery,
    tried: Try,
    status: Status,
    *,
    retry_seconds: float = 0,
) -> bool:
    """Keep how a try ended, and what follows; `retry_seconds` is the pause when it stays pending.

    The try is logged in any case. False when the claim was lost: another sender decides what follows.
    """
    await connection.execute(
        insert(tries).values(
            delivery_serial=delivery.serial,
            tried_at=now_ms() - tried.milliseconds,
            status_code=tried.status_code,
            error=tried.error,
            milliseconds=tried.milliseconds,
        )
    )
    changed = await connection.execute(
        update(deliveries)
        .where(_owned(delivery))
        .values(
            status=status.value,
            attempts=deliveries.c.attempts + 1,
            claim_token=None,
            available_at=now_ms() + int(retry_seconds * 1000),
            delivered_at=now_ms() if status is Status.DELIVERED else None,
        )
    )
    return bool(changed.rowcount)


async def release(connection: AsyncConnection, held: Collection[Delivery]) -> None:
    """Give back messages that were claimed and not sent, so that nobody has to wait for the lease."""
    if held:
        await connection.execute(
            update(deliveries)
            .where(
                deliveries.c.status == Status.PENDING.value,
                tuple_(deliveries.c.serial, deliveries.c.claim_token).in_(
                    [(delivery.serial, delivery.token) for delivery in held]
                ),
            )
            .values(claim_token=None, available_at=now_ms())
        )


async def of_job(connection: AsyncConnection, tenant_id: str, job_id: str) -> Sequence[Record]:
    """The job's messages, oldest first."""
    query = select(deliveries).where(deliveries.c.tenant_id == tenant_id, deliveries.c.job_id == job_id)
    return (await connection.execute(query.order_by(deliveries.c.serial))).all()


async def find(connection: AsyncConnection, tenant_id: str, delivery_id: str) -> Record | None:
    query = select(deliveries).where(
        deliveries.c.delivery_id == delivery_id, deliveries.c.tenant_id == tenant_id
    )
    return (await connection.execute(query)).one_or_none()


async def tries_of(connection: AsyncConnection, serials: Collection[int]) -> Sequence[Record]:
    """All tries to deliver these messages, oldest first."""
    query = select(tries).where(tries.c.delivery_serial.in_(sorted(serials)))
    return (await connection.execute(query.order_by(tries.c.serial))).all()


async def send_again(connection: AsyncConnection, tenant_id: str, delivery_id: str) -> None:
    """Make a message pending and due, with all its tries before it; one that is being sent stays as it is."""
    idle = or_(
        deliveries.c.status != Status.PENDING.value,
        deliveries.c.claim_token.is_(None),
        deliveries.c.available_at <= now_ms(),
    )
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.delivery_id == delivery_id, deliveries.c.tenant_id == tenant_id, idle)
        .values(
            status=Status.PENDING.value,
            attempts=0,
            claim_token=None,
            available_at=now_ms(),
            delivered_at=None,
        )
    )


async def backlog(connection: AsyncConnection) -> tuple[int, float]:
    """Messages that are not delivered yet, and the age of the oldest one in seconds."""
    query = select(func.count(), func.coalesce(now_ms() - func.min(deliveries.c.created_at), 0)).where(
        deliveries.c.status == Status.PENDING.value
    )
    row = (await connection.execute(query)).one()
    return int(row[0]), float(row[1]) / 1000


def host_of(url: str) -> str:
    """Host and port as the URL writes them, in small letters; empty when the URL is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()[:255]
    except ValueError:
        return ""


def _final_id(tenant_id: str, job_id: str) -> str:
    return f"msg_{hashlib.sha256(json.dumps([tenant_id, job_id, 'final']).encode()).hexdigest()[:32]}"


def _waiting() -> Any:
    return and_(deliveries.c.status == Status.PENDING.value, deliveries.c.available_at <= now_ms())


def _earlier_one_pending() -> Any:
    earlier = deliveries.alias("earlier")
    return exists().where(
        earlier.c.tenant_id == deliveries.c.tenant_id,
        earlier.c.job_id == deliveries.c.job_id,
        earlier.c.serial < deliveries.c.serial,
        earlier.c.status == Status.PENDING.value,
    )


def _owned(delivery: Delivery) -> Any:
    return and_(
        deliveries.c.serial == delivery.serial,
        deliveries.c.claim_token == delivery.token,
        deliveries.c.status == Status.PENDING.value,
    )
