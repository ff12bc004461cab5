"""The routes of projects. The application's state has `projects` (Projects); see `revision_endpoints` too."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ecg.accounts import CurrentUser
from ecg.errors import InputError
from ecg.projects.preconditions import STALE, IfMatch, etag, precondition, required, stale_response
from ecg.projects.schemas import (
    Copy,
    NewProject,
    ProjectChange,
    ProjectDocument,
    ProjectList,
    SavedProject,
    project_json,
    project_summary,
    saved_document,
)
from ecg.projects.service import PROJECT_ID, Projects
from ecg.projects.views import OpenProject, StaleVersion
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute, id_of

PAGE = 50
LONGEST_PAGE = 200

router = APIRouter(prefix="/api/projects", tags=["projects"], route_class=IdempotentRoute)


async def projects_of(request: Request) -> Projects:
    found: Projects = request.app.state.projects
    return found


TheProjects = Annotated[Projects, Depends(projects_of)]
ProjectId = Annotated[str, Path(pattern=f"^{PROJECT_ID.pattern}$", alias="project_id")]
Cursor = Annotated[str | None, Query(max_length=100, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]


@router.get("", responses=problems(400, 401, 403, 422, 503))
async def list_projects(
    *,
    who: CurrentUser,
    service: TheProjects,
    deleted: Annotated[bool, Query(description="Those in the trash")] = False,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> ProjectList:
    """Your projects, last changed first."""
    page = await service.list(who.tenant_id, who.user_id, deleted=deleted, cursor=cursor, limit=limit)
    return ProjectList(
        projects=[project_summary(view) for view in page.projects], next_cursor=page.next_cursor
    )


@router.post(
    "",
    status_code=201,
    response_model=ProjectDocument,
    responses=problems(400, 401, 403, 409, 413, 422, 503),
)
async def create(request: Request, body: NewProject, who: CurrentUser, service: TheProjects) -> Response:
    """Begin a project."""
    project_id = await service.create(
        who.tenant_id, who.user_id, body.name, body.scenario, project_id=id_of(request)
    )
    return _document(await service.get(who.tenant_id, who.user_id, project_id), 201)


@router.get("/{project_id}", response_model=ProjectDocument, responses=problems(401, 403, 404, 422, 503))
async def get(project_id: ProjectId, who: CurrentUser, service: TheProjects) -> Response:
    """A project with its scenario. `ETag` is its version."""
    return _document(await service.get(who.tenant_id, who.user_id, project_id))


@router.put(
    "/{project_id}",
    response_model=SavedProject,
    responses={**problems(400, 401, 403, 404, 413, 422, 428, 503), **STALE},
)
async def save(
    *,
    request: Request,
    response: Response,
    project_id: ProjectId,
    body: ProjectChange,
    who: CurrentUser,
    service: TheProjects,
    if_match: IfMatch = None,
) -> SavedProject | Response:
    """Save a change, as often as you like: what you save within some seconds is one revision."""
    if body.scenario is None and body.name is None:
        raise InputError(
            "there is nothing to save", where="/scenario", hint="send a scenario, a name or both"
        )
    condition = required(if_match, body.version)
    try:
        saved = await service.save(
            who.tenant_id,
            who.user_id,
            project_id,
            expected=condition.expected,
            scenario=body.scenario,
            name=body.name,
        )
    except StaleVersion as stale:
        return stale_response(request, stale, condition.status)
    response.headers.update(etag(saved.version))
    return saved_document(saved)


@router.delete(
    "/{project_id}", status_code=204, responses={**problems(401, 403, 404, 422, 503), 412: STALE[412]}
)
async def delete(
    *,
    request: Request,
    project_id: ProjectId,
    who: CurrentUser,
    service: TheProjects,
    for_good: Annotated[bool, Query(description="Not into the trash; also for what is there")] = False,
    if_match: IfMatch = None,
) -> Response:
    """Put a project into the trash, where it stays for some days."""
    if for_good:
        await service.erase(who.tenant_id, who.user_id, project_id)
        return Response(status_code=204)
    condition = precondition(if_match)
    try:
        await service.delete(who.tenant_id, who.user_id, project_id, expected=condition.expected)
    except StaleVersion as stale:
        return stale_response(request, stale, condition.status)
    return Response(status_code=204)


@router.post("/{project_id}/restore", responses=problems(401, 403, 404, 422, 503))
async def bring_back(project_id: ProjectId, who: CurrentUser, service: TheProjects) -> SavedProject:
    """Take a project out of the trash."""
    return saved_document(await service.bring_back(who.tenant_id, who.user_id, project_id))


@router.post(
    "/{project_id}/duplicate",
    status_code=201,
    response_model=ProjectDocument,
    responses=problems(401, 403, 404, 409, 422, 503),
)
async def duplicate(
    *,
    request: Request,
    project_id: ProjectId,
    who: CurrentUser,
    service: TheProjects,
    body: Copy | None = None,
) -> Response:
    """A project of its own that begins as this one is now; its history begins anew."""
    copy_id = await service.duplicate(
        who.tenant_id, who.user_id, project_id, name=body.name if body else None, copy_id=id_of(request)
    )
    return _document(await service.get(who.tenant_id, who.user_id, copy_id), 201)


def _document(project: OpenProject, status: int = 200) -> Response:
    headers = etag(project.version)
    if status == 201:
        headers["Location"] = f"/api/projects/{project.project_id}"
    return Response(project_json(project), status, headers, "application/json")
