"""SubRip (.srt): the file that every player reads, and that everybody writes a little differently.

There is no specification. Read here: numbers that are missing or wrong, dots for commas, missing hours, blank
lines inside text, the tags b, i, u, s and font, and the place ``{\\an8}`` that ASS players understand.
A line with an arrow whose times cannot be read is an error.

Letters that would be taken for a tag are written as ``&lt;`` and ``&#123;`` and read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ecg.captions.formats.colours import css_colour, opaque
from ecg.captions.formats.decoding import LINE_END, MAX_NESTING, refuse_long
from ecg.captions.formats.draft import Draft
from ecg.captions.formats.numpad import digit_of, placement_of
from ecg.captions.formats.reading import ReadResult, Warn, Warnings
from ecg.captions.formats.runs import Run, common_style
from ecg.captions.formats.writing import (
    Piece,
    clock,
    in_time_order,
    is_bold,
    look,
    milliseconds,
    pieces,
)
from ecg.captions.scenario import Cue, Placement, Scenario, TextStyle
from ecg.errors import ScenarioError

_TIME = r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[,.:](\d{1,6}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s+(.*))?\s*")
_MARKUP = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(color|face|size)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|#123);")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00a0", "&#123;": "{"}
_PLAIN: dict[str, dict[str, Any]] = {
    "b": {"weight": 700},
    "i": {"italic": True},
    "u": {"underline": True},
    "s": {"strikeout": True},
}
_ANGLE = re.compile(r"<(?=/?(?:b|i|u|s|font)\b)", re.IGNORECASE)
_BRACE = re.compile(r"\{(?=\\)")


@dataclass(slots=True)
class _Block:
    line: int
    start: float
    end: float
    text: list[str]


def read_srt(text: str, warnings: Warnings | None = None) -> ReadResult:
    """Read a SubRip file. Raises `ScenarioError` with the line."""
    draft = Draft("srt", warnings=warnings or Warnings())
    lines = LINE_END.split(text)
    blocks = _blocks(lines, draft.warnings)
    if not blocks and any(line.strip() for line in lines):
        raise ScenarioError(
            "no time line such as 00:00:01,000 --> 00:00:02,500 was found",
            where="line 1",
            hint="is this a SubRip file?",
        )
    for block in blocks:
        text, where = "\n".join(block.text), f"line {block.line}"
        refuse_long(text, where)
        runs, placement = _runs(text, draft.warnings.at(where))
        runs, style = common_style(runs)
        looks: dict[str, Any] = {"style": style, "placement": placement}
        draft.add(runs, block.start, block.end, where=where, **looks)
    return draft.finish()


def _blocks(lines: Sequence[str], warnings: Warnings) -> list[_Block]:
    blocks: list[_Block] = []
    for number, line in enumerate(lines, 1):
        if "-->" in line and (times := _times(line, number, warnings)):
            if blocks:
                _drop_number(blocks[-1].text)
            blocks.append(_Block(number, *times, []))
        elif blocks:
            blocks[-1].text.append(line)
        elif line.strip() and not line.strip().isdigit():
            warnings.add("text before the first cue was left out", f"line {number}")
    return blocks


def _drop_number(text: list[str]) -> None:
    """Take off the number of the next cue, which stands right above its time line."""
    if text and text[-1].strip().isdigit():
        text.pop()


def _times(line: str, number: int, warnings: Warnings) -> tuple[float, float] | None:
    """Start and end of a time line; None for text that merely holds an arrow."""
    found = _TIMING.fullmatch(line)
    if found is None:
        if re.match(r"\s*-?\d+\s*:", line) or re.fullmatch(r"\s*-->.*|.*-->\s*", line):
            raise ScenarioError(
                "the times of this cue cannot be read",
                where=f"line {number}",
                hint="write them as 00:00:01,000 --> 00:00:02,500",
            )
        return None
    if found[9]:
        warnings.add("the coordinates after the times were left out", f"line {number}")
    return _seconds(found.groups()[:4], number), _seconds(found.groups()[4:8], number)


def _seconds(parts: Sequence[str | None], number: int) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    if int(seconds) > 59 or (int(minutes) > 59 and int(hours)):
        raise ScenarioError("minutes and seconds end at 59", where=f"line {number}")
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1_000_000 + int(fraction.ljust(6, "0"))) / 1_000_000


def _runs(text: str, warn: Warn) -> tuple[list[Run], Placement | None]:
    runs: list[Run] = []
    placement: Placement | None = None
    open_tags: list[tuple[str, dict[str, Any]]] = []
    position = 0
    for found in _MARKUP.finditer(text):
        _append(runs, text[position : found.start()], open_tags)
        position = found.end()
        tag = found[0]
        if tag.startswith("{"):
            placement = _override(tag, warn) or placement
        elif tag.startswith("</"):
            _close(open_tags, tag[2:-1].strip().lower())
        else:
            name = re.split(r"[\s>]", tag[1:].lower(), maxsplit=1)[0]
            if len(open_tags) < MAX_NESTING:
                open_tags.append((name, _tag_style(name, tag, warn)))
    _append(runs, text[position:], open_tags)
    return runs, placement


def _append(runs: list[Run], text: str, open_tags: Sequence[tuple[str, dict[str, Any]]]) -> None:
    if text:
        fields = {key: value for _, style in open_tags for key, value in style.items()}
        plain = _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)
        runs.append(Run(plain, style=TextStyle(**fields) if fields else None))


def _close(open_tags: list[tuple[str, dict[str, Any]]], name: str) -> None:
    for i in range(len(open_tags) - 1, -1, -1):
        if open_tags[i][0] == name:
            del open_tags[i]
            return


def _tag_style(name: str, tag: str, warn: Warn) -> dict[str, Any]:
    if name != "font":
        return _PLAIN[name]
    style: dict[str, Any] = {}
    for key, *values in _ATTRIBUTE.findall(tag):
        value = "".join(values)
        if key.lower() == "color" and (colour := css_colour(value) or css_colour(f"#{value}")):
            style["colour"] = colour
        elif key.lower() != "face" or not _set_face(style, value):
            warn(f"the {key.lower()} of a font tag cannot be used and was left out")
    return style


def _set_face(style: dict[str, Any], family: str) -> bool:
    try:
        style["font_family"] = TextStyle(font_family=family).font_family
    except ValueError:
        return False
    return True


def _override(block: str, warn: Warn) -> Placement | None:
    found = re.search(r"\\an([1-9])", block)
    if found is None or re.fullmatch(r"\{\\an[1-9]\}", block) is None:
        warn("an ASS override other than \\an was left out")
    return placement_of(found[1]) if found else None


def write_srt(scenario: Scenario) -> bytes:
    """Text, times, place, and the looks that players know; voices and word times have no place in SubRip."""
    blocks = []
    for number, cue in enumerate(in_time_order(scenario), 1):
        start, end = milliseconds(cue)
        place = digit_of(cue.placement)
        head = "" if place == "2" else f"{{\\an{place}}}"
        text = "\n".join(_text(cue, scenario))
        blocks.append(f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{head}{text}\n")
    return "\n".join(blocks).encode()


def _text(cue: Cue, scenario: Scenario) -> Iterator[str]:
    for line in cue.lines:
        tagged = ((_tags(look(cue, piece.word, scenario)), piece) for piece in pieces(line))
        groups = [
            (tags, [piece for _, piece in group]) for tags, group in groupby(tagged, lambda item: item[0])
        ]
        if groups:
            yield "".join(_group(tags, group) for tags, group in groups)


def _group(tags: tuple[str, ...], group: Sequence[Piece]) -> str:
    # Escaped as a whole: an arrow or a tag may be spread over joined words.
    inner = _escape("".join(piece.text + piece.gap for piece in group))
    body = inner.rstrip(" ")
    closing = "".join(f"</{tag.split(' ')[0]}>" for tag in reversed(tags))
    return "".join(f"<{tag}>" for tag in tags) + body + closing + inner[len(body) :]


def _tags(style: TextStyle) -> tuple[str, ...]:
    flags = (("b", is_bold(style)), ("i", style.italic), ("u", style.underline), ("s", style.strikeout))
    attributes = []
    if style.colour:
        attributes.append(f'color="{opaque(style.colour)[0]}"')
    if style.font_family:
        attributes.append(f'face="{style.font_family}"')
    font = (f"font {' '.join(attributes)}",) if attributes else ()
    return (*(tag for tag, on in flags if on), *font)


def _escape(text: str) -> str:
    text = _ENTITY.sub(lambda found: f"&amp;{found[0][1:]}", text).replace("-->", "--&gt;")
    return _BRACE.sub("&#123;", _ANGLE.sub("&lt;", text))
