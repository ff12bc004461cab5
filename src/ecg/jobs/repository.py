"""All SQL of jobs. Every change compares and sets; 0 rows changed means that somebody else was first.

The caller opens the transactions (`Database.write()` commits at the end of its block), so that a change and
what must come with it (a callback in the outbox) are kept together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record, now_ms, table_of
from ecg.jobs.models import Job
from ecg.jobs.states import State

jobs = table_of(Job)


@dataclass(slots=True)  # frozen ones take three times as long to make, and each job needs one
class NewJob:
    """What is registered."""

    tenant_id: str
    job_id: str
    kind: str
    queue: str
    payload: str
    payload_digest: str
    max_attempts: int
    deadline_seconds: float
    need_mb: float
    work: float | None = None
    request_id: str | None = None
    callback_url: str | None = None
    retry_of: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job, until the lease ends."""

    serial: int
    tenant_id: str
    job_id: str
    kind: str
    payload: str
    attempt: int
    max_attempts: int
    token: str
    deadline_seconds: float
    need_mb: float
    request_id: str | None
    callback_url: str | None
    created_at: int
    started_at: int
    progress: int = 0
    stage: str | None = None
    """None for a job that did not begin yet, or begins anew."""
    message: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a heartbeat brings back to the worker."""

    cancel_requested: bool


async def add(database: Database, job: NewJob) -> None:
    """Register a job in a transaction of its own; raises IntegrityError when the tenant has that id."""
    await database.execute_alone(_ADD, {name: getattr(job, name) for name in NewJob.__slots__})


_ADD = (
    insert(jobs)
    .values(
        state=State.PENDING.value,
        progress=0,
        attempt=0,
        cancel_requested=False,
        available_at=now_ms(),
        created_at=now_ms(),
    )
    .inline()  # nobody asks for the serial
)


async def find(connection: AsyncConnection, tenant_id: str, job_id: str) -> Record | None:
    """The whole row."""
    found = await connection.execute(
        select(jobs).where(jobs.c.tenant_id == tenant_id, jobs.c.job_id == job_id)
    )
    return found.one_or_none()


async def page(
    connection: AsyncConnection,
    tenant_id: str,
    *,
    kind: str | None = None,
    states: Collection[State] = (),
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Record]:
    """The tenant's jobs, youngest first; `before` is the serial where the last page ended."""
    query = select(jobs).where(jobs.c.tenant_id == tenant_id)
    if kind is not None:
        query = query.where(jobs.c.kind == kind)
    if states:
        query = query.where(jobs.c.state.in_([state.value for state in states]))
    if before is not None:
        query = query.where(jobs.c.serial < before)
    return (await connection.execute(query.order_by(jobs.c.serial.desc()).limit(limit))).all()


async def peek(connection: AsyncConnection, queue: str) -> Record | None:
    """The job that would be claimed next, without claiming it."""
    query = select(jobs.c.kind, jobs.c.need_mb).where(*_due(queue))
    return (await connection.execute(query.order_by(*_CLAIM_ORDER).limit(1))).one_or_none()


async def claim(
    connection: AsyncConnection, queue: str, *, token: str, boot_id: str, worker_id: str, lease_seconds: float
) -> Claim | None:
    """Take the oldest job that is due, or None. A claim counts as an attempt."""
    oldest = select(jobs).where(*_due(queue)).order_by(*_CLAIM_ORDER).limit(1)
    row = (await connection.execute(oldest.with_for_update(skip_locked=True))).one_or_none()
    if row is None:
        return None
    changed = await connection.execute(
        update(jobs)
        .where(jobs.c.serial == row.serial, jobs.c.state == State.PENDING.value)
        .values(
            state=State.PROCESSING.value,
            attempt=jobs.c.attempt + 1,
            claim_token=token,
            boot_id=boot_id,
            worker_id=worker_id,
            started_at=now_ms(),
            lease_until=now_ms() + int(lease_seconds * 1000),
            error_code=None,
            error_message=None,
        )
    )
    if not changed.rowcount:
        return None
    started_at = (
        await connection.execute(select(jobs.c.started_at).where(_owned(row.serial, token)))
    ).scalar_one()
    return Claim(
        serial=row.serial,
        tenant_id=row.tenant_id,
        job_id=row.job_id,
        kind=row.kind,
        payload=row.payload,
        attempt=row.attempt + 1,
        max_attempts=row.max_attempts,
        token=token,
        deadline_seconds=row.deadline_seconds,
        need_mb=row.need_mb,
        request_id=row.request_id,
        callback_url=row.callback_url,
        created_at=row.created_at,
        started_at=started_at,
        progress=row.progress,
        stage=row.stage,
        message=row.message,
        details=row.details,
    )


