"""For all tests of the library: quiet logs, and one place a module for tests that need none of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from structlog.typing import EventDict

from tests.library.place import Place, place


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as entries:
        yield entries


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    """Shared by a module's tests: each uploads videos of its own."""
    async with place(tmp_path_factory.mktemp("library"), upload_part_bytes=20_000) as made:
        yield made
