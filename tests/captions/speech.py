"""Spoken words for the tests of this folder: text in, timed and sounding words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from ecg.captions.scenario import Cue, Line, Scenario, Speaker, Word


def spoken(
    text: str,
    start: float = 1.0,
    *,
    each: float = 0.3,
    joined: bool = False,
    volumes: Mapping[int, float] = {},
) -> list[Word]:
    """The words of `text`, `each` seconds apart and nine tenths of that long; letters where `joined`."""
    parts: Sequence[str] = list(text) if joined else text.split()
    return [
        Word(
            text=part,
            start=start + i * each,
            end=start + (i + 0.9) * each,
            joined=joined and i < len(parts) - 1,
            volume_db=volumes.get(i, -20.0),
            pitch_hz=180.0,
            alpha_ratio_db=-10.0,
        )
        for i, part in enumerate(parts)
    ]


def cue_of(words: Sequence[Word], name: str = "a", speaker: str | None = "ann", **fields: Any) -> Cue:
    known = {"start": words[0].start, "end": words[-1].end, **fields}
    return Cue.model_validate({"id": name, "speaker": speaker, "lines": [Line(words=list(words))], **known})


def scenario_of(*cues: Cue, language: str | None = "en", **fields: Any) -> Scenario:
    return Scenario.model_validate({"cues": list(cues), "language": language, **fields})


def talk(seconds: Mapping[str, float], **speakers: Speaker) -> Scenario:
    """One word by each speaker, lasting that many seconds."""
    cues, at = [], 0.0
    for name, lasting in seconds.items():
        cues.append(cue_of([Word(text="word", start=at, end=at + lasting)], name=f"cue-{name}", speaker=name))
        at += lasting + 1
    return scenario_of(*cues, speakers=speakers)


LATIN_WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDE',.?-é"), min_size=1, max_size=12)
KOREAN_WORDS = st.text(st.sampled_from("가나다라마은는을를서울말고요다"), min_size=1, max_size=7)


@st.composite
def speech_cues(draw: st.DrawFn, words: st.SearchStrategy[str] = LATIN_WORDS) -> list[Cue]:
    """Segments as a speech engine gives them: words in order, pauses between, several speakers."""
    at, cues = 0.0, []
    for number in range(draw(st.integers(1, 5))):
        said = []
        for text in draw(st.lists(words, min_size=1, max_size=30)):
            at += draw(st.sampled_from([0.0, 0.0, 0.05, 0.3, 0.7, 1.5]))
            lasting = draw(st.floats(0.02, 1.2))
            volume = draw(st.none() | st.floats(-60, 0))
            said.append(Word(text=text, start=round(at, 3), end=round(at + lasting, 3), volume_db=volume))
            at = said[-1].end or at
        cues.append(cue_of(said, name=f"cue-{number}", speaker=draw(st.sampled_from(["ann", "bob"]))))
    return cues
