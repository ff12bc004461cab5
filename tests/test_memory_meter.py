"""Memory is counted for the whole process tree, and its trend by a stated rule."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.memory_meter import MemoryMeter, trend
from ecg.process_memory import tree_pss_mb


def test_children_are_counted() -> None:
    before = tree_pss_mb()
    hold = "import sys; held = bytearray(b'x') * 80_000_000; print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        during = tree_pss_mb()
        child.communicate()
    assert 80 < during - before < 130


def test_the_meter_samples_while_it_is_entered() -> None:
    with MemoryMeter() as meter:
        pass
    assert meter.peak_mb > 5
    assert meter.trend == "stable"


@pytest.mark.parametrize(
    ("samples", "wanted"),
    [
        ([], "stable"),
        ([100, 900] * 3, "stable"),  # too few
        ([10, 200, 300, 300, 300, 300, 310, 305, 302], "stable"),
        ([100.0 + 10 * n for n in range(30)], "rising"),
        ([400.0 - 10 * n for n in range(30)], "falling"),
        ([50.0] * 10 + [55.0] * 10 + [65.0] * 10, "stable"),  # 10 MB is noise
    ],
)
def test_trend(samples: list[float], wanted: str) -> None:
    assert trend(samples) == wanted


SAMPLES = st.lists(st.floats(10, 2000), min_size=4, max_size=20)


@given(SAMPLES, st.data())
def test_a_trend_turned_round_is_its_opposite_or_stable(start: list[float], data: st.DataObject) -> None:
    middle, end = (
        data.draw(st.lists(st.floats(10, 2000), min_size=len(start), max_size=len(start))) for _ in "me"
    )
    turned = {
        "rising": ("falling", "stable"),
        "falling": ("rising", "stable"),
        "stable": ("rising", "falling", "stable"),
    }
    assert trend(start + end + middle) in turned[trend(start + middle + end)]
