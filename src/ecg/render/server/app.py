"""The render server as an application: the contract's routes, jobs of any kind, files behind signed links."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request, Response

from ecg.intake.look import Looker
from ecg.jobs.endpoints import router as jobs_router
from ecg.jobs.monitoring.health import HealthChecks
from ecg.jobs.monitoring.metrics import SpineMetrics
from ecg.jobs.service import Jobs
from ecg.jobs.spine import Mode, Spine, background, open_spine, upkeep
from ecg.jobs.states import State
from ecg.metrics import CONTENT_TYPE, HttpMetrics, exposition, make_registry
from ecg.net import policy_of
from ecg.render.contract import DEFAULT_PUBLIC_URL
from ecg.render.server.endpoints import probes, router
from ecg.render.server.estimate import Estimates
from ecg.render.server.renders import Renders
from ecg.render.tasks import CALIBRATION, RENDER
from ecg.settings import Settings
from ecg.store import MeasuredStore, ObjectStore, keep_swept, open_store
from ecg.store.endpoints import files_router
from ecg.web import create_base_app

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 16 * 1024 * 1024
"""A scenario of 5 MB may be sent in escapes that take three times as much."""

OWN_TENANT = "system"
"""Whose jobs are the installation's own."""


def create_app(settings: Settings, *, mode: Mode = "standalone") -> FastAPI:
    """The application; its lifespan opens the spine and sends callbacks. Workers are other processes."""
    address = settings.public_url or DEFAULT_PUBLIC_URL
    registry = make_registry()
    objects = open_store(settings, public_url=address)
    store = MeasuredStore(objects, registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_spine(settings, mode=mode) as spine:
            provide(app, spine, store, own_url=address)
            app.state.metrics = SpineMetrics(
                registry, spine.database, spine.live, kinds=(RENDER,), silent_seconds=settings.lease_seconds
            )
            await calibrate(spine.jobs)
            async with upkeep(spine), background(keep_swept(store)):
                yield

    app = create_base_app("ECG render server", settings, lifespan=lifespan, max_body_bytes=MAX_BODY_BYTES)
    app.add_middleware(HttpMetrics, registry=registry)
    app.include_router(router)
    app.include_router(probes)
    app.include_router(jobs_router)
    app.include_router(files_router(objects))

    @app.get("/metrics", tags=["operation"], response_class=Response)
    async def metrics(request: Request) -> Response:
        """For Prometheus."""
        await request.app.state.metrics.refresh()
        return Response(exposition(registry), media_type=CONTENT_TYPE)

    return app


def provide(app: FastAPI, spine: Spine, store: ObjectStore, *, own_url: str) -> None:
    """Put what the routes need where they find it."""
    policy = policy_of(spine.settings, own_urls=[own_url])
    app.state.policy = policy
    app.state.jobs = spine.jobs
    app.state.events = spine.events
    app.state.callbacks = spine.callbacks
    app.state.estimates = Estimates(spine.jobs)
    app.state.renders = Renders(spine.jobs, Looker(spine.settings, store, policy), app.state.estimates)
    app.state.health = HealthChecks(spine.database, spine.redis, app.state.estimates, store.check)


async def calibrate(jobs: Jobs) -> None:
    """Have a worker measure how fast it renders, where nothing was ever measured."""
    if await jobs.measured_speed(RENDER) or await jobs.measured_speed(CALIBRATION):
        return
    waiting = await jobs.list(OWN_TENANT, kind=CALIBRATION, states=(State.PENDING, State.PROCESSING), limit=1)
    if not waiting.jobs:
        await jobs.submit(CALIBRATION, {}, tenant_id=OWN_TENANT, job_id=f"calibration-{secrets.token_hex(4)}")
        log.info("a worker will measure how fast this machine renders")
