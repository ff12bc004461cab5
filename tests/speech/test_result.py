from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from ecg.speech.result import (
    AnalysisResult,
    Metadata,
    ResultWord,
    Segment,
    SegmentSpeaker,
    SpeakerTotals,
)


def _result(word: ResultWord) -> AnalysisResult:
    return AnalysisResult(
        text="You",
        language="en",
        duration=1.0,
        segments=[
            Segment(
                start_time=0.1,
                end_time=0.5,
                text="You",
                speaker=SegmentSpeaker(speaker_id="SPEAKER_00"),
                words=[word],
            )
        ],
        speakers={"SPEAKER_00": SpeakerTotals(total_duration=0.4, segment_count=1)},
        metadata=Metadata(
            model_version="m",
            processing_time=1.0,
            unique_speakers=1,
            total_segments=1,
            engine="pocketsphinx",
            engine_reason="asked for",
            language_source="given",
            speaker_method="one speaker, as given",
        ),
    )


def test_the_wire_names_are_the_contracts() -> None:
    wire = json.loads(_result(ResultWord(word="You", start=0.1, end=0.5, score=0.9)).model_dump_json())
    assert {"text", "language", "duration", "segments", "speakers", "metadata"} == set(wire)
    segment = wire["segments"][0]
    assert {"start_time", "end_time", "text", "speaker", "emotion", "words"} == set(segment)
    assert set(segment["speaker"]) == {"speaker_id", "confidence"}
    assert {"word", "start", "end", "score", "volume_db", "pitch_hz"} < set(segment["words"][0])
    assert {"model_version", "processing_time", "unique_speakers", "total_segments"} < set(wire["metadata"])


def test_the_unknown_is_null() -> None:
    wire = json.loads(_result(ResultWord(word="You")).model_dump_json())
    word = wire["segments"][0]["words"][0]
    assert [word[k] for k in ("start", "end", "score", "volume_db", "pitch_hz")] == [None] * 5
    assert wire["segments"][0]["emotion"] is None


@pytest.mark.parametrize(
    "wrong",
    [{"start": float("nan")}, {"score": 1.5}, {"pitch_hz": 0.0}, {"volume_db": float("inf")}, {"extra": 1}],
)
def test_what_cannot_be_a_measurement_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ResultWord(word="You", **wrong)
