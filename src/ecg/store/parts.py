"""Files that are not whole yet, in a folder of their own on the store's disk.

Whoever writes a part holds a lock on it, and the system lets go of that lock when the process dies, however
it dies. So a part that nobody holds is left over, and any process may remove it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO


class Part:
    """One file that is being written."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.file = file
        self._path = path

    def stamp(self) -> os.stat_result:
        """Bring the bytes to the disk and give them their time; returns how the file stands then.

        The time has the clock's full resolution, where the kernel's own stamps repeat for some milliseconds:
        it tells one version of an object from the next.
        """
        now = time.time_ns()
        os.utime(self.file.fileno(), ns=(now, now))
        os.fsync(self.file.fileno())
        return os.fstat(self.file.fileno())

    def publish(self, path: Path, *, replace: bool) -> None:
        """Give the file its name, at once; raises FileExistsError when it is taken and `replace` False."""
        _make_folder(path.parent)
        if replace:
            self._path.replace(path)
        else:
            path.hardlink_to(self._path)
            self._path.unlink()
        _sync_folder(path.parent)

    def discard(self) -> None:
        """Remove the file, unless it was published."""
        # Unlinked before closing releases its lock: nobody finds it in between.
        self._path.unlink(missing_ok=True)
        self.file.close()


class Parts:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> Part:
        """An empty part, for the caller to discard in the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._folder / secrets.token_hex(16)
            file = path.open("xb+", buffering=0)
            # A sweep may have come between opening and locking; then this file is lost already.
            if _locked(file) and os.fstat(file.fileno()).st_nlink:
                return Part(path, file)
            file.close()

    def sweep(self) -> int:
        """Remove parts whose writers are dead; returns how many."""
        if not self._folder.is_dir():
            return 0
        return sum(self._remove_if_left(path) for path in list(self._folder.iterdir()))

    def _remove_if_left(self, path: Path) -> bool:
        with suppress(OSError), path.open("rb") as file:
            if _locked(file):
                path.unlink()
                return True
        return False


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is an object, not a folder") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
