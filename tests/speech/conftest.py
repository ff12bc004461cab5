"""Recorded speech, the encoder's real weights, and no way out to model hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg.assets.speaker_encoder import weights_path
from ecg.media.audio import Sound, extract_audio
from tests.speech.recordings import CARDS, READER, concatenate

needs_recordings = pytest.mark.skipif(
    not READER.is_dir(), reason="recorded speech is not installed: apt-get install pocketsphinx-testdata"
)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("ECG_WHISPER_MODEL", raising=False)


@pytest.fixture(scope="session")
def cards() -> Sound:
    """A man reads playing cards; see `tests.speech.recordings.CARDS_TEXT`."""
    if not CARDS.is_dir():
        pytest.skip("recorded speech is not installed: apt-get install pocketsphinx-testdata")
    return concatenate([extract_audio(CARDS / f"00{n}.wav") for n in (1, 3, 5)])


@pytest.fixture(scope="session")
def reader() -> Sound:
    """A man reads two sentences of Jane Austen (0880 and 0930)."""
    if not READER.is_dir():
        pytest.skip("recorded speech is not installed: apt-get install pocketsphinx-testdata")
    return concatenate(
        [extract_audio(READER / f"sense_and_sensibility_01_austen_64kb-{n}.wav") for n in ("0880", "0930")]
    )


@pytest.fixture
def weights() -> Path:
    """The speaker encoder's weights as the set-up fetched them."""
    path = weights_path()
    if not path.is_file():
        pytest.skip("the speaker encoder's weights are not here: ecg models pull")
    return path
