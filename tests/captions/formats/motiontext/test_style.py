from __future__ import annotations

import pytest

from ecg.captions.scenario import BoxStyle, TextStyle

from .documents import Json, group, only_cue, read, row, text


def look(style: Json, **members: object) -> TextStyle:
    found = only_cue(text("Hello", displayTime=[0, 1], style=style), **members).style
    assert found is not None
    return found


def box(**root: object) -> BoxStyle:
    found = only_cue(group(text("Hello there"), displayTime=[0, 1], **root)).box
    assert found is not None
    return found


def test_a_text_without_style_is_white_bold_and_glows_black() -> None:
    plain = look({})
    assert (plain.colour, plain.weight) == ("#ffffff", 700)
    assert plain.size == pytest.approx(32 / 720)
    assert plain.shadow is not None
    assert plain.shadow.colour == "#000000"


@pytest.mark.parametrize(
    ("style", "size"),
    [
        ({"fontSizeRel": 0.07}, 0.07),
        ({"fontSize": "36px"}, 0.05),
        ({"fontSize": "36px", "fontSizeRel": 0.2}, 0.05),
        ({"fontSize": "8vh"}, 0.08),
    ],
)
def test_sizes(style: Json, size: float) -> None:
    assert look(style).size == pytest.approx(size)


def test_an_own_size_of_either_spelling_replaces_the_tracks() -> None:
    track = {"defaultStyle": {"fontSize": "72px", "textAlign": "right"}}
    cue = only_cue(
        text("Hello", displayTime=[0, 1], style={"fontSizeRel": 0.03, "align": "center"}), track=track
    )
    assert cue.style is not None
    assert cue.style.size == 0.03
    assert cue.placement is None


def test_style_is_inherited_key_by_key() -> None:
    track = {"defaultStyle": {"color": "red", "fontSizeRel": 0.05, "fontWeight": 300}}
    inner = group(text("Hello there", style={"fontWeight": 900}), style={"color": "blue"})
    style = only_cue(group(inner, displayTime=[0, 1]), track=track).style
    assert style is not None
    assert (style.colour, style.size, style.weight) == ("#0000ff", 0.05, 900)


def test_a_common_style_belongs_to_the_cue_and_a_different_one_to_its_word() -> None:
    same = only_cue(row(text("a"), text("b"), displayTime=[0, 1], style={"color": "red"}))
    assert same.style is not None
    assert all(word.style is None for word in same.words)
    other = only_cue(row(text("a"), text("b", style={"color": "red"}), displayTime=[0, 1]))
    assert other.style is None
    assert [word.style.colour for word in other.words if word.style] == ["#ffffff", "#ff0000"]


def test_stroke_replaces_the_glow_and_has_a_least_width() -> None:
    style = look({"stroke": {"widthRel": 0.0001, "color": "#f00"}})
    assert style.shadow is None
    assert style.outline is not None
    assert style.outline.width == pytest.approx(1 / 720)
    assert style.outline.colour == "#ff0000"


def test_a_font_asset_gives_its_family_and_is_not_fetched() -> None:
    style = {"fontFamily": {"type": "font", "src": "http://canary.example/f.woff2", "family": "Bungee"}}
    result = read(text("Hello", displayTime=[0, 1], style=style))
    assert result.scenario.cues[0].style is not None
    assert result.scenario.cues[0].style.font_family == "Bungee"
    assert "not fetched" in result.warnings[0]


def test_alignment() -> None:
    cue = only_cue(text("Hello", displayTime=[0, 1], style={"align": "left"}))
    assert cue.placement is not None
    assert cue.placement.align == "left"


def test_what_must_not_wrap_keeps_its_line() -> None:
    assert only_cue(text("Hello you", displayTime=[0, 1], style={"whiteSpace": "nowrap"})).wrap == "keep"
    assert only_cue(text("Hello you", displayTime=[0, 1])).wrap == "auto"


@pytest.mark.parametrize(
    "style", [{"filter": "blur(2px)"}, {"mixBlendMode": "screen"}, {"color": "no colour"}]
)
def test_a_style_that_cannot_be_drawn_is_a_warning(style: Json) -> None:
    result = read(text("Hello", displayTime=[0, 1], style=style))
    assert len(result.scenario.cues) == 1
    assert "/cues/0/root/style/" in result.warnings[0]


def test_boxes() -> None:
    border = {"widthRel": 0.002, "color": "white", "radiusRel": 0.01}
    found = box(
        boxStyle={"boxBg": "#00000080", "padding": {"x": 0.02, "y": 0.01}, "border": border, "opacity": 0.9}
    )
    assert found == BoxStyle(
        colour="#00000080",
        padding_x=0.02,
        padding_y=0.01,
        radius=0.01,
        border_width=0.002,
        border_colour="#ffffff",
        opacity=0.9,
    )


def test_box_keys_in_a_style_describe_a_box_unless_there_is_one() -> None:
    assert box(style={"boxBg": "black"}).colour == "#000000"
    assert box(style={"boxBg": "black"}, boxStyle={"backgroundColor": "white"}).colour == "#ffffff"


def test_without_a_box_there_is_none_whatever_the_template_has() -> None:
    assert box().colour == "#00000000"


def test_the_tracks_box_is_that_of_its_groups() -> None:
    cue = only_cue(group(text("Hello there"), displayTime=[0, 1]), track={"defaultStyle": {"boxBg": "#222"}})
    assert cue.box is not None
    assert cue.box.colour == "#222222"


def test_a_box_inside_a_box_is_a_warning() -> None:
    inner = group(text("Hello there"), boxStyle={"boxBg": "red"})
    result = read(group(inner, displayTime=[0, 1], boxStyle={"boxBg": "blue"}))
    assert result.scenario.cues[0].box is not None
    assert result.scenario.cues[0].box.colour == "#0000ff"
    assert "box inside a box" in result.warnings[0]
