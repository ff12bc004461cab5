"""What a store of objects promises, whichever it is; the contract suite of the tests holds every store to it.

    StorageError           STORAGE_ACCESS_ERROR: the store failed; the same call may succeed later
    └── StorageRefused     STORAGE_ACCESS_ERROR: keys, bucket or permissions are wrong; an operator has to act
    InputError
    ├── TooLarge           INPUT_TOO_LARGE: more bytes than the caller allows, or than the store can take
    ├── BadKey             INVALID_OBJECT_KEY (keys.py)
    ├── RangeOutside       RANGE_NOT_SATISFIABLE: the range begins behind the object's end
    └── LinkRefused …      signing.py

Calls block: job functions call them directly, servers through `anyio.to_thread`. Only `download_url` and
`upload_url` of the local store are pure arithmetic. Objects appear, change and disappear whole: whoever reads
while another writes gets the old bytes or the new ones, never a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ecg.errors import Cancelled, Conflict, InputError, StorageError, TooLarge

CHUNK = 1024 * 1024
"""Bytes that move at once; the caller is asked whether to stop in between."""

MAX_LINK_SECONDS = 7 * 24 * 3600
"""S3's signature (version 4) lives a week at most, so every store's does."""

Stop = Callable[[], bool]
"""Whether the caller has cancelled; cheap, and called from any thread."""

Progress = Callable[[int, int], None]
"""Bytes done, bytes in all; called in the caller's thread."""


class StorageRefused(StorageError):
    """The store is there and says no: trying again changes nothing until somebody changes the set-up."""

    retryable = False


class RangeOutside(InputError):
    code = "RANGE_NOT_SATISFIABLE"


@dataclass(frozen=True, slots=True)
class StoredObject:
    key: str
    size: int
    """Bytes."""
    etag: str
    """Changes whenever the bytes do; opaque, without quotes."""
    content_type: str
    modified: datetime
    """Aware, UTC."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A request that a client without credentials may make: the body is the file, of exactly that length."""

    url: str
    method: str
    headers: Mapping[str, str]
    """To be sent as they are; the client adds Content-Length by itself."""


class ObjectStore(Protocol):
    """Calls raise StorageError when the store fails, StorageRefused when it says no, BadKey for bad keys."""

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        """Store a file, whole or not at all; an object of that key is replaced. Raises Cancelled."""
        ...

    def fetch_file(
        self,
        key: str,
        path: Path,
        *,
        max_bytes: int | None = None,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        """Copy an object to `path`, which appears when it is whole.

        Raises NotFound, TooLarge (before anything is fetched) and Cancelled.
        """
        ...

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` on, at most `length` of them (None: to the end), in chunks.

        Raises NotFound and RangeOutside when the first chunk is asked for.
        """
        ...

    def head(self, key: str) -> StoredObject | None:
        """What is known of the object; None when there is none."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""
        ...

    def move(self, source: str, destination: str, *, etag: str | None = None) -> StoredObject:
        """Give the object another key; an object of that key is replaced.

        `etag`: only this version of it. Raises NotFound, and Conflict for another version.
        """
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that begin with these characters, in the order of their bytes."""
        ...

    def download_url(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        """A link by which anyone can GET the object for so many seconds; it is saved as `file_name`."""
        ...

    def upload_url(
        self, key: str, *, content_type: str, size: int, seconds: int, exact: bool = True
    ) -> SignedUpload:
        """A request by which a browser can store a file of this type and length, within so many seconds.

        Not `exact`: of any length up to this one. S3 cannot sign that: there, look at what came.
        """
        ...

    def sweep(self, prefix: str = "", *, older_than_seconds: float = 24 * 3600) -> int:
        """Remove what killed processes left of unfinished uploads to keys of this prefix; returns how many.

        Uploads that began within `older_than_seconds` may be alive in another process and are left alone; 0
        takes all of them, which is right for a key that only the caller may write now.
        """
        ...

    def check(self) -> None:
        """Write, read and compare a few bytes; raises StorageError. The answer is remembered for a while."""
        ...


def stop_if(cancelled: Stop | None, key: str) -> None:
    """Raises Cancelled when the caller has cancelled."""
    if cancelled is not None and cancelled():
        raise Cancelled(f"the transfer of {key} was cancelled")


def check_range(key: str, start: int, length: int | None, size: int | None = None) -> None:
    """Raises RangeOutside when an object (of that size, where it is known) has no byte of the range.

    An empty object may be read whole.
    """
    if start == 0 and length is None:
        return
    if start < 0 or (length is not None and length < 1) or (size is not None and start >= size):
        raise RangeOutside(f"{key} has no bytes from {start} on, {length or 'any'} of them")


def check_version(key: str, stored: StoredObject, etag: str | None) -> None:
    """Raises Conflict when it is another version than the caller knows."""
    if etag is not None and stored.etag != etag:
        raise changed(key)


def changed(key: str) -> Conflict:
    return Conflict(f"{key} was replaced meanwhile", hint="look at it again")


def too_large(key: str, size: int, limit: int) -> TooLarge:
    return TooLarge(f"{key} has {size} bytes; the limit is {limit}", hint="use a smaller file")


def lifetime(seconds: int) -> int:
    """Seconds that a link may live; raises ValueError for a time that a store cannot sign."""
    if not 1 <= seconds <= MAX_LINK_SECONDS:
        raise ValueError(f"a link lives 1 to {MAX_LINK_SECONDS} seconds, not {seconds}")
    return seconds
