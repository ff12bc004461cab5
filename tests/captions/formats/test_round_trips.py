"""What is written comes back: text, times to the format's precision, voices and word times where kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.formats import read, write
from ecg.captions.scenario import Scenario
from tests.captions.formats.scenarios import scenarios

PRECISION = {"srt": 0.0011, "vtt": 0.0011, "ass": 0.0101, "flat.json": 1e-9}
TIMED = ["vtt", "ass", "flat.json"]


def again(scenario: Scenario, fmt: str) -> Scenario:
    return read(write(scenario, fmt), name=f"captions.{fmt}").scenario


@settings(max_examples=60, deadline=None)
@given(scenarios(), st.sampled_from(sorted(PRECISION)))
def test_text_times_and_voices_come_back(scenario: Scenario, fmt: str) -> None:
    back = again(scenario, fmt)
    assert [cue.text for cue in back.cues] == [cue.text for cue in scenario.cues]
    for old, new in zip(scenario.cues, back.cues, strict=True):
        assert new.start == pytest.approx(old.start, abs=PRECISION[fmt])
        assert new.end == pytest.approx(old.end, abs=PRECISION[fmt])
        assert fmt == "srt" or new.speaker == old.speaker


@settings(max_examples=60, deadline=None)
@given(scenarios(measured=True), st.sampled_from(TIMED))
def test_measured_words_come_back_with_their_times(scenario: Scenario, fmt: str) -> None:
    back = again(scenario, fmt)
    for old, new in zip(scenario.cues, back.cues, strict=True):
        assert [word.text for word in new.words] == [word.text for word in old.words]
        for word, read_word in zip(old.words, new.words, strict=True):
            assert read_word.start == pytest.approx(word.start, abs=PRECISION[fmt])
            assert read_word.end == pytest.approx(word.end, abs=PRECISION[fmt])


@settings(max_examples=40, deadline=None)
@given(scenarios(), st.sampled_from(["vtt", "ass", "srt"]))
def test_what_nobody_measured_never_comes_back_measured(scenario: Scenario, fmt: str) -> None:
    assert all(word.timing == "interpolated" for _, word in again(scenario, fmt).words())


@settings(max_examples=40, deadline=None)
@given(scenarios(measured=True))
def test_our_own_json_comes_back_equal(scenario: Scenario) -> None:
    assert again(scenario, "json") == scenario


@settings(max_examples=40, deadline=None)
@given(scenarios(), st.sampled_from(["srt", "vtt", "ass", "flat.json"]))
def test_writing_what_was_read_changes_nothing_more(scenario: Scenario, fmt: str) -> None:
    once = again(scenario, fmt)
    twice = again(once, fmt)
    assert [cue.text for cue in twice.cues] == [cue.text for cue in once.cues]
    assert [cue.style for cue in twice.cues] == [cue.style for cue in once.cues]
    assert [cue.placement for cue in twice.cues] == [cue.placement for cue in once.cues]


@pytest.mark.parametrize("fmt", ["vtt", "ass"])
def test_a_guess_between_measurements_stays_a_guess(fmt: str) -> None:
    document = (
        b'{"cues": [{"text": "one two three", "start": 1, "end": 5, "words": ['
        b'{"word": "one", "start": 1, "end": 2}, {"word": "two"}, '
        b'{"word": "three", "start": 4, "end": 4.5}]}]}'
    )
    scenario = read(document, name="a.json").scenario
    words = again(scenario, fmt).cues[0].words
    assert [(w.text, w.start, w.end, w.timing) for w in words] == [
        ("one", 1, 2, "measured"),
        ("two", 2, 4, "interpolated"),
        ("three", 4, 4.5, "measured"),
    ]


@pytest.mark.parametrize("fmt", ["vtt", "ass"])
def test_speaker_colours_come_back(fmt: str) -> None:
    document = (
        b'{"version": "ecg-1.0", "speakers": {"a": {"id": "a", "name": "Anna, B", "colour": "#12ab34"}}, '
        b'"cues": [{"id": "x", "start": 0, "end": 1, "speaker": "a", '
        b'"lines": [{"words": [{"text": "hi"}]}]}]}'
    )
    back = again(read(document, name="a.json").scenario, fmt)
    (speaker,) = back.speakers.values()
    assert speaker.colour == "#12ab34"
    assert re.fullmatch("Anna[,，] B", speaker.id)
