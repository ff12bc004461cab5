"""Advanced SubStation Alpha (.ass) and its forerunner SSA (.ssa).

The name of an event becomes its speaker, its style and overrides become typed fields, karaoke becomes word
times. The colour of a style that serves one speaker alone is that speaker's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ecg.captions.formats.ass_style import AssStyle, Script, read_style
from ecg.captions.formats.ass_text import read_text
from ecg.captions.formats.ass_values import EVENT_FIELDS, STYLE_FIELDS, read_number, read_time
from ecg.captions.formats.decoding import LINE_END, refuse_long
from ecg.captions.formats.draft import Draft
from ecg.captions.formats.reading import ReadResult, Warnings
from ecg.captions.formats.runs import common_style
from ecg.captions.scenario import BoxStyle, Speaker, TextStyle
from ecg.captions.tokens import one_line
from ecg.errors import ScenarioError


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",")]


@dataclass
class _File:
    draft: Draft
    section: str = ""
    sections: set[str] = field(default_factory=set)
    info: dict[str, str] = field(default_factory=dict)
    style_fields: list[str] = field(default_factory=lambda: _names(STYLE_FIELDS))
    event_fields: list[str] = field(default_factory=lambda: _names(EVENT_FIELDS))
    raw_styles: list[tuple[int, str]] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)
    users: dict[str, set[str | None]] = field(default_factory=dict)
    """Style to the speakers whose cues have it."""


def read_ass(text: str, warnings: Warnings | None = None) -> ReadResult:
    """Read an ASS or SSA file. Raises `ScenarioError` with the line."""
    file = _File(Draft("ass", warnings=warnings or Warnings()))
    lines = LINE_END.split(text)
    for number, line in enumerate(lines, 1):
        _read_line(number, line, file)
    if "events" not in file.sections and any(line.strip() for line in lines):
        raise ScenarioError(
            "the section [Events] is missing", where=f"line {len(lines)}", hint="is this an ASS file?"
        )
    language = file.info.get("language", "")
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        file.draft.language = language
    script = _script(file)
    styles = _styles(file, script)
    for number, event in file.events:
        _read_event(number, event, file, styles, script)
    _find_speaker_colours(file, styles)
    return file.draft.finish()


def _read_line(number: int, line: str, file: _File) -> None:
    if found := re.fullmatch(r"\s*\[([^\[\]]+)\]\s*", line):
        file.section = found[1].strip().lower()
        file.sections.add(file.section)
        return
    key, colon, value = line.partition(":")
    key = key.strip().lower()
    if not colon or line.lstrip().startswith((";", "!:")):
        if file.section == "events" and line.strip() and not line.lstrip().startswith(";"):
            raise ScenarioError(
                "this line of [Events] is neither a format nor an event", where=f"line {number}"
            )
        return
    if file.section == "script info":
        file.info.setdefault(key, value.strip())
    elif file.section.endswith("styles") or file.section.endswith("styles+"):
        if key == "format":
            file.style_fields = _names(value)
        elif key == "style":
            file.raw_styles.append((number, value))
    elif file.section == "events":
        if key == "format":
            file.event_fields = _event_format(value, number)
        elif key == "dialogue":
            file.events.append((number, value))
        elif key not in ("comment", "picture", "sound", "movie", "command"):
            file.draft.warnings.add("an unknown kind of event was left out", f"line {number}")


def _event_format(value: str, number: int) -> list[str]:
    names = _names(value)
    missing = {"start", "end", "text"} - set(names)
    if missing or names[-1] != "text":
        raise ScenarioError(
            "the format of [Events] must name Start and End, and Text as the last", where=f"line {number}"
        )
    return names


def _script(file: _File) -> Script:
    is_ssa = not any(section.endswith("styles+") for section in file.sections) and any(
        section.endswith("styles") for section in file.sections
    )
    height = read_number(file.info.get("playresy", ""), 1, 100_000)
    width = read_number(file.info.get("playresx", ""), 1, 100_000)
    # As VSFilter and libass: 384×288 where nothing is said, 4:3 where one is.
    if height is None:
        height = 288.0 if width is None else 1024.0 if width == 1280 else width * 3 / 4
    if width is None:
        width = 1280.0 if height == 1024 else height * 4 / 3
    return Script(width, height, is_ssa)


def _styles(file: _File, script: Script) -> dict[str, AssStyle]:
    styles: dict[str, AssStyle] = {}
    for number, value in file.raw_styles:
        values = [part.strip() for part in value.split(",")]
        fields = dict(zip(file.style_fields, values, strict=False))
        if len(values) != len(file.style_fields):
            file.draft.warnings.add("the style has not the fields that its format names", f"line {number}")
        style = read_style(fields, script, file.draft.warnings.at(f"line {number}"))
        styles[style.name] = style
    return styles


def _read_event(number: int, value: str, file: _File, styles: dict[str, AssStyle], script: Script) -> None:
    where = f"line {number}"
    values = value.split(",", len(file.event_fields) - 1)
    if len(values) < len(file.event_fields):
        raise ScenarioError(
            f"the event has {len(values)} of {len(file.event_fields)} fields",
            where=where,
            hint="is it cut off?",
        )
    event = dict(zip(file.event_fields, values, strict=True))
    start, end = (_time(event[name], name, where) for name in ("start", "end"))
    refuse_long(event["text"], where)
    base = _style_named(event.get("style", "Default").strip().lstrip("*"), styles, file, where)
    warn = file.draft.warnings.at(where)
    said = read_text(event["text"], base=base, styles=styles, script=script, start=start, warn=warn)
    if said.runs or not event["text"].strip():
        runs, style = common_style(said.runs)
        looks: dict[str, Any] = {"style": style, "placement": said.placement}
        if base.box:
            looks["box"] = BoxStyle(**base.box)
        layer = read_number(event.get("layer", "0"), -1000, 1000)
        speaker = one_line(event.get("name", event.get("actor", "")))[:200] or None
        file.users.setdefault(base.name, set()).add(speaker)
        file.draft.add(runs, start, end, where=where, speaker=speaker, layer=int(layer or 0), **looks)


def _style_named(name: str, styles: dict[str, AssStyle], file: _File, where: str) -> AssStyle:
    if name in styles:
        return styles[name]
    if name.lower() != "default":
        file.draft.warnings.add("the style of this event is not defined", where)
    return styles.get("Default", AssStyle())


def _time(text: str, name: str, where: str) -> float:
    seconds = read_time(text)
    if seconds is None:
        raise ScenarioError(
            f"the {name} of this event cannot be read", where=where, hint="write it as 0:00:01.50"
        )
    return seconds


def _find_speaker_colours(file: _File, styles: dict[str, AssStyle]) -> None:
    """Move the colour of a style that serves one speaker alone from the cues to the speaker."""
    own: dict[str, str] = {}
    for name, users in file.users.items():
        speaker = next(iter(users))
        colour = styles[name].text.get("colour") if name in styles else None
        if len(users) == 1 and speaker is not None and colour and name != "Default":
            own[speaker] = colour
    for key, colour in own.items():
        file.draft.speakers[key] = Speaker(id=key, colour=colour)
    for i, cue in enumerate(file.draft.cues):
        if cue.style and cue.speaker and cue.style.colour == own.get(cue.speaker, ""):
            file.draft.cues[i] = cue.model_copy(update={"style": _colourless(cue.style)})


def _colourless(style: TextStyle) -> TextStyle | None:
    rest = style.model_dump(exclude_none=True, exclude={"colour"})
    return TextStyle(**rest) if rest else None
