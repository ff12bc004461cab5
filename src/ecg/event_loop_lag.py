"""How late a server's event loop is: what everybody who waits for it waits in addition.

A loop that something blocks, or that the machine gives no time, runs its timers late. A timer that is due
twenty times a second tells by how much, at a thousandth of a core.
"""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Histogram

NAME = "ecg_event_loop_lag_seconds"
INTERVAL_SECONDS = 0.05
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class EventLoopLag:
    """The histogram `ecg_event_loop_lag_seconds` of the loop that runs `watch`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            NAME, "How late timers of the event loop run.", buckets=_SECONDS, registry=registry
        )

    async def watch(self) -> None:
        """Look until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL_SECONDS
            await asyncio.sleep(INTERVAL_SECONDS)
            self._seconds.observe(max(0.0, loop.time() - due))
