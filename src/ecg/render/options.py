"""What a caller may ask of a render."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from ecg.errors import InputError, UnsupportedFormat

OutputFormat = Literal["mp4", "mov", "webm"]

DEFAULT_CRF = 20
MOST_FINE_RATE = 1001
"""The largest denominator that a frame rate needs: NTSC's."""
DEFAULT_PRESET = "veryfast"

PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """Everything is optional: by default size, rate, depth and colours are those of the input."""

    width: int | None = None
    """Pixels. With `height`, the picture is fitted inside and padded black; alone, the other side follows."""
    height: int | None = None
    fps: Fraction | None = None
    """A constant frame rate; frames are repeated or left out by time."""
    format: OutputFormat | None = None
    """By default what the output's extension says."""
    quality: int | None = None
    """1-100; see `constant_rate_factor`."""
    crf: int | None = None
    """The encoder's own quality number on x264's scale (0-51, lower is better); goes before `quality`."""
    preset: str = DEFAULT_PRESET
    """x264's speed preset; other encoders take the nearest they have."""
    gpu: bool = False
    """Encode with a hardware encoder; an error when none works."""
    copy_untouched: bool = True
    """Copy groups of pictures without captions where that is provably right, instead of encoding them
    again.
    """

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("width", self.width, 16, 8192),
            ("height", self.height, 16, 8192),
            ("quality", self.quality, 1, 100),
            ("crf", self.crf, 0, 51),
            ("fps", self.fps, 1, 240),
        ):
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} {value} is out of range", hint=f"{name} is {low} to {high}")
        if self.preset not in PRESETS:
            raise InputError(f"there is no preset {self.preset!r}", hint=f"one of {', '.join(PRESETS)}")

    @property
    def constant_rate_factor(self) -> int:
        """The quality on x264's scale: `crf`, else 42 - quality / 4 (100 is 17, 90 is 20, 50 is 30), else
        20.
        """
        if self.crf is not None:
            return self.crf
        return DEFAULT_CRF if self.quality is None else round(42 - self.quality / 4 + 0.01)

    def format_of(self, output: Path) -> OutputFormat:
        """The container to write; raises UnsupportedFormat when neither `format` nor the extension names
        one.
        """
        if self.format is not None:
            return self.format
        extension = output.suffix.lower().lstrip(".")
        for known in get_args(OutputFormat):
            if known in (extension, {"m4v": "mp4", "qt": "mov"}.get(extension)):
                return known  # type: ignore[no-any-return]  # get_args is untyped
        raise UnsupportedFormat(
            f"{output.name} does not say which kind of video to write", hint="end it in .mp4, .mov or .webm"
        )


def frame_rate(fps: str | Fraction | float) -> Fraction:
    """Frames a second as a fraction; 29.97 and 23.976 mean the NTSC rates that people round to them.

    Raises InputError for what is no rate.
    """
    try:
        rate = Fraction(fps)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise InputError(f"{fps!r} is no frame rate", hint="such as 25, 29.97 or 30000/1001") from error
    ntsc = Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)
    if ntsc and abs(rate - ntsc) < Fraction(1, 200) and rate.denominator != 1:
        return ntsc
    return rate.limit_denominator(MOST_FINE_RATE)
