from __future__ import annotations

import pytest

from ecg.captions.formats.motiontext import read_motiontext
from ecg.captions.formats.motiontext.times import Clock
from ecg.captions.formats.node import Node
from ecg.errors import ScenarioError

from .documents import Json, document, group, only_cue, read, row, text


def shown(*roots: Json, **members: object) -> list[tuple[str, float, float]]:
    return [(c.text, c.start, c.end) for c in read(*roots, **members).scenario.cues]


def test_a_child_without_a_time_has_its_parents() -> None:
    assert shown(group(group(text("a b")), displayTime=[1, 3])) == [("a b", 1, 3)]


def test_a_root_without_a_time_spans_its_children() -> None:
    assert shown(row(text("a", displayTime=[2, 3]), text("b", displayTime=[3, 5]), text("c"))) == [
        ("a b c", 2, 5)
    ]


def test_percentages_count_within_the_parent() -> None:
    assert shown(group(text("a b", displayTime=["50%", "75%"]), displayTime=[4, 8])) == [("a b", 6, 7)]


def test_nothing_shows_outside_the_lifetime() -> None:
    data = document(text("a b", displayTime=[0, 10]))
    data["cues"][0]["domLifetime"] = [2, 4]
    (cue,) = read_motiontext(data).scenario.cues
    assert (cue.start, cue.end) == (2, 4)


def test_a_child_that_its_parent_never_shows_is_left_out() -> None:
    result = read(row(text("a"), text("b", displayTime=[8, 9]), displayTime=[0, 4]))
    assert result.scenario.cues[0].text == "a"
    assert "never on the screen" in result.warnings[0]


@pytest.mark.parametrize(
    ("members", "span"),
    [
        ({"absStart": 1, "absEnd": 3}, (1, 3)),
        ({"absStart": 1}, (1, 2)),
        ({"absEnd": 3}, (0, 3)),
        ({"displayTime": [1, 3], "absStart": 7}, (1, 3)),
    ],
)
def test_times_of_1_3(members: Json, span: tuple[float, float]) -> None:
    assert shown(text("a b", **members), version="1.3") == [("a b", *span)]


@pytest.mark.parametrize(
    ("hint", "span"), [({"start": 1, "end": 3}, (1, 3)), (2, (2, 7)), ({"start": 1}, (1, 6))]
)
def test_a_hint_speaks_where_nothing_else_does(hint: object, span: tuple[float, float]) -> None:
    data = document(text("a b"), version="1.3")
    data["cues"][0]["hintTime"] = hint
    (cue,) = read_motiontext(data).scenario.cues
    assert (cue.start, cue.end) == span


def test_times_before_the_video_are_cut() -> None:
    assert shown(text("a b", displayTime=[-2, 3])) == [("a b", 0, 3)]
    result = read(text("a b", displayTime=[-2, -1]))
    assert result.scenario.cues == []
    assert "before the video" in result.warnings[0]


def test_the_base_time_says_when_a_word_is_spoken() -> None:
    cue = only_cue(row(text("a", baseTime=[1, 2]), text("b", baseTime=[2, 2.5]), displayTime=[0, 4]))
    assert [(w.start, w.end, w.timing) for w in cue.words] == [(1, 2, "measured"), (2, 2.5, "measured")]


def test_words_that_share_a_time_are_marked_as_interpolated() -> None:
    cue = only_cue(row(text("a b", baseTime=[1, 2]), displayTime=[0, 4]))
    assert [(w.start, w.end, w.timing) for w in cue.words] == [
        (1, 1.5, "interpolated"),
        (1.5, 2, "interpolated"),
    ]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("00:01:02.500", 62.5), ("01:02", 62), ("00:00:01:15", 1.5), ("1:00:00:00", 3600)],
)
def test_timecodes(written: str, seconds: float) -> None:
    assert Clock(fps=30).seconds(Node(written)) == seconds


def test_a_timecode_with_frames_needs_a_frame_rate() -> None:
    with pytest.raises(ScenarioError, match="frames"):
        Clock().seconds(Node("00:00:01:15"))


def test_an_odd_frame_rate_is_an_error() -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text(), timebase={"unit": "tc", "fps": 0})
    assert caught.value.where == "/timebase/fps"
