"""Recordings do not stay for ever: what is too old goes, and what is oldest while the disk is nearly full.

Nothing goes that somebody keeps or that an unfinished job reads; recordings of a removed camera go whatever.
The file goes within the transaction that removes its row: when that fails, the row is still there and the
next sweep ends the same work.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.database import Database, Record
from ecg.errors import EcgError, StorageError
from ecg.live.archives import repository
from ecg.live.places import live_root, places_of
from ecg.settings import Settings
from ecg.store import ObjectStore, object_key
from ecg.store.keys import safe_segment

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 20.0
ROUNDS = 50


class Retention:
    """Looks after the recordings of one machine."""

    def __init__(self, database: Database, settings: Settings, store: ObjectStore, host: str) -> None:
        self._database = database
        self._settings = settings
        self._store = store
        self._host = host

    async def run(self) -> None:
        """Again and again, until cancelled."""
        while True:
            try:
                await self.sweep()
                if self._settings.archive_to_store:
                    await self.copy()
            except (SQLAlchemyError, OSError, EcgError) as error:
                log.warning("recordings cannot be looked after now", error=str(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def sweep(self) -> int:
        """Remove what is due; answers how many recordings went."""
        removed = 0
        for _ in range(ROUNDS):
            async with self._database.read() as connection:
                due = await repository.expired(connection, self._host)
            gone = await self._remove([row for row in due if row.orphaned], whatever=True)
            gone += await self._remove([row for row in due if not row.orphaned])
            removed += gone
            if not gone:
                break
        return removed + await self._make_room()

    async def copy(self) -> int:
        """Copy closed recordings into the object store; answers how many."""
        async with self._database.read() as connection:
            rows = await repository.uncopied(connection, self._host)
        for row in rows:
            path = self._file(row)
            if not await asyncio.to_thread(path.is_file):
                continue
            key = store_key(row)
            await asyncio.to_thread(self._store.put_file, key, path, content_type="video/mp4")
            async with self._database.write() as connection:
                there = await repository.set_store_key(connection, row.serial, key)
            if not there:
                await asyncio.to_thread(self._store.delete, key)
        return len(rows)

    async def _make_room(self) -> int:
        """Remove the oldest while the disk has less than it should."""
        removed = 0
        while await asyncio.to_thread(self._free) < self._settings.live_min_free_bytes:
            async with self._database.read() as connection:
                oldest = await repository.oldest(connection, self._host, limit=1)
            if not oldest or not await self._remove(oldest):
                log.error(
                    "the disk is nearly full, and no recording may go",
                    free_bytes=self._free(),
                    hint="free some space, keep fewer days, or wait for the analyses",
                )
                break
            removed += 1
            log.warning("a recording was removed, for the disk is nearly full", file=oldest[0].file_name)
        return removed

    async def _remove(self, rows: Sequence[Record], *, whatever: bool = False) -> int:
        removed = 0
        for row in rows:
            async with self._database.write() as connection:
                gone = await repository.remove(connection, row, whatever=whatever)
                if gone:
                    await asyncio.to_thread(self._file(row).unlink, missing_ok=True)
            if gone:
                removed += 1
                await self._remove_copy(row)
        return removed

    async def _remove_copy(self, row: Record) -> None:
        if row.store_key is None:
            return
        try:
            await asyncio.to_thread(self._store.delete, row.store_key)
        except StorageError as error:
            log.warning("a recording's copy stays in the store", key=row.store_key, error=str(error))

    def _file(self, row: Record) -> Path:
        name: str = row.file_name
        return places_of(self._settings, row.tenant_id, row.camera_id).archive / name

    def _free(self) -> int:
        root = live_root(self._settings)
        return shutil.disk_usage(root if root.exists() else root.parent).free


def store_key(row: Record) -> str:
    """Where a recording is in the object store."""
    folder = f"archives/{safe_segment(row.tenant_id)}/{safe_segment(row.camera_id)}"
    return object_key(f"{folder}/{row.file_name}")
