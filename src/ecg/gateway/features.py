"""Opens the features, in the order in which they need each other, and puts them where their routes look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.requests import HTTPConnection

from ecg.accounts import opening as accounts
from ecg.accounts import principal_of
from ecg.exports import opening as exports
from ecg.gateway.health import GatewayChecks
from ecg.jobs.monitoring.health import HealthChecks
from ecg.jobs.monitoring.outlook import Outlook
from ecg.jobs.spine import Spine, background
from ecg.library import opening as library
from ecg.library.counting import keep_counted
from ecg.library.speech_server import speech_breaker
from ecg.library.tasks import ANALYSIS, QUEUE
from ecg.library.upkeep import keep_uploads
from ecg.live import opening as live
from ecg.live.alerts.opening import places_of, provide_alerts
from ecg.live.alerts.watch import keep_watch
from ecg.live.reports.upkeep import keep_events
from ecg.messages import Messages, keep_messages
from ecg.messages import endpoints as messages_endpoints
from ecg.projects import History, Projects, keep_projects, revision_endpoints
from ecg.projects import endpoints as projects_endpoints
from ecg.store import ObjectStore, keep_swept
from ecg.usage import endpoints as usage_endpoints
from ecg.web.idempotency import Idempotency

ROUTERS: tuple[APIRouter, ...] = (
    *exports.ROUTERS,
    *library.ROUTERS,
    projects_endpoints.router,
    revision_endpoints.router,
    *accounts.ROUTERS,
    usage_endpoints.router,
    messages_endpoints.router,
    live.router,
)
"""Routes are looked for in this order, so what clients poll comes first."""


async def owner(connection: HTTPConnection) -> tuple[str, str]:
    """Whose `Idempotency-Key` a request carries; raises Unauthorized."""
    who = await principal_of(connection)
    return who.tenant_id, who.user_id


@asynccontextmanager
async def opened_features(app: FastAPI, spine: Spine, store: ObjectStore) -> AsyncIterator[None]:
    """Within the application's lifespan: what the routes need, and what is done beside answering."""
    settings, database, redis = spine.settings, spine.database, spine.redis.client
    messages = Messages(spine.jobs, settings)
    projects = Projects(database, settings)
    idempotency = Idempotency(database, owner)
    app.state.messages = messages
    app.state.projects = projects
    app.state.project_history = History(database, settings)
    app.state.idempotency = idempotency
    app.state.usage_database = database
    accounts.provide(app, settings, database, redis, messages.send)
    uploads = library.provide(app, settings, spine.jobs, store)
    live.provide(app, settings, spine.jobs, store, redis)
    watch = provide_alerts(app, settings, database, messages.send)
    outlook = Outlook(spine.jobs, queue=QUEUE, kinds=(ANALYSIS,))
    checks = HealthChecks(database, spine.redis, outlook, store.check)
    async with (
        exports.opened_exports(app, settings, spine.jobs, redis, store) as opened,
        background(
            keep_messages(messages, settings),
            keep_projects(projects, days=settings.project_trash_days),
            keep_uploads(uploads),
            keep_counted(spine.jobs),
            keep_swept(store),
            keep_watch(watch, places_of(settings)),
            keep_events(database, store, days=settings.event_days),
            idempotency.run(),
        ),
    ):
        breakers = (speech_breaker(redis, settings), opened.render_server.breaker)
        app.state.health = GatewayChecks(checks, breakers)
        yield
