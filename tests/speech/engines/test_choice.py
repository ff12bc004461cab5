from __future__ import annotations

from pathlib import Path

import pytest

from ecg.errors import InputError, LanguageError, MissingDependency
from ecg.speech.engines import choose
from ecg.speech.engines.faster_whisper import FasterWhisperEngine
from ecg.speech.engines.whisperx import WhisperXEngine
from tests.speech.engines.tiny_whisper import build


@pytest.fixture
def only_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where no extra is installed."""
    monkeypatch.setattr(FasterWhisperEngine, "installed", lambda _self: False)
    monkeypatch.setattr(WhisperXEngine, "installed", lambda _self: False)


@pytest.fixture(autouse=True)
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.usefixtures("only_embedded")
def test_without_extras_the_embedded_engine_listens_and_says_so() -> None:
    chosen = choose()
    assert chosen.engine.name == "pocketsphinx"
    assert "faster-whisper is not installed" in chosen.reason


@pytest.mark.usefixtures("only_embedded")
@pytest.mark.parametrize("language", ["ko", "ja", "zh-Hans", "de_AT"])
def test_a_language_nobody_here_knows_names_the_extra(language: str) -> None:
    with pytest.raises(LanguageError) as raised:
        choose(language=language)
    assert "pip install 'ecg[faster-whisper]'" in (raised.value.hint or "")
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("language", ["xx", "klingon", ""])
def test_a_language_nobody_knows_at_all_is_refused(language: str) -> None:
    with pytest.raises(LanguageError):
        choose(language=language)


def test_english_of_any_region_is_english() -> None:
    assert choose("pocketsphinx", language="en-GB").engine.name == "pocketsphinx"


def test_the_named_engine_must_know_the_language() -> None:
    with pytest.raises(LanguageError, match="pocketsphinx"):
        choose("pocketsphinx", language="ko")


@pytest.mark.usefixtures("only_embedded")
@pytest.mark.parametrize("name", ["faster-whisper", "whisperx"])
def test_a_named_engine_that_is_not_installed_gives_its_command(name: str) -> None:
    with pytest.raises(MissingDependency) as raised:
        choose(name)
    assert raised.value.hint == f"pip install 'ecg[{name}]'"


def test_no_such_engine() -> None:
    with pytest.raises(InputError, match="siri"):
        choose("siri")


def test_a_better_engine_without_a_model_is_passed_over_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(WhisperXEngine, "installed", lambda _self: False)
    chosen = choose()
    assert chosen.engine.name == "pocketsphinx"
    assert "not on this machine" in chosen.reason


def test_a_better_engine_whose_model_is_here_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WhisperXEngine, "installed", lambda _self: False)
    monkeypatch.setenv("ECG_WHISPER_MODEL", str(build(tmp_path / "tiny")))
    assert choose().engine.name == "faster-whisper"
    assert choose(language="ko").engine.name == "faster-whisper"


def test_a_language_that_only_lacks_its_model_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WhisperXEngine, "installed", lambda _self: False)
    with pytest.raises(MissingDependency, match="base"):
        choose(language="ko")
