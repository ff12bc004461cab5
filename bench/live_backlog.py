"""Recordings that wait to be analysed, so that workers have something to do however quick they are.

One recording that the run has made stands there many times, under other times of the same day, as it would
after hours in which no worker ran. `ecg live` finds and registers them as it does with what could not be
registered before.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from rich.console import Console
from tests.services.live_installation import LiveInstallation

from ecg.database import Database, Record
from ecg.live.archives import naming, repository
from ecg.live.places import places_of
from ecg.settings import Settings

REGISTERING = "ecg_archive_registering_seconds"
COUNT = 400
EARLIER_MS = 3_600_000
"""The youngest of them is an hour old."""


async def add_backlog(installation: LiveInstallation, camera_id: str, say: Console) -> None:
    """Put a recording of the camera there again and again; returns when all of them are registered."""
    settings = Settings(data_dir=installation.data)
    database = Database(settings.database)
    try:
        row = await _first_archive(installation, database, camera_id)
        folder = places_of(settings, row.tenant_id, row.camera_id).archive
        for number in range(1, COUNT + 1):
            await _add_again(database, row, folder / row.file_name, number)
        say.print(f"{COUNT} recordings of {(row.ended_at - row.started_at) / 1000:.0f} s wait to be analysed")
        async with asyncio.timeout(300):
            while await _unregistered(database, row.host):
                await asyncio.sleep(0.5)
    finally:
        await database.close()


async def _first_archive(installation: LiveInstallation, database: Database, camera_id: str) -> Record:
    async with asyncio.timeout(120):
        while True:
            archives = (await installation.user.timeline(camera_id))["archives"]
            if len(archives) > 1:  # the first one begins somewhere, the second with a round time
                break
            await asyncio.sleep(0.5)
    archive_id = archives[1]["id"]
    async with database.read() as connection:
        query = repository.archives.select().where(repository.archives.c.archive_id == archive_id)
        return (await connection.execute(query)).one()


async def _add_again(database: Database, row: Record, file: Path, number: int) -> None:
    length = row.ended_at - row.started_at
    started = row.started_at - EARLIER_MS - number * (length // 1000 + 1) * 1000
    name = naming.archive_name(started)
    file.with_name(name).hardlink_to(file)
    async with database.write() as connection:
        await repository.add(
            connection,
            archive_id=secrets.token_hex(16),
            tenant_id=row.tenant_id,
            camera_id=row.camera_id,
            file_name=name,
            started_at=started,
            ended_at=started + length,
            size=row.size,
            host=row.host,
            analyse=True,
        )


async def _unregistered(database: Database, host: str) -> bool:
    async with database.read() as connection:
        return bool(await repository.unregistered(connection, host, 1))
