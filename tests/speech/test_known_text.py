from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.errors import InputError
from ecg.media.audio import Sound
from ecg.speech.activity import find_speech, listening_regions
from ecg.speech.engines.base import Heard, HeardWord
from ecg.speech.engines.sphinx import SphinxEngine
from ecg.speech.known_text import KnownText, place, read_transcript, split_text

WRITTEN = "Ten of clubs. Seven of clubs! Eight of spades, four of clubs; 7 of hearts…"


def _ignore(_done: float) -> None:
    pass


def _place(text: str, sound: Sound, heard: Heard | None = None) -> Heard:
    regions = listening_regions(find_speech(sound), sound)
    if heard is None:
        with SphinxEngine() as engine:
            heard = engine.transcribe(sound, regions, language="en", progress=_ignore)
    return place(split_text(text), heard, sound, regions, progress=_ignore)


@pytest.fixture(scope="module")
def placed(cards: Sound) -> Heard:
    return _place(WRITTEN, cards)


def test_the_written_words_stand_with_measured_times(placed: Heard) -> None:
    assert [word.text for word in placed.words] == WRITTEN.split()
    assert all(word.timing == "measured" for word in placed.words)
    assert all(word.confidence is None for word in placed.words)
    assert placed.warnings == ()


def test_each_reading_begins_where_its_sound_does(placed: Heard, cards: Sound) -> None:
    speech = find_speech(cards)
    for word in (placed.words[0], placed.words[3], placed.words[6]):
        assert min(abs((word.start or 0.0) - region.start) for region in speech) < 0.25


def test_a_word_that_no_dictionary_has_is_still_placed(placed: Heard, cards: Sound) -> None:
    odd = _place(WRITTEN.replace("hearts", "hartzz"), cards)
    (start, end), (true_start, true_end) = (
        (w.start or 0.0, w.end or 0.0) for w in (odd.words[-1], placed.words[-1])
    )
    assert start == pytest.approx(true_start, abs=0.15)
    assert end == pytest.approx(true_end, abs=0.3)


def test_korean_words_among_english_get_interpolated_times_and_are_marked(cards: Sound) -> None:
    mixed = _place(WRITTEN.replace("Seven of clubs!", "Seven of 클로버!"), cards)
    clover = next(word for word in mixed.words if word.text == "클로버!")
    assert clover.timing == "interpolated"
    assert clover.start is not None
    assert clover.end is not None
    edges = [edge for word in mixed.words for edge in (word.start or 0.0, word.end or 0.0)]
    assert edges == sorted(edges)


def test_the_text_of_another_video_is_doubted(cards: Sound) -> None:
    other = _place("It was the best of times, it was the worst of times, it was the age of wisdom.", cards)
    assert any("transcript" in warning for warning in other.warnings)


def test_other_languages_take_the_engines_times(cards: Sound) -> None:
    ears = Heard((HeardWord("안녕", 1.0, 1.5, 0.9), HeardWord("세상", 2.0, 2.5, 0.9)), "ko")
    words = _place("안녕, 넓은 세상!", cards, ears).words
    assert [(w.text, w.timing) for w in words] == [
        ("안녕,", "measured"),
        ("넓은", "interpolated"),
        ("세상!", "measured"),
    ]
    assert [(w.start, w.end) for w in words] == [(1.0, 1.5), (1.5, 2.0), (2.0, 2.5)]


def test_no_speech_at_all_still_answers() -> None:
    silence = Sound(np.zeros(16000, np.int16))
    words = place(split_text("Hello there"), Heard((), "en"), silence, [], progress=_ignore).words
    assert [(w.start, w.timing) for w in words] == [
        (0.0, "interpolated"),
        (pytest.approx(0.5), "interpolated"),
    ]


def test_a_lone_dash_stays_with_its_word_and_unspaced_scripts_go_by_character() -> None:
    assert [w.written for w in split_text("Well — yes")] == ["Well\u00a0—", "yes"]
    japanese = split_text("今日は。 ok")
    assert [(w.written, w.joined) for w in japanese] == [
        ("今", True),
        ("日", True),
        ("は。", True),
        ("ok", False),
    ]


@given(st.text(max_size=200))
def test_no_letter_of_the_text_is_lost(text: str) -> None:
    known: KnownText = split_text(text)
    kept = "".join(word.written for word in known)
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no word"), (b"  \n ", "no word"), (b"caf\xe9", "UTF-8"), (b"a" * 5_000_001, "5 MB")],
)
def test_a_transcript_that_cannot_be_used_is_one_error(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "talk.txt"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message) as raised:
        read_transcript(file)
    assert str(file) in (raised.value.where or "")


def test_a_transcript_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_transcript(tmp_path / "none.txt")
