"""Exports of a project: its captions as a file at once, or as an overlay that a worker draws."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request, Response

from ecg.accounts import CurrentUser
from ecg.exports import answers
from ecg.exports.asking import ask_for
from ecg.exports.documents import MEDIA_TYPES, DocumentFormat, document_of
from ecg.exports.schemas import Created, OverlayOptions
from ecg.projects import Projects
from ecg.projects.service import PROJECT_ID
from ecg.render.schemas import OutputOptions, RenderPayload
from ecg.store.disposition import attachment
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute

project_router = APIRouter(prefix="/api/projects/{project_id}", tags=["exports"], route_class=IdempotentRoute)

ProjectId = Annotated[str, Path(pattern=f"^{PROJECT_ID.pattern}$")]


@project_router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "description": "The captions as a file",
            "content": {
                media_type.partition(";")[0]: {"schema": {"type": "string"}}
                for media_type in MEDIA_TYPES.values()
            },
        },
        **problems(400, 401, 403, 404, 422, 503),
    },
)
async def export_document(
    project_id: ProjectId,
    who: CurrentUser,
    request: Request,
    form: Annotated[DocumentFormat, Query(alias="format")],
) -> Response:
    """The captions of a project, as a file to save."""
    projects: Projects = request.app.state.projects
    project = await projects.get(who.tenant_id, who.user_id, project_id)
    document = await to_thread.run_sync(document_of, project.name, project.scenario, form)
    return Response(
        document.content,
        headers={"Content-Disposition": attachment(document.name), "ETag": f'"{project.version}-{form}"'},
        media_type=document.media_type,
    )


@project_router.post(
    "/overlay",
    response_model=Created,
    responses={**problems(400, 401, 403, 404, 409, 413, 422, 503), **answers.REFUSED},
)
async def export_overlay(
    project_id: ProjectId, body: OverlayOptions, who: CurrentUser, request: Request
) -> Response:
    """The captions of a project alone, with transparency, to lay over the video in an editing program.

    Follow it like any other export.
    """
    projects: Projects = request.app.state.projects
    project = await projects.get(who.tenant_id, who.user_id, project_id)
    options = OutputOptions(width=body.width, height=body.height, fps=body.fps, format=body.format)
    payload = RenderPayload(video_url=body.video_url, scenario=project.scenario, options=options)
    return await ask_for(request, who, payload, kind="overlay", project_id=project_id)