async def heartbeat(
    connection: AsyncConnection,
    claim: Claim,
    *,
    lease_seconds: float,
    progress: int,
    stage: str | None,
    message: str | None,
    details: Mapping[str, Any] | None,
    work: float | None,
    memory_mb: float | None,
) -> Order | None:
    """Renew the lease and keep the progress; None when the claim is lost."""
    changed = await connection.execute(
        update(jobs)
        .where(_owned(claim.serial, claim.token))
        .values(
            lease_until=now_ms() + int(lease_seconds * 1000),
            progress=progress,
            stage=stage,
            message=message,
            details=None if details is None else json.dumps(details, separators=(",", ":")),
            work=func.coalesce(literal(work), jobs.c.work),
            memory_mb=func.coalesce(literal(memory_mb), jobs.c.memory_mb),
        )
    )
    if not changed.rowcount:
        return None
    asked = await connection.execute(select(jobs.c.cancel_requested).where(_owned(claim.serial, claim.token)))
    return Order(cancel_requested=bool(asked.scalar_one()))


async def finish(
    connection: AsyncConnection,
    claim: Claim,
    state: State,
    *,
    result: str | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
    **measured: Any,
) -> bool:
    """End a claimed job for good; False when the claim is lost.

    `measured` are columns that the last progress brought: progress, stage, message, details, work, memory_mb.
    """
    assert State.PROCESSING.may_become(state) and state.final  # noqa: S101, PT018  # a mistake of ours
    changed = await connection.execute(
        update(jobs)
        .where(_owned(claim.serial, claim.token))
        .values(
            state=state.value,
            result=result,
            error_code=error_code,
            error_message=error_message,
            finished_at=now_ms(),
            lease_until=None,
            claim_token=None,
            **measured,
        )
    )
    return bool(changed.rowcount)


async def hand_back(
    connection: AsyncConnection,
    claim: Claim,
    *,
    pause_seconds: float,
    counts: bool,
    error_code: str | None = None,
    error_message: str | None = None,
    shown: Mapping[str, Any] | None = None,
) -> bool:
    """Make a claimed job wait again; False when the claim is lost, and when the job is to be cancelled.

    `counts`: whether it uses up one of the attempts; for a worker that is asked to stop it does not. `shown`:
    the progress of a job that goes on where it was; None for one that begins anew.
    """
    changed = await connection.execute(
        update(jobs)
        .where(_owned(claim.serial, claim.token), jobs.c.cancel_requested.is_(False))
        .values(
            state=State.PENDING.value,
            max_attempts=jobs.c.max_attempts + (0 if counts else 1),
            available_at=now_ms() + int(pause_seconds * 1000),
            error_code=error_code,
            error_message=error_message,
            **(_ANEW if shown is None else shown),
            **_UNCLAIMED,
        )
    )
    return bool(changed.rowcount)


async def wake(connection: AsyncConnection, tenant_id: str, job_id: str) -> str | None:
    """Make a waiting job due now; answers its queue, or None when it does not wait."""
    waiting = (
        jobs.c.tenant_id == tenant_id,
        jobs.c.job_id == job_id,
        jobs.c.state == State.PENDING.value,
        jobs.c.available_at > now_ms(),
    )
    changed = await connection.execute(update(jobs).where(*waiting).values(available_at=now_ms()))
    if not changed.rowcount:
        return None
    found = await connection.execute(
        select(jobs.c.queue).where(jobs.c.tenant_id == tenant_id, jobs.c.job_id == job_id)
    )
    return str(found.scalar_one())


async def expired(connection: AsyncConnection, *, limit: int = 50) -> Sequence[Record]:
    """Jobs whose worker went silent."""
    query = select(jobs).where(jobs.c.state == State.PROCESSING.value, jobs.c.lease_until < now_ms())
    return (await connection.execute(query.order_by(jobs.c.lease_until).limit(limit))).all()


async def held_by(connection: AsyncConnection, boot_id: str) -> Sequence[Record]:
    """Jobs that a worker holds; of use when its parent knows that it is dead."""
    query = select(jobs).where(jobs.c.state == State.PROCESSING.value, jobs.c.boot_id == boot_id)
    return (await connection.execute(query)).all()


async def take_from(
    connection: AsyncConnection,
    row: Record,
    state: State,
    *,
    pause_seconds: float = 0,
    error_code: str | None = None,
    error_message: str | None = None,
) -> bool:
    """Take a job from a worker that is gone: it waits again, or ends; False when the worker came back, or
    a cancel came since the row was read."""
    values: dict[str, Any] = {"state": state.value, "error_code": error_code, "error_message": error_message}
    if state.final:
        values |= {"finished_at": now_ms()}
    else:
        values |= {"available_at": now_ms() + int(pause_seconds * 1000), **_ANEW}
    changed = await connection.execute(
        update(jobs)
        .where(
            _owned(row.serial, row.claim_token),
            jobs.c.lease_until == row.lease_until,
            jobs.c.cancel_requested.is_(bool(row.cancel_requested)),
        )
        .values(**values, **_UNCLAIMED)
    )
    return bool(changed.rowcount)


