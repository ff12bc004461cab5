"""Where lines and captions break.

A run of words becomes captions of at most two lines by dynamic programming: of all ways to break it, the one
with the lowest total cost is taken, so the same words always break the same way. The cost of a break after
each word is a matter of syntax (the table below); the shape of the lines and the number of captions cost a
little too.

    break after …                                      cost
    the end of a sentence                                 0
    a comma, colon, dash, a BudouX phrase boundary,
    or a Korean sentence ending without its full stop     6
    … before a conjunction, after a Korean connective    12
    … before a preposition                               20
    between two words, nothing special                   30
    a title or number and what it belongs to             90
    an article, preposition, auxiliary or pronoun        90
    … inside a name (capitalised words in a row)        140
    … inside a Japanese or Chinese phrase               150
    … where a script forbids it (kinsoku, particles) 10,000

    a line break counts once; a caption break counts one and a half times, plus 60
    a second line costs 14; lines of unequal length cost 80 × (difference ÷ limit)², 30 when the lower is
    longer
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import budoux

from ecg.captions.function_words import (
    KOREAN_CONNECTIVE,
    KOREAN_FINAL,
    KOREAN_PARTICLES,
    TITLES,
    FunctionWords,
    function_words,
)
from ecg.captions.scenario import Word
from ecg.captions.script import Script, is_cjk, primary, reading_units, script_of

SENTENCE, CLAUSE, CONJUNCTION, PREPOSITION, PLAIN = 0.0, 6.0, 12.0, 20.0, 30.0
LEANING, NAME, INSIDE_PHRASE, FORBIDDEN = 90.0, 140.0, 150.0, 10_000.0
CAPTION, CAPTION_BREAK, SECOND_LINE = 60.0, 1.5, 14.0
TOP_HEAVY, BOTTOM_HEAVY = 80.0, 30.0

LINE_UNITS: dict[Script, float] = {"korean": 16, "japanese": 16, "chinese": 16}
LINE_UNITS_OTHERWISE = 42.0
"""Characters a line as `script.reading_units` counts them (Netflix Timed Text Style Guides)."""

_SENTENCE_END = re.compile(r"(?:[.!?…。！？؟۔｡]|\.\.\.)[\"'”’»)\]」』）】]*$")
_CLAUSE_END = re.compile(r"[,;:、，；：،؛—–][\"'”’»)\]」』）】]*$|[)\]」』）】]$")
_NOT_AT_START = frozenset(
    "、。，．・：；？！!?.,:;…‥ー～〜ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ）」』】〉》〕］｝”’)]}»%％℃°،؛؟"
)
_NOT_AT_END = frozenset("（「『【〈《〔［｛“‘([{«¿¡￥$＄£№#")
"""Kinsoku shori: characters that may not begin or end a line (JIS X 4051, GB/T 15834, good taste)."""


@dataclass(frozen=True)
class Piece:
    """What breaking needs to know of one word. `width` and `space` are in the unit of `Limits.width`."""

    units: float
    space_units: float
    width: float = 0.0
    space: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Limits:
    """What a caption may hold: reading units and width of a line, height of all lines, number of lines."""

    units: float = LINE_UNITS_OTHERWISE
    width: float = float("inf")
    height: float = float("inf")
    lines: int = 2


Layout = list[range]
"""Lines of one caption, as ranges of word indices."""


def line_units(script: Script) -> float:
    return LINE_UNITS.get(script, LINE_UNITS_OTHERWISE)


def pieces_by_units(words: Sequence[Word], script: Script) -> list[Piece]:
    """Pieces measured by the reading rules alone, for when the picture is not known yet."""
    space = reading_units(" ", script)
    return [Piece(reading_units(w.text, script), 0.0 if w.joined else space) for w in words]


def break_costs(words: Sequence[Word], language: str | None) -> list[float]:
    """Cost of a break after each word but the last."""
    text = " ".join(w.text for w in words)
    script = script_of(text, language)
    tongue = _tongue(script, language)
    phrase_ends = _phrase_ends(words, script)
    costs = []
    for i, (word, after) in enumerate(itertools.pairwise(words)):
        cost = _joint_cost(word, after, i in phrase_ends) if word.joined else _gap_cost(word, after, tongue)
        costs.append(cost)
    return costs


def _tongue(script: Script, language: str | None) -> FunctionWords:
    """Function words of the language; without one, of the language that most often goes with the script."""
    guess = {"korean": "ko", "arabic": "ar", "latin": "en"}.get(script)
    return function_words(primary(language) or guess)


def _joint_cost(word: Word, after: Word, phrase_ends: bool) -> float:
    """Cost between two words that are written without a space."""
    left, right = word.text[-1], after.text[0]
    if right in _NOT_AT_START or left in _NOT_AT_END or after.text in KOREAN_PARTICLES:
        return FORBIDDEN
    if _SENTENCE_END.search(word.text):
        return SENTENCE
    if _CLAUSE_END.search(word.text):
        return CLAUSE
    if is_cjk(left) or is_cjk(right):
        return CLAUSE if phrase_ends else INSIDE_PHRASE
    return PLAIN if left in "-‐–—/" else FORBIDDEN


def _gap_cost(word: Word, after: Word, tongue: FunctionWords) -> float:
    """Cost between two words that a space parts."""
    if not any(c.isalnum() for c in after.text) and after.text[0] in _NOT_AT_START:
        return FORBIDDEN
    this, following = _bare(word.text), _bare(after.text)
    first_that_holds = (
        (this in TITLES and word.text.endswith("."), LEANING),
        (_SENTENCE_END.search(word.text), SENTENCE),
        (_CLAUSE_END.search(word.text), CLAUSE),
        (following in tongue.trailing or (this.isdigit() and following.isalpha()), LEANING),
        (this in tongue.leaning | tongue.prepositions | tongue.conjunctions, LEANING),
        (_in_name(word.text, after.text), NAME),
        (KOREAN_FINAL.search(this), CLAUSE),
        (following in tongue.conjunctions or KOREAN_CONNECTIVE.search(this), CONJUNCTION),
        (following in tongue.prepositions, PREPOSITION),
    )
    return next((cost for holds, cost in first_that_holds if holds), PLAIN)


def _bare(text: str) -> str:
    return text.strip(" .,;:!?…\"'“”‘’()[]«»-–—").lower().replace("’", "'")


def _in_name(text: str, after: str) -> bool:
    return all(len(w) > 1 and w[0].isupper() and not w.isupper() for w in (text.lstrip("\"'“‘("), after))


@cache
def _phrase_parser(script: Script) -> budoux.Parser:
    return (
        budoux.load_default_japanese_parser()
        if script == "japanese"
        else budoux.load_default_simplified_chinese_parser()
    )


def _phrase_ends(words: Sequence[Word], script: Script) -> set[int]:
    """Indices of words after which BudouX ends a phrase, in stretches written without spaces."""
    if script not in ("japanese", "chinese"):
        return set()
    ends: set[int] = set()
    first = 0
    for i, word in enumerate(words):
        if word.joined and i < len(words) - 1:
            continue
        stretch = words[first : i + 1]
        offsets = _offsets(_phrase_parser(script).parse("".join(w.text for w in stretch)))
        reached = 0
        for k, part in enumerate(stretch):
            reached += len(part.text)
            if reached in offsets:
                ends.add(first + k)
        first = i + 1
    return ends


def _offsets(parts: Sequence[str]) -> set[int]:
    offsets, reached = set(), 0
    for part in parts:
        reached += len(part)
        offsets.add(reached)
    return offsets


def open_up(words: Sequence[Word], language: str | None) -> list[Word]:
    """`words` with every Japanese or Chinese word that holds several phrases cut into them, so that it can
    break.

    The first phrase keeps the measured start and the last the measured end; the times between are shared out
    by length and marked as interpolated.
    """
    opened: list[Word] = []
    for word in words:
        script = script_of(word.text, language)
        parts = _short_phrases(word.text, script) if script in ("japanese", "chinese") else [word.text]
        opened.extend([word] if len(parts) < 2 else _cut_word(word, parts))
    return opened


def _short_phrases(text: str, script: Script) -> list[str]:
    """BudouX's phrases, those that no line could hold cut to pieces of half a line."""
    most = int(line_units(script)) // 2
    return [
        phrase[at : at + most] if len(phrase) > 2 * most else phrase
        for phrase in _phrase_parser(script).parse(text)
        for at in range(0, len(phrase) if len(phrase) > 2 * most else 1, most)
    ]


