"""The receiver of a run, from the run's side: it can be cut off, and tells what has arrived."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.faults.installations import SECRET
from tests.faults.programs import Program
from tests.services.starting import free_port


class Receiver:
    """`tests.faults.receiver` as a child; the same port and the same file again after a cut."""

    def __init__(self, folder: Path, environment: dict[str, str], logs: Path) -> None:
        self._file = folder / "callbacks.jsonl"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/callback"
        program = Path(__file__).with_name("receiver.py")
        command = [sys.executable, str(program), str(self._port), str(self._file), SECRET]
        self._program = Program("receiver", command, environment, folder, logs / "receiver.log")
        self._return: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self._program.pid

    async def start(self) -> None:
        await self._program.start()

    async def cut(self, seconds: float) -> None:
        """Kill it; it comes back by itself after so many seconds."""
        await self._program.abandon()
        self._return = asyncio.create_task(self._come_back(seconds), name="receiver")

    async def back(self) -> None:
        """Until it takes messages again."""
        if self._return is not None:
            await self._return

    async def end(self) -> None:
        await self.back()
        await self._program.abandon()

    def arrived(self) -> list[dict[str, Any]]:
        """Every message in the order of arrival, repeats among them: `id` and `body`, or `refused`."""
        if not self._file.exists():
            return []
        return [json.loads(line) for line in self._file.read_text().splitlines()]

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._program.start()
