"""Runs `ecg`: in this process, or as the program of its own that a script would start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from typer.testing import CliRunner

from ecg.cli.app import app

PROGRAM = (sys.executable, "-c", "from ecg.cli import main; main()")
ENGLISH = {"ECG_LANG": "en", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True)
class Done:
    """How a run of `ecg` ended."""

    returncode: int
    stdout: str
    stderr: str


def ecg(*arguments: str | Path, stdin: str | None = None, **variables: str) -> Done:
    """Run `ecg` in this process: the same code, without the second that a fresh interpreter takes."""
    with logging_as_before():
        result = CliRunner().invoke(
            app, [str(a) for a in arguments], input=stdin, env={**ENGLISH, **variables}, prog_name="ecg"
        )
    return Done(result.exit_code, result.stdout, result.stderr)


@contextmanager
def logging_as_before() -> Iterator[None]:
    """Servers' commands set up logging, here to a stream that is closed when the run is over."""
    root, configured, known = logging.getLogger(), structlog.is_configured(), structlog.get_config()
    handlers, level = root.handlers, root.level
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        logging.captureWarnings(False)
        structlog.configure(**known) if configured else structlog.reset_defaults()


def start(*arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
    """Start `ecg` as a program of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ENGLISH, **variables},
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], timeout: float = 240) -> Done:
    """Wait for its end."""
    stdout, stderr = process.communicate(timeout=timeout)
    return Done(process.returncode, stdout, stderr)


def assert_one_clear_error(done: Done, exit_code: int, code: str) -> None:
    """The promise for bad input: the exit code, one line with the stable code, never a trace."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("ecg: ")]
    assert done.returncode == exit_code, done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"ecg: {code}: "), lines[0]
    assert "Traceback" not in done.stderr
