"""Where a job's video is, and how it comes here: by guarded fetch, or out of the own store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecg.errors import ForbiddenUrl, NotFound
from ecg.jobs.kinds import JobContext
from ecg.net import download, policy_of
from ecg.settings import Settings
from ecg.store import ObjectKey, ObjectStore, object_key
from ecg.store.keys import safe_segment

SERVICE_TENANT = "service"
"""Who calls with the service token: a program that answers for its own users, so it may name any object."""


@dataclass(frozen=True, slots=True)
class OwnObject:
    key: ObjectKey


@dataclass(frozen=True, slots=True)
class Remote:
    url: str


def locate(reference: str, settings: Settings, tenant_id: str) -> OwnObject | Remote:
    """What a reference names.

    Raises ForbiddenUrl for the bucket of somebody else, NotFound for an object of another tenant, and BadKey.
    """
    scheme, separator, rest = reference.partition("://")
    if not separator:
        return _own(reference, tenant_id)
    if scheme.lower() != "s3":
        return Remote(reference)
    bucket, _, key = rest.partition("/")
    if settings.s3_bucket is None or bucket != settings.s3_bucket:
        raise ForbiddenUrl(
            f"the bucket {bucket!r} is not ours",
            hint="give a presigned https URL of the object, or put it into the bucket of S3_BUCKET",
        )
    return _own(key, tenant_id)


def _own(key: str, tenant_id: str) -> OwnObject:
    """Keys are ``folder/tenant/…`` wherever they belong to a tenant."""
    checked = object_key(key)
    segments = checked.split("/")
    if tenant_id != SERVICE_TENANT and (len(segments) < 3 or segments[1] != safe_segment(tenant_id)):
        raise missing(checked)
    return OwnObject(checked)


def missing(key: str) -> NotFound:
    return NotFound(f"there is no object {key!r} in the store", hint="upload the video first")


def fetch(
    job: JobContext,
    reference: str,
    settings: Settings,
    store: ObjectStore,
    progress: Callable[[int, int | None], None],
) -> Path:
    """Bring the video into the job's folder.

    Raises what `ecg.net.download` and `ObjectStore.fetch_file` raise.
    """
    target = job.folder / "input"
    found = locate(reference, settings, job.tenant_id)
    if isinstance(found, OwnObject):
        store.fetch_file(
            found.key,
            target,
            max_bytes=settings.max_video_bytes,
            cancelled=job.cancelled,
            progress=progress,
        )
        return target
    asyncio.run(
        download(
            found.url,
            target,
            policy=policy_of(settings, own_urls=[settings.public_url] if settings.public_url else []),
            max_bytes=settings.max_video_bytes,
            timeout_seconds=settings.fetch_timeout_seconds,
            progress=progress,
            cancelled=job.cancelled,
        )
    )
    return target
