"""A scenario as ASS: a style for each speaker in the speaker's colour, karaoke for measured words.

Before its time a word is white at 90 %, as in the intention template; players without karaoke show the colour
at once. A guessed time inside a cue with measured ones is written, for the filling to run on, and marked by a
tag that only our reader knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ecg.captions.formats.ass_text import GUESS, WORD_JOINER
from ecg.captions.formats.ass_values import EVENT_FIELDS, LINE_TO_EM, STYLE_FIELDS, write_colour, write_time
from ecg.captions.formats.colours import opaque
from ecg.captions.formats.numpad import digit_of, placement_of
from ecg.captions.formats.writing import Piece, in_time_order, look, pieces, voices
from ecg.captions.palette import speaker_colours
from ecg.captions.scenario import Cue, Placement, Scenario, TextStyle, Word
from ecg.captions.timing import timed
from ecg.captions.tokens import one_line

_HEIGHT = 1080
_SIZE = 0.05
"""Normal speech, as a fraction of the height."""
_WAITING = "&H19FFFFFF"
_BOX = "&H19000000"
_WEIGHTS = {700: 1, 400: 0}
_MARGIN = 54
"""5 % of the height."""


@dataclass(frozen=True, slots=True)
class _Writer:
    scenario: Scenario
    width: int
    styles: Mapping[str, str]
    """Speaker to the name of the style, which is also the name in the events."""


def write_ass(scenario: Scenario) -> bytes:
    """Write text, times, speakers, colours, looks, places and measured word times."""
    writer = _Writer(scenario, _width(scenario), _style_names(scenario))
    sections = (
        _info(writer),
        ["[V4+ Styles]", f"Format: {STYLE_FIELDS}", *_styles(writer)],
        ["[Events]", f"Format: {EVENT_FIELDS}", *(_event(cue, writer) for cue in in_time_order(scenario))],
    )
    return "\n\n".join("\n".join(section) for section in sections).encode() + b"\n"


def _width(scenario: Scenario) -> int:
    aspect = scenario.frame.aspect
    across, high = (16, 9) if aspect == "auto" else (int(part) for part in aspect.split(":"))
    return min(max(round(_HEIGHT * across / high), 1), 100_000)


def _info(writer: _Writer) -> list[str]:
    language = writer.scenario.language
    return [
        "[Script Info]",
        "; Written by ECG",
        "ScriptType: v4.00+",
        f"PlayResX: {writer.width}",
        f"PlayResY: {_HEIGHT}",
        "WrapStyle: 0",
        "ScaledBorderAndShadow: yes",
        "YCbCr Matrix: None",
        *([f"Language: {language}"] if language else []),
    ]


def _style_names(scenario: Scenario) -> dict[str, str]:
    """A style for each speaker who says something; commas part the fields, so names cannot hold them."""
    names: dict[str, str] = {}
    spoken = {cue.speaker for cue in scenario.cues} | {word.speaker for _, word in scenario.words()}
    for key, voice in voices(scenario).items():
        name = one_line(voice).replace(",", "，").lstrip("*") or key.replace(",", "，")
        if key in spoken and name.strip():
            taken = name == "Default" or name in names.values()
            names[key] = f"{name} ({len(names) + 1})" if taken else name
    return names


def _styles(writer: _Writer) -> Iterator[str]:
    colours = speaker_colours(writer.scenario)
    fonts = writer.scenario.frame.fonts
    font = fonts[0].replace(",", " ") if fonts else "Roboto"
    size = f"{_SIZE * _HEIGHT * LINE_TO_EM:.4g}"
    named = {
        "Default": "#ffffff",
        **{name: colours.get(key, "#ffffff") for key, name in writer.styles.items()},
    }
    for name, colour in named.items():
        yield (
            f"Style: {name},{font},{size},{write_colour(colour)},{_WAITING},{_BOX},{_BOX},0,0,0,0,100,100,"
            f"0,0,3,8,0,2,{_MARGIN},{_MARGIN},{_MARGIN},1"
        )


def _event(cue: Cue, writer: _Writer) -> str:
    start = round(cue.start * 100)
    end = max(start + 1, round(cue.end * 100))
    name = writer.styles.get(cue.speaker or "", "")
    text = _place(cue.placement, writer) + _text(cue, start, writer)
    head = f"{max(0, cue.layer)},{write_time(start)},{write_time(end)},{name or 'Default'},{name}"
    return f"Dialogue: {head},0,0,0,,{text}"


def _place(placement: Placement | None, writer: _Writer) -> str:
    if placement is None:
        return ""
    digit = digit_of(placement)
    tags = f"\\an{digit}"
    if placement.model_copy(update={"rotate": 0.0}) != (placement_of(digit) or Placement()):
        tags += f"\\pos({placement.x * writer.width:.2f},{placement.y * _HEIGHT:.2f})"
    if placement.rotate:
        tags += f"\\frz{-placement.rotate:g}"
    return f"{{{tags}}}"


class _Karaoke:
    """Writes ``\\k`` tags so that what follows falls at its own time, in hundredths and without drift."""

    def __init__(self, start: int) -> None:
        self._clock = start

    def before(self, word: Word) -> str:
        first, last = round((word.start or 0.0) * 100), round((word.end or 0.0) * 100)
        pause = first - self._clock
        first = max(first, self._clock)
        self._clock = max(first, last)
        wait = f"{{\\k{pause}}}" if pause > 0 else ""
        mark = "" if word.timing == "measured" else GUESS
        return f"{wait}{{\\k{self._clock - first}{mark}}}"


def _text(cue: Cue, start: int, writer: _Writer) -> str:
    cue = timed(cue)
    karaoke = _Karaoke(start) if any(word.timing == "measured" for word in cue.words) else None
    rows = [row for line in cue.lines if (row := pieces(line))]
    styled = [[(_tags(look(cue, piece.word, writer.scenario)), piece) for piece in row] for row in rows]
    return "\\N".join(_row(row, karaoke) for row in styled)


def _row(row: Sequence[tuple[str, Piece]], karaoke: _Karaoke | None) -> str:
    text = ""
    for tags, group in groupby(row, lambda item: item[0]):
        text += f"{{{tags}}}" if tags else ""
        for _, piece in group:
            text += (karaoke.before(piece.word) if karaoke else "") + _escape(piece.text) + piece.gap
        text += "{\\r}" if tags else ""
    return text


def _escape(text: str) -> str:
    text = text.replace("\\", f"\\{WORD_JOINER}")
    return text.replace("{", "\\{").replace("}", "\\}")


def _tags(style: TextStyle) -> str:
    """Overrides for what a word's style says beyond that of its speaker."""
    tags = ""
    if style.colour:
        digits, alpha = opaque(style.colour)
        tags += f"\\1c{write_colour(digits).replace('&H00', '&H')}&"
        tags += f"\\1a&H{255 - round(alpha * 255):02X}&" if alpha < 1 else ""
    if style.font_family:
        tags += f"\\fn{style.font_family}"
    if style.size:
        tags += f"\\fs{style.size * _HEIGHT * LINE_TO_EM:.6g}"
    if style.weight is not None:
        tags += f"\\b{_WEIGHTS.get(style.weight, style.weight)}"
    for tag, on in (("i", style.italic), ("u", style.underline), ("s", style.strikeout)):
        tags += "" if on is None else f"\\{tag}{int(on)}"
    return tags
