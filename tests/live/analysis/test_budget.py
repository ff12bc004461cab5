"""The day's budget of pictures and tokens: workers that ask together never get more than there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import delete

from ecg.database import Database, migrate
from ecg.live.analysis import repository
from ecg.live.analysis.engines.budget import TOKENS_A_FRAME, TOKENS_ASIDE, Budget
from ecg.settings import Settings

Test = Callable[[Budget], Awaitable[None]]


@pytest.fixture
def on_a_budget(database_url: str, tmp_path: Path) -> Callable[[int, int, Test], None]:
    def run(frames: int, tokens: int, test: Test) -> None:
        async def placed() -> None:
            database = Database(database_url)
            settings = Settings(data_dir=tmp_path, vision_frames_per_day=frames, vision_tokens_per_day=tokens)
            try:
                await migrate(database)
                async with database.write() as connection:
                    await connection.execute(delete(repository.days))
                await test(Budget(database, settings, "acme", "hall"))
            finally:
                await database.close()

        asyncio.run(placed())

    return run


PLENTY = 10_000_000


def test_many_who_ask_together_share_the_day(on_a_budget: Callable[[int, int, Test], None]) -> None:
    async def test(budget: Budget) -> None:
        grants = await asyncio.gather(*(budget.reserve(7) for _ in range(8)))
        assert sum(grant.frames for grant in grants) == 30
        assert sorted(grant.frames for grant in grants) == [0, 0, 0, 2, 7, 7, 7, 7]

    on_a_budget(30, PLENTY, test)


def test_tokens_run_out_first(on_a_budget: Callable[[int, int, Test], None]) -> None:
    async def test(budget: Budget) -> None:
        first, second = await budget.reserve(24), await budget.reserve(24)
        assert (first.frames, second.frames) == (10, 0)
        assert first.tokens == TOKENS_ASIDE + 10 * TOKENS_A_FRAME

    on_a_budget(1000, TOKENS_ASIDE + 10 * TOKENS_A_FRAME, test)


def test_what_was_not_used_comes_back(on_a_budget: Callable[[int, int, Test], None]) -> None:
    async def test(budget: Budget) -> None:
        grant = await budget.reserve(24)
        assert (await budget.reserve(24)).frames == 0
        await budget.settle(grant, frames=0, tokens=0)
        again = await budget.reserve(24)
        assert again.frames == 24
        await budget.settle(again, frames=20, tokens=1234)
        async with budget.database.read() as connection:
            row = await repository.used(connection, "acme", "hall", again.day)
        assert row is not None
        assert (row.frames, row.tokens) == (20, 1234)

    on_a_budget(24, PLENTY, test)


def test_each_camera_has_its_own(on_a_budget: Callable[[int, int, Test], None]) -> None:
    async def test(budget: Budget) -> None:
        other = Budget(budget.database, budget.settings, "acme", "yard")
        stranger = Budget(budget.database, budget.settings, "rival", "hall")
        grants = [await one.reserve(5) for one in (budget, other, stranger)]
        assert [grant.frames for grant in grants] == [5, 5, 5]

    on_a_budget(5, PLENTY, test)


def test_a_budget_of_nothing(on_a_budget: Callable[[int, int, Test], None]) -> None:
    async def test(budget: Budget) -> None:
        assert (await budget.reserve(1)).frames == 0

    on_a_budget(0, PLENTY, test)
