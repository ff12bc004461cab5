"""The API server as an application: the routes of all features, limits, health and metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from fastapi import Depends, FastAPI, Request, Response
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from ecg.accounts.browsers import allowed_origins
from ecg.errors import StorageError
from ecg.event_loop_lag import EventLoopLag
from ecg.exports.tasks import OVERLAY
from ecg.gateway import health
from ecg.gateway.features import ROUTERS, opened_features
from ecg.gateway.timeouts import Timeouts
from ecg.jobs.monitoring.metrics import SpineMetrics
from ecg.jobs.spine import Mode, background, open_spine, upkeep
from ecg.library.tasks import ANALYSIS
from ecg.live.analysis.registering import KIND as ARCHIVE_ANALYSIS
from ecg.messages.tasks import MESSAGE
from ecg.metrics import CONTENT_TYPE, HttpMetrics, exposition, make_registry
from ecg.settings import Settings
from ecg.store import MeasuredStore, ObjectStore, open_store
from ecg.store.endpoints import files_router
from ecg.web import Caller, caller, create_base_app, problems
from ecg.web_app import serve_pages

log = structlog.get_logger(__name__)

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"
"""How a server is reached that nobody has told otherwise (PUBLIC_URL)."""
MAX_BODY_BYTES = 16 * 1024 * 1024
"""A scenario of 5 MB may be sent in escapes that take three times as much."""
ANSWER_SECONDS = 60.0
"""What a request may take beside waiting for the render server."""
STORE_PATH = "/files/"
"""Uploads behind signed links keep their own time."""
SHOWN_HEADERS = (
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Policy",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
)
"""What pages of other origins may read."""


def create_app(settings: Settings, *, mode: Mode = "standalone") -> FastAPI:
    """The application; its lifespan opens spine and features. Workers are other processes."""
    address = settings.public_url or DEFAULT_PUBLIC_URL
    registry = make_registry()
    objects = open_store(settings, public_url=address)
    store = MeasuredStore(objects, registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_spine(settings, mode=mode) as spine:
            kinds = (ANALYSIS, MESSAGE, OVERLAY, ARCHIVE_ANALYSIS)
            app.state.metrics = SpineMetrics(
                registry, spine.database, spine.live, kinds=kinds, silent_seconds=settings.lease_seconds
            )
            watched = background(EventLoopLag(registry).watch())
            async with upkeep(spine), watched, opened_features(app, spine, store):
                yield

    app = create_base_app("ECG API", settings, lifespan=lifespan, max_body_bytes=MAX_BODY_BYTES)
    seconds = ANSWER_SECONDS + settings.render_api_timeout
    app.user_middleware.append(Middleware(Timeouts, answer_seconds=seconds, exempt=(STORE_PATH,)))
    app.add_middleware(HttpMetrics, registry=registry)
    allow_pages(app, settings)
    for router in (*ROUTERS, health.router, files_router(objects)):
        app.include_router(router)

    @app.get("/metrics", tags=["operation"], response_class=Response, responses=problems(401))
    async def metrics(request: Request, _who: Annotated[Caller, Depends(caller)]) -> Response:
        """For Prometheus, with the service token; without one, on this machine alone."""
        await request.app.state.metrics.refresh()
        return Response(exposition(registry), media_type=CONTENT_TYPE)

    serve_pages(app, urls=video_urls(settings, store))
    return app


def video_urls(settings: Settings, store: ObjectStore) -> list[str]:
    """URLs of the servers that pages show video and stills of, beside this one."""
    urls = [url for url in (settings.public_url, settings.live_url) if url]
    if settings.s3_bucket is not None:
        try:
            urls.append(store.download_url("stills/any", seconds=60))
        except StorageError as error:  # nothing can be signed, so pages get no link either
            log.warning("links into the object store cannot be made", error=str(error))
    return urls


def allow_pages(app: FastAPI, settings: Settings) -> None:
    """Let our own pages and those of ALLOWED_ORIGINS call, with their cookies; no others."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(allowed_origins(settings)),
        allow_credentials=True,
        allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-ID"],
        expose_headers=SHOWN_HEADERS,
        max_age=600,
    )
