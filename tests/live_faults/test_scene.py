"""The smallest scene of the fault run, with patience for a machine that does other things, too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.live_faults.checks import Bars
from tests.live_faults.run import Pace, recorder_and_camera

BUSY = Bars(lost_seconds=10, clock_seconds=5)
BRIEF = Pace(warm_seconds=8, calm_seconds=3)


@pytest.mark.timeout(400)
def test_a_recorder_is_killed_and_a_camera_comes_back_otherwise(tmp_path: Path) -> None:
    found = asyncio.run(recorder_and_camera(tmp_path, print, BUSY, BRIEF))
    troubles = {subject.name: [each.fault for each in subject.troubles] for subject in found.all}
    assert troubles == {"unrecorded": ["recorder killed"], "replaced": ["back as 320x180"]}
    assert [(check.name, check.wrong) for check in found.checks if check.wrong] == []
    assert all(left.gaps for left in found.left.values())
