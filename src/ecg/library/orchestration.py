"""One analysis, from the upload that was handed in to the project.

    look at the file ──► call the speech server ──► wait ──► result, scenario, project
                                                    ▲ │
                             a callback wakes it ───┘ └── else it asks, now and then

The job holds no worker while it waits: it ends its run with `Later`, and begins here again, reading from the
tables how far it came. Whatever it does before is done once, or does no harm when done twice.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, NoReturn

from ecg.database import Database, Record
from ecg.errors import ConnectionFailed, EcgError, InputError, MediaError, NotFound, ScenarioError, TooLarge
from ecg.jobs.kinds import JobContext, Later
from ecg.library import analysis_repository as analyses
from ecg.library import upload_repository as uploads
from ecg.library.callbacks import callback_base
from ecg.library.examination import Examination, close_upload
from ecg.library.hearing import keep_news
from ecg.library.keys import project_id_of, result_key
from ecg.library.news import UNEXPLAINED, News, SpeechServerError, reported
from ecg.library.scenarios import scenario_of
from ecg.library.schemas import AnalysisDone
from ecg.library.speech_server import (
    Call,
    SpeechServer,
    SpeechServerAway,
    SpeechServerBroke,
    SpeechServerSlow,
    UnknownThere,
)
from ecg.projects import Projects, TooManyProjects
from ecg.settings import Settings
from ecg.store import ObjectStore

VIDEO_LINK_SECONDS = 24 * 3600
"""How long the speech server may let a video wait before it fetches it."""
CHECKING = "checking"
WAITING = "analysing"


class Orchestration:
    """One run of one job."""

    def __init__(
        self,
        job: JobContext,
        settings: Settings,
        database: Database,
        store: ObjectStore,
        server: SpeechServer,
    ) -> None:
        self._job = job
        self._settings = settings
        self._database = database
        self._store = store
        self._server = server
        self._trouble: EcgError | None = None
        """Why the speech server could not tell, when it was asked in this run."""

    async def run(self) -> AnalysisDone:
        """Raises Later while the speech server is at work, and what ends the analysis for good."""
        analysis = await self._analysis()
        try:
            if analysis.state in (analyses.NEW, analyses.CALLED):
                await self._advance(analysis)
                analysis = await self._analysis()
            if analysis.state == analyses.FAILED:
                raise reported(analysis.error_code, analysis.error_message or UNEXPLAINED)
            if analysis.state != analyses.COMPLETED:
                self._wait(analysis)
            return await self._finish(analysis)
        except EcgError as error:
            if not error.retryable:
                await self._keep_failure(error)
            raise

    async def _advance(self, analysis: Record) -> None:
        if analysis.called_at is None:
            upload = await self._accepted_upload(analysis)
            await self._call(analysis, upload)
            return
        quiet = _seconds(analysis.now, analysis.asked_at, analysis.heard_at)
        if quiet >= self._settings.analysis_poll_seconds:
            await self._ask(analysis)

    async def _accepted_upload(self, analysis: Record) -> Record:
        """The upload, looked at and kept."""
        upload = await self._upload(analysis)
        if upload.state == uploads.REFUSED:
            raise MediaError(upload.error_message or "the upload was refused")
        if upload.state == uploads.READY:
            return upload
        self._job.tell(0, CHECKING, "looking at the file")
        examination = Examination(self._job, self._settings, self._store, upload)
        try:
            key, size, facts = await asyncio.to_thread(examination.run)
        except (MediaError, TooLarge, NotFound) as error:
            await self._refuse(upload, error)
        await self._change_upload(
            upload, state=uploads.READY, video_key=key, size=size, facts=json.dumps(facts)
        )
        return await self._upload(analysis)

    async def _refuse(self, upload: Record, error: InputError) -> NoReturn:
        """Nothing of it is kept, and its links take nothing more."""
        await asyncio.to_thread(close_upload, self._store, upload)
        await self._change_upload(
            upload, state=uploads.REFUSED, error_code=error.code, error_message=error.message
        )
        raise error

    async def _call(self, analysis: Record, upload: Record) -> None:
        self._job.tell(1, "calling", "handing the video to the speech server")
        link = await asyncio.to_thread(
            self._store.download_url,
            upload.video_key,
            seconds=VIDEO_LINK_SECONDS,
            file_name=upload.video_key.rpartition("/")[2],
        )
        call = Call(
            job_id=analysis.job_id,
            video_url=link,
            callback_base=callback_base(self._settings, analysis.job_id),
            language=analysis.language or "auto",
        )
        status_url = await self._server.begin(call)
        async with self._database.write() as connection:
            await analyses.keep_called(connection, analysis.tenant_id, analysis.job_id, status_url=status_url)

    async def _ask(self, analysis: Record) -> None:
        """How far it is, since no callback came; the callbacks that did not come are made up for."""
        async with self._database.write() as connection:
            await analyses.keep_asked(connection, analysis.tenant_id, analysis.job_id)
        try:
            news = await self._server.look(analysis.job_id, analysis.status_url)
        except UnknownThere:
            raise
        except EcgError as error:
            self._trouble = error
            self._check_silence(analysis)
            return
        await self._keep(analysis, news)

    async def _keep(self, analysis: Record, news: News) -> None:
        if news.status == "completed" and news.result is None:
            news = news.model_copy(update={"status": "processing", "progress": 99})  # its callback brings it
        kept = await keep_news(self._database, self._store, analysis.tenant_id, news)
        if not kept:  # nothing new, and yet it lives
            async with self._database.write() as connection:
                await analyses.keep_sign_of_life(connection, analysis.tenant_id, analysis.job_id)

    def _check_silence(self, analysis: Record) -> None:
        """Raises what ends an analysis of which nothing is heard for too long."""
        silent = _seconds(analysis.now, analysis.heard_at)
        if silent < self._settings.ml_api_timeout:
            return
        error = self._trouble
        said = f"nothing was heard of the speech server for {silent:.0f} seconds"
        if isinstance(error, SpeechServerBroke | SpeechServerError):
            raise SpeechServerError(f"{said}: {error.message}")
        if isinstance(error, ConnectionFailed):
            raise SpeechServerAway(f"{said}: {error.message}")
        raise SpeechServerSlow(said)

    def _wait(self, analysis: Record) -> NoReturn:
        passed = _seconds(analysis.now, analysis.called_at)
        if passed > self._settings.analysis_hours * 3600:
            raise SpeechServerSlow(f"the speech server has not finished after {passed / 3600:.1f} hours")
        self._check_silence(analysis)
        self._job.tell(
            max(1, min(99, analysis.progress)), WAITING, analysis.message or "the speech server listens"
        )
        raise Later(min(self._settings.analysis_poll_seconds, self._settings.ml_api_timeout))

    async def _finish(self, analysis: Record) -> AnalysisDone:
        self._job.tell(99, "writing", "writing the captions")
        upload = await self._upload(analysis)
        key = result_key(analysis.tenant_id, analysis.job_id)
        result = json.loads(await asyncio.to_thread(lambda: b"".join(self._store.open_range(key))))
        scenario = await asyncio.to_thread(scenario_of, result)
        project_id, note = await self._project(analysis, upload, scenario)
        segments = result.get("segments")
        language = result.get("language")
        return AnalysisDone(
            project_id=project_id,
            video_key=upload.video_key,
            result_key=key,
            language=language if isinstance(language, str) else None,
            segments=len(segments) if isinstance(segments, list) else 0,
            note=note,
        )

    async def _project(
        self, analysis: Record, upload: Record, scenario: dict[str, Any]
    ) -> tuple[str | None, str | None]:
        """The project, or why there is none: the analysis is still worth having."""
        source = {
            "job_id": analysis.job_id,
            "video_key": upload.video_key,
            "file_name": upload.file_name,
            "facts": json.loads(upload.facts or "{}"),
        }
        try:
            project_id = await Projects(self._database, self._settings).create(
                analysis.tenant_id,
                analysis.owner_id,
                upload.file_name,
                scenario,
                source=source,
                project_id=project_id_of(analysis.job_id),
            )
        except (ScenarioError, TooManyProjects) as error:
            return None, f"no project was made: {error.message}"
        return project_id, None

    async def _analysis(self) -> Record:
        async with self._database.read() as connection:
            row = await analyses.find(connection, self._job.tenant_id, self._job.job_id)
        if row is None:
            raise NotFound(f"there is no analysis {self._job.job_id!r}")
        return row

    async def _upload(self, analysis: Record) -> Record:
        async with self._database.read() as connection:
            row = await uploads.find_for_job(connection, analysis.tenant_id, analysis.upload_id)
        if row is None:
            raise NotFound("the upload of this analysis is gone")
        return row

    async def _change_upload(self, upload: Record, **values: Any) -> None:
        async with self._database.write() as connection:
            await uploads.change(
                connection,
                upload.tenant_id,
                upload.upload_id,
                expected=(uploads.OPEN, uploads.HANDED_IN),
                **values,
            )

    async def _keep_failure(self, error: EcgError) -> None:
        """Late callbacks find an analysis that has ended."""
        async with self._database.write() as connection:
            await analyses.keep_end(
                connection,
                self._job.tenant_id,
                self._job.job_id,
                state=analyses.FAILED,
                error_code=error.code,
                error_message=error.message,
            )


def _seconds(now: int, *since: int | None) -> float:
    """Seconds since the last of these moments."""
    return (now - max((moment for moment in since if moment is not None), default=now)) / 1000
