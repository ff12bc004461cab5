from __future__ import annotations

import io
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.assets.torch_checkpoint import CheckpointError, read_tensors

MAGIC = 0x1950A86A20F9469CFC6C


class _Storage:
    """What PyTorch writes as a reference to numbers that follow later."""

    def __init__(self, key: str, numbers: np.ndarray[Any, Any]) -> None:
        self.key, self.numbers = key, numbers


class _Tensor:
    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
    ) -> None:
        self.parts: tuple[Any, ...] = (storage, offset, shape, stride, False, OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, _Storage):
            return ("storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", len(obj.numbers), None)
        return None


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules of PyTorch's names, only so that pickle can write their names down."""
    top, utils = ModuleType("torch"), ModuleType("torch._utils")
    top.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})  # type: ignore[attr-defined]

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", top)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def _checkpoint(state: Any, storages: list[_Storage], *, magic: int = MAGIC) -> bytes:
    out = io.BytesIO()
    for part in (magic, 1001, {"little_endian": True}):
        pickle.dump(part, out, protocol=2)
    _Pickler(out, protocol=2).dump({"step": 1, "model_state": state})
    pickle.dump([s.key for s in storages], out, protocol=2)
    for storage in storages:
        out.write(len(storage.numbers).to_bytes(8, "little") + storage.numbers.astype("<f4").tobytes())
    return out.getvalue()


@pytest.mark.usefixtures("torch")
def test_tensors_are_views_into_shared_storages() -> None:
    numbers = np.arange(20, dtype=np.float32)
    storage = _Storage("1", numbers)
    state = OrderedDict(
        a=_Tensor(storage, 0, (2, 3), (3, 1)),
        b=_Tensor(storage, 6, (4,), (1,)),
        c=_Tensor(storage, 0, (3, 2), (1, 3)),
    )
    tensors = read_tensors(_checkpoint(state, [storage]))
    assert tensors["a"].tolist() == numbers[:6].reshape(2, 3).tolist()
    assert tensors["b"].tolist() == [6, 7, 8, 9]
    assert tensors["c"].tolist() == numbers[:6].reshape(2, 3).T.tolist()


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize(
    ("offset", "shape", "stride"), [(15, (6,), (1,)), (0, (3, 3), (9, 1)), (-1, (2,), (1,)), (0, (2,), (-1,))]
)
def test_a_view_that_leaves_its_storage_is_refused(
    offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    storage = _Storage("1", np.zeros(20, np.float32))
    with pytest.raises(CheckpointError, match="tensor"):
        read_tensors(_checkpoint(OrderedDict(a=_Tensor(storage, offset, shape, stride)), [storage]))


@pytest.mark.usefixtures("torch")
def test_a_checkpoint_that_wants_to_run_something_does_not_get_to(tmp_path: Path) -> None:
    witness = tmp_path / "was-here"

    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (witness,)

    with pytest.raises(CheckpointError, match="asks for"):
        read_tensors(_checkpoint(OrderedDict(a=Attack()), []))
    assert not witness.exists()


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("cut", [10, 40, 200, -4])
def test_a_cut_file_is_one_error(cut: int) -> None:
    storage = _Storage("1", np.zeros(20, np.float32))
    whole = _checkpoint(OrderedDict(a=_Tensor(storage, 0, (20,), (1,))), [storage])
    with pytest.raises(CheckpointError, match="checkpoint"):
        read_tensors(whole[:cut])


@pytest.mark.usefixtures("torch")
def test_another_magic_number_is_another_format() -> None:
    with pytest.raises(CheckpointError, match="not a legacy"):
        read_tensors(_checkpoint(OrderedDict(), [], magic=1))


@given(st.binary(max_size=300))
def test_noise_is_never_more_than_a_value_error(noise: bytes) -> None:
    with pytest.raises(CheckpointError, match="checkpoint"):
        read_tensors(noise)
