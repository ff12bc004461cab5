"""How exports end here: by the render server's callbacks, or by looking when those stay away.

What ends an export and what is added to its owner's usage is one transaction, and happens once, however
often and in whatever order the news come.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from ecg.database import Database, Record
from ecg.errors import EcgError, NotFound
from ecg.exports import repository
from ecg.exports.ids import EXPORT_ID
from ecg.exports.render_server import RenderServer
from ecg.exports.repository import CANCELLED, COMPLETED, RESERVED, Outcome, Owner
from ecg.exports.schemas import Heard, RenderNews
from ecg.exports.status import milliseconds, outcome_of_status, outcome_of_view
from ecg.jobs.service import Jobs
from ecg.jobs.view import JobView
from ecg.usage import record
from ecg.web.callers import SERVICE

log = structlog.get_logger(__name__)


class Settling:
    """`reservation_seconds`: an export that the render server does not know counts no longer than that."""

    def __init__(self, jobs: Jobs, render_server: RenderServer, *, reservation_seconds: float) -> None:
        self._jobs = jobs
        self._database: Database = jobs.database
        self._render_server = render_server
        self._reservation = reservation_seconds

    async def hear(self, news: RenderNews) -> Heard:
        """A callback, proved to come from the render server."""
        row = None
        if EXPORT_ID.fullmatch(news.job_id):
            async with self._database.read() as connection:
                row = await repository.find_by_job(connection, news.job_id)
        if row is None:
            return Heard(status="ignored", reason="there is no such job")
        if row.finished_at is not None:
            return Heard(status="ignored", reason="the job has ended")
        if news.status == "processing":
            async with self._database.write() as connection:
                await repository.begun(connection, news.job_id)
            return Heard(status="ok")
        cancelled = news.status == "failed" and news.error_code == "CANCELLED"
        outcome = Outcome(
            state=CANCELLED if cancelled else news.status,
            duration_ms=milliseconds(news.duration),
            file_size=news.file_size,
            error_code=_kept((news.error_code or "RENDER_ERROR")[:64]) if news.status == "failed" else None,
            error_message=_kept(news.error_message),
        )
        if await self.settle(row.job_id, outcome):
            return Heard(status="ok")
        return Heard(status="ignored", reason="the job has ended")

    async def settle_view(self, view: JobView) -> bool:
        """By the job's own state; False when it has not ended, or was settled before."""
        if not view.state.final:
            return False
        work = None
        if view.started_at and view.finished_at:
            taken = datetime.fromisoformat(view.finished_at) - datetime.fromisoformat(view.started_at)
            work = max(0, round(taken.total_seconds() * 1000))
        return await self.settle(view.job_id, outcome_of_view(view), work_ms=work)

    async def settle(self, job_id: str, outcome: Outcome, *, work_ms: int | None = None) -> bool:
        """End an export here and count it; False when that was done before.

        `work_ms`: how long it took, where that is known better than by the news of its begin and end.
        """
        async with self._database.write() as connection:
            if not await repository.settle(connection, job_id, outcome):
                return False
            row = await repository.find_by_job(connection, job_id)
            assert row is not None  # noqa: S101  # it was changed just now
            if work_ms is None:
                work_ms = row.finished_at - (row.started_at or row.created_at)
            await record(
                connection,
                row.tenant_id,
                row.user_id,
                "export",
                "succeeded"
                if outcome.state == COMPLETED
                else "cancelled"
                if outcome.state == CANCELLED
                else "failed",
                media_ms=outcome.duration_ms or row.reserved_ms,
                work_ms=max(0, work_ms),
            )
        log.info("an export has ended", job_id=job_id, state=outcome.state, code=outcome.error_code)
        return True

    async def look(self, row: Record, *, age_ms: int = 0) -> None:
        """Find out what became of an export that is not known to have ended.

        One that nobody knows is forgotten when it is older than a reservation lasts.
        """
        tenant_id = SERVICE if row.kind == "video" else row.tenant_id
        try:
            view = await self._jobs.get(tenant_id, row.job_id)
        except NotFound:
            await self._ask(row, age_ms)
            return
        if view.state.final:
            await self.settle_view(view)
        elif view.started_at is not None and row.started_at is None:
            async with self._database.write() as connection:
                await repository.begun(connection, row.job_id)

    async def _ask(self, row: Record, age_ms: int) -> None:
        said = None
        if row.kind == "video":
            try:
                said = await self._render_server.status(row.job_id)
            except EcgError as error:  # the next look may find out
                log.warning("the render server tells nothing of a job", job_id=row.job_id, error=str(error))
                if age_ms < 10 * self._reservation * 1000:
                    return
        if said is not None:
            outcome = outcome_of_status(said)
            if outcome is not None:
                await self.settle(row.job_id, outcome)
            elif said.get("status") == "processing":
                async with self._database.write() as connection:
                    await repository.begun(connection, row.job_id)
        elif age_ms >= self._reservation * 1000:
            await self._forget(row)

    async def _forget(self, row: Record) -> None:
        """Nobody knows of it: it never began, or the render server has lost it."""
        if row.state == RESERVED:
            owner = Owner(row.tenant_id, row.user_id)
            async with self._database.write() as connection:
                gone = await repository.release(connection, owner, row.job_id)
            if gone:
                log.info("an export that never began counts no more", job_id=row.job_id)
            return
        lost = Outcome(
            state="failed", error_code="RENDER_ERROR", error_message="the render server has lost the job"
        )
        await self.settle(row.job_id, lost)


def _kept(text: str | None) -> str | None:
    return None if text is None else text[:4000].replace("\0", "\N{REPLACEMENT CHARACTER}")
