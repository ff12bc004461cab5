"""When each word falls, where nobody measured it.

A word without a measured time gets one by interpolation: the words of a gap share its time by the length of
their speech (`ecg.captions.tokens.letters`). Such words are marked `interpolated`, so that nothing downstream
takes them for a measurement. Pure functions; all times in seconds from the start of the video.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from ecg.captions.scenario import Cue, Word
from ecg.captions.tokens import letters

Span = tuple[float, float]


def share(texts: Sequence[str], start: float, end: float) -> list[Span]:
    """Divide `start`…`end` among `texts` by spoken length, without gaps; ends exactly at `end`."""
    if not texts:
        return []
    weights = [letters(text) for text in texts]
    total = sum(weights)
    inner = [start + (end - start) * part / total for part in accumulate(weights)][:-1]
    marks = [start, *inner, max(start, end)]
    return list(pairwise(marks))


def complete(words: Sequence[Word], start: float, end: float) -> list[Word]:
    """`words` of a cue lasting `start`…`end`, each with a start and an end.

    Measured times are kept as they are. A word with a measured start but no end lasts for its share of the
    time up to the next measured word. A word with no start is placed between its neighbours and marked
    `interpolated`; where its neighbours leave no room it lasts for no time. Words that need nothing are
    returned as the same objects.
    """
    done = list(words)
    i = 0
    while i < len(done):
        if done[i].start is not None and done[i].end is not None:
            i += 1
            continue
        stop = _next_start(done, i + 1)
        left = _left_of(done, i, start)
        right = done[stop].start if stop < len(done) else end
        assert right is not None  # noqa: S101  # _next_start stops only at a word with a start
        spans = share([word.text for word in done[i:stop]], min(left, right), right)
        done[i:stop] = [_placed(word, span) for word, span in zip(done[i:stop], spans, strict=True)]
        i = stop
    return done


def timed(cue: Cue) -> Cue:
    """`cue` with a time for every word (see `complete`); the same object where nothing was missing."""
    words = cue.words
    filled = complete(words, cue.start, cue.end)
    if all(a is b for a, b in zip(words, filled, strict=True)):
        return cue
    rest = iter(filled)
    lines = [line.model_copy(update={"words": [next(rest) for _ in line.words]}) for line in cue.lines]
    return cue.model_copy(update={"lines": lines})


def timed_words(cue: Cue) -> list[Word]:
    """The words of `cue`, each with a start and an end within the cue.

    Measured times stand, but are kept inside the cue: a word that starts before its caption shows is lit when
    the caption shows.
    """
    return [_within(word, cue.start, cue.end) for word in complete(cue.words, cue.start, cue.end)]


def _within(word: Word, start: float, end: float) -> Word:
    first = min(max(word.start or 0.0, start), end)
    last = min(max(word.end or 0.0, first), end)
    if (first, last) == (word.start, word.end):
        return word
    return word.model_copy(update={"start": first, "end": last})


def _next_start(words: Sequence[Word], i: int) -> int:
    while i < len(words) and words[i].start is None:
        i += 1
    return i


def _left_of(words: Sequence[Word], i: int, cue_start: float) -> float:
    own = words[i].start
    if own is not None:
        return own
    before = words[i - 1].end if i else None
    return cue_start if before is None else before


def _placed(word: Word, span: Span) -> Word:
    if word.start is not None:
        return word.model_copy(update={"end": span[1]})
    return word.model_copy(update={"start": span[0], "end": span[1], "timing": "interpolated"})
