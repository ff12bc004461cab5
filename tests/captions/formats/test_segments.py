"""Results of recognisers: ours, Whisper's, WhisperX's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecg.captions.formats import ReadResult, read
from ecg.errors import ScenarioError
from tests.captions.formats.samples import ANALYSIS, OLD_ANALYSIS, WHISPER, WHISPERX


def loaded(document: object) -> ReadResult:
    return read(json.dumps(document).encode(), name="a.json")


def segment(**fields: Any) -> dict[str, Any]:
    return {"start_time": 1, "end_time": 3, "text": "Hello world", **fields}


class TestAnalysis:
    def test_current(self) -> None:
        result = read(ANALYSIS, name="a.json")
        first, second = result.scenario.cues
        assert (result.source_format, result.warnings) == ("analysis", ())
        assert result.scenario.language == "en"
        assert sorted(result.scenario.speakers) == ["SPEAKER_01", "SPEAKER_02"]
        assert (first.speaker, first.emotion, first.emotion_confidence) == ("SPEAKER_01", "angry", 0.7)
        you, are, late = first.words
        assert (you.volume_db, you.pitch_hz, you.confidence, you.timing) == (-19.9, 210.4, 0.93, "measured")
        assert (are.volume_db, are.pitch_hz, are.timing) == (None, None, "interpolated")
        assert (are.start, are.end) == (4.99, 6.0)
        assert late.alpha_ratio_db == -8.5
        assert second.text == "Sorry!"

    def test_older(self) -> None:
        result = read(OLD_ANALYSIS, name="a.json")
        (cue,) = result.scenario.cues
        assert (result.source_format, cue.speaker, cue.emotion) == ("analysis", "SPEAKER_00", "calm")
        assert [(w.text, w.confidence) for w in cue.words] == [("Well,", 0.75), ("then", 0.25)]

    def test_a_callback_is_looked_into(self) -> None:
        callback = {"job_id": "x", "status": "completed", "result": {"segments": [segment(end_time=0)]}}
        result = loaded(callback)
        assert result.scenario.cues == []
        assert result.warnings[0].startswith("/result/segments/0: ")

    @pytest.mark.parametrize(
        "speakers",
        [
            {"S1": {"name": "Anna"}, "S2": {"name": "silent"}},
            [{"id": "S1", "name": "Anna"}, {"speaker_id": "S2"}],
        ],
    )
    def test_names_of_speakers(self, speakers: object) -> None:
        result = loaded({"segments": [segment(speaker={"speaker_id": "S1"})], "speakers": speakers})
        assert {key: s.name for key, s in result.scenario.speakers.items()} == {"S1": "Anna"}

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"start_time": "1"}, "/segments/0/start_time"),
            ({"start_time": -1}, "/segments/0/start_time"),
            ({"end_time": None}, "/segments/0/end"),
            ({"text": ["Hello"]}, "/segments/0/text"),
            ({"words": [1]}, "/segments/0/words/0"),
            ({"words": [{"word": "Hello", "volume_db": "loud"}]}, "/segments/0/words/0/volume_db"),
        ],
    )
    def test_broken_segments_are_one_error_with_its_pointer(self, fields: dict[str, Any], where: str) -> None:
        with pytest.raises(ScenarioError) as caught:
            loaded({"segments": [segment(**fields)]})
        assert caught.value.where == where

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ({"start": 2.5, "end": 2.0}, (2.5, 3.0, "measured")),
            ({"start": -4, "end": 2.0}, (1.0, 2.0, "interpolated")),
            ({"start": 9, "end": 10}, (1.0, 2.0, "interpolated")),
            ({"start": 0.98, "end": 1.5}, (1.0, 1.5, "measured")),
            ({"start": None}, (1.0, 2.0, "interpolated")),
        ],
    )
    def test_impossible_word_times_are_unknown(
        self, word: dict[str, Any], expected: tuple[object, ...]
    ) -> None:
        words = [{"word": "Hello", **word}, {"word": "world"}]
        first = loaded({"segments": [segment(words=words)]}).scenario.cues[0].words[0]
        if expected[0] == 2.5:  # its end was ignored: it shares with the word behind it
            assert first.start == 2.5
            assert first.timing == "measured"
        else:
            assert (first.start, first.end, first.timing) == expected

    def test_words_out_of_order_lose_their_time(self) -> None:
        words = [{"word": "Hello", "start": 2, "end": 2.5}, {"word": "world", "start": 1.5, "end": 2}]
        result = loaded({"segments": [segment(words=words)]})
        assert [w.timing for w in result.scenario.cues[0].words] == ["measured", "interpolated"]
        assert len(result.warnings) == 1


class TestWhisper:
    def test_words_bring_their_spaces(self) -> None:
        result = read(WHISPER, name="a.json")
        first, second = result.scenario.cues
        assert (result.source_format, first.text) == ("whisper", "Hello, it's me.")
        assert [(w.text, w.joined) for w in first.words] == [
            ("Hello,", False), ("it", True), ("'s", False), ("me.", False),
        ]  # fmt: skip
        assert first.words[0].confidence == 0.99
        assert second.text == "今日は天気がいいですね"
        assert all(w.timing == "interpolated" for w in second.words)

    def test_words_beside_the_segments(self) -> None:
        document = {
            "task": "transcribe",
            "language": "english",
            "segments": [{"start": 0, "end": 1, "text": "a b"}, {"start": 1, "end": 2, "text": "c"}],
            "words": [
                {"word": "a", "start": 0, "end": 0.4},
                {"word": "b", "start": 0.5, "end": 0.9},
                {"word": "c", "start": 1.2, "end": 2},
            ],
        }
        result = loaded(document)
        assert result.scenario.language == "en"
        assert [w.start for _, w in result.scenario.words()] == [0, 0.5, 1.2]
        assert all(w.timing == "measured" for _, w in result.scenario.words())

    def test_whisper_cpp(self) -> None:
        document = {
            "result": {"language": "ko"},
            "transcription": [{"offsets": {"from": 500, "to": 1500}, "text": " 안녕하세요"}],
        }
        result = loaded(document)
        assert (result.source_format, result.scenario.language) == ("whisper", "ko")
        assert [(c.start, c.end, c.text) for c in result.scenario.cues] == [(0.5, 1.5, "안녕하세요")]

    def test_letter_by_letter_japanese_joins(self) -> None:
        words = [{"word": c, "start": i / 10, "end": (i + 1) / 10} for i, c in enumerate("今日は")]
        result = loaded({"segments": [{"start": 0, "end": 1, "text": "今日は。", "words": words}]})
        (cue,) = result.scenario.cues
        assert cue.text == "今日は。"
        assert [w.start for w in cue.words] == [0, 0.1, 0.2]

    @pytest.mark.parametrize(("language", "warned"), [("auto", 0), ("", 0), ("no such tongue", 1)])
    def test_an_unknown_language_is_none(self, language: str, warned: int) -> None:
        result = loaded({"segments": [segment()], "language": language})
        assert result.scenario.language is None
        assert len(result.warnings) == warned


class TestWhisperX:
    def test_words_without_times_and_other_speakers(self) -> None:
        result = read(WHISPERX, name="a.json")
        (cue,) = result.scenario.cues
        assert result.source_format == "whisperx"
        assert cue.speaker == "SPEAKER_01"
        assert [w.speaker for w in cue.words] == ["SPEAKER_00", None, None, None]
        assert [(w.text, w.timing) for w in cue.words][1] == ("2024", "interpolated")
        assert sorted(result.scenario.speakers) == ["SPEAKER_00", "SPEAKER_01"]
