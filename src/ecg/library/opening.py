"""What an application takes from here."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from ecg.jobs.service import Jobs
from ecg.library.analyses import Analyses
from ecg.library.callback_endpoints import router as callback_router
from ecg.library.endpoints import router as upload_router
from ecg.library.part_endpoints import router as part_router
from ecg.library.uploads import Uploads
from ecg.settings import Settings
from ecg.store import ObjectStore

ROUTERS: tuple[APIRouter, ...] = (upload_router, part_router, callback_router)
"""All routes of uploads and analyses, one router after the other: FastAPI looks for a route twice in each
router that another one includes."""


def provide(app: FastAPI, settings: Settings, jobs: Jobs, store: ObjectStore) -> Uploads:
    """Put what the routes need where they find it; answers what `keep_uploads` looks after."""
    uploads = Uploads(jobs.database, store, settings)
    app.state.uploads = uploads
    app.state.analyses = Analyses(jobs, store, settings, uploads)
    return uploads
