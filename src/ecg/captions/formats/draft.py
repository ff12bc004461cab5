"""A scenario in the making: the rules that every reader shares.

Readers hand over one cue at a time, in the order of the file; the draft gives ids, keeps word times
inside their cue and in order, completes what was not measured, and counts what it had to change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from pydantic import ValidationError

from ecg.captions.formats.decoding import refuse_long
from ecg.captions.formats.reading import ReadResult, Warnings
from ecg.captions.formats.runs import Run, lines_from
from ecg.captions.formats.validation import scenario_error
from ecg.captions.scenario import MAX_CUES, MAX_SECONDS, Cue, Line, Scenario, Speaker, Word
from ecg.captions.timing import timed
from ecg.errors import ScenarioError

MAX_WORDS = 120_000
"""Of a whole file: twelve for each of the most cues, several times a feature film."""
_LINES_A_CUE = 50
_SLACK = 0.05
"""Seconds by which a word may leave its cue without a word about it: recognisers round."""


@dataclass
class Draft:
    """Collects cues and speakers; `finish` gives the result."""

    source_format: str
    language: str | None = None
    warnings: Warnings = field(default_factory=Warnings)
    cues: list[Cue] = field(default_factory=list)
    speakers: dict[str, Speaker] = field(default_factory=dict)
    _words: int = 0
    _ids: set[str] = field(default_factory=set)
    _serials: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        runs: Sequence[Run],
        start: float,
        end: float,
        *,
        where: str,
        cue_id: str | None = None,
        speaker: str | None = None,
        **fields: Any,
    ) -> None:
        """Take a cue that says `runs`. `fields` are further fields of `Cue`.

        A cue without words or of no length is left out with a warning; one outside the longest possible
        video, and one too many, is a `ScenarioError` at `where`.
        """
        refuse_long("".join(run.text for run in runs), where)
        lines = lines_from(runs, self.language)
        self.add_lines(lines, start, end, where=where, cue_id=cue_id, speaker=speaker, **fields)

    def add_lines(
        self,
        lines: Sequence[Line],
        start: float,
        end: float,
        *,
        where: str,
        cue_id: str | None = None,
        speaker: str | None = None,
        **fields: Any,
    ) -> None:
        """Like `add`, for a format that has no runs but words of its own."""
        if not 0 <= start <= MAX_SECONDS or not 0 <= end <= MAX_SECONDS:
            raise ScenarioError(
                f"the time {start:g}–{end:g} s is outside a video of at most 24 hours", where=where
            )
        if end <= start or not lines:
            self._leave_out(lines, start, end, where)
            return
        words = [word for line in lines for word in line.words]
        self._count(len(lines), len(words), where)
        kept = iter(self._in_order([self._inside(word, start, end, where) for word in words], where))
        checked = [Line(words=[next(kept) for _ in line.words]) for line in lines]
        self.speak(speaker)
        for name in {word.speaker for word in words}:
            self.speak(name)
        fields.setdefault("kind", _kind_of(checked))
        fields.setdefault("wrap", "keep" if len(checked) > 1 else "auto")
        identifier = self._identifier(cue_id, where)
        cue = Cue(id=identifier, start=start, end=end, speaker=speaker, lines=checked, **fields)
        self.cues.append(timed(cue))

    def _count(self, lines: int, words: int, where: str) -> None:
        self._words += words
        for number, limit, what in (
            (lines, _LINES_A_CUE, "lines in this cue"),
            (len(self.cues) + 1, MAX_CUES, "cues"),
            (self._words, MAX_WORDS, "words"),
        ):
            if number > limit:
                raise ScenarioError(f"there are more than {limit:,} {what}", where=where, hint="split it")

    def speak(self, speaker: str | None) -> None:
        """Make sure that a speaker who is named in a cue is listed."""
        if speaker is not None and speaker not in self.speakers:
            self.speakers[speaker] = Speaker(id=speaker)

    def finish(self, **fields: Any) -> ReadResult:
        """The scenario, its cues in order of time. `fields` are further fields of `Scenario`."""
        ordered = sorted(self.cues, key=lambda cue: cue.start)
        if any(a is not b for a, b in zip(ordered, self.cues, strict=True)):
            self.warnings.add("the cues did not stand in order of time; they were sorted")
        self._report_overlaps(ordered)
        try:
            scenario = Scenario(language=self.language, speakers=self.speakers, cues=ordered, **fields)
        except ValidationError as exc:
            raise scenario_error(exc, fields) from None
        return ReadResult(scenario, self.warnings.texts(), self.source_format)

    def _leave_out(self, lines: Sequence[Line], start: float, end: float, where: str) -> None:
        reason = "has no text" if not lines else f"ends ({end:g} s) when or before it starts ({start:g} s)"
        self.warnings.add(f"the cue {reason} and was left out", where)

    def _identifier(self, wanted: str | None, where: str) -> str:
        identifier = wanted[:200] if wanted else f"cue-{len(self.cues) + 1}"
        if identifier in self._ids:
            if wanted:
                self.warnings.add(f"the id {identifier!r} was taken already and was changed", where)
            base = identifier[:180]
            while identifier in self._ids:
                self._serials[base] += 1
                identifier = f"{base}-{self._serials[base]}"
        self._ids.add(identifier)
        return identifier

    def _inside(self, word: Word, start: float, end: float, where: str) -> Word:
        """`word` with its times inside the cue; without any where they lie wholly outside."""
        if word.start is None:
            return word if word.end is None else word.model_copy(update={"end": None})
        stop = word.end
        if stop is not None and stop < word.start:
            self.warnings.add(f"the word {_quote(word)} ends before it starts; its end was ignored", where)
            stop = None
        if word.start >= end + _SLACK or (stop is not None and stop <= start - _SLACK):
            self.warnings.add(f"the word {_quote(word)} lies outside its cue; its time was ignored", where)
            return word.model_copy(update={"start": None, "end": None})
        first = min(max(word.start, start), end)
        last = None if stop is None else min(max(stop, first), end)
        if (first, last) == (word.start, word.end):
            return word
        if abs(first - word.start) > _SLACK or (last is not None and abs(last - (stop or 0)) > _SLACK):
            self.warnings.add(f"the word {_quote(word)} reaches out of its cue; its time was cut", where)
        return word.model_copy(update={"start": first, "end": last})

    def _in_order(self, words: Sequence[Word], where: str) -> list[Word]:
        """Words that start before the one in front of them lose their time."""
        done: list[Word] = []
        latest = 0.0
        for word in words:
            if word.start is not None and word.start < latest:
                self.warnings.add(f"the word {_quote(word)} starts before the one in front of it", where)
                done.append(word.model_copy(update={"start": None, "end": None}))
                continue
            latest = latest if word.start is None else word.start
            done.append(word)
        return done

    def _report_overlaps(self, cues: Sequence[Cue]) -> None:
        over = [(a, b) for a, b in pairwise(cues) if b.start < a.end]
        if over:
            b = over[0][1]
            self.warnings.add(
                f"{len(over)} cues start before the one in front of them ends "
                f"(the first is {b.id!r} at {b.start:g} s); both stay on the screen"
            )


def _quote(word: Word) -> str:
    return repr(word.text if len(word.text) <= 30 else word.text[:30] + "…")


_SOUND = re.compile(r"[\[(（【［].*[\])）】］]", re.DOTALL)
_MUSIC = ("♪", "♫", "♬", "♩")


def _kind_of(lines: Sequence[Line]) -> Literal["speech", "sound", "music"]:
    """Sounds and music by the conventions of subtitling: ``[door slams]``, ``♪ …``."""
    text = " ".join(line.text for line in lines).strip()
    if text.startswith(_MUSIC):
        return "music"
    inner = text[1:-1]
    if _SOUND.fullmatch(text) and not any(bracket in inner for bracket in "[]()（）"):
        return "music" if any(note in inner for note in _MUSIC) else "sound"
    return "speech"
