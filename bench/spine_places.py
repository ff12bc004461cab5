"""Where the spine is measured: the three databases, as durable as production wants them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvloop
from tests.services.databases import fresh_database
from tests.services.mariadb import mariadb
from tests.services.postgres import postgres

from ecg.settings import Settings

KINDS = "spine_kinds"
"""The module with this benchmark's kinds of jobs; found by whoever has this folder on its path."""
DATABASES = ("SQLite", "PostgreSQL", "MariaDB")
QUIET = structlog.make_filtering_bound_logger(logging.WARNING)

T = TypeVar("T")


@contextlib.contextmanager
def database_servers(wanted: Sequence[str] = DATABASES) -> Iterator[dict[str, str | None]]:
    """The wanted databases, each with its server's URL (None: SQLite has none); commits reach the disk."""
    with contextlib.ExitStack() as stack:
        servers: dict[str, str | None] = {}
        for name in wanted:
            start = {"PostgreSQL": postgres, "MariaDB": mariadb}.get(name)
            servers[name] = stack.enter_context(start(durable=True)) if start else None
        yield servers


@contextlib.contextmanager
def place(server: str | None, **settings: Any) -> Iterator[Settings]:
    """Settings of an installation of its own: an empty database, a folder, the embedded Redis."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ecg-bench-")))
        url = stack.enter_context(fresh_database(server)) if server else f"sqlite:///{folder / 'ecg.db'}"
        yield Settings(data_dir=folder, database_url=url, job_modules=(KINDS,), **settings)


def run(main: Coroutine[Any, Any, T]) -> T:
    """On the event loop that the servers have."""
    structlog.configure(wrapper_class=QUIET)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
