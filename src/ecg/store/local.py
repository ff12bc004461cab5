"""Objects as plain files below one folder: the default, for everything that fits on one machine.

A key is the file's path below the folder. Objects appear by `rename`, so readers see old bytes or new ones.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from ecg.errors import NotFound, SettingsError
from ecg.store.disk import NOWHERE, arriving, chunks, disk_errors, open_plain, walk, write_all
from ecg.store.keys import object_key
from ecg.store.media_types import TypeNote, media_type
from ecg.store.objects import (
    Progress,
    SignedUpload,
    Stop,
    StoredObject,
    check_range,
    check_version,
    stop_if,
    too_large,
)
from ecg.store.parts import Parts
from ecg.store.probing import Probe
from ecg.store.receiving import Receiving, described, version_of
from ecg.store.signing import SignedLinks


class LocalStore:
    """`links` is None in processes that make no links; other calls need none."""

    def __init__(self, root: Path, links: SignedLinks | None = None) -> None:
        self._root = root
        self._links = links
        self._parts = Parts(root / ".incoming")
        self._probe = Probe(self._write_and_read)

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        with disk_errors(path):
            source = path.open("rb", buffering=0)
        with source, self.receive(key, content_type) as arrival:
            total = os.fstat(source.fileno()).st_size
            for chunk in chunks(source, path, total):
                stop_if(cancelled, key)
                arrival.write(chunk)
                if progress is not None:
                    progress(arrival.size, total)
            stop_if(cancelled, key)
            return arrival.finish()

    def fetch_file(
        self,
        key: str,
        path: Path,
        *,
        max_bytes: int | None = None,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        file, stored = self.open(key)
        with file:
            if max_bytes is not None and stored.size > max_bytes:
                raise too_large(key, stored.size, max_bytes)
            done = 0
            with arriving(path) as target:
                for chunk in chunks(file, self._root / key, stored.size):
                    stop_if(cancelled, key)
                    write_all(path, target, chunk)
                    done += len(chunk)
                    if progress is not None:
                        progress(done, stored.size)
        return stored

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        file, stored = self.open(key)
        with file:
            check_range(key, start, length, stored.size)
            file.seek(start)
            left = stored.size - start
            yield from chunks(file, self._root / key, left if length is None else min(left, length))

    def open(self, key: str) -> tuple[FileIO, StoredObject]:
        """The object's bytes and what is known of exactly these; the caller closes the file."""
        path = self._path(key)
        with disk_errors(path):
            try:
                file = open_plain(path)
            except NOWHERE:
                raise _missing(key) from None
        try:
            with disk_errors(path):
                return file, self._stored(key, path, os.fstat(file.fileno()))
        except BaseException:
            file.close()
            raise

    @contextmanager
    def receive(self, key: str, content_type: str) -> Iterator[Receiving]:
        """An object to be written piece by piece; nothing stays of it when the block ends before `finish`."""
        path = self._path(key)
        with disk_errors(path):
            part = self._parts.create()
        try:
            yield Receiving(part, path, object_key(key), content_type)
        finally:
            part.discard()

    def head(self, key: str) -> StoredObject | None:
        path = self._path(key)
        with disk_errors(path):
            try:
                status = path.lstat()
            except NOWHERE:
                return None
            return self._stored(key, path, status) if stat.S_ISREG(status.st_mode) else None

    def delete(self, key: str) -> None:
        path = self._path(key)
        if self.head(key) is None:
            return
        with disk_errors(path):
            path.unlink(missing_ok=True)
            TypeNote(path).remove()

    def move(self, source: str, destination: str, *, etag: str | None = None) -> StoredObject:
        old, new = self._path(source), self._path(destination)
        stored = self.head(source)
        if stored is None:
            raise _missing(source)
        check_version(source, stored, etag)
        if old == new:
            return stored
        with disk_errors(new):
            new.parent.mkdir(parents=True, exist_ok=True)
            try:
                old.replace(new)
            except FileNotFoundError:
                raise _missing(source) from None
            TypeNote(old).remove()
            TypeNote(new).write(stored.etag, stored.content_type)
            return self._stored(destination, new, new.lstat())

    def keys(self, prefix: str = "") -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        start = self._path(folder) if folder else self._root
        with disk_errors(start):
            for key in walk(start, f"{folder}/" if folder else ""):
                if key.startswith(prefix):
                    yield key

    def download_url(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        return self.links.download(object_key(key), seconds=seconds, file_name=file_name)

    def upload_url(
        self, key: str, *, content_type: str, size: int, seconds: int, exact: bool = True
    ) -> SignedUpload:
        return self.links.upload(
            object_key(key), content_type=media_type(content_type), size=size, seconds=seconds, exact=exact
        )

    @property
    def links(self) -> SignedLinks:
        """Raises SettingsError in a process that was not told how the world reaches it."""
        if self._links is None:
            raise SettingsError("nobody knows the address for links to local files", where="PUBLIC_URL")
        return self._links

    def sweep(self, prefix: str = "", *, older_than_seconds: float = 24 * 3600) -> int:  # noqa: ARG002
        """As the contract says, but for all keys and at once: here it is certain whose writer is dead."""
        with disk_errors(self._root):
            return self._parts.sweep()

    def check(self) -> None:
        self._probe()

    def _write_and_read(self) -> None:
        self.sweep()
        with disk_errors(self._root):
            part = self._parts.create()
            try:
                sample = os.urandom(4096)
                write_all(self._root, part.file, sample)
                part.stamp()
                part.file.seek(0)
                if part.file.read(len(sample)) != sample:
                    raise OSError(None, "what was written reads back differently")
            finally:
                part.discard()

    def _path(self, key: str) -> Path:
        return self._root / object_key(key)

    def _stored(self, key: str, path: Path, status: os.stat_result) -> StoredObject:
        return described(key, status, TypeNote(path).read(version_of(status)))


def _missing(key: str) -> NotFound:
    return NotFound(f"there is no object {key}")
