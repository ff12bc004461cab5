from __future__ import annotations

from typing import Any

import pytest

from ecg.captions.formats.motiontext import read_motiontext

from .documents import document, only_cue, read, text


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("1.3", "1.3"), ("2.0", "2.0"), (2, "2.0"), (1.3, "1.3"), ("2.1.4", "2.0"), ("1", "1.3")],
)
def test_the_major_version_decides(written: object, read_as: str) -> None:
    result = read_motiontext({"version": written, "cues": []})
    assert result.source_format == f"motiontext-{read_as}"


@pytest.mark.parametrize(
    ("members", "guess"),
    [
        ({"define": {"a": 1}}, "2.0"),
        ({"cues": [{"root": text(displayTime=[0, 1])}]}, "2.0"),
        ({"cues": [{"id": "a", "root": text(id="b", absStart=0)}]}, "2.0"),
        ({"cues": [{"id": "a", "root": {"children": [text(absStart=0), text(absStart=0)]}}]}, "1.3"),
        ({"cues": []}, "1.3"),
    ],
)
def test_without_a_version_the_spelling_speaks(members: dict[str, Any], guess: str) -> None:
    result = read_motiontext({"cues": [], **members})
    assert result.source_format == f"motiontext-{guess}"
    assert guess in result.warnings[0]


def test_positions_count_from_the_parent_in_2_and_from_the_stage_in_1() -> None:
    inner = text("a", layout={"position": {"x": 0.5, "y": 0.5}})
    outer = {"position": {"x": 0.25, "y": 0.25}, "anchor": "cc", "size": {"width": 0.5, "height": 0.5}}
    root = {"eType": "group", "displayTime": [0, 1], "layout": outer, "children": [inner]}
    for version, expected in (("2.0", 0.25), ("1.3", 0.5)):
        (cue,) = read(root, version=version).scenario.cues
        assert cue.placement is not None
        assert (cue.placement.x, cue.placement.y) == pytest.approx((expected, expected))


def test_the_spelling_of_2_wins_over_that_of_1() -> None:
    cue = only_cue(text("new", content="old", displayTime=[1, 2], absStart=5, e_type="group"))
    assert (cue.text, cue.start) == ("new", 1)


def test_what_nobody_timed_shows_all_the_time_in_1_and_never_in_2() -> None:
    roots = (text("timed words", displayTime=[2, 6]), text("always there"))
    old = read(*roots, version="1.3").scenario
    assert [(c.text, c.start, c.end) for c in old.cues] == [("always there", 0, 6), ("timed words", 2, 6)]
    new = read(*roots)
    assert [c.text for c in new.scenario.cues] == ["timed words"]
    assert "/cues/1" in new.warnings[0]


def test_subtitles_of_1_are_anchored_at_the_bottom() -> None:
    node = text(displayTime=[0, 1], layout={"position": {"x": 0.5, "y": 0.9}})
    for version, anchor in (("1.3", "bc"), ("2.0", "cc")):
        (cue,) = read_motiontext(document(node, version=version)).scenario.cues
        assert cue.placement is not None
        assert cue.placement.anchor == anchor
