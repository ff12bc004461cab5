"""The text of ASS events: override blocks and karaoke, as runs.

Karaoke counts on from the start of the event: each ``\\k`` says how long the syllable after it sounds. What
moves or bends the text (``\\t``, ``\\fad``, ``\\clip`` …) is reported by name and left out; drawings are too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ecg.captions.formats.ass_style import (
    AssStyle,
    Script,
    em,
    legacy_alignment,
    merge,
    outline,
    shadow,
    weight,
)
from ecg.captions.formats.ass_values import read_colour, read_number
from ecg.captions.formats.numpad import ANCHORS, placement_of
from ecg.captions.formats.reading import Warn
from ecg.captions.formats.runs import Run
from ecg.captions.scenario import Placement, TextStyle

GUESS = "\\guess"
"""Tag of our own after a karaoke tag whose time was not measured; renderers skip unknown tags."""
WORD_JOINER = "\u2060"
"""Written after a backslash that is text, so that it does not begin a line break."""

_PIECE = re.compile(rf"\\{WORD_JOINER}|" + r"\\([{}])|\{([^{}]*)\}|\\([Nnh])|[^\\{]+|[\\{]")
_TAG = re.compile(r"\\([1-4]?[a-zA-Z]+)([^\\(]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?[^\\]*)")
_NAMES = re.compile(
    r"(kf|ko|kt|k|K|an|a(?=\d)|pos|move|fn|fscx|fscy|fsp|fs|frx|fry|frz|fr|fax|fay|fade|fad|fe|bord|be|blur|b|"
    r"xbord|ybord|xshad|yshad|shad|iclip|clip|i|u|s|1c|2c|3c|4c|c|alpha|1a|2a|3a|4a|org|p(?=-?\d)|pbo|q|r|t)"
)
_SILENT = {"q", "2c", "be", "blur", "2a", "3a", "4a", "kt", "fe", "pbo"}
"""Tags that change nothing a scenario could say."""


@dataclass(slots=True)
class AssText:
    """What the text of an event says."""

    runs: list[Run] = field(default_factory=list)
    placement: Placement | None = None
    alignment: str | None = None


@dataclass
class _Reader:
    """State while an event's text is read from left to right."""

    script: Script
    styles: Mapping[str, AssStyle]
    base: AssStyle
    start: float
    warn: Warn
    said: AssText = field(default_factory=AssText)
    position: tuple[float, float] | None = None
    rotation: float = 0.0
    clock: float | None = None
    """Where the karaoke stands, in seconds; None before the first tag."""
    syllable: float = 0.0
    interpolated: bool = False
    drawing: bool = False
    in_syllable: bool = False
    """Whether text has followed the last karaoke tag."""

    def __post_init__(self) -> None:
        self.look: dict[str, Any] = dict(self.base.text)

    def text(self, text: str) -> None:
        if self.drawing or not text:
            return
        style = TextStyle(**self.look) if self.look else None
        if self.clock is None:
            run = Run(text, style=style)
        elif self.interpolated:
            run = Run(text, style=style, facts=(("timing", "interpolated"),))
        else:
            run = Run(text, style=style, start=self.clock, end=round(self.clock + self.syllable, 6))
        before = self.said.runs[-1:] if self.in_syllable else []
        if before and replace(before[0], text=text) == run:
            self.said.runs[-1] = replace(run, text=before[0].text + text)
        else:
            self.said.runs.append(run)
        self.in_syllable = True

    def block(self, block: str) -> None:
        for name, value in _tags(block):
            if name in _KARAOKE:
                self._karaoke(value)
            elif name == GUESS[1:]:
                self.interpolated = True
            elif name in _ACTIONS:
                _ACTIONS[name](self, value.strip())
            elif name not in _SILENT:
                self.warn(f"the ASS tag \\{name} was left out")

    def _karaoke(self, value: str) -> None:
        # Rounded, or a long line would collect the errors of its sums.
        self.clock = self.start if self.clock is None else round(self.clock + self.syllable, 6)
        self.syllable = (read_number(value, 0, 1_000_000) or 0.0) / 100
        self.interpolated = False
        self.in_syllable = False

    def finish(self) -> AssText:
        digit = self.said.alignment or self.base.alignment
        placement = placement_of(digit)
        if self.position is not None or self.rotation:
            placement = placement or Placement()
            fields: dict[str, Any] = {"rotate": self.rotation, "anchor": ANCHORS[digit]}
            if self.position is not None:
                x, y = self.position[0] / self.script.width, self.position[1] / self.script.height
                fields |= {"x": min(max(x, -1.0), 2.0), "y": min(max(y, -1.0), 2.0), "free": True}
            placement = placement.model_copy(update=fields)
        self.said.placement = placement
        return self.said


def _tags(block: str) -> list[tuple[str, str]]:
    tags = []
    for name, value in _TAG.findall(block):
        known = _NAMES.match(name + value)
        end = known.end() if known else len(name)
        tags.append(((name + value)[:end], (name + value)[end:]))
    return tags


def read_text(
    text: str, *, base: AssStyle, styles: Mapping[str, AssStyle], script: Script, start: float, warn: Warn
) -> AssText:
    """Read the text of an event in style `base` that begins at `start` seconds."""
    reader = _Reader(script, styles, base, start, warn)
    for found in _PIECE.finditer(text):
        literal, block, control = found.groups()
        if block is not None:
            reader.block(block)
        elif control:
            reader.text("\u00a0" if control == "h" else "\n")
        else:
            reader.text(literal or found[0].removesuffix(WORD_JOINER))
    return reader.finish()


