from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.speech.pronunciation import guess_phones, spoken_forms

PHONES = """
    AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH
"""
ARPABET = set(PHONES.split())


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Hello,", "hello"),
        ("well-known", "well known"),
        ("don’t!", "don't"),
        ("42", "forty two"),
        ("1,250", "one thousand two hundred fifty"),
        ("007", "zero zero seven"),
        ("100%", "one hundred percent"),
        ("R&D", "r and d"),
        ("—", ""),
        ("안녕하세요", ""),
    ],
)
def test_spoken_forms(written: str, spoken: str) -> None:
    assert " ".join(spoken_forms(written)) == spoken


@pytest.mark.parametrize(
    ("word", "phones"),
    [("pbx", "P IY B IY EH K S"), ("dash", "D AE SH"), ("phone", "F AA N"), ("quick", "K W IH K")],
)
def test_guesses_read_like_english(word: str, phones: str) -> None:
    assert guess_phones(word) == phones


@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1).filter(lambda w: w.strip("'")))
def test_every_guess_is_made_of_known_phones(word: str) -> None:
    phones = guess_phones(word).split()
    assert phones
    assert set(phones) <= ARPABET
