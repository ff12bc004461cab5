"""One installation's run: submit, strike, wait until all has ended, collect what there is to check."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from ecg.database import Record
from ecg.jobs.states import State
from tests.faults.callbacks import Receiver
from tests.faults.clips import RECIPES, Recipe
from tests.faults.faults import FAULTS, Fault, Struck
from tests.faults.installations import Installation
from tests.faults.jobs import AtWork, Client, Rows
from tests.faults.programs import busy_executors

JOBS_SECONDS = 200.0
"""Until the last job has ended, after the last fault."""
CALLBACKS_SECONDS = 75.0
"""Until the last callback has arrived after that: a killed sender's message is free after half a minute."""
PARALLEL = 50
"""How often one and the same request is made at once."""

DOOMED = "doomed"
"""The job whose executor is killed in each of its attempts."""

Say = Callable[[str], None]


@dataclass
class Found:
    """What a run leaves to be checked, apart from files and processes."""

    rows: Sequence[Record] = ()
    deliveries: Sequence[Record] = ()
    arrived: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, Path] = field(default_factory=dict)
    """The files as a client downloads them."""
    repeated: list[int] = field(default_factory=list)
    """Status codes of the request that was made many times at once."""
    other_body: int = 0
    """Status code of another request under the same id."""


class Run:
    """The jobs and the faults of one installation."""

    def __init__(
        self, installation: Installation, logs: Path, videos_url: str, *, jobs: int, seed: int, say: Say
    ) -> None:
        self.installation = installation
        self.client = Client(installation.url)
        self.rows = Rows(installation.database_url)
        self.receiver = Receiver(installation.folder, installation.environment, logs)
        self.recipes = {f"job-{number:02}": RECIPES[number % len(RECIPES)] for number in range(jobs)}
        self.struck: list[Struck] = []
        self.at_work: list[AtWork] = []
        """What ran when the last fault struck."""
        self.found = Found()
        self._faults = random.Random(seed).sample(FAULTS, len(FAULTS))
        self._videos_url, self._logs, self._say = videos_url, logs, say
        self._began = 0.0
        self._held = sum(fault.submits for fault in FAULTS)

    async def whole(self) -> None:
        """Everything until all programs have ended. Raises NothingToHit, TimeoutError."""
        try:
            await self.receiver.start()
            for program in (self.installation.server, *self.installation.workers):
                await program.start()
            await self.client.until_ready()
            await self._until_calibrated()
            await self._work()
            await self._collect()
            for program in self.installation.programs:
                await program.stop()
        finally:
            for program in self.installation.programs:
                await program.abandon()
            await self.receiver.end()
            await self.client.close()
            await self.rows.close()

    async def _work(self) -> None:
        self._say("faults: " + ", ".join(fault.name for fault in self._faults))
        self._began = time.monotonic()
        waiting = list(self.recipes)
        now, later = waiting[: -self._held], waiting[-self._held :]
        await self._submit_many_times(now[0])
        for job_id in now[1:]:
            await self._submit(job_id)
        for number, fault in enumerate(self._faults):
            await self._until_ended(number)
            await self._strike(fault, later)
        await self.receiver.back()
        await self._until_ended(len(self.recipes))
        await self._doom()
        await self._until_told()

    async def _doom(self) -> None:
        """Kill what works on a job in each of its attempts; nothing else runs now."""
        self.recipes[DOOMED] = RECIPES[0]
        await self._submit(DOOMED)
        deadline = time.monotonic() + JOBS_SECONDS
        while not all(State(row.state).final for row in await self.rows.renders()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{DOOMED} has not ended within {JOBS_SECONDS:g} s")
            for job in await self.rows.at_work():
                if job.stage == "render":
                    for executor in busy_executors(job.worker_pid):
                        executor.kill()
            await asyncio.sleep(0.1)

    async def _until_calibrated(self) -> None:
        """Until what it does for itself at its first start is over: clients' jobs are to be hit."""
        deadline = time.monotonic() + JOBS_SECONDS
        while not await self.rows.calibrated():
            if time.monotonic() > deadline:
                raise TimeoutError("the calibration has not ended")
            await asyncio.sleep(0.1)

    async def _strike(self, fault: Fault, later: list[str]) -> None:
        submitting = None
        if fault.submits:
            submitting = asyncio.create_task(self._submit_when_it_strikes(later.pop()))
        hit = await fault.strike(self)
        running = [f"{job.job_id} ({job.attempt})" for job in self.at_work]
        struck = Struck(fault.name, time.monotonic() - self._began, hit, running)
        self.struck.append(struck)
        self._say(f"{struck.after:6.1f} s  {fault.name}: {hit}; at work: {', '.join(running) or 'nothing'}")
        if submitting is not None:
            await submitting

    async def _submit_when_it_strikes(self, job_id: str) -> None:
        """While the server is going down: whatever becomes of the request, the client repeats it."""
        server = self.installation.server
        pid = server.pid
        while server.pid == pid and server.lives:
            await asyncio.sleep(0.005)
        await self._submit(job_id)

    async def _submit(self, job_id: str) -> None:
        answer = await self.client.submit(self._request(job_id))
        if answer.status_code != httpx2.codes.OK:
            raise RuntimeError(f"{job_id} was refused: {answer.status_code} {answer.text}")

    async def _submit_many_times(self, job_id: str) -> None:
        request = self._request(job_id)
        answers = await asyncio.gather(*(self.client.submit(request) for _ in range(PARALLEL)))
        self.found.repeated = [answer.status_code for answer in answers]
        other = {**request, "options": {"quality": 11}}
        self.found.other_body = (await self.client.submit(other)).status_code

    def _request(self, job_id: str) -> dict[str, Any]:
        return self.recipe(job_id).request(job_id, self._videos_url, self.receiver.url)

    def recipe(self, job_id: str) -> Recipe:
        return self.recipes[job_id]

    async def _until_ended(self, count: int) -> None:
        """Until so many jobs have ended."""
        deadline = time.monotonic() + JOBS_SECONDS
        while len(ended := [row for row in await self.rows.renders() if State(row.state).final]) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(ended)} of {count} jobs ended within {JOBS_SECONDS:g} s")
            await asyncio.sleep(0.1)

    async def _until_told(self) -> None:
        """Until no callback waits, or it has taken too long: the checks tell which."""
        deadline = time.monotonic() + CALLBACKS_SECONDS
        while any(row.status == "pending" for row in await self.rows.deliveries()):
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.2)

    async def _collect(self) -> None:
        found = self.found
        folder = self._logs / "outputs"
        folder.mkdir()
        for job_id in self.recipes:
            status = await self.client.status(job_id)
            found.statuses[job_id] = status
            if status["downloadUrl"]:
                found.outputs[job_id] = folder / job_id
                found.outputs[job_id].write_bytes(await self.client.download(status["downloadUrl"]))
        found.rows = await self.rows.renders()
        found.deliveries = await self.rows.deliveries()
        found.arrived = self.receiver.arrived()
        self._say(f"{time.monotonic() - self._began:6.1f} s  all has ended")
