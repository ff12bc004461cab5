from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg.assets.speaker_encoder import expected_shapes
from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.speaker_encoder import MEL_BANDS, WINDOW_FRAMES, SpeakerEncoder, mel_spectrogram
from tests.speech.recordings import tone


def _random_weights(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in expected_shapes().items()
    }


def _one_by_one(weights: dict[str, np.ndarray], window: np.ndarray) -> np.ndarray:
    """The network by its definition, one step and one gate at a time, in float64."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-x)))

    sequence = [row.astype(np.float64) for row in window]
    for layer in range(3):
        hidden, cell = np.zeros(256), np.zeros(256)
        out = []
        for x in sequence:
            total = weights[f"lstm.weight_ih_l{layer}"] @ x + weights[f"lstm.bias_ih_l{layer}"]
            total = total + weights[f"lstm.weight_hh_l{layer}"] @ hidden + weights[f"lstm.bias_hh_l{layer}"]
            into, forget, candidate, output = total.reshape(4, 256)
            cell = sigmoid(forget) * cell + sigmoid(into) * np.tanh(candidate)
            hidden = sigmoid(output) * np.tanh(cell)
            out.append(hidden)
        sequence = out
    raw = np.maximum(weights["linear.weight"] @ sequence[-1] + weights["linear.bias"], 0)
    return np.asarray(raw / np.linalg.norm(raw))


def test_the_network_follows_its_definition() -> None:
    weights = _random_weights()
    window = np.random.default_rng(1).uniform(0, 2, (1, WINDOW_FRAMES, MEL_BANDS)).astype(np.float32)
    (fast,) = SpeakerEncoder(weights).embed(window)
    assert fast == pytest.approx(_one_by_one(weights, window[0]), abs=1e-5)


def test_a_voiceprint_does_not_depend_on_its_neighbours() -> None:
    encoder = SpeakerEncoder(_random_weights())
    windows = np.random.default_rng(2).uniform(0, 2, (70, WINDOW_FRAMES, MEL_BANDS)).astype(np.float32)
    together, alone = encoder.embed(windows), encoder.embed(windows[-1:])
    assert together[-1:] == pytest.approx(alone, abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(70), abs=1e-5)


def test_no_windows_no_voiceprints() -> None:
    assert SpeakerEncoder(_random_weights()).embed(
        np.zeros((0, WINDOW_FRAMES, MEL_BANDS), np.float32)
    ).shape == (0, 256)


def test_mel_bands_are_where_slaney_put_them() -> None:
    """Below 1 kHz the 42 edges lie evenly, 200/3 Hz a mel; a tone shows up in the band around it."""
    top = 15 + 27 * np.log(8) / np.log(6.4)
    for hz, mel in ((300, 4.5), (600, 9.0), (4000, 15 + 27 * np.log(4) / np.log(6.4))):
        loudest = int(mel_spectrogram(tone(hz, 0.5).samples)[10].argmax())
        assert loudest == pytest.approx(mel / top * 41 - 1, abs=0.6)


def test_mel_frames_are_ten_milliseconds_apart() -> None:
    assert mel_spectrogram(np.zeros(SAMPLE_RATE, np.int16)).shape == (101, MEL_BANDS)


@pytest.mark.usefixtures("weights")
def test_one_voice_is_nearer_to_itself_than_to_a_tone(reader: Sound, weights: Path) -> None:
    mel = mel_spectrogram(reader.samples)
    parts = np.stack([mel[at : at + WINDOW_FRAMES] for at in (90, 180, 460)])
    other = mel_spectrogram(tone(220, 2.0, harmonics=8).samples)[:WINDOW_FRAMES]
    prints = SpeakerEncoder().embed(np.concatenate([parts, other[None]]))
    cosine = prints @ prints.T
    assert cosine[0, 1] > 0.7
    assert cosine[0, 2] > 0.7
    assert cosine[:3, 3].max() < 0.7
