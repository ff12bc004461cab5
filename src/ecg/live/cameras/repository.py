"""All SQL of cameras. What people do names the tenant; what recording hosts do names their lease."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.live.cameras.models import Camera, StreamIncident

cameras = table_of(Camera)
incidents = table_of(StreamIncident)


async def moment_now(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(now_ms()))).scalar_one())


async def add(connection: AsyncConnection, **values: Any) -> None:
    """Raises IntegrityError when the tenant has a camera of this id."""
    await connection.execute(
        insert(cameras).values(
            revision=1,
            state="starting" if values["wanted"] else "off",
            state_since=values["created_at"],
            updated_at=values["created_at"],
            reconnects=0,
            stalls=0,
            next_sequence=0,
            **values,
        )
    )


async def count(connection: AsyncConnection, tenant_id: str) -> int:
    query = select(func.count()).select_from(cameras).where(cameras.c.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def find(connection: AsyncConnection, tenant_id: str, camera_id: str) -> Record | None:
    """The camera, and `now` in milliseconds."""
    query = select(cameras, now_ms().label("now")).where(_this(tenant_id, camera_id))
    return (await connection.execute(query)).one_or_none()


async def listing(connection: AsyncConnection, tenant_id: str) -> Sequence[Record]:
    query = select(cameras, now_ms().label("now")).where(cameras.c.tenant_id == tenant_id)
    return (await connection.execute(query.order_by(cameras.c.name, cameras.c.camera_id))).all()


async def change(connection: AsyncConnection, tenant_id: str, camera_id: str, **values: Any) -> bool:
    """Change what people want; `revision` counts on. False: no such camera."""
    changed = await connection.execute(
        update(cameras)
        .where(_this(tenant_id, camera_id))
        .values(revision=cameras.c.revision + 1, updated_at=now_ms(), **values)
    )
    return bool(changed.rowcount)


async def set_wanted(connection: AsyncConnection, tenant_id: str, camera_id: str, wanted: bool) -> bool:
    """Have it recorded or not; nothing changes where it is so already. False: no change."""
    since = {"state": "starting", "reconnects": 0, "stalls": 0} if wanted else {"state": "off"}
    changed = await connection.execute(
        update(cameras)
        .where(_this(tenant_id, camera_id), cameras.c.wanted.is_(not wanted))
        .values(
            wanted=wanted,
            state_since=now_ms(),
            updated_at=now_ms(),
            error_code=None,
            error_message=None,
            **since,
        )
    )
    return bool(changed.rowcount)


async def remove(connection: AsyncConnection, tenant_id: str, camera_id: str) -> bool:
    await connection.execute(
        delete(incidents).where(incidents.c.tenant_id == tenant_id, incidents.c.camera_id == camera_id)
    )
    gone = await connection.execute(delete(cameras).where(_this(tenant_id, camera_id)))
    return bool(gone.rowcount)


async def claimable(connection: AsyncConnection, limit: int) -> Sequence[Record]:
    """Wanted cameras that nobody holds, or whose holder has been silent for too long."""
    query = select(cameras).where(cameras.c.wanted, _unheld()).order_by(cameras.c.serial).limit(limit)
    return (await connection.execute(query)).all()


async def held_beside(connection: AsyncConnection, boot_id: str) -> Sequence[Record]:
    """Wanted cameras that another process holds, or held."""
    query = select(cameras).where(
        cameras.c.wanted, cameras.c.boot_id.is_not(None), cameras.c.boot_id != boot_id
    )
    return (await connection.execute(query)).all()


async def claim(
    connection: AsyncConnection, row: Record, *, boot_id: str, host: str, lease_ms: int, held: bool = False
) -> bool:
    """Take it; False when somebody else was first. `held`: from the one that `row` names, lease or not."""
    free = cameras.c.boot_id == row.boot_id if held else _unheld()
    taken = await connection.execute(
        update(cameras)
        .where(cameras.c.serial == row.serial, cameras.c.wanted, free)
        .values(boot_id=boot_id, host=host, lease_until=now_ms() + lease_ms)
    )
    return bool(taken.rowcount)


async def renew(connection: AsyncConnection, boot_id: str, lease_ms: int) -> Sequence[Record]:
    """Go on holding what this process holds; answers that."""
    await connection.execute(
        update(cameras).where(cameras.c.boot_id == boot_id).values(lease_until=now_ms() + lease_ms)
    )
    query = select(cameras).where(cameras.c.boot_id == boot_id).order_by(cameras.c.serial)
    return (await connection.execute(query)).all()


async def tell(connection: AsyncConnection, serial: int, boot_id: str, **values: Any) -> bool:
    """Write what its holder found; False when this process holds it no longer."""
    changed = await connection.execute(
        update(cameras).where(cameras.c.serial == serial, cameras.c.boot_id == boot_id).values(**values)
    )
    return bool(changed.rowcount)


async def let_go(connection: AsyncConnection, serial: int, boot_id: str, **values: Any) -> None:
    await connection.execute(
        update(cameras)
        .where(cameras.c.serial == serial, cameras.c.boot_id == boot_id)
        .values(boot_id=None, host=None, lease_until=None, **values)
    )


async def begin_incident(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(insert(incidents).values(**values))


async def end_incidents(connection: AsyncConnection, tenant_id: str, camera_id: str, at: int) -> None:
    await connection.execute(
        update(incidents)
        .where(
            incidents.c.tenant_id == tenant_id,
            incidents.c.camera_id == camera_id,
            incidents.c.ended_at.is_(None),
        )
        .values(ended_at=at)
    )


async def incidents_between(
    connection: AsyncConnection, tenant_id: str, camera_id: str, start: int, end: int
) -> Sequence[Record]:
    """Those that touch the time, oldest first; milliseconds since 1970."""
    query = select(incidents).where(
        incidents.c.tenant_id == tenant_id,
        incidents.c.camera_id == camera_id,
        incidents.c.started_at < end,
        or_(incidents.c.ended_at.is_(None), incidents.c.ended_at > start),
    )
    return (await connection.execute(query.order_by(incidents.c.started_at))).all()


def _this(tenant_id: str, camera_id: str) -> ColumnElement[bool]:
    return and_(cameras.c.tenant_id == tenant_id, cameras.c.camera_id == camera_id)


def _unheld() -> ColumnElement[bool]:
    return or_(cameras.c.lease_until.is_(None), cameras.c.lease_until < now_ms())
