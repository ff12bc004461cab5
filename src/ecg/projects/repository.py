"""All SQL of projects; what changes a project locks its row first, and compares the version once more.

Every statement about a project names tenant and owner. Those about revisions are in `revision_repository`,
for callers that have found or locked the project within the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.projects.models import Project, Revision

projects = table_of(Project)
revisions = table_of(Revision)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose projects; nobody else sees them."""

    tenant_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a listing ended."""

    updated_at: int
    project_id: str


async def moment_now(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(now_ms()))).scalar_one())


async def add(
    connection: AsyncConnection, owner: Owner, project_id: str, *, name: str, source: str | None, now: int
) -> None:
    """A project of version 1; raises IntegrityError when there is one of this id, whoever's."""
    await connection.execute(
        insert(projects).values(
            project_id=project_id,
            tenant_id=owner.tenant_id,
            owner_id=owner.user_id,
            name=name,
            version=1,
            revision=1,
            source=source,
            created_at=now,
            updated_at=now,
        )
    )


async def count(connection: AsyncConnection, owner: Owner) -> int:
    """How many projects the owner has, those in the trash among them."""
    query = select(func.count()).select_from(projects).where(_owned(owner))
    return int((await connection.execute(query)).scalar_one())


async def find(
    connection: AsyncConnection, owner: Owner, project_id: str, *, deleted: bool = False
) -> Record | None:
    """The project with its `scenario` and the `author_id` of that; one in the trash where `deleted`."""
    query = (
        select(projects, revisions.c.scenario, revisions.c.author_id)
        .join(
            revisions,
            and_(revisions.c.project_id == projects.c.project_id, revisions.c.version == projects.c.revision),
        )
        .where(_this(owner, project_id, deleted=deleted))
    )
    return (await connection.execute(query)).one_or_none()


async def exists(
    connection: AsyncConnection, owner: Owner, project_id: str, *, deleted: bool | None = None
) -> bool:
    """Whether the owner has it; where `deleted` is not None, in the trash or not."""
    query = select(projects.c.version).where(_owned(owner), projects.c.project_id == project_id)
    if deleted is not None:
        query = query.where(_in_trash(deleted))
    return (await connection.execute(query)).one_or_none() is not None


async def lock(
    connection: AsyncConnection, owner: Owner, project_id: str, *, deleted: bool = False
) -> Record | None:
    """Its `version` and `revision`, and `now` in milliseconds; nobody else changes it until the transaction
    ends."""
    query = (
        select(projects.c.version, projects.c.revision, now_ms().label("now"))
        .where(_this(owner, project_id, deleted=deleted))
        .with_for_update()
    )
    return (await connection.execute(query)).one_or_none()


async def change(
    connection: AsyncConnection, owner: Owner, project_id: str, *, version: int, **values: Any
) -> bool:
    """Make the next version of it; False when it is not at `version`."""
    changed = await connection.execute(
        update(projects)
        .where(_owned(owner), projects.c.project_id == project_id, projects.c.version == version)
        .values(version=version + 1, **values)
    )
    return bool(changed.rowcount)


async def erase(connection: AsyncConnection, owner: Owner, project_id: str) -> bool:
    """Remove it with its revisions, wherever it is; False when the owner has none of this id."""
    gone = await connection.execute(
        delete(projects).where(_owned(owner), projects.c.project_id == project_id)
    )
    return bool(gone.rowcount)


async def page(
    connection: AsyncConnection,
    owner: Owner,
    *,
    deleted: bool = False,
    after: Place | None = None,
    limit: int = 50,
) -> Sequence[Record]:
    """The owner's projects without their scenarios, last changed first."""
    query = select(projects).where(_owned(owner), _in_trash(deleted))
    if after is not None:
        query = query.where(
            or_(
                projects.c.updated_at < after.updated_at,
                and_(projects.c.updated_at == after.updated_at, projects.c.project_id < after.project_id),
            )
        )
    order = (projects.c.updated_at.desc(), projects.c.project_id.desc())
    return (await connection.execute(query.order_by(*order).limit(limit))).all()


async def purge(connection: AsyncConnection, *, seconds: float, limit: int = 100) -> int:
    """Remove what has been in the trash for longer, of all tenants, with its revisions; answers how many."""
    due = (
        select(projects.c.project_id)
        .where(projects.c.deleted_at < now_ms() - int(seconds * 1000))
        .limit(limit)
    )
    ids = (await connection.execute(due.with_for_update(skip_locked=True))).scalars().all()
    if ids:
        await connection.execute(delete(projects).where(projects.c.project_id.in_(ids)))
    return len(ids)


def _owned(owner: Owner) -> ColumnElement[bool]:
    return and_(projects.c.tenant_id == owner.tenant_id, projects.c.owner_id == owner.user_id)


def _in_trash(deleted: bool) -> ColumnElement[bool]:
    return projects.c.deleted_at.is_not(None) if deleted else projects.c.deleted_at.is_(None)


def _this(owner: Owner, project_id: str, *, deleted: bool) -> ColumnElement[bool]:
    return and_(_owned(owner), projects.c.project_id == project_id, _in_trash(deleted))
