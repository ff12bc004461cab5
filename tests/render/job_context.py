"""A job's view of itself without a worker: what it tells is kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecg.errors import Cancelled


@dataclass
class KeptContext:
    """A `JobContext` whose owner may set `stop_at` (percent) and `short` (memory)."""

    folder: Path
    tenant_id: str = "service"
    job_id: str = "job-1"
    attempt: int = 1
    stop_at: float = 1000.0
    short: bool = False
    told: list[dict[str, Any]] = field(default_factory=list)
    measured: list[dict[str, float]] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    _leaving: ExitStack = field(default_factory=ExitStack)

    def tell(
        self,
        percent: float,
        stage: str,
        message: str = "",
        *,
        seconds_left: float | None = None,
        **details: Any,
    ) -> None:
        told = {"percent": percent, "stage": stage, "message": message, "seconds_left": seconds_left}
        self.told.append({**told, **details})

    def cancelled(self) -> bool:
        return bool(self.told) and self.told[-1]["percent"] >= self.stop_at

    def check(self) -> None:
        if self.cancelled():
            raise Cancelled("stopped")

    def measure(
        self, *, work: float | None = None, deadline: float | None = None, memory_mb: float | None = None
    ) -> None:
        given = {"work": work, "deadline": deadline, "memory_mb": memory_mb}
        self.measured.append({name: value for name, value in given.items() if value is not None})

    def memory_is_short(self) -> bool:
        return self.short

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self.kept:
            made = make()
            entered = isinstance(made, AbstractContextManager)
            self.kept[name] = self._leaving.enter_context(made) if entered else made
        return self.kept[name]

    def close(self) -> None:
        self._leaving.close()
