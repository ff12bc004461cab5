"""Databases on a server: a fresh one for whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ecg.database import async_url


@contextlib.contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of a new, empty database on the server; dropped afterwards."""
    name = f"ecg_{secrets.token_hex(6)}"
    url = make_url(server_url)
    force = " WITH (FORCE)" if url.get_backend_name() == "postgresql" else ""
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(server_url, f"DROP DATABASE {name}{force}"))


async def _execute(url: str, statement: str) -> None:
    engine = create_async_engine(async_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
