"""One claimed job in one slot: from the claim to its end, or until the claim is lost."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import structlog

from ecg.errors import EcgError, StorageError
from ecg.jobs import repository
from ecg.jobs.changes import enqueue_callback, version_of
from ecg.jobs.execution.admission import Running
from ecg.jobs.execution.protocol import Measure, Progress
from ecg.jobs.execution.slot import Done, Failed, Lost, Outcome, RunOrder, Slot, Stopped, Waiting
from ecg.jobs.kinds import find_kind
from ecg.jobs.repository import Claim
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.jobs.view import JobView, moment
from ecg.settings import Settings

log = structlog.get_logger(__name__)

CALLBACK_STEP_PERCENT = 10
"""A client is called back when the progress has grown by so much, but not more often than …"""
CALLBACK_PAUSE_SECONDS = 2.0
REFUSED_RENEWALS = 3
"""So many heartbeats are kept while another statement is not: then it is the statement."""
MOST_STAGE = MOST_CODE = 64
"""Characters that their columns take."""


class Assignment:
    """The only writer of the job's live state while it holds the claim."""

    def __init__(self, settings: Settings, jobs: Jobs, claim: Claim, slot: Slot) -> None:
        self._settings = settings
        self._jobs = jobs
        self._claim = claim
        self._slot = slot
        self._kind = find_kind(claim.kind)
        self._progress = _first_progress(claim)
        self._measured = Measure()
        self._sequence = self._renewals = 0
        self._began = time.monotonic()
        self._lease_ends = self._began + settings.lease_seconds
        self._deadline = claim.deadline_seconds
        self._why: str | None = None
        """Why the work was stopped: cancelled, deadline, lost or handed back."""
        self._told_percent, self._told_at = 0, self._began
        self._fresh = asyncio.Event()

    def cancel(self) -> None:
        """A client wants the job to end."""
        self._stop("cancelled")

    def hand_back(self) -> None:
        """The worker ends: another one shall do the job."""
        self._stop("handed back")

    def tighten(self, tight: bool) -> None:
        """Memory is short, or is free again."""
        self._slot.tighten(tight)

    @property
    def kind(self) -> str:
        return self._claim.kind

    @property
    def need_mb(self) -> float:
        return self._claim.need_mb

    async def running(self, expected_mb: float) -> Running:
        """What the job takes now, beside what it is expected to reach."""
        return Running(expected_mb, await asyncio.to_thread(self._slot.memory_mb))

    async def work(self) -> None:
        """Have the job done and keep how it ended."""
        if not await self._tell_start():
            return
        helpers = [asyncio.create_task(self._beat()), asyncio.create_task(self._publish())]
        try:
            outcome = await self._run()
            # the lease is renewed until the end is kept
            await self._end(outcome)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _run(self) -> Outcome:
        if self._why is not None:  # stopped while the start was told: the slot knew of no job then
            return Stopped(forced=False)
        order = RunOrder(
            kind=self._claim.kind,
            payload=self._claim.payload,
            tenant_id=self._claim.tenant_id,
            job_id=self._claim.job_id,
            attempt=self._claim.attempt,
            request_id=self._claim.request_id,
        )
        try:
            return await self._slot.run(order, self._hear)
        except EcgError as error:  # no work folder can be made: a full disk, or a wrong one
            return Failed(code=error.code, message=str(error), retryable=error.retryable)
        except OSError as error:  # nor can a folder in it, or a process
            full = StorageError(f"no job can begin here: {error.strerror}")
            return Failed(code=full.code, message=full.message, retryable=True)

    def _stop(self, why: str) -> None:
        if self._why is None:
            self._why = why
            log.info("stopping a job", why=why, job_id=self._claim.job_id)
            self._slot.cancel(at_once=why == "lost")

    def _hear(self, event: Progress | Measure) -> None:
        if isinstance(event, Progress):
            stage, message = _storable(event.stage)[:MOST_STAGE], event.message and _storable(event.message)
            self._progress = event.model_copy(update={"stage": stage, "message": message})
            self._fresh.set()
            return
        known = {name: value for name, value in event.model_dump().items() if value is not None}
        self._measured = self._measured.model_copy(update=known)
        if event.deadline_seconds is not None:
            self._deadline = event.deadline_seconds

    async def _tell_start(self) -> bool:
        view = self._view()

        async def start() -> bool:
            async with self._jobs.database.write() as connection:
                order = await self._heartbeat(connection)
                return order is not None and await enqueue_callback(
                    connection, self._claim.callback_url, view
                )

        if self._claim.callback_url is not None:
            if not await self._until_lease_ends(start):
                return False
            self._jobs.changes.on_callback()
        await self._write_live()
        return True

    async def _beat(self) -> None:
        """Renew the lease, keep the progress, hear of cancels, watch the deadline."""
        while True:
            await asyncio.sleep(self._settings.heartbeat_seconds)
            if time.monotonic() - self._began > self._deadline:
                self._stop("deadline")
            try:
                # a database that neither answers nor refuses must not hide the lease's end
                async with asyncio.timeout(max(0.1, self._lease_ends - time.monotonic())):
                    await self._renew()
            except Exception as error:
                log.warning("the heartbeat was not written", job_id=self._claim.job_id, error=repr(error))
            if time.monotonic() > self._lease_ends:
                self._stop("lost")

    async def _renew(self) -> None:
        asked = time.monotonic()
        percent = int(self._progress.percent)
        tell = (
            self._claim.callback_url is not None
            and percent >= self._told_percent + CALLBACK_STEP_PERCENT
            and asked >= self._told_at + CALLBACK_PAUSE_SECONDS
        )
        async with self._jobs.database.write() as connection:
            order = await self._heartbeat(connection)
            if order is not None and tell:
                await enqueue_callback(connection, self._claim.callback_url, self._view())
        if order is None:
            self._stop("lost")
            return
        self._lease_ends = asked + self._settings.lease_seconds
        self._renewals += 1
        if tell:
            self._told_percent, self._told_at = percent, asked
            self._jobs.changes.on_callback()
        if order.cancel_requested:
            self.cancel()
        await self._write_live()  # also after a Redis that forgot everything

    async def _heartbeat(self, connection: Any) -> repository.Order | None:
        return await repository.heartbeat(
            connection,
            self._claim,
            lease_seconds=self._settings.lease_seconds,
            progress=int(self._progress.percent),
            stage=self._progress.stage,
            message=self._progress.message,
            details=self._progress.details,
            work=self._measured.work,
            memory_mb=self._measured.memory_mb,
        )

    async def _publish(self) -> None:
        """Every progress to Redis as it comes."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            await self._write_live()

    async def _write_live(self) -> None:
        self._sequence += 1
        await self._jobs.live.write(self._view(), version_of(self._claim.attempt, 1 + self._sequence))

    def _view(self) -> JobView:
        claim, progress = self._claim, self._progress
        return JobView(
            tenant_id=claim.tenant_id,
            job_id=claim.job_id,
            kind=claim.kind,
            state=State.PROCESSING,
            progress=int(progress.percent),
            stage=progress.stage,
            message=progress.message,
            details=progress.details,
            attempt=claim.attempt,
            seconds_left=_seconds_left(progress),
            created_at=moment(claim.created_at),
            started_at=moment(claim.started_at),
        )

    async def _end(self, outcome: Outcome) -> None:
        """Keep how the work ended; a result counts even when a cancel came too late to stop it."""
        if self._why == "lost":
            log.warning("the claim was lost; the work is discarded", job_id=self._claim.job_id)
            return
        if await self._until_lease_ends(lambda: self._keep(outcome)) or self._why == "lost":
            return
        await self._until_lease_ends(self._keep_that_it_could_not_be_kept)

    async def _keep(self, outcome: Outcome) -> bool:
        claim, changes, measured = self._claim, self._jobs.changes, self._columns()
        if isinstance(outcome, Done):
            result = json.dumps(outcome.result, ensure_ascii=False, separators=(",", ":"))
            measured |= {"progress": 100}
            kept = await changes.apply(
                claim.tenant_id,
                claim.job_id,
                lambda c: repository.finish(c, claim, State.DONE, result=result, **measured),
            )
        elif self._why == "cancelled":
            kept = await changes.cancel(claim, **measured)
        elif isinstance(outcome, Waiting):
            kept = await changes.hand_back(
                claim, pause_seconds=outcome.seconds, counts=False, shown=self._columns()
            )
        elif self._why == "handed back":
            kept = await changes.hand_back(claim, pause_seconds=0, counts=False)
            await self._jobs.wakeups.wake(self._kind.queue, claim.job_id)
        else:
            code, message, retryable = self._failure(outcome)
            kept = await changes.fail_or_retry(
                claim, code=code, message=message, retryable=retryable, measured=measured
            )
        log.info("job ended", state=kept.state.value if kept else "lost", job_id=claim.job_id)
        return True

    async def _keep_that_it_could_not_be_kept(self) -> bool:
        """The database answers and yet refuses this end, perhaps for its size: better a failure than a job
        that never ends."""
        message = "how the job ended could not be kept"
        await self._jobs.changes.fail_or_retry(
            self._claim, code=EcgError.code, message=message, retryable=False, measured={}
        )
        return True

    def _failure(self, outcome: Outcome) -> tuple[str, str, bool]:
        if self._why == "deadline":
            return (
                self._kind.timeout_code,
                f"the job took longer than its limit of {self._deadline:.0f} s",
                False,
            )
        if isinstance(outcome, Failed):
            return outcome.code[:MOST_CODE], _storable(outcome.message), outcome.retryable
        if isinstance(outcome, Lost):
            return "WORKER_LOST", f"the process that did the work died: {outcome.reason}", True
        assert isinstance(outcome, Stopped)  # noqa: S101  # there is no other outcome
        return "CANCELLED", "the work was stopped", False

    def _columns(self) -> dict[str, Any]:
        """What the last progress leaves in the row."""
        details = self._progress.details
        columns: dict[str, Any] = {
            "progress": int(self._progress.percent),
            "stage": self._progress.stage,
            "message": self._progress.message,
            "details": None if details is None else json.dumps(details, separators=(",", ":")),
        }
        if self._measured.work is not None:
            columns["work"] = self._measured.work
        if self._measured.memory_mb is not None:
            columns["memory_mb"] = self._measured.memory_mb
        return columns

    async def _until_lease_ends(self, step: Any) -> bool:
        """Do a step of the database again until it works, as long as the job is ours; False when it is not,
        and when the database is there (it takes heartbeats) and refuses nothing but this."""
        renewals = self._renewals
        while True:
            try:
                return bool(await step())
            except Exception as error:
                if time.monotonic() > self._lease_ends:
                    log.error("the lease ended before the database answered", error=str(error))
                    return False
                if self._renewals >= renewals + REFUSED_RENEWALS:
                    log.exception("the database refuses this alone", job_id=self._claim.job_id)
                    return False
                log.warning("the database refuses; trying again", error=str(error))
                await asyncio.sleep(0.5)


def _first_progress(claim: Claim) -> Progress:
    """Of a job that waited by itself, what it told last."""
    if claim.stage is None:
        return Progress(percent=0, stage="starting")
    details = None if claim.details is None else json.loads(claim.details)
    return Progress(percent=claim.progress, stage=claim.stage, message=claim.message, details=details)


def _storable(text: str) -> str:
    """PostgreSQL keeps no zero characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _seconds_left(progress: Progress) -> float | None:
    """What the job itself expects, told among its details."""
    told = (progress.details or {}).get("seconds_left")
    return float(told) if isinstance(told, int | float) else None
