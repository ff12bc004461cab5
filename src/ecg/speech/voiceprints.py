"""Voiceprints of a sound's speech: four a second, the ground on which speakers are told apart.

They are made piece by piece (`ecg.speech.pieces`) and compared over the whole (`ecg.speech.speakers`), so
that a voice has one number from the beginning of a long sound to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region
from ecg.speech.speaker_encoder import FRAMES_PER_SECOND, WINDOW_FRAMES, SpeakerEncoder, mel_spectrogram

_HOP_FRAMES = 25
_LEVEL_DBFS = -22.0  # the network hears absolute power; the distances between voices were found at this level

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Window:
    """A voiceprint's place: the mel frames it sees and the frames of speech it speaks for."""

    first: int
    speaks_from: int
    speaks_to: int

    def later(self, frames: int) -> Window:
        return Window(self.first + frames, self.speaks_from + frames, self.speaks_to + frames)


@dataclass(frozen=True)
class Voiceprints:
    """A row of `prints`, (n, 256) of unit length, for each window."""

    windows: tuple[Window, ...]
    prints: Floats


def frame_count(sound: Sound) -> int:
    """10 ms frames of the sound."""
    return len(sound.samples) * FRAMES_PER_SECOND // SAMPLE_RATE + 1


def windows_of(speech: Sequence[Region], frames: int) -> list[Window]:
    """Windows every 0.25 s of longer speech; a shorter region gets one, centred, that also sees its
    surroundings. A sound shorter than a window has none.
    """
    windows: list[Window] = []
    if frames < WINDOW_FRAMES:
        return windows
    for region in speech:
        start = round(region.start * FRAMES_PER_SECOND)
        end = min(frames, round(region.end * FRAMES_PER_SECOND))
        if end - start <= WINDOW_FRAMES:
            first = (start + end - WINDOW_FRAMES) // 2
            windows.append(Window(max(0, min(first, frames - WINDOW_FRAMES)), start, end))
        else:
            firsts = [*range(start, end - WINDOW_FRAMES, _HOP_FRAMES), end - WINDOW_FRAMES]
            windows += [Window(first, first, first + WINDOW_FRAMES) for first in firsts]
    return windows


def voiceprints(
    sound: Sound, speech: Sequence[Region], *, gain: np.float32, encoder: SpeakerEncoder
) -> Voiceprints:
    """The voiceprints of a sound's speech; `gain` is that of the whole (`gain_of`)."""
    windows = tuple(windows_of(speech, frame_count(sound)))
    if not windows:
        return Voiceprints((), np.zeros((0, 0), np.float32))
    mel = mel_spectrogram(sound.samples) * gain
    seen = np.stack([mel[window.first : window.first + WINDOW_FRAMES] for window in windows])
    return Voiceprints(windows, encoder.embed(seen))


def gain_of(pieces: Sequence[tuple[Sound, Sequence[Region]]]) -> np.float32:
    """The factor on power that brings the speech of all pieces to the level of the network's training."""
    power, count = 0.0, 0
    for sound, speech in pieces:
        for region in speech:
            part = sound.between(region.start, region.end).astype(np.float64)
            power += float(part @ part)
            count += len(part)
    return np.float32(10 ** (_LEVEL_DBFS / 10) / max(power / max(1, count) / 32768.0**2, 1e-9))


def joined(pieces: Sequence[tuple[float, Voiceprints]]) -> Voiceprints:
    """Those of pieces that begin at these seconds, on the clock of the whole."""
    windows = [
        window.later(round(start * FRAMES_PER_SECOND)) for start, found in pieces for window in found.windows
    ]
    prints = [found.prints for _, found in pieces if len(found.windows)]
    return Voiceprints(tuple(windows), np.concatenate(prints) if prints else np.zeros((0, 0), np.float32))


def steadied(found: Voiceprints, reach: int) -> Floats:
    """Each voiceprint averaged with those up to `reach` frames away in the same unbroken speech.

    A voice varies with what it says; the mean varies less, and two voices stay apart.
    """
    prints = found.prints
    firsts = np.array([window.first for window in found.windows])
    run = np.concatenate(([0], np.cumsum(np.diff(firsts) > _HOP_FRAMES)))
    after = np.searchsorted(firsts, firsts + reach, "right")
    before = np.searchsorted(firsts, firsts - reach, "left")
    before = np.maximum(before, np.searchsorted(run, run, "left"))
    after = np.minimum(after, np.searchsorted(run, run, "right"))
    sums = np.concatenate((np.zeros((1, prints.shape[1])), np.cumsum(prints, axis=0, dtype=np.float64)))
    means = (sums[after] - sums[before]) / (after - before)[:, None]
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)
