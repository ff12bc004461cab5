"""The job that runs in this executor, as its function sees it (`ecg.jobs.kinds.JobContext`)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg.errors import Cancelled
from ecg.jobs.execution.protocol import Measure, Progress, Run
from ecg.jobs.execution.reporter import Reporter
from ecg.jobs.execution.warm import WarmShelf


class RunningJob:
    """Thread-safe. Once the job is over, what its stray threads still tell is not passed on."""

    def __init__(
        self, command: Run, *, reporter: Reporter, shelf: WarmShelf, memory_short: threading.Event
    ) -> None:
        self.order = command.order
        self.tenant_id = command.order.tenant_id
        self.job_id = command.order.job_id
        self.attempt = command.order.attempt
        self.folder = Path(command.folder)
        self._reporter = reporter
        self._shelf = shelf
        self._memory_short = memory_short
        self._cancelled = threading.Event()
        self._over = threading.Event()

    def tell(self, percent: float, stage: str, message: str = "", **details: Any) -> None:
        progress = Progress(
            percent=min(max(percent, 0.0), 100.0),
            stage=stage,
            message=message or None,
            details=details or None,
        )
        if not self._over.is_set():
            self._reporter.progress(progress)

    def measure(
        self, *, work: float | None = None, deadline: float | None = None, memory_mb: float | None = None
    ) -> None:
        if not self._over.is_set():
            self._reporter.say(Measure(work=work, deadline_seconds=deadline, memory_mb=memory_mb))

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled(f"the job {self.job_id} was stopped")

    def memory_is_short(self) -> bool:
        return self._memory_short.is_set()

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        return self._shelf.keep(name, make)

    def drop(self, name: str) -> None:
        self._shelf.drop(name)

    def cancel(self) -> None:
        """Ask the function to stop."""
        self._cancelled.set()

    def end(self) -> None:
        self._over.set()