def _colour(reader: _Reader, value: str) -> None:
    if not value:
        _restore(reader, "colour")
    elif colour := read_colour(value if value.startswith("&") else f"&H{value}"):
        alpha = reader.look.get("colour", "#ffffff")[7:]
        reader.look["colour"] = colour[:7] + alpha


def _alpha(reader: _Reader, value: str) -> None:
    found = re.fullmatch(r"&?H?([0-9a-fA-F]{1,2})&?", value)
    if found:
        opacity = 255 - int(found[1], 16)
        base = reader.look.get("colour", "#ffffff")[:7]
        reader.look["colour"] = base if opacity == 255 else f"{base}{opacity:02x}"


def _restore(reader: _Reader, *keys: str) -> None:
    for key in keys:
        reader.look.pop(key, None)
        if key in reader.base.text:
            reader.look[key] = reader.base.text[key]


def _flag(key: str) -> Any:
    def read(reader: _Reader, value: str) -> None:
        if value in ("0", "1"):
            reader.look[key] = value == "1"
        else:
            _restore(reader, key)

    return read


def _bold(reader: _Reader, value: str) -> None:
    if said := weight(value):
        merge(reader.look, said, reader.warn)
    else:
        _restore(reader, "weight")


def _family(reader: _Reader, value: str) -> None:
    if value and value != "0":
        merge(reader.look, {"font_family": value.lstrip("@")}, reader.warn)
    else:
        _restore(reader, "font_family")


def _size(reader: _Reader, value: str) -> None:
    number = read_number(value, -10_000, 10_000)
    if not number:
        _restore(reader, "size")
    elif value[0] in "+-":  # relative: \fs+2 is two tenths more
        merge(reader.look, {"size": reader.look.get("size", 0.05) * max(0.1, 1 + number / 10)}, reader.warn)
    else:
        merge(reader.look, em(number, reader.script), reader.warn)


def _outline_width(reader: _Reader, value: str) -> None:
    width = read_number(value, 0, 1000)
    if width:
        old = reader.look.get("outline") or {"colour": "#000000"}
        merge(reader.look, outline(width, old["colour"], reader.script), reader.warn)
    elif width == 0:
        reader.look.pop("outline", None)


def _outline_colour(reader: _Reader, value: str) -> None:
    colour = read_colour(value)
    if colour and reader.look.get("outline"):
        merge(reader.look, {"outline": {**reader.look["outline"], "colour": colour}}, reader.warn)


def _shadow_depth(reader: _Reader, value: str) -> None:
    depth = read_number(value, 0, 1000)
    if depth:
        old = reader.look.get("shadow") or {"colour": "#000000"}
        merge(reader.look, shadow(depth, old["colour"], reader.script), reader.warn)
    elif depth == 0:
        reader.look.pop("shadow", None)


def _spacing(reader: _Reader, value: str) -> None:
    number = read_number(value, -1000, 1000)
    size = reader.look.get("size")
    if number is not None and size:
        merge(reader.look, {"letter_spacing": number / reader.script.height / size}, reader.warn)


def _align(reader: _Reader, value: str) -> None:
    if reader.said.alignment is None and re.fullmatch("[1-9]", value):
        reader.said.alignment = value


def _legacy_align(reader: _Reader, value: str) -> None:
    number = read_number(value, 0, 11)
    if reader.said.alignment is None and number is not None:
        reader.said.alignment = legacy_alignment(int(number))


def _position(reader: _Reader, value: str) -> None:
    numbers = [read_number(part, -100_000, 100_000) for part in value.strip("() ").split(",")]
    if reader.position is None and len(numbers) >= 2 and numbers[0] is not None and numbers[1] is not None:
        reader.position = (numbers[0], numbers[1])


def _move(reader: _Reader, value: str) -> None:
    reader.warn("the ASS tag \\move was read as the place where it starts")
    _position(reader, value)


def _rotate(reader: _Reader, value: str) -> None:
    number = read_number(value, -3600, 3600)
    reader.rotation = -number if number else 0.0  # counter-clockwise in ASS


def _reset(reader: _Reader, value: str) -> None:
    reader.look = dict(reader.styles.get(value, reader.base).text)


def _drawing(reader: _Reader, value: str) -> None:
    reader.drawing = value.strip() not in ("", "0")
    if reader.drawing:
        reader.warn("a drawing was left out")


_KARAOKE = {"k", "K", "kf", "ko"}
_ACTIONS: Mapping[str, Any] = {
    "c": _colour,
    "1c": _colour,
    "alpha": _alpha,
    "1a": _alpha,
    "b": _bold,
    "i": _flag("italic"),
    "u": _flag("underline"),
    "s": _flag("strikeout"),
    "fn": _family,
    "fs": _size,
    "fsp": _spacing,
    "bord": _outline_width,
    "3c": _outline_colour,
    "shad": _shadow_depth,
    "an": _align,
    "a": _legacy_align,
    "pos": _position,
    "move": _move,
    "fr": _rotate,
    "frz": _rotate,
    "r": _reset,
    "p": _drawing,
}
