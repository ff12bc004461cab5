"""A slot's side of its executor: starts the child, speaks with it, and ends it with all that is below it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import psutil
import structlog

from ecg.errors import WorkerLost
from ecg.jobs.execution.protocol import MOST_BYTES, Answer, Command, Exit, Ready, Run, decode_answer, encode
from ecg.jobs.execution.work_folders import WorkFolder
from ecg.process_memory import tree_pss_mb
from ecg.processes import kill_tree
from ecg.settings import Settings

log = structlog.get_logger(__name__)

_START_SECONDS = 60.0
"""For the executor's imports; a laden machine takes its time."""
_EXIT_SECONDS = 5.0
"""For warm resources to close by themselves."""
_GUARDIAN_SECONDS = 1.0
"""For the guardian to end the tree, before we do."""


class ExecutorProcess:
    """A running executor and its guardian; made by `start`."""

    def __init__(self, process: Process) -> None:
        self._guardian = process
        self._executor: psutil.Process | None = None
        """Known once it is ready."""
        self._kills = 0
        """Of the system, when the job began."""
        self._ended = asyncio.create_task(self._wait())

    @classmethod
    async def start(cls, settings: Settings, folder: WorkFolder) -> ExecutorProcess:
        """One that is starting, with these settings and this temporary folder."""
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ecg.jobs.execution.guardian"),
                *(str(folder.lock), str(folder.path), str(folder.temporary)),
                stdin=PIPE,
                stdout=PIPE,
                limit=2 * MOST_BYTES,
                env={**os.environ, **settings.as_environment(), "TMPDIR": str(folder.temporary)},
                pass_fds=(folder.lock,),
                start_new_session=True,  # Ctrl-C in the terminal is the worker's to handle
            )
        )
        try:
            return cls(await asyncio.shield(starting))
        except asyncio.CancelledError:  # asyncio itself would wait for the child's pipes for ever
            await cls(await starting).kill()
            raise

    @property
    def alive(self) -> bool:
        return self._guardian.returncode is None

    async def ready(self) -> None:
        """Wait until it takes orders; raises WorkerLost when it does not come so far."""
        if self._executor is not None:
            return
        try:
            async with asyncio.timeout(_START_SECONDS):
                answer = await self.answer()
        except TimeoutError:
            await self.kill()
            raise WorkerLost(f"the executor did not start within {_START_SECONDS:.0f} s") from None
        if not isinstance(answer, Ready):
            raise WorkerLost(f"the executor did not start: {await self.death()}", hint="see the worker's log")
        try:
            self._executor = psutil.Process(answer.pid)
        except psutil.NoSuchProcess:
            raise WorkerLost(f"the executor did not start: {await self.death()}") from None

    def send(self, command: Command) -> None:
        """Say it; to an executor that has ended this does nothing."""
        stdin = self._guardian.stdin
        assert stdin is not None  # noqa: S101  # it is a pipe
        if isinstance(command, Run):
            self._kills = out_of_memory_kills()
        if not stdin.is_closing():
            stdin.write(encode(command))

    async def answer(self) -> Answer | None:
        """What it says next; None when it has ended."""
        stdout = self._guardian.stdout
        assert stdout is not None  # noqa: S101  # it is a pipe
        try:
            line = await stdout.readline()
            return decode_answer(line) if line.endswith(b"\n") else None
        except (ConnectionError, ValueError) as error:  # ValueError: beyond the limit, or no answer of ours
            log.warning("an executor's answer cannot be read", error=str(error))
            await self.kill()
            return None

    async def death(self) -> str:
        """Wait for its end; answers how it died, for people."""
        code = await asyncio.shield(self._ended)
        number = -code if code < 0 else code - 128
        if number <= 0:
            return f"exit code {code}"
        if number == signal.SIGKILL and out_of_memory_kills() > self._kills:
            return "the system killed it because memory ran out"
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(number).name}"
        return f"exit code {code}"

    async def leave(self) -> None:
        """Let it close what it keeps warm, and end."""
        self.send(Exit())
        await self._end_within(_EXIT_SECONDS)

    async def kill(self) -> None:
        """End it and everything below it; when this returns, nothing of it runs any more."""
        with contextlib.suppress(psutil.Error):
            if self._executor is not None:
                self._executor.kill()
        await self._end_within(_GUARDIAN_SECONDS if self._executor else 0)

    def memory_mb(self) -> float:
        """Proportional set size of the executor and everything below it, in MB (10^6 bytes). Blocks for
        milliseconds; for any thread.
        """
        return tree_pss_mb(self._guardian.pid) if self.alive else 0.0

    async def _end_within(self, seconds: float) -> None:
        await asyncio.wait([self._ended], timeout=seconds)
        if not self._ended.done():
            await asyncio.to_thread(self._kill_trees)
        await asyncio.shield(self._ended)

    def _kill_trees(self) -> None:
        if self.alive:
            kill_tree(self._guardian.pid)
        if self._executor is not None and self._executor.is_running():
            kill_tree(self._executor.pid)

    async def _wait(self) -> int:
        """Until the guardian and the pipes to the executor have ended."""
        code = await self._guardian.wait()
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        return code


def out_of_memory_kills() -> int:
    """How often this system has killed a process because memory ran out; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return int(counts["oom_kill"])
    return 0
