"""Where positioned groups and texts stand in the picture, worked out without measuring any text.

Lengths are in heights of the stage, so that rotations keep their angles. A region is the box within which a
group places its children, together with the affine map from the region's coordinates to the stage. Two
simplifications, because only the stage knows how wide a text is: a group without a size is taken to be as
large as its parent, and transforms turn about the anchor where MotionText turns about the centre of the
box.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

from ecg.captions.formats.motiontext.times import percentage
from ecg.captions.formats.motiontext.version import Version
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.scenario import Placement

Anchor = Literal["tl", "tc", "tr", "cl", "cc", "cr", "bl", "bc", "br"]
ANCHORS: tuple[Anchor, ...] = ("tl", "tc", "tr", "cl", "cc", "cr", "bl", "bc", "br")

_REFERENCE_HEIGHT = 720
_PIXELS = re.compile(r"([+-]?\d{1,6}(?:\.\d{1,9})?)\s*px")
_FARTHEST = 1e6
"""In stage heights; keeps products of nested transforms finite."""
_SMALLEST, _LARGEST = 0.01, 20.0


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def after(self, inner: Affine) -> Affine:
        """The map that does `inner` first and then this one."""
        return Affine(
            *(
                _bounded(value)
                for value in (
                    self.a * inner.a + self.c * inner.b,
                    self.b * inner.a + self.d * inner.b,
                    self.a * inner.c + self.c * inner.d,
                    self.b * inner.c + self.d * inner.d,
                    self.a * inner.e + self.c * inner.f + self.e,
                    self.b * inner.e + self.d * inner.f + self.f,
                )
            )
        )


@dataclass(frozen=True, slots=True)
class Region:
    """The box that children are placed in, in its own coordinates, and the map from there to the stage."""

    x: float
    y: float
    width: float
    height: float
    to_stage: Affine = Affine()
    scale: tuple[float, float] = (1.0, 1.0)
    """Product of the scales so far."""

    @classmethod
    def stage(cls, aspect: float) -> Region:
        return cls(0.0, 0.0, aspect, 1.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """A placed box: where its anchor stands, its transform, and how wide it may be."""

    region: Region
    """For its children."""
    placement: Placement


def is_positioned(layout: Node | None) -> bool:
    """Whether a layout says where its node stands; without a position a node flows."""
    return layout is not None and "position" in layout


def locate(
    layout: Node, parent: Region, stage: Region, *, version: Version, anchor: Anchor, warnings: Warnings
) -> Spot:
    """Where a node with a position stands. `anchor` holds where the layout gives none.

    Version 1.3 counts positions from the stage, version 2.0 from the parent's box.
    """
    frame = stage if version == "1.3" else parent
    anchor = anchor_of(layout, anchor, warnings)
    x, y = _point(layout["position"], frame)
    transform, scale = _transform(layout, stage, warnings)
    to_stage = frame.to_stage.after(Affine(e=x, f=y)).after(transform)
    width, height = _size(layout, frame)
    left = {"l": 0.0, "c": 0.5, "r": 1.0}[anchor[1]] * (width or frame.width)
    top = {"t": 0.0, "c": 0.5, "b": 1.0}[anchor[0]] * (height or frame.height)
    whole = (_within(frame.scale[0] * scale[0]), _within(frame.scale[1] * scale[1]))
    region = Region(-left, -top, width or frame.width, height or frame.height, to_stage, whole)
    spot = Placement(
        x=_clamp(to_stage.e / stage.width, -1, 2),
        y=_clamp(to_stage.f, -1, 2),
        anchor=anchor,
        max_width=None if width is None else _clamp(width * whole[0] / stage.width, 0.01, 1),
        rotate=_clamp(math.degrees(math.atan2(to_stage.b, to_stage.a)), -3600, 3600),
        scale_x=whole[0],
        scale_y=whole[1],
        free=not _flag(layout, "safeAreaClamp"),
    )
    return Spot(region, spot)


def anchor_of(node: Node, default: Anchor, warnings: Warnings) -> Anchor:
    found = node.get("anchor")
    if found is None:
        return default
    for anchor in ANCHORS:
        if found.value == anchor:
            return anchor
    warnings.add(f"the anchor is none of {', '.join(ANCHORS)}; {default} is used", found.where)
    return default


def edge_placement(constraints: Node, safe: Node | None, anchor: Anchor, warnings: Warnings) -> Placement:
    """Where a root without a position stands: at an edge of its track's constraints, inside the safe area."""
    anchor = anchor_of(constraints, anchor, warnings)
    margins = {side: _number(safe, side) or 0.0 for side in ("left", "right", "top", "bottom")}
    across = {"l": margins["left"], "c": 0.5, "r": 1 - margins["right"]}[anchor[1]]
    down = {"t": margins["top"], "c": 0.5, "b": 1 - margins["bottom"]}[anchor[0]]
    widest = _number(constraints, "maxWidth")
    return Placement(
        x=_clamp(across, -1, 2),
        y=_clamp(down, -1, 2),
        anchor=anchor,
        max_width=None if widest is None else _clamp(widest, 0.01, 1),
        free=_word(constraints, "constraintMode") == "breakout" or _flag(constraints, "breakoutEnabled"),
    )


