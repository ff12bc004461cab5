from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.lines import Breaker, Limits, Piece, break_costs, line_units, open_up, pieces_by_units
from ecg.captions.scenario import Word
from ecg.captions.script import reading_units, script_of
from tests.captions.speech import KOREAN_WORDS, LATIN_WORDS, spoken


def broken(words: list[Word], language: str | None) -> list[list[str]]:
    """The captions of `words` by the reading rules alone, as lines of text."""
    script = script_of(" ".join(w.text for w in words), language)
    limits = Limits(units=line_units(script))
    layouts = Breaker(pieces_by_units(words, script), break_costs(words, language), limits).captions()
    return [["".join(_spaced(words[k]) for k in line).strip() for line in layout] for layout in layouts]


def _spaced(word: Word) -> str:
    return word.text if word.joined else word.text + " "


def test_a_short_line_is_not_broken() -> None:
    assert broken(spoken("Nice to see you again."), "en") == [["Nice to see you again."]]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "When the rain had stopped, we walked home along the river",
            ["When the rain had stopped,", "we walked home along the river"],
        ),
        (
            "I always wanted to go to New York City with my brother",
            ["I always wanted to go", "to New York City with my brother"],
        ),
        (
            "The committee met on Tuesday and decided to postpone the vote",
            ["The committee met on Tuesday", "and decided to postpone the vote"],
        ),
    ],
)
def test_english_breaks_at_syntax(text: str, lines: list[str]) -> None:
    assert broken(spoken(text), "en") == [lines]


def test_a_name_is_never_torn() -> None:
    said = spoken("yesterday we finally talked to Martin Luther King about all of the plans")
    assert any("Martin Luther King" in line for caption in broken(said, "en") for line in caption)


def test_nothing_is_left_hanging_after_an_article() -> None:
    said = spoken("somebody told everyone downstairs that the elephants escaped from a circus in the night")
    ends = [line.split()[-1] for caption in broken(said, "en") for line in caption]
    assert not {"the", "a", "that", "from", "in"} & set(ends)


def test_a_title_stays_with_its_name() -> None:
    assert broken(spoken("and then the very tall dog was called Mr. Brown"), "en")[0][-1].endswith(
        "Mr. Brown"
    )


def test_two_lines_of_korean_hold_sixteen_units_each() -> None:
    captions = broken(spoken("안녕하세요 저는 서울에서 온 김민수라고 합니다 만나서 정말 반갑습니다"), "ko")
    assert captions == [["안녕하세요 저는 서울에서", "온 김민수라고 합니다"], ["만나서 정말 반갑습니다"]]


def test_latin_letters_count_half_in_korean() -> None:
    assert reading_units("서울 K-pop!", "korean") == 2 + 0.5 + 6 * 0.5


def test_a_korean_particle_is_never_torn_off() -> None:
    words = [*spoken("오늘 학교"), Word(text="에서", start=3, end=4), *spoken("만나요", 5)]
    words[1] = words[1].model_copy(update={"joined": True})
    assert break_costs(words, "ko")[1] >= 10_000


def test_japanese_breaks_between_phrases_and_obeys_kinsoku() -> None:
    said = spoken("今日はとても天気がいいので、公園まで散歩に行きましょう。", joined=True)
    captions = broken(said, "ja")
    assert captions[0][0] == "今日はとても天気がいいので、"
    assert "".join(line for caption in captions for line in caption) == "".join(w.text for w in said)


@given(st.text(st.sampled_from("今日はとても、天気。がいいゃっー「」（）本"), min_size=1, max_size=60))
def test_no_japanese_line_begins_with_what_may_not_begin_one(text: str) -> None:
    said = [Word(text=c, start=i, end=i + 1, joined=True) for i, c in enumerate(text)]
    costs = break_costs(said, "ja")
    for after, cost in zip(text[1:], costs, strict=True):
        if after in "、。ゃっー」）":
            assert cost >= 10_000


def test_chinese_breaks_at_phrases() -> None:
    captions = broken(
        open_up([Word(text="今天的天气真的非常好,我们一起去公园散步吧", start=1, end=6)], "zh"), "zh"
    )
    assert captions[0][0] == "今天的天气真的非常好,"


def test_a_sentence_written_as_one_japanese_word_is_opened_up() -> None:
    word = Word(text="今日は天気がいいですね", start=1, end=3, volume_db=-20)
    parts = open_up([word], "ja")
    assert len(parts) > 1
    assert "".join(p.text for p in parts) == word.text
    assert (parts[0].start, parts[-1].end) == (1, 3)
    assert [p.timing for p in parts] == ["measured"] + ["interpolated"] * (len(parts) - 1)
    assert [p.joined for p in parts] == [True] * (len(parts) - 1) + [False]


def test_a_phrase_that_no_line_holds_is_cut() -> None:
    parts = open_up([Word(text="哈" * 100, start=0, end=10)], "zh")
    assert "".join(p.text for p in parts) == "哈" * 100
    assert max(len(p.text) for p in parts) <= 8


def test_arabic_lines_hold_forty_two_letters() -> None:
    captions = broken(
        spoken("ذهب الولد إلى المدرسة في الصباح الباكر ثم عاد إلى البيت مع أصدقائه بعد الظهر"), "ar"
    )
    assert all(len(line) <= 42 for caption in captions for line in caption)
    assert all(not line.endswith((" في", " إلى", " مع")) for caption in captions for line in caption)


def test_a_word_longer_than_a_line_stands_alone() -> None:
    assert broken(spoken(f"so {'a' * 60} it is"), "en")[0][1] == "a" * 60


@given(st.lists(LATIN_WORDS | KOREAN_WORDS, min_size=1, max_size=60), st.sampled_from(["en", "ko", None]))
def test_every_word_is_kept_in_order_and_no_line_is_too_long(texts: list[str], language: str | None) -> None:
    words = [Word(text=t, start=i, end=i + 1) for i, t in enumerate(texts)]
    script = script_of(" ".join(texts), language)
    pieces = pieces_by_units(words, script)
    layouts = Breaker(pieces, break_costs(words, language), Limits(units=line_units(script))).captions()
    assert [k for layout in layouts for line in layout for k in line] == list(range(len(words)))
    for layout in layouts:
        assert 1 <= len(layout) <= 2
        for line in layout:
            text = " ".join(texts[k] for k in line)
            assert len(line) == 1 or reading_units(text, script) <= line_units(script)


@given(st.lists(st.floats(1, 40), min_size=1, max_size=30), st.integers(1, 3))
def test_widths_and_heights_are_kept(widths: list[float], lines: int) -> None:
    pieces = [Piece(units=1, space_units=1, width=w, space=2, height=w) for w in widths]
    limits = Limits(width=60, height=50, lines=lines)
    for layout in Breaker(pieces, [30.0] * (len(pieces) - 1), limits).captions():
        assert len(layout) <= lines
        assert sum(max(widths[k] for k in line) for line in layout) <= 50
        for line in layout:
            assert sum(widths[k] for k in line) + 2 * (len(line) - 1) <= 60


def test_the_lower_line_is_the_longer_one_where_syntax_does_not_care() -> None:
    pieces = [Piece(units=10, space_units=1)] * 5
    (layout,) = Breaker(pieces, [30.0] * 4, Limits(units=42)).captions()
    assert [len(line) for line in layout] == [2, 3]


def test_no_words_are_no_captions() -> None:
    assert Breaker([], [], Limits()).captions() == []
