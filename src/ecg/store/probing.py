"""A store's health, asked often and looked up rarely: the answer is kept for some seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ecg.errors import StorageError

KEEP_GOOD_SECONDS = 30.0
KEEP_BAD_SECONDS = 5.0
"""Shorter, so that a mended store is soon known to be well."""


class Probe:
    """Calls `look`, which raises StorageError when the store is not well; one thread at a time."""

    def __init__(self, look: Callable[[], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._clock = clock
        self._lock = threading.Lock()
        self._valid_until = float("-inf")
        self._error: StorageError | None = None

    def __call__(self) -> None:
        """Raises what `look` raised, now or a moment ago."""
        with self._lock:
            if self._clock() >= self._valid_until:
                self._renew()
            if self._error is not None:
                error = self._error
                raise type(error)(error.message, where=error.where, hint=error.hint)

    def _renew(self) -> None:
        try:
            self._look()
            self._error = None
        except StorageError as error:
            self._error = error
        self._valid_until = self._clock() + (KEEP_BAD_SECONDS if self._error else KEEP_GOOD_SECONDS)
