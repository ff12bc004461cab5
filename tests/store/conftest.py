"""One store of each kind; the contract holds for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ecg.settings import Settings
from ecg.store import MeasuredStore, ObjectStore, open_store
from tests.services.s3 import S3Server

PUBLIC_URL = "http://files.example"


@pytest.fixture
def local_store(tmp_path: Path) -> ObjectStore:
    return open_store(Settings(data_dir=tmp_path / "data"), public_url=PUBLIC_URL)


@pytest.fixture
def s3_store(s3_server: S3Server, s3_bucket: str, tmp_path: Path) -> ObjectStore:
    settings = Settings(
        data_dir=tmp_path / "data", s3_bucket=s3_bucket, s3_endpoint_url=s3_server.endpoint_url
    )
    return open_store(settings)


@pytest.fixture
def measured_store(local_store: ObjectStore) -> ObjectStore:
    return MeasuredStore(local_store, CollectorRegistry())


@pytest.fixture(params=["local", "s3", "measured"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    chosen: ObjectStore = request.getfixturevalue(f"{request.param}_store")
    return chosen
