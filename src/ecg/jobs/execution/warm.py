"""Costly things that stay from job to job in one executor: a browser, a model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Self

import structlog

log = structlog.get_logger(__name__)


class WarmShelf:
    """Things by name, made once; a context manager that leaves them all, the newest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._things: dict[str, tuple[Any, ExitStack]] = {}

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """The thing of this name; what `make` gives when there is none. A context manager is entered, and its
        value kept.
        """
        with self._lock:
            if name not in self._things:
                made, leaving = make(), ExitStack()
                thing = leaving.enter_context(made) if isinstance(made, AbstractContextManager) else made
                self._things[name] = (thing, leaving)
            return self._things[name][0]

    def drop(self, name: str) -> None:
        """Leave one, because it is broken or too large; the next `keep` makes it anew."""
        with self._lock:
            _, leaving = self._things.pop(name, (None, ExitStack()))
        try:
            leaving.close()
        except Exception:  # what is dropped is often broken, and nobody waits for its end
            log.warning("a warm resource did not close well", name=name, exc_info=True)

    def close(self) -> None:
        for name in reversed(list(self._things)):
            self.drop(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
