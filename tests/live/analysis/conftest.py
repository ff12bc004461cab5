"""For all tests of analysis: quiet logs, and clips that are made once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict

from tests.live.analysis.clips import Clip, Walker, blackened, during, write_clip
from tests.live.analysis.place import Place, place

EVENTFUL = Clip(
    "eventful",
    10,
    (during(7, 9.6, blackened),),
    (Walker(4.2, 7, 0.3, 0.7),),
    {"camera_black": [(7, 9.6)]},
)
"""Somebody walks by, then the picture is black for a moment. Short: analysts step back behind everything."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as entries:
        yield entries


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Clip], Path]:
    """The file of a clip; each is made once a session."""
    folder = tmp_path_factory.mktemp("clips")

    def make(clip: Clip) -> Path:
        path = folder / f"{clip.name.replace(' ', '_')}.mp4"
        return path if path.exists() else write_clip(clip, path)

    return make


@pytest.fixture(scope="session")
def eventful(made: Callable[[Clip], Path]) -> Path:
    return made(EVENTFUL)


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    async with place(tmp_path_factory.mktemp("analysis")) as made:
        yield made
