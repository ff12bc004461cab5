"""Puts live monitoring together for an application, and where its routes find it.

Rooms join by a router in `router`, and by what `provide` puts into the application's state.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from ecg.jobs.service import Jobs
from ecg.live.alerts import endpoints as alerts_endpoints
from ecg.live.analysis import endpoints as analysis_endpoints
from ecg.live.analysis.service import Analyses
from ecg.live.cameras import endpoints as cameras_endpoints
from ecg.live.cameras.service import Cameras
from ecg.live.reports import endpoints as reports_endpoints
from ecg.live.reports.service import Reports
from ecg.live.waking import CameraWaking
from ecg.settings import Settings
from ecg.store import ObjectStore

router = APIRouter()
"""All routes below /api/live-monitoring."""
for part in (
    cameras_endpoints.router,
    analysis_endpoints.router,
    reports_endpoints.router,
    alerts_endpoints.router,
):
    router.include_router(part)


def provide(app: FastAPI, settings: Settings, jobs: Jobs, store: ObjectStore) -> Cameras:
    """Put what the routes need where they find it."""
    cameras = Cameras(jobs.database, settings, CameraWaking(jobs.live))
    app.state.cameras = cameras
    app.state.analyses = Analyses(jobs.database, jobs, store, link_seconds=settings.download_url_seconds)
    app.state.reports = Reports(jobs.database, store)
    return cameras
