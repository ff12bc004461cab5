"""The job API: jobs of any kind over HTTP. Watching them is in `watch_endpoints`.

The application's state has `jobs` (`ecg.jobs.service.Jobs`), `events` (EventHub), `callbacks` (Callbacks) and
`settings`; `policy` (NetworkPolicy) where callbacks may go to servers of this installation.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.responses import JSONResponse

from ecg.errors import ConnectionFailed, EcgError, InputError, TimedOut
from ecg.jobs.callbacks.log import Callbacks
from ecg.jobs.schemas import (
    Delivery,
    DeliveryLog,
    JobDocument,
    JobIdInPath,
    JobList,
    JobRequest,
    delivery_document,
    job_document,
)
from ecg.jobs.service import JOB_ID, Jobs
from ecg.jobs.states import State
from ecg.jobs.watch_endpoints import router as watch_router
from ecg.net import NetworkPolicy, check_url, policy_of
from ecg.web import Caller, Refused, caller, problems

PAGE = 50
LONGEST_PAGE = 200


async def jobs_of(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


async def callbacks_of(request: Request) -> Callbacks:
    callbacks: Callbacks = request.app.state.callbacks
    return callbacks


async def policy(request: Request) -> NetworkPolicy:
    state = request.app.state
    known: NetworkPolicy | None = getattr(state, "policy", None)
    return known or policy_of(state.settings)


DeliveryId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Authorized = Annotated[Caller, Depends(caller)]
TheJobs = Annotated[Jobs, Depends(jobs_of)]
TheCallbacks = Annotated[Callbacks, Depends(callbacks_of)]

router = APIRouter(tags=["jobs"])
jobs = APIRouter(prefix="/api/v1/jobs")


@jobs.post(
    "/",
    status_code=202,
    response_model=JobDocument,
    responses={
        200: {"model": JobDocument, "description": "This request had been registered before"},
        202: {"description": "Registered"},
        **problems(400, 401, 409, 413, 422, 503),
    },
)
async def submit(
    body: JobRequest,
    who: Authorized,
    service: TheJobs,
    network: Annotated[NetworkPolicy, Depends(policy)],
    idempotency_key: Annotated[str | None, Header(pattern=f"^{JOB_ID.pattern}$")] = None,
) -> Response:
    """Register a job. `Idempotency-Key` is its id where the body names none."""
    if body.job_id and idempotency_key and body.job_id != idempotency_key:
        raise InputError("job_id and Idempotency-Key differ", where="/job_id", hint="send one of them")
    if body.callback_url is not None:
        await check_callback_url(body.callback_url, network)
    submitted = await service.submit(
        body.kind,
        body.payload,
        tenant_id=who.tenant_id,
        job_id=body.job_id or idempotency_key,
        callback_url=body.callback_url,
        request_id=request_id(),
    )
    where = {"Location": f"/api/v1/jobs/{submitted.view.job_id}/"}
    return JSONResponse(job_document(submitted.view), 202 if submitted.created else 200, where)


@jobs.get("/", responses=problems(400, 401, 422, 503))
async def list_jobs(
    *,
    who: Authorized,
    service: TheJobs,
    kind: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = None,
    state: Annotated[list[State] | None, Query(description="Any of these")] = None,
    cursor: Annotated[
        str | None, Query(max_length=64, description="`next_cursor` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
) -> JobList:
    """Jobs, youngest first."""
    page = await service.list(who.tenant_id, kind=kind, states=tuple(state or ()), cursor=cursor, limit=limit)
    documents = [JobDocument.model_validate(job_document(view)) for view in page.jobs]
    return JobList(jobs=documents, next_cursor=page.next_cursor)


@jobs.get("/{job_id}/", response_model=JobDocument, responses=problems(401, 404, 422, 503))
async def get(job_id: JobIdInPath, who: Authorized, service: TheJobs) -> Response:
    """The job as it is now."""
    return JSONResponse(job_document(await service.get(who.tenant_id, job_id)))


@jobs.post("/{job_id}/cancel/", response_model=JobDocument, responses=problems(401, 404, 422, 503))
async def cancel(job_id: JobIdInPath, who: Authorized, service: TheJobs) -> Response:
    """Stop a job: at once when it waits, within two seconds when it runs. A finished one stays as it is."""
    return JSONResponse(job_document(await service.cancel(who.tenant_id, job_id)))


@jobs.post(
    "/{job_id}/retry/",
    status_code=202,
    response_model=JobDocument,
    responses={202: {"description": "Registered as a new job"}, **problems(400, 401, 404, 409, 422, 503)},
)
async def retry(job_id: JobIdInPath, who: Authorized, service: TheJobs) -> Response:
    """Do a failed or cancelled job again, as a new job."""
    view = await service.retry(who.tenant_id, job_id, request_id=request_id())
    return JSONResponse(job_document(view), 202, {"Location": f"/api/v1/jobs/{view.job_id}/"})


@jobs.get("/{job_id}/callbacks/", responses=problems(401, 404, 422, 503))
async def callbacks(job_id: JobIdInPath, who: Authorized, service: TheJobs, log: TheCallbacks) -> DeliveryLog:
    """What was sent to the job's callback URL, and what came back."""
    await service.get(who.tenant_id, job_id)
    return DeliveryLog(deliveries=[delivery_document(each) for each in await log.log(who.tenant_id, job_id)])


@router.post(
    "/api/v1/callbacks/{delivery_id}/redeliver/", status_code=202, responses=problems(401, 404, 422, 503)
)
async def redeliver(delivery_id: DeliveryId, who: Authorized, log: TheCallbacks) -> Delivery:
    """Send a callback again, under the same id."""
    return delivery_document(await log.redeliver(who.tenant_id, delivery_id))


async def check_callback_url(url: str, network: NetworkPolicy) -> None:
    """Refuse early what could never be delivered; each delivery checks again."""
    try:
        await check_url(url, network)
    except (InputError, ConnectionFailed, TimedOut) as error:
        raise Refused(400, _at(error, "/callback_url")) from None


def request_id() -> str | None:
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


def _at(error: EcgError, where: str) -> EcgError:
    error.where = where
    return error


router.include_router(jobs)
router.include_router(watch_router)
