"""The true faster-whisper on a tiny random model: what it hears is noise, how it is driven is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg.errors import LanguageError, MissingDependency, SpeechError
from ecg.media.audio import Sound
from ecg.speech.activity import Region, find_speech, listening_regions
from ecg.speech.engines.faster_whisper import FasterWhisperEngine, windows
from tests.speech.engines.tiny_whisper import build


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize("language", ["en", "ko", "auto"])
def test_words_have_times_and_confidence(model: Path, cards: Sound, language: str) -> None:
    fractions: list[float] = []
    regions = listening_regions(find_speech(cards), cards)
    with FasterWhisperEngine(str(model)) as engine:
        heard = engine.transcribe(cards, regions, language=language, progress=fractions.append)
    assert heard.words
    starts = [word.start for word in heard.words]
    assert starts == sorted(starts, key=lambda s: s or 0.0)
    assert all(0 <= (w.start or 0) <= (w.end or 0) <= cards.seconds for w in heard.words)
    assert all(0 <= (w.confidence or 0) <= 1 for w in heard.words)
    assert not any(w.text != w.text.strip() or not w.text for w in heard.words)
    assert heard.language in engine.languages if language == "auto" else heard.language == language
    assert fractions


def test_an_english_model_refuses_other_languages(tmp_path: Path, cards: Sound) -> None:
    with FasterWhisperEngine(str(build(tmp_path / "tiny.en", multilingual=False))) as engine:
        assert engine.transcribe(cards, [Region(0, 2)], language="auto", progress=print).language == "en"
        with pytest.raises(LanguageError, match="English only"):
            engine.transcribe(cards, [Region(0, 2)], language="ko", progress=print)


def test_the_version_names_engine_and_model(model: Path) -> None:
    assert FasterWhisperEngine(str(model)).model_version == "faster-whisper-tiny"
    assert FasterWhisperEngine("large-v3").model_version == "faster-whisper-large-v3"


def test_no_speech_no_words(model: Path, cards: Sound) -> None:
    with FasterWhisperEngine(str(model)) as engine:
        assert engine.transcribe(cards, [], language="en", progress=print).words == ()


def test_a_folder_without_a_model_is_told_plainly(tmp_path: Path) -> None:
    engine = FasterWhisperEngine(str(tmp_path))
    lack = engine.lack()
    assert lack is not None
    assert "model.bin" in lack.message
    with pytest.raises(MissingDependency, match=r"model\.bin"):
        engine.load()


def test_a_damaged_model_is_a_speech_error(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"not a model")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(SpeechError, match="cannot load"):
        FasterWhisperEngine(str(tmp_path)).load()


def test_offline_a_model_that_is_not_here_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")  # nothing listens there
    lack = FasterWhisperEngine("no-such-model").lack()
    assert lack is not None
    assert "127.0.0.1 cannot be reached" in lack.message


def test_listening_before_loading_is_refused(model: Path, cards: Sound) -> None:
    with pytest.raises(SpeechError, match="not loaded"):
        FasterWhisperEngine(str(model)).transcribe(cards, [Region(0, 1)], language="en", progress=print)


def test_short_regions_share_a_window() -> None:
    regions = [Region(0, 5), Region(6, 12), Region(13, 24), Region(25, 34), Region(40, 41)]
    assert windows(regions) == [Region(0, 24), Region(25, 41)]
    assert windows([]) == []
