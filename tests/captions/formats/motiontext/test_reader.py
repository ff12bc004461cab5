from __future__ import annotations

import copy
import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.formats.motiontext import read_motiontext
from ecg.captions.scenario import MAX_CUES, Scenario
from ecg.errors import ScenarioError

from .documents import MODERN, OLD, document, group, only_cue, read, row, text


class TestWholeDocuments:
    def test_a_line_of_words_in_version_2_is_one_cue(self) -> None:
        line = read_motiontext(MODERN).scenario.cues[0]
        assert (line.id, line.start, line.end, line.text) == ("line", 1.0, 4.0, "Never again!")
        never, again = line.words
        assert (never.start, never.end, never.timing) == (1.2, 1.8, "measured")
        assert (again.start, again.end) == (1.9, 2.5)
        assert again.style is not None
        assert again.style.weight == 800
        assert never.style is not None
        assert (never.style.size, never.style.colour) == (0.06, "#ffffff")
        assert line.box is not None
        assert line.box.colour == "#000000cc"
        assert line.box.padding_x == 0.02
        assert line.placement is not None
        assert (line.placement.x, line.placement.y, line.placement.anchor) == (0.5, 0.9, "bc")

    def test_effects_of_words_have_absolute_windows_and_flat_parameters(self) -> None:
        never = read_motiontext(MODERN).scenario.cues[0].words[0]
        colour, loud = never.effects
        assert (colour.name, colour.start, colour.end) == ("cwi-color", 1.2, 1.8)
        assert colour.params == {"color": "#ffcc00"}
        assert loud.name == "cwi-loud"
        assert (loud.start, loud.end) == pytest.approx((0.9, 2.1))
        assert loud.params == {"pulse.scale": 2.4}

    def test_the_palette_names_the_speakers(self) -> None:
        scenario = read_motiontext(MODERN).scenario
        assert scenario.cues[0].speaker == "Anna"
        assert scenario.speakers["Anna"].colour == "#ffcc00"

    def test_a_title_inside_a_sized_group_stands_where_both_put_it(self) -> None:
        title = read_motiontext(MODERN).scenario.cues[1]
        assert title.id == "title/head"
        assert title.placement is not None
        # The group is 0.4 high about the middle: its upper edge is at 0.3.
        assert (title.placement.x, title.placement.y) == pytest.approx((0.5, 0.3))
        assert title.placement.anchor == "tc"
        assert title.style is not None
        assert title.style.font_family == "Bungee"
        assert title.layer > read_motiontext(MODERN).scenario.cues[0].layer

    def test_what_is_not_drawn_is_named(self) -> None:
        warnings = "\n".join(read_motiontext(MODERN).warnings)
        assert "logo.png" in warnings
        assert "/cues/1/root/children/1" in warnings
        assert "Bungee" in warnings
        assert len(read_motiontext(MODERN).warnings) == 2

    def test_version_1_3_in_its_old_spelling(self) -> None:
        result = read_motiontext(OLD)
        assert result.warnings == ()
        assert result.source_format == "motiontext-1.3"
        morning, night = result.scenario.cues
        assert (morning.text, morning.start, morning.end) == ("Good morning, all of you", 1.0, 3.0)
        assert (night.text, night.start, night.end) == ("and good night", 3.5, 4.5)
        (fade,) = morning.effects
        assert (fade.name, fade.start, fade.end) == ("fadeIn", 1.0, 1.5)

    def test_the_template_moves_nothing_by_itself(self) -> None:
        assert read_motiontext(MODERN).scenario.template == "clean"

    def test_frame_and_safe_area(self) -> None:
        frame = read_motiontext(MODERN).scenario.frame
        assert frame.aspect == "16:9"
        assert frame.safe_area is not None
        assert frame.safe_area.bottom == 0.1

    def test_the_document_is_not_changed(self) -> None:
        before = copy.deepcopy(MODERN)
        read_motiontext(MODERN)
        assert before == MODERN


