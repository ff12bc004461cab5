"""An object on its way into the local store."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from ecg.errors import Conflict
from ecg.store.disk import disk_errors, write_all
from ecg.store.keys import ObjectKey
from ecg.store.media_types import TypeNote, media_type
from ecg.store.objects import StoredObject
from ecg.store.parts import Part


class Receiving:
    """Nobody sees the object before `finish`."""

    def __init__(self, part: Part, path: Path, key: ObjectKey, content_type: str) -> None:
        self._part = part
        self._path = path
        self._key = key
        self._content_type = media_type(content_type)
        self.size = 0
        """Bytes so far."""

    def write(self, data: bytes) -> None:
        write_all(self._path, self._part.file, data)
        self.size += len(data)

    def finish(self, *, replace: bool = True) -> StoredObject:
        """The object is there and on the disk; raises Conflict when there was one and `replace` is False."""
        with disk_errors(self._path):
            status = self._part.stamp()
            try:
                self._part.publish(self._path, replace=replace)
            except FileExistsError:
                raise Conflict(f"{self._key} is stored already", hint="ask for a new upload link") from None
            TypeNote(self._path).write(version_of(status), self._content_type)
        return described(self._key, status, self._content_type)


def described(key: str, status: os.stat_result, content_type: str) -> StoredObject:
    """The object whose file stands like this."""
    modified = datetime.fromtimestamp(status.st_mtime_ns // 10**9, UTC)
    return StoredObject(key, status.st_size, version_of(status), content_type, modified)


def version_of(status: os.stat_result) -> str:
    """The file's ETag; `Part.stamp` makes the time fine enough for it."""
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"
