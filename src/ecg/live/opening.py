"""Puts live monitoring together for an application, and where its routes find it.

Rooms join by a router in `router`, and by what `provide` puts into the application's state.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from ecg.jobs.service import Jobs
from ecg.live.alerts import endpoints as alerts_endpoints
from ecg.live.analysis import endpoints as analysis_endpoints
from ecg.live.analysis.repository import forget_camera as forget_analyses_of_camera
from ecg.live.analysis.service import Analyses
from ecg.live.archives.service import Archives
from ecg.live.cameras import endpoints as cameras_endpoints
from ecg.live.cameras.service import Cameras
from ecg.live.look_requests import LookRequests
from ecg.live.reports import endpoints as reports_endpoints
from ecg.live.reports.service import Reports
from ecg.live.viewing import archive_endpoints, stream_endpoints
from ecg.live.viewing import endpoints as viewing_endpoints
from ecg.live.viewing.endpoints import Viewing
from ecg.live.waking import CameraWaking
from ecg.settings import Settings
from ecg.store import ObjectStore

router = APIRouter()
"""All routes below /api/live-monitoring."""
for part in (
    stream_endpoints.router,
    cameras_endpoints.router,
    archive_endpoints.router,
    viewing_endpoints.router,
    analysis_endpoints.router,
    reports_endpoints.router,
    alerts_endpoints.router,
):
    router.include_router(part)


def provide(app: FastAPI, settings: Settings, jobs: Jobs, store: ObjectStore, redis: Redis | None) -> Cameras:
    """Put what the routes need where they find it."""
    cameras = Cameras(
        jobs.database, settings, CameraWaking(jobs.live), store, forgetting=(forget_analyses_of_camera,)
    )
    app.state.cameras = cameras
    app.state.archives = Archives(jobs.database)
    app.state.viewing = Viewing(jobs.database, settings)
    app.state.look_requests = LookRequests(redis, settings)
    app.state.recording_analyses = Analyses(
        jobs.database, jobs, store, link_seconds=settings.download_url_seconds
    )
    app.state.reports = Reports(jobs.database, store)
    return cameras
