"""One of a worker's slots: runs one job at a time in an executor that stays warm between jobs.

The executor is a child process and may die at any instant, of its job or of the kernel; then the slot says
that the job was lost, removes what it left, and starts a fresh one for the next job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecg.errors import WorkerLost
from ecg.jobs.execution.executor_process import ExecutorProcess
from ecg.jobs.execution.protocol import (
    Cancel,
    Done,
    Failed,
    Measure,
    Memory,
    Progress,
    Run,
    RunOrder,
    Waiting,
)
from ecg.jobs.execution.work_folders import WorkFolder, remove
from ecg.settings import Settings

__all__ = ["Done", "Failed", "Lost", "Outcome", "RunOrder", "Slot", "Stopped", "Waiting"]

IDLE_SECONDS = 300.0
"""An executor without work keeps a browser's memory for so long."""
GRACE_SECONDS = 0.7
"""For a job to stop by itself before its processes are killed; a cancel is over within two seconds."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The executor died under the job."""

    reason: str
    """How, for people: the signal's name, the exit code, or that memory ran out."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """`Slot.cancel` ended the job."""

    forced: bool
    """Whether it had to be killed."""


Outcome = Done | Failed | Lost | Stopped | Waiting
OnEvent = Callable[[Progress | Measure], None]


class Slot:
    """Number `number` of the worker process `boot_id`; all but `memory_mb` belongs to one event loop."""

    def __init__(
        self, settings: Settings, boot_id: str, number: int, *, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._settings = settings
        self._boot_id = boot_id
        self._number = number
        self._idle_seconds = idle_seconds
        self._folder: WorkFolder | None = None
        self._executor: ExecutorProcess | None = None
        self._memory_short = False
        self._busy = asyncio.Lock()
        """Held while a job runs, and while the executor is being ended."""
        self._running = False
        self._over = asyncio.Event()
        self._stop: asyncio.Task[None] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None

    async def run(self, order: RunOrder, on_event: OnEvent) -> Outcome:
        """Have one job done; `on_event` hears of it meanwhile, in this loop.

        A job that ends well although it was cancelled is Done. Its work folder is gone when this returns.
        Raises StorageError when no work folder can be made.
        """
        self._running = True
        self._over.clear()
        self._wake()
        try:
            async with self._busy:
                return await self._run(order, on_event)
        finally:
            self._running = False
            self._over.set()
            if self._stop is not None:
                await self._stop
                self._stop = None
            self._rest_after(self._idle_seconds)

    def cancel(self, *, at_once: bool = False) -> None:
        """Stop the job that runs, by force if it does not stop by itself; without one this does nothing.

        `at_once`: by force, unasked. For a job that another worker may have begun: tidying up would remove
        what the other one makes.
        """
        if self._running and self._stop is None:
            self._stop = asyncio.create_task(self._stop_job(at_once=at_once))

    def tighten(self, short: bool) -> None:
        """Say that memory is short, or no longer. An executor without work then ends at once."""
        self._memory_short = short
        if self._running and self._executor is not None:
            self._executor.send(Memory(short=short))
        elif short and self._executor is not None:
            self._rest_after(0)

    def memory_mb(self) -> float:
        """What the executor and everything below it take now: PSS in MB. Blocks for milliseconds; for any
        thread.
        """
        executor = self._executor
        return executor.memory_mb() if executor is not None else 0.0

    async def close(self) -> None:
        """End the executor, by force if a job runs in it, and remove the slot's folders."""
        self.cancel()
        async with self._busy:
            self._wake()
            await self._dismiss()

    async def _run(self, order: RunOrder, on_event: OnEvent) -> Outcome:
        outcome: Outcome
        try:
            executor, folder = await self._employ()
            try:
                outcome = await self._work(executor, Run(order=order, folder=str(folder)), on_event)
            finally:
                await asyncio.to_thread(remove, folder)
        except WorkerLost as error:
            outcome = Lost(error.message)
        except BaseException:
            await self._kill()
            raise
        finally:
            if self._executor is None or not self._executor.alive:
                await self._dismiss()
        if self._stop is not None and not isinstance(outcome, Done):
            return Stopped(forced=isinstance(outcome, Lost))
        return outcome

    async def _employ(self) -> tuple[ExecutorProcess, Path]:
        """An executor that takes orders, warm or new, and a folder for a job; raises WorkerLost."""
        if self._executor is not None and not self._executor.alive:
            await self._dismiss()
        if self._folder is None:
            self._folder = WorkFolder(self._settings, self._boot_id, self._number)
        if self._executor is None:
            self._executor = await ExecutorProcess.start(self._settings, self._folder)
        await self._executor.ready()
        return self._executor, self._folder.for_job()

    async def _work(self, executor: ExecutorProcess, command: Run, on_event: OnEvent) -> Outcome:
        executor.send(Memory(short=self._memory_short))
        executor.send(command)
        if self._stop is not None:
            executor.send(Cancel())  # it came before there was anybody to hear it
        while (answer := await executor.answer()) is not None:
            if isinstance(answer, Progress | Measure):
                on_event(answer)
            elif isinstance(answer, Done | Failed | Waiting):
                return answer
        return Lost(await executor.death())

    async def _stop_job(self, *, at_once: bool) -> None:
        if at_once:
            await self._kill()
        elif self._executor is not None:
            self._executor.send(Cancel())
        while not self._over.is_set():
            try:
                async with asyncio.timeout(GRACE_SECONDS):
                    await self._over.wait()
            except TimeoutError:
                await self._kill()  # again and again: there may not have been an executor yet

    async def _kill(self) -> None:
        if self._executor is not None:
            await self._executor.kill()

    async def _dismiss(self) -> None:
        """Let the executor go, if there is one. Its folders go with it: while it lives, its guardian would
        remove them after a killed worker, and afterwards nobody would.
        """
        if self._executor is not None:
            await self._executor.leave()
            self._executor = None
        if self._folder is not None:
            folder, self._folder = self._folder, None
            await asyncio.to_thread(folder.remove)

    def _rest_after(self, seconds: float) -> None:
        self._wake()
        self._rest = asyncio.get_running_loop().call_later(seconds, self._begin_rest)

    def _wake(self) -> None:
        if self._rest is not None:
            self._rest.cancel()

    def _begin_rest(self) -> None:
        self._resting = asyncio.create_task(self._dismiss_idle())

    async def _dismiss_idle(self) -> None:
        async with self._busy:
            if not self._running:
                await self._dismiss()
