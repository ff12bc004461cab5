"""The index of an mp4 or mov without its media: all that a job needs which draws no picture of the video.

Of a film of gigabytes a few megabytes are fetched, in byte ranges. What comes out is a file of the film's
length with nothing where its media lie but their beginning, from which FFmpeg learns what the first picture
is like; on the disk it takes little room. When each frame is shown, how large the picture is and how it is
turned can be read from it as from the whole file.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from ecg.intake.video_input import OwnObject, locate
from ecg.jobs.kinds import JobContext
from ecg.net import policy_of, preflight, read_range
from ecg.settings import Settings
from ecg.store import ObjectStore

MOST_INDEX_BYTES = 64 << 20
"""An index takes about 30 bytes a frame: two hours at 60 frames a second have 13 MB."""
LEAST_MEDIA_BYTES = 4 << 20
"""Where less could be spared, a second request costs more than it saves."""
MOST_BOXES = 32
FIRST_BYTES = 64 * 1024
FIRST_MEDIA_BYTES = 1 << 20
"""With the first picture among them: at 20 Mbit/s a key frame has a quarter of that."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A file elsewhere: `read(start, length)` brings bytes of it, fewer at its end; `unchanged` tells whether
    all that was read was of one version."""

    size: int
    read: Callable[[int, int], Awaitable[bytes]]
    unchanged: Callable[[], Awaitable[bool]]


def fetch_index(job: JobContext, reference: str, settings: Settings, store: ObjectStore) -> Path | None:
    """A file in the job's folder with the video's index and holes for its media.

    None where only the whole file will do: other containers, fragments, servers that know no ranges or do not
    tell versions apart, and files that are small. Raises what `ecg.intake.video_input.fetch` raises.
    """
    return asyncio.run(_fetch(job, reference, settings, store))


async def _fetch(job: JobContext, reference: str, settings: Settings, store: ObjectStore) -> Path | None:
    found = locate(reference, settings, job.tenant_id)
    if isinstance(found, OwnObject):
        parts = await _of_store(store, found.key)
    else:
        parts = await _of_server(found.url, settings)
    if parts is None or parts.size > settings.max_video_bytes:
        return None
    index = await _index(parts, job)
    if index is None or parts.size - sum(map(len, index.values())) < LEAST_MEDIA_BYTES:
        return None
    if not await parts.unchanged():
        return None
    target = job.folder / "input"
    await asyncio.to_thread(_write, target, parts.size, index)
    return target


async def _of_store(store: ObjectStore, key: str) -> _Parts | None:
    stored = await asyncio.to_thread(store.head, key)
    if stored is None:
        return None

    async def read(start: int, length: int) -> bytes:
        return await asyncio.to_thread(lambda: b"".join(store.open_range(key, start, length)))

    async def unchanged() -> bool:
        now = await asyncio.to_thread(store.head, key)
        return now is not None and (now.size, now.etag) == (stored.size, stored.etag)

    return _Parts(stored.size, read, unchanged)


async def _of_server(url: str, settings: Settings) -> _Parts | None:
    policy = policy_of(settings, own_urls=[settings.public_url] if settings.public_url else [])
    seen = await preflight(url, policy=policy, first_bytes=16)
    if not seen.accepts_ranges or seen.size is None or not seen.etag or seen.etag.startswith("W/"):
        return None
    size, etag = seen.size, seen.etag

    async def read(start: int, length: int) -> bytes:
        return await read_range(url, start, length, policy=policy, etag=etag)

    async def unchanged() -> bool:
        return True  # each range was asked for with the tag

    return _Parts(size, read, unchanged)


async def _index(parts: _Parts, job: JobContext) -> dict[int, bytes] | None:
    """What stands outside the media, by its place in the file; None for what is no mp4 with one index."""
    kept: dict[int, bytes] = {}
    kinds: set[bytes] = set()
    place = 0
    while place < parts.size:
        job.check()
        near = await parts.read(place, FIRST_BYTES)
        header = _header(near)
        if header is None or len(kept) >= MOST_BOXES:
            return None
        kind, width, length = header
        length = length or parts.size - place
        if length < width or place + length > parts.size or kind == b"moof":
            return None
        if kind != b"mdat" and length > MOST_INDEX_BYTES:
            return None
        most = min(length, FIRST_MEDIA_BYTES) if kind == b"mdat" else length
        more = await parts.read(place + len(near), most - len(near)) if most > len(near) else b""
        kept[place] = (near + more)[:most]
        kinds.add(kind)
        place += length
    return kept if {b"ftyp", b"moov", b"mdat"} <= kinds else None


def _header(near: bytes) -> tuple[bytes, int, int] | None:
    """Kind of a box, bytes of its header, bytes in all (0: to the end of the file)."""
    if len(near) < 8:
        return None
    length, kind = struct.unpack_from(">I4s", near)
    if length != 1:
        return kind, 8, length
    return (kind, 16, struct.unpack_from(">Q", near, 8)[0]) if len(near) >= 16 else None


def _write(target: Path, size: int, index: dict[int, bytes]) -> None:
    with target.open("wb") as file:
        file.truncate(size)
        for place, data in index.items():
            file.seek(place)
            file.write(data)
