from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ecg.errors import MissingDependency
from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region, find_speech
from ecg.speech.speakers import diarize
from tests.speech.recordings import ALLISON, concatenate

WOMAN = ALLISON / "demo-echotest.wav"


@pytest.fixture(scope="module")
def conversation(reader: Sound) -> tuple[Sound, list[tuple[int, float, float]]]:
    """A man and a woman in turns, brought to one band and one loudness; with (speaker, start, end) of each
    turn."""
    if not WOMAN.is_file():
        pytest.skip("recorded speech is not installed: apt-get install asterisk-core-sounds-en-wav")
    command = ["ffmpeg", "-v", "error", "-i", str(WOMAN), "-ar", "16000", "-f", "s16le", "-"]
    woman = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.int16)
    voices = [reader.samples, woman]
    pieces, turns, at = [], [], 0.0
    for n in range(4):
        speaker = n % 2
        first = (n // 2) * 4 * SAMPLE_RATE + SAMPLE_RATE // 2 * (1 - speaker)
        part = voices[speaker][first : first + 3 * SAMPLE_RATE].astype(np.float64)
        part = (part * 2500 / np.sqrt(np.mean(part**2))).clip(-32767, 32767).astype(np.int16)
        pieces.append(Sound(part))
        turns.append((speaker, at + 0.5, at + 0.5 + len(part) / SAMPLE_RATE))
        at += 0.5 + len(part) / SAMPLE_RATE
    return concatenate(pieces, pause=0.5), turns


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("told", [None, 2])
def test_a_man_and_a_woman_are_told_apart(
    conversation: tuple[Sound, list[tuple[int, float, float]]], told: int | None
) -> None:
    sound, turns = conversation
    voices = diarize(sound, find_speech(sound), speakers=told)
    assert voices.count == 2
    assert [voices.speaker_between(start + 0.5, end - 0.5)[0] for _, start, end in turns] == [
        s for s, _, _ in turns
    ]
    assert all((voices.speaker_between(start, end)[1] or 0) > 0.5 for _, start, end in turns)


@pytest.mark.usefixtures("weights")
def test_turns_lie_in_speech_and_do_not_overlap(
    conversation: tuple[Sound, list[tuple[int, float, float]]],
) -> None:
    sound, _ = conversation
    speech = find_speech(sound)
    turns = diarize(sound, speech).turns()
    assert all(a.end <= b.start for a, b in pairwise(turns))
    assert sum(t.end - t.start for t in turns) == pytest.approx(sum(r.seconds for r in speech), rel=0.02)
    assert turns[0].speaker == 0


@pytest.mark.usefixtures("weights")
def test_a_recording_turned_down_has_the_same_speakers(
    conversation: tuple[Sound, list[tuple[int, float, float]]],
) -> None:
    sound, _ = conversation
    quiet = Sound((sound.samples // 8).astype(np.int16))
    assert diarize(quiet, find_speech(sound)).count == 2


@pytest.mark.usefixtures("weights")
def test_one_reader_is_one_speaker(reader: Sound) -> None:
    voices = diarize(reader, find_speech(reader))
    assert voices.count == 1
    assert voices.speaker_between(0.0, 1.0) == (0, None)


def test_one_given_speaker_needs_no_weights(
    reader: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path))
    assert diarize(reader, find_speech(reader), speakers=1).count == 1
    with pytest.raises(MissingDependency) as raised:
        diarize(reader, find_speech(reader))
    assert "ecg models pull" in (raised.value.hint or "")


def test_no_speech_and_a_single_short_word_are_one_speaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path))
    silence = Sound(np.zeros(3 * SAMPLE_RATE, np.int16))
    assert diarize(silence, []).turns() == []
    assert diarize(silence, [Region(1.0, 1.4)]).count == 1
    assert diarize(Sound(np.zeros(800, np.int16)), [Region(0.0, 0.05)], speakers=3).count == 1
