"""Jobs that wait for something elsewhere: they hold no worker, and go on where they were."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ecg.jobs.states import State
from tests.jobs.workplace import TENANT, Workplace, workplace


async def _until_it_waits(place: Workplace, job_id: str, path: Path) -> None:
    async with asyncio.timeout(30):
        while True:
            row = await place.row(job_id)
            runs = path.with_suffix(".runs")
            if row.state == "PENDING" and runs.exists() and len(runs.read_text()) == 5:
                return
            await asyncio.sleep(0.01)


def test_a_job_waits_without_a_worker_and_is_woken(database_url: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with workplace(database_url, tmp_path / "data") as place:
            worker = place.hire(slots=1)
            path = tmp_path / "file"
            job_id = await place.submit("patient", path=str(path))
            await _until_it_waits(place, job_id, path)
            # the only slot is free
            assert (await place.until(await place.submit("echo", text="x"))).state is State.DONE
            for view in (await place.jobs.get(TENANT, job_id), await place.jobs.load(TENANT, job_id)):
                assert (view.state, view.progress, view.stage) == (State.PENDING, 40, "waiting")
                assert (view.message, view.details) == ("for a file", {"file": "file"})
            path.touch()
            await place.jobs.wake(TENANT, job_id)
            ended = await place.until(job_id)
            assert (ended.state, ended.result) == (State.DONE, {"text": "||||||"})
            row = await place.row(job_id)
            assert row.max_attempts - row.attempt == 1  # none of its two was used up by waiting
            await place.jobs.wake(TENANT, job_id)
            assert (await place.jobs.load(TENANT, job_id)).state is State.DONE
            await place.dismiss(worker)

    asyncio.run(run())


def test_a_job_that_waits_can_be_cancelled(database_url: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with workplace(database_url, tmp_path / "data") as place:
            place.hire(slots=1)
            path = tmp_path / "file"
            job_id = await place.submit("patient", path=str(path))
            await _until_it_waits(place, job_id, path)
            assert (await place.jobs.cancel(TENANT, job_id)).state is State.CANCELLED
            assert (await place.jobs.get(TENANT, job_id)).state is State.CANCELLED

    asyncio.run(run())
