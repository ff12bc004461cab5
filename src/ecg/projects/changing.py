"""How a project changes: its row is locked, its version held against the expected one, and counted up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record
from ecg.errors import NotFound
from ecg.projects import repository
from ecg.projects.repository import Owner
from ecg.projects.views import Saved, StaleVersion, open_project


async def locked(
    connection: AsyncConnection,
    owner: Owner,
    project_id: str,
    expected: Collection[int] | None,
    *,
    deleted: bool = False,
) -> Record:
    """The project's row, see `repository.lock`; `expected` None: whatever its version is.

    Raises NotFound, and StaleVersion with the project as it is.
    """
    row = found(await repository.lock(connection, owner, project_id, deleted=deleted), project_id)
    if expected is not None and row.version not in expected:
        current = await repository.find(connection, owner, project_id, deleted=deleted)
        raise StaleVersion(open_project(found(current, project_id)))
    return row


async def changed(
    connection: AsyncConnection, owner: Owner, project_id: str, row: Record, **values: Any
) -> Saved:
    """Make the next version of a locked project."""
    done = await repository.change(
        connection, owner, project_id, version=row.version, updated_at=row.now, **values
    )
    if not done:  # it is locked: only a database that does not keep its promise comes here
        raise RuntimeError(f"the project {project_id} changed while it was locked")
    return Saved(project_id, row.version + 1, row.now)


def found(row: Record | None, project_id: str) -> Record:
    if row is None:
        raise NotFound(f"there is no project {project_id!r}", where="project_id")
    return row
