"""The bodies of the project API. Moments are ISO 8601 in UTC."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from ecg.jobs.view import moment
from ecg.projects.service import BREAKING, MAX_NAME
from ecg.projects.views import OpenProject, OpenRevision, ProjectView, RevisionView, Saved

SYNCED: Literal["synced"] = "synced"
CONFLICT: Literal["conflict"] = "conflict"


def _name(value: str) -> str:
    if BREAKING.search(value):
        raise ValueError("a name is one line of text")
    stripped = value.strip()
    if not stripped:
        raise ValueError("a name has a character that can be seen")
    return stripped


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_name)]
Scenario = Annotated[
    dict[str, Any],
    Field(description="An ECG scenario, or any JSON captions that the render server reads"),
]


class NewProject(BaseModel):
    name: Name = "Untitled"
    scenario: Scenario


class ProjectChange(BaseModel):
    """What to save; at least one of `scenario` and `name`."""

    scenario: Scenario | None = None
    name: Name | None = None
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="What the change was made from, in place of If-Match"
    )


class Copy(BaseModel):
    name: Name | None = Field(default=None, description="null: the original's, marked as a copy")


class SavedProject(BaseModel):
    """What a change made of the project."""

    id: str
    version: int = Field(description="For the If-Match of the next change")
    updated_at: str
    sync_status: Literal["synced"] = SYNCED


class ProjectSummary(SavedProject):
    """A project without its scenario."""

    name: str
    source: dict[str, Any] | None = Field(description="What it was made from")
    created_at: str
    deleted_at: str | None = Field(description="In the trash since then")


class ProjectDocument(ProjectSummary):
    scenario: dict[str, Any] = Field(description="As it was saved")


class ProjectList(BaseModel):
    """A page of projects, last changed first."""

    projects: list[ProjectSummary]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


class RevisionSummary(BaseModel):
    """A revision without its scenario."""

    version: int
    kind: Literal["created", "saved", "restored"]
    author_id: str
    created_at: str = Field(description="When it was begun")
    updated_at: str = Field(description="When it was saved last")


class RevisionDocument(RevisionSummary):
    scenario: dict[str, Any]


class RevisionList(BaseModel):
    """A page of revisions, youngest first."""

    revisions: list[RevisionSummary]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


def saved_document(saved: Saved) -> SavedProject:
    return SavedProject(id=saved.project_id, version=saved.version, updated_at=_moment(saved.updated_at))


def project_summary(view: ProjectView) -> ProjectSummary:
    return ProjectSummary(
        id=view.project_id,
        name=view.name,
        version=view.version,
        source=view.source,
        created_at=_moment(view.created_at),
        updated_at=_moment(view.updated_at),
        deleted_at=moment(view.deleted_at),
    )


def project_json(project: OpenProject) -> bytes:
    """A ProjectDocument. Its scenario is JSON already, and large: it is put in as it is."""
    return _with_scenario(project_summary(project), project.scenario_json)


def revision_summary(view: RevisionView) -> RevisionSummary:
    return RevisionSummary.model_validate(
        {
            "version": view.version,
            "kind": view.kind,
            "author_id": view.author_id,
            "created_at": _moment(view.created_at),
            "updated_at": _moment(view.updated_at),
        }
    )


def revision_json(revision: OpenRevision) -> bytes:
    """A RevisionDocument; see `project_json`."""
    return _with_scenario(revision_summary(revision), revision.scenario_json)


def with_member(body: dict[str, Any], name: str, value: bytes) -> bytes:
    """A JSON object with one member more, which is JSON already."""
    head = json.dumps(body, ensure_ascii=False).encode().removesuffix(b"}")
    return b'%b, "%b": %b}' % (head, name.encode(), value)


def _with_scenario(document: BaseModel, scenario: str) -> bytes:
    return with_member(document.model_dump(), "scenario", scenario.encode())


def _moment(milliseconds: int) -> str:
    written = moment(milliseconds)
    assert written is not None  # noqa: S101
    return written
