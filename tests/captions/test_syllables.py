from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.syllables import letters, syllables


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("beautiful", ["beau", "ti", "ful"]),
        ("tomorrow!", ["to", "mor", "row!"]),
        ("mother", ["mo", "ther"]),
        ("table", ["ta", "ble"]),
        ("please", ["please"]),
        ("yes", ["yes"]),
        ("Nooooo!", ["Nooooo!"]),
        ("fire-place", ["fi", "re-", "place"]),
        ("안녕하세요!", ["안", "녕", "하", "세", "요!"]),
        ("きゃあー、すごい", ["きゃ", "あー、", "す", "ご", "い"]),
        ("「東京」", ["「東", "京」"]),
        ("مرحبا", ["مرحبا"]),
        ("—", ["—"]),
    ],
)
def test_where_a_drawn_out_word_is_cut(word: str, parts: list[str]) -> None:
    assert list(syllables(word)) == parts


@given(st.text(min_size=1, max_size=30))
def test_parts_join_to_the_word(word: str) -> None:
    assert "".join(syllables(word)) == word
    assert "".join(letters(word)) == word
