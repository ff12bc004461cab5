"""A worker from the claim to the end of a job, with real executors, on each database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ecg.jobs.execution import admission
from ecg.jobs.repository import Claim
from ecg.jobs.states import State
from tests.jobs.sample_kinds import QUEUE
from tests.jobs.workplace import TENANT, Test, Workplace, workplace


class TestWork:
    def test_a_job_is_done(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("echo", text="안녕"))
            assert (view.state, view.progress, view.attempt) == (State.DONE, 100, 1)
            assert view.result == {"text": "안녕"}
            assert view.finished_at is not None

        at_work_anywhere(test)

    def test_jobs_that_waited_for_a_worker_are_done_too(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            waiting = [await place.submit("echo", text=str(n)) for n in range(5)]
            place.hire(slots=2)
            assert [(await place.until(job_id)).state for job_id in waiting] == [State.DONE] * 5

        at_work(test)

    def test_jobs_that_come_together_are_admitted_one_by_one(
        self, at_work: Callable[[Test], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(admission, "processors", lambda: 2)

        async def test(place: Workplace) -> None:
            go = tmp_path / "go"
            three = [await place.submit("wait", path=str(go)) for _ in range(3)]
            place.hire(slots=3)
            for job_id in three[:2]:
                await place.until(job_id, State.PROCESSING)
            go.touch()
            for job_id in three:
                await place.until(job_id)
            first, second, third = [await place.row(job_id) for job_id in three]
            assert third.started_at >= min(first.finished_at, second.finished_at)

        at_work(test)

    def test_what_is_being_claimed_at_the_end_is_handed_back(
        self, at_work: Callable[[Test], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def test(place: Workplace) -> None:
            worker = place.hire(slots=1)
            claim, claimed, go_on = worker._claim, asyncio.Event(), asyncio.Event()

            async def held(queue: str) -> Claim | None:
                found = await claim(queue)
                if found is not None:
                    claimed.set()
                    await go_on.wait()
                return found

            monkeypatch.setattr(worker, "_claim", held)
            job_id = await place.submit("wait", path=str(tmp_path / "never"))
            await claimed.wait()
            worker.stop()
            await asyncio.sleep(0)
            go_on.set()
            await place.workers.pop(worker)
            assert (await place.row(job_id)).state == State.PENDING

        at_work(test)

    def test_a_message_is_not_used_up_while_there_is_no_room(self, tmp_path: Path) -> None:
        """What a broker brings is answered when its job has ended, or somebody else has it."""

        async def run() -> None:
            go = tmp_path / "go"
            url = f"sqlite:///{tmp_path / 'ecg.db'}"
            async with workplace(url, tmp_path, sweep_seconds=60) as place:
                worker = place.hire(slots=1)
                two = [await place.submit("wait", path=str(go)) for _ in range(2)]
                await place.until(two[0], State.PROCESSING)
                message = asyncio.create_task(worker.run_next(QUEUE))
                assert not (await asyncio.wait([message], timeout=0.2))[0]
                go.touch()
                await message
                assert [(await place.until(job_id)).state for job_id in two] == [State.DONE] * 2
                await worker.run_next(QUEUE)

        asyncio.run(run())

    def test_an_error_that_may_pass_is_tried_again(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("fail-for-now", number=3))
            assert (view.state, view.attempt) == (State.DONE, 3)

        at_work_anywhere(test)

    def test_the_last_attempt_tells_why(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("fail-for-now", number=9))
            assert (view.state, view.attempt, view.error_code) == (State.FAILED, 3, "CONNECTION_ERROR")
            assert "the other server is away" in (view.error_message or "")

        at_work(test)

    def test_bad_input_fails_at_once(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("fail-for-good"))
            assert (view.state, view.attempt) == (State.FAILED, 1)
            assert view.error_code == "INVALID_VIDEO_FORMAT"

        at_work(test)

    def test_an_executor_that_dies_is_another_attempt(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("die", number=2), seconds=60)
            assert (view.state, view.attempt, view.result) == (State.DONE, 2, {"number": 2})

        at_work(test)

    def test_what_a_job_measures_is_kept(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            job_id = await place.submit("measuring")
            await place.until(job_id)
            row = await place.row(job_id)
            assert (row.work, row.memory_mb) == (42, 99)
            speed = await place.jobs.measured_speed("measuring")
            assert speed is not None
            assert speed.memory_mb == 99

        at_work(test)


class TestCancel:
    def test_a_running_job_is_over_within_two_seconds(
        self, at_work: Callable[[Test], None], tmp_path: Path
    ) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            file = tmp_path / "pids"
            job_id = await place.submit("stubborn", path=str(file))
            while not file.exists():
                await asyncio.sleep(0.01)
            began = time.monotonic()
            await place.jobs.cancel(TENANT, job_id)
            view = await place.until(job_id)
            assert time.monotonic() - began < 2
            assert (view.state, view.error_code) == (State.CANCELLED, "CANCELLED")
            assert not any(psutil.pid_exists(int(pid)) for pid in file.read_text().split())

        at_work(test)

    def test_without_redis_the_heartbeat_brings_it(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            job_id = await place.submit("sleep", seconds=60)
            await place.until(job_id, State.PROCESSING)
            place.redis.kill()
            await place.jobs.cancel(TENANT, job_id)
            assert (await place.until(job_id)).state is State.CANCELLED

        at_work(test)

    def test_a_waiting_job_never_begins(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            job_id = await place.submit("echo")
            assert (await place.jobs.cancel(TENANT, job_id)).state is State.CANCELLED
            place.hire()
            other = await place.submit("echo")
            await place.until(other)
            assert (await place.jobs.load(TENANT, job_id)).attempt == 0

        at_work(test)


class TestLoss:
    def test_redis_may_forget_everything(self, at_work: Callable[[Test], None], tmp_path: Path) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            file = tmp_path / "go"
            job_id = await place.submit("wait", path=str(file))
            await place.until(job_id, State.PROCESSING)
            await place.redis.client().flushall()
            async with asyncio.timeout(60):
                while await place.jobs.live.read(TENANT, job_id) is None:
                    await asyncio.sleep(0.02)
            file.touch()
            assert (await place.until(job_id)).state is State.DONE

        at_work(test)

    def test_jobs_run_without_redis(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            place.redis.kill()
            view = await place.until(await place.submit("echo", text="still here"))
            assert view.result == {"text": "still here"}

        at_work(test)

    def test_a_silent_workers_job_is_done_by_another(
        self, at_work_anywhere: Callable[[Test], None], tmp_path: Path
    ) -> None:
        async def test(place: Workplace) -> None:
            silent = place.hire()
            file = tmp_path / "go"
            job_id = await place.submit("wait", path=str(file))
            await place.until(job_id, State.PROCESSING)
            task = place.workers.pop(silent)
            for work in silent._work:
                work.cancel()
            task.cancel()
            await asyncio.gather(task, *silent._work, return_exceptions=True)
            file.touch()
            place.hire()
            view = await place.until(job_id)
            assert (view.state, view.attempt) == (State.DONE, 2)

        at_work_anywhere(test)


class TestStop:
    def test_what_does_not_end_is_handed_back_uncounted(
        self, at_work_anywhere: Callable[[Test], None], tmp_path: Path
    ) -> None:
        async def test(place: Workplace) -> None:
            first = place.hire()
            file = tmp_path / "go"
            job_id = await place.submit("wait", path=str(file))
            await place.until(job_id, State.PROCESSING)
            await place.dismiss(first)
            assert (await place.jobs.load(TENANT, job_id)).state is State.PENDING
            assert (await place.jobs.get(TENANT, job_id)).state is State.PENDING
            file.touch()
            place.hire()
            view = await place.until(job_id)
            assert view.state is State.DONE
            assert (await place.row(job_id)).max_attempts == 4

        at_work_anywhere(test)

    def test_nothing_is_left_behind(self, at_work: Callable[[Test], None], tmp_path: Path) -> None:
        async def test(place: Workplace) -> None:
            before = set(psutil.Process().children(recursive=True))
            worker = place.hire(slots=2)
            await asyncio.gather(*[place.until(await place.submit("echo")) for _ in range(4)])
            await place.dismiss(worker)
            left = set(psutil.Process().children(recursive=True)) - before
            assert [process for process in left if process.name() != "postgres"] == []
            assert list((tmp_path / "work").iterdir()) == []

        at_work(test)


class TestDeadline:
    def test_a_job_that_takes_too_long_fails(self, at_work: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            view = await place.until(await place.submit("late", seconds=30))
            assert (view.state, view.error_code, view.attempt) == (State.FAILED, "SLEPT_TOO_LONG", 1)

        at_work(test)


class TestNoRoom:
    def test_a_disk_that_takes_no_work_folder_is_a_reason(
        self, at_work: Callable[[Test], None], tmp_path: Path
    ) -> None:
        async def test(place: Workplace) -> None:
            (tmp_path / "work").mkdir()
            place.hire()
            await asyncio.sleep(0)
            (tmp_path / "work").rmdir()
            (tmp_path / "work").write_text("in the way")
            view = await place.until(await place.submit("fail-for-now"))
            assert (view.state, view.error_code) == (State.FAILED, "STORAGE_ACCESS_ERROR")
            (tmp_path / "work").unlink()

        at_work(test)
