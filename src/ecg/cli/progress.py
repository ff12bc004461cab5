"""One bar a stage on a terminal; one line a stage in a log file.

Bars go to standard error, so that results on standard output can be piped.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from ecg.cli.messages import say

if TYPE_CHECKING:
    from rich.progress import TaskID

_LOG_SECONDS = 10.0
"""How often a stage that takes long says so where there is no terminal."""


class Stages:
    """Shows the progress of stages that follow one another; call it with a stage and its share done, 0 … 1.

    A stage is done when the next one begins or the block is left without an error.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._display: _Bars | _Lines = _Bars() if self._stream.isatty() else _Lines(self._stream)
        self._stage: str | None = None
        self._last_share = 0.0

    def __call__(self, stage: str, share: float) -> None:
        if stage != self._stage:
            self._finish()
            self._stage, self._last_share = stage, 0.0
            self._display.begin(say(f"stage.{stage}"))
        # A bar that goes back helps nobody, and parallel workers may report out of order.
        self._last_share = max(self._last_share, min(1.0, share))
        self._display.update(self._last_share)

    def _finish(self) -> None:
        if self._stage is not None:
            self._display.end()
            self._stage = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        self._display.close()


class _Bars:
    """rich's bars, drawn anew in place."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}", justify="left"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._progress.start()

    def begin(self, title: str) -> None:
        self._task = self._progress.add_task(title, total=1.0)

    def update(self, share: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=share)

    def end(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=1.0)
            self._progress.stop_task(self._task)

    def close(self) -> None:
        self._progress.stop()


class _Lines:
    """A line when a stage has ended, and now and then while it lasts."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._title = ""
        self._begun = self._told = 0.0

    def begin(self, title: str) -> None:
        self._title, self._begun = title, time.monotonic()
        self._told = self._begun

    def update(self, share: float) -> None:
        now = time.monotonic()
        if now - self._told >= _LOG_SECONDS:
            self._told = now
            self._write(f"{share:.0%}")

    def end(self) -> None:
        self._write(f"{say('done')} ({time.monotonic() - self._begun:.1f} s)")

    def close(self) -> None:
        """Nothing to put away."""

    def _write(self, state: str) -> None:
        print(f"{self._title}: {state}", file=self._stream, flush=True)
