from __future__ import annotations

import json
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from ecg.errors import MissingDependency, SpeechError
from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region, find_speech
from ecg.speech.engines import whisperx
from ecg.speech.engines.whisperx import WhisperXEngine
from tests.speech.engines.tiny_whisper import build

installed = pytest.mark.skipif(
    find_spec("whisperx") is None, reason="the extra whisperx (7.6 GB) is not installed"
)


def _tiny_phoneme_model(folder: Path) -> Path:
    """A wav2vec2 model with letters for phonemes and random weights, as WhisperX times words with."""
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
        Wav2Vec2Processor,
    )

    folder.mkdir()
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz'"]
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: i for i, letter in enumerate(letters)}))
    tokenizer = Wav2Vec2CTCTokenizer(str(vocabulary))
    extractor = Wav2Vec2FeatureExtractor(sampling_rate=SAMPLE_RATE, return_attention_mask=False)
    Wav2Vec2Processor(extractor, tokenizer).save_pretrained(folder)
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    positions = {"num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
    config = Wav2Vec2Config(vocab_size=len(letters), conv_dim=(32,) * 7, pad_token_id=0, **shape, **positions)
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    return folder


def _tiny_punkt(folder: Path) -> Path:
    """NLTK's sentence splitter, which WhisperX wants, with nothing learnt."""
    language = folder / "tokenizers" / "punkt_tab" / "english"
    language.mkdir(parents=True)
    for name in ("collocations.tab", "sent_starters.txt", "abbrev_types.txt", "ortho_context.tab"):
        (language / name).touch()
    return folder


@installed
@pytest.mark.parametrize("aligned", [True, False])
def test_it_listens_with_tiny_models(
    tmp_path: Path, cards: Sound, monkeypatch: pytest.MonkeyPatch, aligned: bool
) -> None:
    folder = _tiny_phoneme_model(tmp_path / "phonemes") if aligned else tmp_path / "none"
    monkeypatch.setenv("ECG_WHISPERX_ALIGN_MODEL", str(folder))
    monkeypatch.setattr(import_module("nltk.data"), "path", [str(_tiny_punkt(tmp_path / "nltk"))])
    with WhisperXEngine(str(build(tmp_path / "tiny"))) as engine:
        heard = engine.transcribe(cards, find_speech(cards), language="en", progress=print)
    assert heard.language == "en"
    assert heard.words
    assert all(word.start is not None and word.end is not None for word in heard.words)
    assert {word.timing for word in heard.words} >= ({"measured"} if aligned else {"interpolated"})
    assert bool(heard.warnings) is not aligned
    assert engine.model_version == "whisperx-tiny"


@pytest.mark.skipif(find_spec("whisperx") is not None, reason="the extra whisperx is installed")
def test_without_the_extra_loading_gives_its_command(tmp_path: Path) -> None:
    with pytest.raises(MissingDependency) as raised:
        WhisperXEngine(str(build(tmp_path / "tiny"))).load()
    assert raised.value.hint == "pip install 'ecg[whisperx]'"


def test_listening_before_loading_is_refused(cards: Sound) -> None:
    with pytest.raises(SpeechError, match="not loaded"):
        WhisperXEngine("tiny").transcribe(cards, [Region(0, 1)], language="en", progress=print)


def test_words_without_times_are_interpolated_and_marked() -> None:
    """As WhisperX 3.8 answers: digits are not in the phoneme model's alphabet, so `42` has no time."""
    aligned = [
        {
            "start": 1.0,
            "end": 3.0,
            "text": " gate 42 now",
            "words": [
                {"word": "gate", "start": 1.0, "end": 1.4, "score": 0.9},
                {"word": "42"},
                {"word": "now", "start": 2.2, "end": 2.6, "score": 1.2},
            ],
        }
    ]
    gate, number, now = whisperx._words(aligned, "en")
    assert (gate.timing, number.timing, now.timing) == ("measured", "interpolated", "measured")
    assert (number.start, number.end) == (1.4, 2.2)
    assert (gate.confidence, number.confidence, now.confidence) == (0.9, None, 1.0)


def test_segments_that_were_not_aligned_share_their_time() -> None:
    words = list(whisperx._words([{"start": 0.0, "end": 2.0, "text": " ab cd"}], "en"))
    assert [(w.text, w.start, w.end, w.timing) for w in words] == [
        ("ab", 0.0, 1.0, "interpolated"),
        ("cd", 1.0, 2.0, "interpolated"),
    ]
    joined = list(whisperx._words([{"start": 0.0, "end": 2.0, "text": "日本"}], "ja"))
    assert [(w.text, w.joined) for w in joined] == [("日", True), ("本", True)]


def test_without_a_way_out_it_looks_on_the_disk_only_and_only_while_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    with whisperx._quiet_environment():
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "1"
