"""CSS colours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageColor

from ecg.captions.formats.colours import CSS_NAMES, css_colour, opaque
from ecg.captions.scenario import TextStyle


def test_the_names_are_those_of_css() -> None:
    assert len(CSS_NAMES) == 148
    assert all(ImageColor.getrgb(name) == ImageColor.getrgb(f"#{code}") for name, code in CSS_NAMES.items())


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("white", "#ffffff"),
        (" RebeccaPurple ", "#663399"),
        ("#F80", "#ff8800"),
        ("#ff880080", "#ff880080"),
        ("rgb(255, 136, 0)", "#ff8800"),
        ("rgba(255,136,0,.5)", "#ff880080"),
        ("rgb(100% 50% 0% / 50%)", "#ff800080"),
        ("rgb(300, -5, 0)", "#ff0000"),
        ("hsl(120, 100%, 25%)", "#008000"),
        ("hsla(480deg 100% 25% / 1)", "#008000"),
        ("transparent", "#00000000"),
    ],
)
def test_every_spelling(text: str, colour: str) -> None:
    assert css_colour(text) == colour


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#12345",
        "url(http://x)",
        "rgb(1,2)",
        "rgb(a,b,c)",
        "rgb(1e9,0,0)",
        "rgb(nan,0,0)",
        "var(--x)",
        "red;}</style>",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert css_colour(text) is None


@settings(deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"(rgb|hsl)a?\([0-9., %/]{0,20}\)", fullmatch=True))
def test_what_is_a_colour_is_one_for_the_scenario_too(text: str) -> None:
    colour = css_colour(text)
    assert colour is None or TextStyle(colour=colour).colour == colour


def test_alpha_is_parted() -> None:
    assert opaque("#11223300") == ("#112233", 0.0)
    assert opaque("#112233") == ("#112233", 1.0)
