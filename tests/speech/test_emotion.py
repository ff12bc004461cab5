from __future__ import annotations

import pytest

from ecg.speech.emotion import Emotion, estimate, valence
from ecg.speech.engines.base import HeardWord
from ecg.speech.prosody import Voice
from ecg.speech.segments import SpokenSegment, SpokenWord

CALM = [("we met in the office on the second floor", 110.0, -26.0)] * 4


def _segments(*lines: tuple[str, float | None, float | None]) -> list[SpokenSegment]:
    """(text, pitch, loudness) of each segment; a word lasts 0.3 s."""
    made, at = [], 0.0
    for text, pitch, volume in lines:
        words = []
        for word in text.split():
            heard = HeardWord(word, at, at + 0.3, 1.0)
            words.append(SpokenWord(heard, Voice(volume, pitch, None), 0, None))
            at += 0.3
        made.append(SpokenSegment(tuple(words), words[0].heard.start or 0.0, at))
        at += 1.0
    return made


def _last(*lines: tuple[str, float | None, float | None], language: str = "en") -> Emotion | None:
    return estimate(_segments(*CALM, *lines), language)[-1]


def test_glad_words_are_happy_and_a_raised_voice_makes_them_excited() -> None:
    glad = "i am so happy and delighted that you came"
    assert getattr(_last((glad, 110.0, -26.0)), "emotion", None) == "happy"
    assert getattr(_last((glad, 220.0, -12.0)), "emotion", None) == "excited"


def test_bad_words_are_angry_when_loud_and_sad_when_low() -> None:
    bad = "this is terrible horrible awful news and i hate it"
    assert getattr(_last((bad, 220.0, -12.0)), "emotion", None) == "angry"
    assert getattr(_last((bad, 95.0, -34.0)), "emotion", None) == "sad"


def test_plain_speech_in_a_plain_voice_is_neutral() -> None:
    assert (
        getattr(_last(("we met in the office on the second floor", 110.0, -26.0)), "emotion", None)
        == "neutral"
    )


@pytest.mark.parametrize("language", ["ko", "de", "ja"])
def test_other_languages_have_no_mood(language: str) -> None:
    assert _last(("i am so happy", 220.0, -12.0), language=language) is None


def test_bad_words_in_a_voice_nobody_knows_are_not_judged() -> None:
    (only,) = estimate(_segments(("this is terrible horrible awful news", None, None)), "en")
    assert only is None


def test_confidence_never_pretends_to_be_a_model() -> None:
    felt = estimate(_segments(*CALM, ("wonderful amazing excellent happy joy love", 300.0, -5.0)), "en")
    assert all(0 < e.confidence <= 0.7 for e in felt if e is not None)
    assert felt[-1] is not None


def test_negation_turns_the_feeling() -> None:
    assert valence("i am happy with this") > 0.4
    assert valence("i am not happy with this") < 0
