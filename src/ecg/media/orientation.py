"""How a picture must be turned to stand upright.

Phones store the picture as the sensor saw it and a 3x3 display matrix (ISO/IEC 14496-12, 8.3.2) that says
how to show it. FFmpeg's command line obeys it by default, libav in this process does not, so the turn is
read here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from av.video.frame import VideoFrame

from ecg.media.side_data import side_data


@dataclass(frozen=True, slots=True)
class Orientation:
    """`quarter_turns` clockwise (0-3) after an optional left-right flip (`mirrored`)."""

    quarter_turns: int = 0
    mirrored: bool = False

    _TURNS: ClassVar[tuple[tuple[str, ...], ...]] = (
        (),
        ("transpose=clock",),
        ("hflip", "vflip"),
        ("transpose=cclock",),
    )

    @property
    def upright(self) -> bool:
        return not self.quarter_turns and not self.mirrored

    @property
    def swaps_sides(self) -> bool:
        return bool(self.quarter_turns % 2)

    def filters(self) -> tuple[str, ...]:
        """The FFmpeg filters that bring the picture upright."""
        return (("hflip",) if self.mirrored else ()) + self._TURNS[self.quarter_turns]


def orientation_from_matrix(matrix: bytes) -> Orientation:
    """Read a display matrix of nine native 32-bit integers: 16.16 fixed point a, b, u, c, d, v, x, y, w.

    A point (p, q) of the stored picture is shown at (a p + c q, b p + d q), y pointing down. Turns that are
    no multiple of 90 degrees do not occur in video files; they count as upright.
    """
    a, b, _, c, d = struct.unpack("=9i", matrix[:36])[:5]
    signs = tuple((value > 0) - (value < 0) for value in (a, b, c, d))
    turns = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 1, (-1, 0, 0, -1): 2, (0, -1, 1, 0): 3}
    if signs in turns:
        return Orientation(turns[signs])
    unmirrored = (-signs[0], -signs[1], signs[2], signs[3])
    return Orientation(turns[unmirrored], mirrored=True) if unmirrored in turns else Orientation()


def orientation_of(frame: VideoFrame) -> Orientation:
    """The orientation that the decoder attached to a frame."""
    matrix = side_data(frame, "DISPLAYMATRIX")
    return orientation_from_matrix(matrix) if matrix else Orientation()
