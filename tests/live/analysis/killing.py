"""Workers that are killed at random while they analyse: each archive is analysed exactly once.

    python -m tests.live.analysis.killing [sqlite postgresql mariadb] [--archives 60] [--workers 3]

Real worker processes (`ecg worker --queues analysis`), each killed with SIGKILL in the midst of an archive
and started again. Prints a table; ends with 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ecg.live.analysis.registering import QUEUE, ArchivePayload
from ecg.processes import running
from tests.live.analysis.clips import Clip, blackened, during, write_clip
from tests.live.analysis.place import T0, Place, place
from tests.services.databases import fresh_database
from tests.services.mariadb import mariadb
from tests.services.postgres import postgres

SECONDS = 8
DARK = Clip("dark", SECONDS, (during(3, 7, blackened),), incidents={"camera_black": [(3, 7)]})
"""One incident in each archive, so that events that were told twice would be seen."""
QUICK = {"lease_seconds": 4.0, "heartbeat_seconds": 0.3, "sweep_seconds": 0.3, "stop_seconds": 0.3}


@dataclass
class Outcome:
    archives: int
    states: dict[str, int]
    analysed: dict[str, int]
    """Archive to analyses of it."""
    events: int
    stills: int
    kills: int
    lost: int
    """Attempts that died with their workers."""
    by_worker: dict[str, tuple[int, float]]
    """As operators ask for it: jobs, and seconds on average."""
    seconds: float
    wrong: list[str] = field(default_factory=list)

    def judge(self) -> Outcome:
        once = sum(count == 1 for count in self.analysed.values())
        checks = {
            f"{self.states} are not all completed": self.states == {"completed": self.archives},
            f"{once} of {self.archives} archives have one analysis": once == self.archives,
            f"{len(self.analysed)} archives have an analysis": len(self.analysed) == self.archives,
            f"{self.events} events of {self.archives} incidents": self.events == self.archives,
            f"{self.stills} stills of {self.archives} incidents": self.stills == self.archives,
            "no worker was killed": self.kills > 0,
            "no attempt was lost: nothing was proved": self.lost > 0,
            "the view's counts do not add up": sum(n for n, _ in self.by_worker.values()) == self.archives,
        }
        self.wrong = [what for what, holds in checks.items() if not holds]
        return self


class Crew:
    """Worker processes, each under a name that its successors keep."""

    def __init__(self, here: Place, logs: Path, count: int, stack: contextlib.ExitStack) -> None:
        self._here = here
        self._logs = logs
        self._stack = stack
        self.kills = 0
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for number in range(count):
            self._start(f"worker-{number + 1}")

    async def kill_one(self, chance: random.Random) -> bool:
        """Kill a worker that has an archive, somewhere in the midst of it; False when none has one now."""
        names = await self._busy()
        if not names:
            return False
        name = chance.choice(names)
        await asyncio.sleep(chance.uniform(0, 0.7))  # anywhere: the moment is what is drawn
        if name not in await self._busy():
            return False
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.kills += 1
        self._start(name)
        return True

    async def _busy(self) -> list[str]:
        """Names of those that have an archive now; dead predecessors of the same name do not count."""
        rows = await self._here.all(
            "SELECT job_workers.pid FROM jobs JOIN job_workers ON job_workers.boot_id = jobs.boot_id "
            "WHERE jobs.state = 'PROCESSING'"
        )
        busy = {row.pid for row in rows}
        return sorted(name for name, process in self.processes.items() if process.pid in busy)

    def _start(self, name: str) -> None:
        environment = {**os.environ, **self._here.settings.as_environment(), "LOG_LEVEL": "WARNING"}
        environment["PYTHONPATH"] = str(Path(__file__).parents[3])
        command = [sys.executable, "-m", "ecg", "worker", "--queues", QUEUE, "--concurrency", "1"]
        log = self._stack.enter_context((self._logs / f"{name}.log").open("ab"))
        child = running([*command, "--name", name], env=environment, stdout=log, stderr=log)
        self.processes[name] = self._stack.enter_context(child)


async def kill_run(
    folder: Path, database_url: str, *, archives: int, workers: int, kills: int, seed: int
) -> Outcome:
    """Analyse so many archives while workers are killed; raises TimeoutError when that never ends."""
    clip = await asyncio.to_thread(write_clip, DARK, folder / "dark.mp4")
    began, chance = time.monotonic(), random.Random(seed)
    async with place(folder / "data", worker=False, database_url=database_url, **QUICK) as here:
        await here.camera()
        registered: list[ArchivePayload] = []
        for number in range(archives):
            start = T0 + number * SECONDS * 1000
            registered.append(await here.archive(clip, start=start, seconds=SECONDS))
            await here.register(registered[-1])
        with contextlib.ExitStack() as stack:
            crew = Crew(here, folder, workers, stack)
            async with asyncio.timeout(180 + 15 * archives + 10 * kills):
                await _until_done(here, crew, kills, chance)
        return await _outcome(here, registered, crew.kills, time.monotonic() - began)


async def _until_done(here: Place, crew: Crew, kills: int, chance: random.Random) -> None:
    while True:
        left = await here.all(
            "SELECT COUNT(*) AS n FROM analysis_jobs WHERE status IN ('pending', 'processing')"
        )
        if not left[0].n:
            return
        if crew.kills >= kills or not await crew.kill_one(chance):
            await asyncio.sleep(0.1)


async def _outcome(here: Place, registered: list[ArchivePayload], kills: int, seconds: float) -> Outcome:
    states = await here.all("SELECT status, COUNT(*) AS n FROM analysis_jobs GROUP BY status")
    analysed = await here.all("SELECT archive_id, COUNT(*) AS n FROM archive_analyses GROUP BY archive_id")
    events = await here.all("SELECT COUNT(*) AS n FROM monitoring_events")
    lost = await here.all("SELECT SUM(attempt) - COUNT(*) AS n FROM jobs")
    workers = await here.all(
        "SELECT worker_id, COUNT(*) AS n, AVG(duration) AS mean FROM analysis_jobs GROUP BY worker_id"
    )
    stills = sum(1 for _ in here.store.keys("stills/"))
    return Outcome(
        archives=len(registered),
        states={row.status: row.n for row in states},
        analysed={row.archive_id: row.n for row in analysed},
        events=events[0].n,
        stills=stills,
        kills=kills,
        lost=int(lost[0].n),
        by_worker={row.worker_id: (row.n, float(row.mean)) for row in workers},
        seconds=seconds,
    ).judge()


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A fresh one of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ecg.db'}"
        return
    server: Any = {"postgresql": postgres, "mariadb": mariadb}[kind]
    with server() as url, fresh_database(url) as fresh:
        yield fresh


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.live.analysis.killing", description=__doc__)
    kinds = ("sqlite", "postgresql", "mariadb")
    parser.add_argument("databases", nargs="*", choices=[*kinds, []], metavar="DATABASE")
    parser.add_argument("--archives", type=int, default=60)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    options = parser.parse_args()
    console = Console(highlight=False, width=140)
    console.print(f"seed {options.seed}")
    table = Table(
        "database", "archives", "kills", "attempts lost", "analysed once", "by worker", "seconds", "verdict"
    )
    failed = False
    for kind in options.databases or kinds:
        with tempfile.TemporaryDirectory(prefix="ecg-killing-") as name, database(kind, Path(name)) as url:
            outcome = asyncio.run(
                kill_run(
                    Path(name),
                    url,
                    archives=options.archives,
                    workers=options.workers,
                    kills=options.kills,
                    seed=options.seed,
                )
            )
        once = sum(count == 1 for count in outcome.analysed.values())
        shares = ", ".join(f"{worker}: {n}" for worker, (n, _) in sorted(outcome.by_worker.items()))
        figures = (outcome.archives, outcome.kills, outcome.lost, once)
        verdict = "; ".join(outcome.wrong) or "right"
        table.add_row(kind, *map(str, figures), shares, f"{outcome.seconds:.0f}", verdict)
        failed |= bool(outcome.wrong)
    console.print(table)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
