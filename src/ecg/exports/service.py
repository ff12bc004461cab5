"""What people do with exports: ask for one, look, stop, list. Every call is within a tenant and a user.

An export is counted before the render server is asked, so that no two requests take the last place, and
forgotten again when that refuses. Where nobody knows whether it came through, it stays counted until the
upkeep has found out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import structlog
from anyio import to_thread
from pydantic import BaseModel, ValidationError

from ecg.database import Record
from ecg.errors import Conflict, EcgError, InputError, NotFound
from ecg.exports import repository
from ecg.exports.ids import EXPORT_ID, ExportIds, Kind, kind_of
from ecg.exports.quotas import Period, Quotas, Used
from ecg.exports.refusals import QuotaExceeded, RenderServerAway, RenderServerSlow
from ecg.exports.render_server import RenderServer
from ecg.exports.repository import NewExport, Owner
from ecg.exports.schemas import ExportStatus
from ecg.exports.settling import Settling
from ecg.exports.status import status_of_row, status_of_view
from ecg.exports.tasks import OVERLAY
from ecg.intake.video_input import locate
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.render.scenario_input import end_of, read_request_scenario
from ecg.render.schemas import RenderPayload
from ecg.settings import Settings
from ecg.store import ObjectStore, render_key
from ecg.web.callers import SERVICE

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Rows with their download links; `next_cursor` is None on the last page."""

    entries: list[tuple[Record, str | None]]
    next_cursor: str | None


