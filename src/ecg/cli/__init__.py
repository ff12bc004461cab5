"""The `ecg` command: a thin layer over `ecg.api`, for people and for scripts.

Nothing heavy is imported before a command runs, so that `ecg --help` answers at once.
"""

from __future__ import annotations


def main() -> None:
    """Entry point of the installed program."""
    from ecg.cli.app import app

    app(prog_name="ecg")
