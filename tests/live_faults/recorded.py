"""What is left of a camera when all is over: its recordings as a user downloads them, and its timeline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tests.live_faults.archive_frames import Found, Stretch, frames_in
from tests.services.live_installation import LiveInstallation
from tests.services.rtsp_camera import ClipKind

CLOSED_SECONDS = 60.0


@dataclass(frozen=True)
class ArchiveFile:
    name: str
    span: Stretch
    """As the API tells it."""
    path: Path


@dataclass(frozen=True)
class Recorded:
    archives: list[ArchiveFile]
    """In the order of their beginning."""
    gaps: list[Stretch]
    """As the timeline tells them, between the first archive and the last."""
    found: Found

    @property
    def overlaps(self) -> list[str]:
        """Archives that say to begin before the one before has ended."""
        return [
            f"{after.name} begins {before.span.end - after.span.start:.2f} s before {before.name} ends"
            for before, after in pairwise(self.archives)
            if after.span.start < before.span.end - 0.1
        ]


async def recorded(installation: LiveInstallation, name: str, kind: ClipKind, folder: Path) -> Recorded:
    """Stop the camera, wait until its last recording is closed, download all and look at every frame."""
    user = installation.user
    await user.stop(name)
    stopped = (await user.until_state(name, "off"))["since"]
    timeline = await _settled(installation, name)
    archives = []
    for entry in timeline["archives"]:
        path = folder / f"{name}-{entry['file_name']}"
        await user.download_archive(name, entry["id"], path)
        archives.append(ArchiveFile(entry["file_name"], _stretch(entry), path))
    archives.sort(key=lambda archive: archive.span.start)
    assert archives, f"{name} has no recordings, {stopped} after it was stopped"
    found = await asyncio.to_thread(
        frames_in, [(archive.path, archive.span.start) for archive in archives], kind
    )
    whole = Stretch(archives[0].span.start, archives[-1].span.end)
    gaps = [gap for gap in map(_stretch, timeline["gaps"]) if gap.touches(whole, -0.05)]
    return Recorded(archives, gaps, found)


async def _settled(installation: LiveInstallation, name: str) -> dict[str, list[dict[str, str]]]:
    """The timeline when it has not changed for a moment: closing takes its time after the stop."""
    before: list[dict[str, str]] = []
    async with asyncio.timeout(CLOSED_SECONDS):
        while True:
            timeline = await installation.user.timeline(name)
            opened = list((installation.data / "live").glob(f"*/{name}/open/*.mp4"))
            if timeline["archives"] == before and not opened and before:
                return timeline
            before = timeline["archives"]
            await asyncio.sleep(1)


def _stretch(entry: dict[str, str]) -> Stretch:
    start, end = (datetime.fromisoformat(entry[name]).timestamp() for name in ("start", "end"))
    return Stretch(start, end)
