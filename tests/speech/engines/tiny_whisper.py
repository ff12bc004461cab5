"""A Whisper model of 16 dimensions with random weights, in CTranslate2's own format, made without PyTorch.

It hears nothing true, but it goes through the real loading, language detection, decoding and word alignment
code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from ecg.speech.engines.languages import WHISPER

_WIDTH = 16
_MELS = 80
_POSITIONS = 1500
_TEXT_POSITIONS = 448
_TIMESTAMPS = 1501
_WORDS = 50_256 - 256  # besides the bytes
_LANGUAGES = sorted(WHISPER - {"yue"})  # Cantonese came with large-v3 and its larger vocabulary
_TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")


def build(folder: Path, *, multilingual: bool = True, seed: int = 0) -> Path:
    """Write model.bin, config.json, vocabulary and tokenizer.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(multilingual)
    tokenizer.save(str(folder / "tokenizer.json"))
    spec = WhisperSpec(1, 1, 1, 1)
    _fill(spec, tokenizer.get_vocab_size(), np.random.default_rng(seed))
    _make_it_stop(spec.decoder, tokenizer)
    spec.register_vocabulary([tokenizer.id_to_token(i) or "" for i in range(tokenizer.get_vocab_size())])
    spec.config.alignment_heads = [(0, 0)]
    spec.config.lang_ids = [tokenizer.token_to_id(f"<|{code}|>") for code in _LANGUAGES]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokenizer.token_to_id("<|endoftext|>")]
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    return folder


def _tokenizer(multilingual: bool) -> Tokenizer:
    special = ["<|endoftext|>", "<|startoftranscript|>"]
    special += [f"<|{code}|>" for code in _LANGUAGES] + [f"<|{task}|>" for task in _TASKS]
    pieces = sorted(pre_tokenizers.ByteLevel.alphabet()) + [f"Ġw{n}" for n in range(_WORDS)]
    if multilingual:
        pieces.append(
            ""
        )  # the empty token that only the multilingual vocabulary has: CTranslate2 looks for it
    vocabulary = {token: i for i, token in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    times = [AddedToken(f"<|{step * 0.02:.2f}|>", normalized=False) for step in range(_TIMESTAMPS)]
    tokenizer.add_tokens(times)
    return tokenizer


def _make_it_stop(decoder: Any, tokenizer: Tokenizer) -> None:
    """The first dimension counts positions and calls for the end, or chance would fill all 448 of them."""
    end, times = tokenizer.token_to_id("<|endoftext|>"), tokenizer.token_to_id("<|0.00|>")
    decoder.position_encodings.encodings[:, 0] = np.linspace(-6, 6, 12)[
        np.arange(_TEXT_POSITIONS).clip(0, 11)
    ]
    decoder.projection.weight = decoder.embeddings.weight.copy()
    decoder.projection.weight[:, 0] = 0
    decoder.projection.weight[end] = 0
    decoder.projection.weight[end, 0] = 8
    decoder.projection.bias = np.zeros(tokenizer.get_vocab_size(), np.float32)
    decoder.projection.bias[times:] = -20  # more likely together than any word, they would be all it says


def _fill(spec: Any, vocabulary: int, random: np.random.Generator) -> None:
    def weights(*shape: int) -> np.ndarray[Any, Any]:
        return random.normal(0, 0.3, shape).astype(np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def linear(layer: Any, out: int, into: int) -> None:
        layer.weight, layer.bias = weights(out, into), weights(out)

    def block(layer: Any) -> None:
        norm(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * _WIDTH, _WIDTH)
        linear(layer.self_attention.linear[1], _WIDTH, _WIDTH)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 2 * _WIDTH, _WIDTH)
        linear(layer.ffn.linear_1, _WIDTH, 2 * _WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(_WIDTH, _MELS, 3), weights(_WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = weights(_WIDTH, _WIDTH, 3), weights(_WIDTH)
    encoder.position_encodings.encodings = weights(_POSITIONS, _WIDTH)
    norm(encoder.layer_norm)
    block(encoder.layer[0])
    decoder.embeddings.weight = weights(vocabulary, _WIDTH)
    decoder.position_encodings.encodings = weights(_TEXT_POSITIONS, _WIDTH)
    norm(decoder.layer_norm)
    decoder.projection.weight = decoder.embeddings.weight
    block(decoder.layer[0])
    norm(decoder.layer[0].attention.layer_norm)
    linear(decoder.layer[0].attention.linear[0], _WIDTH, _WIDTH)
    linear(decoder.layer[0].attention.linear[1], 2 * _WIDTH, _WIDTH)
    linear(decoder.layer[0].attention.linear[2], _WIDTH, _WIDTH)
