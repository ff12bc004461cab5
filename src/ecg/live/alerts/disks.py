"""How full the file systems of this machine are, told to whoever watches."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from ecg.database import Database
from ecg.live.alerts import repository

Places = Mapping[str, Path]
"""What a folder is for (data, recordings), and where it is. Folders of one file system are reported once."""


async def report_disks(database: Database, places: Places, *, host: str | None = None) -> None:
    """Raises OSError and SQLAlchemyError. A folder that is not there yet is that of its nearest parent."""
    measured = await asyncio.to_thread(measure, places)
    async with database.write() as connection:
        for place, (free, total) in measured.items():
            await repository.report_disk(
                connection, host or socket.gethostname(), place, free_bytes=free, total_bytes=total
            )


def measure(places: Places) -> dict[str, tuple[int, int]]:
    """Free and total bytes of each place; of one file system, those of the first place on it."""
    found: dict[str, tuple[int, int]] = {}
    known: set[int] = set()
    for place, folder in places.items():
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if (device := there.stat().st_dev) not in known:
            known.add(device)
            usage = shutil.disk_usage(there)
            found[place] = (usage.free, usage.total)
    return found