async def cancel_pending(connection: AsyncConnection, tenant_id: str, job_id: str) -> bool:
    """Cancel a job that nobody works on; False when it is claimed or finished."""
    changed = await connection.execute(
        update(jobs)
        .where(jobs.c.tenant_id == tenant_id, jobs.c.job_id == job_id, jobs.c.state == State.PENDING.value)
        .values(
            state=State.CANCELLED.value,
            error_code="CANCELLED",
            error_message="cancelled before it began",
            finished_at=now_ms(),
        )
    )
    return bool(changed.rowcount)


async def request_cancel(connection: AsyncConnection, tenant_id: str, job_id: str) -> bool:
    """Ask the worker of a claimed job to stop; False when nobody holds it."""
    changed = await connection.execute(
        update(jobs)
        .where(jobs.c.tenant_id == tenant_id, jobs.c.job_id == job_id, jobs.c.state == State.PROCESSING.value)
        .values(cancel_requested=True)
    )
    return bool(changed.rowcount)


async def position(connection: AsyncConnection, row: Record) -> int:
    """How many jobs of the queue are to be claimed before this one."""
    earlier = or_(
        jobs.c.available_at < row.available_at,
        and_(jobs.c.available_at == row.available_at, jobs.c.serial < row.serial),
    )
    query = select(func.count()).where(
        jobs.c.queue == row.queue, jobs.c.state == State.PENDING.value, earlier
    )
    return int((await connection.execute(query)).scalar_one())


async def work_ahead(connection: AsyncConnection, queue: str) -> tuple[int, float]:
    """Jobs that wait or run, and the work that they declare, in the kind's unit."""
    live = jobs.c.state.in_([State.PENDING.value, State.PROCESSING.value])
    left = jobs.c.work * (100 - jobs.c.progress) / 100.0
    query = select(func.count(), func.coalesce(func.sum(left), 0.0)).where(jobs.c.queue == queue, live)
    row = (await connection.execute(query)).one()
    return int(row[0]), float(row[1])


async def queue_counts(connection: AsyncConnection, queue: str) -> dict[str, Any]:
    """``pending``, ``processing`` and ``oldest_wait_seconds`` (None when nothing waits)."""
    waiting = and_(jobs.c.queue == queue, jobs.c.state == State.PENDING.value)
    pending = (
        await connection.execute(select(func.count(), now_ms() - func.min(jobs.c.created_at)).where(waiting))
    ).one()
    running = select(func.count()).where(jobs.c.queue == queue, jobs.c.state == State.PROCESSING.value)
    return {
        "pending": int(pending[0]),
        "processing": int((await connection.execute(running)).scalar_one()),
        "oldest_wait_seconds": None if pending[1] is None else round(float(pending[1]) / 1000, 1),
    }


async def measurements(connection: AsyncConnection, kind: str, *, limit: int = 20) -> Sequence[Record]:
    """``work``, ``seconds``, ``need_mb`` and ``memory_mb`` of the kind's jobs that were done last."""
    query = (
        select(
            jobs.c.work,
            ((jobs.c.finished_at - jobs.c.started_at) / 1000.0).label("seconds"),
            jobs.c.need_mb,
            jobs.c.memory_mb,
            jobs.c.finished_at,
        )
        .where(jobs.c.kind == kind, jobs.c.state == State.DONE.value)
        .order_by(jobs.c.finished_at.desc())
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def finished_since(connection: AsyncConnection, kinds: Collection[str], seconds: float) -> int:
    """Jobs of these kinds that were done within the last seconds."""
    # by kinds and not by queue: that index ends in the time, and rows of years need not be looked at
    query = select(func.count()).where(
        jobs.c.kind.in_(sorted(kinds)),
        jobs.c.state == State.DONE.value,
        jobs.c.finished_at > now_ms() - int(seconds * 1000),
    )
    return int((await connection.execute(query)).scalar_one())


_UNCLAIMED: dict[str, Any] = {"claim_token": None, "lease_until": None, "boot_id": None}
_ANEW: dict[str, Any] = {"progress": 0, "stage": None, "message": None, "details": None}
_CLAIM_ORDER = (jobs.c.queue, jobs.c.state, jobs.c.available_at, jobs.c.serial)


def _due(queue: str) -> tuple[Any, ...]:
    return (jobs.c.queue == queue, jobs.c.state == State.PENDING.value, jobs.c.available_at <= now_ms())


def _owned(serial: int, token: str | None) -> Any:
    return and_(jobs.c.serial == serial, jobs.c.claim_token == token, jobs.c.state == State.PROCESSING.value)
