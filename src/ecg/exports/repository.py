"""All SQL of exports. Statements about one user's name tenant and user; those of the upkeep say so.

Reservations of one user queue up at the row of their allowance, so what is counted stays true until the new
row is there. Nothing is counted up or down: what counts follows from the rows, and cannot drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record, now_ms, table_of
from ecg.exports.models import Allowance, Export
from ecg.exports.quotas import Period, Quotas, Used, check

exports = table_of(Export)
allowances = table_of(Allowance)

RESERVED, ACCEPTED = "reserved", "accepted"
COMPLETED, FAILED, CANCELLED = "completed", "failed", "cancelled"
OPEN = (RESERVED, ACCEPTED)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose exports; nobody else sees them."""

    tenant_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class NewExport:
    job_id: str
    kind: str
    format: str
    request_digest: str
    reserved_ms: int
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an export ended: completed, failed or cancelled."""

    state: str
    duration_ms: int | None = None
    file_size: int | None = None
    error_code: str | None = None
    error_message: str | None = None


async def reserve(database: Database, owner: Owner, new: NewExport, quotas: Quotas) -> Record | None:
    """Count one more export, whole or not at all. None: it is counted; a row: it was, before.

    Raises QuotaExceeded.
    """
    while True:
        async with database.write() as connection:
            own = await _lock(connection, owner)
            if own is not None:
                known = await find(connection, owner, new.job_id)
                if known is not None:
                    return known
                period = Period.at(await _now(connection))
                used = await _used(connection, owner, period)
                check(quotas.with_own(own), used, period, milliseconds=new.reserved_ms)
                await _add(connection, owner, new, period.now)
                return None
        try:
            async with database.write() as connection:
                await connection.execute(
                    insert(allowances).values(tenant_id=owner.tenant_id, user_id=owner.user_id)
                )
        except IntegrityError:
            pass  # somebody was first


async def usage(connection: AsyncConnection, owner: Owner) -> tuple[Record | None, Used, Period]:
    """The owner's own limits (None: there are none), what counts now, and the present day and month."""
    query = select(allowances).where(_theirs(allowances, owner))
    own = (await connection.execute(query)).one_or_none()
    period = Period.at(await _now(connection))
    return own, await _used(connection, owner, period), period


async def find(connection: AsyncConnection, owner: Owner, job_id: str) -> Record | None:
    query = select(exports).where(_theirs(exports, owner), exports.c.job_id == job_id)
    return (await connection.execute(query)).one_or_none()


async def page(
    connection: AsyncConnection, owner: Owner, *, before: int | None = None, limit: int = 10
) -> Sequence[Record]:
    """The owner's exports, youngest first; `before` is the serial where the last page ended."""
    query = select(exports).where(_theirs(exports, owner))
    if before is not None:
        query = query.where(exports.c.serial < before)
    return (await connection.execute(query.order_by(exports.c.serial.desc()).limit(limit))).all()


async def open_of(connection: AsyncConnection, owner: Owner, *, limit: int = 20) -> Sequence[Record]:
    """The owner's exports that have not ended, as far as is known here; oldest first."""
    query = select(exports).where(_theirs(exports, owner), exports.c.state.in_(OPEN))
    return (await connection.execute(query.order_by(exports.c.serial).limit(limit))).all()


async def accepted(
    connection: AsyncConnection, owner: Owner, job_id: str, *, estimated_seconds: int | None
) -> None:
    """The render server has it."""
    await connection.execute(
        update(exports)
        .where(_theirs(exports, owner), exports.c.job_id == job_id, exports.c.state.in_(OPEN))
        .values(
            state=ACCEPTED,
            estimated_seconds=func.coalesce(exports.c.estimated_seconds, estimated_seconds),
        )
    )


async def release(connection: AsyncConnection, owner: Owner, job_id: str) -> bool:
    """Forget an export that never began; False when it is accepted or has ended by now."""
    gone = await connection.execute(
        delete(exports).where(
            _theirs(exports, owner), exports.c.job_id == job_id, exports.c.state == RESERVED
        )
    )
    return bool(gone.rowcount)


# What the render server's news change: whose export it is follows from the job's id alone.


async def find_by_job(connection: AsyncConnection, job_id: str) -> Record | None:
    """Of any tenant: for news that are proved to come from the render server."""
    return (await connection.execute(select(exports).where(exports.c.job_id == job_id))).one_or_none()


async def begun(connection: AsyncConnection, job_id: str) -> bool:
    """Of any tenant; the first time that it is heard of."""
    changed = await connection.execute(
        update(exports)
        .where(exports.c.job_id == job_id, exports.c.state.in_(OPEN), exports.c.started_at.is_(None))
        .values(state=ACCEPTED, started_at=now_ms())
    )
    return bool(changed.rowcount)


async def settle(connection: AsyncConnection, job_id: str, outcome: Outcome) -> bool:
    """Of any tenant; False when it had ended before, or there is none."""
    changed = await connection.execute(
        update(exports)
        .where(exports.c.job_id == job_id, exports.c.state.in_(OPEN))
        .values(
            state=outcome.state,
            duration_ms=outcome.duration_ms,
            file_size=outcome.file_size,
            error_code=outcome.error_code,
            error_message=outcome.error_message,
            finished_at=now_ms(),
        )
    )
    return bool(changed.rowcount)


async def due(connection: AsyncConnection, *, silent_seconds: float, limit: int = 50) -> Sequence[Record]:
    """Of all tenants: exports that were not looked at for so long, marked as looked at now.

    `age` is in milliseconds.
    """
    query = (
        select(exports, (now_ms() - exports.c.created_at).label("age"))
        .where(exports.c.state.in_(OPEN), exports.c.looked_at < now_ms() - int(silent_seconds * 1000))
        .order_by(exports.c.looked_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await connection.execute(query)).all()
    if rows:
        serials = [row.serial for row in rows]
        await connection.execute(
            update(exports).where(exports.c.serial.in_(serials)).values(looked_at=now_ms())
        )
    return rows


async def _lock(connection: AsyncConnection, owner: Owner) -> Record | None:
    query = select(allowances).where(_theirs(allowances, owner)).with_for_update()
    return (await connection.execute(query)).one_or_none()


async def _used(connection: AsyncConnection, owner: Owner, period: Period) -> Used:
    open_now = exports.c.state.in_(OPEN)
    this_month = and_(exports.c.created_at >= period.month, exports.c.state != FAILED)
    today = and_(exports.c.created_at >= period.day, exports.c.state != FAILED)
    length = func.coalesce(exports.c.duration_ms, exports.c.reserved_ms)
    row = (
        await connection.execute(
            select(
                _sum(today, 1),
                _sum(this_month, 1),
                _sum(open_now, 1),
                _sum(and_(this_month, exports.c.state != CANCELLED), length),
            ).where(_theirs(exports, owner), or_(exports.c.created_at >= period.month, open_now))
        )
    ).one()
    return Used(*(int(value) for value in row))


def _sum(condition: ColumnElement[bool], value: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, value), else_=0)), 0)


async def _add(connection: AsyncConnection, owner: Owner, new: NewExport, now: int) -> None:
    await connection.execute(
        insert(exports).values(
            tenant_id=owner.tenant_id,
            user_id=owner.user_id,
            state=RESERVED,
            created_at=now,
            looked_at=now,
            **{name: getattr(new, name) for name in NewExport.__slots__},
        )
    )


async def _now(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(now_ms()))).scalar_one())


def _theirs(table: Any, owner: Owner) -> ColumnElement[bool]:
    return and_(table.c.tenant_id == owner.tenant_id, table.c.user_id == owner.user_id)
