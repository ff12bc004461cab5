"""Which store the settings name."""

from __future__ import annotations

from ecg.settings import Settings
from ecg.store.local import LocalStore
from ecg.store.objects import ObjectStore
from ecg.store.signing import SignedLinks


def open_store(settings: Settings, *, public_url: str | None = None) -> ObjectStore:
    """The store of this installation.

    `public_url` is how the world reaches the server that has `endpoints.files_router`; the setting PUBLIC_URL
    goes before it. Processes that make no links need neither.
    """
    if settings.s3_bucket is not None:
        from ecg.store.s3 import S3Store  # boto3 costs memory and start-up time

        return S3Store(settings.s3_bucket, endpoint_url=settings.s3_endpoint_url)
    address = settings.public_url or public_url
    links = SignedLinks(address, settings.secret("url_signing")) if address else None
    return LocalStore(settings.data_dir / "objects", links)
