"""What starting any server takes: its program, a folder, a free port, and waiting until it answers."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

READY_SECONDS = 60.0


class NotStarted(Exception):
    """A server of the tests cannot be started; says what to do."""


def program(name: str, *folders: str) -> str:
    """The path of a program, on PATH or else in one of the folders (the last in order of names)."""
    found = [
        str(path) for folder in folders for path in sorted(Path("/").glob(folder.lstrip("/") + "/" + name))
    ]
    path = shutil.which(name) or (found[-1] if found else None)
    if path is None:
        raise NotStarted(f"{name} is not installed; to mend it: make setup")
    return path


def acting_as(user: str) -> list[str]:
    """Put before a command of a program that refuses to run as root; nothing for anybody else."""
    if os.geteuid() != 0:
        return []
    return [program("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups"]


@contextlib.contextmanager
def folder(name: str, owner: str | None = None) -> Iterator[Path]:
    """A folder for a server's data, removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix=f"ecg-test-{name}-"))
    try:
        if owner and os.geteuid() == 0:
            shutil.chown(path, owner, owner)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until_ready(
    name: str,
    process: subprocess.Popen[bytes],
    log: Path,
    ready: Callable[[], bool],
    seconds: float = READY_SECONDS,
) -> None:
    """Wait until `ready` says so; raises NotStarted, with the log's end, when the server ends or is late."""
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise NotStarted(f"{name} ended with {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > end:
            raise NotStarted(f"{name} did not answer within {seconds:g} s:\n{_tail(log)}")
        time.sleep(0.02)


def says(log: Path, words: str) -> bool:
    """Whether the words stand in the log; servers listen some time before they serve."""
    return words in log.read_text(errors="replace")


def prepared(what: str, command: list[str], cwd: Path) -> None:
    """Run a command that has to succeed before the server can start."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=READY_SECONDS
    )
    if done.returncode != 0:
        raise NotStarted(f"{what} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:] if log.exists() else ""
