"""Texts to words: each text node gives its words their time, look and effects."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ecg.captions.effects import FIRST_UNIT, UNITS
from ecg.captions.formats.motiontext.blocks import Text
from ecg.captions.formats.motiontext.plugins import Plugin
from ecg.captions.formats.motiontext.times import Span
from ecg.captions.scenario import Effect, Line, TextStyle, Word
from ecg.captions.timing import share
from ecg.captions.tokens import Token, joined_across, split_words

_WORDS_A_LINE = 500
_SLACK = 0.001
"""Seconds within which a text's time is its cue's own and says nothing about its sound."""


@dataclass(frozen=True, slots=True)
class StyledText:
    """A text node with its resolved style. `effects` go to its words one by one."""

    text: Text
    style: TextStyle | None
    plugins: tuple[Plugin, ...]


def lines_of(rows: Sequence[Sequence[StyledText]], shown: Span) -> list[Line]:
    """The lines of a cue shown during `shown`; a newline in a text begins a line too."""
    lines: list[list[Word]] = []
    for row in rows:
        lines.append([])
        for item in row:
            for i, words in enumerate(_words_of(item, shown)):
                if i:
                    lines.append([])
                _append(lines[-1], words)
    return [
        Line(words=words[i : i + _WORDS_A_LINE])
        for words in lines
        for i in range(0, len(words), _WORDS_A_LINE)
    ]


def _append(row: list[Word], words: Sequence[Word]) -> None:
    """Add a text to a row: a space stands between texts except in Japanese and Chinese."""
    if row and words and joined_across(row[-1].text, words[0].text):
        row[-1] = row[-1].model_copy(update={"joined": True})
    row.extend(words)


def _words_of(item: StyledText, shown: Span) -> list[list[Word]]:
    """The words of a text, line by line. Several words share a measured time and are marked so."""
    lines = [split_words(line) for line in item.text.content.split("\n") if line.strip()]
    tokens = [token for line in lines for token in line if token.text]
    times = _times(item.text, tokens, shown)
    effects = [_effects_of(item.plugins, tokens, i) for i in range(len(tokens))]
    words = iter(
        Word(text=token.text, joined=token.joined, style=item.style, effects=own, **time)
        for token, time, own in zip(tokens, times, effects, strict=True)
    )
    return [[next(words) for token in line if token.text] for line in lines]


def _times(text: Text, tokens: Sequence[Token], shown: Span) -> list[dict[str, Any]]:
    """Fields of the words' times; none where the text has no time of its own."""
    spoken = text.spoken
    if spoken is None or all(abs(a - b) <= _SLACK for a, b in zip(spoken, shown, strict=True)):
        return [{}] * len(tokens)
    start, end = (min(max(edge, shown[0]), shown[1]) for edge in spoken)
    if len(tokens) == 1:
        return [{"start": start, "end": end}]
    spans = share([token.text for token in tokens], start, end)
    return [{"start": a, "end": b, "timing": "interpolated"} for a, b in spans]


def _effects_of(plugins: Sequence[Plugin], tokens: Sequence[Token], index: int) -> list[Effect]:
    return [_part(plugin, [token.text for token in tokens], index) for plugin in plugins]


def _part(plugin: Plugin, texts: Sequence[str], index: int) -> Effect:
    """A word's part of an effect that goes through the letters or words of its whole text."""
    if plugin.known is None or plugin.known.unit == "whole" or len(texts) == 1:
        return plugin.effect
    if plugin.known.unit == "word":
        first, units = index, len(texts)
    else:
        sizes = [letters(text) for text in texts]
        first, units = sum(sizes[:index]), sum(sizes)
    shared = {**plugin.effect.params, FIRST_UNIT: float(first), UNITS: float(units)}
    return plugin.effect.model_copy(update={"params": shared})


def letters(text: str) -> int:
    """About as many as the browser finds graphemes: marks and joiners belong to the letter before them."""
    own = [c for c in text if not (unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"))]
    glued = sum(1 for a, _ in pairwise(text) if a == "\u200d")
    return max(1, len(own) - glued)


def speaker_of(items: Sequence[StyledText]) -> str | None:
    """The one speaker whom the effects of all texts name."""
    names = {plugin.speaker for item in items for plugin in item.plugins if plugin.speaker}
    return names.pop() if len(names) == 1 else None


def without_common_style(items: Sequence[StyledText]) -> tuple[list[StyledText], TextStyle | None]:
    """Part off the style that all texts share: it belongs to the cue."""
    first = items[0].style
    if any(item.style != first for item in items):
        return list(items), None
    return [replace(item, style=None) for item in items], first
