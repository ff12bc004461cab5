"""Recordings that go: by age, by room on the disk, with their camera; and their copies in the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ecg.database import Database, migrate
from ecg.live.archives import repository
from ecg.live.archives.retention import Retention, store_key
from ecg.live.cameras import repository as cameras
from ecg.live.places import places_of
from ecg.settings import Settings
from ecg.store import ObjectStore, open_store
from tests.live.archives.test_repository import DAY, add_archive, add_camera

pytestmark = pytest.mark.anyio


class Place:
    def __init__(self, folder: Path, database: Database, **settings: object) -> None:
        given = {"ECG_DATA_DIR": folder, "LIVE_MIN_FREE_BYTES": 0, **settings}
        self.settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]
        self.database = database
        self.store: ObjectStore = open_store(self.settings)
        self.retention = Retention(database, self.settings, self.store, "one")

    async def recorded(self, number: int, *, days: float, camera_id: str = "front") -> Path:
        ended = int(time.time() * 1000 - days * DAY)
        await add_archive(self.database, number, ended, camera_id=camera_id)
        folder = places_of(self.settings, "here", camera_id).archive
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"archive_20260101_{number:06d}.mp4"
        path.write_bytes(b"video")
        return path

    async def rows(self) -> list[int]:
        async with self.database.read() as connection:
            found = await repository.between(connection, "here", "front", 0, 2**52, limit=100)
        return [int(row.archive_id, 16) for row in found]


@asynccontextmanager
async def place_in(folder: Path, **settings: object) -> AsyncIterator[Place]:
    database = Database(f"sqlite:///{folder}/ecg.db")
    try:
        await migrate(database)
        await add_camera(database, "front", keep_days=7)
        yield Place(folder, database, **settings)
    finally:
        await database.close()


async def test_what_is_too_old_goes_with_its_file(tmp_path: Path) -> None:
    async with place_in(tmp_path) as place:
        old, young = await place.recorded(1, days=8), await place.recorded(2, days=6)
        kept = await place.recorded(3, days=80)
        async with place.database.write() as connection:
            await repository.keep(connection, "here", "front", f"{3:032x}", True)
        assert await place.retention.sweep() == 1
        assert (old.exists(), young.exists(), kept.exists()) == (False, True, True)
        assert await place.rows() == [3, 2]


async def test_the_oldest_go_while_the_disk_has_too_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place_in(tmp_path, LIVE_MIN_FREE_BYTES=1000) as place:
        files = [await place.recorded(number, days=6 - number) for number in range(1, 5)]
        monkeypatch.setattr(
            place.retention, "_free", lambda: 800 + 100 * sum(not one.exists() for one in files)
        )
        assert await place.retention.sweep() == 2
        assert [one.exists() for one in files] == [False, False, True, True]


async def test_a_disk_that_stays_full_is_no_endless_loop(tmp_path: Path) -> None:
    async with place_in(tmp_path, LIVE_MIN_FREE_BYTES=2**60) as place:
        await place.recorded(1, days=1)
        await place.recorded(2, days=1)
        async with place.database.write() as connection:
            await repository.keep(connection, "here", "front", f"{2:032x}", True)
        assert await place.retention.sweep() == 1
        assert await place.rows() == [2]


async def test_recordings_of_a_removed_camera_go_whatever(tmp_path: Path) -> None:
    async with place_in(tmp_path) as place:
        file = await place.recorded(1, days=1)
        async with place.database.write() as connection:
            await repository.keep(connection, "here", "front", f"{1:032x}", True)
            await cameras.remove(connection, "here", "front")
        assert await place.retention.sweep() == 1
        assert not file.exists()


async def test_copies_are_made_once_and_go_with_their_recordings(tmp_path: Path) -> None:
    async with place_in(tmp_path) as place:
        await place.recorded(1, days=8)
        assert await place.retention.copy() == 1
        assert await place.retention.copy() == 0
        async with place.database.read() as connection:
            row = await repository.find(connection, "here", "front", f"{1:032x}")
        assert row is not None
        assert row.store_key == store_key(row) == "archives/here/front/archive_20260101_000001.mp4"
        assert await asyncio.to_thread(place.store.head, row.store_key)
        await place.retention.sweep()
        assert await asyncio.to_thread(place.store.head, row.store_key) is None