def _point(position: Node, frame: Region) -> tuple[float, float]:
    if isinstance(position.value, list):
        parts = position.items()
        if len(parts) != 2:
            raise position.error("a position has an x and a y")
        x, y = parts
    else:
        x, y = position["x"], position["y"]
    return (
        frame.x + length_in(x, frame.width),
        frame.y + length_in(y, frame.height),
    )


def length_in(node: Node, whole: float) -> float:
    """A fraction of `whole`, a percentage of it, or pixels of a picture 720 high; in stage heights."""
    share = percentage(node)
    if share is not None:
        return _bounded(share * whole)
    if isinstance(node.value, str) and (pixels := _PIXELS.fullmatch(node.value.strip())):
        return float(pixels[1]) / _REFERENCE_HEIGHT
    return _bounded(node.number() * whole)


def _size(layout: Node, frame: Region) -> tuple[float | None, float | None]:
    size = layout.get("size")
    if size is None:
        return None, None
    return _side(size, "width", "maxWidth", frame.width), _side(size, "height", "maxHeight", frame.height)


def _side(size: Node, name: str, limit: str, whole: float) -> float | None:
    for key in (name, limit):
        node = size.get(key)
        if node is not None and node.value != "auto":
            side = length_in(node, whole)
            return side if side > 0 else None
    return None


def _transform(layout: Node, stage: Region, warnings: Warnings) -> tuple[Affine, tuple[float, float]]:
    """Translate, scale and rotate, as an affine map and as the scale alone."""
    transform = layout.get("transform")
    if layout.get("override") is not None:
        warnings.add("overrides of a layout are not drawn", layout["override"].where)
    if transform is None:
        return Affine(), (1.0, 1.0)
    if transform.get("skew") is not None:
        warnings.add("skewing is not drawn", transform["skew"].where)
    moved = Affine()
    if (translate := transform.get("translate")) is not None:
        dx, dy = (translate.get(axis) for axis in ("x", "y"))
        moved = Affine(
            e=length_in(dx, stage.width) if dx else 0.0,
            f=length_in(dy, stage.height) if dy else 0.0,
        )
    sx, sy = _scale(transform.get("scale"), warnings)
    angle = math.radians(_degrees(transform.get("rotate")) % 360)
    sin, cos = math.sin(angle), math.cos(angle)
    scaled = moved.after(Affine(a=sx, d=sy))
    return scaled.after(Affine(a=cos, b=sin, c=-sin, d=cos)), (sx, sy)


def _scale(node: Node | None, warnings: Warnings) -> tuple[float, float]:
    if node is None:
        return 1.0, 1.0
    if isinstance(node.value, dict):
        sides = [part.number() if (part := node.get(axis)) else 1.0 for axis in ("x", "y")]
    else:
        sides = [node.number()] * 2
    if any(side <= 0 for side in sides):
        warnings.add("mirroring and scaling to nothing are not drawn", node.where)
    return _within(abs(sides[0])), _within(abs(sides[1]))


def _degrees(node: Node | None) -> float:
    if node is None:
        return 0.0
    if isinstance(node.value, dict):
        degrees = node.get("deg")
        return degrees.number() if degrees else 0.0
    return node.number()


def _number(node: Node | None, key: str) -> float | None:
    found = node.get(key) if node else None
    if found is None:
        return None
    return percentage(found) if isinstance(found.value, str) else found.number()


def _word(node: Node, key: str) -> Any:
    found = node.get(key)
    return found.value if found else None


def _flag(node: Node, key: str) -> bool:
    return _word(node, key) is True


def _clamp(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


def _within(scale: float) -> float:
    return _clamp(scale, _SMALLEST, _LARGEST)


def _bounded(value: float) -> float:
    return _clamp(value, -_FARTHEST, _FARTHEST)
