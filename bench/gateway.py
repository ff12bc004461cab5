"""One API server process under load, beside what FastAPI does by itself (issue 4).

    python bench/gateway.py [--databases SQLite,PostgreSQL] [--concurrent 50,200] [--small]

So many users at once poll an export and an analysis, sign in, and save a project of 100 cues; each asks again
as soon as they are answered. Beside it a bare FastAPI application gets the same requests and gives answers of
the same size, served by the same code with the same settings of uvicorn. Both take turns. Signing in is bound
by hashing passwords, which is meant to be slow: its table also has the time that the hashes alone take on
all processors. Statements are counted in a second server on the same database, where a listener can ask which
of them belong to a request. Exits 1 when an answer was missing or wrong, or a poll cost SQL.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import psutil
from rich.console import Console
from rich.table import Table
from tests.services.starting import free_port

from ecg.accounts.passwords import Passwords
from ecg.processes import running
from ecg.settings import Settings
from gateway_people import OPERATIONS, PASSWORD, Person, people, tell_of_jobs
from gateway_statements import statements_of_requests
from http_load import Load, User, drive
from spine_places import database_servers, place, run

NAMES = {"export": "export status", "analysis": "analysis status", "login": "login", "save": "project save"}
REQUESTS = {"export": 4000, "analysis": 4000, "login": 600, "save": 1600}
"""Of each in all rounds, or ten a user where that is more."""
ROUNDS = 4
"""How often API and bare server take turns."""
COUNTED = 20
HASHES = 20
READY_SECONDS = 60.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--databases", default="SQLite,PostgreSQL")
    options.add_argument("--concurrent", default="50,200", help="users at once")
    options.add_argument("--small", action="store_true", help="a tenth of the requests, to see that it works")
    chosen = options.parse_args()
    at_once = [int(number) for number in chosen.concurrent.split(",")]
    console = Console(width=120)
    good = True
    with database_servers(chosen.databases.split(",")) as servers:
        for name, server in servers.items():
            with place(server, log_level="WARNING", login_failures=1000) as settings:
                good &= _measure(console, name, settings, at_once, small=chosen.small)
    return 0 if good else 1


def _measure(
    console: Console, database: str, settings: Settings, at_once: Sequence[int], *, small: bool
) -> bool:
    """Print what there is of one database; False when something was wrong."""
    known = run(people(settings, max(at_once)))
    users = {name: [make(person) for person in known] for name, make in OPERATIONS.items()}
    good = True
    with _server(settings) as port, _bare(_answers(port, settings, known, users)) as bare_port:
        for number in at_once:
            loads = {
                name: _loads(
                    name, settings, known[:number], users[name][:number], (port, bare_port), small=small
                )
                for name in OPERATIONS
            }
            good &= _show(console, f"{number} users at once, {database}", loads)
    run(tell_of_jobs(settings, known))
    counts = {name: statements_of_requests(settings, users[name][0], COUNTED) for name in OPERATIONS}
    told = ", ".join(f"{NAMES[name]} {count / COUNTED:g}" for name, count in counts.items())
    console.print(f"SQL statements a request, {database}: {told}")
    met = not counts["export"] and not counts["analysis"]
    if not met:
        console.print("MISSED: polls are to cost none")
    return good and met


Pair = tuple[Load, Load]
"""The API's, and the bare server's."""


def _loads(
    name: str,
    settings: Settings,
    known: Sequence[Person],
    users: Sequence[User],
    ports: tuple[int, int],
    *,
    small: bool,
) -> Pair:
    """The users ask both, turn by turn."""
    askers = (users, [OPERATIONS[name](person) for person in known])
    count = max(REQUESTS[name], 10 * len(known)) // (10 if small else 1)
    count = max(count // ROUNDS, len(known))
    found: list[Load] = [Load([], [], 0, 0), Load([], [], 0, 0)]
    for _ in range(ROUNDS):
        run(tell_of_jobs(settings, known))
        for which in (0, 1):
            found[which] += drive(ports[which], askers[which], count=count)
    return found[0], found[1]


def _show(console: Console, title: str, loads: dict[str, Pair]) -> bool:
    load = psutil.getloadavg()[0]
    table = Table(title=f"{title} (milliseconds; load of the machine {load:.1f})")
    for column in (
        "what",
        "server",
        "requests",
        "a second",
        "p50",
        "p99",
        "p50 / bare",
        "p99 / bare",
        "errors",
    ):
        table.add_column(column, justify="left" if column in ("what", "server") else "right")
    faults: list[str] = []
    for name, (ours, bare) in loads.items():
        ratios = [f"{ours.percentile(percent) / bare.percentile(percent):.2f}" for percent in (50, 99)]
        for server, each, shown in (("API", ours, ratios), ("bare FastAPI", bare, ["", ""])):
            times = [f"{each.percentile(percent):.1f}" for percent in (50, 99)]
            count = str(len(each.seconds))
            table.add_row(
                NAMES[name], server, count, f"{each.per_second:.0f}", *times, *shown, str(len(each.faults))
            )
            faults += each.faults
        table.add_section()
    console.print(table)
    login = loads["login"][0]
    least = run(_hash_seconds()) / (os.cpu_count() or 1)
    console.print(
        f"hashing alone would allow {1 / least:.0f} sign-ins a second; there were {login.per_second:.0f}"
    )
    share = max(each.client_share for pair in loads.values() for each in pair)
    console.print(f"the clients took {share:.0%} of one processor at most")
    for fault in dict.fromkeys(faults[:5]):
        console.print(f"MISSED: {fault[:600]}", markup=False)
    return not faults


async def _hash_seconds() -> float:
    """What one password takes on one processor."""
    passwords = Passwords(at_once=1)
    hashed = await passwords.hash(PASSWORD)
    began = time.perf_counter()
    for _ in range(HASHES):
        await passwords.verify(PASSWORD, hashed)
    return (time.perf_counter() - began) / HASHES


@contextlib.contextmanager
def _server(settings: Settings) -> Iterator[int]:
    """The port of `ecg serve api` as one process."""
    port = free_port()
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **settings.as_environment(), "PYTHONPATH": path}
    command = [sys.executable, "-m", "ecg", "serve", "api", "--workers", "0", "--port", str(port)]
    with running(command, env=environment, cwd=settings.data_dir, grace_seconds=15):
        yield _until_it_listens(port)


@contextlib.contextmanager
def _bare(answers: dict[str, object]) -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ecg-bench-") as folder:
        file = Path(folder) / "answers.json"
        file.write_text(json.dumps(answers))
        program = Path(__file__).with_name("gateway_bare.py")
        with running([sys.executable, str(program), str(port), str(file)], cwd=Path(folder)):
            yield _until_it_listens(port)


def _answers(
    port: int, settings: Settings, known: Sequence[Person], users: Mapping[str, Sequence[User]]
) -> dict[str, object]:
    """One of each from the real server, for the bare one to give."""
    run(tell_of_jobs(settings, known[:1]))
    answers = {}
    for name, (first, *_) in users.items():
        kept = _Keeping(first)
        load = drive(port, [kept], count=1)
        assert not load.faults, load.faults[0]
        answers[name] = json.loads(kept.body)
    return answers


class _Keeping:
    """A user who keeps the last answer."""

    def __init__(self, user: User) -> None:
        self._user = user
        self.body = b""

    def request(self) -> bytes:
        return self._user.request()

    def take(self, body: bytes) -> None:
        self._user.take(body)
        self.body = body


def _until_it_listens(port: int) -> int:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return port
        except OSError:
            assert time.monotonic() < end, "the server was not ready in time"
            time.sleep(0.1)


if __name__ == "__main__":
    raise SystemExit(main())
