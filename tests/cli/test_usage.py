"""Help, version and bad usage."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ecg import __version__
from tests.cli.running import ecg, finish, start

COMMANDS = (
    "caption",
    "transcribe",
    "scenario",
    "convert",
    "check",
    "still",
    "render",
    "serve",
    "live",
    "worker",
    "up",
    "templates",
    "doctor",
    "models",
)


def test_help_lists_every_command() -> None:
    done = ecg("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout


def test_version() -> None:
    assert finish(start("--version")).stdout == f"ecg {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("caption",),
        ("caption", "talk.mp4", "--engine", "nonsense"),
        ("caption", "talk.mp4", "--speakers", "none"),
        ("still", "talk.mp4", "talk.json", "-o", "frame.png"),
        ("render", "talk.mp4", "talk.json", "--format", "gif"),
        ("render", "talk.mp4", "talk.json", "--no-such-option"),
        ("serve", "nonsense"),
        ("serve", "render", "--mode", "magic"),
        ("serve", "render", "--port", "70000"),
        ("worker", "--concurrency", "0"),
        ("up", "--workers", "-1"),
        ("nonsense",),
    ],
)
def test_bad_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = ecg(*arguments)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_imports_nothing_heavy() -> None:
    """Start-up time is a promise; numpy, av and pydantic each cost more than all of the help."""
    code = (
        "import sys, contextlib, io\n"
        "from ecg.cli.app import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    app(['--help'])\n"
        "print([name for name in ('numpy', 'av', 'pydantic', 'rich', 'fontTools') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
