"""The revisions of a project: what it was, and the way back. Going back is a change like any other."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.errors import InputError, NotFound
from ecg.projects import repository, revision_repository
from ecg.projects.changing import changed, found, locked
from ecg.projects.repository import Owner
from ecg.projects.revision_repository import RESTORED
from ecg.projects.views import OpenRevision, RevisionPage, Saved, open_revision, revision_view
from ecg.settings import Settings


class History:
    """Revisions on one database. Every call is within a tenant and an owner."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self._kept = settings.project_revisions

    async def list(
        self, tenant_id: str, owner_id: str, project_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> RevisionPage:
        """The revisions, youngest first. Raises NotFound."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise InputError("the cursor is not one of ours", where="cursor")
        before = None if cursor is None else int(cursor)
        async with self.database.read() as connection:
            await self._check(connection, tenant_id, owner_id, project_id)
            rows = await revision_repository.page(connection, project_id, before=before, limit=limit + 1)
        shown = [revision_view(row) for row in rows[:limit]]
        return RevisionPage(shown, str(shown[-1].version) if len(rows) > limit else None)

    async def get(self, tenant_id: str, owner_id: str, project_id: str, version: int) -> OpenRevision:
        """The project as it was saved as this version. Raises NotFound, also when it is overwritten."""
        async with self.database.read() as connection:
            await self._check(connection, tenant_id, owner_id, project_id)
            row = await revision_repository.find(connection, project_id, version)
        return open_revision(_there(row, version))

    async def restore(
        self,
        tenant_id: str,
        owner_id: str,
        project_id: str,
        version: int,
        *,
        expected: Collection[int] | None = None,
    ) -> Saved:
        """Make the scenario of that revision the next version; what was the current one stays in the history.

        Raises NotFound and StaleVersion.
        """
        owner = Owner(tenant_id, owner_id)
        async with self.database.write() as connection:
            row = await locked(connection, owner, project_id, expected)
            new = row.version + 1
            copied = await revision_repository.copy(
                connection,
                project_id,
                version=version,
                becomes=new,
                kind=RESTORED,
                author_id=owner_id,
                now=row.now,
            )
            if not copied:
                raise _gone(version)
            await revision_repository.drop_old(connection, project_id, keep=self._kept)
            return await changed(connection, owner, project_id, row, revision=new)

    async def _check(
        self, connection: AsyncConnection, tenant_id: str, owner_id: str, project_id: str
    ) -> None:
        owner = Owner(tenant_id, owner_id)
        if not await repository.exists(connection, owner, project_id, deleted=False):
            found(None, project_id)


def _there(row: Record | None, version: int) -> Record:
    if row is None:
        raise _gone(version)
    return row


def _gone(version: int) -> NotFound:
    return NotFound(
        f"there is no revision {version}",
        where="version",
        hint="saves in quick succession are one revision, under the version of the last of them",
    )
