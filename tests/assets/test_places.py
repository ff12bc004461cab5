from __future__ import annotations

from pathlib import Path

import pytest

from ecg.assets import data_dir, fonts_dir, models_dir


def test_the_environment_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_DATA_DIR", str(tmp_path))
    assert data_dir() == tmp_path
    assert models_dir().parent == fonts_dir().parent == tmp_path


@pytest.mark.parametrize("unset", [None, "", "  "])
def test_otherwise_the_platforms_own_place(monkeypatch: pytest.MonkeyPatch, unset: str | None) -> None:
    monkeypatch.delenv("ECG_DATA_DIR", raising=False)
    if unset is not None:
        monkeypatch.setenv("ECG_DATA_DIR", unset)
    assert data_dir().is_absolute()
    assert data_dir().name == "ecg"
