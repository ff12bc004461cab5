"""The routes of uploads and analyses. The application's state has `uploads` (Uploads), `analyses` (Analyses)
and `settings`. Uploads in parts are in `part_endpoints`; what the speech server calls is in
`callback_endpoints`.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from ecg.accounts import CurrentUser, Principal
from ecg.library.analyses import Analyses
from ecg.library.schemas import (
    AnalysisDocument,
    NewUploadAnswer,
    NewUploadRequest,
    ProcessAnswer,
    ProcessRequest,
    headers_of,
)
from ecg.library.upload_repository import Owner
from ecg.library.uploads import Uploads
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/upload-video", tags=["uploads"], route_class=IdempotentRoute)


async def uploads_of(request: Request) -> Uploads:
    found: Uploads = request.app.state.uploads
    return found


async def analyses_of(request: Request) -> Analyses:
    found: Analyses = request.app.state.analyses
    return found


def owner_of(who: Principal) -> Owner:
    return Owner(who.tenant_id, who.user_id)


TheUploads = Annotated[Uploads, Depends(uploads_of)]
TheAnalyses = Annotated[Analyses, Depends(analyses_of)]
AnalysisId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,128}$", alias="job_id")]


class Cancelled(BaseModel):
    success: bool
    """False when the job had ended before."""
    message: str


@router.post("/generate-url", responses=problems(400, 401, 403, 409, 413, 422, 503))
async def generate_url(body: NewUploadRequest, who: CurrentUser, service: TheUploads) -> NewUploadAnswer:
    """A link to upload a video to, straight into the store."""
    begun = await service.begin(
        owner_of(who), file_name=body.file_name, file_type=body.file_type, file_size=body.file_size
    )
    return NewUploadAnswer(
        upload_url=begun.signed.url,
        file_key=begun.file_key,
        expires_at=begun.expires_at,
        headers=headers_of(begun.signed),
        max_size=begun.max_size,
    )


@router.post("/request-process", responses=problems(400, 401, 403, 404, 409, 413, 422, 503))
async def request_process(body: ProcessRequest, who: CurrentUser, service: TheAnalyses) -> ProcessAnswer:
    """Have an uploaded video analysed. The same request again is the same job."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    job_id = await service.request(
        owner_of(who), body.file_key, language=body.language, request_id=request_id
    )
    return ProcessAnswer(message="the video is being analysed", job_id=job_id)


@router.get("/status/{job_id}", responses=problems(401, 403, 404, 422, 503))
async def status(job_id: AnalysisId, who: CurrentUser, service: TheAnalyses) -> AnalysisDocument:
    """How far an analysis is, and what it brought."""
    return await service.status(owner_of(who), job_id)


@router.post("/cancel/{job_id}", responses=problems(401, 403, 404, 422, 503))
async def cancel(job_id: AnalysisId, who: CurrentUser, service: TheAnalyses) -> Cancelled:
    """Stop an analysis."""
    stopped = await service.cancel(owner_of(who), job_id)
    message = "the analysis is being stopped" if stopped else "the analysis had ended before"
    return Cancelled(success=stopped, message=message)
