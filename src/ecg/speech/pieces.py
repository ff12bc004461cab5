"""Long sounds are worked on in pieces: memory stays small, and what is finished need not be done again.

A piece is about five minutes, cut in the longest silence within reach, so that no word is cut and most
windows of voice keep their surroundings. A sound that is hardly longer is one piece. Pieces follow from
the sound alone: a second look at the same sound finds the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region

PIECE_SECONDS = 300.0
"""How long a piece is, about."""

_EARLIEST, _LATEST = 0.8, 1.2
"""Shares of that length between which a piece ends."""
_WHOLE = 4 / 3
"""What is left is not cut any further when it is no longer than this share."""

_GRID = 480
"""Samples; cuts lie on the frames of the voice detector (30 ms) and so on those of all other analyses."""
_BLOCK = SAMPLE_RATE // 10


@dataclass(frozen=True)
class Piece:
    """A stretch of the sound, with its speech. Times of `speech` and of `sound` begin at 0 with the piece."""

    index: int
    start: float
    """Seconds from the beginning of the whole."""
    sound: Sound
    speech: tuple[Region, ...]

    @cached_property
    def digest(self) -> str:
        """Names the sound and where its speech lies."""
        content = hashlib.blake2b(self.sound.samples.data, digest_size=16)
        content.update(repr([(region.start, region.end) for region in self.speech]).encode())
        return content.hexdigest()


def cut(sound: Sound, speech: Sequence[Region], *, seconds: float = PIECE_SECONDS) -> list[Piece]:
    """The pieces of a sound, in order, without gaps; one at least. Each is of about so many seconds."""
    edges = [0, *_cuts(sound, speech, seconds), len(sound.samples)]
    if len(edges) == 2:
        return [Piece(0, 0.0, sound, tuple(speech))]
    return [_piece(index, *ends, sound, speech) for index, ends in enumerate(pairwise(edges))]


def _piece(index: int, first: int, after: int, sound: Sound, speech: Sequence[Region]) -> Piece:
    start, end = first / SAMPLE_RATE, after / SAMPLE_RATE
    own = [
        Region(max(region.start, start) - start, min(region.end, end) - start)
        for region in speech
        if region.start < end and region.end > start
    ]
    return Piece(index, start, Sound(sound.samples[first:after]), tuple(own))


def _cuts(sound: Sound, speech: Sequence[Region], seconds: float) -> Iterator[int]:
    at = 0.0
    while sound.seconds - at > _WHOLE * seconds:
        found = _silence(sound, speech, at + _EARLIEST * seconds, at + _LATEST * seconds)
        sample = round(found * SAMPLE_RATE) // _GRID * _GRID
        yield sample
        at = sample / SAMPLE_RATE


def _silence(sound: Sound, speech: Sequence[Region], earliest: float, latest: float) -> float:
    """The middle of the longest pause between these times; without one, the quietest moment."""
    within = [region for region in speech if region.end > earliest and region.start < latest]
    edges = [(earliest, earliest), *((region.start, region.end) for region in within), (latest, latest)]
    pauses = [(next_start - end, end, next_start) for (_, end), (next_start, _) in pairwise(edges)]
    length, start, end = max(pauses, key=lambda pause: (pause[0], -pause[1]))
    return (start + end) / 2 if length > 0 else _quietest(sound, earliest, latest)


def _quietest(sound: Sound, earliest: float, latest: float) -> float:
    """The middle of the tenth of a second with the least energy."""
    samples = sound.between(earliest, latest)
    blocks = samples[: len(samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    energy = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64)
    return earliest + (int(energy.argmin()) + 0.5) * _BLOCK / SAMPLE_RATE
