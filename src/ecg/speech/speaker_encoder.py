"""Turns 1.6 s of speech into a voiceprint: 256 numbers that are close for one voice and far for two.

Resemblyzer's network (a GE2E encoder, Wan et al. 2018): 40 mel bands, three LSTM layers of 256, one linear
layer, ReLU, unit length. Here in plain NumPy, equal to PyTorch's result to 1e-6 before the weights are
rounded to float16.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ecg.assets.speaker_encoder import Weights, load_weights
from ecg.media.audio import SAMPLE_RATE

HOP = 160
FRAMES_PER_SECOND = SAMPLE_RATE // HOP
WINDOW_FRAMES = 160
"""1.6 s, the length that the network was trained on."""
MEL_BANDS = 40

_FFT = 400
_LAYERS = 3
_HIDDEN = 256
_BATCH = 64
_FRAMES_AT_ONCE = 6000

Floats = NDArray[np.float32]


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """These products are too small to share: on two cores OpenBLAS with its own threads took ten times as
    long."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


class SpeakerEncoder:
    """Holds the weights; raises MissingDependency when they were never fetched."""

    def __init__(self, weights: Weights | None = None) -> None:
        weights = load_weights() if weights is None else weights
        self._layers = _layers(weights)
        self._linear = np.ascontiguousarray(weights["linear.weight"].T), weights["linear.bias"]

    def embed(self, windows: Floats) -> Floats:
        """Voiceprints of mel windows.

        Args:
            windows: (n, `WINDOW_FRAMES`, `MEL_BANDS`), from `mel_spectrogram`.

        Returns:
            (n, 256), unit length, none negative.
        """
        if not len(windows):
            return np.zeros((0, _HIDDEN), np.float32)
        with _one_blas_thread():
            parts = [self._embed(windows[at : at + _BATCH]) for at in range(0, len(windows), _BATCH)]
        return np.concatenate(parts)

    def _embed(self, windows: Floats) -> Floats:
        sequence = np.ascontiguousarray(windows.transpose(1, 0, 2))
        for inputs, recurrent, bias in self._layers:
            sequence = _lstm(sequence, inputs, recurrent, bias)
        weight, bias = self._linear
        raw = np.maximum(sequence[-1] @ weight + bias, 0)
        length = np.linalg.norm(raw, axis=1, keepdims=True)
        return np.asarray(raw / np.maximum(length, 1e-9), dtype=np.float32)


def _layers(weights: Weights) -> list[tuple[Floats, Floats, Floats]]:
    """(input weights, recurrent weights, bias) of each layer, transposed for row vectors."""
    return [
        (
            np.ascontiguousarray(weights[f"lstm.weight_ih_l{layer}"].T),
            np.ascontiguousarray(weights[f"lstm.weight_hh_l{layer}"].T),
            weights[f"lstm.bias_ih_l{layer}"] + weights[f"lstm.bias_hh_l{layer}"],
        )
        for layer in range(_LAYERS)
    ]


def _lstm(sequence: Floats, inputs: Floats, recurrent: Floats, bias: Floats) -> Floats:
    """One layer over (time, batch, features); PyTorch's gate order: input, forget, candidate, output."""
    steps, batch, features = sequence.shape
    driven = (sequence.reshape(-1, features) @ inputs + bias).reshape(steps, batch, 4 * _HIDDEN)
    hidden = np.zeros((batch, _HIDDEN), np.float32)
    cell = np.zeros_like(hidden)
    out = np.empty((steps, batch, _HIDDEN), np.float32)
    for step in range(steps):
        gates = driven[step] + hidden @ recurrent
        keep = _sigmoid(gates[:, : 2 * _HIDDEN])
        cell = keep[:, _HIDDEN:] * cell + keep[:, :_HIDDEN] * np.tanh(gates[:, 2 * _HIDDEN : 3 * _HIDDEN])
        hidden = _sigmoid(gates[:, 3 * _HIDDEN :]) * np.tanh(cell)
        out[step] = hidden
    return out


def _sigmoid(x: Floats) -> Floats:
    half = np.float32(0.5)
    return np.asarray(half * np.tanh(half * x) + half, dtype=np.float32)


def mel_spectrogram(samples: NDArray[np.int16]) -> Floats:
    """(frames, `MEL_BANDS`) mel power, `HOP` samples apart, frame i centred on sample ``i * HOP``; not in dB.

    As librosa's ``melspectrogram`` (Slaney's filters, Hann window of 25 ms), which the network was trained
    with.
    """
    padded = np.pad(samples, _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP]
    parts = [_mel(frames[at : at + _FRAMES_AT_ONCE]) for at in range(0, len(frames), _FRAMES_AT_ONCE)]
    return np.concatenate(parts)


def _mel(frames: NDArray[np.int16]) -> Floats:
    spectrum = np.fft.rfft(frames.astype(np.float32) / 32768 * _HANN)
    return np.asarray((np.abs(spectrum) ** 2).astype(np.float32) @ _FILTERS.T, dtype=np.float32)


def _slaney_filters() -> Floats:
    """Triangular filters of unit area on Slaney's mel scale: linear to 1 kHz, logarithmic above."""
    linear_step, knee_hz, log_step = 200.0 / 3, 1000.0, np.log(6.4) / 27
    knee = knee_hz / linear_step
    top = knee + np.log(SAMPLE_RATE / 2 / knee_hz) / log_step
    mels = np.linspace(0.0, top, MEL_BANDS + 2)
    edges = np.where(mels < knee, mels * linear_step, knee_hz * np.exp(log_step * (mels - knee)))
    frequencies = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * area[:, None], dtype=np.float32)


_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)
_FILTERS = _slaney_filters()
