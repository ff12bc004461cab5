"""Where the tests of jobs work: the spine in this process, on one database or on each of the three."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.workplace import Test, workplace


@pytest.fixture
def at_work(tmp_path: Path) -> Callable[[Test], None]:
    """On SQLite; what the databases do for a worker is proved in test_repository.py for each of them."""
    return _runner(f"sqlite:///{tmp_path / 'ecg.db'}", tmp_path)


@pytest.fixture
def at_work_anywhere(database_url: str, tmp_path: Path) -> Callable[[Test], None]:
    """On each database in turn."""
    return _runner(database_url, tmp_path)


def _runner(database_url: str, folder: Path) -> Callable[[Test], None]:
    def run(test: Test) -> None:
        async def placed() -> None:
            async with workplace(database_url, folder) as place:
                await test(place)

        asyncio.run(placed())

    return run
