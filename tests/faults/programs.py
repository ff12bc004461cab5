"""The processes of a run: kept running as an init system would, killed on purpose, counted at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from ecg.processes import Child, start

MARKER = "ECG_FAULT_RUN"
"""An environment variable that all processes of a run inherit; its value is the run's own."""
END_SECONDS = 40.0


class Program:
    """One process that is started again whenever it ends, until `stop`."""

    def __init__(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self.name = name
        self.odd: list[str] = []
        """Ends that nobody had asked for."""
        self._argv, self._environment, self._folder, self._log = list(argv), environment, folder, log
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._wanted = True
        self._killed = False
        self._started = asyncio.Event()

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def lives(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        self._wanted = True
        self._started.clear()
        self._keeper = asyncio.create_task(self._keep(), name=self.name)
        await self._started.wait()

    def kill(self) -> int:
        """SIGKILL for the process alone; it is started again at once. Answers its process id."""
        pid = self.pid
        self._killed = True
        os.kill(pid, signal.SIGKILL)
        return pid

    async def stop(self) -> int:
        """SIGTERM, and wait until it has ended. Answers the exit code."""
        assert self._child is not None
        assert self._keeper is not None
        self._wanted = False
        code = await self._child.end(END_SECONDS)
        if code != 0:
            self.odd.append(f"{self.name} ended with {code} when it was asked to end")
        await self._keeper
        return code

    async def abandon(self) -> None:
        """End it whatever state it is in."""
        self._wanted = False
        if self._child is not None:
            self._child.kill()
        if self._keeper is not None:
            await self._keeper

    async def _keep(self) -> None:
        while self._wanted:
            with self._log.open("ab") as log:
                self._child = await start(
                    self._argv,
                    grace_seconds=20,
                    env=self._environment,
                    cwd=self._folder,
                    stdout=log.fileno(),
                    stderr=log.fileno(),
                )
            self._started.set()
            code = await self._child.wait()
            if self._wanted and not self._killed:
                self.odd.append(f"{self.name} ended by itself with {code}")
                await asyncio.sleep(0.5)
            self._killed = False


def marked(value: str, folder: Path) -> list[psutil.Process]:
    """Every process of this machine that carries the run's marker, or the name of its folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.environ().get(MARKER) == value or str(folder) in " ".join(process.cmdline()):
                found.append(process)
    return found


def lives(pid: int) -> bool:
    """Whether it has not ended; rows are told of a killed worker a moment later."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def busy_executors(worker: int) -> list[psutil.Process]:
    """The executors below a worker that have a job: its folder is there while it runs."""
    found = []
    with contextlib.suppress(psutil.Error):
        for guardian in psutil.Process(worker).children():
            command = guardian.cmdline()
            if "ecg.jobs.execution.guardian" in command and _has_job(Path(command[-2])):
                found += guardian.children()[:1]
    return found


def browser_of(executor: psutil.Process) -> psutil.Process | None:
    """Its browser's first process, which all others of the browser come from."""
    with contextlib.suppress(psutil.Error):
        for process in executor.children(recursive=True):
            command = process.cmdline()
            ours = any(part.startswith("--user-data-dir=") for part in command)
            if ours and not any(part.startswith("--type=") for part in command) and command[0] != "/bin/sh":
                return process
    return None


def describe(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())[:120]}"
    return str(process.pid)


def _has_job(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(folder.iterdir())
    return False
