"""All SQL of archives. What people ask names the tenant; what recording hosts do names their machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.jobs.models import Job
from ecg.jobs.states import State
from ecg.live.archives.models import Archive
from ecg.live.cameras.models import Camera

archives = table_of(Archive)
cameras = table_of(Camera)
jobs = table_of(Job)

UNFINISHED = (State.PENDING.value, State.PROCESSING.value)


async def add(connection: AsyncConnection, **values: Any) -> None:
    """Raises IntegrityError when the archive is there already, or its file name is taken."""
    await connection.execute(insert(archives).values(kept=False, created_at=now_ms(), **values))


async def find(connection: AsyncConnection, tenant_id: str, camera_id: str, archive_id: str) -> Record | None:
    query = select(archives).where(_this(tenant_id, camera_id, archive_id))
    return (await connection.execute(query)).one_or_none()


async def between(
    connection: AsyncConnection, tenant_id: str, camera_id: str, start: int, end: int, *, limit: int
) -> Sequence[Record]:
    """Archives that touch the time, oldest first, with the `state` of their analysis; milliseconds."""
    query = (
        select(archives, jobs.c.state.label("job_state"))
        .join(
            jobs,
            and_(jobs.c.tenant_id == archives.c.tenant_id, jobs.c.job_id == archives.c.job_id),
            isouter=True,
        )
        .where(_of(tenant_id, camera_id), archives.c.started_at < end, archives.c.ended_at > start)
        .order_by(archives.c.started_at)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def keep(
    connection: AsyncConnection, tenant_id: str, camera_id: str, archive_id: str, kept: bool
) -> None:
    await connection.execute(
        update(archives).where(_this(tenant_id, camera_id, archive_id)).values(kept=kept)
    )


async def set_job(connection: AsyncConnection, tenant_id: str, archive_id: str, job_id: str) -> None:
    await connection.execute(
        update(archives)
        .where(archives.c.tenant_id == tenant_id, archives.c.archive_id == archive_id)
        .values(job_id=job_id)
    )


async def set_store_key(connection: AsyncConnection, serial: int, key: str) -> bool:
    """False when the archive is gone by now."""
    changed = await connection.execute(
        update(archives).where(archives.c.serial == serial).values(store_key=key)
    )
    return bool(changed.rowcount)


async def unregistered(connection: AsyncConnection, host: str, limit: int = 100) -> Sequence[Record]:
    """Archives of this machine whose analysis nobody has been asked for yet."""
    query = select(archives).where(archives.c.analyse, archives.c.job_id.is_(None), archives.c.host == host)
    return (await connection.execute(query.order_by(archives.c.serial).limit(limit))).all()


async def uncopied(connection: AsyncConnection, host: str, limit: int = 10) -> Sequence[Record]:
    """Archives of this machine that are not in the object store yet, oldest first."""
    query = select(archives).where(archives.c.host == host, archives.c.store_key.is_(None))
    return (await connection.execute(query.order_by(archives.c.serial).limit(limit))).all()


async def expired(connection: AsyncConnection, host: str, limit: int = 100) -> Sequence[Record]:
    """Archives of this machine that are older than their camera keeps them, or whose camera is gone."""
    age = now_ms() - archives.c.ended_at
    day = 86_400_000
    query = (
        select(archives, cameras.c.serial.is_(None).label("orphaned"))
        .join(cameras, _same_camera(), isouter=True)
        .where(
            archives.c.host == host,
            or_(
                cameras.c.serial.is_(None),
                and_(archives.c.kept.is_(False), age > cameras.c.keep_days * day, ~_needed()),
            ),
        )
    )
    return (await connection.execute(query.order_by(archives.c.ended_at).limit(limit))).all()


async def oldest(connection: AsyncConnection, host: str, limit: int = 20) -> Sequence[Record]:
    """Archives of this machine that may go when its disk is full, oldest first."""
    query = (
        select(archives)
        .where(archives.c.host == host, archives.c.kept.is_(False), ~_needed())
        .order_by(archives.c.ended_at)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def remove(connection: AsyncConnection, row: Record, *, whatever: bool = False) -> bool:
    """Remove it, unless somebody wants to keep it or a job needs it by now; `whatever`: even then."""
    wanted = [] if whatever else [archives.c.kept.is_(False), ~_needed()]
    gone = await connection.execute(delete(archives).where(archives.c.serial == row.serial, *wanted))
    return bool(gone.rowcount)


async def total_bytes(connection: AsyncConnection, tenant_id: str) -> int:
    query = select(func.coalesce(func.sum(archives.c.size), 0)).where(archives.c.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


def _needed() -> ColumnElement[bool]:
    """An unfinished job reads it."""
    unfinished = and_(
        jobs.c.tenant_id == archives.c.tenant_id,
        jobs.c.job_id == archives.c.job_id,
        jobs.c.state.in_(UNFINISHED),
    )
    return exists().where(unfinished).correlate(archives)


def _same_camera() -> ColumnElement[bool]:
    return and_(cameras.c.tenant_id == archives.c.tenant_id, cameras.c.camera_id == archives.c.camera_id)


def _of(tenant_id: str, camera_id: str) -> ColumnElement[bool]:
    return and_(archives.c.tenant_id == tenant_id, archives.c.camera_id == camera_id)


def _this(tenant_id: str, camera_id: str, archive_id: str) -> ColumnElement[bool]:
    return and_(_of(tenant_id, camera_id), archives.c.archive_id == archive_id)
