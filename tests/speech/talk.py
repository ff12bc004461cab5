"""Files of recorded speech of any length: a man and a woman take turns, with pauses between."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg.media.audio import SAMPLE_RATE, extract_audio
from tests.speech.recordings import ALLISON, READER

_LEVEL = 2500.0
_WOMAN = ("demo-echotest", "demo-congrats", "demo-instruct")


@cache
def _turns() -> list[NDArray[np.int16]]:
    """Recordings brought to one loudness, the man's and the woman's in turn."""
    men = [READER / f"sense_and_sensibility_01_austen_64kb-{n}.wav" for n in ("0870", "0880", "0930")]
    women = [ALLISON / f"{name}.wav" for name in _WOMAN]
    return [_level(path) for pair in zip(men, women, strict=True) for path in pair]


def _level(path: Path) -> NDArray[np.int16]:
    samples = extract_audio(path).samples.astype(np.float64)
    louder: NDArray[np.int16] = (
        (samples * _LEVEL / np.sqrt(np.mean(samples**2))).clip(-32767, 32767).astype(np.int16)
    )
    return louder


def available() -> bool:
    return READER.is_dir() and all((ALLISON / f"{name}.wav").is_file() for name in _WOMAN)


def write_talk(path: Path, seconds: float) -> Path:
    """A WAV file of that length, written a turn at a time."""
    random = np.random.default_rng(0)
    left, turn = round(seconds * SAMPLE_RATE), 0
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        while left > 0:
            pause = random.normal(0, 2, round(random.uniform(0.4, 1.2) * SAMPLE_RATE)).astype(np.int16)
            samples = np.concatenate((pause, _turns()[turn % len(_turns())]))[:left]
            file.writeframes(samples.tobytes())
            left, turn = left - len(samples), turn + 1
    return path
