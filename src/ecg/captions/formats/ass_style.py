"""Style lines of ASS and SSA files, as typed style fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ecg.captions.formats.ass_values import LINE_TO_EM, read_colour, read_number
from ecg.captions.formats.colours import opaque
from ecg.captions.formats.reading import Warn
from ecg.captions.scenario import BoxStyle, Outline, Shadow, TextStyle

_OPAQUE_BOX = 3
"""BorderStyle of a box behind the text; it has the outline's colour and the outline's width as padding."""
_SSA_ALIGNMENT = {1: "1", 2: "2", 3: "3", 5: "7", 6: "8", 7: "9", 9: "4", 10: "5", 11: "6"}


@dataclass(frozen=True, slots=True)
class Script:
    """The script's own picture, which its lengths are measured in."""

    width: float = 384.0
    height: float = 288.0
    is_ssa: bool = False


@dataclass(frozen=True, slots=True)
class AssStyle:
    """A named style: the look of its text, the box behind it, its place on the number pad."""

    name: str = "Default"
    text: dict[str, Any] = field(default_factory=dict)
    box: dict[str, Any] = field(default_factory=dict)
    alignment: str = "2"


def read_style(fields: Mapping[str, str], script: Script, warn: Warn) -> AssStyle:
    """Read one style line, given its fields by lower-case name; what cannot be used is reported."""
    text: dict[str, Any] = {}
    box: dict[str, Any] = {}
    if family := fields.get("fontname", "").lstrip("@"):
        merge(text, {"font_family": family}, warn)
    if (size := read_number(fields.get("fontsize", ""), 0.01, 10_000)) is not None:
        merge(text, em(size, script), warn)
    if colour := read_colour(fields.get("primarycolour", "")):
        merge(text, {"colour": colour}, warn)
    for name, key in (("italic", "italic"), ("underline", "underline"), ("strikeout", "strikeout")):
        if name in fields and fields[name].strip() not in ("0", ""):
            text[key] = True
    if "bold" in fields and fields["bold"].strip() not in ("0", ""):
        merge(text, weight(fields["bold"]), warn)
    _read_spacing(fields, script, text, warn)
    _read_border(fields, script, text, box, warn)
    return AssStyle(fields.get("name", "Default").strip().lstrip("*"), text, box, _alignment(fields, script))


def weight(text: str) -> dict[str, Any]:
    """The field for ``\\b`` and Bold: 0 and 1, or a weight of its own."""
    value = read_number(text, -1, 1000)
    if value is None:
        return {}
    return {"weight": 700 if value in (-1, 1) else 400 if value == 0 else max(1, round(value))}


def merge(style: dict[str, Any], said: Mapping[str, Any], warn: Warn) -> None:
    """Take over fields of `TextStyle` that are valid."""
    try:
        style.update(TextStyle(**said).model_dump(include=set(said)))
    except ValidationError:
        warn(f"the {' and '.join(sorted(said))} of a style cannot be used and was left out")


def em(size: float, script: Script) -> dict[str, Any]:
    """The field for Fontsize and ``\\fs``."""
    return {"size": round(size / script.height / LINE_TO_EM, 6)}


def outline(width: float, colour: str, script: Script) -> dict[str, Any]:
    """ASS counts an outline on one side of the edge, a scenario across it."""
    return {"outline": Outline(width=min(2 * width / script.height, 0.05), colour=colour)}


def shadow(depth: float, colour: str, script: Script) -> dict[str, Any]:
    offset = min(max(depth / script.height, -0.2), 0.2)
    return {"shadow": Shadow(dx=offset, dy=offset, colour=colour)}


def _read_spacing(fields: Mapping[str, str], script: Script, text: dict[str, Any], warn: Warn) -> None:
    spacing = read_number(fields.get("spacing", ""), -1000, 1000)
    if spacing and "size" in text:
        merge(text, {"letter_spacing": spacing / script.height / text["size"]}, warn)
    for name in ("scalex", "scaley"):
        if read_number(fields.get(name, "100"), 0, 10_000) not in (100, None):
            warn("scaled type is not kept")


def _read_border(
    fields: Mapping[str, str], script: Script, text: dict[str, Any], box: dict[str, Any], warn: Warn
) -> None:
    width = read_number(fields.get("outline", ""), 0, 1000) or 0.0
    depth = read_number(fields.get("shadow", ""), 0, 1000) or 0.0
    edge = read_colour(fields.get("outlinecolour", fields.get("tertiarycolour", ""))) or "#000000"
    back = read_colour(fields.get("backcolour", "")) or "#000000"
    if read_number(fields.get("borderstyle", "1"), 0, 9) == _OPAQUE_BOX:
        padding = min(width / script.height, 1.0)
        box.update(BoxStyle(colour=edge, padding_x=padding, padding_y=padding).model_dump(exclude_none=True))
        return
    if width:
        merge(text, outline(width, edge, script), warn)
    if depth and opaque(back)[1] > 0:
        merge(text, shadow(depth, back, script), warn)


def _alignment(fields: Mapping[str, str], script: Script) -> str:
    value = int(read_number(fields.get("alignment", "2"), 0, 11) or 2)
    if script.is_ssa:
        return _SSA_ALIGNMENT.get(value, "2")
    return str(value) if 1 <= value <= 9 else "2"


def legacy_alignment(value: int) -> str | None:
    """``\\a``: the numbering of SSA; None where it means nothing."""
    return _SSA_ALIGNMENT.get(value)
