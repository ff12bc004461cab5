from __future__ import annotations

from pathlib import Path

import pytest

from ecg.assets import assets_dir, fonts_dir, models_dir


def test_the_environment_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path))
    assert assets_dir() == tmp_path
    assert models_dir().parent == fonts_dir().parent == tmp_path


@pytest.mark.parametrize("unset", [None, "", "  "])
def test_otherwise_the_platforms_own_place(monkeypatch: pytest.MonkeyPatch, unset: str | None) -> None:
    monkeypatch.delenv("ECG_ASSETS_DIR", raising=False)
    if unset is not None:
        monkeypatch.setenv("ECG_ASSETS_DIR", unset)
    assert assets_dir().is_absolute()
    assert assets_dir().name == "ecg"
