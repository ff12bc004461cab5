"""What clients and the speech server do with analyses: ask for one, look, tell."""

from __future__ import annotations

import json
from typing import Any

from anyio import to_thread

from ecg.database import Database, Record
from ecg.errors import Conflict, EcgError, MediaError, NotFound, TooLarge
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.library import analysis_repository, upload_repository
from ecg.library.hearing import keep_news
from ecg.library.keys import is_owner, new_job_id
from ecg.library.news import News
from ecg.library.schemas import AnalysisDocument, AnalysisPayload, AnalysisStatus
from ecg.library.tasks import ANALYSIS
from ecg.library.upload_repository import HANDED_IN, READY, REFUSED, Owner
from ecg.library.uploads import Uploads, check_open
from ecg.settings import Settings
from ecg.store import ObjectStore

STATUS: dict[State, AnalysisStatus] = {
    State.PENDING: "pending",
    State.PROCESSING: "processing",
    State.DONE: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "failed",  # clients of the contract know no other end
}


class Analyses:
    """Analyses on one spine. Clients' calls are within an owner."""

    def __init__(self, jobs: Jobs, store: ObjectStore, settings: Settings, uploads: Uploads) -> None:
        self.jobs = jobs
        self._database: Database = jobs.database
        self._store = store
        self._settings = settings
        self._uploads = uploads

    async def request(
        self, owner: Owner, file_key: str, *, language: str | None = None, request_id: str | None = None
    ) -> str:
        """Have an upload analysed; answers the job. Asked again, it is the same job unless that has failed.

        Raises NotFound, UploadClosed, UploadIncomplete, TooLarge, MediaError for an upload that was refused,
        and Conflict while it is analysed in another language.
        """
        upload = await self._uploads.find(owner, file_key)
        if upload.state == REFUSED:
            raise _refusal(upload)
        known = await self._running(upload, language)
        if known is None:
            if upload.state not in (HANDED_IN, READY):
                check_open(upload)
                await self._uploads.check_whole(upload)
            known = await self._register(owner, upload, language)
        # also when it is known: whoever registered it may have died before it came so far
        await self.jobs.submit(
            ANALYSIS, AnalysisPayload(), tenant_id=owner.tenant_id, job_id=known, request_id=request_id
        )
        return known

    async def status(self, owner: Owner, job_id: str) -> AnalysisDocument:
        """The analysis as it is now; no SQL while it runs or has just ended. Raises NotFound."""
        view = await self._view(owner, job_id)
        document = AnalysisDocument(
            job_id=job_id,
            status="processing" if view.stage is not None and not view.state.final else STATUS[view.state],
            progress=100 if view.state is State.DONE else view.progress,
            message=view.message,
            error_code=view.error_code,
            error_message=view.error_message,
        )
        if view.state is not State.DONE or view.result is None:
            return document
        brought = view.result
        result, link = await to_thread.run_sync(self._result_and_link, brought)
        return document.model_copy(
            update={
                "result": result,
                "project_id": brought["project_id"],
                "video_url": link,
                "note": brought["note"],
            }
        )

    async def cancel(self, owner: Owner, job_id: str) -> bool:
        """Stop it; False when it had ended before. Raises NotFound."""
        before = await self._view(owner, job_id)
        await self.jobs.cancel(owner.tenant_id, job_id)
        return not before.state.final

    async def hear(self, news: News) -> str | None:
        """Take what the speech server tells; answers why it was of no use, or None.

        Whoever calls this has made sure that it was the speech server.
        """
        async with self._database.read() as connection:
            row = await analysis_repository.find_by_id(connection, news.job_id)
        if row is None:
            return "there is no such job"
        if await self._has_ended(row):
            return "the job has ended"
        if news.status == "completed" and news.result is None:
            return "there is no result"
        if not await keep_news(self._database, self._store, row.tenant_id, news):
            return "this is known already"
        await self.jobs.wake(row.tenant_id, news.job_id)
        return None

    async def _has_ended(self, row: Record) -> bool:
        if row.state in (analysis_repository.COMPLETED, analysis_repository.FAILED):
            return True
        try:
            return (await self.jobs.get(row.tenant_id, row.job_id)).state.final
        except NotFound:
            return False

    async def _running(self, upload: Record, language: str | None) -> str | None:
        """The upload's job, unless another one is due."""
        if upload.job_id is None:
            return None
        job_id: str = upload.job_id
        async with self._database.read() as connection:
            analysis = await analysis_repository.find(connection, upload.tenant_id, job_id)
        try:
            state = (await self.jobs.get(upload.tenant_id, job_id)).state
        except NotFound:
            return job_id  # registered, and not submitted yet
        same = analysis is not None and analysis.language == language
        if state.final:
            return job_id if state is State.DONE and same else None
        if not same:
            raise Conflict(
                f"the video is being analysed already: {job_id}", where="/language", hint="cancel that first"
            )
        return job_id

    async def _register(self, owner: Owner, upload: Record, language: str | None) -> str:
        job_id = new_job_id(owner.user_id)
        async with self._database.write() as connection:
            first = await upload_repository.analyse_again(
                connection, owner.tenant_id, upload.upload_id, last=upload.job_id, job_id=job_id
            )
            if first:
                await analysis_repository.add(
                    connection,
                    owner.tenant_id,
                    job_id,
                    owner_id=owner.user_id,
                    upload_id=upload.upload_id,
                    language=language,
                )
        if first:
            return job_id
        now = await self._uploads.find(owner, upload.file_key)  # somebody asked at the same moment
        if now.job_id is None or now.job_id == upload.job_id:
            check_open(now)
            raise _refusal(now)
        return str(now.job_id)

    async def _view(self, owner: Owner, job_id: str) -> JobView:
        if is_owner(job_id, owner.user_id):
            view = await self.jobs.get(owner.tenant_id, job_id)
            if view.kind == ANALYSIS:
                return view
        raise NotFound(f"there is no analysis {job_id!r}", where="job_id")

    def _result_and_link(self, brought: dict[str, Any]) -> tuple[Any, str]:
        result = json.loads(b"".join(self._store.open_range(brought["result_key"])))
        link = self._store.download_url(
            brought["video_key"], seconds=self._settings.download_url_seconds, file_name=None
        )
        return result, link


def _refusal(upload: Record) -> EcgError:
    """Why it was refused, in the words of then."""
    message = upload.error_message or "the upload was refused"
    kind = TooLarge if upload.error_code == TooLarge.code else MediaError
    return kind(message, where="/file_key", hint="upload another file")
