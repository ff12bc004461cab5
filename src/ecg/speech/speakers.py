"""Who speaks when (diarization), from the sound alone.

Voiceprints of 1.6 s windows, steadied over 2 s, are clustered with average linkage at a cosine distance of
0.23, more where a group is small; clusters too small to be a person are dissolved; every 10 ms of speech
then goes to the voice it is nearest to. The constants were found on 93 recordings of one to four voices (39
of them mixes that `bench/speech.py` makes), where they give the right number of speakers each time. Most of
the error that remains is the edge of the voice activity. Two voices at once are given to one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecg.media.audio import Sound
from ecg.speech.activity import Region
from ecg.speech.clustering import (
    Labels,
    Merge,
    average_linkage,
    cut,
    in_order_of_appearance,
    join_while_near,
)
from ecg.speech.speaker_encoder import FRAMES_PER_SECOND, SpeakerEncoder
from ecg.speech.voiceprints import (
    Floats,
    Voiceprints,
    Window,
    frame_count,
    gain_of,
    steadied,
    voiceprints,
    windows_of,
)

SAME_VOICE = 0.23
"""Cosine distance up to which two groups of many windows are one voice."""
MAX_SPEAKERS = 20

_SMALLEST_SHARE = 0.08  # of all windows; smaller clusters are noise, laughter, two voices at once
_SMALLEST_WINDOWS = 4
_STEADY_FRAMES = 100
_LENIENCE = 0.5
_LENIENCE_LIMIT = 0.1
_MAX_CLUSTERED = 1500  # windows that take part in the clustering; the others only join a voice
_REFINEMENTS = 2
_SHARPNESS = 20.0  # a lead of 0.05 in cosine over the next voice is a confidence of 0.73


@dataclass(frozen=True)
class Turn:
    """One speaker's uninterrupted speech, in seconds."""

    speaker: int
    start: float
    end: float


@dataclass(frozen=True)
class Diarization:
    """Speakers are numbered 0, 1 … in the order of their first speech."""

    count: int
    similarity: Floats
    """(10 ms frames of the sound, speakers): cosine of the voice to each speaker's mean; all zero where one
    was assumed."""
    speaking: NDArray[np.bool_]
    """(10 ms frames): is anybody speaking."""
    method: str

    def speaker_between(self, start: float, end: float) -> tuple[int, float | None]:
        """Who speaks from `start` to `end` seconds, and how sure that is (None where only one voice was
        assumed)."""
        if self.count == 1:
            return 0, None
        first = min(int(start * FRAMES_PER_SECOND), len(self.similarity) - 1)
        mean = self.similarity[first : max(first + 1, round(end * FRAMES_PER_SECOND))].mean(axis=0)
        second, best = np.sort(mean)[-2:]
        return int(mean.argmax()), round(float(1 / (1 + np.exp(-_SHARPNESS * (best - second)))), 3)

    def turns(self) -> list[Turn]:
        """Speech cut at pauses and at changes of speaker."""
        label = np.where(self.speaking, self.similarity.argmax(axis=1), -1)
        edges = np.flatnonzero(np.diff(np.concatenate(([-1], label, [-1]))))
        return [
            Turn(int(label[a]), a / FRAMES_PER_SECOND, b / FRAMES_PER_SECOND)
            for a, b in pairwise(edges)
            if label[a] >= 0
        ]


def diarize(sound: Sound, speech: Sequence[Region], *, speakers: int | None = None) -> Diarization:
    """Tell the voices of `speech` apart, in one go.

    Args:
        speech: tight regions of voice (`ecg.speech.activity.find_speech`).
        speakers: how many there are, 1 to `MAX_SPEAKERS`; None to find out.

    Raises:
        MissingDependency: the encoder's weights are not on this machine and more than one voice is possible.
    """
    frames = frame_count(sound)
    alone = only_one(len(windows_of(speech, frames)), speakers)
    if alone is not None:
        return one_speaker(frames, speech, method=alone)
    found = voiceprints(sound, speech, gain=gain_of([(sound, speech)]), encoder=SpeakerEncoder())
    return tell_apart(found, frames, speech, speakers=speakers)


def only_one(windows: int, speakers: int | None) -> str | None:
    """Why nothing needs to be compared, for the result's metadata; None where voices are to be."""
    if speakers == 1:
        return "one speaker, as given"
    if windows < max(2, speakers or 0):
        return "one speaker: too little speech to compare voices"
    return None


def one_speaker(frames: int, speech: Sequence[Region], *, method: str) -> Diarization:
    """Everything belongs to one voice; nothing is measured."""
    return Diarization(1, np.zeros((frames, 1), np.float32), _mask(speech, frames), method)


