"""Child processes that end with their parent, whatever ends the parent.

Nothing in a process runs when it is killed with SIGKILL, but the kernel closes its files. So each child gets
a lifeline: a pipe whose writing end only the parent holds. Beside the child, in its process group, a shell
reads from that pipe (3 ms at the start and 0.1 MB); when it ends, the shell asks the child to stop (SIGTERM)
and after a time of grace kills the whole group (SIGKILL). That works alike on Linux and macOS, for our own
programs and for foreign ones (redis-server), for a child that hangs, and for the children's children: their
parents' lifelines are cut in turn. The child itself is the process that was started: its number, its pipes
and its exit status are its own, and its standard input stays free.

What a child starts in yet another session is out of the group's reach, and has to end by itself when its own
pipes close, as the browser does; `kill_tree` reaches it while its parent lives.

While the watching shell lives, the kernel gives the group's number to nobody else, so killing it is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from ecg.errors import MissingDependency

_GUARD = """
lifeline=$1 tenths=$2; shift 2
( trap '' TERM INT HUP
  read -r _
  kill -s TERM $$
  while kill -s 0 $$ && [ "$tenths" -gt 0 ]; do
    if read -r state </proc/$$/stat; then case $state in *') Z '*) break;; esac; fi
    sleep 0.1; tenths=$((tenths - 1))
  done
  kill -s KILL -- -$$
) <"/dev/fd/$lifeline" >/dev/null 2>&1 &
exec "$@"
"""
"""Becomes the child; the part in brackets stays beside it. Where there is a /proc, it tells a child that has
ended but that nobody has reaped (a container's first process may be slow at that)."""

GRACE_SECONDS = 5.0


class Lifeline:
    """What ties one child to this process; cutting it ends the child."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    @property
    def for_child(self) -> tuple[int, ...]:
        """The descriptors that the child inherits."""
        return (self._reading,)

    def command(self, argv: Sequence[str | Path], grace_seconds: float) -> list[str]:
        """What to start instead of `argv`; raises MissingDependency when there is no such program."""
        program = shutil.which(argv[0])
        if program is None:
            raise MissingDependency(f"the program {argv[0]} is not here", hint="ecg doctor")
        tenths = max(1, round(grace_seconds * 10))
        return [
            "sh",
            "-c",
            _GUARD,
            "ecg-guard",
            str(self._reading),
            str(tenths),
            program,
            *map(str, argv[1:]),
        ]

    def tied(self) -> None:
        """The child has its end; ours goes."""
        self._reading = _closed(self._reading)

    def cut(self) -> None:
        self._reading = _closed(self._reading)
        self._writing = _closed(self._writing)


class Child:
    """A running child for asyncio programs; made by `start`."""

    def __init__(self, process: Process, lifeline: Lifeline) -> None:
        self.process = process
        self._lifeline = lifeline
        self._left: asyncio.Task[int] | None = None
        self._killed = False

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self.process.returncode

    async def wait(self) -> int:
        """Until it has ended; what it left behind in its group is killed then. Answers the exit status."""
        if self._left is None:
            self._left = asyncio.create_task(self._leave())
        return await asyncio.shield(self._left)

    def ask(self, signal_number: int = signal.SIGTERM) -> None:
        """Send a signal to the child alone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal_number)

    def kill(self) -> None:
        """Kill it and everything below it at once; `wait` still has to be awaited."""
        if self.returncode is None:
            kill_tree(self.pid)
            self._killed = True

    async def end(self, grace_seconds: float = GRACE_SECONDS) -> int:
        """SIGTERM, then after a time of grace SIGKILL for everything below it. Answers the exit status."""
        if self.returncode is None:
            self.ask()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    return await self.wait()
            self.kill()
        return await self.wait()

    async def _leave(self) -> int:
        try:
            return await self.process.wait()
        finally:
            if not self._killed:
                _kill_group(self.pid)
            self._lifeline.cut()


async def start(
    argv: Sequence[str | Path],
    *,
    grace_seconds: float = GRACE_SECONDS,
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
    stderr: int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    limit: int = 1 << 16,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start a program in a session of its own, so that Ctrl-C in a terminal is ours to pass on.

    `grace_seconds`: between SIGTERM and SIGKILL when this process dies. `limit`: bytes of a line that the
    child's streams may hold. Raises MissingDependency.
    """
    lifeline = Lifeline()
    try:
        process = await asyncio.create_subprocess_exec(
            *lifeline.command(argv, grace_seconds),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=env,
            cwd=cwd,
            limit=limit,
            pass_fds=(*lifeline.for_child, *pass_fds),
            start_new_session=True,
        )
    except BaseException:
        lifeline.cut()
        raise
    lifeline.tied()
    return Child(process, lifeline)


@contextlib.contextmanager
def running(
    argv: Sequence[str | Path], *, grace_seconds: float = GRACE_SECONDS, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """The same for programs without asyncio: the child runs while the block does.

    `options` are those of `subprocess.Popen`. Raises MissingDependency.
    """
    lifeline = Lifeline()
    try:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            lifeline.command(argv, grace_seconds),
            pass_fds=lifeline.for_child,
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL, **options},
        )
    except BaseException:
        lifeline.cut()
        raise
    lifeline.tied()
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            kill_tree(process.pid)
        _kill_group(process.pid)
        process.wait()
        lifeline.cut()


def kill_tree(pid: int) -> None:
    """SIGKILL for a process, its group when it leads one, and all its descendants, in whatever session.

    Looks again until nothing new turns up, for a process may start another while it is being killed. Does not
    wait for them to be gone; the kernel needs a few milliseconds.
    """
    try:
        root = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    found = {root}
    for _ in range(100):
        # Parents stand still first: what is stopped starts no more children, and stays their parent.
        for process in found:
            _signal(process, signal.SIGSTOP)
        below = _descendants(root)
        if below <= found:
            break
        found |= below
    _kill_group(pid)
    for process in found:
        _signal(process, signal.SIGKILL)


def _descendants(root: psutil.Process) -> set[psutil.Process]:
    try:
        return set(root.children(recursive=True))
    except psutil.NoSuchProcess:
        return set()


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return -1
