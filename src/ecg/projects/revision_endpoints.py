"""The routes of a project's history. The application's state has `project_history` (History)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from ecg.accounts import CurrentUser
from ecg.projects.endpoints import PAGE, Cursor, Limit, ProjectId
from ecg.projects.history import History
from ecg.projects.preconditions import STALE, IfMatch, etag, precondition, stale_response
from ecg.projects.schemas import (
    RevisionDocument,
    RevisionList,
    SavedProject,
    revision_json,
    revision_summary,
    saved_document,
)
from ecg.projects.views import StaleVersion
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute

router = APIRouter(
    prefix="/api/projects/{project_id}/revisions", tags=["projects"], route_class=IdempotentRoute
)


async def history_of(request: Request) -> History:
    found: History = request.app.state.project_history
    return found


TheHistory = Annotated[History, Depends(history_of)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("", responses=problems(400, 401, 403, 404, 422, 503))
async def list_revisions(
    *,
    project_id: ProjectId,
    who: CurrentUser,
    history: TheHistory,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> RevisionList:
    """What the project was, youngest first; the first is what it is now."""
    page = await history.list(who.tenant_id, who.user_id, project_id, cursor=cursor, limit=limit)
    return RevisionList(
        revisions=[revision_summary(view) for view in page.revisions], next_cursor=page.next_cursor
    )


@router.get("/{version}", response_model=RevisionDocument, responses=problems(401, 403, 404, 422, 503))
async def get(project_id: ProjectId, version: Version, who: CurrentUser, history: TheHistory) -> Response:
    """The project as it was saved as this version."""
    revision = await history.get(who.tenant_id, who.user_id, project_id, version)
    return Response(revision_json(revision), media_type="application/json")


@router.post(
    "/{version}/restore",
    response_model=SavedProject,
    responses={**problems(401, 403, 404, 422, 503), 412: STALE[412]},
)
async def restore(
    *,
    request: Request,
    response: Response,
    project_id: ProjectId,
    version: Version,
    who: CurrentUser,
    history: TheHistory,
    if_match: IfMatch = None,
) -> SavedProject | Response:
    """Go back to a revision: its scenario becomes the next version, and nothing is lost."""
    condition = precondition(if_match)
    try:
        saved = await history.restore(
            who.tenant_id, who.user_id, project_id, version, expected=condition.expected
        )
    except StaleVersion as stale:
        return stale_response(request, stale, condition.status)
    response.headers.update(etag(saved.version))
    return saved_document(saved)
