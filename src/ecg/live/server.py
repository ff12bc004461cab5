"""`ecg live` as an application: recorders beside the routes that their video is fetched from.

It needs no accounts: whoever watches has a ticket from the API server. Heavy work has no place here; what is
done beside recording is small: naming files, one INSERT a recording, removing what is old.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from prometheus_client import Gauge, Histogram
from starlette.middleware.cors import CORSMiddleware

from ecg.accounts.browsers import allowed_origins
from ecg.event_loop_lag import EventLoopLag
from ecg.jobs.spine import background, open_spine
from ecg.live.alerts.opening import places_of, watch_of
from ecg.live.alerts.watch import keep_watch
from ecg.live.archives.retention import Retention
from ecg.live.look_requests import LookRequests
from ecg.live.places import live_root
from ecg.live.recording.camera_proxy import camera_proxy
from ecg.live.recording.host import Host
from ecg.live.viewing import endpoints as viewing_endpoints
from ecg.live.viewing.endpoints import Viewing
from ecg.messages import Messages
from ecg.metrics import CONTENT_TYPE, HttpMetrics, exposition, make_registry
from ecg.settings import Settings
from ecg.store import open_store
from ecg.web import Caller, caller, create_base_app, problems

REGISTERING_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0)


def create_app(settings: Settings, *, mode: str = "standalone") -> FastAPI:
    """The application; its lifespan holds cameras and lets them go."""
    store = open_store(settings)
    registry = make_registry()
    registering = Histogram(
        "ecg_archive_registering_seconds",
        "Registering the analysis of a closed recording.",
        buckets=REGISTERING_BUCKETS,
        registry=registry,
    )
    cameras = Gauge(
        "ecg_live_cameras", "Cameras that this host records, by state.", ["state"], registry=registry
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            open_spine(settings, mode="celery" if mode == "celery" else "standalone") as spine,
            camera_proxy(settings) as proxy,
        ):
            host = Host(spine, proxy=proxy, observe=registering.observe)
            retention = Retention(spine.database, settings, store, host.name)
            app.state.viewing = Viewing(spine.database, settings)
            app.state.live_host = host
            looks = LookRequests(spine.redis.client, settings, proxy=proxy)
            lag = EventLoopLag(registry)
            watch = watch_of(settings, spine.database, Messages(spine.jobs, settings).send)
            async with background(
                host.run(),
                retention.run(),
                looks.answer(),
                lag.watch(),
                keep_watch(watch, {**places_of(settings), "recordings": live_root(settings)}),
            ):
                yield

    app = create_base_app("ECG live", settings, lifespan=lifespan)
    app.add_middleware(HttpMetrics, registry=registry)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(allowed_origins(settings)),
        allow_methods=["GET", "HEAD"],
        allow_headers=["Range"],
        expose_headers=["Content-Range", "Accept-Ranges", "Content-Length"],
        max_age=600,
    )
    app.include_router(viewing_endpoints.router)

    @app.get("/health", tags=["operation"])
    async def health(request: Request) -> dict[str, object]:
        """Alive, and how many cameras are recorded here in which state."""
        host: Host = request.app.state.live_host
        return {"status": "ok", "cameras": _by_state(host)}

    @app.get("/metrics", tags=["operation"], response_class=Response, responses=problems(401))
    async def metrics(request: Request, _who: Annotated[Caller, Depends(caller)]) -> Response:
        """For Prometheus, with the service token; without one, on this machine alone."""
        cameras.clear()
        for state, count in _by_state(request.app.state.live_host).items():
            cameras.labels(state).set(count)
        return Response(exposition(registry), media_type=CONTENT_TYPE)

    return app


def _by_state(host: Host) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kept in host.cameras.values():
        counts[kept.state.state] = counts.get(kept.state.state, 0) + 1
    return counts
