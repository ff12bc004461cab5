"""Puts exports together and where their routes find them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from ecg.exports import endpoints, project_endpoints
from ecg.exports.callbacks import callback_url
from ecg.exports.rate_limit import ExportRate
from ecg.exports.render_server import RenderServer, render_breaker
from ecg.exports.service import Exports
from ecg.exports.upkeep import keep_exports
from ecg.jobs.service import Jobs
from ecg.jobs.spine import background
from ecg.settings import Settings
from ecg.store import ObjectStore

ROUTERS: tuple[APIRouter, ...] = (
    endpoints.router,
    endpoints.callback_router,
    project_endpoints.project_router,
)
"""One after the other: FastAPI looks for a route twice in each router that another one includes."""


@asynccontextmanager
async def opened_exports(
    app: FastAPI, settings: Settings, jobs: Jobs, redis: Redis | None, store: ObjectStore
) -> AsyncIterator[Exports]:
    """Within the application's lifespan: what `ROUTERS` need, and what is done beside answering.

    The routes of projects need `app.state.projects` too, and `Idempotency-Key` `app.state.idempotency`.
    `Exports.render_server.breaker` is for `/health`.
    """
    server = RenderServer(settings, render_breaker(redis, settings))
    exports = Exports(settings, jobs, store, server, callback_url=callback_url(settings))
    app.state.exports = exports
    app.state.export_rate = ExportRate(redis, settings.render_requests_per_minute)
    try:
        async with background(keep_exports(exports)):
            yield exports
    finally:
        await server.close()
