"""The nine places of subtitle files (``\\an1`` … ``\\an9``), laid out like a number pad."""

from __future__ import annotations

from ecg.captions.scenario import Placement

ANCHORS = dict(zip("123456789", ("bl", "bc", "br", "cl", "cc", "cr", "tl", "tc", "tr"), strict=True))
_ALIGN = {"l": "left", "c": "center", "r": "right"}
_X = {"l": 0.0, "c": 0.5, "r": 1.0}
_Y = {"t": 0.0, "c": 0.5, "b": 1.0}


def placement_of(digit: str) -> Placement | None:
    """The place that ``\\an1``…``\\an9`` mean, None for 2, which is where captions stand."""
    if digit == "2":
        return None
    anchor = ANCHORS[digit]
    row, column = anchor[0], anchor[1]
    return Placement.model_validate(
        {
            "x": _X[column],
            "y": _Y[row],
            "anchor": anchor,
            "align": _ALIGN[column],
        }
    )


def digit_of(placement: Placement | None) -> str:
    """The number-pad digit nearest to a placement."""
    if placement is None:
        return "2"
    return next(digit for digit, anchor in ANCHORS.items() if anchor == placement.anchor)
