"""Every way in which captions are written, to and from a scenario.

Bytes in, scenario out, and back; no file is touched here. `read` finds the format by the extension, and
for .json by looking at the content. Broken input is one `ScenarioError` that says where; what was read
differently from how it was written is in `ReadResult.warnings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ecg.captions import reading as reading_rules
from ecg.captions.formats.ass import read_ass
from ecg.captions.formats.ass_write import write_ass
from ecg.captions.formats.decoding import decode_json, decode_subtitles
from ecg.captions.formats.flat import write_flat
from ecg.captions.formats.json_kinds import read_json
from ecg.captions.formats.node import load
from ecg.captions.formats.reading import ReadResult, Warnings
from ecg.captions.formats.scenario_json import write_scenario
from ecg.captions.formats.sheet import write_csv, write_xlsx
from ecg.captions.formats.srt import read_srt, write_srt
from ecg.captions.formats.webvtt import read_webvtt
from ecg.captions.formats.webvtt_write import write_webvtt
from ecg.captions.scenario import Scenario
from ecg.errors import EcgError, UnsupportedFormat

__all__ = [
    "READABLE",
    "WRITABLE",
    "Finding",
    "ReadResult",
    "check",
    "format_of",
    "read",
    "write",
]

_SUBTITLES: dict[str, Callable[[str, Warnings], ReadResult]] = {
    "srt": read_srt,
    "vtt": read_webvtt,
    "webvtt": read_webvtt,
    "ass": read_ass,
    "ssa": read_ass,
}
_WRITERS: dict[str, Callable[[Scenario], bytes]] = {
    "json": write_scenario,
    "flat.json": write_flat,
    "srt": write_srt,
    "vtt": write_webvtt,
    "webvtt": write_webvtt,
    "ass": write_ass,
    "xlsx": write_xlsx,
    "csv": write_csv,
}

READABLE: tuple[str, ...] = ("json", *_SUBTITLES)
"""Extensions that `read` takes, without the dot."""
WRITABLE: tuple[str, ...] = tuple(_WRITERS)
"""Formats that `write` makes, named by their extension. ``flat.json`` is the render contract's flat form."""


def format_of(name: str, known: tuple[str, ...] = WRITABLE) -> str:
    """The format that a file name asks for by its extension; the longest known one wins.

    Raises `UnsupportedFormat` where it is none of `known`.
    """
    lowered = name.lower()
    for extension in sorted(known, key=len, reverse=True):
        if lowered.endswith(f".{extension}"):
            return extension
    listed = ", ".join(f".{extension}" for extension in known)
    raise UnsupportedFormat(f"{name!r} is not a caption file known here", hint=f"known extensions: {listed}")


def read(data: bytes, *, name: str) -> ReadResult:
    """Read captions of any known format. `name` is the file's name; only its extension matters.

    Raises `UnsupportedFormat` for an unknown extension and `ScenarioError`, with a line or a JSON pointer,
    for content that is broken, larger than 5 MiB or longer than 10,000 cues.
    """
    kind = format_of(name, READABLE)
    if kind == "json":
        return read_json(load(decode_json(data)))
    warnings = Warnings()
    return _SUBTITLES[kind](decode_subtitles(data, warnings), warnings)


def write(scenario: Scenario, fmt: str) -> bytes:
    """Write a scenario in one of `WRITABLE`. Raises `UnsupportedFormat` for another."""
    writer = _WRITERS.get(fmt.lower().lstrip("."))
    if writer is None:
        raise UnsupportedFormat(
            f"captions cannot be written as {fmt!r}", hint=f"known formats: {', '.join(WRITABLE)}"
        )
    return writer(scenario)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `check` has to say about a file."""

    severity: Literal["error", "warning"]
    message: str
    where: str | None = None
    """``line 12``, or a JSON pointer; for a broken reading rule, into the scenario that was read."""
    code: str = "ODDITY"
    """The error's code, ``ODDITY`` for what was read differently, or the name of the broken reading rule."""
    hint: str | None = None


def check(data: bytes, *, name: str) -> list[Finding]:
    """What is wrong with a caption file, errors first; an empty list where nothing is.

    Raises nothing for bad input: an error is a finding too.
    """
    try:
        result = read(data, name=name)
    except EcgError as exc:
        return [Finding("error", exc.message, exc.where, exc.code, exc.hint)]
    oddities = [_oddity(text) for text in result.warnings]
    rules = [
        Finding("warning", f"{found.message} (cue {found.cue_id!r})", found.where, found.rule)
        for found in reading_rules.findings(result.scenario)
    ]
    return oddities + rules


def _oddity(warning: str) -> Finding:
    found = re.fullmatch(r"(line \d+|/[^:]*): (.*)", warning, re.DOTALL)
    return Finding("warning", found[2], found[1]) if found else Finding("warning", warning)
