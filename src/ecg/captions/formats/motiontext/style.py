"""MotionText's styles as the scenario's typed ones.

Text style is inherited key by key: a node's own members win over its parent's, and those over its track's.
What is set nowhere is what a MotionText player shows: white, bold, 2rem, with a black glow unless there is
a stroke or a shadow. Values in plain CSS are read by `ecg.captions.formats.css`; here are the members that
MotionText adds, whose lengths are fractions of the picture's height.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ecg.captions.formats.colours import css_colour
from ecg.captions.formats.css import REFERENCE_HEIGHT, length, read_style
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.scenario import BoxStyle, Outline, Shadow, TextStyle

Members = Mapping[str, Node]
"""Style members by their 2.0 name, each with the place where it was written."""

BOX_KEYS = frozenset({"boxBg", "backgroundColor", "border", "borderRadius", "padding"})
_CSS_TEXT = frozenset(
    {"fontSize", "fontWeight", "fontStyle", "lineHeight", "color", "letterSpacing", "textShadow", "opacity"}
)
_CSS_TEXT_EXTRA = frozenset({"textDecoration", "fontStretch"})
_NOT_DRAWN = frozenset({"filter", "mixBlendMode", "clipPath", "margin"})
_PLACED = frozenset(
    {"align", "textAlign", "whiteSpace", "boxPaddingRel", "fontSizeRel", "fontFamily", "stroke"}
)
_BOX_ONLY = frozenset({"opacity", "boxPaddingRel"})

PLAIN: Mapping[str, Any] = {"size": 32 / REFERENCE_HEIGHT, "weight": 700, "colour": "#ffffff"}
"""What a text without any style looks like in a MotionText player."""
_NORMAL_WEIGHT = 400
"""Of a text whose size is given and whose weight is not."""
GLOW = Shadow(blur=6 / REFERENCE_HEIGHT, colour="#000000")
NO_BOX = BoxStyle(colour="#00000000", padding_x=0.0, padding_y=0.0, border_width=0.0)

_M = TypeVar("_M", bound=BaseModel)


def members_of(style: Node | None) -> dict[str, Node]:
    """The members of a style object that are not null. Raises `ScenarioError` where it is no object."""
    return {key: value for key, value in style.members() if value.value is not None} if style else {}


def inherit(parent: Members, own: Members) -> dict[str, Node]:
    """Text style of a node: its own members over its parent's. Two spellings of one thing replace each
    other."""
    merged = {key: value for key, value in parent.items() if key not in BOX_KEYS}
    for rivals in (("fontSize", "fontSizeRel"), ("align", "textAlign")):
        if any(key in own for key in rivals):
            for key in rivals:
                merged.pop(key, None)
    return {**merged, **{key: value for key, value in own.items() if key not in BOX_KEYS}}


def text_style(members: Members, warnings: Warnings) -> TextStyle:
    """The look of a text, complete but for what fonts decide. What cannot be used is a warning."""
    fields: dict[str, Any] = {}
    for key, value in members.items():
        if key in _CSS_TEXT or key in _CSS_TEXT_EXTRA:
            fields.update(_css(key, value, warnings).text)
        elif key in _NOT_DRAWN:
            warnings.add(f"the style {key!r} is not drawn", value.where)
        elif key not in _PLACED:
            warnings.add(f"the style {key[:60]!r} is not known and was ignored", value.where)
    if "fontSizeRel" in members and "fontSize" not in members:
        fields.update(_tried(lambda v: {"size": v.number()}, members["fontSizeRel"], TextStyle, warnings))
    if "stroke" in members:
        fields.update(_tried(_stroke, members["stroke"], TextStyle, warnings))
    if "fontFamily" in members:
        fields.update(_font(members["fontFamily"], warnings))
    fields.setdefault("weight", _NORMAL_WEIGHT if "size" in fields else PLAIN["weight"])
    if "stroke" not in members and "textShadow" not in members:
        fields["shadow"] = GLOW
    return TextStyle(**{"size": PLAIN["size"], "colour": PLAIN["colour"], **fields})


def alignment(members: Members) -> str | None:
    """``left``, ``center`` or ``right`` where the style says so."""
    found = members.get("align") or members.get("textAlign")
    if found is None or not isinstance(found.value, str):
        return None
    side = {"start": "left", "end": "right"}.get(found.value, found.value)
    return side if side in ("left", "center", "right") else None


def keeps_line(members: Members) -> bool:
    """Whether the text must not be broken."""
    space = members.get("whiteSpace")
    return space is not None and space.value in ("nowrap", "pre")


def box_style(members: Members, warnings: Warnings) -> BoxStyle | None:
    """The box of a group; None where nothing is said about one."""
    fields: dict[str, Any] = {}
    for key, value in members.items():
        if key in ("boxBg", "backgroundColor"):
            if key == "backgroundColor" or "backgroundColor" not in members:
                fields.update(_css("backgroundColor", value, warnings).box)
        elif key in ("border", "padding") and isinstance(value.value, dict):
            read = _border if key == "border" else _padding
            fields.update(_tried(read, value, BoxStyle, warnings))
        elif key in ("border", "padding"):
            fields.update(_css(key, value, warnings).box)
        elif key == "borderRadius":
            fields.update(_tried(_radius, value, BoxStyle, warnings))
        elif key == "opacity":
            fields.update(_tried(lambda v: {"opacity": v.number()}, value, BoxStyle, warnings))
        elif key not in _BOX_ONLY:
            warnings.add(f"the box style {key[:60]!r} is not known and was ignored", value.where)
    return BoxStyle(**{**NO_BOX.model_dump(exclude_none=True), **fields}) if fields else None


def _css(key: str, value: Node, warnings: Warnings) -> Any:
    one = Node({key: value.value}, value.path[:-1])
    return read_style(one, height=REFERENCE_HEIGHT, warnings=warnings)


def _tried(
    read: Callable[[Node], dict[str, Any]], value: Node, model: type[_M], warnings: Warnings
) -> dict[str, Any]:
    """The fields that `read` finds and `model` takes; a warning and nothing where it does not."""
    try:
        fields = read(value)
        model(**fields)
    except (ValueError, ValidationError):
        warnings.add("this style value cannot be used and was left out", value.where)
        return {}
    return fields


def _relative(node: Node) -> float:
    """A number as it is (a fraction of the height), or a CSS length."""
    return length(node.value, REFERENCE_HEIGHT) if isinstance(node.value, str) else node.number()


def _colour_of(node: Node | None) -> str:
    colour = css_colour(node.text()) if node else "#000000"
    if colour is None:
        raise ValueError("not a colour")
    return colour


def _stroke(node: Node) -> dict[str, Any]:
    if isinstance(node.value, str):
        width, _, colour = node.value.strip().partition(" ")
        return {"outline": _outline(length(width, REFERENCE_HEIGHT), Node(colour or "#000000"))}
    width_node = node.get("widthRel", "width")
    return {"outline": _outline(_relative(width_node) if width_node else 0.0, node.get("color"))}


def _outline(width: float, colour: Node | None) -> Outline:
    thinnest = 1 / REFERENCE_HEIGHT if width > 0 else 0.0
    return Outline(width=max(width, thinnest), colour=_colour_of(colour))


def _border(node: Node) -> dict[str, Any]:
    width = node.get("widthRel", "width")
    radius = node.get("radiusRel", "radius")
    return {
        "border_width": _relative(width) if width else 0.0,
        "border_colour": _colour_of(node.get("color")),
        **({"radius": _relative(radius)} if radius else {}),
    }


def _padding(node: Node) -> dict[str, Any]:
    across = node.get("x", "left", "right")
    down = node.get("y", "top", "bottom")
    return {
        **({"padding_x": _relative(across)} if across else {}),
        **({"padding_y": _relative(down)} if down else {}),
    }


def _radius(node: Node) -> dict[str, Any]:
    return {"radius": _relative(node)}


def _font(value: Node, warnings: Warnings) -> dict[str, Any]:
    """The family of a font, also of a font asset (``{type: font, src, family}``), which is never fetched."""
    family: object = value.value
    if isinstance(family, dict):
        if family.get("src"):
            warnings.add(
                f"the font file of {str(family.get('family'))[:60]!r} is not fetched, only used if installed",
                value.where,
            )
        family = family.get("family")
    if isinstance(family, list):
        family = ", ".join(name for name in family if isinstance(name, str))
    if not isinstance(family, str):
        warnings.add("this font family cannot be used and was left out", value.where)
        return {}
    fields: dict[str, Any] = _css("fontFamily", Node(family, value.path), warnings).text
    return fields
