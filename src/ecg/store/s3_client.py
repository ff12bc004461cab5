"""Connections to an S3 store."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypedDict

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class Place(TypedDict):
    """Which object a call means."""

    Bucket: str
    Key: str


def connect(endpoint_url: str | None, *, patient: bool = True) -> S3Client:
    """A client, to be shared by threads; `patient` False is for questions whose answer nobody waits long for.

    Stores other than Amazon's are addressed by path, and get no checksums that only Amazon's knows: every
    upload carries an MD5 instead.
    """
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint_url else "auto"},
        retries={"mode": "standard", "total_max_attempts": 4 if patient else 1},
        connect_timeout=10 if patient else 3,
        read_timeout=60 if patient else 5,
        max_pool_connections=16,
        tcp_keepalive=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session = botocore.session.Session()
    session.register_component("data_loader", _descriptions())
    return boto3.session.Session(botocore_session=session).client(
        "s3", endpoint_url=endpoint_url, config=config
    )


@cache
def _descriptions() -> Loader:
    """botocore's description of S3's calls: large, slow to read, and the same for all clients."""
    return create_loader()
