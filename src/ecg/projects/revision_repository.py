"""All SQL of revisions. Callers have found or locked the project by its owner in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, table_of
from ecg.projects.models import Revision

revisions = table_of(Revision)

CREATED = "created"
SAVED = "saved"
RESTORED = "restored"


async def add(
    connection: AsyncConnection,
    project_id: str,
    *,
    version: int,
    kind: str,
    author_id: str,
    scenario: str,
    now: int,
) -> None:
    await connection.execute(
        insert(revisions).values(
            project_id=project_id,
            version=version,
            kind=kind,
            author_id=author_id,
            scenario=scenario,
            created_at=now,
            updated_at=now,
        )
    )


async def overwrite(
    connection: AsyncConnection,
    project_id: str,
    *,
    version: int,
    becomes: int,
    author_id: str,
    scenario: str,
    begun_after: int,
    now: int,
) -> bool:
    """Save into this revision instead of a new one; False when it is somebody else's, no save, or too old."""
    changed = await connection.execute(
        update(revisions)
        .where(
            revisions.c.project_id == project_id,
            revisions.c.version == version,
            revisions.c.kind == SAVED,
            revisions.c.author_id == author_id,
            revisions.c.created_at > begun_after,
        )
        .values(version=becomes, scenario=scenario, updated_at=now)
    )
    return bool(changed.rowcount)


async def copy(
    connection: AsyncConnection,
    project_id: str,
    *,
    version: int,
    becomes: int,
    kind: str,
    author_id: str,
    now: int,
) -> bool:
    """The scenario of `version` once more, as the revision `becomes`; False when it is gone."""
    columns = ("project_id", "version", "kind", "author_id", "scenario", "created_at", "updated_at")
    source = select(
        literal(project_id),
        literal(becomes),
        literal(kind),
        literal(author_id),
        revisions.c.scenario,
        literal(now, revisions.c.created_at.type),
        literal(now, revisions.c.updated_at.type),
    ).where(revisions.c.project_id == project_id, revisions.c.version == version)
    statement = insert(revisions).from_select(columns, source).execution_options(preserve_rowcount=True)
    added = await connection.execute(statement)
    return bool(added.rowcount)


async def find(connection: AsyncConnection, project_id: str, version: int) -> Record | None:
    query = select(revisions).where(revisions.c.project_id == project_id, revisions.c.version == version)
    return (await connection.execute(query)).one_or_none()


async def page(
    connection: AsyncConnection, project_id: str, *, before: int | None = None, limit: int = 50
) -> Sequence[Record]:
    """The revisions without their scenarios, youngest first."""
    query = select(*(column for column in revisions.c if column.name != "scenario")).where(
        revisions.c.project_id == project_id
    )
    if before is not None:
        query = query.where(revisions.c.version < before)
    return (await connection.execute(query.order_by(revisions.c.version.desc()).limit(limit))).all()


async def drop_old(connection: AsyncConnection, project_id: str, *, keep: int) -> None:
    """Drop revisions but the youngest; a project's first one stays."""
    later = (revisions.c.project_id == project_id, revisions.c.kind != CREATED)
    oldest = select(revisions.c.version).where(*later).order_by(revisions.c.version.desc())
    last = (await connection.execute(oldest.offset(keep).limit(1))).scalar_one_or_none()
    if last is not None:
        await connection.execute(delete(revisions).where(*later, revisions.c.version <= last))
