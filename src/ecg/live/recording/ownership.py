"""Whether another recording process of this machine is alive: a lock file that the living hold.

A camera is claimed under a lease, for other machines. On the same machine nobody has to wait for it to run
out: the kernel drops the lock of a process that was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path
from typing import IO


class AliveLock:
    """`{folder}/{boot_id}.lock`, held for as long as this process lives."""

    def __init__(self, folder: Path, boot_id: str) -> None:
        self._folder = folder
        self._path = folder / f"{boot_id}.lock"
        self._file: IO[bytes] | None = None

    def hold(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = self._path.open("wb")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()
            self._file = None

    def is_dead(self, boot_id: str) -> bool:
        """Whether that process was one of this folder's, and is gone. Of others nothing is known: False."""
        path = self._folder / f"{boot_id}.lock"
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
                return True
        except OSError:
            return False

    def sweep(self) -> None:
        """Remove what the dead left."""
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*.lock"):
                if path != self._path:
                    self.is_dead(path.stem)
