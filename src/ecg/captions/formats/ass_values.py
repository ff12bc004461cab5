"""Values of ASS files: colours with their parts reversed, times in hundredths, the size of type.

ASS sizes are heights of a line (ascent and descent) and not of the em; `LINE_TO_EM` is the ratio of Roboto,
which most sans-serif faces are close to.
"""

from __future__ import annotations

import re

from ecg.captions.formats.colours import opaque

STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
    "MarginR, MarginV, Encoding"
)
EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"

LINE_TO_EM = 1.17
_COLOUR = re.compile(r"&?H?([0-9a-fA-F]{1,8})&?")
_TIME = re.compile(r"\s*(\d{1,4}):([0-5]?\d):([0-5]?\d)(?:[.:,](\d{1,6}))?\s*")


def read_colour(text: str) -> str | None:
    """``&HAABBGGRR`` (or a decimal number, as SSA has it) as ``#rrggbb[aa]``; None if it is no colour."""
    value = text.strip().rstrip("&")
    if value.lower().startswith("&h"):
        found = _COLOUR.fullmatch(value)
        number = int(found[1], 16) if found else None
    else:
        number = int(value) & 0xFFFFFFFF if re.fullmatch(r"-?\d{1,10}", value) else None
    if number is None:
        return None
    alpha, blue, green, red = (number >> shift & 0xFF for shift in (24, 16, 8, 0))
    colour = f"#{red:02x}{green:02x}{blue:02x}"
    return colour if alpha == 0 else f"{colour}{255 - alpha:02x}"


def write_colour(colour: str) -> str:
    """``#rrggbb[aa]`` as ``&HAABBGGRR``, where an alpha of 0 is opaque."""
    digits, alpha = opaque(colour)
    return f"&H{255 - round(alpha * 255):02x}{digits[5:7]}{digits[3:5]}{digits[1:3]}".upper()


def read_time(text: str) -> float | None:
    """``h:mm:ss.cc`` in seconds; None if it is no time."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    return (seconds * 1_000_000 + int((found[4] or "0").ljust(6, "0"))) / 1_000_000


def write_time(hundredths: int) -> str:
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:02d}"


def read_number(text: str, low: float, high: float) -> float | None:
    """A decimal number within limits; None if it is none."""
    if not re.fullmatch(r"\s*[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*", text):
        return None
    value = float(text)
    return value if low <= value <= high else None
