"""Fetches the weights that tell voices apart, once, at set-up.

The weights are those of Resemblyzer's LSTM encoder (Apache-2.0, https://github.com/resemble-ai/Resemblyzer).
Its wheel depends on PyTorch, which we do not want, so the wheel alone is downloaded with pip, its checkpoint
read without PyTorch (`torch_checkpoint`) and the eleven arrays that the network needs are kept as 2.9 MB of
float16. float16 moves an embedding by less than 1e-3 of cosine distance; clustering cuts at 0.30
(`ecg.speech.speakers`).
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ecg.assets.places import models_dir
from ecg.assets.torch_checkpoint import CheckpointError, read_tensors
from ecg.errors import MissingDependency, StorageError

REQUIREMENT = "resemblyzer==0.1.4"
PULL_COMMAND = "ecg models pull"
_CHECKPOINT = "resemblyzer/pretrained.pt"
_TIMEOUT_SECONDS = 300.0
_LAYERS, _HIDDEN, _MELS = 3, 256, 40

Weights = dict[str, NDArray[np.float32]]


def weights_path() -> Path:
    """Where the converted weights are, or will be."""
    return models_dir() / "speaker-encoder-f16.npz"


def expected_shapes() -> dict[str, tuple[int, ...]]:
    """Every array that the encoder needs: name to shape, in PyTorch's layout (gates i, f, g, o stacked)."""
    shapes: dict[str, tuple[int, ...]] = {"linear.weight": (_HIDDEN, _HIDDEN), "linear.bias": (_HIDDEN,)}
    for layer in range(_LAYERS):
        inputs = _MELS if layer == 0 else _HIDDEN
        shapes[f"lstm.weight_ih_l{layer}"] = (4 * _HIDDEN, inputs)
        shapes[f"lstm.weight_hh_l{layer}"] = (4 * _HIDDEN, _HIDDEN)
        shapes[f"lstm.bias_ih_l{layer}"] = (4 * _HIDDEN,)
        shapes[f"lstm.bias_hh_l{layer}"] = (4 * _HIDDEN,)
    return shapes


def load_weights() -> Weights:
    """Read the converted weights as float32.

    Raises:
        MissingDependency: they were never fetched, or the file is damaged; the hint is the command that
            fetches them.
    """
    path = weights_path()
    if not path.is_file():
        raise MissingDependency(
            "the weights that tell speakers apart are not on this machine",
            where=str(path),
            hint=f"{PULL_COMMAND}   (or, where one person speaks, say --speakers 1)",
        )
    try:
        content = io.BytesIO(path.read_bytes())
        if not zipfile.is_zipfile(content):
            raise _damaged(path)
        with np.load(content, allow_pickle=False) as stored:
            weights = {name: stored[name].astype(np.float32) for name in expected_shapes()}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise _damaged(path) from error
    if any(weights[name].shape != shape for name, shape in expected_shapes().items()):
        raise _damaged(path)
    return weights


def pull() -> Path:
    """Download the wheel, convert its checkpoint and store the weights; nothing is done when they are there.

    Raises:
        MissingDependency: the package registry cannot be reached or the wheel is not what it should be.
        StorageError: the weights cannot be written.
    """
    path = weights_path()
    if path.is_file():
        load_weights()
        return path
    with tempfile.TemporaryDirectory(prefix="ecg-pull-") as folder:
        wheel = _download_wheel(Path(folder))
        weights = convert(wheel)
    _store(weights, path)
    return path


def convert(wheel: Path) -> dict[str, NDArray[np.float16]]:
    """Take the encoder's arrays out of Resemblyzer's wheel as float16.

    Raises:
        MissingDependency: the wheel carries no checkpoint of the expected shape.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            tensors = read_tensors(archive.read(_CHECKPOINT))
    except (OSError, KeyError, CheckpointError, zipfile.BadZipFile) as error:
        raise MissingDependency(
            f"{wheel.name} does not hold the speaker encoder's weights ({error})",
            hint=f"try again: {PULL_COMMAND}",
        ) from error
    weights = {name: tensors[name] for name in expected_shapes() if name in tensors}
    wrong = [n for n, shape in expected_shapes().items() if n not in weights or weights[n].shape != shape]
    if wrong:
        raise MissingDependency(
            f"{wheel.name} holds another network than expected: {wrong[0]}", hint=f"needed is {REQUIREMENT}"
        )
    return {name: cast("NDArray[np.float16]", array.astype(np.float16)) for name, array in weights.items()}


def _download_wheel(folder: Path) -> Path:
    """Let pip, with the user's own index settings, fetch the wheel without its dependencies."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder), REQUIREMENT]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_fetched(str(error)) from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        last = (done.stderr.strip() or done.stdout.strip() or "pip gave no reason").splitlines()[-1]
        raise _not_fetched(last)
    return wheels[0]


def _store(weights: dict[str, NDArray[np.float16]], path: Path) -> None:
    """Write beside the target and rename, so that no half file is ever read."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **weights)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StorageError(f"the weights cannot be written: {error.strerror}", where=str(path)) from error


def _not_fetched(reason: str) -> MissingDependency:
    return MissingDependency(
        f"{REQUIREMENT} could not be downloaded: {reason}",
        hint=f"check that pip works and reaches its package index, then: {PULL_COMMAND}",
    )


def _damaged(path: Path) -> MissingDependency:
    return MissingDependency(
        "the weights that tell speakers apart are damaged",
        where=str(path),
        hint=f"delete the file, then: {PULL_COMMAND}",
    )
