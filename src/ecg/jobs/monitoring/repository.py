"""The SQL of the spine's metrics: a few counts over indexes, and what happened since the last look."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.jobs.callbacks.repository import tries
from ecg.jobs.models import Job, Worker
from ecg.jobs.states import FINAL, State

jobs = table_of(Job)
workers = table_of(Worker)

LIVE = (State.PENDING.value, State.PROCESSING.value)


async def clock(connection: AsyncConnection) -> int:
    """The database's time in milliseconds."""
    return int((await connection.execute(select(now_ms()))).scalar_one())


async def live_jobs(connection: AsyncConnection) -> Sequence[Record]:
    """``queue``, ``kind``, ``state``, ``jobs`` (how many), ``oldest`` (age in ms) of unfinished jobs."""
    oldest = (now_ms() - func.min(jobs.c.created_at)).label("oldest")
    query = select(jobs.c.queue, jobs.c.kind, jobs.c.state, func.count().label("jobs"), oldest)
    counted = query.where(jobs.c.state.in_(LIVE)).group_by(jobs.c.queue, jobs.c.kind, jobs.c.state)
    return (await connection.execute(counted)).all()


async def finished(connection: AsyncConnection, kinds: Collection[str], *, since: int) -> Sequence[Record]:
    """Jobs of these kinds that ended after a moment (milliseconds)."""
    query = select(
        jobs.c.serial, jobs.c.kind, jobs.c.state, jobs.c.created_at, jobs.c.started_at, jobs.c.finished_at
    ).where(
        jobs.c.kind.in_(sorted(kinds)),
        jobs.c.state.in_(sorted(FINAL)),
        jobs.c.finished_at > since,
    )
    return (await connection.execute(query)).all()


async def last_try(connection: AsyncConnection) -> int:
    """The serial of the last try to deliver a callback; 0 when there was none."""
    return int((await connection.execute(select(func.coalesce(func.max(tries.c.serial), 0)))).scalar_one())


async def tries_after(connection: AsyncConnection, serial: int) -> Sequence[Record]:
    """Tries to deliver callbacks, later than the one with this serial."""
    query = select(tries.c.serial, tries.c.status_code, tries.c.milliseconds).where(tries.c.serial > serial)
    return (await connection.execute(query)).all()


async def capacity(connection: AsyncConnection, *, silent_seconds: float) -> tuple[int, int, int]:
    """Workers that were heard of within the time, their slots, and how many of these are busy."""
    query = select(
        func.count(), func.coalesce(func.sum(workers.c.slots), 0), func.coalesce(func.sum(workers.c.busy), 0)
    ).where(workers.c.heartbeat_at > now_ms() - int(silent_seconds * 1000), workers.c.lost_at.is_(None))
    row = (await connection.execute(query)).one()
    return int(row[0]), int(row[1]), int(row[2])
