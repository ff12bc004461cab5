"""WebVTT (.vtt), by the W3C specification, but strict where that would drop a cue in silence.

Read: settings and regions (to a placement), voices, classes, the colours of style blocks, karaoke timestamps,
notes and entities. A timestamp tag ends what is before it and begins what follows; text before the first one
begins with the cue. Ruby texts, vertical text and fonts of style sheets have no place in a scenario; they are
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ecg.captions.formats.decoding import LINE_END, refuse_long
from ecg.captions.formats.draft import Draft
from ecg.captions.formats.reading import ReadResult, Warnings
from ecg.captions.formats.runs import Run, common_style
from ecg.captions.formats.webvtt_place import Region, placement_of, read_region
from ecg.captions.formats.webvtt_text import STYLE_NOTE, StyleSheet, read_style_sheet, runs_of
from ecg.captions.scenario import Speaker
from ecg.errors import ScenarioError

_TIME = r"(?:(\d{2,6}):)?([0-5]\d):([0-5]\d)[.](\d{3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:[ \t]+(.*))?\s*")


@dataclass(slots=True)
class _File:
    """What stands before the cues."""

    sheet: StyleSheet = field(default_factory=StyleSheet)
    regions: dict[str, Region] = field(default_factory=dict)


def read_webvtt(text: str, warnings: Warnings | None = None) -> ReadResult:
    """Read a WebVTT file. Raises `ScenarioError` with the line."""
    draft = Draft("webvtt", warnings=warnings or Warnings())
    lines = LINE_END.split(text)
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise ScenarioError(
            "a WebVTT file begins with the line WEBVTT", where="line 1", hint="is this another kind of file?"
        )
    body = _header_end(lines)
    draft.language = _language(lines[:body])
    file = _File()
    for first, block in _blocks(lines[body:], body + 1):
        _read_block(first, block, file, draft)
    for voice, colour in file.sheet.voices.items():
        if voice in draft.speakers:
            draft.speakers[voice] = Speaker(id=voice, colour=colour)
    return draft.finish()


def _header_end(lines: Sequence[str]) -> int:
    """Index of the line that ends the header: the first blank one or the first with an arrow."""
    for i, line in enumerate(lines[1:], 1):
        if _is_blank(line) or "-->" in line:
            return i
    return len(lines)


def _is_blank(line: str) -> bool:
    return not line.strip(" \t")


def _language(header: Sequence[str]) -> str | None:
    for line in header:
        if found := re.fullmatch(r"Language:[ \t]*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)[ \t]*", line):
            return found[1]
    return None


def _blocks(lines: Sequence[str], first: int) -> Iterator[tuple[int, list[str]]]:
    """Blocks of lines and the number of each block's first line.

    As the specification has it, a line with an arrow begins a new block unless it is a block's first line or
    follows a cue's name.
    """
    block: list[str] = []
    start = first
    for number, line in enumerate([*lines, ""], first):
        ends = _is_blank(line)
        if block and (ends or ("-->" in line and (len(block) > 1 or "-->" in block[0]))):
            yield start, block
            block = []
        if not ends:
            start = start if block else number
            block = [*block, line]


def _read_block(first: int, block: list[str], file: _File, draft: Draft) -> None:
    warn = draft.warnings.at(f"line {first}")
    timing = next((i for i, line in enumerate(block[:2]) if "-->" in line), None)
    if timing is not None:
        _read_cue(first + timing, block[:timing], block[timing:], file, draft)
    elif block[0].strip() in ("STYLE", STYLE_NOTE):
        read_style_sheet("\n".join(block[1:]), file.sheet, warn)
    elif block[0].startswith("NOTE"):
        return
    elif block[0].strip() == "REGION":
        region = read_region(block[1:], warn)
        file.regions[region.name] = region
    else:
        warn("text that belongs to no cue was left out")


def _read_cue(number: int, names: Sequence[str], body: Sequence[str], file: _File, draft: Draft) -> None:
    where = f"line {number}"
    warn = draft.warnings.at(where)
    found = _TIMING.fullmatch(body[0])
    if found is None:
        raise ScenarioError(
            "the times of this cue cannot be read",
            where=where,
            hint="write them as 00:00:01.000 --> 00:00:02.500",
        )
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:8])
    text = "\n".join(body[1:])
    refuse_long(text, where)
    runs = runs_of(text, start, end, file.sheet, warn)
    speaker = next((run.speaker for run in runs if run.speaker is not None), None)
    runs, style = common_style(_without(runs, speaker))
    looks: dict[str, Any] = {
        "style": style,
        "placement": placement_of(found[9] or "", file.regions, warn),
    }
    identifier = names[0].strip() if names else None
    draft.add(runs, start, end, where=where, cue_id=identifier, speaker=speaker, **looks)


def _without(runs: Sequence[Run], speaker: str | None) -> list[Run]:
    return [replace(run, speaker=None) if run.speaker == speaker else run for run in runs]


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, thousandths = (int(part or "0") for part in parts)
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 1000
