"""Styled and timed text to words.

Subtitle formats speak of runs of text that share a look, a voice or a karaoke time; a scenario speaks of
words. A run may hold half a word (``un<i>believ</i>able``) or many words; this module cuts at both kinds
of border.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ecg.captions.scenario import Line, TextStyle, Word
from ecg.captions.timing import share
from ecg.captions.tokens import SPACE, Token, clean, joined_across, split_words

MAX_WORDS_A_LINE = 500


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive text of one look, voice and time. Newlines in `text` end lines.

    `start` and `end` (seconds) are measured times of this very text, None where unknown. `facts` are
    further fields of the words (`volume_db`, `confidence`, …).
    """

    text: str
    style: TextStyle | None = None
    speaker: str | None = None
    start: float | None = None
    end: float | None = None
    facts: tuple[tuple[str, Any], ...] = field(default=())

    @property
    def is_timed(self) -> bool:
        return self.start is not None or self.end is not None


def lines_from(runs: Iterable[Run], language: str | None = None) -> list[Line]:
    """The lines of words that `runs` say; lines without any word are left out.

    A timed run that holds several words shares its time among them, and they are marked as interpolated.
    """
    rows = [(row, tokens) for row in _rows(runs) if (tokens := _tokens(row, language))]
    lines: list[list[Word]] = [list(_words(row, tokens)) for row, tokens in rows]
    for above, below in pairwise(lines):
        if joined_across(above[-1].text, below[0].text):
            above[-1] = above[-1].model_copy(update={"joined": True})
    return [
        Line(words=words[i : i + MAX_WORDS_A_LINE])
        for words in lines
        for i in range(0, len(words), MAX_WORDS_A_LINE)
    ]


def _rows(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Runs line by line, alike neighbours put together."""
    row: list[Run] = []
    for run in runs:
        for i, piece in enumerate(_by_line(run)):
            if i:
                yield row
                row = []
            if row and not piece.is_timed and replace(row[-1], text=piece.text) == piece:
                row[-1] = replace(row[-1], text=row[-1].text + piece.text)
            elif piece.text:
                row.append(piece)
    yield row


def _by_line(run: Run) -> list[Run]:
    """One run a line; a time that covers words on several lines is shared among them."""
    texts = clean(run.text).split("\n")
    spoken = [i for i, text in enumerate(texts) if text.strip()]
    if len(spoken) < 2 or run.start is None:
        return [replace(run, text=text) for text in texts]
    end = run.start if run.end is None else run.end
    spans = dict(zip(spoken, share([texts[i] for i in spoken], run.start, end), strict=True))
    facts = (*run.facts, ("timing", "interpolated"))
    shared = {
        i: replace(run, start=start, end=None if run.end is None else stop, facts=facts)
        for i, (start, stop) in spans.items()
    }
    return [replace(shared.get(i, run), text=text) for i, text in enumerate(texts)]


def _tokens(row: Sequence[Run], language: str | None) -> list[Token]:
    """Tokens of the whole row, cut where runs meet; a measured run is cut only at spaces."""
    line = "".join(run.text for run in row)
    words = _spaced(line) if any(run.is_timed for run in row) else split_words(line, language)
    borders = _borders(row)
    return [piece for token in words for piece in _cut(token, borders)]


def _spaced(line: str) -> list[Token]:
    tokens: list[Token] = []
    start = 0
    for chunk in SPACE.split(line):
        if chunk:
            start = line.index(chunk, start)
            tokens.append(Token(chunk, start))
            start += len(chunk)
    return tokens


def _borders(row: Sequence[Run]) -> list[int]:
    borders, at = [], 0
    for run in row:
        at += len(run.text)
        borders.append(at)
    return borders


def _cut(token: Token, borders: Sequence[int]) -> Iterator[Token]:
    start, end = token.offset, token.offset + len(token.text)
    inside = borders[bisect_right(borders, start) : bisect_left(borders, end)]
    for a, b in pairwise([start, *inside, end]):
        yield Token(token.text[a - start : b - start], a, joined=True if b < end else token.joined)


def _words(row: Sequence[Run], tokens: Sequence[Token]) -> Iterator[Word]:
    position, at = 0, 0
    for run in row:
        at += len(run.text)
        own = []
        while position < len(tokens) and tokens[position].offset < at:
            own.append(tokens[position])
            position += 1
        yield from _words_of(run, own)


def _words_of(run: Run, tokens: Sequence[Token]) -> Iterator[Word]:
    spans: list[tuple[float | None, float | None]] = [(run.start, run.end)] * len(tokens)
    shared = len(tokens) > 1 and run.is_timed
    if shared and run.start is not None and run.end is not None:
        spans = [*share([token.text for token in tokens], run.start, run.end)]
    elif shared:
        spans = [(run.start, None), *[(None, None)] * (len(tokens) - 1)]
    for token, (start, end) in zip(tokens, spans, strict=True):
        facts: dict[str, Any] = dict(run.facts)
        if shared and end is not None:
            facts["timing"] = "interpolated"
        yield Word(
            text=token.text,
            start=start,
            end=end,
            joined=token.joined,
            style=run.style,
            speaker=run.speaker,
            **facts,
        )


def common_style(runs: Sequence[Run]) -> tuple[list[Run], TextStyle | None]:
    """Part off the style that all visible text shares: it belongs to the cue and not to every word."""
    styles = {run.style.model_dump_json() if run.style else "" for run in runs if run.text.strip()}
    if len(styles) != 1:
        return list(runs), None
    style = next(run.style for run in runs if run.text.strip())
    return [replace(run, style=None) for run in runs], style
