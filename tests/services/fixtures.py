"""The servers as pytest fixtures: each starts when first asked for and lives until the session ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from tests.services.databases import fresh_database
from tests.services.mariadb import mariadb
from tests.services.postgres import postgres
from tests.services.rabbitmq import rabbitmq
from tests.services.redis import redis
from tests.services.s3 import S3Server, s3
from tests.services.sqs import ENVIRONMENT, sqs


def _given(variable: str, own: AbstractContextManager[str]) -> AbstractContextManager[str]:
    """The server that the environment names, else one of our own (which starts when it is entered)."""
    url = os.environ.get(variable)
    return nullcontext(url) if url else own


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a server on which databases may be made."""
    with _given("ECG_TEST_POSTGRES_URL", postgres()) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """URL of a server on which databases may be made."""
    with _given("ECG_TEST_MARIADB_URL", mariadb()) as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[str]:
    with _given("ECG_TEST_RABBITMQ_URL", rabbitmq()) as url:
        yield url


@pytest.fixture(scope="session")
def _sqs() -> Iterator[str]:
    with sqs() as url:
        yield url


@pytest.fixture
def sqs_server(_sqs: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return _sqs


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """URL of a Redis on a port; shared, so take keys of your own."""
    with _given("ECG_TEST_REDIS_URL", redis()) as url:
        yield url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """An S3 store; shared, so take buckets of your own."""
    with s3() as server:
        yield server


@pytest.fixture
def s3_bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket, and the environment in which clients find the keys to it."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server.new_bucket()


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an empty database, for each kind of database in turn; one a test module."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'ecg.db'}"
        return
    server = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}[request.param]
    with fresh_database(request.getfixturevalue(server)) as url:
        yield url
