"""CSS declarations of the flat form, translated to typed style fields.

Old clients send React style objects (``{"fontSize": "32px", "color": "white"}``). Every property that a
scenario has a field for is parsed and checked; anything else, and any value that does not parse, becomes
a warning and goes nowhere. No text of a declaration is ever copied into a page, so ``url(…)`` or
``</style>`` cannot do anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from ecg.captions.formats.colours import css_colour
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.scenario import BoxStyle, Outline, Placement, Shadow, TextStyle

REFERENCE_HEIGHT = 720
"""Pixels. The picture that bare ``px`` are meant for where a job names no height."""

_ROOT_EM = 16.0
"""Pixels of 1em and 1rem where the page sets nothing."""
_UNITS = {"px": 1.0, "": 1.0, "pt": 4 / 3, "em": _ROOT_EM, "rem": _ROOT_EM}
_LENGTH = re.compile(r"([+-]?(?:[0-9]{1,6}(?:\.[0-9]{1,10})?|\.[0-9]{1,10}))(px|pt|r?em|vh)?")
_PARTS = re.compile(r"[^\s(]+\([^()]*\)|[^\s(]+")
_GENERIC = {"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "inherit", "initial"}
_WEIGHTS = {"normal": 400, "regular": 400, "bold": 700, "lighter": 300, "bolder": 700}
_STRETCHES = {
    "ultra-condensed": 50.0,
    "extra-condensed": 62.5,
    "condensed": 75.0,
    "semi-condensed": 87.5,
    "normal": 100.0,
    "semi-expanded": 112.5,
    "expanded": 125.0,
    "extra-expanded": 150.0,
    "ultra-expanded": 200.0,
}


@dataclass
class Style:
    """What a style object says, by the part of the scenario that says it."""

    text: dict[str, Any] = field(default_factory=dict)
    box: dict[str, Any] = field(default_factory=dict)
    placement: dict[str, Any] = field(default_factory=dict)

    def cue_fields(self) -> dict[str, Any]:
        """The fields of `Cue` that hold it; nothing for what is not said."""
        return {
            **({"style": TextStyle(**self.text)} if self.text else {}),
            **({"box": BoxStyle(**self.box)} if self.box else {}),
            **({"placement": Placement(**self.placement)} if self.placement else {}),
        }


def read_style(node: Node, *, height: float, warnings: Warnings) -> Style:
    """Translate a style object meant for a picture `height` pixels high.

    Raises `ScenarioError` where `node` is no object; everything else that cannot be used is a warning.
    """
    style = Style()
    for name, value in node.members():
        if value.value is None:
            continue
        read = _PROPERTIES.get(_camel(name))
        if read is None:
            warnings.add("this style property is not known and was left out", value.where)
            continue
        try:
            if isinstance(value.value, bool) or not isinstance(value.value, str | int | float):
                raise ValueError("not a CSS value")
            _merge(style, read(str(value.value).strip(), height))
        except (ValueError, OverflowError, ValidationError):
            warnings.add("this style value cannot be used and was left out", value.where)
    return style


def length(text: str, height: float) -> float:
    """A CSS length as a fraction of a picture `height` pixels high; ValueError where it is none."""
    found = _LENGTH.fullmatch(text.lower())
    if not found:
        raise ValueError("not a length")
    value, unit = float(found[1]), found[2] or ""
    if unit == "vh":
        return value / 100
    return value * _UNITS[unit] / height


Said = Mapping[str, Mapping[str, Any]]
_CHECKS: dict[str, type[BaseModel]] = {"text": TextStyle, "box": BoxStyle, "placement": Placement}


def _merge(style: Style, said: Said) -> None:
    for part, fields in said.items():
        _CHECKS[part](**fields)
        getattr(style, part).update(fields)


def _camel(name: str) -> str:
    head, *rest = name.strip().lstrip("-").split("-")
    return head[:1].lower() + head[1:] + "".join(word.capitalize() for word in rest)


def _colour(text: str) -> str:
    colour = css_colour(text)
    if colour is None:
        raise ValueError("not a colour")
    return colour


def _font_size(text: str, height: float) -> Said:
    return {"text": {"size": length(text, height)}}


def _font_family(text: str, _: float) -> Said:
    families = [name.strip().strip("\"'").strip() for name in text.split(",")]
    named = [name for name in families if name and name.lower() not in _GENERIC]
    return {"text": {"font_family": named[0]}} if named else {}


def _font_weight(text: str, _: float) -> Said:
    return {"text": {"weight": _WEIGHTS.get(text.lower()) or round(float(text))}}


def _font_style(text: str, _: float) -> Said:
    if text.lower() not in ("normal", "italic", "oblique"):
        raise ValueError("not a font style")
    return {"text": {"italic": text.lower() != "normal"}}


def _font_stretch(text: str, _: float) -> Said:
    width = _STRETCHES.get(text.lower())
    return {"text": {"width": float(text.removesuffix("%")) if width is None else width}}


def _decoration(text: str, _: float) -> Said:
    words = set(text.lower().split())
    if words == {"none"}:
        return {"text": {"underline": False, "strikeout": False}}
    if not words <= {"underline", "line-through"} or not words:
        raise ValueError("not a text decoration")
    return {"text": {"underline": "underline" in words, "strikeout": "line-through" in words}}


def _letter_spacing(text: str, height: float) -> Said:
    if text.lower() == "normal":
        return {"text": {"letter_spacing": 0.0}}
    # Without the type size at hand a pixel is measured against normal speech, 5 % of the height.
    em = float(text[:-2]) if text.lower().endswith("em") else length(text, height) / 0.05
    return {"text": {"letter_spacing": em}}


def _line_height(text: str, _: float) -> Said:
    if text.lower() == "normal":
        return {}
    multiple = float(text[:-1]) / 100 if text.endswith("%") else float(text.removesuffix("em"))
    return {"text": {"line_height": multiple}}


def _text_shadow(text: str, height: float) -> Said:
    if text.lower() == "none":
        return {}
    first = re.split(r",(?![^(]*\))", text, maxsplit=1)[0]
    lengths, colour = _lengths_and_colour(first, height)
    if not 2 <= len(lengths) <= 3:
        raise ValueError("a shadow has two offsets and a blur")
    dx, dy, blur = [*lengths, 0.0][:3]
    return {"text": {"shadow": Shadow(dx=dx, dy=dy, blur=blur, colour=colour or "#000000")}}


def _stroke(text: str, height: float) -> Said:
    lengths, colour = _lengths_and_colour(text, height)
    return {"text": {"outline": Outline(width=lengths[0] if lengths else 0.0, colour=colour or "#000000")}}


def _border(text: str, height: float) -> Said:
    if text.lower() == "none":
        return {"box": {"border_width": 0.0}}
    solid = " ".join(part for part in _PARTS.findall(text) if part.lower() != "solid")
    lengths, colour = _lengths_and_colour(solid, height)
    return {"box": {"border_width": lengths[0] if lengths else 0.0, "border_colour": colour or "#000000"}}


def _lengths_and_colour(text: str, height: float) -> tuple[list[float], str | None]:
    lengths: list[float] = []
    colour: str | None = None
    for part in _PARTS.findall(text):
        if _LENGTH.fullmatch(part.lower()):
            lengths.append(length(part, height))
        else:
            colour = _colour(part)
    return lengths, colour


def _padding(text: str, height: float) -> Said:
    sides = [length(part, height) for part in text.split()]
    if not 1 <= len(sides) <= 4:
        raise ValueError("padding has one to four lengths")
    return {"box": {"padding_y": sides[0], "padding_x": sides[1 if len(sides) > 1 else 0]}}


def _text_align(text: str, _: float) -> Said:
    side = {"start": "left", "end": "right"}.get(text.lower(), text.lower())
    return {"placement": {"align": side}}


_PROPERTIES: dict[str, Callable[[str, float], Said]] = {
    "fontSize": _font_size,
    "fontFamily": _font_family,
    "fontWeight": _font_weight,
    "fontStyle": _font_style,
    "fontStretch": _font_stretch,
    "textDecoration": _decoration,
    "textDecorationLine": _decoration,
    "letterSpacing": _letter_spacing,
    "lineHeight": _line_height,
    "textShadow": _text_shadow,
    "webkitTextStroke": _stroke,
    "border": _border,
    "padding": _padding,
    "textAlign": _text_align,
    "color": lambda text, _: {"text": {"colour": _colour(text)}},
    "opacity": lambda text, _: {"text": {"opacity": float(text)}},
    "background": lambda text, _: {"box": {"colour": _colour(text)}},
    "backgroundColor": lambda text, _: {"box": {"colour": _colour(text)}},
    "borderRadius": lambda text, height: {"box": {"radius": length(text, height)}},
    "borderWidth": lambda text, height: {"box": {"border_width": length(text, height)}},
    "borderColor": lambda text, _: {"box": {"border_colour": _colour(text)}},
}
