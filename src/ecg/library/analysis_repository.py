"""All SQL of analyses.

The speech server knows jobs by their id alone, so what it tells is found by that; everything else names the
tenant. What it tells may come in any order and twice: an end is kept once, and progress only grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.library.models import Analysis, Upload

analyses = table_of(Analysis)
uploads = table_of(Upload)

NEW = "new"
CALLED = "called"
COMPLETED = "completed"
FAILED = "failed"
_OPEN = (NEW, CALLED)
"""A callback may be quicker than the answer to the call."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of analyses ended."""

    created_at: int
    job_id: str


async def add(
    connection: AsyncConnection,
    tenant_id: str,
    job_id: str,
    *,
    owner_id: str,
    upload_id: str,
    language: str | None,
) -> None:
    await connection.execute(
        insert(analyses).values(
            job_id=job_id,
            tenant_id=tenant_id,
            owner_id=owner_id,
            upload_id=upload_id,
            language=language,
            state=NEW,
            progress=0,
            created_at=now_ms(),
        )
    )


async def find(connection: AsyncConnection, tenant_id: str, job_id: str) -> Record | None:
    """The analysis, with `now`: the database's time in milliseconds."""
    query = select(analyses, now_ms().label("now")).where(
        analyses.c.job_id == job_id, analyses.c.tenant_id == tenant_id
    )
    return (await connection.execute(query)).one_or_none()


async def find_by_id(connection: AsyncConnection, job_id: str) -> Record | None:
    """For what the speech server tells: it knows no tenants, and has proved who it is."""
    return (await connection.execute(select(analyses).where(analyses.c.job_id == job_id))).one_or_none()


async def keep_called(
    connection: AsyncConnection, tenant_id: str, job_id: str, *, status_url: str | None
) -> None:
    """The speech server has taken it; what it told meanwhile stays."""
    mine = (analyses.c.job_id == job_id, analyses.c.tenant_id == tenant_id)
    await connection.execute(
        update(analyses)
        .where(*mine)
        .values(status_url=status_url, called_at=now_ms(), heard_at=now_ms(), asked_at=now_ms())
    )
    await connection.execute(update(analyses).where(*mine, analyses.c.state == NEW).values(state=CALLED))


async def keep_asked(connection: AsyncConnection, tenant_id: str, job_id: str) -> None:
    await connection.execute(
        update(analyses)
        .where(analyses.c.job_id == job_id, analyses.c.tenant_id == tenant_id)
        .values(asked_at=now_ms())
    )


async def keep_sign_of_life(connection: AsyncConnection, tenant_id: str, job_id: str) -> None:
    await connection.execute(
        update(analyses)
        .where(analyses.c.job_id == job_id, analyses.c.tenant_id == tenant_id)
        .values(heard_at=now_ms())
    )


async def keep_progress(
    connection: AsyncConnection, tenant_id: str, job_id: str, *, progress: int, message: str | None
) -> bool:
    """False when it has ended, or was further already."""
    return await _change(
        connection,
        tenant_id,
        job_id,
        or_(analyses.c.progress < progress, analyses.c.heard_at.is_(None)),
        progress=progress,
        message=message,
        heard_at=now_ms(),
    )


async def keep_end(
    connection: AsyncConnection, tenant_id: str, job_id: str, *, state: str, **values: Any
) -> bool:
    """False when an end was kept before."""
    return await _change(connection, tenant_id, job_id, state=state, heard_at=now_ms(), **values)


async def uncounted(
    connection: AsyncConnection, *, after: Place | None = None, limit: int
) -> Sequence[Record]:
    """Analyses of all tenants that are in nobody's usage yet, oldest first, with their videos' `facts`."""
    query = (
        select(
            analyses.c.tenant_id,
            analyses.c.job_id,
            analyses.c.owner_id,
            analyses.c.created_at,
            uploads.c.facts,
        )
        .join(uploads, uploads.c.upload_id == analyses.c.upload_id)
        .where(analyses.c.counted_as.is_(None))
        .order_by(analyses.c.created_at, analyses.c.job_id)
        .limit(limit)
    )
    if after is not None:
        at, job_id = after.created_at, after.job_id
        query = query.where(
            or_(analyses.c.created_at > at, and_(analyses.c.created_at == at, analyses.c.job_id > job_id))
        )
    return (await connection.execute(query)).all()


async def keep_counted(connection: AsyncConnection, tenant_id: str, job_id: str, ending: str) -> bool:
    """False when it is counted already."""
    changed = await connection.execute(
        update(analyses)
        .where(
            analyses.c.job_id == job_id,
            analyses.c.tenant_id == tenant_id,
            analyses.c.counted_as.is_(None),
        )
        .values(counted_as=ending)
    )
    return bool(changed.rowcount)


async def _change(
    connection: AsyncConnection, tenant_id: str, job_id: str, *conditions: Any, **values: Any
) -> bool:
    changed = await connection.execute(
        update(analyses)
        .where(
            analyses.c.job_id == job_id,
            analyses.c.tenant_id == tenant_id,
            analyses.c.state.in_(_OPEN),
            *conditions,
        )
        .values(**values)
    )
    return bool(changed.rowcount)
