"""The speech server as an application: the contract's routes, jobs of any kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from ecg.intake.look import Looker
from ecg.jobs.endpoints import router as jobs_router
from ecg.jobs.monitoring.health import HealthChecks
from ecg.jobs.monitoring.metrics import SpineMetrics
from ecg.jobs.monitoring.outlook import Outlook
from ecg.jobs.spine import Mode, Spine, background, open_spine, upkeep
from ecg.metrics import CONTENT_TYPE, HttpMetrics, exposition, make_registry
from ecg.net import policy_of
from ecg.settings import Settings
from ecg.speech.kept_pieces import keep_swept as keep_pieces_swept
from ecg.speech.server.analyses import Analyses
from ecg.speech.server.endpoints import probes, router
from ecg.speech.server.refusing import PREFIX, in_contract_shape
from ecg.speech.tasks import QUEUE, SPEECH
from ecg.store import MeasuredStore, ObjectStore, keep_swept, open_store
from ecg.store.endpoints import files_router
from ecg.web import create_base_app

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8080"
"""How a server is reached that nobody has told otherwise (PUBLIC_URL)."""

MAX_BODY_BYTES = 1024 * 1024

ASSUMED_SPEED = 2.0
"""Seconds of sound a second, until one job is done: the default engine on two cores (README)."""


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
                registry, spine.database, spine.live, kinds=(SPEECH,), silent_seconds=settings.lease_seconds
            )
            async with upkeep(spine), background(keep_swept(store), keep_pieces_swept(store)):
                yield

    app = create_base_app(
        "ECG speech server",
        settings,
        lifespan=lifespan,
        error_shapes={PREFIX: in_contract_shape},
        max_body_bytes=MAX_BODY_BYTES,
    )
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
    outlook = Outlook(spine.jobs, queue=QUEUE, kinds=(SPEECH,), assumed_speed=ASSUMED_SPEED)
    looker = Looker(spine.settings, store, policy, where="/video_url", sound_alone=True)
    app.state.policy = policy
    app.state.jobs = spine.jobs
    app.state.events = spine.events
    app.state.callbacks = spine.callbacks
    app.state.outlook = outlook
    app.state.analyses = Analyses(spine.jobs, looker, outlook)
    app.state.health = HealthChecks(spine.database, spine.redis, outlook, store.check)
