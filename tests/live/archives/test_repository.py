"""Archives and cameras in SQL, on every database: what goes, what stays, who holds what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from ecg.database import Database, Record, migrate
from ecg.jobs.live.state import LiveState
from ecg.jobs.repository import jobs as jobs_table
from ecg.jobs.service import Jobs
from ecg.jobs.waking.wakeups import RedisWakeups
from ecg.live.analysis.registering import ArchivePayload, register
from ecg.live.archives import repository
from ecg.live.cameras import repository as cameras
from ecg.live.tasks import archive_analysis

DAY = 86_400_000

assert archive_analysis  # the kind is known


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as connection:
            for table in (jobs_table, repository.archives, cameras.cameras, cameras.incidents):
                await connection.execute(delete(table))
        yield database
    finally:
        await database.close()


def on(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(url) as database:
            await work(database)

    asyncio.run(run())


async def now(database: Database) -> int:
    async with database.read() as connection:
        return await cameras.moment_now(connection)


async def add_camera(database: Database, camera_id: str, **fields: Any) -> None:
    values = {
        "tenant_id": "here",
        "camera_id": camera_id,
        "name": "Vor dem Haus 정문",
        "sealed_url": "sealed",
        "shown_url": "shown",
        "transport": "tcp",
        "enabled": True,
        "wanted": True,
        "archive_seconds": 600,
        "keep_days": 7,
        "analysis": "{}",
        "created_at": await now(database),
        **fields,
    }
    async with database.write() as connection:
        await cameras.add(connection, **values)


async def add_archive(database: Database, number: int, ended_at: int, **fields: Any) -> None:
    values = {
        "archive_id": f"{number:032x}",
        "tenant_id": "here",
        "camera_id": "front",
        "file_name": f"archive_20260101_{number:06d}.mp4",
        "started_at": ended_at - 600_000,
        "ended_at": ended_at,
        "size": 1000,
        "host": "one",
        "analyse": True,
        **fields,
    }
    async with database.write() as connection:
        await repository.add(connection, **values)


def numbers(rows: Any) -> list[int]:
    return [int(row.archive_id, 16) for row in rows]


def test_what_is_old_goes_unless_somebody_needs_it(database_url: str) -> None:
    async def work(database: Database) -> None:
        at = await now(database)
        live = LiveState(None)
        jobs = Jobs(database, live, RedisWakeups(live))
        await add_camera(database, "front")
        for number, days in ((1, 8), (2, 8), (3, 8), (4, 8), (5, 6)):
            await add_archive(database, number, at - days * DAY)
        await add_archive(database, 6, at - 8 * DAY, host="another")
        await add_archive(database, 7, at, camera_id="gone")
        waiting = await job_of(jobs, 2)
        done = await job_of(jobs, 3)
        async with database.write() as connection:
            await connection.execute(
                update(jobs_table).where(jobs_table.c.job_id == done).values(state="DONE")
            )
            await repository.keep(connection, "here", "front", f"{4:032x}", True)
        async with database.write() as connection:
            for number, job_id in ((2, waiting), (3, done)):
                await repository.set_job(connection, "here", f"{number:032x}", job_id)
        async with database.read() as connection:
            due = await repository.expired(connection, "one")
            assert sorted(numbers(due)) == [1, 3, 7]
            assert [number for number, row in zip(numbers(due), due, strict=True) if row.orphaned] == [7]
            assert sorted(numbers(await repository.oldest(connection, "one"))) == [1, 3, 5, 7]
            assert numbers(await repository.unregistered(connection, "one")) == [1, 4, 5, 7]
        async with database.write() as connection:
            rows = await repository.between(connection, "here", "front", 0, at, limit=10)
            assert [row.job_state for row in rows if row.job_id] == ["PENDING", "DONE"]
            removed = [await repository.remove(connection, row) for row in rows]
        assert dict(zip(numbers(rows), removed, strict=True)) == {
            1: True, 2: False, 3: True, 4: False, 5: True, 6: True
        }  # fmt: skip

    on(database_url, work)


async def job_of(jobs: Jobs, number: int) -> str:
    payload = ArchivePayload(
        camera_id="front", archive_id=f"{number:032x}", video_path="a.mp4", segment_start=0, segment_end=1000
    )
    return (await register(jobs, "here", payload)).view.job_id


def test_one_file_is_one_archive_and_one_name_is_one_file(database_url: str) -> None:
    async def work(database: Database) -> None:
        await add_archive(database, 1, DAY)
        with pytest.raises(IntegrityError):
            await add_archive(database, 1, DAY, file_name="archive_20260101_999999.mp4")
        with pytest.raises(IntegrityError):
            await add_archive(database, 2, DAY, file_name="archive_20260101_000001.mp4")
        await add_archive(database, 1, DAY, tenant_id="elsewhere")

    on(database_url, work)


def test_a_camera_is_held_by_one(database_url: str) -> None:
    async def work(database: Database) -> None:
        await add_camera(database, "front")
        await add_camera(database, "off", wanted=False)

        async def claim(boot_id: str, row: Record, *, held: bool = False, lease_ms: int = 60_000) -> bool:
            async with database.write() as connection:
                return await cameras.claim(
                    connection, row, boot_id=boot_id, host=boot_id, lease_ms=lease_ms, held=held
                )

        async with database.read() as connection:
            (free,) = await cameras.claimable(connection, 10)
        taken = await asyncio.gather(*(claim(f"boot{number}", free) for number in range(5)))
        assert sum(taken) == 1
        holder = f"boot{taken.index(True)}"
        async with database.read() as connection:
            assert list(await cameras.claimable(connection, 10)) == []
            (held,) = await cameras.held_beside(connection, "somebody")
        assert held.boot_id == holder
        # from the dead: at once, and one only
        again = await asyncio.gather(*(claim(f"next{number}", held, held=True) for number in range(5)))
        assert sum(again) == 1
        async with database.write() as connection:
            assert not await cameras.tell(connection, held.serial, holder, state="live")
            assert list(await cameras.renew(connection, holder, 60_000)) == []
            (mine,) = await cameras.renew(connection, f"next{again.index(True)}", -1)
        async with database.read() as connection:
            assert [row.serial for row in await cameras.claimable(connection, 10)] == [mine.serial]

    on(database_url, work)


def test_starting_and_stopping_change_only_what_is_otherwise(database_url: str) -> None:
    async def work(database: Database) -> None:
        await add_camera(database, "front")

        async def want(wanted: bool) -> bool:
            async with database.write() as connection:
                return await cameras.set_wanted(connection, "here", "front", wanted)

        assert [await want(wanted) for wanted in (True, False, False, True)] == [False, True, False, True]
        async with database.write() as connection:
            assert await cameras.change(connection, "here", "front", name="new")
            assert not await cameras.change(connection, "elsewhere", "front", name="theirs")
            found = await cameras.find(connection, "here", "front")
        assert found is not None
        assert (found.name, found.revision, found.state) == ("new", 2, "starting")

    on(database_url, work)


def test_incidents_end_when_video_comes_again(database_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.write() as connection:
            for number, (camera_id, at) in enumerate((("front", 1000), ("front", 5000), ("back", 1000))):
                await cameras.begin_incident(
                    connection,
                    incident_id=f"{number:032x}",
                    tenant_id="here",
                    camera_id=camera_id,
                    kind="stall",
                    code="CAMERA_STALLED",
                    message="nothing came",
                    started_at=at,
                )
                if number == 0:
                    await cameras.end_incidents(connection, "here", "front", 2000)
        async with database.read() as connection:
            seen = await cameras.incidents_between(connection, "here", "front", 1500, 6000)
            assert [(row.started_at, row.ended_at) for row in seen] == [(1000, 2000), (5000, None)]
            assert list(await cameras.incidents_between(connection, "here", "front", 2000, 5000)) == []

    on(database_url, work)
