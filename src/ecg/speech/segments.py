"""Words become segments: runs of one speaker without a long pause, as the result hands them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ecg.speech.engines.base import HeardWord
from ecg.speech.prosody import Voice
from ecg.speech.speakers import Diarization

PAUSE_SECONDS = 0.6
"""A longer silence ends a segment."""
MAX_SECONDS = 15.0
_STRAY_SECONDS = 0.5
_LEAST_WORDS = 3
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_SENTENCE_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class SpokenWord:
    """A word with everything known about it."""

    heard: HeardWord
    voice: Voice
    speaker: int
    speaker_confidence: float | None


@dataclass(frozen=True)
class SpokenSegment:
    words: tuple[SpokenWord, ...]
    start: float
    end: float

    @property
    def speaker(self) -> int:
        return self.words[0].speaker

    @property
    def speaker_confidence(self) -> float | None:
        known = [w.speaker_confidence for w in self.words if w.speaker_confidence is not None]
        return round(sum(known) / len(known), 3) if known else None

    @property
    def text(self) -> str:
        last = len(self.words) - 1
        return "".join(
            w.heard.text + ("" if w.heard.joined or i == last else " ") for i, w in enumerate(self.words)
        )


def attribute(words: Sequence[HeardWord], voices: Sequence[Voice], speakers: Diarization) -> list[SpokenWord]:
    """Give each word its speaker; a word without times goes with the one before it."""
    spoken: list[SpokenWord] = []
    for word, voice in zip(words, voices, strict=True):
        if word.start is None or word.end is None:
            speaker, confidence = (spoken[-1].speaker if spoken else 0), None
        else:
            speaker, confidence = speakers.speaker_between(word.start, word.end)
        spoken.append(SpokenWord(word, voice, speaker, confidence))
    return _without_strays(spoken)


def _without_strays(words: list[SpokenWord]) -> list[SpokenWord]:
    """A moment of another voice in the midst of one speaker's phrase is a mistake, not an interjection."""
    runs = [list(run) for _, run in groupby(words, key=lambda w: w.speaker)]
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        together = before[-1].speaker == after[0].speaker and _gap(before[-1], run[0]) < PAUSE_SECONDS
        if together and _gap(run[-1], after[0]) < PAUSE_SECONDS and _length(run) < _STRAY_SECONDS:
            run[:] = [replace(w, speaker=before[-1].speaker, speaker_confidence=None) for w in run]
    return [word for run in runs for word in run]


def _gap(one: SpokenWord, next_one: SpokenWord) -> float:
    if one.heard.end is None or next_one.heard.start is None:
        return 0.0
    return next_one.heard.start - one.heard.end


def _length(run: Sequence[SpokenWord]) -> float:
    if run[0].heard.start is None or run[-1].heard.end is None:
        return 0.0
    return run[-1].heard.end - run[0].heard.start


def segment(words: Sequence[SpokenWord]) -> list[SpokenSegment]:
    """Cut at a change of speaker, a pause, the end of a sentence that a short pause follows; halve what
    exceeds 15 s.

    Words without any time form no segment of their own: they stay with the word before, or are left out
    where no word of their run has a time.
    """
    short = [piece for run in _runs(words) for piece in _halved(run)]
    return [made for run in short if (made := _timed(run)) is not None]


def _halved(run: list[SpokenWord]) -> Iterator[list[SpokenWord]]:
    """Cut a long run at its longest pause that is not near an end, again and again."""
    if _length(run) <= MAX_SECONDS or len(run) < _LEAST_WORDS * 2:
        yield run
        return
    inner = range(_LEAST_WORDS, len(run) - _LEAST_WORDS + 1)
    at = max(inner, key=lambda i: (_gap(run[i - 1], run[i]), -abs(i - len(run) / 2)))
    yield from _halved(run[:at])
    yield from _halved(run[at:])


def _runs(words: Sequence[SpokenWord]) -> Iterator[list[SpokenWord]]:
    run: list[SpokenWord] = []
    for word in words:
        if run and _ends_between(run, word):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _ends_between(run: Sequence[SpokenWord], word: SpokenWord) -> bool:
    last = run[-1]
    if last.speaker != word.speaker:
        return True
    gap = _gap(last, word)
    if last.heard.text.endswith(_SENTENCE_ENDS) and gap >= _SENTENCE_PAUSE_SECONDS:
        return True
    return gap >= PAUSE_SECONDS


def _timed(run: Sequence[SpokenWord]) -> SpokenSegment | None:
    starts = [w.heard.start for w in run if w.heard.start is not None]
    ends = [w.heard.end for w in run if w.heard.end is not None]
    if not starts or not ends:
        return None
    return SpokenSegment(tuple(run), min(starts), max(ends))
