"""Caption colours (sRGB) as the samples of a video signal.

The browser paints in sRGB; a video stores Y'CbCr in one of several matrices, ranges, primaries and transfer
functions. This module says which signal a video's tags mean and maps one to the other:

- standard range: sRGB values are taken as the video's own R'G'B', as every player does; only the matrix and
the
  range differ (ITU-R BT.601, BT.709, BT.2020);
- BT.2020 primaries: the colours are converted in linear light, so that red stays the same red;
- HDR: white is put at 203 cd/m2, graphics white of ITU-R BT.2408, in PQ (SMPTE ST 2084) or HLG (ARIB STD-B67,
  system gamma 1.2 of ITU-R BT.2100 at 1000 cd/m2).

Premultiplied values are used throughout, because only they may be averaged when chroma is subsampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ecg.errors import MediaError
from ecg.media import ColourTags

Floats = NDArray[np.float32]

GRAPHICS_WHITE = 203.0
"""cd/m2, ITU-R BT.2408 table 1."""

_LUMA_WEIGHTS = {  # H.273 matrix coefficients: (Kr, Kb)
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}

_BT709_TO_BT2020 = np.array(  # ITU-R BT.2087, linear light
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]], dtype=np.float32
)

_CURVE_STEPS = 4096


class Transfer(Enum):
    SDR = "standard"
    PQ = "PQ"
    HLG = "HLG"


@dataclass(frozen=True, slots=True)
class Signal:
    """How a video writes a colour as numbers."""

    kr: float
    kb: float
    depth: int
    full_range: bool
    wide: bool
    """BT.2020 primaries."""
    transfer: Transfer

    @property
    def maps_colours(self) -> bool:
        """Whether R'G'B' of the video differs from sRGB, beyond the matrix."""
        return self.wide or self.transfer is not Transfer.SDR

    def samples(self) -> Floats:
        """A 3x4 matrix: premultiplied (R', G', B', alpha), each 0-1, to premultiplied (Y', Cb, Cr)
        samples.
        """
        kr, kb = self.kr, self.kb
        kg = 1 - kr - kb
        luma = np.array([kr, kg, kb])
        chroma_b = (np.array([0, 0, 1]) - luma) / (2 * (1 - kb))
        chroma_r = (np.array([1, 0, 0]) - luma) / (2 * (1 - kr))
        if self.full_range:
            top = (1 << self.depth) - 1
            scales, offsets = (top, top, top), (0.0, *(2 * [float(1 << (self.depth - 1))]))
        else:
            unit = 1 << (self.depth - 8)
            scales, offsets = (219 * unit, 224 * unit, 224 * unit), (16.0 * unit, 128.0 * unit, 128.0 * unit)
        rows = [
            np.append(row * scale, offset)
            for row, scale, offset in zip((luma, chroma_b, chroma_r), scales, offsets, strict=True)
        ]
        return np.array(rows, dtype=np.float32)

    def video_rgb(self, srgb: NDArray[np.uint8]) -> Floats:
        """sRGB planes (3, height, width), not premultiplied, as the video's R'G'B' of 0-1."""
        if not self.maps_colours:
            return srgb.astype(np.float32) / np.float32(255)
        linear = _srgb_to_linear()[srgb]
        if self.wide:
            linear = np.einsum("ij,jhw->ihw", _BT709_TO_BT2020, linear).clip(0, 1)
        if self.transfer is Transfer.HLG:
            linear = _undo_hlg_system_gamma(linear)
        steps = np.sqrt(linear) * (_CURVE_STEPS - 1)
        return _curve(self.transfer)[(steps + 0.5).astype(np.int32)]


def signal_of(tags: ColourTags, *, depth: int, width: int, height: int) -> Signal:
    """The signal that a video's tags mean. Untagged video is read as players read it: BT.709 from 720p up.

    Raises MediaError for the few matrices that are no Y'CbCr of R'G'B' (ICtCp, YCgCo, Dolby Vision's own).
    """
    matrix = tags.matrix
    if matrix in (2, 3):
        matrix = 9 if tags.primaries == 9 else 1 if width >= 1280 or height > 576 else 6
    if matrix not in _LUMA_WEIGHTS:
        raise MediaError(
            f"the video uses colour matrix {matrix} of H.273, which captions cannot be drawn into",
            hint="convert it first: ffmpeg -i IN -vf format=yuv420p -colorspace bt709 OUT",
        )
    transfer = {16: Transfer.PQ, 18: Transfer.HLG}.get(tags.transfer, Transfer.SDR)
    kr, kb = _LUMA_WEIGHTS[matrix]
    return Signal(kr, kb, depth, tags.full_range, wide=tags.primaries == 9, transfer=transfer)


@lru_cache(maxsize=1)
def _srgb_to_linear() -> Floats:
    """IEC 61966-2-1, for the 256 values of a byte."""
    code = np.arange(256) / 255
    linear: Floats = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )
    return linear


@lru_cache(maxsize=3)
def _curve(transfer: Transfer) -> Floats:
    """Linear light (1 = graphics white; scene light for HLG) to signal, sampled evenly in its square root.

    4096 such steps keep every 8-bit sRGB colour within half a 10-bit level of the formula.
    """
    linear = np.linspace(0, 1, _CURVE_STEPS) ** 2
    if transfer is Transfer.PQ:
        power = (linear * GRAPHICS_WHITE / 10_000) ** 0.1593017578125
        signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    elif transfer is Transfer.HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        signal = np.where(
            linear <= 1 / 12, np.sqrt(3 * linear), a * np.log(np.maximum(12 * linear - b, 1e-9)) + c
        )
    else:
        signal = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return signal.astype(np.float32)


def _undo_hlg_system_gamma(linear: Floats) -> Floats:
    """Display light (1 = graphics white) to HLG scene light (1 = peak): Fs = Yd^((1-g)/g) Fd, BT.2100 table
    5.
    """
    display = linear * np.float32(GRAPHICS_WHITE / 1000)
    luminance = np.einsum("i,ihw->hw", np.array([0.2627, 0.6780, 0.0593], dtype=np.float32), display)
    scene: Floats = display * np.maximum(luminance, 1e-6) ** np.float32(1 / 1.2 - 1)
    return scene.clip(0, 1)
