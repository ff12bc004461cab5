"""Where jobs work on disk, and how nothing stays there.

Each executor has two folders: one in the data directory, which may be large, with a folder in it for the job
that runs; and a short-named one in the system's temporary folder, which it and everything below it takes for
that temporary folder (browser profiles with their sockets, whose paths must be short). Its slot removes both
when it has ended, or its guardian does when the worker was killed.

Should all of them be killed at once, the next worker sweeps. Whether a folder is still in use is told by a
lock on it (flock), which the kernel gives up when the last process that holds it has ended: no process number
can be mistaken for another's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import structlog

from ecg.errors import StorageError
from ecg.settings import Settings

log = structlog.get_logger(__name__)


class WorkFolder:
    """The folders of a slot's executor, made and locked; `remove` ends both."""

    def __init__(self, settings: Settings, boot_id: str, number: int) -> None:
        name = f"{boot_id[:12]}-{number}"
        self.path = _root(settings) / name
        self.temporary = _temporary(name)
        self._jobs = 0
        try:
            with _alone(_root(settings)):
                self.temporary.mkdir(mode=0o700)
                self.path.mkdir(mode=0o700)
                self.lock = _locked(self.path)
        except OSError as error:
            raise StorageError(
                f"the work folder {self.path} cannot be made: {error.strerror}",
                hint="ECG_DATA_DIR must name a folder that this user may write",
            ) from error

    def for_job(self) -> Path:
        """A new empty folder for one job."""
        self._jobs += 1
        folder = self.path / str(self._jobs)
        folder.mkdir()
        return folder

    def remove(self) -> None:
        remove(self.temporary)
        remove(self.path)
        os.close(self.lock)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it. What cannot be removed is logged and left to a later sweep."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("a work folder cannot be removed", folder=str(folder), error=str(error))


def sweep_work_folders(settings: Settings) -> int:
    """Remove the folders of executors that are no more; answers how many."""
    dead = {}
    with _alone(_root(settings)):
        for folder in _root(settings).iterdir():
            with contextlib.suppress(OSError):  # somebody works there
                dead[folder] = _locked(folder)
    for folder, lock in dead.items():
        remove(_temporary(folder.name))
        remove(folder)
        os.close(lock)
    return len(dead)


def _root(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "work"


def _temporary(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"ecg-{name}"


def _locked(folder: Path) -> int:
    """A descriptor that holds the lock; raises BlockingIOError when somebody else does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Between the making of a folder and its lock nobody sweeps."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
