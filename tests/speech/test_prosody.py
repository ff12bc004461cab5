from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region
from ecg.speech.prosody import loudness, measure, track_pitch
from tests.speech.recordings import tone


@settings(max_examples=25, deadline=None)
@given(st.floats(75, 400), st.integers(1, 12))
def test_pitch_of_a_tone_is_its_fundamental(hz: float, harmonics: int) -> None:
    (voice,) = measure(tone(hz, 0.4, harmonics=harmonics), [Region(0.0, 0.4)])
    assert voice.pitch_hz == pytest.approx(hz, rel=0.01)


def test_pitch_of_a_missing_fundamental_is_still_heard() -> None:
    at = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    wave = np.sum([np.sin(2 * np.pi * 120 * n * at) for n in (2, 3, 4, 5)], axis=0)
    (voice,) = measure(Sound((wave * 4000).astype(np.int16)), [Region(0.0, 0.5)])
    assert voice.pitch_hz == pytest.approx(120, rel=0.01)


def test_noise_has_loudness_and_no_pitch() -> None:
    noise = Sound(np.random.default_rng(3).normal(0, 3000, SAMPLE_RATE).astype(np.int16))
    (voice,) = measure(noise, [Region(0.2, 0.8)])
    assert voice.pitch_hz is None
    assert voice.alpha_ratio_db is None
    assert voice.volume_db == pytest.approx(20 * np.log10(3000 / 32768), abs=0.2)


def test_loudness_is_rms_against_full_scale() -> None:
    square = np.where(np.arange(1600) % 100 < 50, 32767, -32768).astype(np.int16)
    assert loudness(square) == pytest.approx(0.0, abs=0.05)
    sine = tone(200, 1.0, level=0.1).samples
    assert loudness(sine) == pytest.approx(-20 - 3.01, abs=0.1)


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(1600, np.int16)])
def test_silence_has_no_loudness(samples: np.ndarray) -> None:
    assert loudness(samples) is None


@given(st.integers(1, 8))
def test_half_the_amplitude_is_six_decibels_less(halvings: int) -> None:
    sound = tone(150, 0.3, level=0.9)
    softer = (sound.samples.astype(np.int32) >> halvings).astype(np.int16)
    full, less = loudness(sound.samples), loudness(softer)
    assert full is not None
    assert less is not None
    assert full - less == pytest.approx(6.02 * halvings, abs=0.4)


def test_a_thin_voice_has_a_higher_alpha_ratio_than_a_rich_one() -> None:
    at = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    rich = np.sum([np.sin(2 * np.pi * 150 * n * at) / n**2 for n in range(1, 20)], axis=0)
    thin = np.sum([np.sin(2 * np.pi * 150 * n * at) for n in range(1, 20)], axis=0)
    low, high = (measure(Sound((w * 1500).astype(np.int16)), [Region(0, 0.5)])[0] for w in (rich, thin))
    assert low.alpha_ratio_db is not None
    assert high.alpha_ratio_db is not None
    assert high.alpha_ratio_db - low.alpha_ratio_db > 6


def test_each_span_is_measured_on_its_own(reader: Sound) -> None:
    both = Sound(np.concatenate([tone(100, 0.5, harmonics=4).samples, tone(300, 0.5, harmonics=4).samples]))
    one, other = measure(both, [Region(0.0, 0.5), Region(0.5, 1.0)])
    assert one.pitch_hz == pytest.approx(100, rel=0.02)
    assert other.pitch_hz == pytest.approx(300, rel=0.02)


def test_a_read_voice_lies_in_a_mans_range(reader: Sound) -> None:
    pitch = track_pitch(reader.samples).pitch_hz
    assert 80 < np.median(pitch[pitch > 0]) < 130


def test_sounds_shorter_than_a_frame_and_spans_outside_are_unknown() -> None:
    voices = measure(Sound(np.zeros(10, np.int16)), [Region(0.0, 0.1), Region(5.0, 6.0)])
    assert [(v.volume_db, v.pitch_hz) for v in voices] == [(None, None), (None, None)]
