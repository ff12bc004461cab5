"""Claims, leases and ends of jobs, on each database."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ecg.database import Database, migrate
from ecg.jobs import repository
from ecg.jobs.repository import Claim, NewJob
from ecg.jobs.states import State

_numbers = itertools.count()


def new_job(**fields: Any) -> NewJob:
    base: dict[str, Any] = {
        "tenant_id": "service",
        "job_id": f"job-{next(_numbers)}",
        "kind": "echo",
        "queue": "short",
        "payload": "{}",
        "payload_digest": "0" * 64,
        "max_attempts": 3,
        "deadline_seconds": 60.0,
        "need_mb": 64.0,
    }
    return NewJob(**{**base, **fields})


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await migrate(database)
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM jobs"))
    try:
        yield database
    finally:
        await database.close()


def run(url: str, test: Callable[[Database], Awaitable[None]]) -> None:
    async def opened_test() -> None:
        async with opened(url) as database:
            await test(database)

    asyncio.run(opened_test())


async def claimed(database: Database, token: str = "t", lease_seconds: float = 60) -> Claim | None:
    async with database.write() as connection:
        return await repository.claim(
            connection, "short", token=token, boot_id="boot", worker_id="w", lease_seconds=lease_seconds
        )


async def must_claim(database: Database, token: str = "t", lease_seconds: float = 60) -> Claim:
    claim = await claimed(database, token, lease_seconds)
    assert claim is not None
    return claim


async def row_of(database: Database, job_id: str) -> Any:
    async with database.read() as connection:
        return await repository.find(connection, "service", job_id)


async def beat(database: Database, claim: Claim) -> repository.Order | None:
    async with database.write() as connection:
        return await repository.heartbeat(
            connection,
            claim,
            lease_seconds=60,
            progress=40,
            stage="working",
            message="",
            details={"frames": 3},
            work=None,
            memory_mb=None,
        )


class TestAdd:
    def test_the_same_id_twice_in_a_tenant_is_refused(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            job = new_job()
            await repository.add(database, job)
            with pytest.raises(IntegrityError):
                await repository.add(database, job)
            await repository.add(database, new_job(job_id=job.job_id, tenant_id="another"))

        run(database_url, test)

    def test_ids_that_differ_in_case_or_accent_are_two(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            for job_id in ("a", "A", "á"):
                await repository.add(database, new_job(job_id=job_id))
            assert (await row_of(database, "A")).job_id == "A"

        run(database_url, test)

    def test_five_megabytes_of_any_text_come_back_as_they_went(self, database_url: str) -> None:
        payload = '{"text":"' + "말🎬\\u0000'\"\\\\" * 250_000 + '"}'

        async def test(database: Database) -> None:
            job = new_job(payload=payload)
            await repository.add(database, job)
            assert (await row_of(database, job.job_id)).payload == payload

        run(database_url, test)


class TestClaim:
    def test_the_oldest_first_and_each_once(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            jobs = [new_job() for _ in range(3)]
            for job in jobs:
                await repository.add(database, job)
            claims = [await claimed(database, f"t{n}") for n in range(4)]
            assert [claim and claim.job_id for claim in claims] == [*(job.job_id for job in jobs), None]
            assert claims[0] is not None
            assert claims[0].attempt == 1

        run(database_url, test)

    def test_many_workers_never_share_a_job(self, database_url: str) -> None:
        async def work(database: Database, name: str) -> list[str]:
            mine: list[str] = []
            while claim := await claimed(database, f"{name}-{len(mine)}"):
                mine.append(claim.job_id)
            return mine

        async def test(database: Database) -> None:
            for _ in range(60):
                await repository.add(database, new_job())
            found = await asyncio.gather(*(work(database, f"w{n}") for n in range(6)))
            counts = Counter(itertools.chain.from_iterable(found))
            assert len(counts) == 60
            assert set(counts.values()) == {1}

        run(database_url, test)

    def test_nobody_waits_for_a_claim_in_progress(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            if database.dialect == "sqlite":
                pytest.skip("SQLite has one writer at a time; claims follow one another")
            first, second = new_job(), new_job()
            await repository.add(database, first)
            await repository.add(database, second)
            async with database.write() as connection, asyncio.timeout(5):
                mine = await repository.claim(
                    connection, "short", token="a", boot_id="b", worker_id="w", lease_seconds=60
                )
                theirs = await claimed(database, "c")
            assert mine is not None
            assert theirs is not None
            assert (mine.job_id, theirs.job_id) == (first.job_id, second.job_id)

        run(database_url, test)

    def test_other_queues_and_later_jobs_are_left(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            await repository.add(database, new_job(queue="long"))
            await repository.add(database, new_job())
            claim = await must_claim(database)
            async with database.write() as connection:
                assert await repository.hand_back(connection, claim, pause_seconds=3600, counts=True)
            assert await claimed(database) is None

        run(database_url, test)


class TestOwnership:
    def test_a_heartbeat_keeps_progress_and_hears_of_a_cancel(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            job = new_job()
            await repository.add(database, job)
            claim = await must_claim(database)
            order = await beat(database, claim)
            assert order is not None
            assert not order.cancel_requested
            row = await row_of(database, job.job_id)
            assert (row.progress, row.stage, row.details) == (40, "working", '{"frames":3}')
            async with database.write() as connection:
                assert await repository.request_cancel(connection, "service", job.job_id)
            order = await beat(database, claim)
            assert order is not None
            assert order.cancel_requested

        run(database_url, test)

    def test_who_lost_the_claim_changes_nothing(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            job = new_job()
            await repository.add(database, job)
            old = await must_claim(database, "old", lease_seconds=-1)
            async with database.write() as connection:
                (row,) = await repository.expired(connection)
                assert await repository.take_from(connection, row, State.PENDING)
            new = await must_claim(database, "new")
            assert new.attempt == 2
            assert await beat(database, old) is None
            async with database.write() as connection:
                assert not await repository.finish(connection, old, State.DONE, result="{}")
                assert not await repository.hand_back(connection, old, pause_seconds=0, counts=True)
                assert await repository.finish(connection, new, State.DONE, result='{"by":"new"}')
            assert (await row_of(database, job.job_id)).result == '{"by":"new"}'

        run(database_url, test)

    def test_a_worker_that_came_back_keeps_its_job(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            await repository.add(database, new_job())
            claim = await must_claim(database, lease_seconds=-1)
            async with database.read() as connection:
                (row,) = await repository.expired(connection)
            assert await beat(database, claim) is not None
            async with database.write() as connection:
                assert not await repository.take_from(connection, row, State.PENDING)

        run(database_url, test)

    @pytest.mark.parametrize("end", [State.DONE, State.FAILED, State.CANCELLED])
    def test_a_finished_job_never_changes(self, database_url: str, end: State) -> None:
        async def test(database: Database) -> None:
            job = new_job()
            await repository.add(database, job)
            claim = await must_claim(database)
            async with database.write() as connection:
                assert await repository.finish(connection, claim, end)
            before = await row_of(database, job.job_id)
            async with database.write() as connection:
                for other in (State.DONE, State.FAILED, State.CANCELLED):
                    assert not await repository.finish(connection, claim, other)
                assert not await repository.cancel_pending(connection, "service", job.job_id)
                assert not await repository.request_cancel(connection, "service", job.job_id)
                assert not await repository.hand_back(connection, claim, pause_seconds=0, counts=True)
            assert await beat(database, claim) is None
            assert await row_of(database, job.job_id) == before

        run(database_url, test)

    def test_an_attempt_that_is_handed_back_does_not_count(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            await repository.add(database, new_job())
            claim = await must_claim(database, "a")
            async with database.write() as connection:
                assert await repository.hand_back(connection, claim, pause_seconds=0, counts=False)
            again = await must_claim(database, "b")
            assert (again.attempt, again.max_attempts) == (2, claim.max_attempts + 1)

        run(database_url, test)


class TestQueue:
    def test_positions_and_counts(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            jobs = [new_job(work=10.0) for _ in range(4)]
            for job in jobs:
                await repository.add(database, job)
            claim = await must_claim(database)
            await beat(database, claim)
            async with database.read() as connection:
                rows = [await repository.find(connection, "service", job.job_id) for job in jobs]
                places = [await repository.position(connection, row) for row in rows[1:] if row]
                counts = await repository.queue_counts(connection, "short")
                ahead = await repository.work_ahead(connection, "short")
            assert places == [0, 1, 2]
            assert (counts["pending"], counts["processing"]) == (3, 1)
            assert 0 <= counts["oldest_wait_seconds"] < 60
            assert ahead[0] == 4
            assert ahead[1] == pytest.approx(36.0)

        run(database_url, test)

    def test_pages_show_each_job_once(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            jobs = [new_job() for _ in range(7)]
            for job in jobs:
                await repository.add(database, job)
            await repository.add(database, new_job(tenant_id="another"))
            seen: list[str] = []
            before = None
            while True:
                async with database.read() as connection:
                    rows = await repository.page(connection, "service", before=before, limit=3)
                if not rows:
                    break
                seen += [row.job_id for row in rows]
                before = rows[-1].serial
            assert seen == [job.job_id for job in reversed(jobs)]

        run(database_url, test)

    def test_measurements_are_of_jobs_that_were_done(self, database_url: str) -> None:
        async def test(database: Database) -> None:
            for end in (State.DONE, State.FAILED):
                await repository.add(database, new_job())
                claim = await must_claim(database, end.value)
                async with database.write() as connection:
                    await repository.finish(connection, claim, end, work=100.0, memory_mb=420.0)
            async with database.read() as connection:
                (row,) = await repository.measurements(connection, "echo")
                assert await repository.finished_since(connection, ["echo"], 60) == 1
            assert (row.work, row.memory_mb) == (100.0, 420.0)
            assert row.seconds >= 0

        run(database_url, test)
