"""The slot with real executors: every way that a job ends, and what is left afterwards: nothing."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from pydantic import BaseModel

from ecg.errors import StorageError
from ecg.jobs.execution.protocol import Measure, Progress
from ecg.jobs.execution.slot import Done, Failed, Lost, RunOrder, Slot, Stopped
from ecg.jobs.execution.work_folders import WorkFolder, sweep_work_folders
from ecg.settings import Settings
from tests.jobs import sample_kinds
from tests.jobs.living import living

pytestmark = pytest.mark.anyio

BOOT = secrets.token_hex(16)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ECG_DATA_DIR=tmp_path / "data", JOB_MODULES=(sample_kinds.MODULE,))


@asynccontextmanager
async def a_slot(settings: Settings, *, idle_seconds: float = 300) -> AsyncIterator[Slot]:
    slot = Slot(settings, secrets.token_hex(16), 0, idle_seconds=idle_seconds)
    try:
        yield slot
    finally:
        await slot.close()


def order(kind: str, payload: BaseModel | None = None, *, attempt: int = 1) -> RunOrder:
    text = "{}" if payload is None else payload.model_dump_json()
    return RunOrder(kind=kind, payload=text, tenant_id="t", job_id="j", attempt=attempt, request_id="r")


def ignore(_event: Progress | Measure) -> None:
    pass


def telling(event: asyncio.Event) -> Callable[[Progress | Measure], None]:
    return lambda _event: event.set()


@pytest.fixture(autouse=True)
def others() -> None:
    """Servers that other tests left running for the session are children of ours too, and no slot's."""
    global _others  # noqa: PLW0603  # of the test that runs
    _others = set(psutil.Process().children())


_others: set[psutil.Process] = set()


def guardians() -> list[psutil.Process]:
    """What the slot of this test has started."""
    return [child for child in psutil.Process().children() if child not in _others]


class Stuck:
    """A job that hears no cancel, with processes below it (`sample_kinds.stubborn`)."""

    def __init__(self, slot: Slot, folder: Path) -> None:
        self._told = folder / f"told-{os.urandom(4).hex()}"
        self._there = asyncio.Event()
        self.running = asyncio.create_task(
            slot.run(order("stubborn", sample_kinds.Place(path=self._told)), telling(self._there))
        )

    async def pids(self) -> tuple[int, int, int]:
        """The executor, an orphan, and a child of the executor."""
        await asyncio.wait_for(self._there.wait(), 30)
        executor, orphan, child = map(int, self._told.read_text().split())
        return executor, orphan, child


