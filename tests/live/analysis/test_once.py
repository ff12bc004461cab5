"""Each archive is analysed exactly once, whoever is killed; `killing` is the large run."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.live.analysis.killing import kill_run


def test_workers_that_are_killed_lose_and_repeat_nothing(database_url: str, tmp_path: Path) -> None:
    outcome = asyncio.run(kill_run(tmp_path, database_url, archives=5, workers=2, kills=2, seed=5))
    assert outcome.wrong == []
