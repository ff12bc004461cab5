"""All SQL of usage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Insert, and_, or_, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.usage.models import UsageDay

days = table_of(UsageDay)

SUMS = ("succeeded", "failed", "cancelled", "media_ms", "work_ms")
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
    await connection.execute(_add(connection.dialect.name, key, more))


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


def _add(dialect: str, key: dict[str, str], more: dict[str, int]) -> Insert:
    """One statement for the first of a day and for all others: an INSERT that fails leaves a lock in InnoDB,
    and two who then UPDATE stand in each other's way."""
    sums = {name: days.c[name] + value for name, value in more.items()}
    values = {**dict.fromkeys(SUMS, 0), **more, **key}
    if dialect in ("mysql", "mariadb"):
        return mysql.insert(days).values(**values).on_duplicate_key_update(sums)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(days).values(**values).on_conflict_do_update(index_elements=list(key), set_=sums)
