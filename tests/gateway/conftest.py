"""One API server for all tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.gateway.place import Place, opened


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("gateway")) as found:
        yield found
