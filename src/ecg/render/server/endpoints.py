"""The routes of the render contract."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Request, Response

from ecg.jobs.monitoring.health import Health, HealthChecks
from ecg.jobs.monitoring.outlook import QueueStatus
from ecg.jobs.service import JOB_ID
from ecg.render.server.estimate import Estimates
from ecg.render.server.renders import Renders
from ecg.render.server.schemas import (
    Accepted,
    Cancelled,
    RenderRequest,
    RenderStatus,
)
from ecg.web import Caller, caller, problems

router = APIRouter(tags=["render"])
probes = APIRouter(tags=["operation"])

Authorized = Annotated[Caller, Depends(caller)]
JobIdInPath = Annotated[str, Path(pattern=f"^{JOB_ID.pattern}$", max_length=128)]


async def renders(request: Request) -> Renders:
    found: Renders = request.app.state.renders
    return found


async def estimates(request: Request) -> Estimates:
    found: Estimates = request.app.state.estimates
    return found


@router.post("/render", responses=problems(400, 401, 404, 409, 413, 422, 503))
async def accept(
    body: RenderRequest, who: Authorized, service: Annotated[Renders, Depends(renders)]
) -> Accepted:
    """Caption a video. The answer comes at once; follow the job by polling, events or callbacks."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return await service.accept(body, tenant_id=who.tenant_id, request_id=request_id)


@router.get("/api/render/{job_id}/status", responses=problems(401, 404, 422, 503))
async def status(
    job_id: JobIdInPath, who: Authorized, service: Annotated[Renders, Depends(renders)]
) -> RenderStatus:
    """How far a render is, and where its video is once it is done."""
    return await service.status(who.tenant_id, job_id)


@router.post("/api/render/{job_id}/cancel", responses=problems(401, 404, 422, 503))
async def cancel(
    job_id: JobIdInPath, who: Authorized, service: Annotated[Renders, Depends(renders)]
) -> Cancelled:
    """Stop a render; browser and encoder end within two seconds and nothing of it is kept."""
    return await service.cancel(who.tenant_id, job_id)


@router.get("/queue/status", responses=problems(401, 503))
async def queue_status(_who: Authorized, known: Annotated[Estimates, Depends(estimates)]) -> QueueStatus:
    """The render queue, and who works on it."""
    return await known.status()


@probes.get("/health", responses={503: {"model": Health, "description": "Not ready: see `broken`."}})
async def health(request: Request, response: Response) -> Health:
    """Alive and ready, or what is broken. Needs no token."""
    checks: HealthChecks = request.app.state.health
    found = await checks.look()
    response.status_code = 200 if found.ready else 503
    return found
