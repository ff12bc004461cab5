"""What an owner does with projects.

No change is ever lost: whoever saves names the version that the change was made from, and a project that has
moved on refuses it and shows what it is now. Every change is one transaction that holds the project's row.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.errors import Conflict, InputError
from ecg.projects import repository, revision_repository
from ecg.projects.changing import changed, found, locked
from ecg.projects.repository import Owner, Place
from ecg.projects.revision_repository import CREATED, SAVED
from ecg.projects.scenario_text import ScenarioTexts
from ecg.projects.views import (
    OpenProject,
    ProjectPage,
    Saved,
    open_project,
    project_view,
)
from ecg.settings import Settings

MAX_NAME = 200
BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Characters that are no part of a line of text."""
PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TooManyProjects(Conflict):
    code = "PROJECT_LIMIT_REACHED"


class Projects:
    """Projects on one database. Every call is within a tenant and an owner."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self._most = settings.max_projects
        self._revisions = settings.project_revisions
        self._texts = ScenarioTexts()
        self._coalesce_ms = int(settings.project_coalesce_seconds * 1000)

    async def create(
        self,
        tenant_id: str,
        owner_id: str,
        name: str,
        scenario: dict[str, Any],
        *,
        source: dict[str, Any] | None = None,
        project_id: str | None = None,
    ) -> str:
        """Begin a project; answers its id. The same `project_id` again is the same project, as it is by then.

        Raises ScenarioError, TooManyProjects, and Conflict for an id that somebody else has.
        """
        owner = Owner(tenant_id, owner_id)
        text = await self._texts.checked(scenario)
        project_id = project_id or secrets.token_hex(16)
        try:
            async with self.database.write() as connection:
                if await repository.count(connection, owner) >= self._most:
                    await self._refuse_more(connection, owner, project_id)
                    return project_id
                now = await repository.moment_now(connection)
                await repository.add(
                    connection,
                    owner,
                    project_id,
                    name=_usable_name(name),
                    source=None if source is None else json.dumps(source),
                    now=now,
                )
                await revision_repository.add(
                    connection,
                    project_id,
                    version=1,
                    kind=CREATED,
                    author_id=owner_id,
                    scenario=text,
                    now=now,
                )
        except IntegrityError:
            async with self.database.read() as connection:
                if not await repository.exists(connection, owner, project_id):
                    raise Conflict("the project id is taken", where="/project_id") from None
        return project_id

    async def get(self, tenant_id: str, owner_id: str, project_id: str) -> OpenProject:
        """The project as it is now. Raises NotFound."""
        async with self.database.read() as connection:
            row = await repository.find(connection, Owner(tenant_id, owner_id), project_id)
        return open_project(found(row, project_id))

    async def list(
        self,
        tenant_id: str,
        owner_id: str,
        *,
        deleted: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> ProjectPage:
        """The owner's projects, last changed first; those in the trash where `deleted`."""
        after = None if cursor is None else _place(cursor)
        async with self.database.read() as connection:
            rows = await repository.page(
                connection, Owner(tenant_id, owner_id), deleted=deleted, after=after, limit=limit + 1
            )
        shown = [project_view(row) for row in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        return ProjectPage(shown, f"{last.updated_at}.{last.project_id}" if last else None)

    async def save(
        self,
        tenant_id: str,
        owner_id: str,
        project_id: str,
        *,
        expected: Collection[int] | None,
        scenario: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> Saved:
        """Make the next version: another scenario, another name, or both.

        `expected`: the versions that the change fits on; None: any. Saves of one user within a few seconds
        are one revision. Raises NotFound, StaleVersion with the current project, and ScenarioError.
        """
        owner = Owner(tenant_id, owner_id)
        text = None if scenario is None else await self._texts.checked(scenario)
        values: dict[str, Any] = {} if name is None else {"name": _usable_name(name)}
        async with self.database.write() as connection:
            row = await locked(connection, owner, project_id, expected)
            new = row.version + 1
            if text is not None:
                await self._keep(connection, project_id, row, owner_id, text)
                values["revision"] = new
            return await changed(connection, owner, project_id, row, **values)

    async def delete(
        self, tenant_id: str, owner_id: str, project_id: str, *, expected: Collection[int] | None = None
    ) -> Saved:
        """Put it into the trash, where it stays for some days. Raises NotFound and StaleVersion."""
        owner = Owner(tenant_id, owner_id)
        async with self.database.write() as connection:
            row = await locked(connection, owner, project_id, expected)
            return await changed(connection, owner, project_id, row, deleted_at=row.now)

    async def bring_back(self, tenant_id: str, owner_id: str, project_id: str) -> Saved:
        """Take it out of the trash. Raises NotFound when it is not there."""
        owner = Owner(tenant_id, owner_id)
        async with self.database.write() as connection:
            row = await locked(connection, owner, project_id, None, deleted=True)
            return await changed(connection, owner, project_id, row, deleted_at=None)

    async def erase(self, tenant_id: str, owner_id: str, project_id: str) -> None:
        """Remove it for good, in the trash or not. Raises NotFound."""
        async with self.database.write() as connection:
            if not await repository.erase(connection, Owner(tenant_id, owner_id), project_id):
                found(None, project_id)

    async def duplicate(
        self,
        tenant_id: str,
        owner_id: str,
        project_id: str,
        *,
        name: str | None = None,
        copy_id: str | None = None,
    ) -> str:
        """A project of its own that begins with the same scenario; answers its id.

        Raises NotFound, and what `create` raises.
        """
        original = await self.get(tenant_id, owner_id, project_id)
        name = name if name is not None else f"{original.name[: MAX_NAME - 7]} (copy)"
        return await self.create(
            tenant_id, owner_id, name, original.scenario, source=original.source, project_id=copy_id
        )

    async def _keep(
        self, connection: AsyncConnection, project_id: str, row: Record, author_id: str, text: str
    ) -> None:
        """The scenario as a revision: within the current one where that is fresh, else as a new one."""
        new = row.version + 1
        within = await revision_repository.overwrite(
            connection,
            project_id,
            version=row.revision,
            becomes=new,
            author_id=author_id,
            scenario=text,
            begun_after=row.now - self._coalesce_ms,
            now=row.now,
        )
        if within:
            return
        await revision_repository.add(
            connection,
            project_id,
            version=new,
            kind=SAVED,
            author_id=author_id,
            scenario=text,
            now=row.now,
        )
        if new > self._revisions:
            await revision_repository.drop_old(connection, project_id, keep=self._revisions)

    async def _refuse_more(self, connection: AsyncConnection, owner: Owner, project_id: str) -> None:
        """Raises TooManyProjects, unless the project is there already."""
        if not await repository.exists(connection, owner, project_id):
            raise TooManyProjects(
                f"there are {self._most:,} projects already; that is the limit",
                hint="delete some for good; those in the trash count until they are gone",
            )


def _usable_name(name: str) -> str:
    """One line of at most `MAX_NAME` characters: some names come from files."""
    return " ".join(BREAKING.sub(" ", name).split())[:MAX_NAME] or "Untitled"


def _place(cursor: str) -> Place:
    moment, _, project_id = cursor.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16 and PROJECT_ID.fullmatch(project_id)):
        raise InputError("the cursor is not one of ours", where="cursor")
    return Place(int(moment), project_id)
