"""CSS declarations to typed fields; whatever is not understood goes nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.formats.css import length, read_style
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.scenario import BoxStyle, Outline, Placement, Shadow, TextStyle
from ecg.errors import ScenarioError


def fields(style: dict[str, Any], height: float = 720) -> dict[str, Any]:
    warnings = Warnings()
    read = read_style(Node(style), height=height, warnings=warnings)
    assert warnings.texts() == ()
    return read.cue_fields()


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ({"fontSize": "36px"}, TextStyle(size=0.05)),
        ({"fontSize": 36}, TextStyle(size=0.05)),
        ({"font-size": "27pt"}, TextStyle(size=0.05)),
        ({"fontSize": "5vh"}, TextStyle(size=0.05)),
        ({"fontSize": "2.25rem"}, TextStyle(size=0.05)),
        ({"color": "white", "fontWeight": "bold"}, TextStyle(colour="#ffffff", weight=700)),
        ({"fontWeight": 350, "fontStyle": "italic"}, TextStyle(weight=350, italic=True)),
        ({"fontFamily": "'Noto Sans KR', sans-serif"}, TextStyle(font_family="Noto Sans KR")),
        ({"textDecoration": "underline line-through"}, TextStyle(underline=True, strikeout=True)),
        ({"letterSpacing": "0.1em", "lineHeight": 1.4, "opacity": "0.5"},
         TextStyle(letter_spacing=0.1, line_height=1.4, opacity=0.5)),
        ({"textShadow": "0 7.2px 14.4px rgba(0, 0, 0, 0.5), 0 0 1px red"},
         TextStyle(shadow=Shadow(dx=0, dy=0.01, blur=0.02, colour="#00000080"))),
        ({"WebkitTextStroke": "7.2px navy"}, TextStyle(outline=Outline(width=0.01, colour="#000080"))),
        ({"fontStretch": "condensed"}, TextStyle(width=75)),
    ],
)  # fmt: skip
def test_text(style: dict[str, Any], expected: TextStyle) -> None:
    assert fields(style) == {"style": expected}


def test_box_and_alignment() -> None:
    style = {
        "backgroundColor": "rgba(0,0,0,0.8)",
        "padding": "7.2px 14.4px",
        "borderRadius": "3.6px",
        "border": "7.2px solid red",
        "textAlign": "left",
    }
    assert fields(style) == {
        "box": BoxStyle(
            colour="#000000cc",
            padding_x=0.02,
            padding_y=0.01,
            radius=0.005,
            border_width=0.01,
            border_colour="#ff0000",
        ),
        "placement": Placement(align="left"),
    }


def test_pixels_are_those_of_the_pictures_height() -> None:
    assert fields({"fontSize": "54px"}, height=1080) == {"style": TextStyle(size=0.05)}


@pytest.mark.parametrize(
    "style",
    [
        {"background": "url(http://evil.example/x)"},
        {"backgroundImage": "url(http://evil.example/x)"},
        {"color": "red;} </style><script>"},
        {"fontFamily": "x;src:url(http://evil.example)"},
        {"fontFamily": '"</style>"'},
        {"fontSize": "calc(1px + 99vw)"},
        {"fontSize": "999999px"},
        {"fontSize": "-3px"},
        {"fontWeight": "nan"},
        {"opacity": "inf"},
        {"opacity": True},
        {"lineHeight": "url(x)"},
        {"textShadow": "1px"},
        {"padding": "1px 2px 3px 4px 5px"},
        {"color": {"a": 1}},
        {"position": "fixed"},
    ],
)
def test_what_cannot_be_used_is_one_warning_and_no_field(style: dict[str, Any]) -> None:
    warnings = Warnings()
    read = read_style(Node(style, ("cues", 0, "style")), height=720, warnings=warnings)
    assert read.cue_fields() == {}
    (warning,) = warnings.texts()
    assert warning.startswith(f"/cues/0/style/{next(iter(style))}: ")


def test_a_style_that_is_no_object_is_an_error() -> None:
    with pytest.raises(ScenarioError):
        read_style(Node("color: red"), height=720, warnings=Warnings())


NAMES = [
    "fontSize",
    "fontFamily",
    "textShadow",
    "padding",
    "border",
    "lineHeight",
    "letterSpacing",
    "opacity",
    "x",
]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20) | st.floats() | st.none(), max_size=4))
def test_any_value_is_a_valid_field_or_a_warning(style: dict[str, Any]) -> None:
    read_style(Node(style), height=720, warnings=Warnings()).cue_fields()


def test_lengths() -> None:
    assert length("7.2px", 720) == pytest.approx(0.01)
    with pytest.raises(ValueError, match="length"):
        length("1e3px", 720)