async def gone(*pids: int, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while living(*pids) and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return not living(*pids)


class TestOutcomes:
    async def test_done_with_what_it_told(self, settings: Settings) -> None:
        told: list[Progress | Measure] = []
        async with a_slot(settings) as slot:
            assert await slot.run(order("measuring"), told.append) == Done(result={})
            done = await slot.run(order("sleep", sample_kinds.Seconds(seconds=0.01)), told.append)
            assert isinstance(done, Done)
        assert told[0] == Measure(work=42, deadline_seconds=7, memory_mb=99)
        assert isinstance(told[1], Progress)
        assert (told[1].stage, told[1].message, told[1].details) == ("sleeping", "step 0", {"step": 0})

    async def test_failed(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            failed = await slot.run(order("fail-for-good"), ignore)
        assert isinstance(failed, Failed)
        assert failed.code == "INVALID_VIDEO_FORMAT"

    async def test_a_result_of_megabytes_arrives(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            done = await slot.run(order("huge", sample_kinds.Number(number=8)), ignore)
        assert isinstance(done, Done)
        assert len(done.result["text"]) == 8_000_000

    async def test_a_payload_of_megabytes_arrives(self, settings: Settings) -> None:
        text = "á" * 3_000_000
        async with a_slot(settings) as slot:
            assert await slot.run(order("echo", sample_kinds.Text(text=text)), ignore) == Done(
                result={"text": text}
            )

    async def test_lost_says_how_and_the_next_job_runs(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            killed = await slot.run(order("die", sample_kinds.Number(number=2)), ignore)
            exited = await slot.run(order("exit", sample_kinds.Number(number=7)), ignore)
            assert (killed, exited) == (Lost("killed by SIGKILL"), Lost("exit code 7"))
            assert isinstance(await slot.run(order("echo"), ignore), Done)

    async def test_an_executor_that_cannot_start_loses_the_job(self, tmp_path: Path) -> None:
        settings = Settings(ECG_DATA_DIR=tmp_path, JOB_MODULES=("no.such.module",))
        async with a_slot(settings) as slot:
            lost = await slot.run(order("echo"), ignore)
        assert lost == Lost("the executor did not start: exit code 1")

    async def test_a_data_folder_that_is_a_file_is_an_error_that_names_the_setting(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "data").write_text("")
        async with a_slot(Settings(ECG_DATA_DIR=tmp_path / "data")) as slot:
            with pytest.raises(StorageError, match="work") as caught:
                await slot.run(order("echo"), ignore)
        assert "ECG_DATA_DIR" in str(caught.value.hint)

    async def test_an_executor_killed_between_jobs_costs_none(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            await slot.run(order("echo"), ignore)
            [guardian] = guardians()
            [executor] = guardian.children()
            executor.kill()
            assert await gone(guardian.pid)
            while slot.memory_mb():  # until the event loop has heard of it
                await asyncio.sleep(0.001)
            assert isinstance(await slot.run(order("echo"), ignore), Done)


class TestCancel:
    async def test_stops_a_job_that_listens_and_keeps_the_executor(self, settings: Settings) -> None:
        there = asyncio.Event()
        async with a_slot(settings) as slot:
            job = asyncio.create_task(
                slot.run(order("sleep", sample_kinds.Seconds(seconds=60)), telling(there))
            )
            await there.wait()
            before = [(one, one.children(recursive=True)) for one in guardians()]
            slot.cancel()
            assert await job == Stopped(forced=False)
            assert [(one, one.children(recursive=True)) for one in guardians()] == before
            assert isinstance(await slot.run(order("echo"), ignore), Done)

    async def test_ends_everything_of_a_job_that_does_not(self, settings: Settings, tmp_path: Path) -> None:
        async with a_slot(settings) as slot:
            stuck = Stuck(slot, tmp_path)
            pids = await stuck.pids()
            slot.cancel()
            assert await stuck.running == Stopped(forced=True)
            assert living(*pids) == []
            assert isinstance(await slot.run(order("echo"), ignore), Done)

    async def test_before_the_executor_is_there_stops_the_job_all_the_same(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            job = asyncio.create_task(slot.run(order("sleep", sample_kinds.Seconds(seconds=60)), ignore))
            await asyncio.sleep(0)
            slot.cancel()
            assert isinstance(await asyncio.wait_for(job, 10), Stopped)

    async def test_without_a_job_does_nothing(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            slot.cancel()
            assert isinstance(await slot.run(order("echo"), ignore), Done)

    async def test_of_the_task_that_runs_the_job_leaves_no_process(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        async with a_slot(settings) as slot:
            stuck = Stuck(slot, tmp_path)
            pids = await stuck.pids()
            stuck.running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await stuck.running
            assert living(*pids) == []

    async def test_while_the_executor_starts_cuts_the_start_short(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            job = asyncio.create_task(slot.run(order("sleep", sample_kinds.Seconds(seconds=60)), ignore))
            while not guardians():
                await asyncio.sleep(0.001)
            guardians()[0].suspend()  # it never comes to be ready
            slot.cancel()
            assert await asyncio.wait_for(job, 10) == Stopped(forced=True)

    @pytest.mark.parametrize("steps", range(0, 12, 2))
    async def test_of_the_task_at_any_moment_of_the_start_leaves_nothing(
        self, settings: Settings, steps: int
    ) -> None:
        async with a_slot(settings) as slot:
            job = asyncio.create_task(slot.run(order("echo"), ignore))
            for _ in range(steps):
                await asyncio.sleep(0)
            job.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(job, 10)
            assert guardians() == []
            assert [*settings.data_dir.glob("work/*")] == []
            assert isinstance(await slot.run(order("echo"), ignore), Done)


class TestWarmth:
    async def test_things_stay_warm_until_the_slot_is_idle_for_long(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        left = tmp_path / "left"
        async with a_slot(settings, idle_seconds=0.3) as slot:
            for uses in (1, 2):
                assert await slot.run(order("warm", sample_kinds.Place(path=left)), ignore) == Done(
                    result={"number": uses}
                )
            while not left.exists():
                await asyncio.sleep(0.02)
            assert await slot.run(order("warm", sample_kinds.Place(path=left)), ignore) == Done(
                result={"number": 1}
            )

    async def test_an_idle_executor_goes_when_memory_is_short(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        left = tmp_path / "left"
        async with a_slot(settings) as slot:
            await slot.run(order("warm", sample_kinds.Place(path=left)), ignore)
            slot.tighten(True)
            while not left.exists():
                await asyncio.sleep(0.02)

    async def test_a_running_job_hears_that_memory_is_short(self, settings: Settings) -> None:
        there = asyncio.Event()
        async with a_slot(settings) as slot:
            job = asyncio.create_task(
                slot.run(order("memory", sample_kinds.Seconds(seconds=60)), telling(there))
            )
            await there.wait()
            slot.tighten(True)
            assert await job == Done(result={"text": "short"})

    async def test_memory_counts_what_the_job_takes(self, settings: Settings) -> None:
        full = asyncio.Event()
        async with a_slot(settings) as slot:
            assert slot.memory_mb() == 0
            await slot.run(order("echo"), ignore)
            before = slot.memory_mb()
            job = asyncio.create_task(slot.run(order("eat", sample_kinds.Number(number=100)), telling(full)))
            await full.wait()
            assert 100 < slot.memory_mb() - before < 130
            slot.cancel()
            await job


class TestFolders:
    async def test_each_job_has_a_fresh_one_and_none_is_left(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            folders = []
            for _ in range(2):
                done = await slot.run(order("where"), ignore)
                assert isinstance(done, Done)
                folder, temporary = map(Path, done.result["text"].splitlines())
                assert not folder.exists()
                folders.append(folder)
            assert folders[0] != folders[1]
            assert (temporary / "forgotten").exists()
        assert not temporary.exists()
        assert list((settings.data_dir / "work").iterdir()) == []

    async def test_a_crash_leaves_nothing_either(self, settings: Settings) -> None:
        async with a_slot(settings) as slot:
            done = await slot.run(order("where"), ignore)
            assert isinstance(done, Done)
            temporary = Path(done.result["text"].splitlines()[1])
            await slot.run(order("die", sample_kinds.Number(number=2)), ignore)
            assert not temporary.exists()
            assert list((settings.data_dir / "work").iterdir()) == []

    def test_a_sweep_takes_those_of_the_dead_only(self, settings: Settings) -> None:
        mine = WorkFolder(settings, "aaaaaaaaaaaa", 0)
        dead = WorkFolder(settings, "bbbbbbbbbbbb", 0)
        (dead.for_job() / "half done").write_text("…")
        os.close(dead.lock)  # as the kernel does for a killed process
        assert sweep_work_folders(settings) == 1
        assert (mine.path.exists(), mine.temporary.exists()) == (True, True)
        assert (dead.path.exists(), dead.temporary.exists()) == (False, False)
        mine.remove()
        assert list((settings.data_dir / "work").iterdir()) == []


class TestKilled:
    async def test_the_executor_alone(self, settings: Settings, tmp_path: Path) -> None:
        async with a_slot(settings) as slot:
            stuck = Stuck(slot, tmp_path)
            pids = await stuck.pids()
            os.kill(pids[0], signal.SIGKILL)
            assert await stuck.running == Lost("killed by SIGKILL")
            assert living(*pids) == []

    async def test_the_guardian_alone(self, settings: Settings, tmp_path: Path) -> None:
        async with a_slot(settings) as slot:
            stuck = Stuck(slot, tmp_path)
            executor, orphan, child = await stuck.pids()
            try:
                psutil.Process(executor).parent().kill()  # type: ignore[union-attr]
                assert await stuck.running == Lost("killed by SIGKILL")
                assert await gone(executor, child)
            finally:
                os.kill(orphan, signal.SIGKILL)  # nobody knows it any more
            assert isinstance(await slot.run(order("echo"), ignore), Done)

    async def test_the_worker_takes_everything_with_it_within_two_seconds(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        told = tmp_path / "told"
        worker = subprocess.Popen([sys.executable, "-c", _WORKER, str(settings.data_dir), str(told)])
        try:
            while not told.exists():
                await asyncio.sleep(0.02)
            pids = tuple(map(int, told.read_text().split()))
            guardian = psutil.Process(pids[0]).ppid()
            temporary = Path(tempfile.gettempdir(), f"ecg-{BOOT[:12]}-0")
            assert temporary.exists()
        finally:
            worker.kill()
            worker.wait()
        assert await gone(guardian, *pids, seconds=2), living(guardian, *pids)
        assert not temporary.exists()
        assert list((settings.data_dir / "work").iterdir()) == []


_WORKER = f"""
import asyncio, sys
from pathlib import Path
from ecg.jobs.execution.slot import RunOrder, Slot
from ecg.settings import Settings
from tests.jobs import sample_kinds

slot = Slot(Settings(ECG_DATA_DIR=Path(sys.argv[1]), JOB_MODULES=(sample_kinds.MODULE,)), {BOOT!r}, 0)
payload = sample_kinds.Place(path=Path(sys.argv[2])).model_dump_json()
order = RunOrder(kind="stubborn", payload=payload, tenant_id="t", job_id="j")
asyncio.run(slot.run(order, lambda event: None))
"""
"""A worker with one slot; its argument: the data folder, and where the stuck job tells its processes."""
