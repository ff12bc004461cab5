"""Parts are kept running, and end in order; the parts here are small scripts that write down what happens."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ecg import processes
from ecg import supervisor as module
from ecg.processes import Child
from ecg.supervisor import Part, Supervisor

SCRIPT = """
import os, signal, sys, time
notes, name, behaviour = sys.argv[1:]
def note(what):
    with open(notes, "a") as file:
        file.write(f"{name} {what} {os.getpid()}\\n")
def stop(*_):
    time.sleep(0.1)
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "stubborn" else stop)
note("began")
if behaviour.isdecimal():
    sys.exit(int(behaviour))
while True:
    time.sleep(600)
"""


class Notes:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def said(self, what: str = "") -> list[str]:
        lines = [line.rsplit(" ", 1)[0] for line in self.path.read_text().splitlines()]
        return [line for line in lines if what in line]

    def pid(self, name: str) -> int:
        return next(
            int(line.split()[2]) for line in self.path.read_text().splitlines() if line.startswith(name)
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < end, self.path.read_text()
            await asyncio.sleep(0.01)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notes:
    script = tmp_path / "part.py"
    script.write_text(SCRIPT)
    monkeypatch.setattr(module, "PROGRAM", (sys.executable, script, tmp_path / "notes"))
    monkeypatch.setattr(module, "_PAUSES", (0.05, 0.1))
    return Notes(tmp_path / "notes")


def part(name: str, behaviour: str = "good", seconds: float = 10) -> Part:
    return Part(name=name, arguments=(name, behaviour), end_seconds=seconds)


def supervise(rows: list[list[Part]], then: Callable[[Supervisor], Awaitable[None]]) -> int:
    """Run the parts, do `then`, and answer the exit code."""

    async def run() -> int:
        supervisor = Supervisor(rows, {})
        running = asyncio.create_task(supervisor.run())
        await then(supervisor)
        return await running

    return asyncio.run(run())


def test_rows_end_from_the_last_to_the_first(notes: Notes) -> None:
    async def then(supervisor: Supervisor) -> None:
        await notes.until(lambda: len(notes.said("began")) == 3)
        supervisor.stop()

    assert supervise([[part("server")], [part("worker-1"), part("worker-2")]], then) == 0
    assert notes.said("ended")[-1] == "server ended"
    assert len(notes.said("ended")) == 3


def test_a_part_that_was_killed_is_started_again(notes: Notes) -> None:
    async def then(supervisor: Supervisor) -> None:
        await notes.until(lambda: len(notes.said("began")) == 1)
        os.kill(notes.pid("worker"), signal.SIGKILL)
        await notes.until(lambda: len(notes.said("began")) == 2)
        supervisor.stop()

    assert supervise([[part("worker")]], then) == 0
    assert notes.said() == ["worker began", "worker began", "worker ended"]


def test_a_part_that_fails_is_tried_again_and_again(notes: Notes) -> None:
    async def then(supervisor: Supervisor) -> None:
        await notes.until(lambda: len(notes.said("began")) >= 4)
        supervisor.stop()

    assert supervise([[part("worker", "1")]], then) == 0


def test_a_part_that_cannot_be_started_is_tried_again(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [OSError(11, "no more processes"), OSError(12, "no memory")]
    begin = processes.start

    async def start(*arguments: Any, **options: Any) -> Child:
        if refusals:
            raise refusals.pop()
        return await begin(*arguments, **options)

    async def then(supervisor: Supervisor) -> None:
        await notes.until(lambda: len(notes.said("began")) == 1)
        supervisor.stop()

    monkeypatch.setattr(module, "start", start)
    assert supervise([[part("worker")]], then) == 0


def test_wrong_settings_end_everything(notes: Notes) -> None:
    async def then(_supervisor: Supervisor) -> None:
        await notes.until(lambda: bool(notes.said("server ended")))

    rows = [[part("server")], [part("worker", "2")]]

    async def run() -> int:
        return await Supervisor(rows, {}).run()

    assert asyncio.run(run()) == 2
    assert len(notes.said("worker began")) == 1


def test_what_does_not_end_in_time_is_killed(notes: Notes) -> None:
    async def then(supervisor: Supervisor) -> None:
        await notes.until(lambda: len(notes.said("began")) == 1)
        supervisor.stop()

    assert supervise([[part("worker", "stubborn", seconds=0.1)]], then) == 0


def test_kill_waits_for_nobody(notes: Notes) -> None:
    async def then(supervisor: Supervisor) -> None:
        await notes.until(lambda: len(notes.said("began")) == 2)
        supervisor.stop()
        await asyncio.sleep(0)
        supervisor.kill()

    began = time.monotonic()
    supervise([[part("server")], [part("worker", "stubborn", seconds=60)]], then)
    assert time.monotonic() - began < 30
    assert not notes.said("ended")
