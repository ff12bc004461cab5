"""Projects as the service answers them. Moments are milliseconds since 1970."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ecg.database import Record
from ecg.errors import Conflict


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project without its scenario."""

    project_id: str
    name: str
    version: int
    source: dict[str, Any] | None
    created_at: int
    updated_at: int
    deleted_at: int | None


@dataclass(frozen=True, slots=True)
class OpenProject(ProjectView):
    """A project with its scenario, as JSON and as what that says."""

    scenario_json: str

    @property
    def scenario(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.scenario_json)
        return decoded


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change made of a project."""

    project_id: str
    version: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """`next_cursor` is None on the last page."""

    projects: list[ProjectView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision; `kind` is created, saved or restored."""

    version: int
    kind: str
    author_id: str
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class OpenRevision(RevisionView):
    """A revision with its scenario, as JSON."""

    scenario_json: str


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """`next_cursor` is None on the last page."""

    revisions: list[RevisionView]
    next_cursor: str | None


class StaleVersion(Conflict):
    """The change was made from a version that is no longer the current one, which comes along."""

    code = "VERSION_CONFLICT"

    def __init__(self, current: OpenProject) -> None:
        super().__init__(
            f"the project is at version {current.version} by now",
            hint="merge the change into the current version, and save it from there",
        )
        self.current = current


def project_view(row: Record) -> ProjectView:
    return ProjectView(**_fields(row))


def open_project(row: Record) -> OpenProject:
    return OpenProject(**_fields(row), scenario_json=row.scenario)


def revision_view(row: Record) -> RevisionView:
    return RevisionView(row.version, row.kind, row.author_id, row.created_at, row.updated_at)


def open_revision(row: Record) -> OpenRevision:
    return OpenRevision(
        row.version, row.kind, row.author_id, row.created_at, row.updated_at, scenario_json=row.scenario
    )


def _fields(row: Record) -> dict[str, Any]:
    return {
        "project_id": row.project_id,
        "name": row.name,
        "version": row.version,
        "source": None if row.source is None else json.loads(row.source),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "deleted_at": row.deleted_at,
    }
