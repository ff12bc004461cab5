"""Where captions stand: the work area inside the safe margins, and stacks of cues that show together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ecg.captions.scenario import OutputFrame, Placement, SafeArea
from ecg.captions.scene import SceneCue, ScenePlace
from ecg.captions.template import Template

LEAST_AREA = 0.15
"""Height of the work area where safe margins eat the band: two lines of normal type in their box."""
STACK_GAP = 0.006
"""Between stacked boxes, as a fraction of the picture's height."""
_REMEMBERED = 32
"""How many captions on screen stacking looks at; more than fit any picture."""


@dataclass(frozen=True)
class Area:
    """A rectangle of the picture in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def as_tuple(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom


def is_vertical(width: int, height: int) -> bool:
    return height > width


def safe_area(template: Template, frame: OutputFrame, width: int, height: int) -> SafeArea:
    """The scenario's own margins, else the template's for this shape of picture."""
    areas = template.safe_areas
    return frame.safe_area or (areas.vertical if is_vertical(width, height) else areas.landscape)


def safe_rectangle(margins: SafeArea, width: int, height: int) -> Area:
    return Area(
        left=margins.left * width,
        top=margins.top * height,
        right=(1 - margins.right) * width,
        bottom=(1 - margins.bottom) * height,
    )


def work_area(template: Template, frame: OutputFrame, width: int, height: int) -> Area:
    """The band of the picture that holds unplaced captions: the bottom 20 % less the safe margins by default.

    On upright video the platforms' buttons fill that band, so the area moves up and stands on the margin.
    """
    safe = safe_rectangle(safe_area(template, frame, width, height), width, height)
    least = LEAST_AREA * height
    if template.anchor == "bc":
        top = max(safe.top, min((1 - template.band) * height, safe.bottom - least))
        return Area(safe.left, top, safe.right, safe.bottom)
    if template.anchor == "tc":
        bottom = min(safe.bottom, max(template.band * height, safe.top + least))
        return Area(safe.left, safe.top, safe.right, bottom)
    return safe


def default_place(template: Template, area: Area) -> ScenePlace:
    """At the middle of the template's edge of the work area."""
    y = {"t": area.top, "c": (area.top + area.bottom) / 2, "b": area.bottom}[template.anchor[0]]
    return ScenePlace(
        x_px=(area.left + area.right) / 2,
        y_px=y,
        anchor=template.anchor,
        align="center",
        max_width_px=template.max_width * area.width,
        rotate_deg=0.0,
        scale_x=1.0,
        scale_y=1.0,
        free=False,
        area=area.as_tuple(),
    )


def authored_place(placement: Placement, safe: Area, width: int, height: int) -> ScenePlace:
    """Where the author put it; kept between the safe margins unless it is free."""
    return ScenePlace(
        x_px=placement.x * width,
        y_px=placement.y * height,
        anchor=placement.anchor,
        align=placement.align,
        max_width_px=safe.width if placement.max_width is None else placement.max_width * width,
        rotate_deg=placement.rotate,
        scale_x=placement.scale_x,
        scale_y=placement.scale_y,
        free=placement.free,
        area=safe.as_tuple(),
    )


@dataclass(frozen=True)
class Standing:
    """A cue and the room it takes."""

    cue: SceneCue
    height_px: float
    stackable: bool
    """False where an author placed it."""


@dataclass(frozen=True)
class _Slot:
    edge: Literal["t", "c", "b"]
    from_px: float
    to_px: float
    until_us: int


def stacked(standing: Sequence[Standing], picture_height: int) -> tuple[list[SceneCue], list[str]]:
    """Move cues that would cover one another apart: who starts later stands above (below, at the top edge).

    A cue keeps its place for its whole time, so nothing jumps when another one ends. Answers the cues by
    start, and a warning where a picture is so full that cues must lie over one another.
    """
    slots: list[_Slot] = []
    cues: list[SceneCue] = []
    covering: list[str] = []
    for item in sorted(standing, key=lambda s: (s.cue.start_us, s.cue.layer)):
        cue = item.cue
        if not item.stackable:
            cues.append(cue)
            continue
        edge: Literal["t", "c", "b"] = cue.place.anchor[0]  # type: ignore[assignment]
        slots = [s for s in slots if s.until_us > cue.start_us][-_REMEMBERED:]
        offset = _lowest_free(
            [s for s in slots if s.edge == edge], item.height_px, STACK_GAP * picture_height
        )
        room = cue.place.y_px if edge != "t" else picture_height - cue.place.y_px
        if offset + item.height_px > room and offset > 0:
            covering.append(cue.id)
            offset = 0.0
        slots.append(_Slot(edge, offset, offset + item.height_px, cue.end_us))
        cues.append(_raised(cue, offset, item.height_px) if offset else cue)
    if not covering:
        return cues, []
    return cues, [f"{len(covering)} cues have no free place on the screen; the first is {covering[0]!r}"]


def _lowest_free(slots: Sequence[_Slot], height: float, gap: float) -> float:
    """The smallest distance from the edge at which `height` fits between the boxes already there."""
    for candidate in sorted({0.0, *(s.to_px + gap for s in slots)}):
        if all(
            candidate >= s.to_px + gap - 1e-6 or candidate + height + gap <= s.from_px + 1e-6 for s in slots
        ):
            return candidate
    raise AssertionError("above the highest box there is always room")


def _raised(cue: SceneCue, offset: float, height: float) -> SceneCue:
    """`cue` moved away from its edge, with its area stretched so that the stage does not push it back."""
    left, top, right, bottom = cue.place.area
    if cue.place.anchor[0] == "t":
        y = cue.place.y_px + offset
        area = (left, top, right, max(bottom, y + height))
    else:
        y = cue.place.y_px - offset
        area = (left, min(top, y - height), right, bottom)
    return cue.model_copy(update={"place": cue.place.model_copy(update={"y_px": y, "area": area})})
