"""The routes of the export contract. The application's state has `exports` and `export_rate`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from ecg.accounts import CurrentUser
from ecg.errors import InputError
from ecg.exports import answers
from ecg.exports.asking import ask_for
from ecg.exports.callbacks import check_signature
from ecg.exports.repository import Owner
from ecg.exports.schemas import (
    Cancelled,
    Created,
    CreateExport,
    ExportStatus,
    Heard,
    History,
    QuotaStates,
    RenderNews,
)
from ecg.exports.service import Exports
from ecg.render.schemas import OutputOptions, RenderPayload
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/render", tags=["exports"], route_class=IdempotentRoute)
callback_router = APIRouter(prefix="/api/render", tags=["callbacks"])


async def exports_of(request: Request) -> Exports:
    found: Exports = request.app.state.exports
    return found


TheExports = Annotated[Exports, Depends(exports_of)]
ExportId = Annotated[str, Path(max_length=128)]


@router.post(
    "/create",
    response_model=Created,
    responses={**problems(400, 401, 403, 404, 409, 413, 422, 503, 504), **answers.REFUSED},
)
async def create(body: CreateExport, who: CurrentUser, request: Request) -> Response:
    """Caption a video. The answer comes at once; follow the export by polling its status."""
    payload = RenderPayload(
        video_url=body.video_url, scenario=body.scenario, options=body.options or OutputOptions()
    )
    return await ask_for(request, who, payload)


@router.get("/history", responses=problems(400, 401, 403, 422, 503))
async def history(
    who: CurrentUser,
    service: TheExports,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    cursor: Annotated[
        str | None, Query(max_length=20, description="`next_cursor` of the page before")
    ] = None,
) -> History:
    """Your exports, youngest first."""
    owner = Owner(who.tenant_id, who.user_id)
    return answers.history(await service.history(owner, cursor=cursor, limit=limit))


@router.get("/quotas", responses=problems(401, 403, 503))
async def quotas(who: CurrentUser, service: TheExports) -> QuotaStates:
    """Your limits, what counts against them now, and when they begin anew."""
    return answers.quota_states(*await service.quotas(Owner(who.tenant_id, who.user_id)))


@router.get("/{job_id}/status", responses=problems(401, 403, 404, 422, 503))
async def status(job_id: ExportId, who: CurrentUser, service: TheExports) -> ExportStatus:
    """How far an export is, and where its video is once it is done."""
    return await service.status(Owner(who.tenant_id, who.user_id), job_id)


@router.post("/{job_id}/cancel", responses=problems(401, 403, 404, 422, 503, 504))
async def cancel(job_id: ExportId, who: CurrentUser, service: TheExports) -> Cancelled:
    """Stop an export; nothing of it is kept."""
    success, message = await service.cancel(Owner(who.tenant_id, who.user_id), job_id)
    return Cancelled(success=success, message=message)


@callback_router.post(
    "/callback",
    responses=problems(400, 401, 413, 503),
    openapi_extra={
        "requestBody": {
            "content": {"application/json": {"schema": RenderNews.model_json_schema()}},
            "required": True,
        }
    },
)
async def callback(request: Request, service: TheExports) -> Heard:
    """What the render server tells of its jobs, signed (Standard Webhooks). Not for other clients."""
    body = await request.body()
    check_signature(service.settings, body, request.headers)
    try:
        news = RenderNews.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = "/" + "/".join(str(step) for step in fault["loc"])
        raise InputError(f"the callback cannot be read: {fault['msg']}", where=where) from None
    return await service.settling.hear(news)
