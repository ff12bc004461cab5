from __future__ import annotations

import pytest

from ecg.captions.scenario import Effect

from .documents import Json, only_cue, read, text


def effect(**plugin: object) -> Effect:
    """The effect of a text that is shown from 10 to 14 s."""
    cue = only_cue(text("Hello", displayTime=[10, 14], pluginChain=[{"name": "pulse", **plugin}]))
    (found,) = cue.words[0].effects
    return found


@pytest.mark.parametrize(
    ("offset", "window"),
    [
        ([0, 0], (10, 14)),
        ([-0.3, 0.3], (9.7, 14.3)),
        ([1, -1], (11, 13)),
        (["0%", "0%"], (10, 14)),
        (["0%", "100%"], (10, 14)),
        (["25%", "50%"], (11, 12)),
        (["0%", "-10%"], (10, 13.6)),
        (["-50%", "50%"], (8, 12)),
    ],
)
def test_windows(offset: list[object], window: tuple[float, float]) -> None:
    found = effect(timeOffset=offset)
    assert (found.start, found.end) == pytest.approx(window)


@pytest.mark.parametrize(
    ("plugin", "window"),
    [
        ({"relStart": 1, "relEnd": -1}, (11, 13)),
        ({"relStart": -1, "relEnd": 1}, (10, 14)),
        ({"relStartPct": 0.25}, (11, 14)),
        ({"relStartPct": 0.25, "relEndPct": -0.5}, (11, 12)),
        ({"relEndPct": 0.5}, (10, 14)),
        ({"relStart": 1, "relStartPct": 0.5}, (11, 14)),
        ({"time_offset": [1, -1]}, (11, 13)),
    ],
)
def test_windows_of_1_3(plugin: Json, window: tuple[float, float]) -> None:
    found = effect(**plugin)
    assert (found.start, found.end) == window


@pytest.mark.parametrize(
    ("name", "window"), [("fadein", (9.7, 14.3)), ("spin", (10, 14)), ("cwi-color", (10, 13.6))]
)
def test_an_effect_without_a_window_has_its_own(name: str, window: tuple[float, float]) -> None:
    found = effect(name=name)
    assert (found.start, found.end) == pytest.approx(window)


def test_the_nearest_base_time_counts() -> None:
    chain = [{"name": "pulse"}, {"name": "spin", "baseTime": [1, 2]}]
    node = text("Hello", displayTime=[0, 8], baseTime=[3, 4], pluginChain=chain)
    pulse, spin = only_cue(node).words[0].effects
    assert (pulse.start, pulse.end) == (3, 4)
    assert (spin.start, spin.end) == (1, 2)


def test_a_window_that_ends_before_it_starts_is_left_out() -> None:
    result = read(text("Hello", displayTime=[0, 1], pluginChain=[{"name": "pulse", "timeOffset": [3, -3]}]))
    assert result.scenario.cues[0].words[0].effects == []
    assert "'pulse' ends (-2 s) before it starts (3 s)" in result.warnings[0]


@pytest.mark.parametrize("spelling", [{"plugin": {"name": "pulse"}}, {"pluginChain": ["pulse@1.0.0"]}])
def test_other_spellings_of_a_chain(spelling: Json) -> None:
    assert [e.name for e in only_cue(text("a", displayTime=[0, 1], **spelling)).words[0].effects] == ["pulse"]


@pytest.mark.parametrize(("kind", "name"), [("loud", "cwi-loud"), ("whisper", "cwi-whisper"), ("pop", "pop")])
def test_the_one_effect_of_1_3_for_voices(kind: str, name: str) -> None:
    assert effect(name="cwi", params={"kind": kind}).name == name


@pytest.mark.parametrize(
    ("params", "colour"),
    [
        ({"color": "red"}, "#ff0000"),
        ({"speaker": "Anna", "palette": {"Anna": "#123456"}}, "#123456"),
        ({"speaker": "Bo", "palette": {"Anna": "#123456"}}, "#ffd400"),
        ({}, "#ffd400"),
        ({"color": "url(http://canary.example)"}, "#ffd400"),
    ],
)
def test_the_colour_of_a_speaker(params: Json, colour: str) -> None:
    assert effect(name="cwi-color", params=params).params["color"] == colour


def test_an_unknown_parameter_is_reported_and_kept() -> None:
    result = read(text("a", displayTime=[0, 1], pluginChain=[{"name": "pulse", "params": {"size": 3}}]))
    assert result.scenario.cues[0].words[0].effects[0].params == {"size": 3}
    assert "'pulse' has no parameter 'size'" in result.warnings[0]


@pytest.mark.parametrize("value", ["x" * 500, 1e9, ["a"], {"a": {"b": {"c": {"d": 1}}}}])
def test_parameters_beyond_bounds_are_left_out(value: object) -> None:
    result = read(text("a", displayTime=[0, 1], pluginChain=[{"name": "nope", "params": {"big": value}}]))
    assert result.scenario.cues[0].words[0].effects[0].params == {}
    assert any("left out" in warning for warning in result.warnings)


def test_no_text_carries_more_effects_than_a_word_may() -> None:
    node = text("a", pluginChain=[{"name": "pulse"}] * 60)
    for _ in range(3):
        node = {"eType": "group", "children": [node], "pluginChain": [{"name": "spin"}] * 60}
    result = read({"eType": "group", "displayTime": [0, 1], "children": [node]})
    assert len(result.scenario.cues[0].words[0].effects) == 50


@pytest.mark.parametrize("compose", ["replace", "add", "multiply"])
def test_compose(compose: str) -> None:
    assert effect(compose=compose).compose == compose


def test_an_odd_compose_is_reported() -> None:
    result = read(text("a", displayTime=[0, 1], pluginChain=[{"name": "pulse", "compose": "xor"}]))
    assert result.scenario.cues[0].words[0].effects[0].compose == "replace"
    assert "/pluginChain/0/compose" in result.warnings[0]
