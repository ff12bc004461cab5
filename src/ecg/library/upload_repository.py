"""All SQL of uploads. Clients' statements name tenant and owner; those of jobs and of upkeep name the tenant.

Every change of state compares and sets; False means that somebody else was first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.library.models import Upload

uploads = table_of(Upload)

OPEN = "open"
"""Its links work; nothing is known of what came."""
HANDED_IN = "handed-in"
"""The client says that it is whole; a job looks at it."""
READY = "ready"
REFUSED = "refused"
EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose uploads; nobody else sees them."""

    tenant_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class NewUpload:
    upload_id: str
    file_name: str
    content_type: str
    file_key: str
    size: int | None
    part_bytes: int | None
    seconds: int


async def add(connection: AsyncConnection, owner: Owner, new: NewUpload) -> None:
    await connection.execute(
        insert(uploads).values(
            upload_id=new.upload_id,
            tenant_id=owner.tenant_id,
            owner_id=owner.user_id,
            file_name=new.file_name,
            content_type=new.content_type,
            file_key=new.file_key,
            size=new.size,
            part_bytes=new.part_bytes,
            state=OPEN,
            swept=False,
            created_at=now_ms(),
            expires_at=now_ms() + new.seconds * 1000,
        )
    )


async def count_open(connection: AsyncConnection, owner: Owner) -> int:
    query = select(func.count()).select_from(uploads).where(_owned(owner), uploads.c.state == OPEN)
    return int((await connection.execute(query)).scalar_one())


async def find(connection: AsyncConnection, owner: Owner, file_key: str) -> Record | None:
    """The upload, with `late`: whether its links have ended."""
    query = select(uploads, (uploads.c.expires_at <= now_ms()).label("late")).where(
        _owned(owner), uploads.c.file_key == file_key
    )
    return (await connection.execute(query)).one_or_none()


async def find_for_job(connection: AsyncConnection, tenant_id: str, upload_id: str) -> Record | None:
    query = select(uploads).where(uploads.c.tenant_id == tenant_id, uploads.c.upload_id == upload_id)
    return (await connection.execute(query)).one_or_none()


async def change(
    connection: AsyncConnection, tenant_id: str, upload_id: str, *, expected: Sequence[str], **values: Any
) -> bool:
    """Set columns of an upload that is in one of the expected states."""
    changed = await connection.execute(
        update(uploads)
        .where(
            uploads.c.tenant_id == tenant_id,
            uploads.c.upload_id == upload_id,
            uploads.c.state.in_(expected),
        )
        .values(**values)
    )
    return bool(changed.rowcount)


async def analyse_again(
    connection: AsyncConnection, tenant_id: str, upload_id: str, *, last: str | None, job_id: str
) -> bool:
    """Make a job the upload's last one, and hand in an open upload; False when another job came first."""
    same = uploads.c.job_id.is_(None) if last is None else uploads.c.job_id == last
    mine = and_(uploads.c.tenant_id == tenant_id, uploads.c.upload_id == upload_id)
    changed = await connection.execute(
        update(uploads).where(mine, same, uploads.c.state.in_((OPEN, HANDED_IN, READY))).values(job_id=job_id)
    )
    if not changed.rowcount:
        return False
    await connection.execute(update(uploads).where(mine, uploads.c.state == OPEN).values(state=HANDED_IN))
    return True


async def left_over(
    connection: AsyncConnection, *, states: Sequence[str], slack_seconds: float, limit: int
) -> Sequence[Record]:
    """Uploads of all tenants whose links have ended so long ago, and whose key nobody has cleared since."""
    query = (
        select(uploads)
        .where(
            uploads.c.swept.is_(False),
            uploads.c.state.in_(states),
            uploads.c.expires_at < now_ms() - int(slack_seconds * 1000),
        )
        .order_by(uploads.c.expires_at)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


def _owned(owner: Owner) -> Any:
    return and_(uploads.c.tenant_id == owner.tenant_id, uploads.c.owner_id == owner.user_id)
