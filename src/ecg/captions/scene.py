"""The scene: a scenario composed for one picture size, ready to be drawn.

The scene is what crosses from Python into the stage page (`ecg/render/stage/stage.js`), as JSON. It is fully
resolved: every word has a size in pixels, a weight, a colour and times in integer microseconds, so the stage
needs no rule of its own and the editor's preview and the renderer cannot differ. Integer microseconds make
"the first frame at or after the word's start" exact: frame times are rounded the same way.

Text is data: the stage writes it with `textContent`, never as HTML.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Microseconds = int


def microseconds(seconds: float) -> Microseconds:
    """Seconds as the integer microseconds that the scene and the frame clock compare."""
    return round(seconds * 1_000_000)


class SceneModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SceneShadow(SceneModel):
    dx: float
    dy: float
    blur: float
    colour: str


class SceneEffect(SceneModel):
    """A named movement; `start_us` and `end_us` are absolute."""

    name: str
    start_us: Microseconds
    end_us: Microseconds
    params: dict[str, bool | float | str | list[float] | None]
    compose: Literal["replace", "add", "multiply"] = "replace"


class SceneWord(SceneModel):
    text: str
    start_us: Microseconds
    end_us: Microseconds
    space_after: bool
    size_px: float
    """Type size (em) in pixels."""
    weight: int
    width: float
    italic: bool
    underline: bool
    strikeout: bool
    colour: str
    """Once spoken."""
    waiting_colour: str
    """Before it is spoken."""
    opacity: float
    letter_spacing_em: float
    font_family: str | None
    """Tried before the cue's families."""
    outline_px: float
    outline_colour: str
    shadow: SceneShadow | None
    loudness: float
    """-1 (whisper) … 0 (the speaker's normal, or unknown) … 1 (shout)."""
    pitch: float
    """-1 (low) … 0 (neutral or unknown) … 1 (high)."""
    syllables: tuple[str, ...]
    """More than one where a drawn-out word is lit syllable by syllable; they join to `text`."""
    classes: tuple[str, ...]
    """Hooks for template CSS: `loud`, `whisper`, `drawn-out`, `emotion-happy`, `interpolated`, …"""
    effects: tuple[SceneEffect, ...] = ()


class SceneLine(SceneModel):
    words: tuple[SceneWord, ...]


class SceneBox(SceneModel):
    colour: str
    padding_x_px: float
    padding_y_px: float
    radius_px: float
    border_px: float
    border_colour: str
    opacity: float


class ScenePlace(SceneModel):
    """The anchor point of the box is put at (`x_px`, `y_px`), then kept inside `area` unless `free`."""

    x_px: float
    y_px: float
    anchor: str
    align: Literal["left", "center", "right"]
    max_width_px: float
    rotate_deg: float
    scale_x: float
    scale_y: float
    free: bool
    area: tuple[float, float, float, float]
    """left, top, right, bottom of the work area in pixels."""


class SceneCue(SceneModel):
    id: str
    template: str
    start_us: Microseconds
    end_us: Microseconds
    layer: int
    direction: Literal["ltr", "rtl"]
    language: str | None
    speaker_name: str | None
    speaker_colour: str
    font_families: tuple[str, ...]
    line_height: float
    place: ScenePlace
    box: SceneBox | None
    lines: tuple[SceneLine, ...]
    classes: tuple[str, ...] = ()
    effects: tuple[SceneEffect, ...] = ()


class Scene(SceneModel):
    width: int
    """Picture width in pixels (square pixels)."""
    height: int
    cues: tuple[SceneCue, ...]
    warnings: tuple[str, ...] = Field(default=())
