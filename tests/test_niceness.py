"""Work steps back behind servers, also where the system groups processes by session."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ecg.niceness import AUTOGROUP

PROGRAM = """
import os, subprocess, sys
from ecg.niceness import AUTOGROUP, step_back
step_back(7, with_session=sys.argv[1] == "session")
child = [sys.executable, "-c", f"import os; print(os.nice(0)); print(open('{AUTOGROUP}').read())"]
sys.stdout.flush()
subprocess.run(child, process_group=0, check=True)
"""


def told(argument: str) -> list[str]:
    """What a child of a process that stepped back finds: its niceness, then that of its session."""
    command = [sys.executable, "-c", PROGRAM, argument]
    return subprocess.run(
        command, start_new_session=True, capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this system does not group processes by session")
def test_children_step_back_with_their_session() -> None:
    niceness, *_, session = told("session")
    assert int(niceness) == os.nice(0) + 7
    assert int(session) == 7


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this system does not group processes by session")
def test_a_session_that_is_not_ours_stays_as_it_is() -> None:
    assert told("alone")[-1] == "0"
