"""Worker processes that share one queue of short jobs: each job is run exactly once, and how many a second.

The workers are real (`ecg worker`), and so are their executors. All executors are first brought to the
starting line by a job each; then the short jobs are registered, and a file that appears is the shot. Each run
leaves a line in a file: who ran more than once, or never, would be seen there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ecg.jobs.execution.admission import processors
from ecg.jobs.spine import Spine, open_spine
from ecg.jobs.states import State
from ecg.processes import running
from ecg.settings import Settings
from spine_kinds import QUEUE
from spine_places import place, run

JOBS = 500
WORKERS = (1, 2, 4)
SLOTS = min(2, processors())
"""Of each worker; it starts no more jobs at once than there are cores."""
SECONDS = 120.0
TENANT = "service"


def measure(console: Console, servers: dict[str, str | None]) -> bool:
    """Print the table; False when a job was not run exactly once."""
    table = Table(title=f"{JOBS} short jobs in one queue, {SLOTS} executors a worker (jobs a second)")
    for column in ("database", *(f"{n} worker{'s' * (n > 1)}" for n in WORKERS), "jobs of each", "run once"):
        table.add_column(column, justify="left" if column == "database" else "right")
    good = True
    for name, server in servers.items():
        speeds, once, shares = [], True, ""
        for count in WORKERS:
            with place(server, max_concurrent_jobs=SLOTS) as settings:
                runs, seconds, shared = run(_share(settings, count))
            once &= len(runs) == JOBS and set(runs.values()) == {1}
            speeds.append(f"{JOBS / seconds:.0f}")
            if count == 2:
                shares = " + ".join(map(str, shared))
        good &= once
        table.add_row(name, *speeds, shares, f"{JOBS} of {JOBS} ok" if once else "MISSED")
    console.print(table)
    return good


async def _share(settings: Settings, count: int) -> tuple[Counter[str], float, list[int]]:
    """How often each job left its line, the seconds from the shot to the last line, jobs of each worker."""
    trace, ready, go = (settings.data_dir / name for name in ("trace", "ready", "go"))
    ready.mkdir()
    async with open_spine(settings) as spine:
        with _workers(settings, count):
            executors = count * SLOTS
            for number in range(executors):
                payload = {"ready": str(ready), "go": str(go)}
                await spine.jobs.submit("bench-start", payload, tenant_id=TENANT, job_id=f"start-{number}")
            async with asyncio.timeout(SECONDS):
                while len(list(ready.iterdir())) < executors:
                    await asyncio.sleep(0.05)
                names = [f"job-{number}" for number in range(JOBS)]
                for name in names:
                    await spine.jobs.submit(
                        "bench-line", {"file": str(trace), "text": name}, tenant_id=TENANT, job_id=name
                    )
                await spine.jobs.told()
                began = time.monotonic()
                go.touch()
                await _all_done(spine, executors + JOBS)
            lines = [line.split() for line in trace.read_text().splitlines()]
            shares = await _shares(spine)
    return Counter(name for name, *_ in lines), max(float(when) for *_, when in lines) - began, shares


async def _all_done(spine: Spine, count: int) -> None:
    """Looks seldom, for looking costs too."""
    while (await spine.jobs.queue_status(QUEUE))["done_last_hour"] < count:
        await asyncio.sleep(0.2)


async def _shares(spine: Spine) -> list[int]:
    """How many of the short jobs each worker had."""
    from sqlalchemy import func, select

    from ecg.jobs.repository import jobs

    query = (
        select(func.count())
        .where(jobs.c.kind == "bench-line", jobs.c.state == State.DONE.value, jobs.c.attempt == 1)
        .group_by(jobs.c.boot_id)
    )
    async with spine.database.read() as connection:
        return sorted((await connection.execute(query)).scalars())


@contextlib.contextmanager
def _workers(settings: Settings, count: int) -> Iterator[None]:
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **settings.as_environment(), "PYTHONPATH": path, "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "ecg", "worker", "--queues", QUEUE, "--name"]
    with contextlib.ExitStack() as stack:
        for number in range(count):
            stack.enter_context(
                running([*command, f"bench-{number}"], env=environment, cwd=settings.data_dir)
            )
        yield
