"""All SQL of events. Functions without a tenant are for upkeep alone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.live.events.models import MonitoringEvent
from ecg.live.events.severity import Severity
from ecg.messages.rendering import one_line

events = table_of(MonitoringEvent)

Source = Literal["quick_look", "archive", "stream"]

MAX_DESCRIPTION = 2000
"""Characters; a model may talk for longer, and nobody reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What happened. `key` tells it from every other event of the tenant, and stays the same when the work
    that found it is done again (`archive_id:3`)."""

    key: str
    at: int
    """When it began, in milliseconds since 1970."""
    source: Source
    kind: str = "incident"
    severity: Severity
    category: str
    description: str
    confidence: float | None = None
    method: str
    still_key: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a listing ended."""

    at: int
    event_id: str


async def record(
    connection: AsyncConnection, tenant_id: str, camera_id: str, found: Sequence[NewEvent]
) -> int:
    """Keep events, within the transaction that found them; answers how many were new.

    An event whose key is known already stays as it is.
    """
    new = 0
    for event in found:
        values = {
            "tenant_id": tenant_id,
            "event_id": event_id_of(tenant_id, event.key),
            "camera_id": camera_id,
            "at": event.at,
            "source": event.source,
            "kind": event.kind,
            "severity": event.severity,
            "category": event.category,
            "description": one_line(event.description)[:MAX_DESCRIPTION],
            "confidence": event.confidence,
            "method": event.method,
            "still_key": event.still_key,
            "created_at": now_ms(),
        }
        try:
            async with connection.begin_nested():
                await connection.execute(insert(events).values(**values))
            new += 1
        except IntegrityError:
            pass  # it was recorded before
    return new


def event_id_of(tenant_id: str, key: str) -> str:
    digest = hashlib.sha256(f"{tenant_id}\n{key}".encode()).hexdigest()
    return f"evt-{digest[:40]}"


async def page(
    connection: AsyncConnection,
    tenant_id: str,
    *,
    camera_id: str | None = None,
    first: int | None = None,
    before: int | None = None,
    severities: Collection[Severity] = (),
    source: Source | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> Sequence[Record]:
    """A tenant's events that began in ``[first, before)``, youngest first; empty `severities`: all."""
    query = select(events).where(events.c.tenant_id == tenant_id)
    if camera_id is not None:
        query = query.where(events.c.camera_id == camera_id)
    if first is not None:
        query = query.where(events.c.at >= first)
    if before is not None:
        query = query.where(events.c.at < before)
    if severities:
        query = query.where(events.c.severity.in_(severities))
    if source is not None:
        query = query.where(events.c.source == source)
    if after is not None:
        query = query.where(
            or_(events.c.at < after.at, and_(events.c.at == after.at, events.c.event_id < after.event_id))
        )
    ordered = query.order_by(events.c.at.desc(), events.c.event_id.desc())
    return (await connection.execute(ordered.limit(limit))).all()


async def counts(
    connection: AsyncConnection, tenant_id: str, camera_id: str, *, first: int, before: int
) -> Sequence[Record]:
    """``source``, ``severity`` and ``events`` (how many) of a camera in ``[first, before)``."""
    query = (
        select(events.c.source, events.c.severity, func.count().label("events"))
        .where(
            events.c.tenant_id == tenant_id,
            events.c.camera_id == camera_id,
            events.c.at >= first,
            events.c.at < before,
        )
        .group_by(events.c.source, events.c.severity)
    )
    return (await connection.execute(query)).all()


async def forget_camera(connection: AsyncConnection, tenant_id: str, camera_id: str) -> list[str]:
    """Remove the events of a camera that is removed; answers the keys of their stills."""
    whose = and_(events.c.tenant_id == tenant_id, events.c.camera_id == camera_id)
    stills = await connection.execute(
        select(events.c.still_key).where(whose, events.c.still_key.is_not(None))
    )
    keys = list(stills.scalars())
    await connection.execute(delete(events).where(whose))
    return keys


async def older_than(connection: AsyncConnection, seconds: float, *, limit: int = 500) -> Sequence[Record]:
    """``serial`` and ``still_key`` of old events of all tenants."""
    query = (
        select(events.c.serial, events.c.still_key)
        .where(events.c.created_at < now_ms() - int(seconds * 1000))
        .order_by(events.c.created_at)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def forget(connection: AsyncConnection, serials: Sequence[int]) -> None:
    """Remove events."""
    if serials:
        await connection.execute(delete(events).where(events.c.serial.in_(serials)))
