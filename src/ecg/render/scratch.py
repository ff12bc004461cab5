"""Working memory that is kept between frames.

Arrays above 128 KB come from the system with every page unmapped; touching them again for each frame costs
more than the arithmetic. A `Scratch` hands out views of buffers that only grow.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Scratch:
    """Named buffers; a view is valid until the same name is taken again."""

    def __init__(self) -> None:
        self._buffers: dict[str, NDArray[Any]] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        """An uninitialised array; each name must keep to one dtype."""
        size = prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = self._buffers[name] = np.empty(size, dtype)
        return buffer[:size].reshape(shape)
