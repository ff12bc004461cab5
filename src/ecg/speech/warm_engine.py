"""The engine that stays loaded from job to job in one executor.

One at a time: a job that needs another one, or the same with other hardware, has it exchanged. An executor
that idles is ended by its slot, and the engine with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

from ecg.speech.engines import Engine, Hardware


class WarmEngine:
    """A context manager that closes what it holds."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._made_for: tuple[str, str, Hardware] | None = None

    def lending(self, hardware: Hardware) -> Callable[[Engine], AbstractContextManager[Engine]]:
        """`ecg.speech.listening.Borrow`, for jobs that may use this hardware."""
        return lambda wanted: self._lend(wanted, hardware)

    @property
    def device(self) -> str:
        """Where the engine that was lent last listens."""
        return self._engine.device if self._engine else "cpu"

    def close(self) -> None:
        """Unload it."""
        engine, self._engine, self._made_for = self._engine, None, None
        if engine is not None:
            engine.close()

    @contextmanager
    def _lend(self, wanted: Engine, hardware: Hardware) -> Iterator[Engine]:
        made_for = (wanted.name, wanted.model_version, hardware)
        if self._engine is None or self._made_for != made_for:
            self.close()
            wanted.load()
            self._engine, self._made_for = wanted, made_for
        try:
            yield self._engine
        except BaseException:  # half-done work may have left it in any state
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
