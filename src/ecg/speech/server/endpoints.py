"""The routes of the speech contract."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.responses import JSONResponse

from ecg.jobs.monitoring.health import Health, HealthChecks
from ecg.jobs.monitoring.outlook import Outlook, QueueStatus
from ecg.jobs.service import JOB_ID
from ecg.speech.server.analyses import Analyses
from ecg.speech.server.refusing import PREFIX, note_job_id
from ecg.speech.server.schemas import Accepted, JobStatus, ProcessRequest, refusals
from ecg.web import Caller, caller, problems

router = APIRouter(prefix=PREFIX, tags=["speech"], dependencies=[Depends(note_job_id)])
probes = APIRouter(tags=["operation"])

Authorized = Annotated[Caller, Depends(caller)]
JobIdInPath = Annotated[str, Path(pattern=f"^{JOB_ID.pattern}$", max_length=128)]


async def analyses(request: Request) -> Analyses:
    found: Analyses = request.app.state.analyses
    return found


TheAnalyses = Annotated[Analyses, Depends(analyses)]


@router.post("/process-video", responses=refusals(400, 401, 404, 409, 413, 422, 503))
async def process(body: ProcessRequest, who: Authorized, service: TheAnalyses) -> Accepted:
    """Listen to a video. The answer comes at once; follow the job by polling, events or callbacks."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return await service.accept(body, tenant_id=who.tenant_id, request_id=request_id)


@router.get("/status/{job_id}", response_model=JobStatus, responses=refusals(401, 404, 422, 503))
async def status(job_id: JobIdInPath, who: Authorized, service: TheAnalyses) -> Response:
    """How far a job is, and its result once it is completed."""
    return JSONResponse(await service.status(who.tenant_id, job_id))  # as it is: results are large


@probes.get("/queue/status", responses=problems(401, 503))
async def queue_status(_who: Authorized, request: Request) -> QueueStatus:
    """The speech queue, and who works on it."""
    outlook: Outlook = request.app.state.outlook
    return await outlook.status()


@probes.get("/health", responses={503: {"model": Health, "description": "Not ready: see `broken`."}})
async def health(request: Request, response: Response) -> Health:
    """Alive and ready, or what is broken. Needs no token."""
    checks: HealthChecks = request.app.state.health
    found = await checks.look()
    response.status_code = 200 if found.ready else 503
    return found
