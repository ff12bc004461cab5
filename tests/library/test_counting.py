"""What the usage of people says of their analyses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ecg.database import Record
from ecg.library.counting import count_ended
from ecg.usage import repository as usage
from tests.library.place import ME, Place, place

pytestmark = pytest.mark.anyio


async def sums(here: Place) -> Record | None:
    async with here.jobs.database.read() as connection:
        rows = await usage.of_all(connection, first="2000-01-01", last="9999-12-31")
    assert len(rows) <= 1
    return rows[0] if rows else None


async def test_each_analysis_is_counted_once_as_it_ended(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        heard = await here.process(await here.uploaded())
        refused = await here.process(await here.uploaded(b"no video at all"))
        assert (await here.ended(heard))["status"] == "completed"
        assert (await here.ended(refused))["status"] == "failed"
        counted = await asyncio.gather(*(count_ended(here.jobs) for _ in range(4)))
        assert sum(counted) == 2
        assert await count_ended(here.jobs) == 0
        found = await sums(here)
        assert found is not None
        assert (found.tenant_id, found.user_id, found.activity) == (*ME.split("/"), "analysis")
        assert (found.succeeded, found.failed, found.cancelled) == (1, 1, 0)
        assert found.media_ms > 0
        assert found.work_ms > 0


async def test_what_runs_is_not_counted_and_what_was_cancelled_is(tmp_path: Path) -> None:
    async with place(tmp_path, worker=False) as here:
        job_id = await here.process(await here.uploaded())
        assert await count_ended(here.jobs) == 0
        assert await sums(here) is None
        assert (await here.post(f"/cancel/{job_id}")).json()["success"]
        assert await count_ended(here.jobs) == 1
        found = await sums(here)
        assert found is not None
        assert (found.succeeded, found.failed, found.cancelled, found.media_ms) == (0, 0, 1, 0)
