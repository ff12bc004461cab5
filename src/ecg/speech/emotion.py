"""A careful guess at mood, without a trained model. It is a heuristic and the result says so.

Two axes (Russell's circumplex, 1980):

* arousal: how far pitch, loudness and rate of a segment lie above the speaker's own normal in this
  recording, in standard deviations. Unknown until the speaker has been heard enough to have a normal.
* valence: how the words feel, from VADER's lexicon (Hutto & Gilbert, 2014). English only.

A mood is named only where the evidence carries it; everything else is None. The confidence never exceeds 0.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from ecg.speech.segments import SpokenSegment, SpokenWord

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

METHOD = "heuristic: prosody against the speaker's own normal (arousal), VADER on the words (valence)"

Mood = Literal["neutral", "happy", "sad", "angry", "excited"]

_FELT = 0.4  # |valence| from which VADER's compound score is taken as feeling
_AROUSED = 0.8  # standard deviations above the speaker's normal
_CALM = 0.3
_MIN_WORDS = 12
_MIN_SEGMENTS = 2
_LIMIT = 3.0
_BEST_CONFIDENCE = 0.7


@dataclass(frozen=True)
class Emotion:
    emotion: Mood
    confidence: float


@dataclass(frozen=True)
class _Normal:
    """A speaker's own normal: mean and spread of pitch (semitones), loudness (dB), rate (letters per
    second)."""

    mean: tuple[float, float, float]
    spread: tuple[float, float, float]


def estimate(segments: Sequence[SpokenSegment], language: str) -> list[Emotion | None]:
    """The mood of each segment, None where nothing supports one."""
    if language != "en":
        return [None] * len(segments)
    normals = {
        speaker: _normal([s for s in segments if s.speaker == speaker]) for speaker in _speakers(segments)
    }
    return [_mood(valence(s.text), _arousal(s, normals[s.speaker])) for s in segments]


def valence(text: str) -> float:
    """VADER's compound score of English text, -1 to 1."""
    return float(_lexicon().polarity_scores(text)["compound"])


@cache
def _lexicon() -> SentimentIntensityAnalyzer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _speakers(segments: Sequence[SpokenSegment]) -> set[int]:
    return {s.speaker for s in segments}


def _features(word: SpokenWord) -> tuple[float, float, float] | None:
    """(semitones, dB, letters per second); None where one of them was not measured."""
    pitch, volume, heard = word.voice.pitch_hz, word.voice.volume_db, word.heard
    if (
        pitch is None
        or volume is None
        or heard.start is None
        or heard.end is None
        or heard.end <= heard.start
    ):
        return None
    return 12 * float(np.log2(pitch / 100)), volume, len(heard.text) / (heard.end - heard.start)


def _normal(segments: Sequence[SpokenSegment]) -> _Normal | None:
    known = [f for s in segments for w in s.words if (f := _features(w)) is not None]
    if len(segments) < _MIN_SEGMENTS or len(known) < _MIN_WORDS:
        return None
    table = np.array(known)
    spread = np.maximum(
        table.std(axis=0), (0.5, 1.0, 1.0)
    )  # nobody is so even that less than this means anything
    mean = table.mean(axis=0)
    return _Normal((mean[0], mean[1], mean[2]), (spread[0], spread[1], spread[2]))


def _arousal(segment: SpokenSegment, normal: _Normal | None) -> float | None:
    known = [f for w in segment.words if (f := _features(w)) is not None]
    if normal is None or not known:
        return None
    away = (np.mean(known, axis=0) - normal.mean) / normal.spread
    return float(np.clip(away, -_LIMIT, _LIMIT).mean())


def _mood(feeling: float, arousal: float | None) -> Emotion | None:
    if feeling >= _FELT:
        mood: Mood = "excited" if arousal is not None and arousal > _AROUSED else "happy"
        return _emotion(mood, feeling, arousal)
    if arousal is None:
        return None
    if feeling <= -_FELT:
        return _emotion("angry" if arousal > _CALM else "sad", -feeling, arousal)
    if arousal > _AROUSED:
        return _emotion("excited", 0.0, arousal)
    if abs(feeling) < _FELT / 2 and abs(arousal) < _AROUSED / 2:
        return Emotion(
            "neutral", round(_BEST_CONFIDENCE * (1 - abs(feeling) / _FELT) * (1 - abs(arousal)), 2)
        )
    return None


def _emotion(mood: Mood, feeling: float, arousal: float | None) -> Emotion:
    """More evidence, more confidence; half of it comes from each axis."""
    heard = min(1.0, abs(arousal) / 2) if arousal is not None else 0.0
    return Emotion(mood, round(_BEST_CONFIDENCE * (0.3 + 0.35 * feeling + 0.35 * heard), 2))
