"""Where a worker gets an archive from: the object store, else the recording host, by a link signed for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from ecg.database import Record
from ecg.jobs.kinds import JobContext
from ecg.live.viewing.tickets import archive_link, live_address
from ecg.net import download, policy_of
from ecg.settings import Settings
from ecg.store import ObjectStore

LARGEST = 8 * 1024**3
"""Bytes of an archive: an hour of 4K at 16 Mbit/s has 7.2 GB."""


def fetch_archive(
    job: JobContext,
    settings: Settings,
    store: ObjectStore,
    archive: Record,
    progress: Callable[[int, int | None], None],
) -> Path:
    """The archive in the job's folder. Raises what `ObjectStore.fetch_file` and `ecg.net.download` raise."""
    target = job.folder / "archive.mp4"
    if archive.store_key is not None:
        store.fetch_file(
            archive.store_key, target, max_bytes=LARGEST, cancelled=job.cancelled, progress=progress
        )
        return target
    base = live_address(settings)
    asyncio.run(
        download(
            f"{base}{archive_link(settings, archive)}",
            target,
            policy=policy_of(settings, own_urls=[base]),
            max_bytes=LARGEST,
            timeout_seconds=settings.fetch_timeout_seconds,
            progress=progress,
            cancelled=job.cancelled,
        )
    )
    return target
