"""Finished work is written down exactly, found again, and never taken for other work."""

from __future__ import annotations

import numpy as np
import pytest

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region
from ecg.speech.engines import Heard, HeardWord
from ecg.speech.finished import VOICEPRINTS, VOICES, WORDS, KeepNothing
from ecg.speech.pieces import Piece
from ecg.speech.prosody import Voice
from ecg.speech.voiceprints import Voiceprints, Window

HEARD = Heard(
    (
        HeardWord("you", 0.1 + 0.2, 1 / 3, 0.7, joined=True),
        HeardWord("there", None, None, None, timing="interpolated"),
    ),
    "en",
    ("careful",),
)


class Shelf(dict[str, bytes]):
    """A keeper in memory."""

    def load(self, name: str, /) -> bytes | None:
        return self.get(name)

    def save(self, name: str, content: bytes, /) -> None:
        self[name] = content


def piece(level: int = 1) -> Piece:
    return Piece(3, 900.0, Sound(np.full(SAMPLE_RATE, level, np.int16)), (Region(0.0, 0.5),))


def unexpected() -> Heard:
    raise AssertionError("it was finished")


def test_words_come_back_exactly() -> None:
    shelf = Shelf()
    assert WORDS.done(shelf, piece(), "sphinx en", lambda: HEARD) == HEARD
    assert list(shelf) == ["words-003"]
    assert WORDS.done(shelf, piece(), "sphinx en", unexpected) == HEARD


def test_voices_come_back_exactly() -> None:
    shelf, voices = Shelf(), [Voice(-20.1, None, 3.3), Voice(None, None, None)]
    VOICES.done(shelf, piece(), "", lambda: voices)
    assert VOICES.done(shelf, piece(), "", list) == voices


@pytest.mark.parametrize("count", [0, 2])
def test_voiceprints_come_back_exactly(count: int) -> None:
    shelf = Shelf()
    prints = np.random.default_rng(0).random((count, 256 if count else 0)).astype(np.float32)
    found = Voiceprints(tuple(Window(n, n, n + 160) for n in range(count)), prints)
    VOICEPRINTS.done(shelf, piece(), "", lambda: found)
    again = VOICEPRINTS.done(shelf, piece(), "", lambda: pytest.fail("it was finished"))
    assert again.windows == found.windows
    assert np.array_equal(again.prints, prints)
    assert again.prints.dtype == np.float32


@pytest.mark.parametrize(("level", "made_from"), [(2, "sphinx en"), (1, "whisper en")])
def test_another_sound_or_engine_is_other_work(level: int, made_from: str) -> None:
    shelf, other = Shelf(), Heard((), "en")
    WORDS.done(shelf, piece(), "sphinx en", lambda: HEARD)
    assert WORDS.done(shelf, piece(level), made_from, lambda: other) == other


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b'{"fingerprint": "x"}', b"\xff"])
def test_what_is_damaged_is_done_anew(damage: bytes) -> None:
    shelf = Shelf({"words-003": damage})
    assert WORDS.done(shelf, piece(), "sphinx en", lambda: HEARD) == HEARD
    assert WORDS.done(shelf, piece(), "sphinx en", unexpected) == HEARD


def test_whoever_keeps_nothing_works_each_time() -> None:
    other = Heard((), "en")
    assert WORDS.done(KeepNothing(), piece(), "", lambda: HEARD) == HEARD
    assert WORDS.done(KeepNothing(), piece(), "", lambda: other) == other