class TestCuesOfATree:
    def test_texts_of_several_words_that_follow_each_other_are_cues(self) -> None:
        result = read(group(text("one two", displayTime=[0, 2]), text("three four", displayTime=[2, 4])))
        assert [(c.id, c.text, c.start, c.end) for c in result.scenario.cues] == [
            ("cue-1", "one two", 0, 2),
            ("cue-1-2", "three four", 2, 4),
        ]
        assert result.warnings == ()

    def test_texts_that_show_together_are_lines_of_one_cue(self) -> None:
        cue = only_cue(group(text("one two", displayTime=[0, 3]), text("three four", displayTime=[2, 4])))
        assert (cue.text, cue.start, cue.end, cue.wrap) == ("one two\nthree four", 0, 4, "keep")

    def test_single_words_stay_one_line_although_their_times_are_apart(self) -> None:
        words = [text("one", displayTime=[0, 0.4]), text("two", displayTime=[0.6, 1])]
        cue = only_cue(row(*words, displayTime=[0, 1]))
        assert [(w.text, w.start, w.end) for w in cue.words] == [("one", 0, 0.4), ("two", 0.6, 1)]
        assert len(cue.lines) == 1

    def test_words_without_a_direction_stand_side_by_side(self) -> None:
        assert only_cue(group(text("one"), text("two"), displayTime=[0, 1])).text == "one two"

    def test_a_vertical_group_of_words_is_a_column(self) -> None:
        layout = {"childrenLayout": {"direction": "vertical"}}
        assert only_cue(group(text("one"), text("two"), displayTime=[0, 1], layout=layout)).text == "one\ntwo"

    def test_rows_inside_a_column(self) -> None:
        rows = [row(text("a"), text("b")), row(text("c"), text("d"))]
        layout = {"childrenLayout": {"direction": "vertical"}}
        assert only_cue(group(*rows, displayTime=[0, 1], layout=layout)).text == "a b\nc d"

    def test_japanese_texts_join_without_a_space(self) -> None:
        assert only_cue(row(text("今日は"), text("天気"), displayTime=[0, 1])).text == "今日は天気"

    def test_a_positioned_text_leaves_the_flow(self) -> None:
        placed = text("aside", id="n", layout={"position": {"x": 0.1, "y": 0.2}, "anchor": "tl"})
        result = read(group(text("main"), placed, displayTime=[0, 1]))
        main, aside = result.scenario.cues
        assert (main.id, main.placement) == ("cue-1", None)
        assert aside.id == "cue-1/n"
        assert aside.placement is not None
        assert (aside.placement.x, aside.placement.y, aside.placement.anchor) == (0.1, 0.2, "tl")

    def test_the_effects_of_the_root_are_the_cues(self) -> None:
        cue = only_cue(row(text("a"), text("b"), displayTime=[0, 1], pluginChain=[{"name": "pulse"}]))
        assert [e.name for e in cue.effects] == ["pulse"]
        assert all(not word.effects for word in cue.words)

    def test_the_effects_of_a_group_in_the_flow_fall_to_its_words(self) -> None:
        inner = row(text("b"), text("c"), pluginChain=[{"name": "spin"}])
        cue = only_cue(row(text("a"), inner, displayTime=[0, 1]))
        assert [[e.name for e in w.effects] for w in cue.words] == [[], ["spin"], ["spin"]]

    def test_an_effect_by_letters_goes_through_all_words_of_its_text(self) -> None:
        long = text("two 한국어", pluginChain=[{"name": "fadein"}])
        cue = only_cue(row(text("one"), long, displayTime=[0, 1]))
        assert [w.effects[0].params for w in cue.words[1:]] == [
            {"firstUnit": 0, "units": 6},
            {"firstUnit": 3, "units": 6},
        ]

    def test_an_effect_of_a_lone_text_moves_the_whole_cue(self) -> None:
        cue = only_cue(text("several words", displayTime=[0, 1], pluginChain=[{"name": "fadein"}]))
        assert [e.name for e in cue.effects] == ["fadein"]

    def test_a_track_in_front_lies_in_front(self) -> None:
        tracks = [{"id": "a", "layer": 9}, {"id": "b", "layer": 2}]
        cues = [{"id": t, "track": t, "root": text(displayTime=[0, 1])} for t in ("a", "b")]
        scenario = read_motiontext({"version": "2.0", "tracks": tracks, "cues": cues}).scenario
        layers = {cue.id: cue.layer for cue in scenario.cues}
        assert layers["a"] > layers["b"]

    def test_an_unknown_track_is_read_as_subtitles(self) -> None:
        data = document(text(displayTime=[0, 1]))
        data["cues"][0]["track"] = "nowhere"
        result = read_motiontext(data)
        assert result.scenario.cues[0].placement is None
        assert "'nowhere'" in result.warnings[0]
        assert "/cues/0/track" in result.warnings[0]

    def test_missing_and_bad_ids_are_made_up(self) -> None:
        data = document(text(displayTime=[0, 1]), text(displayTime=[1, 2]), text(displayTime=[2, 3]))
        data["cues"][0]["id"] = {"x": 1}
        del data["cues"][1]["id"]
        data["cues"][2]["id"] = 7
        assert [c.id for c in read_motiontext(data).scenario.cues] == ["cue-1", "cue-2", "7"]


