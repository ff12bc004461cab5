"""All SQL of the list of workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.jobs.models import Worker

workers = table_of(Worker)

GONE_SECONDS = 3600
"""Workers that are silent for so long are forgotten."""


async def add(
    connection: AsyncConnection,
    *,
    boot_id: str,
    worker_id: str,
    host: str,
    pid: int,
    queues: Sequence[str],
    slots: int,
) -> None:
    await connection.execute(delete(workers).where(workers.c.heartbeat_at < now_ms() - GONE_SECONDS * 1000))
    await connection.execute(
        insert(workers).values(
            boot_id=boot_id,
            worker_id=worker_id,
            host=host,
            pid=pid,
            queues=",".join(queues),
            slots=slots,
            busy=0,
            started_at=now_ms(),
            heartbeat_at=now_ms(),
        )
    )


async def heartbeat(connection: AsyncConnection, boot_id: str, busy: int) -> bool:
    """False when the worker is not in the list."""
    changed = await connection.execute(
        update(workers)
        .where(workers.c.boot_id == boot_id)
        .values(busy=busy, heartbeat_at=now_ms(), lost_at=None)
    )
    return bool(changed.rowcount)


async def remove(connection: AsyncConnection, boot_id: str) -> None:
    """It ended in order."""
    await connection.execute(delete(workers).where(workers.c.boot_id == boot_id))


async def mark_lost(connection: AsyncConnection, boot_id: str) -> None:
    """Its process is dead. The row stays until it is forgotten, for whoever wants to know of it."""
    await connection.execute(
        update(workers).where(workers.c.boot_id == boot_id).values(busy=0, lost_at=now_ms())
    )


async def in_sight(connection: AsyncConnection, space: str) -> Sequence[Record]:
    """All workers that were ever started in this space of processes and neither found dead nor forgotten."""
    query = select(workers).where(workers.c.boot_id.endswith(space), workers.c.lost_at.is_(None))
    return (await connection.execute(query)).all()


async def known(connection: AsyncConnection, queue: str) -> Sequence[Record]:
    """Workers that take or took jobs of this queue and are not forgotten yet, with the database's `now`."""
    query = (
        select(workers, now_ms().label("now"))
        .where(workers.c.heartbeat_at >= now_ms() - GONE_SECONDS * 1000)
        .order_by(workers.c.worker_id, workers.c.boot_id)
    )
    return [row for row in (await connection.execute(query)).all() if queue in row.queues.split(",")]


async def alive(connection: AsyncConnection, queue: str) -> list[dict[str, Any]]:
    """Workers that take jobs of this queue, the freshest heartbeat first."""
    query = (
        select(workers, (now_ms() - workers.c.heartbeat_at).label("age"))
        .where(workers.c.lost_at.is_(None))
        .order_by(workers.c.heartbeat_at.desc())
    )
    return [
        {
            "name": row.worker_id,
            "host": row.host,
            "pid": row.pid,
            "slots": row.slots,
            "busy": row.busy,
            "heartbeat_age_seconds": round(float(row.age) / 1000, 1),
        }
        for row in (await connection.execute(query)).all()
        if queue in row.queues.split(",")
    ]
