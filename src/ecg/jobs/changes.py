"""Changes of state, each with everything that belongs to it: the row, the callback in the outbox, then the
live state. The first two are one transaction; the third can be made from them again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.errors import WorkerLost
from ecg.jobs import repository
from ecg.jobs.callbacks import repository as callback_repository
from ecg.jobs.kinds import Retry, UnknownKind, find_kind
from ecg.jobs.live.state import FINAL_VERSION, LiveState
from ecg.jobs.repository import Claim
from ecg.jobs.states import State
from ecg.jobs.view import JobView, view_of
from ecg.jobs.waking.wakeups import Wakeups

log = structlog.get_logger(__name__)

ATTEMPT_VERSIONS = 1_000_000
"""Versions of the live state that one attempt may use."""

Change = Callable[[AsyncConnection], Awaitable[bool]]


def version_of(attempt: int, sequence: int = 0) -> int:
    """The version of the live state: later attempts and later writes of one attempt win."""
    return attempt * ATTEMPT_VERSIONS + sequence


class Changes:
    """Makes changes of state on one database and one Redis."""

    def __init__(self, database: Database, live: LiveState, wakeups: Wakeups) -> None:
        self.database = database
        self.live = live
        self.wakeups = wakeups
        self.on_callback: Callable[[], None] = lambda: None
        """Called when something was put into the outbox."""

    async def apply(self, tenant_id: str, job_id: str, change: Change) -> JobView | None:
        """Make the change in a transaction and tell everybody; None when it no longer applied."""
        async with self.database.write() as connection:
            if not await change(connection):
                return None
            row = await repository.find(connection, tenant_id, job_id)
            assert row is not None  # noqa: S101  # rows are never deleted while they change
            view = view_of(row)
            told = await enqueue_callback(connection, row.callback_url, view)
        if told:
            self.on_callback()
        await self.live.write(view, _last_version(view))
        return view

    async def fail_or_retry(
        self, claim: Claim, *, code: str, message: str, retryable: bool, measured: dict[str, Any]
    ) -> JobView | None:
        """End a failed attempt: another one later where that may help, else FAILED."""
        if retryable and claim.attempt < claim.max_attempts:
            pause = _retry(claim.kind).pause_after(claim.attempt)

            return await self.hand_back(
                claim, pause_seconds=pause, counts=True, error_code=code, error_message=message
            )

        async def fail(connection: AsyncConnection) -> bool:
            return await repository.finish(
                connection, claim, State.FAILED, error_code=code, error_message=message, **measured
            )

        return await self.apply(claim.tenant_id, claim.job_id, fail)

    async def hand_back(self, claim: Claim, **how: Any) -> JobView | None:
        """Make a job wait again (`repository.hand_back`); one that was to be cancelled, which its worker had
        not heard yet, ends instead."""
        tenant_id, job_id = claim.tenant_id, claim.job_id
        view = await self.apply(tenant_id, job_id, lambda c: repository.hand_back(c, claim, **how))
        return view or await self.cancel(claim)

    async def cancel(self, claim: Claim, **measured: Any) -> JobView | None:
        """End a claimed job on request."""
        why = {"error_code": "CANCELLED", "error_message": "cancelled on request"}
        return await self.apply(
            claim.tenant_id,
            claim.job_id,
            lambda c: repository.finish(c, claim, State.CANCELLED, **why, **measured),
        )

    async def take_from_lost_worker(self, row: Record) -> JobView | None:
        """A job whose worker is gone: it waits for its next attempt, or has failed with the last one."""
        last = row.attempt >= row.max_attempts
        lost = WorkerLost(
            f"the worker {row.worker_id} died while it worked on this job (attempt {row.attempt} of"
            f" {row.max_attempts})"
        )

        async def take(connection: AsyncConnection) -> bool:
            if row.cancel_requested:
                return await repository.take_from(
                    connection, row, State.CANCELLED, error_code="CANCELLED", error_message="cancelled"
                )
            return await repository.take_from(
                connection,
                row,
                State.FAILED if last else State.PENDING,
                pause_seconds=_retry(row.kind).pause_after(row.attempt),
                error_code=lost.code,
                error_message=lost.message,
            )

        view = await self.apply(row.tenant_id, row.job_id, take)
        if view and view.state is State.PENDING:
            await self.wakeups.wake(row.queue, row.job_id)
        return view


async def enqueue_callback(connection: AsyncConnection, url: str | None, view: JobView) -> bool:
    """Put what this view tells into the outbox; nothing for a job that merely waits."""
    if url is None or view.state is State.PENDING:
        return False
    await callback_repository.enqueue(
        connection,
        tenant_id=view.tenant_id,
        job_id=view.job_id,
        url=url,
        event=view.state.value,
        body=_body_of(view),
    )
    return True


def _body_of(view: JobView) -> dict[str, Any]:
    """In the words of the view's kind. Where these fail, the view itself is better than silence, and much
    better than a job that cannot end."""
    try:
        words = find_kind(view.kind).callback
        return words(view) if words else view.as_json()
    except UnknownKind:  # a process of another version
        return view.as_json()
    except Exception:
        log.exception("the callback of a job cannot be worded", job_id=view.job_id, kind=view.kind)
        return view.as_json()


def _last_version(view: JobView) -> int:
    """Of a change that ends an attempt, or the job."""
    return FINAL_VERSION if view.state.final else version_of(view.attempt, ATTEMPT_VERSIONS - 1)


def _retry(kind: str) -> Retry:
    try:
        return find_kind(kind).retry
    except UnknownKind:
        return Retry()
