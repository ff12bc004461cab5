"""What the speech server does with requests: look before accepting, register, tell."""

from __future__ import annotations

from typing import Any

from ecg.intake.look import Looker
from ecg.jobs.monitoring.outlook import Outlook
from ecg.jobs.service import Jobs
from ecg.jobs.view import JobView
from ecg.speech.contract import STATUS, STATUS_PATH, callback_url, told
from ecg.speech.server.schemas import Accepted, ProcessRequest
from ecg.speech.tasks import SPEECH

UNKNOWN_LENGTH_SECONDS = 600.0
"""What a sound is taken for whose length its header does not tell; only the estimate hangs on it."""


class Analyses:
    """Jobs of listening on one spine, in the words of the contract."""

    def __init__(self, jobs: Jobs, looker: Looker, outlook: Outlook) -> None:
        self._jobs = jobs
        self._looker = looker
        self._outlook = outlook

    async def accept(
        self, request: ProcessRequest, *, tenant_id: str, request_id: str | None = None
    ) -> Accepted:
        """Register a video; nothing is stored unless everything about the request is right.

        The very same request answers the job that it registered before, whatever has become of its video.
        Raises Conflict, what `Looker.look` raises, and InputErrors about the callback URL.
        """
        payload = request.payload()
        base = request.fastapi_base_url
        to = callback_url(base) if base else None
        known = await self._jobs.find_repeated(
            SPEECH, payload, tenant_id=tenant_id, job_id=request.job_id, callback_url=to
        )
        if known is not None:
            return _accepted(known, await self._remaining(known))
        if to is not None:
            await self._looker.check_callback(to, "/fastapi_base_url")
        facts = await self._looker.look(request.video_url, tenant_id)
        work = facts.duration or UNKNOWN_LENGTH_SECONDS
        estimate = await self._outlook.of_new_job(work)
        submitted = await self._jobs.submit(
            SPEECH,
            payload,
            tenant_id=tenant_id,
            job_id=request.job_id,
            callback_url=to,
            request_id=request_id,
            work=work,
        )
        return _accepted(submitted.view, estimate)

    async def status(self, tenant_id: str, job_id: str) -> dict[str, Any]:
        """The job as it is now; no SQL while it runs or has just ended. Raises NotFound."""
        return told(await self._jobs.get(tenant_id, job_id))

    async def _remaining(self, view: JobView) -> int | None:
        if view.state.final:
            return 0
        return await self._outlook.of_waiting_job(await self._jobs.position(view.tenant_id, view.job_id))


def _accepted(view: JobView, estimate: int | None) -> Accepted:
    return Accepted(
        job_id=view.job_id,
        status=STATUS[view.state],
        message="the video is listened to" if not view.state.final else "the job has ended; see its status",
        status_url=f"{STATUS_PATH}{view.job_id}",
        estimated_time=estimate or 0,
    )
