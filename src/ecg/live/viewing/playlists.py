"""The text of live playlists, and their next version as soon as it is there.

A player that asks once a second learns of a segment half a second late on average, and plays that much
further behind. So a request may name the segment that it waits for (`_HLS_msn`, blocking playlist reload of
draft-pantos-hls-rfc8216bis, 6.2.5.2) and is answered when the playlist has it. The file may be written by
another process, so it is looked at, for all viewers of a camera at once: `stat` of one file, twenty times a
second while somebody waits.

Browsers have six connections to a server that speaks HTTP/1.1. A page with many cameras must not spend them
all on waiting, or nothing is left for segments: beyond `MOST_WAITING`, a viewer's requests are answered at
once, and its players ask again as they do anywhere else.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

from ecg.errors import ConnectionFailed, InputError

START_SECONDS = 15.0
"""How long a playlist is waited for that is about to appear: hls.js asks as soon as a camera was started."""
LOOK_SECONDS = 0.05
MOST_AHEAD = 2
"""Segments that a player may be ahead of the playlist; more, and it has lost its way."""
MOST_WAITING = 4
"""Requests of one viewer that wait at the same time."""
_NUMBERS = re.compile(r"#EXT-X-TARGETDURATION:(\d+)\n#EXT-X-MEDIA-SEQUENCE:(\d+)\n")

Version = tuple[int, int] | None
"""Tells versions of a file apart; None: there is none."""


class StreamNotReady(ConnectionFailed):
    code = "STREAM_NOT_READY"


class Playlists:
    """Playlists by their paths, for all requests of a process."""

    def __init__(self) -> None:
        self._looks: dict[tuple[Path, Version], asyncio.Task[None]] = {}
        self._waiting: Counter[str] = Counter()

    async def text(self, path: Path, wanted: int | None = None, *, viewer: str = "") -> str:
        """The playlist as it is; with `wanted`, when it names the segment of this sequence number.

        Where that does not come within three target durations, the playlist as it is: the camera has stopped,
        and players go on asking. Raises StreamNotReady while there is no playlist, and InputError for a
        number that is further ahead than players can be.
        """
        version, text = await self._there(path)
        target, last = _numbers(text)
        if wanted is None or wanted <= last:
            return text
        if wanted > last + MOST_AHEAD:
            raise InputError(
                f"the playlist ends with segment {last}: {wanted} is too far ahead", where="_HLS_msn"
            )
        if self._waiting[viewer] >= MOST_WAITING:
            return text
        self._waiting[viewer] += 1
        try:
            async with asyncio.timeout(3 * target):
                while wanted > last:
                    await self._changed(path, version)
                    version, text = await self._there(path)
                    _, last = _numbers(text)
        except TimeoutError:
            pass
        finally:
            self._waiting[viewer] -= 1
            self._waiting += Counter()  # forgets who waits no more
        return text

    async def _there(self, path: Path) -> tuple[Version, str]:
        """The file's version and text; waited for while a camera starts."""
        clock = asyncio.get_running_loop().time
        end = clock() + START_SECONDS
        while True:
            version = _version(path)  # before the text: a change between the two is then seen
            try:
                return version, await asyncio.to_thread(path.read_text)
            except FileNotFoundError:
                if clock() >= end:
                    raise StreamNotReady(
                        "the camera sends no video yet, or is not recorded",
                        hint="see its status; start it with start-hls-stream",
                    ) from None
            await asyncio.sleep(LOOK_SECONDS)

    async def _changed(self, path: Path, version: Version) -> None:
        """Until the file is another one; however many wait, one looks."""
        key = (path, version)
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = asyncio.create_task(_until_changed(path, version), name="playlist")
            look.add_done_callback(lambda _: self._looks.pop(key, None))
        await asyncio.shield(look)


async def _until_changed(path: Path, version: Version) -> None:
    clock = asyncio.get_running_loop().time
    end = clock() + START_SECONDS  # nobody waits for longer
    while clock() < end and _version(path) == version:
        await asyncio.sleep(LOOK_SECONDS)


def _version(path: Path) -> Version:
    """Of a file that is replaced as a whole; some microseconds, so no thread is asked."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def _numbers(text: str) -> tuple[int, int]:
    """Target duration, and sequence number of the last segment."""
    found = _NUMBERS.search(text)
    assert found is not None  # noqa: S101  # `ecg.live.hls.playlist` wrote it
    target, first = map(int, found.groups())
    return target, first + text.count("#EXTINF:") - 1
