"""The scenario: the document between analysis, editor and renderer.

A scenario says what is spoken, by whom, when and how it sounds. It does not say where a pixel goes: that is
decided by a template (`ecg.captions.template`) when the scenario is composed into a scene
(`ecg.captions.compose`).

Units everywhere: times in seconds from the start of the video, loudness in dBFS (RMS), pitch in Hz, sizes as
fractions of the picture's height, positions as fractions of the picture. A value that was not measured is
``None``; nothing is ever filled with a constant that looks like a measurement (docs/captions.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

SCENARIO_VERSION: Literal["ecg-1.0"] = "ecg-1.0"
MAX_CUES = 10_000
MAX_SECONDS = 86_400.0

Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Identifier = Annotated[str, Field(min_length=1, max_length=200)]
Emotion = Annotated[str, Field(min_length=1, max_length=40)]


def _colour(value: str) -> str:
    """Any of the four ways to write a hexadecimal colour as lower-case ``#rrggbb`` or ``#rrggbbaa``."""
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", value):
        raise ValueError("a colour is written #rrggbb or #rrggbbaa")
    digits = value[1:].lower()
    if len(digits) in (3, 4):
        digits = "".join(d * 2 for d in digits)
    return f"#{digits}"


Colour = Annotated[str, AfterValidator(_colour)]
"""``#rrggbb`` or ``#rrggbbaa``, sRGB, straight alpha."""


def _family(value: str) -> str:
    if any(c in value for c in "\"'\\;{}<>()") or any(ord(c) < 32 for c in value):
        raise ValueError("a font family is a plain name")
    return value.strip()


FontFamily = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_family)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True, ser_json_inf_nan="null")


class Outline(Model):
    """A line drawn round the glyphs, behind their fill."""

    width: Annotated[float, Field(ge=0, le=0.05, allow_inf_nan=False)]
    """Total stroke width as a fraction of the picture's height."""
    colour: Colour = "#000000"


class Shadow(Model):
    """A blurred copy behind the glyphs; offsets and blur are fractions of the picture's height."""

    dx: Annotated[float, Field(ge=-0.2, le=0.2, allow_inf_nan=False)] = 0.0
    dy: Annotated[float, Field(ge=-0.2, le=0.2, allow_inf_nan=False)] = 0.0
    blur: Annotated[float, Field(ge=0, le=0.2, allow_inf_nan=False)] = 0.0
    colour: Colour = "#000000"


class TextStyle(Model):
    """Typed look of text. Every field is optional: what is unset comes from the template."""

    font_family: FontFamily | None = None
    size: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] | None = None
    """Type size (em) as a fraction of the picture's height."""
    weight: Annotated[int, Field(ge=1, le=1000)] | None = None
    width: Annotated[float, Field(ge=25, le=200, allow_inf_nan=False)] | None = None
    """Percent, the ``wdth`` axis."""
    italic: bool | None = None
    underline: bool | None = None
    strikeout: bool | None = None
    colour: Colour | None = None
    """The colour once spoken; the colour while waiting belongs to the template."""
    opacity: Fraction | None = None
    letter_spacing: Annotated[float, Field(ge=-0.5, le=2, allow_inf_nan=False)] | None = None
    """In em."""
    line_height: Annotated[float, Field(ge=0.5, le=5, allow_inf_nan=False)] | None = None
    """Multiple of the type size."""
    outline: Outline | None = None
    shadow: Shadow | None = None


class BoxStyle(Model):
    """The box behind a cue; lengths are fractions of the picture's height."""

    colour: Colour | None = None
    padding_x: Fraction | None = None
    padding_y: Fraction | None = None
    radius: Fraction | None = None
    border_width: Annotated[float, Field(ge=0, le=0.1, allow_inf_nan=False)] | None = None
    border_colour: Colour | None = None
    opacity: Fraction | None = None


class Effect(Model):
    """A named movement of a word or a whole cue, such as ``fadein`` or ``glitch`` (see docs/captions.md).

    `start` and `end` are absolute seconds. Unknown names are kept, reported as warnings and not drawn.
    """

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.-]+$")]
    start: Annotated[float, Field(ge=-MAX_SECONDS, le=MAX_SECONDS, allow_inf_nan=False)]
    end: Annotated[float, Field(ge=-MAX_SECONDS, le=MAX_SECONDS, allow_inf_nan=False)]
    params: dict[str, bool | Number | Annotated[str, Field(max_length=200)] | list[Number] | None] = Field(
        default_factory=dict
    )
    compose: Literal["replace", "add", "multiply"] = "replace"


class Word(Model):
    """One written word (or CJK phrase) with the time of its sound and how it sounded."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    start: Seconds | None = None
    end: Seconds | None = None
    timing: Literal["measured", "interpolated"] = "measured"
    """``interpolated`` marks a time that nobody measured."""
    joined: bool = False
    """True where no space follows before the next word (Japanese, Chinese, split compounds)."""
    volume_db: Annotated[float, Field(ge=-200, le=20, allow_inf_nan=False)] | None = None
    pitch_hz: Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)] | None = None
    alpha_ratio_db: Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)] | None = None
    """Energy 1–5 kHz over 50 Hz–1 kHz (eGeMAPS alpha ratio): low is rich in low harmonics, high is thin."""
    emotion: Emotion | None = None
    confidence: Fraction | None = None
    speaker: Identifier | None = None
    """Only where it differs from the cue's."""
    style: TextStyle | None = None
    effects: list[Effect] = Field(default_factory=list, max_length=50)