def _cut_word(word: Word, parts: Sequence[str]) -> list[Word]:
    total, reached = len(word.text), 0
    cut: list[Word] = []
    for i, part in enumerate(parts):
        start, end = (_between(word, (reached + at) / total) for at in (0, len(part)))
        reached += len(part)
        last = i == len(parts) - 1
        timing = word.timing if i == 0 else "interpolated"
        cut.append(
            word.model_copy(
                update={
                    "text": part,
                    "start": start,
                    "end": end,
                    "timing": timing,
                    "joined": word.joined if last else True,
                }
            )
        )
    return cut


def _between(word: Word, share: float) -> float | None:
    if share == 0.0:
        return word.start
    if share == 1.0:
        return word.end
    if word.start is None or word.end is None:
        return None
    return word.start + share * (word.end - word.start)


class Breaker:
    """Breaks one run of words; `extra(i, j)` may add the cost of a caption that holds words i … j-1."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        costs: Sequence[float],
        limits: Limits,
        extra: Callable[[int, int], float] | None = None,
    ) -> None:
        self._pieces = pieces
        self._after = [*costs, 0.0][: len(pieces)]
        self._limits = limits
        self._extra = extra or (lambda _i, _j: 0.0)
        self._units = _prefix([p.units + p.space_units for p in pieces])
        self._widths = _prefix([p.width + p.space for p in pieces])
        self._known: dict[tuple[int, int, int], tuple[float, Layout]] = {}
        self._heights: dict[tuple[int, int], float] = {}

    def captions(self) -> list[Layout]:
        """The cheapest way to break all words into captions of at most `limits.lines` lines."""
        count = len(self._pieces)
        unreached: tuple[float, int, Layout] = (float("inf"), 0, [])
        best = [(0.0, 0, unreached[2]), *[unreached] * count]
        for i in range(count):
            for j in range(i + 1, count + 1):
                if j > i + 1 and self._too_much(i, j):
                    break
                cost, layout = self._layout(i, j, self._limits.lines)
                if not layout:
                    continue
                cost += best[i][0] + self._extra(i, j) + CAPTION
                cost += CAPTION_BREAK * self._after[j - 1] if j < count else 0.0
                if cost < best[j][0]:
                    best[j] = (cost, i, layout)
        captions, end = [], count
        while end > 0:
            _, start, layout = best[end]
            captions.append(layout)
            end = start
        return captions[::-1]

    def _too_much(self, i: int, j: int) -> bool:
        """Whether words i … j-1 cannot fit even lines that are filled to the last unit."""
        room = self._limits.lines
        longest = max(p.width for p in self._pieces[i:j])
        most = max(p.units for p in self._pieces[i:j])
        return (
            self._units[j] - self._units[i] > room * max(self._limits.units, most) + room * most
            or self._widths[j] - self._widths[i] > room * max(self._limits.width, longest) + room * longest
        )

    def _layout(self, i: int, j: int, lines: int) -> tuple[float, Layout]:
        """Cheapest layout of words i … j-1 in at most `lines` lines; an empty one where they do not fit."""
        if (found := self._known.get((i, j, lines))) is None:
            found = self._known[i, j, lines] = self._cheapest(i, j, lines)
        return found

    def _cheapest(self, i: int, j: int, lines: int) -> tuple[float, Layout]:
        whole = range(i, j)
        best: tuple[float, Layout] = (float("inf"), [])
        if self._fits(whole) and (len(whole) == 1 or self._height(whole) <= self._limits.height):
            best = (0.0, [whole])
        if lines < 2:
            return best
        for cut in range(i + 1, j):
            top = range(i, cut)
            if not self._fits(top):
                break
            below_cost, below = self._layout(cut, j, lines - 1)
            if not below or sum(map(self._height, [top, *below])) > self._limits.height:
                continue
            cost = self._after[cut - 1] + SECOND_LINE + self._shape(top, below[0]) + below_cost
            if cost < best[0]:
                best = (cost, [top, *below])
        return best

    def _fits(self, line: range) -> bool:
        return len(line) == 1 or (
            self._line_units(line) <= self._limits.units and self._line_width(line) <= self._limits.width
        )

    def _shape(self, top: range, below: range) -> float:
        if self._limits.width < float("inf"):
            difference = (self._line_width(top) - self._line_width(below)) / self._limits.width
        else:
            difference = (self._line_units(top) - self._line_units(below)) / self._limits.units
        return (TOP_HEAVY if difference > 0 else BOTTOM_HEAVY) * difference**2

    def _line_units(self, line: range) -> float:
        return self._units[line.stop] - self._units[line.start] - self._pieces[line.stop - 1].space_units

    def _line_width(self, line: range) -> float:
        return self._widths[line.stop] - self._widths[line.start] - self._pieces[line.stop - 1].space

    def _height(self, line: range) -> float:
        key = (line.start, line.stop)
        if key not in self._heights:
            self._heights[key] = max(self._pieces[k].height for k in line)
        return self._heights[key]


def _prefix(values: Sequence[float]) -> list[float]:
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    return sums
