"""The doctor's checks against this machine, and its verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg.doctor import Check, Diagnosis, diagnose


def test_only_what_is_needed_makes_ill() -> None:
    well = Check("a", "ok", "here")
    extra = Check("b", "optional", "absent", "get it")
    bad = Check("c", "bad", "absent", "get it")
    assert Diagnosis((well, extra)).well
    assert not Diagnosis((well, bad)).well


def test_every_lack_has_a_way_to_mend_it() -> None:
    for check in diagnose().checks:
        assert check.state == "ok" or check.mend, check


def test_the_browser_is_really_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that exists and does nothing is not a browser."""
    impostor = tmp_path / "chromium"
    impostor.write_text("#!/bin/sh\nexit 0\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("ECG_CHROMIUM", str(impostor))
    found = {check.name: check for check in diagnose().checks}["Chromium"]
    assert found.state == "bad"
    assert found.mend
