"""Whole files from strangers: resumed when the connection breaks, whole or not there at all.

How it ends: a refusal for good (404, compressed, more than declared) is FetchRefused; too many bytes,
declared or sent, TooLarge; too little for too long, or too long in all, TimedOut; a connection that keeps
breaking, ConnectionFailed; a full disk, StorageError. A file whose sender gives neither a length nor chunks
ends where the connection ends: HTTP offers nothing to check it by.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
import ssl
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from ecg.errors import ConnectionFailed, FetchRefused, StorageError, TooLarge
from ecg.net.client import GuardedClient, Response
from ecg.net.limits import Pace, unless_cancelled, within
from ecg.net.policy import NetworkPolicy
from ecg.net.ranges import Version, content_range, version_of
from ecg.net.resolving import Resolver, system_resolver
from ecg.net.targets import parse_target

TRIES = 4
"""Breaks in a row that are borne; one that brought FORGIVING_BYTES of news does not count on."""

FORGIVING_BYTES = 1 << 20
BACKOFF_SECONDS = 0.5
"""Wait before the second try; doubled for each further one."""

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Downloaded:
    """A file that is here, with what its sender said of it. `size` in bytes."""

    path: Path
    size: int
    content_type: str | None
    etag: str | None


async def download(
    url: str,
    destination: Path,
    *,
    policy: NetworkPolicy,
    max_bytes: int,
    timeout_seconds: float,
    stall_seconds: float = 30.0,
    resolver: Resolver = system_resolver,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Downloaded:
    """Fetch `url` to `destination`; only a whole file ever bears that name.

    `timeout_seconds` holds for everything together, `stall_seconds` for silence and as the window of the
    minimum pace. `progress` is told bytes received and bytes in all, often; `cancelled` is asked ten times a
    second. The file is written in this event loop: call it where nothing else waits, as in a job's process.

    Raises ForbiddenUrl, FetchRefused, TooLarge, ConnectionFailed, TimedOut, StorageError, Cancelled.
    """
    partial = destination.with_name(f".{destination.name}.part")
    shown = parse_target(url).shown

    async def fetch() -> Downloaded:
        async with GuardedClient(policy, resolver=resolver, tls=tls) as client:
            with _opened(partial) as file:
                transfer = _Transfer(
                    client, url, file, max_bytes=max_bytes, stall_seconds=stall_seconds, progress=progress
                )
                return await transfer.run()

    try:
        done = await unless_cancelled(
            cancelled, within(timeout_seconds, fetch(), f"fetching {shown}"), f"fetching {shown}"
        )
        partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)
    return Downloaded(destination, done.size, done.content_type, done.etag)


class _Transfer:
    """A file on its way: what is here of it, and of which version."""

    def __init__(
        self,
        client: GuardedClient,
        url: str,
        file: FileIO,
        *,
        max_bytes: int,
        stall_seconds: float,
        progress: Progress | None,
    ) -> None:
        self._client = client
        self._url = url
        self._file = file
        self._max_bytes = max_bytes
        self._stall_seconds = stall_seconds
        self._progress = progress
        self._received = 0
        self._total: int | None = None
        self._version = Version(None, None)

    async def run(self) -> Downloaded:
        breaks = 0
        furthest = 0
        while True:
            try:
                return await self._turn()
            except ConnectionFailed:
                news = self._received - furthest
                furthest = max(furthest, self._received)
                breaks = 1 if news >= FORGIVING_BYTES else breaks + 1
                if breaks >= TRIES:
                    raise
                await asyncio.sleep(BACKOFF_SECONDS * 2 ** (breaks - 1))

    async def _turn(self) -> Downloaded:
        async with self._client.get(
            self._url, self._headers(), stall_seconds=self._stall_seconds
        ) as response:
            self._place(response)
            self._check_room(response)
            await self._receive(response)
            return Downloaded(
                Path(str(self._file.name)),
                self._received,
                response.headers.get("content-type"),
                response.headers.get("etag"),
            )

    def _headers(self) -> dict[str, str]:
        headers = {"Connection": "close"}
        if self._received and self._version.if_range is not None:
            headers |= {"Range": f"bytes={self._received}-", "If-Range": self._version.if_range}
        return headers

    def _place(self, response: Response) -> None:
        """Decide whether the answer goes on where the last one broke, or begins the file anew."""
        if response.status_code != 416:
            response.check_success()
        if self._goes_on(response):
            return
        self._begin_anew()
        if response.status_code != 200:
            raise ConnectionFailed(f"{response.target.shown} changed while it was fetched")
        self._total = response.length
        self._version = version_of(response.headers)

    def _goes_on(self, response: Response) -> bool:
        part = content_range(response.headers)
        return (
            response.status_code == 206
            and self._received > 0
            and part is not None
            and part.start == self._received
            and part.total in (None, self._total)
            and self._version.is_of(response.headers)
        )

    def _begin_anew(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._received = 0
        self._total = None
        self._version = Version(None, None)

    def _check_room(self, response: Response) -> None:
        due = self._received + (response.length or 0)
        if due > self._max_bytes:
            raise self._too_large(response)
        folder = Path(str(self._file.name)).parent
        if shutil.disk_usage(folder).free < due - self._received:
            raise StorageError(
                f"no space left for {response.target.shown}", where=str(folder), hint=_MAKE_ROOM
            )

    async def _receive(self, response: Response) -> None:
        pace = Pace(self._stall_seconds, response.target.host)
        async with aclosing(response.body()) as pieces:
            async for piece in pieces:
                if self._received + len(piece) > self._max_bytes:
                    raise self._too_large(response)
                _write(self._file, piece)
                self._received += len(piece)
                pace.count(len(piece))
                if self._progress is not None:
                    self._progress(self._received, self._total)
        if self._total is not None and self._received != self._total:
            raise ConnectionFailed(f"{response.target.shown} ended before its end")
        if await response.goes_on():
            raise FetchRefused(f"{response.target.shown} is longer than its server declared")

    def _too_large(self, response: Response) -> TooLarge:
        return TooLarge(
            f"{response.target.shown} is larger than {self._max_bytes} bytes",
            hint="the operator can raise MAX_VIDEO_BYTES",
        )


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MAKE_ROOM = "free some space, or work elsewhere"


def _opened(path: Path) -> FileIO:
    try:
        return path.open("wb", buffering=0)
    except OSError as error:
        raise _not_written(path, error) from error


def _write(file: FileIO, piece: bytes) -> None:
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise _not_written(Path(str(file.name)), error) from error


def _not_written(path: Path, error: OSError) -> StorageError:
    reason = "no space left" if error.errno in _FULL else error.strerror
    return StorageError(f"{path.name} cannot be written: {reason}", where=str(path.parent), hint=_MAKE_ROOM)
