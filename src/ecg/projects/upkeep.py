"""Empties the trash: what every API server does for projects."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.projects import repository
from ecg.projects.service import Projects

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 3600.0


async def keep_projects(projects: Projects, *, days: float, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Look again and again, until cancelled; `days` is how long the trash is kept."""
    while True:
        try:
            if count := await empty_trash(projects, days=days):
                log.info("projects in the trash were removed", count=count)
        except (SQLAlchemyError, OSError) as error:
            log.warning("the trash cannot be emptied", error=str(error))
        await asyncio.sleep(pause_seconds)


async def empty_trash(projects: Projects, *, days: float) -> int:
    """Remove what has been in the trash for longer; answers how many."""
    removed = 0
    while True:
        async with projects.database.write() as connection:
            count = await repository.purge(connection, seconds=days * 86400)
        removed += count
        if not count:
            return removed