class Exports:
    """Exports over one render server."""

    def __init__(
        self,
        settings: Settings,
        jobs: Jobs,
        store: ObjectStore,
        render_server: RenderServer,
        *,
        callback_url: str,
    ) -> None:
        self.settings = settings
        self.database = jobs.database
        self.render_server = render_server
        self.settling = Settling(jobs, render_server, reservation_seconds=settings.render_reservation_seconds)
        self._jobs = jobs
        self._store = store
        self._callback_url = callback_url
        self._quotas = Quotas.of(settings)
        self._ids = ExportIds(settings.secret("url_signing"))

    async def create(
        self,
        owner: Owner,
        payload: RenderPayload,
        *,
        kind: Kind = "video",
        project_id: str | None = None,
        seed: str | None = None,
        request_id: str | None = None,
    ) -> Record:
        """Have a video made; answers its row. The same `seed` is the same export.

        Raises ScenarioError, QuotaExceeded, what `locate` raises about the video, and what RenderServer
        raises.
        """
        milliseconds = await self._check(owner, payload)
        job_id = self._ids.new(kind, owner.tenant_id, owner.user_id, seed=seed)
        new = NewExport(
            job_id=job_id,
            kind=kind,
            format=payload.options.format,
            request_digest=_digest(kind, payload),
            reserved_ms=milliseconds,
            project_id=project_id,
        )
        known = await self._reserve(owner, new)
        if known is not None and known.request_digest != new.request_digest:
            raise Conflict(f"the export {job_id!r} is another one", hint="take another Idempotency-Key")
        if known is not None and known.state != repository.RESERVED:
            return known
        seconds = None
        try:
            seconds = await self._begin(owner, kind, job_id, payload, request_id)
        except EcgError as error:
            if not await self._came_through(owner, kind, job_id):
                if not _may_yet_come(error):
                    async with self.database.write() as connection:
                        await repository.release(connection, owner, job_id)
                raise
        async with self.database.write() as connection:
            await repository.accepted(connection, owner, job_id, estimated_seconds=seconds)
            row = await repository.find(connection, owner, job_id)
        return _found(row, job_id)

    async def status(self, owner: Owner, job_id: str) -> ExportStatus:
        """The export as it is now; no SQL while it runs or has just ended. Raises NotFound."""
        row = None
        if not self._ids.is_of(
            job_id, owner.tenant_id, owner.user_id
        ):  # made with a secret of earlier, or not theirs
            row = await self._row(owner, job_id)
        tenant_id = tenant_of(kind_of(job_id), owner.tenant_id)
        view = await self._jobs.live.read(tenant_id, job_id)
        if view is None:
            row = row or await self._row(owner, job_id)
            if row.finished_at is not None:
                return status_of_row(row, await self._link(row))
            try:
                view = await self._jobs.load(tenant_id, job_id)
            except NotFound:
                return await self._ask(row)
        link = None
        if view.state is State.DONE and (key := (view.result or {}).get("object_key")):
            link = await self._signed(key, f"{job_id}.{key.rpartition('.')[2]}")
        return status_of_view(view, link)

    async def cancel(self, owner: Owner, job_id: str) -> tuple[bool, str]:
        """Stop an export: whether that was possible, and what became of it. Raises NotFound."""
        row = await self._row(owner, job_id)
        if row.finished_at is not None:
            return False, f"the job had ended before: {row.state}"
        if row.kind == "overlay":
            view = await self._jobs.cancel(owner.tenant_id, job_id)
            await self.settling.settle_view(view)
            stopped = not view.state.final or view.state is State.CANCELLED
            return stopped, "the job is being stopped" if stopped else "the job had ended before"
        said = await self.render_server.cancel(job_id)
        if said is None:  # it never came through
            async with self.database.write() as connection:
                await repository.release(connection, owner, job_id)
            return True, "the job was cancelled before it began"
        await self.settling.look(row)
        return said.get("success") is True, str(said.get("message") or "")[:500]

    async def history(self, owner: Owner, *, cursor: str | None = None, limit: int = 10) -> HistoryPage:
        """The owner's exports, youngest first. Raises InputError for a cursor that is none of ours."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise InputError("the cursor is not one of ours", where="cursor")
        before = None if cursor is None else int(cursor)
        async with self.database.read() as connection:
            rows = await repository.page(connection, owner, before=before, limit=limit + 1)
        shown = [(row, await self._link(row)) for row in rows[:limit]]
        return HistoryPage(shown, str(shown[-1][0].serial) if len(rows) > limit else None)

    async def quotas(self, owner: Owner) -> tuple[Quotas, Used, Period]:
        """The owner's limits, what counts against them now, and until when."""
        async with self.database.read() as connection:
            own, used, period = await repository.usage(connection, owner)
        return self._quotas if own is None else self._quotas.with_own(own), used, period

    async def _check(self, owner: Owner, payload: RenderPayload) -> int:
        """The length that is reserved, in milliseconds: that of the scenario; the video is hardly shorter."""
        try:
            locate(payload.video_url, self.settings, owner.tenant_id)
        except InputError as error:
            error.where = "/videoUrl"
            raise
        scenario, _ = await to_thread.run_sync(
            lambda: read_request_scenario(payload.scenario, height=payload.options.height)
        )
        return round(end_of(scenario) * 1000)

    async def _reserve(self, owner: Owner, new: NewExport) -> Record | None:
        try:
            return await repository.reserve(self.database, owner, new, self._quotas)
        except QuotaExceeded as error:
            if error.quota_type != "concurrent" or not await self._settle_ended(owner):
                raise
        return await repository.reserve(self.database, owner, new, self._quotas)

    async def _settle_ended(self, owner: Owner) -> bool:
        """Whether an export that counted as open has ended: its news may still be on their way."""
        async with self.database.read() as connection:
            rows = await repository.open_of(connection, owner)
        settled = False
        for row in rows:
            view = await self._jobs.live.read(tenant_of(row.kind, row.tenant_id), row.job_id)
            if view is not None and view.state.final:
                settled = await self.settling.settle_view(view) or settled
        return settled

    async def _begin(
        self, owner: Owner, kind: Kind, job_id: str, payload: RenderPayload, request_id: str | None
    ) -> int | None:
        if kind == "overlay":
            await self._jobs.submit(
                OVERLAY,
                payload,
                tenant_id=owner.tenant_id,
                job_id=job_id,
                request_id=request_id,
            )
            return None
        body = {
            "jobId": job_id,
            "videoUrl": payload.video_url,
            "scenario": payload.scenario,
            "options": payload.options.model_dump(exclude_none=True),
            "callbackUrl": self._callback_url,
        }
        return await self.render_server.render(body)

    async def _came_through(self, owner: Owner, kind: Kind, job_id: str) -> bool:
        """Whether the job is there though its answer was lost; a repetition may find it, too."""
        try:
            await self._jobs.load(tenant_of(kind, owner.tenant_id), job_id)
        except NotFound:
            return False
        return True

    async def _row(self, owner: Owner, job_id: str) -> Record:
        if not EXPORT_ID.fullmatch(job_id):
            raise _missing(job_id)
        async with self.database.read() as connection:
            return _found(await repository.find(connection, owner, job_id), job_id)

    async def _ask(self, row: Record) -> ExportStatus:
        """A render server that shares no database with us is asked; what it cannot tell, the row does."""
        if row.kind == "video":
            try:
                said = await self.render_server.status(row.job_id)
                if said is not None:
                    return ExportStatus.model_validate(said)
            except (EcgError, ValidationError) as error:
                log.warning("the render server tells nothing of a job", job_id=row.job_id, error=str(error))
        return status_of_row(row, None)

    async def _link(self, row: Record) -> str | None:
        if row.state != repository.COMPLETED:
            return None
        tenant_id = tenant_of(row.kind, row.tenant_id)
        return await self._signed(render_key(tenant_id, row.job_id, row.format), f"{row.job_id}.{row.format}")

    async def _signed(self, key: str, name: str) -> str:
        seconds = self.settings.download_url_seconds
        return await to_thread.run_sync(
            lambda: self._store.download_url(key, seconds=seconds, file_name=name)
        )


def tenant_of(kind: str, tenant_id: str) -> str:
    """Whose job an export is on the spine: the render server's jobs are those of its caller, this server."""
    return SERVICE if kind == "video" else tenant_id


def _may_yet_come(error: EcgError) -> bool:
    """Whether the render server may still be at work on a request that got no answer."""
    return isinstance(error, RenderServerSlow) or (isinstance(error, RenderServerAway) and error.reached)


def _digest(kind: str, payload: BaseModel) -> str:
    return hashlib.sha256(f"{kind}\n{payload.model_dump_json()}".encode("utf-8", "surrogatepass")).hexdigest()


def _found(row: Record | None, job_id: str) -> Record:
    if row is None:
        raise _missing(job_id)
    return row


def _missing(job_id: str) -> NotFound:
    return NotFound(f"there is no export {job_id!r}", where="job_id")