class TestWhatIsReported:
    def test_an_unknown_effect_is_named_and_the_text_still_shows(self) -> None:
        result = read(text("Hi", displayTime=[0, 1], pluginChain=[{"name": "explode@3.0.0"}]))
        assert result.scenario.cues[0].text == "Hi"
        (warning,) = result.warnings
        assert "'explode'" in warning
        assert "/cues/0/root/pluginChain/0/name" in warning

    @pytest.mark.parametrize(
        ("node", "where"),
        [
            (text(displayTime=[0, 1], colour="red"), "/cues/0/root/colour"),
            (text(displayTime=[0, 1], style={"sparkle": 1}), "/cues/0/root/style/sparkle"),
            (text(displayTime=[0, 1], layout={"where": 1}), "/cues/0/root/layout/where"),
            (text(displayTime=[0, 1], boxStyle={"shine": 1}), "/cues/0/root/boxStyle/shine"),
            (
                text(displayTime=[0, 1], pluginChain=[{"name": "pulse", "when": 1}]),
                "/cues/0/root/pluginChain/0/when",
            ),
        ],
    )
    def test_an_unknown_key_is_named(self, node: dict[str, Any], where: str) -> None:
        result = read(node)
        assert len(result.scenario.cues) == 1
        assert any(where in warning for warning in result.warnings)

    def test_a_text_that_ends_before_it_starts_is_left_out(self) -> None:
        result = read(row(text("a", displayTime=[3, 1]), text("b"), displayTime=[0, 4]))
        assert result.scenario.cues[0].text == "b"
        assert "ends (1 s) before it starts (3 s)" in result.warnings[0]

    def test_a_cue_that_ends_before_it_starts_is_left_out(self) -> None:
        result = read(text("a", displayTime=[3, 1]))
        assert result.scenario.cues == []
        assert "/cues/0" in result.warnings[0]

    def test_a_video_is_not_fetched(self) -> None:
        video = {"eType": "video", "src": "http://canary.example/x.mp4"}
        result = read(group(video, text(), displayTime=[0, 1]))
        assert "x.mp4" in result.warnings[0]
        assert "never fetched" in result.warnings[0]

    def test_markup_stays_text(self) -> None:
        evil = "</style><script>alert(1)</script>"
        style = {
            "color": "url(http://canary.example/)",
            "fontFamily": "x;background:url(http://canary.example/)",
        }
        result = read(text(evil, displayTime=[0, 1], style=style))
        assert result.scenario.cues[0].text == evil
        assert "canary" not in result.scenario.model_dump_json()
        assert len(result.warnings) == 2


class TestBrokenStructure:
    @pytest.mark.parametrize(
        ("data", "where"),
        [
            ([], "/"),
            ("text", "/"),
            ({"version": "2.0"}, "/cues"),
            ({"version": "2.0", "cues": {}}, "/cues"),
            ({"version": "2.0", "cues": [1]}, "/cues/0"),
            ({"version": "2.0", "cues": [{}]}, "/cues/0/root"),
            ({"version": "2.0", "cues": [{"root": []}]}, "/cues/0/root"),
            ({"version": "4.0", "cues": []}, "/version"),
            ({"version": "2.0", "cues": [], "tracks": {}}, "/tracks"),
            (document(group(1, displayTime=[0, 1])), "/cues/0/root/children/0"),  # type: ignore[arg-type]
            (document(text(displayTime=[0])), "/cues/0/root/displayTime"),
            (document(text(displayTime=[0, "soon"])), "/cues/0/root/displayTime/1"),
            (document(text(5, displayTime=[0, 1])), "/cues/0/root/text"),  # type: ignore[arg-type]
            (document(text(displayTime=[0, 1], style=[])), "/cues/0/root/style"),
            (document(text(displayTime=[0, 1], pluginChain=[{}])), "/cues/0/root/pluginChain/0/name"),
            (document({"eType": "group", "children": "x", "displayTime": [0, 1]}), "/cues/0/root/children"),
            (
                document(text(displayTime=[0, 1], layout={"position": {"x": 0.1}})),
                "/cues/0/root/layout/position/y",
            ),
            (document(text(displayTime=[0, 1], style={"color": "define.no"})), "/cues/0/root/style/color"),
        ],
    )
    def test_one_error_says_where(self, data: object, where: str) -> None:
        with pytest.raises(ScenarioError) as caught:
            read_motiontext(data)
        assert caught.value.where == where


