"""What goes wrong between two statements, and what no database, memory or neighbour was asked to bear."""

from __future__ import annotations

import asyncio
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from ecg.database import Database, now_ms
from ecg.jobs import repository, worker_repository
from ecg.jobs.callbacks.repository import deliveries
from ecg.jobs.execution import admission
from ecg.jobs.execution.processes_in_sight import space_of_processes
from ecg.jobs.live import state as live_state
from ecg.jobs.live.state import LiveState
from ecg.jobs.monitoring import repository as monitoring
from ecg.jobs.repository import Claim
from ecg.jobs.service import InvalidJob
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.jobs.workers.sweep import Sweeper
from tests.jobs import sample_kinds
from tests.jobs.live_redis import live_redis
from tests.jobs.workplace import TENANT, Test, Workplace


async def _claimed(place: Workplace, *, boot_id: str = "b", lease_seconds: float = 60) -> Claim:
    async with place.jobs.database.write() as connection:
        claim = await repository.claim(
            connection,
            sample_kinds.QUEUE,
            token=secrets.token_hex(16),
            boot_id=boot_id,
            worker_id="w",
            lease_seconds=lease_seconds,
        )
    assert claim is not None
    return claim


class TestCancelThatNobodyHeard:
    def test_a_failed_attempt_is_not_tried_again(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            job_id = await place.submit("fail-for-now")
            claim = await _claimed(place)
            await place.jobs.cancel(TENANT, job_id)
            await place.jobs.changes.fail_or_retry(
                claim, code="CONNECTION_ERROR", message="away", retryable=True, measured={}
            )
            assert (await place.jobs.load(TENANT, job_id)).state is State.CANCELLED

        at_work_anywhere(test)

    def test_a_job_that_is_handed_back_at_that_moment_is_cancelled(
        self, at_work: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def test(place: Workplace) -> None:
            job_id = await place.submit("echo")
            claims = [await _claimed(place)]
            ask = repository.request_cancel

            async def too_late(connection: Any, *job: str) -> bool:
                if claims:
                    assert await repository.hand_back(connection, claims.pop(), pause_seconds=0, counts=True)
                return await ask(connection, *job)

            monkeypatch.setattr(repository, "request_cancel", too_late)
            assert (await place.jobs.cancel(TENANT, job_id)).state is State.CANCELLED

        at_work(test)

    def test_a_lost_workers_job_is_not_begun_again(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            job_id = await place.submit("echo")
            await _claimed(place, lease_seconds=-1)
            seen = await place.row(job_id)
            await place.jobs.cancel(TENANT, job_id)
            async with place.jobs.database.read() as connection:
                rows = await repository.expired(connection)
            assert not seen.cancel_requested
            assert await place.jobs.changes.take_from_lost_worker(seen) is None
            await place.jobs.changes.take_from_lost_worker(rows[0])
            assert (await place.jobs.load(TENANT, job_id)).state is State.CANCELLED

        at_work(test)


class TestSlots:
    def test_a_kind_that_the_worker_does_not_know_costs_no_slot(
        self, at_work: Callable[[Test], None]
    ) -> None:
        async def test(place: Workplace) -> None:
            unknown = await place.submit("echo")
            async with place.jobs.database.write() as connection:
                await connection.execute(text("UPDATE jobs SET kind = 'of-tomorrow', max_attempts = 1"))
            place.hire(slots=1)
            view = await place.until(unknown)
            assert (view.state, view.error_code) == (State.FAILED, "UNKNOWN_JOB_KIND")
            assert (await place.until(await place.submit("echo"))).state is State.DONE

        at_work(test)

    def test_a_worker_may_claim_its_own_lost_job(
        self, at_work: Callable[[Test], None], tmp_path: Path
    ) -> None:
        async def test(place: Workplace) -> None:
            worker = place.hire(slots=2)
            file = tmp_path / "go"
            job_id = await place.submit("wait", path=str(file))
            await place.until(job_id, State.PROCESSING)
            async with place.jobs.database.write() as connection:
                await connection.execute(text("UPDATE jobs SET state = 'PENDING', claim_token = NULL"))
            async with asyncio.timeout(60):
                while not worker._free or (await place.row(job_id)).attempt < 2:
                    await asyncio.sleep(0.02)
            await place.jobs.cancel(TENANT, job_id)
            assert (await place.until(job_id)).state is State.CANCELLED
            async with asyncio.timeout(60):
                while len(worker._free) < 2:
                    await asyncio.sleep(0.02)

        at_work(test)

    def test_memory_that_is_free_again_is_told_to_slots_without_work(
        self, at_work: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def test(place: Workplace) -> None:
            there = [10.0]
            monkeypatch.setattr(admission, "memory", lambda: admission.Memory(10_000, there[0]))
            worker = place.hire(slots=1)
            short = await place.until(await place.submit("memory", seconds=20))
            assert short.result == {"text": "short"}
            there[0] = 9_000
            async with asyncio.timeout(60):
                while not worker._free or worker._free[0]._memory_short:
                    await asyncio.sleep(0.05)
            enough = await place.until(await place.submit("memory", seconds=0.2))
            assert enough.result == {"text": "enough"}

        at_work(test)

    def test_a_work_folder_that_cannot_be_made_is_the_reason(
        self, at_work: Callable[[Test], None], tmp_path: Path
    ) -> None:
        async def test(place: Workplace) -> None:
            place.hire(slots=1)
            await place.until(await place.submit("echo"))
            for folder in (tmp_path / "work").iterdir():
                (folder / "2").write_text("in the way")
            job_id = await place.submit("echo")
            await place.until(job_id, State.PENDING, State.FAILED, State.DONE)
            async with asyncio.timeout(60):
                while (row := await place.row(job_id)).error_code is None:
                    await asyncio.sleep(0.02)
            assert row.error_code == "STORAGE_ACCESS_ERROR"

        at_work(test)


class TestSight:
    def test_a_worker_elsewhere_with_our_host_name_is_not_dead(self, at_work: Callable[[Test], None]) -> None:
        """Containers and machines from one image often have the same name."""

        async def test(place: Workplace) -> None:
            dead = subprocess.Popen([sys.executable, "-c", ""])
            dead.wait()
            states = {}
            for boot_id in ("e" * 32, "d" * 20 + space_of_processes()):
                job_id = await place.submit("echo")
                await _claimed(place, boot_id=boot_id)
                async with place.jobs.database.write() as connection:
                    await worker_repository.add(
                        connection,
                        boot_id=boot_id,
                        worker_id="w",
                        host=socket.gethostname(),
                        pid=dead.pid,
                        queues=["samples"],
                        slots=1,
                    )
                await Sweeper(place.settings, place.jobs).sweep()
                states[boot_id[0]] = (await place.jobs.load(TENANT, job_id)).state
            assert states == {"e": State.PROCESSING, "d": State.PENDING}
            # the dead one is remembered, and counts no more
            async with place.jobs.database.read() as connection:
                known = await worker_repository.known(connection, "samples")
                assert {row.boot_id[0]: row.lost_at is not None for row in known} == {"e": False, "d": True}
                assert await monitoring.capacity(connection, silent_seconds=60) == (1, 1, 0)
            assert len((await place.jobs.queue_status("samples"))["workers"]) == 1
            # should it speak up all the same, it is not dead
            async with place.jobs.database.write() as connection:
                assert await worker_repository.heartbeat(connection, known[0].boot_id, 0)
            async with place.jobs.database.read() as connection:
                again = await worker_repository.known(connection, "samples")
                assert [row.lost_at for row in again if row.boot_id == known[0].boot_id] == [None]

        at_work(test)


class TestNames:
    def test_a_worker_may_be_called_anything(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire(name="작업자 " * 99)
            assert (await place.until(await place.submit("echo"))).state is State.DONE
            workers = (await place.jobs.queue_status(sample_kinds.QUEUE))["workers"]
            assert [len(worker["name"]) for worker in workers] == [128]

        at_work_anywhere(test)


class TestEnds:
    def test_text_that_a_database_refuses_does_not_keep_a_job_from_ending(
        self, at_work_anywhere: Callable[[Test], None]
    ) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("zeros"))
            assert (view.state, view.error_code, view.attempt) == (State.FAILED, "INVALID_VIDEO_FORMAT", 1)
            assert view.error_message == "this file says \N{REPLACEMENT CHARACTER}"

        at_work_anywhere(test)

    def test_half_a_character_in_what_a_job_says_does_not_end_its_process(
        self, at_work: Callable[[Test], None]
    ) -> None:
        """Names of files that are not UTF-8 hold such halves."""

        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("halves"))
            assert (view.error_code, view.error_message) == ("INVALID_VIDEO_FORMAT", "no video: a?.mp4")

        at_work(test)

    def test_a_callback_that_cannot_be_made_does_not_keep_a_job_from_ending(
        self, at_work: Callable[[Test], None]
    ) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            submitted = await place.jobs.submit(
                "speechless", {}, tenant_id=TENANT, callback_url="http://example.com/"
            )
            assert (await place.until(submitted.view.job_id)).state is State.DONE
            async with place.jobs.database.read() as connection:
                told = [row.event for row in await connection.execute(deliveries.select())]
            assert told == ["PROCESSING", "DONE"]

        at_work(test)

    def test_an_end_that_cannot_be_kept_is_a_failure(
        self, at_work: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep = repository.finish

        async def refuse(connection: Any, claim: Claim, state: State, **values: Any) -> bool:
            if state is State.DONE:
                raise ValueError("too large for this database")
            return await keep(connection, claim, state, **values)

        async def test(place: Workplace) -> None:
            monkeypatch.setattr(repository, "finish", refuse)
            place.hire()
            view = await place.until(await place.submit("echo"))
            assert (view.state, view.error_code) == (State.FAILED, "INTERNAL_ERROR")

        at_work(test)

    def test_a_job_that_became_anothers_tidies_nothing_up(
        self, at_work: Callable[[Test], None], tmp_path: Path
    ) -> None:
        """What it would remove may be the other's result: both have the same place."""

        async def test(place: Workplace) -> None:
            worker = place.hire()
            file = tmp_path / "result"
            file.touch()
            job_id = await place.submit("tidy", path=str(file))
            async with asyncio.timeout(60):
                while (await place.jobs.get(TENANT, job_id)).stage != "working":
                    await asyncio.sleep(0.02)
            async with place.jobs.database.write() as connection:
                await connection.execute(text("UPDATE jobs SET claim_token = 'of another'"))
            async with asyncio.timeout(60):
                while worker._work:
                    await asyncio.sleep(0.02)
            assert file.exists()

        at_work(test)

    def test_a_database_that_hangs_does_not_hide_the_end_of_a_lease(
        self, at_work: Callable[[Test], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(*_: Any, **__: Any) -> None:
            await asyncio.Event().wait()

        async def test(place: Workplace) -> None:
            worker = place.hire(slots=1)
            job_id = await place.submit("wait", path=str(tmp_path / "never"))
            await place.until(job_id, State.PROCESSING)
            monkeypatch.setattr(repository, "heartbeat", hang)
            async with asyncio.timeout(15):
                while worker._work:
                    await asyncio.sleep(0.05)

        at_work(test)

    def test_one_lost_job_that_cannot_be_ended_holds_up_no_other(
        self, at_work: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def test(place: Workplace) -> None:
            jobs = [await place.submit("echo") for _ in range(2)]
            for _ in jobs:
                await _claimed(place, lease_seconds=-1)
            take = place.jobs.changes.take_from_lost_worker

            async def first_fails(row: Any) -> JobView | None:
                if row.job_id == jobs[0]:
                    raise ValueError("poison")
                return await take(row)

            monkeypatch.setattr(place.jobs.changes, "take_from_lost_worker", first_fails)
            assert await Sweeper(place.settings, place.jobs).sweep() == 1
            assert (await place.jobs.load(TENANT, jobs[1])).state is State.PENDING

        at_work(test)


class TestWords:
    def test_half_a_character_in_a_payload_is_refused(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            with pytest.raises(InvalidJob):
                await place.submit("echo", text="\ud800")

        at_work(test)

    def test_a_failed_statement_tells_no_log_what_a_job_is_about(self, tmp_path: Path) -> None:
        async def test() -> None:
            database = Database(f"sqlite:///{tmp_path / 'none.db'}")
            try:
                with pytest.raises(Exception, match="no such table") as failure:
                    async with database.write() as connection:
                        await connection.execute(
                            insert(deliveries).values(body="a secret", created_at=now_ms())
                        )
                assert "secret" not in str(failure.value)
            finally:
                await database.close()

        asyncio.run(test())


def test_views_given_up_while_they_are_sent_do_not_keep_redis_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with live_redis() as redis:
            live = LiveState(redis.client())
            live._remember(JobView(tenant_id="t", job_id="1", kind="k", state=State.PENDING), 0)
            send = live._send

            async def crowded_out(view: JobView, version: int) -> bool:
                monkeypatch.setattr(live_state, "UNSENT_JOBS", 0)
                live._remember(view, version + 1)
                return await send(view, version)

            monkeypatch.setattr(live, "_send", crowded_out)
            await live._send_unsent()
            await live.close()

    asyncio.run(test())
