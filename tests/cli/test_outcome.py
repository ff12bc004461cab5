"""How commands end: exit codes, one line, nothing left running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.cli.outcome import conclude, one_line
from ecg.errors import Cancelled, EcgError, MissingDependency, ScenarioError


def fails_with(error: BaseException) -> int:
    def command() -> None:
        raise error

    return conclude(command)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (ScenarioError("broken", where="/cues/3"), 2),
        (MissingDependency("no ffmpeg", hint="apt-get install ffmpeg"), 1),
        (Cancelled("stopped"), 130),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_exit_codes(error: BaseException, exit_code: int) -> None:
    assert fails_with(error) == exit_code


def test_an_error_is_one_line_with_code_place_and_hint() -> None:
    line = one_line(ScenarioError("a time is missing", where="/cues/3/start", hint="add it"))
    assert line == "ecg: SCENARIO_PARSE_ERROR: a time is missing (at /cues/3/start); to do: add it"


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_whatever_an_error_says_it_stays_one_line(message: str, where: str | None, hint: str | None) -> None:
    assert len(one_line(EcgError(message, where=where, hint=hint)).splitlines()) == 1


def test_a_defect_of_ours_names_the_file_with_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails_with(RuntimeError("boom")) == 1
    line = capsys.readouterr().err.strip()
    assert line.startswith("ecg: INTERNAL_ERROR: RuntimeError: boom; ")
    trace = Path(line.rsplit(" ", 1)[-1])
    assert "raise error" in trace.read_text()
    trace.unlink()


def test_debug_prints_the_trace(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_DEBUG", "1")
    assert fails_with(ScenarioError("broken")) == 2
    assert "Traceback" in capsys.readouterr().err


def test_children_of_a_failed_command_are_ended_and_older_ones_are_not() -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    started: list[subprocess.Popen[bytes]] = []

    def command() -> None:
        started.append(subprocess.Popen(sleep))
        raise ScenarioError("broken")

    with subprocess.Popen(sleep) as older:
        try:
            assert conclude(command) == 2
            assert older.poll() is None
        finally:
            older.kill()
    started[0].wait(timeout=5)  # raises where it still runs
