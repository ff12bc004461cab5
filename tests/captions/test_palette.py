from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.palette import HUES, contrast, roles, speaker_colours, wheel_hue
from ecg.captions.scenario import Scenario, Speaker, Word
from tests.captions.speech import cue_of, scenario_of, talk

YELLOW, BLUE, RED, PURPLE = HUES[0], HUES[240], HUES[120], HUES[180]
BOX_OVER_WHITE = "#1a1a1a"
"""The 90 % black box over a white picture."""


def apart(a: str, b: str) -> float:
    one, other = wheel_hue(a), wheel_hue(b)
    assert one is not None
    assert other is not None
    turn = abs(one - other)
    return min(turn, 360 - turn)


def test_one_voice_is_yellow() -> None:
    assert speaker_colours(talk({"a": 5})) == {"a": YELLOW}


def test_two_main_speakers_sit_opposite() -> None:
    colours = speaker_colours(talk({"a": 5, "b": 4}))
    assert colours == {"a": YELLOW, "b": PURPLE}
    assert apart(*colours.values()) == 180


def test_three_main_speakers_are_a_triad_and_who_speaks_most_comes_first() -> None:
    assert speaker_colours(talk({"a": 3, "b": 5, "c": 4})) == {"b": YELLOW, "c": BLUE, "a": RED}


def test_main_means_most_spoken_time() -> None:
    assert roles(talk({"a": 50, "b": 4, "c": 1})) == {"a": "main", "b": "supporting", "c": "minor"}


def test_supporting_hues_lie_between_and_never_beside_a_main_one() -> None:
    scenario = talk({"a": 30, "b": 29, "c": 28, "d": 9, "e": 8, "f": 7})
    colours, parts = speaker_colours(scenario), roles(scenario)
    main = [colours[s] for s, role in parts.items() if role == "main"]
    supporting = [colours[s] for s, role in parts.items() if role == "supporting"]
    assert len(main) == len(supporting) == 3
    assert min(apart(s, m) for s in supporting for m in main) == 60


def test_minor_speakers_are_near_white() -> None:
    colours = speaker_colours(talk({"a": 100, "b": 1, "c": 1}))
    assert all(min(int(c[i : i + 2], 16) for i in (1, 3, 5)) >= 0xAA for c in (colours["b"], colours["c"]))


def test_the_editors_colour_stands_and_others_keep_away() -> None:
    colours = speaker_colours(talk({"a": 5, "b": 4}, a=Speaker(id="a", colour="#ff0000")))
    assert colours["a"] == "#ff0000"
    assert apart(colours["a"], colours["b"]) >= 150


def test_the_editors_role_stands() -> None:
    parts = roles(talk({"a": 50, "b": 1}, b=Speaker(id="b", role="main"), a=Speaker(id="a", role="minor")))
    assert parts == {"a": "minor", "b": "main"}


def test_six_named_main_speakers_take_the_six_main_hues() -> None:
    names = "abcdef"
    chosen = {n: Speaker(id=n, role="main") for n in names}
    colours = speaker_colours(talk(dict.fromkeys(names, 5.0), **chosen))
    assert set(colours.values()) == {HUES[h] for h in (0, 60, 120, 180, 240, 300)}


def test_a_silent_speaker_has_a_colour_and_a_word_may_name_its_own_speaker() -> None:
    word = Word(text="hi", start=1, end=2, speaker="guest")
    scenario = scenario_of(cue_of([word], speaker="host"), speakers={"mute": Speaker(id="mute")})
    assert set(speaker_colours(scenario)) == {"guest", "mute"}


def test_nobody_speaks() -> None:
    assert speaker_colours(Scenario()) == {}


def test_greys_have_no_place_on_the_wheel() -> None:
    assert wheel_hue("#808080") is None
    assert wheel_hue("#ff0000ff") is not None


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=24))
def test_colours_are_distinct_readable_and_the_same_every_time(lengths: list[float]) -> None:
    scenario = talk({f"s{i}": lasting for i, lasting in enumerate(lengths)})
    colours = speaker_colours(scenario)
    assert colours == speaker_colours(scenario)
    assert len(set(colours.values())) == len(lengths)
    assert min(contrast(c, BOX_OVER_WHITE) for c in colours.values()) >= 4.5


def test_hues_can_be_told_apart() -> None:
    for a, b in combinations(HUES.values(), 2):
        assert sum(abs(int(a[i : i + 2], 16) - int(b[i : i + 2], 16)) for i in (1, 3, 5)) >= 50