class Line(Model):
    words: Annotated[list[Word], Field(min_length=1, max_length=500)]

    @property
    def text(self) -> str:
        last = len(self.words) - 1
        return "".join(w.text + ("" if w.joined or i == last else " ") for i, w in enumerate(self.words))


class Placement(Model):
    """Where a cue stands. The `anchor` point of the cue is put at (`x`, `y`) of the picture."""

    x: Annotated[float, Field(ge=-1, le=2, allow_inf_nan=False)] = 0.5
    y: Annotated[float, Field(ge=-1, le=2, allow_inf_nan=False)] = 1.0
    anchor: Literal["tl", "tc", "tr", "cl", "cc", "cr", "bl", "bc", "br"] = "bc"
    align: Literal["left", "center", "right"] = "center"
    max_width: Fraction | None = None
    """Fraction of the picture's width."""
    rotate: Annotated[float, Field(ge=-3600, le=3600, allow_inf_nan=False)] = 0.0
    """Degrees clockwise about the anchor."""
    scale_x: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] = 1.0
    scale_y: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] = 1.0
    free: bool = False
    """True where the cue may leave the work area."""


class Cue(Model):
    """One caption: what stands on the screen together."""

    id: Identifier
    start: Seconds
    end: Seconds
    speaker: Identifier | None = None
    kind: Literal["speech", "sound", "music"] = "speech"
    lines: Annotated[list[Line], Field(min_length=1, max_length=50)]
    wrap: Literal["auto", "keep"] = "auto"
    """``auto``: lines may be broken anew by the reading rules; ``keep``: the author's lines stand."""
    emotion: Emotion | None = None
    emotion_confidence: Fraction | None = None
    off_screen: bool = False
    template: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")] | None = None
    style: TextStyle | None = None
    box: BoxStyle | None = None
    placement: Placement | None = None
    effects: list[Effect] = Field(default_factory=list, max_length=50)
    layer: Annotated[int, Field(ge=-1000, le=1000)] = 0

    @model_validator(mode="after")
    def _ends_after_start(self) -> Cue:
        if self.end <= self.start:
            raise ValueError(f"the cue ends ({self.end:g} s) before it starts ({self.start:g} s)")
        return self

    @property
    def words(self) -> list[Word]:
        return [word for line in self.lines for word in line.words]

    @property
    def text(self) -> str:
        """The lines, joined by newlines."""
        return "\n".join(line.text for line in self.lines)


class Speaker(Model):
    id: Identifier
    name: Annotated[str, Field(max_length=200)] | None = None
    colour: Colour | None = None
    """The editor's choice; None lets the palette give one."""
    role: Literal["main", "supporting", "minor"] | None = None
    """None: by spoken time."""
    off_screen: bool = False


class SafeArea(Model):
    """Margins that captions keep clear of, as fractions of the picture's width or height."""

    top: Annotated[float, Field(ge=0, le=0.45, allow_inf_nan=False)] = 0.05
    right: Annotated[float, Field(ge=0, le=0.45, allow_inf_nan=False)] = 0.05
    bottom: Annotated[float, Field(ge=0, le=0.45, allow_inf_nan=False)] = 0.05
    left: Annotated[float, Field(ge=0, le=0.45, allow_inf_nan=False)] = 0.05


class OutputFrame(Model):
    """The picture that the captions were made for."""

    aspect: Annotated[str, Field(pattern=r"^(auto|[1-9]\d{0,4}:[1-9]\d{0,4})$")] = "auto"
    safe_area: SafeArea | None = None
    """None: the template's, with the platforms' own buttons kept clear on vertical video."""
    fonts: list[FontFamily] = Field(default_factory=list, max_length=20)
    """Families tried before the template's, in this order."""


class Scenario(Model):
    version: Literal["ecg-1.0"] = SCENARIO_VERSION
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    """BCP 47 tag; None where unknown."""
    template: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")] = "intention"
    frame: OutputFrame = Field(default_factory=OutputFrame)
    speakers: dict[Identifier, Speaker] = Field(default_factory=dict, max_length=1000)
    cues: list[Cue] = Field(default_factory=list, max_length=MAX_CUES)
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Facts about where the scenario came from; never drawn."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Scenario:
        seen: set[str] = set()
        for cue in self.cues:
            if cue.id in seen:
                raise ValueError(f"two cues share the id {cue.id!r}")
            seen.add(cue.id)
        for key, speaker in self.speakers.items():
            if key != speaker.id:
                raise ValueError(f"speaker {speaker.id!r} is filed under {key!r}")
        return self

    def words(self) -> Iterator[tuple[Cue, Word]]:
        for cue in self.cues:
            for word in cue.words:
                yield cue, word
