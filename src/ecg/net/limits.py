"""Time, for work that a stranger could make endless: a deadline, a minimum pace, and the caller's cancel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ecg.errors import Cancelled, TimedOut

Work = TypeVar("Work")

MIN_BYTES_PER_SECOND = 1024
"""Less than this is no transfer: an hour of it is not even 4 MB."""

_CANCEL_CHECK_SECONDS = 0.1


class Pace:
    """Raises TimedOut when less than MIN_BYTES_PER_SECOND came, on average over `window_seconds`."""

    def __init__(self, window_seconds: float, source: str) -> None:
        self._window = window_seconds
        self._source = source
        self._since = time.monotonic()
        self._bytes = 0

    def count(self, size: int) -> None:
        self._bytes += size
        passed = time.monotonic() - self._since
        if passed < self._window:
            return
        if self._bytes < MIN_BYTES_PER_SECOND * passed:
            raise TimedOut(f"{self._source} sends too slowly", hint="try again later, or from another server")
        self._since += passed
        self._bytes = 0


async def within(seconds: float, work: Coroutine[Any, Any, Work], doing: str) -> Work:
    """The result of `work`; raises TimedOut after `seconds`, which names what was being done."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimedOut(f"{doing} took longer than {seconds:g} s") from error


async def unless_cancelled(
    cancelled: Callable[[], bool] | None, work: Coroutine[Any, Any, Work], doing: str
) -> Work:
    """The result of `work`; raises Cancelled soon after `cancelled` says so, also while `work` waits."""
    if cancelled is None:
        return await work
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            if cancelled():
                raise Cancelled(f"{doing} was cancelled")
            await asyncio.wait({task}, timeout=_CANCEL_CHECK_SECONDS)
        return task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # it failed while it was given up: asyncio need not warn
