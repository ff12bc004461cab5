"""Where a WebVTT cue stands: its settings and regions, as a placement and back.

A line number counts rows of text; the specification draws text 5.33 % of the height high.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ecg.captions.formats.reading import Warn
from ecg.captions.scenario import Placement

_ROW = 0.0533
"""Height of a row of text as a fraction of the picture's height."""
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,10})?)%")

Align = Literal["left", "center", "right"]
_ALIGNS: dict[str, Align] = {
    "start": "left",
    "left": "left",
    "center": "center",
    "middle": "center",  # drafts before 2013, still written
    "end": "right",
    "right": "right",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A REGION block. Lengths and points are fractions of the picture, the anchor's of the region."""

    name: str = ""
    width: float = 1.0
    anchor: tuple[float, float] = (0.0, 1.0)
    viewport: tuple[float, float] = (0.0, 1.0)


def read_region(lines: Sequence[str], warn: Warn) -> Region:
    """Read the settings of a REGION block; those that make no sense are reported."""
    settings = _settings(" ".join(lines), warn)
    return Region(
        name=settings.get("id", ""),
        width=_percent(settings.get("width", "")) or 1.0,
        anchor=_point(settings.get("regionanchor", "")) or (0.0, 1.0),
        viewport=_point(settings.get("viewportanchor", "")) or (0.0, 1.0),
    )


def _settings(text: str, warn: Warn) -> dict[str, str]:
    settings: dict[str, str] = {}
    for part in text.split():
        name, colon, value = part.partition(":")
        if colon and name and value:
            settings[name] = value
        else:
            warn("a setting without a name or a value was left out")
    return settings


def placement_of(text: str, regions: Mapping[str, Region], warn: Warn) -> Placement | None:
    """The placement that cue settings ask for; None where they leave the place to the player."""
    settings = _settings(text, warn)
    for name in sorted(set(settings) - {"line", "position", "size", "align", "region"}):
        warn(f"the cue setting {name!r} was left out")
    align = _ALIGNS.get(settings.get("align", "center"), "center")
    region = regions.get(settings.get("region", ""))
    if region is not None and "line" not in settings:
        return _in_region(region, align)
    if not settings.keys() & {"line", "position", "align", "size"}:
        return None
    row, y = _vertical(settings.get("line", "auto"), warn)
    column, x = _horizontal(settings.get("position", "auto"), align, warn)
    return _placement(x, y, row + column, align, _percent(settings.get("size", "")))


def _in_region(region: Region, align: Align) -> Placement:
    x = round(region.viewport[0] + region.width * (_X[align] - region.anchor[0]), 6)
    row = "t" if region.anchor[1] < 1 / 3 else "b" if region.anchor[1] > 2 / 3 else "c"
    return _placement(min(max(x, 0), 1), region.viewport[1], row + align[0], align, region.width)


_X = {"left": 0.0, "center": 0.5, "right": 1.0}


def _placement(x: float, y: float, anchor: str, align: Align, width: float | None) -> Placement:
    fields = {"x": x, "y": y, "anchor": anchor, "align": align, "max_width": width or None}
    return Placement.model_validate(fields)


def _vertical(value: str, warn: Warn) -> tuple[str, float]:
    """Row of the anchor and y, of ``line:``: a percentage, or a row from the top (from the bottom if < 0)."""
    position, _, side = value.partition(",")
    if position == "auto":
        return "b", 1.0
    if (percent := _percent(position)) is not None:
        return {"center": "c", "end": "b"}.get(side, "t"), percent
    if re.fullmatch(r"-?\d{1,4}(\.0*)?", position):
        row = int(float(position))
        from_top = row >= 0 and not position.startswith("-")
        return ("t", min(row * _ROW, 1.0)) if from_top else ("b", max(1 + (row + 1) * _ROW, 0.0))
    warn("the setting 'line' cannot be read and was left out")
    return "b", 1.0


def _horizontal(value: str, align: Align, warn: Warn) -> tuple[str, float]:
    position, _, side = value.partition(",")
    column = {"line-left": "l", "start": "l", "center": "c", "line-right": "r", "end": "r"}.get(
        side, align[0]
    )
    if position == "auto":
        return align[0], _X[align]
    percent = _percent(position)
    if percent is None:
        warn("the setting 'position' cannot be read and was left out")
        return align[0], _X[align]
    return column, percent


def _percent(text: str) -> float | None:
    found = _PERCENT.fullmatch(text)
    return float(found[1]) / 100 if found and float(found[1]) <= 100 else None


def _point(text: str) -> tuple[float, float] | None:
    x, _, y = text.partition(",")
    left, top = _percent(x), _percent(y)
    return None if left is None or top is None else (left, top)


def settings_of(placement: Placement | None) -> str:
    """Cue settings for a placement, with a leading space; nothing for the player's own place."""
    if placement is None:
        return ""
    row = {"t": "start", "c": "center", "b": "end"}[placement.anchor[0]]
    column = {"l": "line-left", "c": "center", "r": "line-right"}[placement.anchor[1]]
    align = {"left": "left", "center": "center", "right": "right"}[placement.align]
    size = "" if placement.max_width is None else f" size:{_written(placement.max_width)}"
    return (
        f" line:{_written(placement.y)},{row} position:{_written(placement.x)},{column} align:{align}{size}"
    )


def _written(fraction: float) -> str:
    return f"{min(max(fraction, 0.0), 1.0) * 100:.2f}".rstrip("0").rstrip(".") + "%"
