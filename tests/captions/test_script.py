from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.script import direction_of, graphemes, reading_units, script_of


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        ("hello", None, "latin"),
        ("Привет, κόσμε", None, "latin"),
        ("안녕 world hi", None, "korean"),
        ("今日は", "zh", "japanese"),
        ("東京", "ja", "japanese"),
        ("東京", None, "chinese"),
        ("我爱NBA", "zh", "chinese"),
        ("مرحبا", None, "arabic"),
        ("שלום", None, "hebrew"),
        ("สวัสดี", None, "other"),
        ("123 …", "ko", "korean"),
        ("", None, "latin"),
    ],
)
def test_letters_decide_the_script_and_language_what_letters_leave_open(
    text: str, language: str | None, script: str
) -> None:
    assert script_of(text, language) == script


@pytest.mark.parametrize(
    ("text", "language", "direction"),
    [("abc", "ar", "ltr"), ("«123 سلام»", None, "rtl"), ("123", "he-IL", "rtl"), ("123", None, "ltr")],
)
def test_the_first_strong_letter_decides_the_direction(
    text: str, language: str | None, direction: str
) -> None:
    assert direction_of(text, language) == direction


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("cafe\u0301", ["c", "a", "f", "e\u0301"]),
        ("👩‍👩‍👧!", ["👩‍👩‍👧", "!"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇰🇷🇯🇵", ["🇰🇷", "🇯🇵"]),
        ("\u1112\u1161\u11ab", ["\u1112\u1161\u11ab"]),
    ],
)
def test_what_a_reader_sees_as_one_letter_is_one(text: str, letters: list[str]) -> None:
    assert graphemes(text) == letters


@given(st.text(max_size=40))
def test_letters_join_to_their_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


def test_half_width_counts_half_in_cjk_and_whole_elsewhere() -> None:
    assert reading_units("한국 TV.", "korean") == 2 + 4 * 0.5
    assert reading_units("日本、TV", "japanese") == 3 + 2 * 0.5
    assert reading_units("TV na\u0308iv", "latin") == 7
