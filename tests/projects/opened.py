"""Projects on a real database, for one test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ecg.database import Database, migrate
from ecg.projects import History, Projects
from ecg.settings import Settings

ME = ("tenant", "me")


def captions(*texts: str) -> dict[str, Any]:
    """A scenario as editors send it."""
    return {
        "cues": [
            {"text": text, "start": float(place), "end": place + 0.9} for place, text in enumerate(texts)
        ]
    }


@asynccontextmanager
async def opened(url: str, **settings: Any) -> AsyncIterator[tuple[Projects, History]]:
    database = Database(url)
    await migrate(database)
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM projects"))
    try:
        chosen = Settings(data_dir=Path("/nowhere"), **settings)
        yield Projects(database, chosen), History(database, chosen)
    finally:
        await database.close()


def run(url: str, test: Callable[[Projects, History], Awaitable[None]], **settings: Any) -> None:
    async def opened_test() -> None:
        async with opened(url, **settings) as (projects, history):
            await test(projects, history)

    asyncio.run(opened_test())
