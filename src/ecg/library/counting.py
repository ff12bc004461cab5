"""Counts analyses for the usage of their owners, once each, by how their job ended.

The job is asked, and not the speech server's word: a job may also end because it was cancelled, because its
file is no video, or because nobody could do it. Every API server looks; of two that find the same end one
counts it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.database import Record
from ecg.errors import NotFound
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.library import analysis_repository as repository
from ecg.library.analysis_repository import Place
from ecg.usage import Ending, record

log = structlog.get_logger(__name__)

ACTIVITY = "analysis"
PAUSE_SECONDS = 10.0
BATCH = 100
ENDINGS: dict[State, Ending] = {
    State.DONE: "succeeded",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


async def keep_counted(jobs: Jobs, *, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Look again and again, until cancelled."""
    while True:
        try:
            await count_ended(jobs)
        except (SQLAlchemyError, OSError) as error:
            log.warning("analyses cannot be counted", error=str(error))
        await asyncio.sleep(pause_seconds)


async def count_ended(jobs: Jobs) -> int:
    """Count those that have ended and are not counted yet; answers how many."""
    counted = 0
    after: Place | None = None
    while True:
        async with jobs.database.read() as connection:
            rows = await repository.uncounted(connection, after=after, limit=BATCH)
        for row in rows:
            try:
                view = await jobs.get(row.tenant_id, row.job_id)
            except NotFound:
                continue  # registered, and not submitted: whoever asks again submits it
            if view.state.final:
                counted += await _count(jobs, row, view)
        if len(rows) < BATCH:
            return counted
        after = Place(rows[-1].created_at, rows[-1].job_id)


async def _count(jobs: Jobs, row: Record, view: JobView) -> bool:
    ending = ENDINGS[view.state]
    async with jobs.database.write() as connection:
        if not await repository.keep_counted(connection, row.tenant_id, row.job_id, ending):
            return False
        await record(
            connection,
            row.tenant_id,
            row.owner_id,
            ACTIVITY,
            ending,
            media_ms=round(1000 * (json.loads(row.facts or "{}").get("duration") or 0)),
            work_ms=_milliseconds(view.started_at, view.finished_at),
        )
    return True


def _milliseconds(begin: str | None, end: str | None) -> int:
    if begin is None or end is None:
        return 0
    taken = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return max(0, round(taken.total_seconds() * 1000))
