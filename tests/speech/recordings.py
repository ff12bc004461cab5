"""Recorded speech of Debian's packages, and sounds made from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ecg.media.audio import SAMPLE_RATE, Sound

DATA = Path("/usr/share/pocketsphinx/test/data")
READER = DATA / "librivox"
CARDS = DATA / "cards"
CARDS_TEXT = "ten of clubs seven of clubs eight of spades four of clubs seven of hearts"
READER_TEXT = "he was not an ill disposed young man he might even have been made amiable himself"
ALLISON = Path("/usr/share/asterisk/sounds/en_US_f_Allison")


def concatenate(sounds: Sequence[Sound], *, pause: float = 0.7, seed: int = 0) -> Sound:
    """The sounds one after the other, with pauses of faint noise (2 steps of 16 bits) before, between and
    after."""
    random = np.random.default_rng(seed)
    pieces = [random.normal(0, 2, round(pause * SAMPLE_RATE)).astype(np.int16)]
    for sound in sounds:
        pieces += [sound.samples, random.normal(0, 2, round(pause * SAMPLE_RATE)).astype(np.int16)]
    return Sound(np.concatenate(pieces))


def tone(hz: float, seconds: float, *, level: float = 0.3, harmonics: int = 1) -> Sound:
    """A sum of harmonics that falls by 6 dB an octave, `level` of full scale at the fundamental."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = sum(np.sin(2 * np.pi * hz * n * at) / n for n in range(1, harmonics + 1))
    return Sound(np.asarray(wave * level * 32767 / max(1.0, harmonics**0.5), dtype=np.int16))
