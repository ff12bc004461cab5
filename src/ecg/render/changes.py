"""What a painter hands to a compositor: the caption picture as a stream of changes.

The caption picture (the overlay) is transparent at first and keeps its pixels until a change touches them.
Painters yield changes in increasing frame order, at most one a frame; frames without a change repeat the
overlay as it stands. Positions are even, so that 4:2:0 chroma never straddles an edge.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of the overlay that got new pixels.

    `x`, `y`, `width` and `height` are even numbers of pixels inside the (even-padded) picture; `rgba` holds
    `height * width * 4` bytes, rows from the top, sRGB with straight (not premultiplied) alpha.
    """

    x: int
    y: int
    width: int
    height: int
    rgba: memoryview


@dataclass(frozen=True, slots=True)
class Change:
    """How the overlay of frame `frame` (index in presentation order) differs from the frame before.

    `clear` empties the whole overlay before the patches are laid on; patches replace pixels. No other change
    comes before the frame `quiet_until`, so nobody needs to wait for one until then.
    """

    frame: int
    clear: bool
    patches: tuple[Patch, ...]
    quiet_until: int = 0
