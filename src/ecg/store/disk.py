"""Files as the local store reads and writes them, and what the operating system's errors mean for it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from ecg.errors import StorageError
from ecg.store.objects import CHUNK, StorageRefused

NOWHERE = (FileNotFoundError, NotADirectoryError)
"""How the system says that there is no such file."""

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is too large",
}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Any OSError inside becomes a StorageError that names the path and what to do."""
    try:
        yield
    except OSError as error:
        raise _explained(path, error) from None


@contextmanager
def arriving(path: Path) -> Iterator[FileIO]:
    """A file to write to; it becomes `path` when the block ends well, and is gone when it does not."""
    part = path.with_name(f".{path.name}.part")
    try:
        with disk_errors(path):
            file = part.open("wb", buffering=0)
        with file:
            yield file
        with disk_errors(path):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def open_plain(path: Path) -> FileIO:
    """The file, to be read; raises FileNotFoundError for anything but a regular file."""
    return FileIO(path, "rb", opener=_plain_only)


def chunks(file: FileIO, path: Path, length: int) -> Iterator[bytes]:
    """So many bytes from here on; raises StorageError when the file ends before."""
    while length > 0:
        with disk_errors(path):
            chunk = file.read(min(CHUNK, length))
            if not chunk:
                raise OSError(None, "it became shorter while it was read")
        length -= len(chunk)
        yield chunk


def write_all(path: Path, file: FileIO, data: bytes) -> None:
    """Write all of it, where an unbuffered file may take a piece; errors name `path`."""
    view = memoryview(data)
    with disk_errors(path):
        while view:
            view = view[file.write(view) :]


def walk(folder: Path, prefix: str) -> Iterator[str]:
    """Files below the folder in the order of their paths' bytes, hidden ones left out."""
    try:
        with os.scandir(folder) as found:
            # A folder stands where its name with the slash does.
            names = [
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name for entry in found
            ]
    except NOWHERE:
        return
    for name in sorted(names):
        if name.startswith("."):
            continue
        if name.endswith("/"):
            yield from walk(folder / name, prefix + name)
        else:
            yield prefix + name


def _plain_only(path: str, flags: int) -> int:
    # Opens no link, which could lead out of the store, and waits for no pipe.
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileNotFoundError(path) from None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise FileNotFoundError(path)


def _explained(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return StorageError(
            f"{path} cannot be written: {_FULL[error.errno]} ({reason})",
            hint="free some space, or let ECG_DATA_DIR name a folder on a larger disk",
        )
    if error.errno in _FORBIDDEN:
        return StorageRefused(
            f"{path} is not accessible: {reason}",
            hint="let the user that runs ECG read and write this folder",
        )
    return StorageError(f"{path} cannot be used: {reason}", hint="check the disk that holds ECG_DATA_DIR")
