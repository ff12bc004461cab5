"""A file that appears whole or not at all.

The result is written under a hidden name beside its destination and renamed when it is complete; a rename
inside one folder is atomic. Whatever goes wrong, error, cancellation or Ctrl-C, the partial file is removed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from ecg.errors import EcgError, OutputError, RenderError, StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def whole_file(output: Path, *, inputs: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield the path to write to; on success it becomes `output`.

    Raises OutputError when the place cannot be written or `output` is one of `inputs`, StorageError when the
    disk is full.
    """
    if any(output.exists() and output.samefile(source) for source in inputs if source.exists()):
        raise OutputError(f"{output} is the input itself", hint="write to another name")
    if output.is_dir():
        raise OutputError(f"{output} is a folder", hint="give a file name")
    if output.exists() and not output.is_file():  # renaming over /dev/null would take it from the machine
        raise OutputError(f"{output} is no ordinary file", hint="give the name of a file")
    partial = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        partial.touch()
    except OSError as error:
        raise OutputError(
            f"{output} cannot be written: {error.strerror}", hint="choose another place"
        ) from error
    try:
        yield partial
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def writing_error(output: Path, error: FFmpegError | OSError) -> EcgError:
    """What a failed write means: the disk is full, or something that we did not expect."""
    if error.errno in _FULL:
        return StorageError(
            f"no space left to write {output.name}",
            where=str(output.parent),
            hint="free some space, or write elsewhere",
        )
    return RenderError(f"writing {output.name} failed: {error.strerror}")
