"""The servers as pytest fixtures: each starts when first asked for and lives until the session ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.databases import fresh_database
from tests.services.mariadb import mariadb
from tests.services.postgres import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a server on which databases may be made."""
    if url := os.environ.get("ECG_TEST_POSTGRES_URL"):
        yield url
        return
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """URL of a server on which databases may be made."""
    if url := os.environ.get("ECG_TEST_MARIADB_URL"):
        yield url
        return
    with mariadb() as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an empty database, for each kind of database in turn; one a test module."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("sqlite")
        yield f"sqlite:///{folder / 'ecg.db'}"
        return
    server = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}[request.param]
    with fresh_database(request.getfixturevalue(server)) as url:
        yield url
