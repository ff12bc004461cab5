"""Worker processes: woken by Redis or by Celery, asked to end, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil
import pytest

from ecg.jobs.spine import Mode, Spine, open_spine
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.settings import Settings
from tests.jobs import sample_kinds
from tests.jobs.live_redis import live_redis

TENANT = "service"
PROGRAM = (
    "import sys; from ecg.jobs.workers.worker_process import run_worker; from ecg.settings import Settings;"
    "run_worker(Settings(), queues=['samples'], mode=sys.argv[1], slots=2)"
)


@contextmanager
def worker(settings: Settings, mode: Mode) -> Iterator[subprocess.Popen[bytes]]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, mode],
        env={**os.environ, **settings.as_environment(), "PYTHONPATH": str(root)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def finished(spine: Spine, job_id: str, *states: State) -> JobView:
    async with asyncio.timeout(120):
        while True:
            view = await spine.jobs.get(TENANT, job_id)
            if view.state in states or (not states and view.state.final):
                return view
            await asyncio.sleep(0.02)


async def submit(spine: Spine, kind: str, **payload: object) -> str:
    return (await spine.jobs.submit(kind, payload, tenant_id=TENANT)).view.job_id


@pytest.fixture(params=["standalone", "celery on redis", "celery on rabbitmq", "celery on sqs"])
def way(request: pytest.FixtureRequest) -> tuple[Mode, str | None]:
    if request.param == "standalone":
        return "standalone", None
    if request.param == "celery on redis":
        return "celery", None
    broker = {"celery on rabbitmq": "rabbitmq_server", "celery on sqs": "sqs_server"}[request.param]
    return "celery", request.getfixturevalue(broker)


@asynccontextmanager
async def spine_of(way: tuple[Mode, str | None], folder: Path) -> AsyncIterator[tuple[Spine, Settings]]:
    async with live_redis() as redis:
        settings = Settings(
            data_dir=folder,
            redis_url=f"unix://{redis.socket}",
            celery_broker_url=way[1],
            job_modules=(sample_kinds.MODULE,),
            lease_seconds=3,
            heartbeat_seconds=0.2,
            # a wake-up that is lost would be felt
            sweep_seconds=2,
            stop_seconds=0.3,
        )
        async with open_spine(settings, mode=way[0]) as spine:
            yield spine, settings


def test_jobs_are_done_and_what_runs_is_handed_back(way: tuple[Mode, str | None], tmp_path: Path) -> None:
    async def run() -> None:
        async with spine_of(way, tmp_path) as (spine, settings):
            file = tmp_path / "go"
            with worker(settings, way[0]) as process:
                many = [await submit(spine, "echo", text=str(number)) for number in range(8)]
                assert {(await finished(spine, job_id)).state for job_id in many} == {State.DONE}
                waiting = await submit(spine, "wait", path=str(file))
                await finished(spine, waiting, State.PROCESSING)
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 60) == 0
            assert (await spine.jobs.load(TENANT, waiting)).state is State.PENDING
            file.touch()
            with worker(settings, way[0]):
                assert (await finished(spine, waiting)).state is State.DONE

    asyncio.run(run())


def test_a_killed_workers_job_is_done_by_another(way: tuple[Mode, str | None], tmp_path: Path) -> None:
    async def run() -> None:
        async with spine_of(way, tmp_path) as (spine, settings):
            file = tmp_path / "pids"
            with worker(settings, way[0]) as process:
                stuck = await submit(spine, "stubborn", path=str(file))
                while not file.exists():
                    await asyncio.sleep(0.02)
                process.kill()
                process.wait()
            pids = [int(pid) for pid in file.read_text().split()]
            async with asyncio.timeout(30):  # lowered in priority, on a busy machine
                while any(psutil.pid_exists(pid) for pid in pids):
                    await asyncio.sleep(0.05)
            with worker(settings, way[0]):
                view = await finished(spine, stuck, State.PROCESSING)
                while view.attempt < 2:
                    view = await finished(spine, stuck, State.PROCESSING)
                await spine.jobs.cancel(TENANT, stuck)
                assert (await finished(spine, stuck)).state is State.CANCELLED

    asyncio.run(run())
