"""Sweeping goes on, whatever the store answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ecg.errors import StorageError
from ecg.settings import Settings
from ecg.store import keep_swept, open_store


def test_a_dead_writers_part_is_removed_and_a_failing_store_tried_again(tmp_path: Path) -> None:
    store = open_store(Settings(data_dir=tmp_path), public_url="http://127.0.0.1:1")
    store.check()
    part = tmp_path / "objects" / ".incoming" / "left-by-the-dead"
    part.write_text("half")
    calls: list[int] = []
    true_sweep = store.sweep

    def sweep(prefix: str = "", *, older_than_seconds: float = 0) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise StorageError("the disk is away")
        return true_sweep(prefix, older_than_seconds=0)

    store.sweep = sweep  # type: ignore[method-assign]

    async def run() -> None:
        task = asyncio.create_task(keep_swept(store, first_seconds=0, pause_seconds=0.01))
        async with asyncio.timeout(5):
            while part.exists():
                await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(run())
    assert len(calls) >= 2