class TestHostileInput:
    def test_nan_is_refused(self) -> None:
        with pytest.raises(ScenarioError) as caught:
            read(text(displayTime=[0, math.nan]))
        assert caught.value.where == "/cues/0/root/displayTime/1"

    @pytest.mark.parametrize("number", [1e300, 10**400, -1e12])
    def test_times_beyond_a_day_are_refused(self, number: float) -> None:
        with pytest.raises(ScenarioError):
            read(text(displayTime=[0, number]))

    @pytest.mark.parametrize("number", [1e300, -1e300, 10**30, 0, -5])
    def test_huge_numbers_elsewhere_do_no_harm(self, number: float) -> None:
        layout = {
            "position": {"x": number, "y": number},
            "zIndex": number,
            "transform": {"rotate": number, "scale": number, "translate": {"x": number, "y": number}},
            "size": {"width": number},
        }
        inner = text(layout=layout, style={"fontSizeRel": number, "stroke": {"widthRel": number}})
        result = read(group(inner, layout=layout, displayTime=[0, 1]), track={"layer": number})
        assert len(result.scenario.cues) == 1

    def test_deep_nesting_is_refused(self) -> None:
        node = text()
        for _ in range(3000):
            node = group(node)
        with pytest.raises(ScenarioError, match="nested"):
            read(node)

    def test_a_document_that_contains_itself_is_refused(self) -> None:
        data = document(text())
        data["define"] = data
        with pytest.raises(ScenarioError, match="nested"):
            read_motiontext(data)

    def test_what_is_not_json_is_refused(self) -> None:
        with pytest.raises(ScenarioError):
            read_motiontext({"version": "2.0", "cues": [], "define": {1: 2}})
        with pytest.raises(ScenarioError):
            read_motiontext({"version": "2.0", "cues": [], "define": b"bytes"})

    def test_more_cues_than_a_scenario_holds_are_refused(self) -> None:
        root = text(displayTime=[0, 1])
        with pytest.raises(ScenarioError, match="10,000") as caught:
            read_motiontext({"version": "2.0", "cues": [{"root": root}] * (MAX_CUES + 1)})
        assert caught.value.where == "/cues"

    def test_ten_thousand_cues_are_read_in_seconds(self) -> None:
        cues = [{"root": text("some words", displayTime=[i, i + 1])} for i in range(MAX_CUES)]
        start = time.process_time()
        result = read_motiontext({"version": "2.0", "cues": cues})
        assert len(result.scenario.cues) == MAX_CUES
        assert time.process_time() - start < 20


