"""The text of WebVTT cues: spans, voices, timestamps and entities, and the style blocks that colour them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ecg.captions.formats.colours import css_colour
from ecg.captions.formats.decoding import MAX_NESTING
from ecg.captions.formats.reading import Warn
from ecg.captions.formats.runs import Run
from ecg.captions.scenario import TextStyle
from ecg.captions.tokens import one_line

INTERPOLATED = "interpolated"
"""Class of our own for a word that stands between timed ones and was not measured."""

STYLE_NOTE = "NOTE STYLE"
"""First line of a note that holds rules as a style block does (see `ecg.captions.formats.webvtt_write`)."""

_NAMED = {
    "white": "#ffffff",
    "lime": "#00ff00",
    "cyan": "#00ffff",
    "red": "#ff0000",
    "yellow": "#ffff00",
    "magenta": "#ff00ff",
    "blue": "#0000ff",
    "black": "#000000",
}
"""Default text colours of WebVTT (section 5), by class."""

_PLAIN: dict[str, dict[str, Any]] = {"b": {"weight": 700}, "i": {"italic": True}, "u": {"underline": True}}

_TOKEN = re.compile(r"<([^<>]*)>?")
_STAMP = re.compile(r"(?:(\d{2,6}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
_VOICE = re.compile(r"""::cue\(\s*v\[\s*voice\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]\s*\)""")
_CLASS = re.compile(r"::cue\(\s*(?:c|span)?\.((?:[\w-]|[^\x00-\x7f]|\\.)+)\s*\)")


@dataclass
class StyleSheet:
    """What the STYLE blocks of a file say, as far as a scenario can hold it."""

    classes: dict[str, dict[str, Any]] = field(default_factory=dict)
    voices: dict[str, str] = field(default_factory=dict)
    """Voice to ``#rrggbb``."""
    everything: dict[str, Any] = field(default_factory=dict)


def read_style_sheet(text: str, sheet: StyleSheet, warn: Warn) -> None:
    """Take ``::cue``, ``::cue(.class)`` and ``::cue(v[voice="…"])`` rules; report what is left out."""
    for rule in _without_comments(text).split("}"):
        selectors, brace, body = rule.partition("{")
        if not brace:
            continue
        style = dict(_declarations(body, warn))
        for selector in selectors.split(","):
            _apply(selector.strip(), style, sheet, warn)


def _apply(selector: str, style: dict[str, Any], sheet: StyleSheet, warn: Warn) -> None:
    if selector == "::cue":
        sheet.everything.update(style)
    elif (voice := _VOICE.fullmatch(selector)) and "colour" in style:
        sheet.voices[unescape(voice[1] or voice[2] or "")] = style["colour"][:7]
    elif named := _CLASS.fullmatch(selector):
        sheet.classes.setdefault(unescape(named[1]), {}).update(style)
    else:
        warn("a rule of the style block was left out")


def _without_comments(text: str) -> str:
    """A search for whole comments would take quadratic time on many that never end."""
    kept, position = [], 0
    while (start := text.find("/*", position)) >= 0:
        kept.append(text[position:start])
        end = text.find("*/", start + 2)
        if end < 0:
            return "".join(kept)
        position = end + 2
    return "".join([*kept, text[position:]])


def _declarations(body: str, warn: Warn) -> Iterator[tuple[str, Any]]:
    for declaration in filter(None, (part.strip() for part in body.split(";"))):
        name, _, value = (part.strip().lower() for part in declaration.partition(":"))
        if name == "color" and (colour := css_colour(value)):
            yield "colour", colour
        elif name == "font-style" and value in ("normal", "italic", "oblique"):
            yield "italic", value != "normal"
        elif name == "font-weight" and value in ("normal", "bold"):
            yield "weight", 700 if value == "bold" else 400
        elif name == "text-decoration" and value in ("none", "underline"):
            yield "underline", value == "underline"
        else:
            warn("a declaration of the style block was left out")


def unescape(text: str) -> str:
    """A CSS string or name without its escapes."""
    plain = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda found: _character(found[1]), text)
    return re.sub(r"\\(.)", r"\1", plain)


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


