"""A loop that is blocked is late, and says so."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry

from ecg.event_loop_lag import NAME, EventLoopLag
from ecg.jobs.spine import background

BLOCKED_SECONDS = 0.6


def test_what_blocks_the_loop_is_seen_as_lag() -> None:
    registry = CollectorRegistry()

    def samples() -> float:
        return registry.get_sample_value(f"{NAME}_count") or 0

    async def run() -> None:
        async with background(EventLoopLag(registry).watch()):
            while samples() < 3:
                await asyncio.sleep(0)
            time.sleep(BLOCKED_SECONDS)  # the fault
            seen = samples()
            while samples() == seen:
                await asyncio.sleep(0)

    asyncio.run(run())
    counted = samples()
    quick = registry.get_sample_value(f"{NAME}_bucket", {"le": "0.5"})
    assert quick is not None
    assert counted - quick >= 1