_words = st.sampled_from(
    ["Hello", "two words", "안녕", "مرحبا", "", "define.a", "define.b.c", "</script>", "\ud800"]
)
_times = st.one_of(
    st.lists(st.floats(-5, 50) | st.sampled_from(["50%", "-10%", "0%", "100%", "x"]), min_size=2, max_size=2),
    st.none(),
)
_plugin = st.fixed_dictionaries(
    {"name": st.sampled_from(["fadein", "cwi-color@2.0.0", "cwi", "nope", "spin", ""])},
    optional={
        "timeOffset": _times,
        "relStart": st.floats(-3, 3),
        "relEndPct": st.floats(-2, 2),
        "params": st.dictionaries(
            st.sampled_from(["kind", "speaker", "palette", "pulse", "color"]), _words | _times
        ),
        "compose": st.sampled_from(["add", "multiply", "x"]),
    },
)
_layout = st.fixed_dictionaries(
    {},
    optional={
        "position": st.fixed_dictionaries(
            {"x": st.floats(-3, 3), "y": st.sampled_from([0.5, "20%", "40px"])}
        ),
        "anchor": st.sampled_from(["tl", "bc", "zz"]),
        "size": st.fixed_dictionaries({"width": st.sampled_from([0.5, "auto", "30%", -1])}),
        "transform": st.fixed_dictionaries({"rotate": st.floats(-720, 720), "scale": st.floats(-3, 3)}),
        "childrenLayout": st.fixed_dictionaries({"direction": st.sampled_from(["vertical", "horizontal"])}),
    },
)
_style = st.dictionaries(
    st.sampled_from(
        ["color", "fontSizeRel", "fontSize", "stroke", "boxBg", "border", "align", "opacity", "what"]
    ),
    st.sampled_from(["red", "2rem", 0.1, -1, 1e9, {"widthRel": 0.01}, [], "define.a", "left", True]),
)
_shared = {
    "displayTime": _times,
    "layout": _layout,
    "style": _style,
    "pluginChain": st.lists(_plugin, max_size=2),
}
_leaf = st.fixed_dictionaries(
    {"eType": st.sampled_from(["text", "Text", "image", "odd"]), "text": _words}, optional=_shared
)
_node = st.recursive(
    _leaf,
    lambda inner: st.fixed_dictionaries(
        {"eType": st.just("group"), "children": st.lists(inner, max_size=4)},
        optional={**_shared, "boxStyle": _style},
    ),
    max_leaves=8,
)
_documents = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["1.3", "2.0"]),
        "cues": st.lists(st.fixed_dictionaries({"root": _node}), max_size=3),
    },
    optional={
        "define": st.fixed_dictionaries({"a": st.just("x"), "b": st.fixed_dictionaries({"c": _words})})
    },
)
_anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def _read_or_refuse(data: object) -> Scenario | None:
    """Nothing but a valid scenario or a `ScenarioError` with a place comes of any input."""
    where: str | None = None
    try:
        scenario = read_motiontext(data).scenario
    except ScenarioError as error:
        where = error.where
    else:
        return Scenario.model_validate_json(scenario.model_dump_json())
    assert where
    return None


class TestProperties:
    @given(_documents)
    @settings(max_examples=150, deadline=None)
    def test_any_tree_gives_a_valid_scenario_or_one_error(self, data: dict[str, Any]) -> None:
        scenario = _read_or_refuse(data)
        for cue in scenario.cues if scenario else []:
            assert 0 <= cue.start < cue.end
            for word in cue.words:
                assert word.start is not None
                assert word.end is not None
                assert cue.start <= word.start <= word.end <= cue.end

    @given(_anything)
    @settings(max_examples=100, deadline=None)
    def test_any_value_is_refused_with_one_error(self, data: object) -> None:
        assert _read_or_refuse(data) is None or isinstance(data, dict)

    @given(st.data())
    @settings(max_examples=150, deadline=None)
    def test_any_value_put_anywhere_into_a_document(self, data: st.DataObject) -> None:
        whole = copy.deepcopy(data.draw(st.sampled_from([MODERN, OLD])))
        part: Any = whole
        while True:
            key = data.draw(st.sampled_from(list(part) if isinstance(part, dict) else list(range(len(part)))))
            if not isinstance(part[key], dict | list) or not part[key] or data.draw(st.booleans()):
                break
            part = part[key]
        part[key] = data.draw(_anything)
        _read_or_refuse(whole)

    @given(st.floats(0, 10), st.floats(0.1, 10), st.floats(-5, 15), st.floats(0, 10))
    @settings(deadline=None)
    def test_children_are_never_shown_outside_their_parent(
        self, start: float, length: float, child: float, child_length: float
    ) -> None:
        inner = [text("one two", displayTime=[child, child + child_length]), text("three four")]
        for cue in read(group(*inner, displayTime=[start, start + length])).scenario.cues:
            assert start <= cue.start < cue.end <= start + length

    @given(_documents)
    @settings(max_examples=50, deadline=None)
    def test_reading_twice_gives_the_same(self, data: dict[str, Any]) -> None:
        assert _read_or_refuse(data) == _read_or_refuse(json.loads(json.dumps(data)))
