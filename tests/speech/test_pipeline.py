"""The whole listening, on a video made from recorded speech."""

from __future__ import annotations

import subprocess
from pathlib import Path

import jiwer
import pytest

from ecg.errors import InputError, LanguageError, MediaError
from ecg.media.audio import Sound
from ecg.speech import AnalysisResult, transcribe
from tests.speech.recordings import CARDS_TEXT


@pytest.fixture(scope="module")
def video(cards: Sound, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "cards.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"color=navy:s=64x64:r=10:d={cards.seconds}"]
    command += [
        "-f",
        "s16le",
        "-ar",
        "16000",
        "-ac",
        "1",
        "-i",
        "-",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]
    subprocess.run([*command, "-c:a", "aac", str(path)], input=cards.samples.tobytes(), check=True)
    return path


@pytest.fixture(scope="module")
def told() -> list[tuple[float, str]]:
    return []


@pytest.fixture(scope="module")
def result(video: Path, told: list[tuple[float, str]]) -> AnalysisResult:
    return transcribe(
        video,
        engine="pocketsphinx",
        speakers=1,
        progress=lambda percent, message: told.append((percent, message)),
    )


def test_what_is_said_is_written_down(result: AnalysisResult) -> None:
    assert jiwer.wer(CARDS_TEXT, result.text) < 0.2
    assert result.text == " ".join(segment.text for segment in result.segments)


def test_every_word_is_timed_and_measured(result: AnalysisResult) -> None:
    words = [word for segment in result.segments for word in segment.words]
    assert all(word.start is not None and word.end is not None and word.start < word.end for word in words)
    assert all(word.volume_db is not None and -60 < word.volume_db < 0 for word in words)
    assert sum(word.pitch_hz is not None for word in words) > 0.8 * len(words)


def test_segments_span_their_words_and_add_up(result: AnalysisResult) -> None:
    for segment in result.segments:
        assert segment.start_time == segment.words[0].start
        assert segment.end_time == segment.words[-1].end
    assert set(result.speakers) == {"SPEAKER_00"}
    assert (
        result.speakers["SPEAKER_00"].segment_count == len(result.segments) == result.metadata.total_segments
    )


def test_the_metadata_says_how_it_came_about(result: AnalysisResult) -> None:
    facts = result.metadata
    assert facts.engine == "pocketsphinx"
    assert facts.engine_reason == "asked for"
    assert facts.language_source == "assumed"
    assert any("English was assumed" in warning for warning in facts.warnings)
    assert facts.speaker_method == "one speaker, as given"
    assert facts.emotion_method is not None
    assert "heuristic" in facts.emotion_method
    assert 0 < sum(facts.stage_seconds.values()) <= facts.processing_time + 0.1


def test_progress_goes_through_the_contracts_bands(
    result: AnalysisResult, told: list[tuple[float, str]]
) -> None:
    percents = [percent for percent, _ in told]
    assert percents == sorted(percents)
    assert percents[0] == 0
    assert percents[-1] == 100
    first = {message: percent for percent, message in reversed(told)}
    assert list(reversed(first.values())) == [0, 10, 25, 40, 60, 75, 90]
    assert result.metadata.processing_time > 0


def test_two_runs_hear_the_same(video: Path, result: AnalysisResult) -> None:
    again = transcribe(video, engine="pocketsphinx", speakers=1)
    assert again.segments == result.segments


def test_a_transcript_replaces_the_guess(video: Path, tmp_path: Path) -> None:
    text = tmp_path / "cards.txt"
    text.write_text(
        "Ten of clubs. Seven of clubs. Eight of spades, four of clubs, seven of hearts.", encoding="utf-8"
    )
    placed = transcribe(
        video, engine="pocketsphinx", language="en", speakers=1, transcript=text, emotion=False
    )
    assert placed.text == text.read_text()
    assert len(placed.segments) >= 3
    assert placed.metadata.emotion_method is None
    assert all(segment.emotion is None for segment in placed.segments)


def test_silence_is_an_empty_result_that_says_so(tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=d=2", str(silent)], check=True)
    nothing = transcribe(silent, engine="pocketsphinx", language="en")
    assert (nothing.segments, nothing.text, nothing.metadata.unique_speakers) == ([], "", 0)
    assert nothing.metadata.warnings == ["no speech was found in the sound"]


@pytest.mark.parametrize("speakers", [0, -1, 21])
def test_an_impossible_number_of_speakers_is_refused(video: Path, speakers: int) -> None:
    with pytest.raises(InputError, match="speakers"):
        transcribe(video, speakers=speakers)


def test_bad_input_is_told_before_any_listening(video: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        transcribe(tmp_path / "none.mp4")
    with pytest.raises(LanguageError):
        transcribe(video, engine="pocketsphinx", language="ko")
