"""For all tests of accounts: one event loop's kind, quiet logs, one server a module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from structlog.typing import EventDict

from tests.accounts.serving import Running, shared


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as entries:
        yield entries


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Running]:
    """Shared by a module's tests: each signs up people of its own."""
    async with shared(tmp_path_factory.mktemp("accounts")) as made:
        yield made
