"""Reads float tensors out of a legacy PyTorch checkpoint without PyTorch, and without running anything in it.

Before version 1.6 `torch.save` wrote five pickles (magic number, protocol version, machine facts, the
object, the list of storage keys) and then each storage as an 8-byte element count and raw little-endian
numbers. A pickle can call any function it names, so only the three names that such a checkpoint needs are
known here, and each stands for an inert class of our own.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C  # torch.serialization.MAGIC_NUMBER of the legacy format
_MAX_STORAGES = 1_000


class CheckpointError(ValueError):
    """The bytes are not a checkpoint that we read."""


class _FloatStorage:
    """Stands for ``torch.FloatStorage``: 32-bit floats."""


@dataclass(frozen=True)
class _Tensor:
    """A view into a storage: what ``torch._utils._rebuild_tensor_v2`` was asked to build."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild_tensor(
    storage: str, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


_KNOWN: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch", "FloatStorage"): _FloatStorage,
}


class _Unpickler(pickle.Unpickler):
    """Knows three names and refuses every other."""

    def find_class(self, module: str, name: str, /) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"the checkpoint asks for {module}.{name}") from None

    def persistent_load(self, pid: Any, /) -> str:
        kind, storage_class, key = pid[0], pid[1], pid[2]
        if kind != "storage" or storage_class is not _FloatStorage:
            raise pickle.UnpicklingError("the checkpoint holds something else than float storages")
        return str(key)


def read_tensors(data: bytes, *, key: str = "model_state") -> dict[str, NDArray[np.float32]]:
    """The float tensors of a checkpoint's state dictionary `key`, by name.

    Raises:
        CheckpointError: this is not such a checkpoint, it is damaged, or it asks for anything but tensors.
    """
    stream = io.BytesIO(data)
    try:
        magic, _protocol, _machine, content, keys = (_Unpickler(stream).load() for _ in range(5))
        if magic != _MAGIC or not isinstance(keys, list) or len(keys) > _MAX_STORAGES:
            raise CheckpointError("not a legacy PyTorch checkpoint")
        storages = {str(name): _read_storage(stream) for name in keys}
        state = content[key]
        return {
            name: _view(storages, tensor) for name, tensor in state.items() if isinstance(tensor, _Tensor)
        }
    except CheckpointError:
        raise
    except Exception as error:  # a damaged pickle raises almost anything, by design of the format
        raise CheckpointError(f"not a readable PyTorch checkpoint: {error}") from error


def _read_storage(stream: io.BytesIO) -> NDArray[np.float32]:
    count = int.from_bytes(stream.read(8), "little", signed=True)
    raw = stream.read(4 * count) if count >= 0 else b""
    if count < 0 or len(raw) != 4 * count:
        raise CheckpointError("the checkpoint is cut short")
    return np.frombuffer(raw, dtype="<f4")


def _view(storages: Mapping[str, NDArray[np.float32]], tensor: _Tensor) -> NDArray[np.float32]:
    """The tensor's own numbers, copied; a view that leaves its storage is refused, not read."""
    storage = storages[tensor.storage]
    if tensor.offset < 0 or any(n < 0 for n in (*tensor.shape, *tensor.stride)):
        raise CheckpointError("a tensor of the checkpoint has a negative size")
    reach = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride, strict=True))
    if 0 not in tensor.shape and reach >= storage.size:
        raise CheckpointError("a tensor of the checkpoint points past its storage")
    strides = tuple(4 * step for step in tensor.stride)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides, writeable=False)
    return np.array(view, dtype=np.float32)
