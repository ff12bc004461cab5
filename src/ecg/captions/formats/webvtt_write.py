"""A scenario as WebVTT: voices, their colours, a timestamp at every measured word.

The colours stand in a note and not in a style block, because FFmpeg 5.1 reads no cue at all, and says
nothing, from a file that has a style block. Our reader takes them from the note; a page can use them as they
are.

A word whose time nobody measured gets no timestamp; beside timed words it is marked with the class
``interpolated`` of our own, so that reading the file back does not turn a guess into a measurement.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ecg.captions.formats.colours import opaque
from ecg.captions.formats.webvtt_place import settings_of
from ecg.captions.formats.webvtt_text import INTERPOLATED, STYLE_NOTE
from ecg.captions.formats.writing import (
    Piece,
    clock,
    in_time_order,
    is_bold,
    look,
    milliseconds,
    pieces,
    voices,
)
from ecg.captions.palette import speaker_colours
from ecg.captions.scenario import Cue, Scenario, Word
from ecg.captions.tokens import one_line


def write_webvtt(scenario: Scenario) -> bytes:
    """Write text, times, names of cues, voices, colours, plain looks, places and measured word times."""
    names = voices(scenario)
    head = "WEBVTT\n" + (f"Language: {scenario.language}\n" if scenario.language else "")
    cues = [_cue(cue, scenario, names) for cue in in_time_order(scenario)]
    blocks = [head, *_style_note(scenario, names), *cues]
    return "\n".join(blocks).encode()


def _style_note(scenario: Scenario, names: Mapping[str, str]) -> Iterator[str]:
    spoken = {cue.speaker for cue in scenario.cues} | {word.speaker for _, word in scenario.words()}
    colours = {
        key: value for key, value in speaker_colours(scenario).items() if key in spoken and names.get(key)
    }
    rules = [f'::cue(v[voice="{_css(names[key])}"]) {{ color: {value}; }}' for key, value in colours.items()]
    styles = [cue.style for cue in scenario.cues] + [word.style for _, word in scenario.words()]
    own = sorted({opaque(style.colour)[0] for style in styles if style and style.colour})
    rules += [f"::cue(.{_class(colour)}) {{ color: {colour}; }}" for colour in own]
    if rules:
        yield f"{STYLE_NOTE}\n" + "\n".join(rules) + "\n"


def _class(colour: str) -> str:
    return f"c{colour[1:]}"


def _css(text: str) -> str:
    """`text` inside a CSS string; everything but letters and digits by its number."""
    return re.sub(r"[^\w ]|_", lambda found: f"\\{ord(found[0]):x} ", text)


def _cue(cue: Cue, scenario: Scenario, names: Mapping[str, str]) -> str:
    start, end = milliseconds(cue)
    identifier = one_line(cue.id).replace("-->", "→")
    name = "" if not identifier or identifier.startswith(("NOTE", "STYLE", "REGION")) else f"{identifier}\n"
    timing = f"{clock(start, '.')} --> {clock(end, '.')}{settings_of(cue.placement)}"
    return f"{name}{timing}\n{_text(cue, scenario, names, start, end)}\n"


@dataclass(frozen=True, slots=True)
class _Marked:
    """A piece with its timestamps and the tags that it stands in."""

    piece: Piece
    before: str
    after: str
    tags: tuple[str, ...]


def _text(cue: Cue, scenario: Scenario, names: Mapping[str, str], start: int, end: int) -> str:
    rows = [row for line in cue.lines if (row := pieces(line))]
    stamps = iter(_stamps([piece.word for row in rows for piece in row], start, end))
    timed = any(_is_measured(piece.word) for row in rows for piece in row)
    several = any(piece.word.speaker not in (None, cue.speaker) for row in rows for piece in row)
    head = "" if several else _voice(names.get(cue.speaker or "", ""))
    lines = []
    for row in rows:
        marked = []
        for piece in row:
            voice = _voice(names.get(piece.word.speaker or cue.speaker or "", "")) if several else ""
            tags = (*((voice[1:-1],) if voice else ()), *_tags(cue, piece.word, scenario, timed))
            marked.append(_Marked(piece, *next(stamps), tags))
        lines.append("".join(_group(tags, list(group)) for tags, group in groupby(marked, lambda m: m.tags)))
    return head + "\n".join(lines)


def _voice(name: str) -> str:
    return f"<v {html.escape(name, quote=False)}>" if name else ""


def _tags(cue: Cue, word: Word, scenario: Scenario, timed: bool) -> tuple[str, ...]:
    style = look(cue, word, scenario)
    flags = (("b", is_bold(style)), ("i", style.italic), ("u", style.underline))
    colour = (f"c.{_class(opaque(style.colour)[0])}",) if style.colour else ()
    guessed = (f"c.{INTERPOLATED}",) if timed and not _is_measured(word) else ()
    return (*(tag for tag, on in flags if on), *colour, *guessed)


def _group(tags: tuple[str, ...], group: Sequence[_Marked]) -> str:
    inner = "".join(
        f"{m.before}{html.escape(m.piece.text, quote=False)}{m.after}{m.piece.gap}" for m in group
    )
    body = inner.rstrip(" ")
    closing = "".join(f"</{re.split(r'[. ]', tag)[0]}>" for tag in reversed(tags))
    return "".join(f"<{tag}>" for tag in tags) + body + closing + inner[len(body) :]


def _is_measured(word: Word) -> bool:
    return word.start is not None and word.timing == "measured"


def _stamps(words: Sequence[Word], start: int, end: int) -> Iterator[tuple[str, str]]:
    """Timestamps before and after each word: strictly rising and inside the cue, none twice.

    The end of a word is written only where the next word does not begin at that very time.
    """
    latest = start
    for word, following in zip(words, [*words[1:], None], strict=True):
        before = after = ""
        if word.start is not None and word.timing == "measured":
            first = round(word.start * 1000)
            if latest < first < end:
                before, latest = f"<{clock(first, '.')}>", first
            last = None if word.end is None else round(word.end * 1000)
            if last is not None and latest < last < end and _begins(following) != last:
                after, latest = f"<{clock(last, '.')}>", last
        yield before, after


def _begins(word: Word | None) -> int | None:
    if word is None or word.start is None or word.timing != "measured":
        return None
    return round(word.start * 1000)
