"""Children end with their parent, whatever ends it; each test looks at real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from ecg.errors import MissingDependency
from ecg.processes import kill_tree, running, start

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
below = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 600; done"])
elsewhere = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(os.getpid(), below.pid, elsewhere.pid, flush=True)
time.sleep(600)
"""
"""Ignores SIGTERM and has a child in its group that does so too, and one in a session of its own."""

PARENT = """
import asyncio, json, subprocess, sys
from ecg.processes import start

async def main():
    child = await start(json.loads(sys.argv[1]), grace_seconds=0.3, stdout=subprocess.PIPE)
    print((await child.process.stdout.readline()).decode().strip(), flush=True)
    await child.wait()

asyncio.run(main())
"""


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def parent_of(argv: Sequence[str]) -> tuple[subprocess.Popen[str], list[int]]:
    """A process that starts `argv` as its child; the numbers that the child printed."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps(argv)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    return parent, [int(part) for part in parent.stdout.readline().split()]


def test_a_killed_parent_takes_its_stubborn_child_and_grandchild_along() -> None:
    parent, (child, grandchild, elsewhere) = parent_of([sys.executable, "-c", STUBBORN])
    try:
        parent.kill()
        until(lambda: gone(child) and gone(grandchild))
    finally:
        os.kill(elsewhere, signal.SIGKILL)
        parent.communicate()


def test_a_killed_parent_leaves_time_to_stop_well(tmp_path: Path) -> None:
    note = tmp_path / "note"
    polite = f"""
import os, signal, time
def stop(*_):
    open({str(note)!r}, "w").write("stopped well")
    raise SystemExit
signal.signal(signal.SIGTERM, stop)
print(os.getpid(), flush=True)
time.sleep(600)
"""
    parent, (child,) = parent_of([sys.executable, "-c", polite])
    parent.kill()
    parent.communicate()
    until(lambda: gone(child))
    assert note.read_text() == "stopped well"


def test_no_watcher_stays_when_the_child_ends_by_itself() -> None:
    async def run() -> None:
        child = await start(["sh", "-c", "sleep 600 & exit 3"])
        group = child.pid
        assert await child.wait() == 3
        until(lambda: not [p for p in psutil.process_iter() if _group(p) == group and not gone(p.pid)])

    asyncio.run(run())


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return -1


def test_end_is_polite_first() -> None:
    async def run() -> None:
        child = await start(["sleep", "600"])
        assert await child.end(grace_seconds=5) == -signal.SIGTERM
        assert await child.end() == -signal.SIGTERM  # once more does nothing

    asyncio.run(run())


def test_end_kills_what_does_not_listen() -> None:
    async def run() -> None:
        child = await start([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
        assert child.process.stdout
        pids = [int(part) for part in (await child.process.stdout.readline()).split()]
        assert await child.end(grace_seconds=0.1) == -signal.SIGKILL
        for pid in pids:
            until(lambda pid=pid: gone(pid))  # type: ignore[misc]

    asyncio.run(run())


def test_the_child_keeps_its_own_pipes_and_exit_status() -> None:
    async def run() -> None:
        child = await start(["sh", "-c", "cat; exit 7"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        out, _ = await child.process.communicate(b"hello")
        assert (out, await child.wait()) == (b"hello", 7)

    asyncio.run(run())


def test_output_ends_when_the_child_does() -> None:
    """The watcher beside the child must not hold its pipes open."""

    async def run() -> None:
        child = await start(["sh", "-c", "echo last words"], stdout=subprocess.PIPE)
        assert child.process.stdout
        assert await asyncio.wait_for(child.process.stdout.read(), 5) == b"last words\n"
        await child.wait()

    asyncio.run(run())


def test_a_program_that_is_not_here_is_named() -> None:
    with pytest.raises(MissingDependency, match="no-such-program"):
        asyncio.run(start(["no-such-program"]))


def test_running_ends_with_its_block() -> None:
    with running([sys.executable, "-c", STUBBORN], grace_seconds=0.1, stdout=subprocess.PIPE) as process:
        assert process.stdout
        pids = [int(part) for part in process.stdout.readline().split()]
    process.stdout.close()
    for pid in pids:
        until(lambda pid=pid: gone(pid))  # type: ignore[misc]


def test_killing_a_tree_that_is_gone_is_no_error() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    kill_tree(process.pid)
