"""A worker as a process: opens the spine, works until it is told to end, hands back what has not ended.

With Celery the main thread is Celery's (it handles the signals and waits for messages), and the worker's
event loop has a thread of its own; without, the main thread is the event loop.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future

import structlog

from ecg.jobs.spine import Mode, Spine, broker_url, open_spine
from ecg.jobs.waking.celery_app import run_celery
from ecg.jobs.workers.worker import Worker
from ecg.settings import Settings

log = structlog.get_logger(__name__)


def run_worker(
    settings: Settings,
    *,
    queues: Sequence[str],
    name: str | None = None,
    mode: Mode = "standalone",
    slots: int | None = None,
) -> None:
    """Work until SIGTERM or SIGINT. Blocks; call it from the main thread.

    `slots` jobs at a time (settings: MAX_CONCURRENT_JOBS). Raises what an unreachable database raises.
    """
    if mode == "celery":
        _run_with_celery(settings, queues, name, slots)
    else:
        asyncio.run(_run_alone(settings, queues, name, slots))


async def _run_alone(settings: Settings, queues: Sequence[str], name: str | None, slots: int | None) -> None:
    async with open_spine(settings) as spine:
        worker = _worker(spine, queues, name, slots)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        await worker.run()


def _run_with_celery(settings: Settings, queues: Sequence[str], name: str | None, slots: int | None) -> None:
    started: Future[tuple[asyncio.AbstractEventLoop, Worker, str]] = Future()

    async def work() -> None:
        async with open_spine(settings, mode="celery") as spine:
            worker = _worker(spine, queues, name, slots)
            started.set_result((asyncio.get_running_loop(), worker, broker_url(settings, spine.redis)))
            await worker.run()

    def loop_thread() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            if started.done():
                log.exception("the worker's loop ended")
            else:
                started.set_exception(error)

    thread = threading.Thread(target=loop_thread, name="ecg-worker-loop")
    thread.start()
    loop, worker, url = started.result()

    def run_next(queue: str) -> None:
        asyncio.run_coroutine_threadsafe(worker.run_next(queue), loop).result()

    def stop() -> None:
        loop.call_soon_threadsafe(worker.stop)

    try:
        run_celery(url, queues=queues, slots=worker.slots, name=worker.name, run_next=run_next, on_stop=stop)
    finally:
        if thread.is_alive():
            stop()
        thread.join()


def _worker(spine: Spine, queues: Sequence[str], name: str | None, slots: int | None) -> Worker:
    return Worker(spine.settings, spine.jobs, queues=queues, name=name, slots=slots, sender=spine.sender)
