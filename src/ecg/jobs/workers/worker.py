"""A worker: takes jobs from its queues and has them done, several at a time.

The process itself does nothing heavy: the work is done by executors, one child process a slot. So its event
loop is the thread of its own that heartbeats need, and a job that hangs or eats memory cannot keep it from
renewing leases, hearing of a cancel or handing jobs back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import time
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.jobs import repository, worker_repository
from ecg.jobs.callbacks.delivery import CallbackSender
from ecg.jobs.execution import admission
from ecg.jobs.execution.assignment import Assignment
from ecg.jobs.execution.processes_in_sight import space_of_processes
from ecg.jobs.execution.slot import Slot
from ecg.jobs.kinds import UnknownKind, load_kinds
from ecg.jobs.repository import Claim
from ecg.jobs.service import Jobs
from ecg.jobs.workers.sweep import Sweeper
from ecg.settings import Settings

log = structlog.get_logger(__name__)

MOST_NAME = 128
"""Characters of a worker's name that are kept."""
DATABASE_PAUSE_SECONDS = 1.0
"""After an error of the database, before the next try."""


MEASURED_SECONDS = 30.0
"""How long what was measured on finished jobs is good for."""


class Worker:
    """Takes jobs until `stop` is called. `jobs` brings the database, Redis and wake-ups."""

    def __init__(
        self,
        settings: Settings,
        jobs: Jobs,
        *,
        queues: Sequence[str],
        name: str | None = None,
        slots: int | None = None,
        sender: CallbackSender | None = None,
    ) -> None:
        self.boot_id = secrets.token_hex(10) + space_of_processes()
        self.name = (name or settings.worker_id or f"{socket.gethostname()}-{os.getpid()}")[:MOST_NAME]
        self.queues = tuple(queues)
        self.slots = slots or settings.max_concurrent_jobs
        self._settings = settings
        self._jobs = jobs
        self._sender = sender
        self._free = [Slot(settings, self.boot_id, number) for number in range(self.slots)]
        self._assignments: dict[tuple[str, str], Assignment] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()
        self._something = asyncio.Event()
        self._stopping = asyncio.Event()
        self._factors: dict[str, tuple[float, float]] = {}
        """Of each kind: when it was asked for, and measured over expected memory."""
        self._sweeper = Sweeper(settings, jobs, self.boot_id)

    async def run(self) -> None:
        """Work until `stop`; then hand back what has not ended."""
        load_kinds(self._settings.job_modules)
        await self._register()
        log.info("worker ready", worker=self.name, queues=self.queues, slots=self.slots)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._listen()),
                group.create_task(self._beat()),
                group.create_task(self._sweeper.run()),
                group.create_task(self._watch_memory()),
                group.create_task(self._take_jobs()),
            ]
            if self._sender is not None:
                tasks.append(group.create_task(self._sender.run()))
            await self._stopping.wait()
            await self._end_work()
            for task in tasks:
                task.cancel()
        for slot in self._free:
            await slot.close()
        with contextlib.suppress(Exception):  # the list of workers is for people only
            async with self._jobs.database.write() as connection:
                await worker_repository.remove(connection, self.boot_id)
        log.info("worker ended", worker=self.name)

    def stop(self) -> None:
        """Take no more jobs; what does not end soon is handed back."""
        self._stopping.set()
        self._something.set()

    async def run_next(self, queue: str) -> None:
        """Run the oldest job of the queue to its end; returns at once when there is none.

        Without room this waits for it: returning would use up the broker's message, and those of all jobs
        behind it within a moment, while other workers have room.
        """
        while not self._stopping.is_set():
            task = await self._start_one(queue)
            if task is not None:
                await asyncio.wait([task])
            if task is not None or not await self._is_due(queue):
                return
            await self._until_something()

    async def _take_jobs(self) -> None:
        """Start whatever fits; then wait for a wake-up, the end of a job, or the next sweep."""
        while not self._stopping.is_set():
            self._something.clear()
            for queue in self.queues:
                while await self._start_one(queue) is not None:
                    pass
            await self._until_something()

    async def _until_something(self) -> None:
        """Until a wake-up, the end of a job, or the next sweep."""
        with contextlib.suppress(TimeoutError):
            # not wait_for: before Python 3.12 it loses a cancel that comes with the event
            async with asyncio.timeout(self._settings.sweep_seconds):
                await self._something.wait()

    async def _is_due(self, queue: str) -> bool:
        """Whether a job waits there; False as well when the database does not say."""
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._jobs.database.read() as connection:
                return await repository.peek(connection, queue) is not None
        return False

    async def _start_one(self, queue: str) -> asyncio.Task[None] | None:
        if not self._free or self._stopping.is_set():
            return None
        async with self._claiming:  # one after the other, so that each sees the last one's memory
            if not self._free or self._stopping.is_set():
                return None
            try:
                claim = await self._claim(queue)
                if claim is None:
                    return None
                assignment = await self._assignment(claim)
                if assignment is None:
                    return None
            except Exception as error:  # the database is away: jobs wait there
                log.warning("cannot claim a job", queue=queue, error=str(error))
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)
                return None
            slot = self._free.pop()
            # at once, not when the task begins: the next claim counts it
            self._assignments[claim.tenant_id, claim.job_id] = assignment
            task = asyncio.create_task(self._work_on(claim, assignment, slot), name=f"job-{claim.job_id}")
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            return task

    async def _assignment(self, claim: Claim) -> Assignment | None:
        """The claim in the next free slot; None for a kind that only newer workers know."""
        try:
            return Assignment(self._settings, self._jobs, claim, self._free[-1])
        except UnknownKind as error:
            await self._jobs.changes.fail_or_retry(
                claim, code=error.code, message=error.message, retryable=True, measured={}
            )
            return None

    async def _claim(self, queue: str) -> Claim | None:
        running = list(self._assignments.values())
        async with self._jobs.database.read() as connection:
            head = await repository.peek(connection, queue)
        if head is None:
            return None
        present = [await job.running(await self._expected(job.kind, job.need_mb)) for job in running]
        needed = await self._expected(head.kind, head.need_mb)
        if not admission.fits(needed, present, admission.memory(), admission.processors()):
            return None
        async with self._jobs.database.write() as connection:
            return await repository.claim(
                connection,
                queue,
                token=secrets.token_hex(16),
                boot_id=self.boot_id,
                worker_id=self.name,
                lease_seconds=self._settings.lease_seconds,
            )

    async def _expected(self, kind: str, need_mb: float) -> float:
        """Megabytes that a job will reach: what its kind says, corrected by what others were measured at."""
        asked, factor = self._factors.get(kind, (0.0, 1.0))
        if time.monotonic() - asked > MEASURED_SECONDS:
            async with self._jobs.database.read() as connection:
                rows = await repository.measurements(connection, kind)
            factor = admission.correction([(row.need_mb, row.memory_mb) for row in rows if row.memory_mb])
            self._factors[kind] = time.monotonic(), factor
        return need_mb * factor

    async def _work_on(self, claim: Claim, assignment: Assignment, slot: Slot) -> None:
        try:
            with structlog.contextvars.bound_contextvars(
                job_id=claim.job_id, request_id=claim.request_id, attempt=claim.attempt
            ):
                await assignment.work()
        except Exception:  # a mistake of ours: the lease runs out and the sweep decides
            log.exception("a job was left to its lease", job_id=claim.job_id)
        finally:
            key = claim.tenant_id, claim.job_id
            if self._assignments.get(key) is assignment:  # else it was lost, and claimed here once more
                del self._assignments[key]
            self._free.append(slot)
            self._something.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except Exception:  # a mistake of ours or of the client must not end the worker
                log.exception("wake-ups were interrupted")
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)

    async def _hear(self) -> None:
        wakes = {f"ecg:wake:{queue}" for queue in self.queues}
        async for channel, text in self._jobs.live.listen([*wakes, "ecg:cancel"]):
            if channel in wakes:
                self._something.set()
            elif channel == "ecg:cancel":
                tenant_id, _, job_id = text.partition("/")
                if assignment := self._assignments.get((tenant_id, job_id)):
                    assignment.cancel()

    async def _register(self) -> None:
        while not self._stopping.is_set():
            try:
                async with self._jobs.database.write() as connection:
                    await worker_repository.add(
                        connection,
                        boot_id=self.boot_id,
                        worker_id=self.name,
                        host=socket.gethostname(),
                        pid=os.getpid(),
                        queues=self.queues,
                        slots=self.slots,
                    )
                return
            except Exception as error:
                log.warning("the database cannot be reached yet", error=str(error))
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(max(1.0, self._settings.heartbeat_seconds))
            try:
                async with self._jobs.database.write() as connection:
                    known = await worker_repository.heartbeat(
                        connection, self.boot_id, len(self._assignments)
                    )
                if not known:
                    await self._register()
            except Exception as error:
                log.warning("the worker's heartbeat was not written", error=str(error))

    async def _watch_memory(self) -> None:
        tight = False
        while True:
            await asyncio.sleep(1)
            short = admission.memory().short
            if short != tight:
                log.warning("memory is short: jobs slow down" if short else "memory is free again")
            if short or tight:
                for assignment in self._assignments.values():
                    assignment.tighten(short)
                for slot in self._free:  # what is kept warm without work goes
                    slot.tighten(short)
            tight = short

    async def _end_work(self) -> None:
        async with self._claiming:
            pass  # what was just being claimed is work, too
        if not self._work:
            return
        log.info("finishing or handing back", jobs=len(self._work))
        _, left = await asyncio.wait(self._work, timeout=self._settings.stop_seconds)
        for assignment in list(self._assignments.values()):
            assignment.hand_back()
        if left:
            await asyncio.wait(left)
