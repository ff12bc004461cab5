"""The scenario model: what it refuses, what it derives."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from ecg.captions.scenario import MAX_CUES, Cue, Effect, Line, Scenario, Speaker, TextStyle, Word


def cue(**fields: Any) -> Cue:
    return Cue(**{"id": "a", "start": 0, "end": 1, "lines": [Line(words=[Word(text="x")])], **fields})


def test_text_joins_words_and_lines() -> None:
    line = Line(words=[Word(text="今日は", joined=True), Word(text="晴れ"), Word(text="OK", joined=True)])
    assert line.text == "今日は晴れ OK"
    assert cue(lines=[line, Line(words=[Word(text="b")])]).text == "今日は晴れ OK\nb"


def test_words_come_with_their_cue() -> None:
    scenario = Scenario(cues=[cue(), cue(id="b")])
    assert [(c.id, w.text) for c, w in scenario.words()] == [("a", "x"), ("b", "x")]


@pytest.mark.parametrize("colour", ["#fff", "#FFFF", "#Ffffff", "#ffffffff"])
def test_colours_are_normalised(colour: str) -> None:
    assert TextStyle(colour=colour).colour in ("#ffffff", "#ffffffff")


@pytest.mark.parametrize("colour", ["white", "#ffff0", "url(http://x)", "#ggg", "", "#fff;}"])
def test_other_colours_are_refused(colour: str) -> None:
    with pytest.raises(ValidationError, match="colour"):
        TextStyle(colour=colour)


@pytest.mark.parametrize("family", ['a"b', "a;b", "</style>", "url(x)", "a\nb", ""])
def test_a_font_family_is_a_plain_name(family: str) -> None:
    with pytest.raises(ValidationError):
        TextStyle(font_family=family)


@pytest.mark.parametrize(
    "fields",
    [
        {"start": 2},
        {"end": 0},
        {"start": -1},
        {"start": math.nan},
        {"end": math.inf},
        {"end": 90_000},
        {"lines": []},
        {"id": ""},
        {"template": "../etc"},
        {"kind": "noise"},
        {"html": "<b>"},
    ],
)
def test_a_broken_cue_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cue(**fields)


def test_ids_are_unique_and_speakers_filed_under_their_own() -> None:
    with pytest.raises(ValidationError, match="share the id 'a'"):
        Scenario(cues=[cue(), cue()])
    with pytest.raises(ValidationError, match="filed under 'b'"):
        Scenario(speakers={"b": Speaker(id="a")})


def test_there_are_no_more_cues_than_allowed() -> None:
    with pytest.raises(ValidationError):
        Scenario(cues=[cue(id=str(i)) for i in range(MAX_CUES + 1)])


@pytest.mark.parametrize("name", ["<script>", "", "a b", "x" * 61])
def test_the_name_of_an_effect_is_plain(name: str) -> None:
    with pytest.raises(ValidationError):
        Effect(name=name, start=0, end=1)


def test_assignment_is_checked_too() -> None:
    made = cue()
    with pytest.raises(ValidationError):
        made.end = -5
