"""What servers do with jobs: register, look, cancel, try again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError

from ecg.database import Database
from ecg.errors import Conflict, InputError, NotFound
from ecg.jobs import repository, worker_repository
from ecg.jobs.changes import Changes
from ecg.jobs.kinds import JobKind, find_kind, kinds_of
from ecg.jobs.live.state import LiveState
from ecg.jobs.repository import NewJob
from ecg.jobs.states import State
from ecg.jobs.view import JobView, view_of
from ecg.jobs.waking.wakeups import Wakeups

JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
RECENT_SECONDS = 3600.0
"""The span over which throughput is counted."""
_plain_json = json.JSONEncoder(ensure_ascii=False).encode
_RETRIED = (State.FAILED, State.CANCELLED)
MOST_UNTOLD = 1000
"""Beyond so many new jobs that Redis does not know yet, the next client waits with it."""


class InvalidJob(InputError):
    code = "INVALID_REQUEST"


@dataclass(frozen=True, slots=True)
class Submitted:
    """`created` is False when the same request had been registered before."""

    view: JobView
    created: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`next_cursor` is None on the last page."""

    jobs: list[JobView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Speed:
    """As measured on finished jobs: work units a second of one job, and its peak memory."""

    work_per_second: float
    memory_mb: float | None


class Jobs:
    """Jobs of all kinds on one database. Every call is within a tenant."""

    def __init__(self, database: Database, live: LiveState, wakeups: Wakeups) -> None:
        self.database = database
        self.live = live
        self.wakeups = wakeups
        self.changes = Changes(database, live, wakeups)
        self._telling: set[asyncio.Task[None]] = set()

    async def told(self) -> None:
        """Until workers and Redis have been told of all jobs registered so far, as far as they can be."""
        if self._telling:
            await asyncio.gather(*self._telling)

    async def submit(
        self,
        kind_name: str,
        payload: BaseModel | dict[str, Any],
        *,
        tenant_id: str,
        job_id: str | None = None,
        callback_url: str | None = None,
        request_id: str | None = None,
        retry_of: str | None = None,
        work: float | None = None,
        need_mb: float | None = None,
    ) -> Submitted:
        """Register a job: INSERT and commit; at once after that, the wake-up and the live state go out.

        `work` (how much there is to do) and `need_mb` (the memory it takes) are given where the caller knows
        better than the payload tells. Raises UnknownKind, InvalidJob (with a JSON pointer), and Conflict when
        another request has this id.
        """
        kind = find_kind(kind_name)
        if job_id is not None and not JOB_ID.fullmatch(job_id):
            raise InvalidJob(
                "the job id is not usable",
                where="/job_id",
                hint="1 to 128 letters, digits and . _ : - beginning with a letter or digit",
            )
        content = _validated(kind, payload)
        text = _text(kind, content)
        new = NewJob(
            tenant_id=tenant_id,
            job_id=job_id or secrets.token_hex(16),
            kind=kind.name,
            queue=kind.queue,
            payload=text,
            payload_digest=_digest(kind.name, text, callback_url),
            max_attempts=kind.retry.attempts,
            deadline_seconds=kind.deadline(content),
            work=work if work is not None else kind.work(content),
            need_mb=kind.need(content).memory_mb if need_mb is None else need_mb,
            request_id=request_id,
            callback_url=callback_url,
            retry_of=retry_of,
        )
        try:
            await repository.add(self.database, new)
        except IntegrityError:
            return Submitted(await self._repeated(new), created=False)
        view = JobView(tenant_id=tenant_id, job_id=new.job_id, kind=kind.name, state=State.PENDING)
        await self._tell(view, kind.queue)
        return Submitted(view, created=True)

    async def find_repeated(
        self,
        kind_name: str,
        payload: BaseModel,
        *,
        tenant_id: str,
        job_id: str,
        callback_url: str | None = None,
    ) -> JobView | None:
        """The job that this very request registered before, or None when the id is free.

        For servers that look at a request's inputs before they accept it. Raises Conflict.
        """
        async with self.database.read() as connection:
            row = await repository.find(connection, tenant_id, job_id)
        if row is None:
            return None
        if row.payload_digest != _digest(kind_name, payload.model_dump_json(), callback_url):
            raise _another_request(job_id)
        return view_of(row)

    async def get(self, tenant_id: str, job_id: str) -> JobView:
        """The job as it is now: from Redis while it lives there, else from its row. Raises NotFound."""
        view = await self.live.read(tenant_id, job_id)
        return view if view is not None else await self.load(tenant_id, job_id)

    async def load(self, tenant_id: str, job_id: str) -> JobView:
        """The job as its row says. Raises NotFound."""
        async with self.database.read() as connection:
            row = await repository.find(connection, tenant_id, job_id)
        if row is None:
            raise NotFound(f"there is no job {job_id!r}", where="job_id")
        return view_of(row)

    async def list(
        self,
        tenant_id: str,
        *,
        kind: str | None = None,
        states: tuple[State, ...] = (),
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """The tenant's jobs, youngest first."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise InvalidJob("the cursor is not one of ours", where="cursor")
        before = int(cursor) if cursor is not None else None
        async with self.database.read() as connection:
            rows = await repository.page(
                connection, tenant_id, kind=kind, states=states, before=before, limit=limit + 1
            )
        shown = rows[:limit]
        return Page([view_of(row) for row in shown], str(shown[-1].serial) if len(rows) > limit else None)

    async def cancel(self, tenant_id: str, job_id: str) -> JobView:
        """Stop a job: at once when it waits, within two seconds when it runs.

        Answers the job as it then is; one that had ended before stays as it was. Raises NotFound.
        """
        while True:
            view = await self.changes.apply(
                tenant_id,
                job_id,
                lambda connection: repository.cancel_pending(connection, tenant_id, job_id),
            )
            if view is not None:
                return view
            async with self.database.write() as connection:
                asked = await repository.request_cancel(connection, tenant_id, job_id)
            if asked:
                await self.live.ask_cancel(tenant_id, job_id)
            view = await self.load(tenant_id, job_id)
            if asked or view.state.final:
                return view
            # it was handed back, or claimed, between the two

    async def wake(self, tenant_id: str, job_id: str) -> None:
        """Run a job now that waits by itself (`ecg.jobs.kinds.Later`); nothing happens to any other."""
        async with self.database.write() as connection:
            queue = await repository.wake(connection, tenant_id, job_id)
        if queue is not None:
            await self.wakeups.wake(queue, job_id)

    async def retry(self, tenant_id: str, job_id: str, *, request_id: str | None = None) -> JobView:
        """Register a failed or cancelled job anew; a finished job itself never changes.

        Asked again, it answers the same new job, and tries that one again when it has failed meanwhile.
        Raises NotFound, and Conflict for a job that is not finished or was done.
        """
        async with self.database.read() as connection:
            row = await repository.find(connection, tenant_id, job_id)
        if row is None:
            raise NotFound(f"there is no job {job_id!r}", where="job_id")
        if row.state not in _RETRIED:
            raise Conflict(
                f"the job {job_id!r} is {row.state}: only failed and cancelled jobs are tried again"
            )
        again = await self.submit(
            row.kind,
            json.loads(row.payload),
            tenant_id=tenant_id,
            job_id=_id_of_retry(job_id),
            callback_url=row.callback_url,
            request_id=request_id,
            retry_of=job_id,
            work=row.work,
        )
        if not again.created and again.view.state in _RETRIED:
            return await self.retry(tenant_id, again.view.job_id, request_id=request_id)
        return again.view

    async def measured_speed(self, kind_name: str) -> Speed | None:
        """What the last finished jobs of this kind took; None when none was measured."""
        async with self.database.read() as connection:
            rows = await repository.measurements(connection, kind_name)
        measured = [row for row in rows if row.work and row.seconds and row.seconds > 0]
        if not measured:
            return None
        memory = [row.memory_mb for row in measured if row.memory_mb]
        seconds = sum(float(row.seconds) for row in measured)
        return Speed(sum(float(row.work) for row in measured) / seconds, max(memory) if memory else None)

    async def queue_status(self, queue: str) -> dict[str, Any]:
        """``pending``, ``processing``, ``oldest_wait_seconds``, ``done_last_hour``, ``work_ahead`` in the
        kind's unit, and ``workers``, each with ``heartbeat_age_seconds``."""
        async with self.database.read() as connection:
            counts = await repository.queue_counts(connection, queue)
            _, work = await repository.work_ahead(connection, queue)
            done = await repository.finished_since(connection, kinds_of(queue), RECENT_SECONDS)
            workers = await worker_repository.alive(connection, queue)
        return {**counts, "work_ahead": work, "done_last_hour": done, "workers": workers}

    async def position(self, tenant_id: str, job_id: str) -> int:
        """How many jobs are to begin before this one; 0 for the next one. Raises NotFound."""
        async with self.database.read() as connection:
            row = await repository.find(connection, tenant_id, job_id)
            if row is None:
                raise NotFound(f"there is no job {job_id!r}", where="job_id")
            return 0 if row.state != State.PENDING else await repository.position(connection, row)

    async def _tell(self, view: JobView, queue: str) -> None:
        """Have the workers and Redis learn of a new job. Its client waits for neither: Redis may be slow,
        polls find the row, and the sweep finds what nobody was told."""

        async def tell() -> None:
            await self.wakeups.wake(queue, view.job_id)
            await self.live.write(view, 0)

        if len(self._telling) >= MOST_UNTOLD:
            await tell()
            return
        task = asyncio.create_task(tell(), name=f"tell-{view.job_id}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _repeated(self, new: NewJob) -> JobView:
        async with self.database.read() as connection:
            row = await repository.find(connection, new.tenant_id, new.job_id)
        if row is None or row.payload_digest != new.payload_digest:
            raise _another_request(new.job_id)
        return view_of(row)


def _id_of_retry(job_id: str) -> str:
    """The same for every request to try this job again, so that two of them are one job."""
    stem = re.sub(r"\.again-[0-9a-f]{8}$", "", job_id)[:114]
    return f"{stem}.again-{hashlib.sha256(job_id.encode()).hexdigest()[:8]}"


def _another_request(job_id: str) -> Conflict:
    return Conflict(
        f"the job id {job_id!r} belongs to another request",
        where="/job_id",
        hint="repeat the very same request, or take another id",
    )


def _validated(kind: JobKind[Any, Any], payload: BaseModel | dict[str, Any]) -> BaseModel:
    if isinstance(payload, BaseModel):
        return payload
    expected: type[BaseModel] = kind.payload_type
    try:
        return expected.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "/payload/" + "/".join(str(part) for part in first["loc"])
        raise InvalidJob(f"the payload is not that of {kind.name!r}: {first['msg']}", where=where) from None


def _text(kind: JobKind[Any, Any], payload: BaseModel) -> str:
    """JSON of a payload; raises InvalidJob for text that has no UTF-8, and for what is nested without end."""
    try:
        return payload.model_dump_json()
    except ValueError:
        raise InvalidJob(
            f"the payload of {kind.name!r} cannot be written as JSON",
            where="/payload",
            hint="no halves of characters (lone surrogates), and lists nested a hundred deep at most",
        ) from None


def _digest(kind: str, payload: str, callback_url: str | None) -> str:
    """SHA-256 of a request. The payload is what its own type writes, so that the order of keys is fixed."""
    text = _plain_json([kind, payload, callback_url])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
