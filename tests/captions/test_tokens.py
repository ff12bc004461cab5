"""Text to words in every script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.tokens import (
    MAX_TOKEN,
    SPACE,
    clean,
    is_unspaced,
    joined_across,
    letters,
    one_line,
    split_words,
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Don't  stop,\tnow", ["Don't", "stop,", "now"]),
        ("안녕하세요 여러분", ["안녕하세요", "여러분"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("Mr.\u00a0Smith left", ["Mr.\u00a0Smith", "left"]),
        ("全角　空白", ["全角", "空白"]),
        ("", []),
        (" \t ", []),
    ],
)
def test_spaces_part_words(line: str, words: list[str]) -> None:
    assert [token.text for token in split_words(line)] == words


def test_japanese_is_cut_into_phrases_that_join() -> None:
    tokens = split_words("今日は天気がいいですね", "ja")
    assert [token.text for token in tokens] == ["今日は", "天気が", "いいですね"]
    assert [token.joined for token in tokens] == [True, True, False]
    assert [token.offset for token in tokens] == [0, 3, 6]


def test_chinese_and_thai_are_cut_too() -> None:
    assert len(split_words("今天天气很好，我们去散步吧")) > 2
    assert len(split_words("今天天氣很好，我們去散步吧", "zh-TW")) > 2
    assert len(split_words("วันนี้อากาศดีมาก")) > 1


def test_an_endless_word_is_cut() -> None:
    tokens = split_words("a" * (2 * MAX_TOKEN + 1))
    assert [len(token.text) for token in tokens] == [MAX_TOKEN, MAX_TOKEN, 1]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_tokens_rejoin_to_the_line(text: str) -> None:
    line = clean(text).replace("\n", " ")
    tokens = split_words(line)
    rejoined = "".join(token.text + ("" if token.joined else " ") for token in tokens)
    assert rejoined.strip() == SPACE.sub(" ", line).strip()
    assert all(line[t.offset : t.offset + len(t.text)] == t.text for t in tokens)


@settings(deadline=None)
@given(st.text())
def test_clean_text_can_be_written_anywhere(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)
    assert "\n" not in one_line(text)


def test_clean_replaces_half_a_character_and_unifies_line_ends() -> None:
    assert clean("a\r\nb\rc\u2028d\x00\ud800") == "a\nb\nc\nd\ufffd"


def test_syllable_scripts_take_longer_a_letter() -> None:
    assert letters("안녕") > letters("ab")
    assert letters("42") > letters("ab")
    assert letters("…") == 1.0


def test_unspaced_scripts_are_known() -> None:
    assert is_unspaced("今日")
    assert is_unspaced("สวัสดี")
    assert not is_unspaced("안녕 hello مرحبا")
    assert joined_across("今日は", "天気が")
    assert not joined_across("Hello", "天気")
    assert not joined_across("", "天気")
