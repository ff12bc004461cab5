"""All SQL of analyses. Every statement names the tenant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.jobs.repository import jobs
from ecg.jobs.states import State
from ecg.live.analysis.models import ArchiveAnalysis, VisionDay
from ecg.live.analysis.registering import KIND, job_prefix

analyses = table_of(ArchiveAnalysis)
days = table_of(VisionDay)


async def keep(connection: AsyncConnection, **values: Any) -> bool:
    """Write the analysis of an archive; False when it has one already, which stays as it is."""
    try:
        async with connection.begin_nested():
            await connection.execute(insert(analyses).values(created_at=now_ms(), **values))
    except IntegrityError:
        return False
    return True


async def find(connection: AsyncConnection, tenant_id: str, archive_id: str) -> Record | None:
    """The analysis of an archive."""
    query = select(analyses).where(analyses.c.tenant_id == tenant_id, analyses.c.archive_id == archive_id)
    return (await connection.execute(query)).one_or_none()


async def between(
    connection: AsyncConnection,
    tenant_id: str,
    camera_id: str,
    *,
    first: int | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[Record]:
    """Analyses of a camera's archives that touch ``[first, before)`` (milliseconds), youngest first."""
    query = select(analyses).where(analyses.c.tenant_id == tenant_id, analyses.c.camera_id == camera_id)
    if first is not None:
        query = query.where(analyses.c.ended_at > first)
    if before is not None:
        query = query.where(analyses.c.started_at < before)
    return (await connection.execute(query.order_by(analyses.c.started_at.desc()).limit(limit))).all()


async def forget_camera(connection: AsyncConnection, tenant_id: str, camera_id: str) -> None:
    """Remove the analyses of a camera that is removed: another one may get its id. Its stills are those of
    its events."""
    await connection.execute(
        delete(analyses).where(analyses.c.tenant_id == tenant_id, analyses.c.camera_id == camera_id)
    )


async def jobs_page(
    connection: AsyncConnection,
    tenant_id: str,
    *,
    camera_id: str | None = None,
    states: Collection[State] = (),
    before: int | None = None,
    limit: int,
) -> Sequence[Record]:
    """A tenant's jobs of analysis, youngest first; `before` is the serial where the last page ended."""
    query = select(jobs).where(jobs.c.tenant_id == tenant_id, jobs.c.kind == KIND)
    if camera_id is not None:
        prefix = job_prefix(camera_id)
        # not LIKE, which ignores case on SQLite, nor a range, which follows the collation on PostgreSQL
        query = query.where(func.substr(jobs.c.job_id, 1, len(prefix)) == prefix)
    if states:
        query = query.where(jobs.c.state.in_([state.value for state in states]))
    if before is not None:
        query = query.where(jobs.c.serial < before)
    return (await connection.execute(query.order_by(jobs.c.serial.desc()).limit(limit))).all()


async def find_job(connection: AsyncConnection, tenant_id: str, job_id: str) -> Record | None:
    """A job of analysis; None for one of another kind, too."""
    query = select(jobs).where(jobs.c.tenant_id == tenant_id, jobs.c.job_id == job_id, jobs.c.kind == KIND)
    return (await connection.execute(query)).one_or_none()


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be sent to a model now; it counts as used."""

    day: str
    frames: int
    tokens: int


async def spend(
    connection: AsyncConnection,
    tenant_id: str,
    camera_id: str,
    *,
    frames: int,
    tokens_of: tuple[int, int],
    frames_a_day: int,
    tokens_a_day: int,
) -> Grant | None:
    """Reserve up to so many pictures of what is left of today (UTC), none where nothing is left; None before
    `begin_day`.

    `tokens_of`: what a call costs beside its pictures, and what a picture costs. The row is locked from the
    look to the change, so workers that ask together never get more than the day has.
    """
    day = await _today(connection)
    this = _this_day(tenant_id, camera_id, day)
    row = (await connection.execute(select(days).where(this).with_for_update())).one_or_none()
    if row is None:
        return None
    aside, each = tokens_of
    affordable = (tokens_a_day - row.tokens - aside) // each
    granted = max(0, min(frames, frames_a_day - row.frames, affordable))
    if not granted:
        return Grant(day, 0, 0)
    reserved = aside + granted * each
    await connection.execute(
        update(days).where(this).values(frames=days.c.frames + granted, tokens=days.c.tokens + reserved)
    )
    return Grant(day, granted, reserved)


async def begin_day(connection: AsyncConnection, tenant_id: str, camera_id: str) -> None:
    """Make today's row; raises IntegrityError where it is there already.

    In a transaction of its own: on MariaDB a refused INSERT leaves a lock that two workers deadlock on.
    """
    day = await _today(connection)
    await connection.execute(
        insert(days).values(tenant_id=tenant_id, camera_id=camera_id, day=day, frames=0, tokens=0)
    )


async def settle(
    connection: AsyncConnection, tenant_id: str, camera_id: str, grant: Grant, *, frames: int, tokens: int
) -> None:
    """What was really sent and used takes the place of what was reserved."""
    await connection.execute(
        update(days)
        .where(_this_day(tenant_id, camera_id, grant.day))
        .values(
            frames=days.c.frames + (frames - grant.frames), tokens=days.c.tokens + (tokens - grant.tokens)
        )
    )


async def used(connection: AsyncConnection, tenant_id: str, camera_id: str, day: str) -> Record | None:
    """What was sent on a day; None for nothing."""
    query = select(days).where(_this_day(tenant_id, camera_id, day))
    return (await connection.execute(query)).one_or_none()


async def _today(connection: AsyncConnection) -> str:
    now = int((await connection.execute(select(now_ms()))).scalar_one())
    return datetime.fromtimestamp(now / 1000, UTC).date().isoformat()


def _this_day(tenant_id: str, camera_id: str, day: str) -> ColumnElement[bool]:
    return and_(days.c.tenant_id == tenant_id, days.c.camera_id == camera_id, days.c.day == day)
