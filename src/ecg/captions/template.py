"""The manifest of a template: how a voice becomes type, as data.

A template is a folder with `template.json` (this model) and `style.css` (movement). The manifest decides what
the scene says: sizes, weights, colours, box, place. The style sheet decides what moves. `ecg.templates` reads
the folders; this module only knows what a valid manifest is, so that `captions` stays free of files.

Lengths are fractions of the picture's height unless said otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ecg.captions.scenario import Colour, FontFamily, Fraction, Model, Outline, SafeArea, Shadow

TEMPLATE_NAME = r"^[a-z0-9][a-z0-9-]{0,60}$"

Size = Annotated[float, Field(gt=0, le=0.3, allow_inf_nan=False)]
Weight = Annotated[int, Field(ge=100, le=1000)]
"""The `wght` axis of Roboto Flex."""
Width = Annotated[float, Field(ge=25, le=151, allow_inf_nan=False)]
"""Percent, the `wdth` axis of Roboto Flex."""
Length = Annotated[float, Field(ge=0, le=0.2, allow_inf_nan=False)]


class Localised(Model):
    en: Annotated[str, Field(min_length=1, max_length=300)]
    ko: Annotated[str, Field(min_length=1, max_length=300)]


class SizeScale(Model):
    """Type size by loudness. Without `whisper` and `shout` every word has the normal size."""

    normal: Size = 0.05
    whisper: Size | None = None
    shout: Size | None = None

    @model_validator(mode="after")
    def _grows_with_loudness(self) -> SizeScale:
        if not self.quietest <= self.normal <= self.loudest:
            raise ValueError("sizes must not shrink as the voice gets louder: whisper <= normal <= shout")
        return self

    @property
    def quietest(self) -> float:
        return self.normal if self.whisper is None else self.whisper

    @property
    def loudest(self) -> float:
        return self.normal if self.shout is None else self.shout


class WeightScale(Model):
    """Weight by pitch: lower is heavier. Without `low` and `high` every word has the neutral weight."""

    neutral: Weight = 400
    low: Weight | None = None
    high: Weight | None = None


class WidthScale(Model):
    """Width by harmonics: rich low ones wider. Without `rich` and `thin` every word has the neutral width."""

    neutral: Width = 100.0
    rich: Width | None = None
    thin: Width | None = None


class Colours(Model):
    spoken: Colour | Literal["speaker"] = "speaker"
    """Once a word's sound has begun."""
    waiting: Colour | Literal["spoken"] = "#ffffffe6"
    """Before that: white at 90 %, so that people read ahead. ``spoken``: no difference."""
    anonymous: Colour = "#ffffff"
    """For sounds, and for words of nobody where others have names."""


class TemplateBox(Model):
    colour: Colour = "#000000e6"
    padding_x: Length = 0.014
    padding_y: Length = 0.008
    radius: Length = 0.006


class SafeAreas(Model):
    """Margins that no caption enters; the sources of the numbers are in docs/captions.md."""

    landscape: SafeArea = Field(
        default_factory=lambda: SafeArea(top=0.035, right=0.05, bottom=0.035, left=0.05)
    )
    vertical: SafeArea = Field(default_factory=lambda: SafeArea(top=0.12, right=0.13, bottom=0.2, left=0.06))
    """Keeps clear of the buttons and captions that platforms lay over upright video."""


class Template(Model):
    """What a `template.json` holds. Unknown fields are refused."""

    name: Annotated[str, Field(pattern=TEMPLATE_NAME)]
    title: Localised
    description: Localised
    show: Literal["cue", "line", "word"] = "cue"
    """What stands on the screen together: a whole cue, one line of it, or one word at a time."""
    light: Literal["word", "syllable", "letter"] = "word"
    """What takes its colour at once: a word, a syllable where the word is drawn out, or every letter."""
    size: SizeScale = Field(default_factory=SizeScale)
    weight: WeightScale = Field(default_factory=WeightScale)
    width: WidthScale = Field(default_factory=WidthScale)
    colours: Colours = Field(default_factory=Colours)
    box: TemplateBox | None = Field(default_factory=TemplateBox)
    outline: Outline | None = None
    shadow: Shadow | None = None
    uppercase: bool = False
    letter_spacing: Annotated[float, Field(ge=-0.2, le=1, allow_inf_nan=False)] = 0.0
    """In em."""
    word_gap: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    """Room that the style sheet leaves round words (`margin-inline`, both sides together, in em): words that
    swell need it, and line breaking counts it."""
    line_height: Annotated[float, Field(ge=0.8, le=3, allow_inf_nan=False)] = 1.2
    """Multiple of the type size."""
    fonts: list[FontFamily] = Field(default_factory=list, max_length=10)
    """Families tried before Roboto Flex."""
    max_lines: Annotated[int, Field(ge=1, le=4)] = 2
    line_units: Annotated[float, Field(ge=4, le=80, allow_inf_nan=False)] | None = None
    """Longest line in reading units (`script.reading_units`); None: the reading rules' own limit."""
    max_width: Annotated[float, Field(gt=0.1, le=1, allow_inf_nan=False)] = 1.0
    """Longest line as a fraction of the width between the safe margins."""
    break_out: bool = False
    """Whether very loud or sudden words may leave the box and the work area."""
    anchor: Literal["tc", "cc", "bc"] = "bc"
    """Which edge of the picture captions gather at: top, centre or bottom."""
    band: Fraction = 0.2
    """Height of the work area at that edge, safe margin included."""
    safe_areas: SafeAreas = Field(default_factory=SafeAreas)