def tell_apart(
    found: Voiceprints, frames: int, speech: Sequence[Region], *, speakers: int | None = None
) -> Diarization:
    """Whose voiceprints they are; `found` and `speech` on the clock of a sound of so many 10 ms frames."""
    voices = _refine(found.prints, _voices(steadied(found, _STEADY_FRAMES), speakers))
    similarity = _spread(found.prints @ voices.T, found.windows, frames)
    speaking = _mask(speech, frames)
    order = _order_of_appearance(similarity, speaking)
    how = "number given" if speakers else f"average linkage at {SAME_VOICE:.2f}"
    return Diarization(len(order), similarity[:, order], speaking, f"Resemblyzer voiceprints, {how}")


def _voices(prints: Floats, speakers: int | None) -> Floats:
    """The mean voiceprint of each speaker, unit length, who has spoken most first."""
    sample = prints[np.linspace(0, len(prints) - 1, min(len(prints), _MAX_CLUSTERED)).astype(int)]
    distances = 1 - sample @ sample.T
    merges = average_linkage(distances)
    smallest = max(_SMALLEST_WINDOWS, _SMALLEST_SHARE * len(sample))
    if speakers:
        labels = _into(speakers, len(sample), merges, smallest)
    else:
        labels = join_while_near(distances, cut(len(sample), merges, distance=SAME_VOICE), _near_enough)
    sizes = np.bincount(labels)
    largest_first = np.argsort(-sizes, kind="stable")
    persons = [int(k) for k in largest_first if sizes[k] >= smallest] or [int(largest_first[0])]
    return _means(sample, labels, persons[: speakers or MAX_SPEAKERS])


def _into(speakers: int, count: int, merges: list[Merge], smallest: float) -> Labels:
    """The coarsest cut that leaves `speakers` clusters of a person's size."""
    for clusters in range(speakers, count + 1):
        labels = cut(count, merges, clusters=clusters)
        if (np.bincount(labels) >= smallest).sum() >= speakers:
            return labels
    return cut(count, merges, clusters=min(speakers, count))


def _near_enough(windows: int) -> float:
    """How far apart two groups may be and still be one voice, by the windows of the smaller one.

    A few seconds of a voice say little about it: two sentences of one reader can lie 0.29 apart.
    """
    return SAME_VOICE + min(_LENIENCE_LIMIT, _LENIENCE / windows)


def _refine(prints: Floats, voices: Floats) -> Floats:
    """Move each voice to the mean of the windows nearest to it (spherical k-means), a few times."""
    for _ in range(_REFINEMENTS):
        nearest = (prints @ voices.T).argmax(axis=1)
        held = [k for k in range(len(voices)) if (nearest == k).any()]
        moved = voices.copy()
        moved[held] = _means(prints, nearest, held)
        voices = moved
    return voices


def _means(prints: Floats, labels: NDArray[np.intp], wanted: Sequence[int] | range) -> Floats:
    means = np.stack([prints[labels == k].mean(axis=0) for k in wanted])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def _spread(similarity: Floats, windows: Sequence[Window], frames: int) -> Floats:
    """Windows to frames: a weighted mean of the windows over a frame, nearer centres counting more."""
    total = np.zeros((frames, similarity.shape[1]), np.float32)
    weight = np.full(frames, 1e-9, np.float32)
    for window, row in zip(windows, similarity, strict=True):
        span = slice(window.speaks_from, window.speaks_to)
        half = (window.speaks_to - window.speaks_from) / 2
        away = (
            np.abs(np.arange(window.speaks_from, window.speaks_to) + 0.5 - window.speaks_from - half) / half
        )
        near = np.maximum(0.05, 1 - away).astype(np.float32) ** 2
        total[span] += near[:, None] * row
        weight[span] += near
    return _carry_on(total / weight[:, None], weight > 1e-6)


def _carry_on(similarity: Floats, known: NDArray[np.bool_]) -> Floats:
    """Frames without a window (pauses) take the last known row, so that a word that reaches into one has a
    voice."""
    last = np.maximum.accumulate(np.where(known, np.arange(len(known)), 0))
    last[: known.argmax()] = known.argmax()
    return similarity[last]


def _order_of_appearance(similarity: Floats, speaking: NDArray[np.bool_]) -> list[int]:
    """Speakers who ever speak, by their first frame."""
    label = similarity[speaking].argmax(axis=1)
    _, first = np.unique(in_order_of_appearance(label), return_index=True)
    return [int(label[at]) for at in first]


def _mask(speech: Sequence[Region], frames: int) -> NDArray[np.bool_]:
    mask = np.zeros(frames, dtype=bool)
    for region in speech:
        mask[round(region.start * FRAMES_PER_SECOND) : round(region.end * FRAMES_PER_SECOND)] = True
    return mask
