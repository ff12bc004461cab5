"""What the render server does with requests: look before accepting, register, tell, stop."""

from __future__ import annotations

from anyio import to_thread

from ecg.intake.look import Looker
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.render.contract import STATUS, download_url, error_code, message, seconds_left
from ecg.render.expectation import memory_of, picture_size
from ecg.render.scenario_input import end_of, read_request_scenario
from ecg.render.server.estimate import Estimates, expected_work
from ecg.render.server.schemas import Accepted, Cancelled, RenderRequest, RenderStatus
from ecg.render.tasks import RENDER


class Renders:
    """Render jobs on one spine, in the words of the contract."""

    def __init__(self, jobs: Jobs, looker: Looker, estimates: Estimates) -> None:
        self._jobs = jobs
        self._looker = looker
        self._estimates = estimates

    async def accept(
        self, request: RenderRequest, *, tenant_id: str, request_id: str | None = None
    ) -> Accepted:
        """Register a render; nothing is stored unless everything about the request is right.

        The very same request answers the job that it registered before, whatever has become of its video.
        Raises ScenarioError, Conflict, what `Looker.look` raises, and InputErrors about the callback URL.
        """
        payload = request.payload()
        known = await self._jobs.find_repeated(
            RENDER,
            payload,
            tenant_id=tenant_id,
            job_id=request.job_id,
            callback_url=request.callback_url,
        )
        if known is not None:
            return Accepted(job_id=known.job_id, estimated_time=await self._remaining(known))
        scenario, _ = await to_thread.run_sync(
            lambda: read_request_scenario(payload.scenario, height=payload.options.height)
        )
        if request.callback_url is not None:
            await self._looker.check_callback(request.callback_url, "/callbackUrl")
        facts = await self._looker.look(request.video_url, tenant_id)
        work = expected_work(payload, facts, end_of(scenario))
        estimate = await self._estimates.of_new_job(work)
        submitted = await self._jobs.submit(
            RENDER,
            payload,
            tenant_id=tenant_id,
            job_id=request.job_id,
            callback_url=request.callback_url,
            request_id=request_id,
            work=work,
            need_mb=memory_of(*picture_size(payload, facts.size)),
        )
        return Accepted(job_id=submitted.view.job_id, estimated_time=estimate)

    async def status(self, tenant_id: str, job_id: str) -> RenderStatus:
        """The render as it is now; no SQL while it runs or has just ended. Raises NotFound."""
        view = await self._jobs.get(tenant_id, job_id)
        told = {**(view.details or {}), **(view.result or {})}
        link = await self._link(view)
        waiting = view.state is State.PENDING
        position = await self._jobs.position(tenant_id, job_id) if waiting else None
        return RenderStatus(
            jobId=view.job_id,
            status=STATUS[view.state],
            progress=100 if view.state is State.DONE else view.progress,
            estimatedTimeRemaining=await self._remaining(view, position),
            startedAt=view.started_at,
            completedAt=view.finished_at,
            downloadUrl=link,
            fileSize=told.get("size"),
            duration=told.get("duration"),
            error=view.error_message,
            errorCode=error_code(view.error_code),
            frames_processed=told.get("frames_processed", 0),
            frames_dropped=told.get("frames_dropped", 0),
            drop_rate=told.get("drop_rate", 0.0),
            memory_peak_mb=told.get("memory_peak_mb"),
            memory_trend=told.get("memory_trend"),
            queuePosition=position,
            stage=view.stage,
            message=message(view),
        )

    async def cancel(self, tenant_id: str, job_id: str) -> Cancelled:
        """Stop a render; one that has ended stays as it is. Raises NotFound."""
        view = await self._jobs.cancel(tenant_id, job_id)
        if view.state is State.CANCELLED:
            return Cancelled(success=True, message="the job was cancelled")
        if view.state.final:
            return Cancelled(success=False, message=f"the job had ended before: {STATUS[view.state]}")
        return Cancelled(success=True, message="the job is being stopped")

    async def _remaining(self, view: JobView, position: int | None = None) -> int | None:
        if view.state.final:
            return 0
        if view.state is State.PROCESSING:
            return seconds_left(view)
        if position is None:
            position = await self._jobs.position(view.tenant_id, view.job_id)
        return await self._estimates.of_waiting_job(position)

    async def _link(self, view: JobView) -> str | None:
        if view.state is not State.DONE:
            return None
        seconds = self._looker.settings.download_url_seconds
        return await to_thread.run_sync(download_url, self._looker.store, view, seconds)
