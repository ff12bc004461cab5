from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.reading import caption_cues, findings
from ecg.captions.scenario import Cue, Effect, Placement, Scenario, Word
from ecg.captions.script import reading_units
from tests.captions.speech import KOREAN_WORDS, cue_of, scenario_of, speech_cues, spoken

FPS = 24.0
GAP = 2 / FPS


def texts(scenario: Scenario) -> list[str]:
    return [cue.text for cue in scenario.cues]


def test_a_long_segment_becomes_several_captions_at_sentence_ends() -> None:
    said = spoken(
        "This is the first thing that I have to say today. And here is another one, which is as long."
    )
    assert texts(caption_cues(scenario_of(cue_of(said)))) == [
        "This is the first thing\nthat I have to say today.",
        "And here is another one, which is as long.",
    ]


def test_a_caption_never_bridges_a_second_of_silence() -> None:
    words = spoken("I think", 1) + spoken("so we should go now", 2.6)
    assert texts(caption_cues(scenario_of(cue_of(words)))) == ["I think", "so we should go now"]


def test_speakers_do_not_share_a_caption() -> None:
    words = spoken("are you sure", 1) + [
        w.model_copy(update={"speaker": "bob"}) for w in spoken("yes I am", 2)
    ]
    cues = caption_cues(scenario_of(cue_of(words))).cues
    assert [(c.speaker, c.text) for c in cues] == [("ann", "are you sure"), ("bob", "yes I am")]


def test_an_orphan_joins_its_neighbours() -> None:
    segments = [cue_of(spoken("Well,", 1), "a"), cue_of(spoken("let us begin with the news", 1.5), "b")]
    assert texts(caption_cues(scenario_of(*segments))) == ["Well, let us begin with the news"]


def test_a_short_caption_stands_long_enough_to_be_read() -> None:
    (cue,) = caption_cues(scenario_of(cue_of(spoken("Yes!", 10)))).cues
    assert cue.start == pytest.approx(9.8)
    assert cue.end - cue.start >= 5 / 6 - 1e-9


def test_two_frames_stay_free_between_captions() -> None:
    said = spoken("one two three four five six seven eight nine ten " * 4, each=0.4)
    for before, after in pairwise(caption_cues(scenario_of(cue_of(said)), fps=30).cues):
        assert after.start - before.end == pytest.approx(2 / 30)


def test_two_people_at_once_keep_their_own_time() -> None:
    cues = [
        cue_of(spoken("I was just going to say that", 1), "a"),
        cue_of(spoken("no you were not", 1.4), "b", speaker="bob"),
    ]
    ann, bob = caption_cues(scenario_of(*cues)).cues
    assert bob.start < ann.end


@pytest.mark.parametrize(
    "fields",
    [
        {"wrap": "keep"},
        {"placement": Placement(y=0.1)},
        {"effects": [Effect(name="fadein", start=0, end=1)]},
        {"kind": "sound"},
    ],
    ids=["kept lines", "placed", "with effects", "a sound"],
)
def test_what_an_author_made_stays(fields: dict[str, Any]) -> None:
    cue = cue_of(spoken("one two three four five six seven eight nine ten " * 4), **fields)
    assert caption_cues(scenario_of(cue)).cues == [cue]


def test_an_authors_timing_without_measured_words_stays() -> None:
    cue = Cue.model_validate(
        {"id": "x", "start": 1, "end": 1.2, "lines": [{"words": [{"text": "Hi"}, {"text": "there"}]}]}
    )
    assert caption_cues(scenario_of(cue)).cues == [cue]


def test_ids_stay_unique_and_the_first_part_keeps_its_own() -> None:
    said = spoken("word " * 60)
    ids = [c.id for c in caption_cues(scenario_of(cue_of(said, "a"), cue_of(spoken("x", 90), "a-2"))).cues]
    assert ids[0] == "a"
    assert len(set(ids)) == len(ids) > 2


def check_captions(segments: list[Cue], language: str, limit: float, script: str) -> None:
    before = scenario_of(*segments, language=language)
    after = caption_cues(before, fps=FPS)
    assert after == caption_cues(before, fps=FPS)
    assert [(w.text, w.start, w.end) for _, w in after.words()] == [
        (w.text, w.start, w.end) for _, w in before.words()
    ]
    for cue in after.cues:
        assert cue.start < cue.end
        assert len(cue.lines) <= 2
        assert all(cue.start <= (w.start or 0) for w in cue.words)
        for line in cue.lines:
            assert len(line.words) == 1 or reading_units(line.text, script) <= limit  # type: ignore[arg-type]
    for one, other in pairwise(after.cues):
        assert one.start <= other.start
        assert other.start - one.end >= GAP - 1e-6 or other.start - (one.words[-1].start or 0) <= GAP + 1e-6
    Scenario.model_validate(after.model_dump())


@settings(max_examples=60)
@given(speech_cues())
def test_latin_speech_becomes_captions_by_the_rules(segments: list[Cue]) -> None:
    check_captions(segments, "en", 42, "latin")


@settings(max_examples=40)
@given(speech_cues(KOREAN_WORDS))
def test_korean_speech_becomes_captions_by_the_rules(segments: list[Cue]) -> None:
    check_captions(segments, "ko", 16, "korean")


def rules(scenario: Scenario) -> list[tuple[str, str]]:
    return [(f.rule, f.where) for f in findings(scenario, fps=FPS)]


def test_good_captions_have_no_findings() -> None:
    said = spoken(
        "This is the first thing that I have to say today. And here is another one, which is as long."
    )
    assert findings(caption_cues(scenario_of(cue_of(said)))) == []


def test_findings_name_the_rule_and_the_place() -> None:
    flash = cue_of(spoken("Hi", 1), "flash", end=1.3)
    dense = cue_of(spoken("a" * 60, 1.32), "dense", end=2.4)
    long = cue_of(spoken("word", 10), "long", end=20)
    tall = cue_of(spoken("a b c", 30), "tall", end=33).model_dump()
    tall["lines"] = [{"words": [w]} for w in tall["lines"][0]["words"]]
    assert rules(scenario_of(flash, dense, long, Cue.model_validate(tall))) == [
        ("too-short", "/cues/0"),
        ("gap", "/cues/0/end"),
        ("too-fast", "/cues/1"),
        ("line-length", "/cues/1/lines/0"),
        ("too-long", "/cues/2"),
        ("too-many-lines", "/cues/3/lines"),
    ]


@given(st.integers(16, 20))
def test_korean_lines_are_measured_in_korean_units(length: int) -> None:
    word = Word(text="가" * length, start=1, end=6)
    cue = cue_of([word], end=6)
    assert (("line-length", "/cues/0/lines/0") in rules(scenario_of(cue, language="ko"))) == (length > 16)
