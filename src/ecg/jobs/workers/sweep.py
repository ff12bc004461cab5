"""Finds what was lost: jobs of workers that went silent, and rests of workers that died on this machine."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import psutil
import structlog

from ecg.jobs import repository, worker_repository
from ecg.jobs.execution.processes_in_sight import space_of_processes
from ecg.jobs.execution.work_folders import sweep_work_folders
from ecg.jobs.service import Jobs
from ecg.settings import Settings

log = structlog.get_logger(__name__)


FOLDER_SECONDS = 60.0
"""Between looks for folders of workers that were killed."""


class Sweeper:
    """Any number of processes may sweep at once: every change compares and sets."""

    def __init__(self, settings: Settings, jobs: Jobs, boot_id: str | None = None) -> None:
        self._settings = settings
        self._jobs = jobs
        self._boot_id = boot_id
        self._folders_due = 0.0

    async def run(self) -> None:
        while True:
            try:
                await self.sweep()
                await self._sweep_folders()
            except Exception as error:  # the database is away: the next sweep finds the same
                log.warning("the sweep failed", error=str(error))
            # not all processes at the same moment
            await asyncio.sleep(self._settings.sweep_seconds * random.uniform(0.8, 1.2))  # noqa: S311

    async def sweep(self) -> int:
        """One round; answers how many jobs were taken from lost workers."""
        async with self._jobs.database.read() as connection:
            rows = list(await repository.expired(connection))
            neighbours = await worker_repository.in_sight(connection, space_of_processes())
            dead = [row.boot_id for row in neighbours if row.boot_id != self._boot_id and _is_dead(row.pid)]
            for boot_id in dead:
                rows += await repository.held_by(connection, boot_id)
        taken = 0
        for row in rows:
            try:
                taken += await self._take(row)
            except Exception:  # one that cannot be taken holds up no other
                log.exception("a lost job could not be taken", job_id=row.job_id)
        if dead:
            async with self._jobs.database.write() as connection:
                for boot_id in dead:
                    await worker_repository.mark_lost(connection, boot_id)
        return taken

    async def _sweep_folders(self) -> None:
        now = time.monotonic()
        if now >= self._folders_due:
            self._folders_due = now + FOLDER_SECONDS
            await asyncio.to_thread(sweep_work_folders, self._settings)

    async def _take(self, row: Any) -> bool:
        view = await self._jobs.changes.take_from_lost_worker(row)
        if view is not None:
            log.warning(
                "a job was taken from a lost worker",
                job_id=row.job_id,
                worker=row.worker_id,
                attempt=row.attempt,
                state=view.state.value,
            )
        return view is not None


def _is_dead(pid: int) -> bool:
    """Whether a process of this machine has surely ended; a process id that was given to another says no,
    and the lease decides."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