@dataclass(slots=True)
class _Span:
    tag: str
    style: dict[str, Any] = field(default_factory=dict)
    voice: str | None = None
    interpolated: bool = False


def runs_of(text: str, start: float, end: float, sheet: StyleSheet, warn: Warn) -> list[Run]:
    """The runs of a cue's text; whatever is no tag of WebVTT is left out, as players do."""
    spans: list[_Span] = []
    runs: list[Run] = []
    stamps: list[tuple[int, float]] = []
    position = 0
    for found in _TOKEN.finditer(text):
        _append(runs, text[position : found.start()], spans, sheet)
        position = found.end()
        inner = found[1]
        if stamp := _STAMP.fullmatch(inner):
            stamps.append((len(runs), _seconds(stamp)))
        elif inner.startswith("/"):
            _close(spans, inner[1:].strip())
        elif len(spans) < MAX_NESTING:
            spans.append(_open(inner, sheet, warn))
    _append(runs, text[position:], spans, sheet)
    return _timed(runs, stamps, start, end, warn)


def _append(runs: list[Run], text: str, spans: Sequence[_Span], sheet: StyleSheet) -> None:
    if not text or any(span.tag == "rt" for span in spans):
        return
    fields = {**sheet.everything}
    for span in spans:
        fields |= span.style
    voice = next((span.voice for span in reversed(spans) if span.voice), None)
    facts = (("timing", "interpolated"),) if any(span.interpolated for span in spans) else ()
    style = TextStyle(**fields) if fields else None
    runs.append(Run(html.unescape(text), style=style, speaker=voice, facts=facts))


def _open(inner: str, sheet: StyleSheet, warn: Warn) -> _Span:
    head, _, annotation = inner.partition(" ") if "\t" not in inner else inner.partition("\t")
    tag, *classes = head.strip().split(".")
    span = _Span(tag, interpolated=INTERPOLATED in classes)
    for name in classes:
        if name in sheet.classes:
            span.style |= sheet.classes[name]
        elif name in _NAMED:
            span.style["colour"] = _NAMED[name]
    if tag == "v":
        span.voice = one_line(html.unescape(annotation))[:200] or None
    elif tag in ("b", "i", "u"):
        span.style |= _PLAIN[tag]
    elif tag == "rt":
        warn("a ruby text was left out")
    elif tag not in ("c", "lang", "ruby"):
        warn("an unknown tag was left out")
    return span


def _close(spans: list[_Span], tag: str) -> None:
    for i in range(len(spans) - 1, -1, -1):
        if spans[i].tag == tag:
            del spans[i:]
            return


def _timed(
    runs: Sequence[Run],
    stamps: Sequence[tuple[int, float]],
    start: float,
    end: float,
    warn: Warn,
) -> list[Run]:
    """Give each run the time between the timestamps around it."""
    good: list[tuple[int, float]] = []
    for at, seconds in stamps:
        if (good[-1][1] if good else start) <= seconds <= end:
            good.append((at, seconds))
        else:
            warn("a timestamp outside its cue or out of order was left out")
    if not good:
        return list(runs)
    marks = [(0, start), *good, (len(runs), end)]
    timed = list(runs)
    for (first, begin), (stop, finish) in pairwise(marks):
        timed[first:stop] = _between(timed[first:stop], begin, finish)
    return timed


def _between(runs: Sequence[Run], start: float, end: float) -> list[Run]:
    """Runs between two timestamps: a single measured one has the time, several share it."""
    measured = [i for i, run in enumerate(runs) if not run.facts and run.text.strip()]
    if not measured:
        return list(runs)
    guessed = any(run.facts and run.text.strip() for run in runs)
    last = measured[-1]
    done = list(runs)
    for i in measured:
        stop = end if i == last and len(measured) == 1 and not guessed else None
        done[i] = replace(runs[i], start=start if i == measured[0] else None, end=stop)
    return done


def _seconds(stamp: re.Match[str]) -> float:
    hours, minutes, seconds, thousandths = (int(part or "0") for part in stamp.groups())
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 1000
