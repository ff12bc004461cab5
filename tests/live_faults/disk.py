"""A full disk: what is recorded lies on a small file system of its own, which somebody else fills."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.live_faults.faults import BACK_SECONDS, NOT_LIVE
from tests.live_faults.run import CALM_SECONDS, Say, Scene, scene

SIZE_MB = 96
FULL_SECONDS = 15.0
_LEAVE_BYTES = 4096


class NotMounted(Exception):
    """This machine does not let us mount a file system; says why."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of `SIZE_MB` in memory. Raises NotMounted."""
    place = folder / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "ecg-live-faults", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotMounted(f"no small disk could be mounted: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@asynccontextmanager
async def filled(disk: Path) -> AsyncIterator[None]:
    """The disk is full to the last page while the block runs."""
    filler = disk / "filler"
    keeper = asyncio.create_task(_keep_full(disk, filler))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        filler.unlink(missing_ok=True)


async def _keep_full(disk: Path, filler: Path) -> None:
    """What retention frees is taken, too."""
    with filler.open("wb") as file:
        while True:
            if (free := shutil.disk_usage(disk).free) > _LEAVE_BYTES:
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.tell(), free)
                    file.seek(0, os.SEEK_END)
            await asyncio.sleep(0.05)


async def disk_full(folder: Path, say: Say) -> Scene:
    """Recordings and live segments cannot be written for some time; then there is room again."""
    with small_disk(folder) as disk:
        data = folder / "data"
        data.mkdir()
        (data / "live").symlink_to(disk)
        async with scene(folder, ("first", "second"), say, data=data) as found:
            user = found.installation.user
            with found.subjects["first"].trouble("disk full"), found.subjects["second"].trouble("disk full"):
                async with filled(disk):
                    for subject in found.all:
                        await user.until_state(subject.name, *NOT_LIVE, seconds=40)
                    await asyncio.sleep(FULL_SECONDS)
                for subject in found.all:
                    await user.until_state(subject.name, "live", seconds=BACK_SECONDS)
            await found.viewer_is_live("the disk was full")
            await asyncio.sleep(CALM_SECONDS)
        return found
