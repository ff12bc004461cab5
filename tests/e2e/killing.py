"""`python -m tests.e2e.killing [embedded] [services]`: a crowd goes from sign-up to download while the API
server, speech workers and Redis are killed. `make e2e-faults`.

Exits 1 when anything is wrong; what all programs said is then kept in `out/e2e-faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ecg.database import Record
from ecg.jobs.states import State
from tests.e2e import apart
from tests.e2e.apart import Apart
from tests.e2e.crowd import Crowd
from tests.e2e.endings import SEEN, check_all
from tests.e2e.killing_report import print_travellers
from tests.e2e.kills import KILLS, WAIT_SECONDS, Kill
from tests.faults.faults import NothingToHit
from tests.faults.installations import Ground
from tests.faults.jobs import Client, Rows
from tests.faults.programs import marked
from tests.faults.report import print_checks
from tests.services.starting import NotStarted

LOGS = Path("out/e2e-faults")
PEOPLE = 20
STEPS = ("", "sign up", "upload", "analysis", "edit a cue", "export", "download", "done")
SETTLING_SECONDS = 90.0
"""Until the last callback has arrived: a killed sender's message is free after half a minute."""


class Run:
    """One installation, its crowd and its kills."""

    def __init__(self, place: Apart, folder: Path, people: int, console: Console) -> None:
        self.place = place
        self.rows = Rows(place.database_url)
        self.crowd = Crowd(place.urls["api"], folder, people)
        self.jobs: Sequence[Record] = ()
        self.deliveries: Sequence[Record] = ()
        """All rows, when everything has ended."""
        self._console = console
        self._began = 0.0

    async def whole(self) -> None:
        """Everything until all programs have ended. Raises NothingToHit, TimeoutError."""
        programs = list(self.place.programs.values())
        try:
            for program in programs:
                await program.start()
            for url in self.place.urls.values():
                client = Client(url)
                await client.until_ready()
                await client.close()
            await self._travel()
            await self._until_settled()
            await self.crowd.look(SEEN)
            self.jobs, self.deliveries = await self.rows.all(), await self.rows.deliveries()
            for program in reversed(programs):
                await program.stop()
        finally:
            for program in reversed(programs):
                await program.abandon()
            self.crowd.close()
            await self.rows.close()

    async def _travel(self) -> None:
        self._began = time.monotonic()
        travelling = asyncio.create_task(self.crowd.travel())
        try:
            for kill in KILLS:
                await self._until(kill)
                hit, where = await kill.strike(self), self.crowd.where()
                people = ", ".join(f"{where[step]} in {step!r}" for step in STEPS if step and where[step])
                self._say(f"kill -9 {kill.name}: {hit}; {people}")
        except BaseException:
            self.crowd.close()  # whoever is still on the way gives up
            raise
        finally:
            await travelling
        self._say("the last one has arrived")

    async def _until(self, kill: Kill) -> None:
        place = STEPS.index(kill.step)
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            at = [STEPS.index(step) for step in self.crowd.where().elements() if step != "failed"]
            if place in at and sum(each > place for each in at) >= kill.past * len(at):
                return
            if at and min(at) > place:
                break
            await asyncio.sleep(0.02)
        raise NothingToHit(f"nobody was in {kill.step!r} for {kill.name} to be killed")

    async def _until_settled(self) -> None:
        """Until all that was begun has ended and was told, or it takes too long: the checks tell which."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            deliveries, jobs = await self.rows.deliveries(), await self.rows.all()
            if all(row.status != "pending" for row in deliveries) and all(
                State(row.state).final for row in jobs
            ):
                return
            await asyncio.sleep(0.3)

    def _say(self, text: str) -> None:
        self._console.print(f"{time.monotonic() - self._began:6.1f} s  {text}", markup=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.killing", description=__doc__)
    parser.add_argument("places", nargs="*", choices=[*apart.PLACES, []], metavar="PLACE")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--keep", action="store_true", help="keep logs even when all is well")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    console = Console(highlight=False, soft_wrap=True, width=140)
    began = time.monotonic()
    wrong = [name for name in options.places or apart.PLACES if not _run_one(console, name, options)]
    verdict = f"WRONG: {', '.join(wrong)}" if wrong else "all is well"
    console.print(f"\n{time.monotonic() - began:.0f} s in all; {verdict}")
    return 1 if wrong else 0


def _run_one(console: Console, name: str, options: argparse.Namespace) -> bool:
    """Whether all is well with this installation."""
    logs = LOGS.absolute() / name
    shutil.rmtree(logs, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="ecg-e2e-faults-") as place:
        folder, films = Path(place) / name, Path(place) / "films"
        for each in (folder / "tmp", folder / "data", films, logs):
            each.mkdir(parents=True)
        marker = secrets.token_hex(8)
        try:
            with apart.PLACES[name](Ground(folder, logs, marker)) as installation:
                console.print(f"\n[bold]{installation.name}[/bold]")
                run = Run(installation, films, options.people, console)
                asyncio.run(run.whole())
                checks = check_all(run, films, marker)
        except (NothingToHit, NotStarted, TimeoutError, RuntimeError) as error:
            console.print(f"  the run could not be finished: {error}\n  logs: {logs}", markup=False)
            return False
        finally:
            for process in marked(marker, folder):
                process.kill()
    print_travellers(console, run.crowd)
    print_checks(console, checks)
    well = not any(check.wrong for check in checks)
    if well and not options.keep:
        shutil.rmtree(logs)
    else:
        console.print(f"  logs: {logs}")
    return well


if __name__ == "__main__":
    raise SystemExit(main())
