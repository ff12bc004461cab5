"""Conversations of known truth for the diarization figures: who speaks when is known because we cut them
together.

Voices are recordings of Debian's packages and flite's synthetic voices. All are brought to the same band (4
kHz) and the same loudness, so that a voice cannot be told by its channel; turns last 2.5-6 s with pauses of
0.25-0.7 s.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg.media.audio import SAMPLE_RATE, extract_audio

FRAMES_PER_SECOND = 100
_LEVEL = 2500.0  # RMS of every turn, in 16-bit steps
_NOISE = 15.0
_CODEC2 = Path("/usr/share/codec2/wav")
_ALLISON = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")
_FLITE_TEXT = (
    "the weather is very nice today and i want to go to the park",
    "please send me the report before the end of the week",
    "we have a meeting tomorrow morning at nine o'clock",
    "can you tell me where the nearest train station is",
    "the children were playing in the garden when it started to rain",
    "thank you for calling our customer service how can i help you",
)

MIXES: dict[str, tuple[str, ...]] = {
    "man and woman, recorded": ("ham 1", "allison"),
    "two men, recorded": ("ham 1", "librivox"),
    "two men, recorded, other": ("ham 2", "librivox"),
    "woman and reader, recorded": ("allison", "librivox"),
    "three, recorded": ("ham 1", "allison", "librivox"),
    "four, recorded": ("ham 1", "ham 2", "allison", "librivox"),
    "man and woman, synthetic": ("flite rms", "flite slt"),
    "two men, synthetic": ("flite rms", "flite awb"),
    "three, synthetic": ("flite rms", "flite slt", "flite awb"),
    "four, synthetic": ("flite rms", "flite slt", "flite awb", "flite kal16"),
    "one reader": ("librivox",),
    "one woman": ("allison",),
    "one man": ("ham 1",),
}


@dataclass(frozen=True)
class Mix:
    samples: NDArray[np.int16]
    truth: NDArray[np.intp]
    """The speaker of each 10 ms, -1 for silence."""


def build(speakers: Sequence[str], *, seconds: float = 70.0, seed: int = 0) -> Mix:
    """Turns of random length, never the same speaker twice in a row."""
    random = np.random.default_rng(seed)
    at = dict.fromkeys(speakers, 0)
    pieces: list[NDArray[np.float64]] = []
    turns: list[tuple[int, float, NDArray[np.bool_]]] = []
    now, before = 0.0, ""
    while now < seconds:
        others = [s for s in speakers if s != before] or list(speakers)
        before = others[random.integers(len(others))]
        turn, at[before] = _turn(before, at[before], int(SAMPLE_RATE * random.uniform(2.5, 6)))
        pause = random.normal(0, _NOISE, int(SAMPLE_RATE * random.uniform(0.25, 0.7)))
        pieces += [pause, turn]
        turns.append((list(speakers).index(before), now + len(pause) / SAMPLE_RATE, _sounding(turn)))
        now += (len(pause) + len(turn)) / SAMPLE_RATE
    samples = np.clip(np.concatenate(pieces), -32767, 32767).astype(np.int16)
    truth = np.full(len(samples) * FRAMES_PER_SECOND // SAMPLE_RATE + 1, -1, dtype=np.intp)
    for speaker, start, sounding in turns:
        first = int(start * FRAMES_PER_SECOND)
        truth[first : first + len(sounding)][sounding[: len(truth) - first]] = speaker
    return Mix(samples, truth)


def error_rate(truth: NDArray[np.intp], heard: NDArray[np.intp]) -> float:
    """Diarization error: (missed + false + confused) / speech, no collar, under the best naming of
    speakers."""
    known, found = truth.max() + 1, max(heard.max() + 1, 0)
    size = max(known, found)
    together = np.zeros((size, size))
    both = (truth >= 0) & (heard >= 0)
    np.add.at(together, (truth[both], heard[both]), 1)
    right = max(sum(together[i, p] for i, p in enumerate(order)) for order in permutations(range(size)))
    missed, false = ((truth >= 0) & (heard < 0)).sum(), ((truth < 0) & (heard >= 0)).sum()
    return float((missed + false + both.sum() - right) / (truth >= 0).sum())


def _turn(speaker: str, at: int, length: int) -> tuple[NDArray[np.float64], int]:
    source = _voice(speaker)
    if at + length > len(source):
        at = 0
    turn = source[at : at + length].astype(np.float64)
    return turn * (_LEVEL / np.sqrt(np.mean(turn**2) + 1)), at + length


def _sounding(turn: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Per 10 ms: is there sound, pauses under 0.3 s filled."""
    level = np.convolve(np.abs(turn), np.ones(800) / 800, "same")
    loud = (level > 0.06 * np.percentile(np.abs(turn), 99))[:: SAMPLE_RATE // FRAMES_PER_SECOND]
    return np.convolve(loud.astype(float), np.ones(31), "same") > 0


@cache
def _voice(speaker: str) -> NDArray[np.int16]:
    match speaker:
        case "ham 1":
            return _narrow([_CODEC2 / "ve9qrp.wav"])
        case "ham 2":
            return _narrow([_CODEC2 / "vk5qi.wav"])
        case "allison":
            return _narrow([_ALLISON / "demo-congrats.wav", _ALLISON / "demo-echotest.wav"])
        case "librivox":
            return _narrow(sorted(_LIBRIVOX.glob("*.wav")))
        case _:
            return _flite(speaker.removeprefix("flite "))


def _flite(voice: str) -> NDArray[np.int16]:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{i}.wav" for i in range(len(_FLITE_TEXT))]
        for file, text in zip(files, _FLITE_TEXT, strict=True):
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(file)], check=True)
        return _narrow(files)


def _narrow(files: Sequence[Path]) -> NDArray[np.int16]:
    """The files one after the other, with nothing above 4 kHz."""
    samples = np.concatenate([extract_audio(file).samples for file in files])
    raw = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1"]
    narrow = subprocess.run(
        ["ffmpeg", "-v", "error", *raw, "-i", "-", "-af", "aresample=8000,aresample=16000", *raw, "-"],
        input=samples.tobytes(),
        capture_output=True,
        check=True,
    )
    return np.frombuffer(narrow.stdout, np.int16)
