"""Keeps child processes of ECG running, and ends them in order.

What runs is data: rows of parts. All parts start at once and are started again when they end, after a pause
that grows the more often they die young. When it is time to end, the rows end from the last to the first, the
parts of a row together: workers hand their jobs back while the server still answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from ecg.logging import LABEL_VARIABLE
from ecg.processes import Child, start

log = structlog.get_logger(__name__)

PROGRAM = (sys.executable, "-m", "ecg")
WRONG_SETTINGS = 2
"""Exit code of a part that will fail again however often it is started."""
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a part is started again; the last one is used for all further times."""
_YOUNG_SECONDS = 60.0
_COLOURS = (36, 33, 35, 32, 34, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process of ours: the arguments of `ecg`."""

    name: str
    arguments: tuple[str, ...]
    end_seconds: float = 15.0
    """How long it may take to end by itself before it is killed."""


Rows = Sequence[Sequence[Part]]


class Supervisor:
    """`run` until `stop`. A part that says that its settings are wrong ends everything."""

    def __init__(self, rows: Rows, environment: Mapping[str, str]) -> None:
        self._rows = rows
        self._environment = environment
        self._parts = [part for row in rows for part in row]
        self._children: dict[Part, Child] = {}
        self._keepers: dict[Part, asyncio.Task[None]] = {}
        self._asked = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        """The exit code: 0 after `stop`, that of the part when one cannot work."""
        self._keepers = {part: asyncio.create_task(self._keep(part)) for part in self._parts}
        try:
            await self._asked.wait()
            for row in reversed(self._rows):
                await asyncio.gather(*(self._end(part, part.end_seconds) for part in row))
        finally:
            self._asked.set()
            await asyncio.gather(*(self._end(part, 0) for part in self._parts))
        return self._code

    def stop(self) -> None:
        """End all parts in order."""
        self._asked.set()

    def kill(self) -> None:
        """End all parts at once, without asking."""
        self._asked.set()
        for child in self._children.values():
            child.kill()

    async def _keep(self, part: Part) -> None:
        deaths = 0
        while not self._asked.is_set():
            began = time.monotonic()
            code: int | None = None
            try:
                code = await self._run(part)
            except OSError as error:  # no more processes, no memory for one: that passes
                log.error("a part could not be started", part=part.name, error=str(error))
            if self._asked.is_set():
                return
            if code == WRONG_SETTINGS:
                self._code = code
                log.error("a part cannot work with these settings: everything ends", part=part.name)
                self._asked.set()
                return
            deaths = deaths + 1 if time.monotonic() - began < _YOUNG_SECONDS else 1
            pause = _PAUSES[min(deaths, len(_PAUSES)) - 1]
            log.warning("a part ended and is started again", part=part.name, code=code, again_in=pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._asked.wait()

    async def _run(self, part: Part) -> int:
        child = await start(
            [*PROGRAM, *part.arguments],
            grace_seconds=part.end_seconds,
            env={**os.environ, **self._environment, LABEL_VARIABLE: self._label(part)},
        )
        self._children[part] = child
        if self._asked.is_set():  # while it was being started
            return await child.end(part.end_seconds)
        return await child.wait()

    async def _end(self, part: Part, seconds: float) -> None:
        if child := self._children.get(part):
            await child.end(seconds)
        await self._keepers[part]

    def _label(self, part: Part) -> str:
        """What stands before the part's lines on a terminal."""
        width = max(len(other.name) for other in self._parts)
        text = f"{part.name:<{width}} | "
        if not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
            return text
        return f"\x1b[{_COLOURS[self._parts.index(part) % len(_COLOURS)]}m{text}\x1b[0m"
