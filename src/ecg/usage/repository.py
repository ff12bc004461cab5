"""All SQL of usage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.usage.models import UsageDay

days = table_of(UsageDay)

Ending = Literal["succeeded", "failed", "cancelled"]


async def record(
    connection: AsyncConnection,
    tenant_id: str,
    user_id: str,
    activity: str,
    ending: Ending,
    *,
    media_ms: int = 0,
    work_ms: int = 0,
) -> None:
    """Add one to today's sums, within the transaction that ends the thing, so that it is counted once.

    `media_ms`: length of what was made; `work_ms`: how long it took; both count for what succeeded.
    """
    now = int((await connection.execute(select(now_ms()))).scalar_one())
    day = datetime.fromtimestamp(now / 1000, UTC).date().isoformat()
    more = {ending: 1} | ({"media_ms": media_ms, "work_ms": work_ms} if ending == "succeeded" else {})
    key = {"tenant_id": tenant_id, "user_id": user_id, "day": day, "activity": activity}
    if await _add(connection, key, more):
        return
    zeros = dict.fromkeys(("succeeded", "failed", "cancelled", "media_ms", "work_ms"), 0)
    try:
        async with connection.begin_nested():
            await connection.execute(insert(days).values(**key, **(zeros | more)))
    except IntegrityError:  # somebody was first
        await _add(connection, key, more)


async def of_user(
    connection: AsyncConnection, tenant_id: str, user_id: str, *, first: str, last: str
) -> Sequence[Record]:
    """One user's sums from day to day, youngest first."""
    query = select(days).where(
        days.c.tenant_id == tenant_id, days.c.user_id == user_id, days.c.day.between(first, last)
    )
    return (await connection.execute(query.order_by(days.c.day.desc(), days.c.activity))).all()


async def of_all(
    connection: AsyncConnection,
    *,
    first: str,
    last: str,
    tenant_id: str | None = None,
    user_id: str | None = None,
    after: tuple[str, str, str, str] | None = None,
    limit: int = 100,
) -> Sequence[Record]:
    """Everybody's, for administrators; youngest day first. `after`: day, tenant, user, activity."""
    query = select(days).where(days.c.day.between(first, last))
    if tenant_id is not None:
        query = query.where(days.c.tenant_id == tenant_id)
    if user_id is not None:
        query = query.where(days.c.user_id == user_id)
    rest = (days.c.tenant_id, days.c.user_id, days.c.activity)
    if after is not None:
        day, *others = after
        query = query.where(or_(days.c.day < day, and_(days.c.day == day, _beyond(rest, others))))
    return (await connection.execute(query.order_by(days.c.day.desc(), *rest).limit(limit))).all()


def _beyond(columns: Sequence[Any], values: Sequence[str]) -> Any:
    """Row comparison, written out: databases differ in how well they do it."""
    (column, *columns), (value, *values) = columns, values
    if not columns:
        return column > value
    return or_(column > value, and_(column == value, _beyond(columns, values)))


async def _add(connection: AsyncConnection, key: dict[str, str], more: dict[str, int]) -> bool:
    changed = await connection.execute(
        update(days)
        .where(and_(*(days.c[name] == value for name, value in key.items())))
        .values({name: days.c[name] + value for name, value in more.items()})
    )
    return bool(changed.rowcount)
