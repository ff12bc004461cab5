"""The analysis result: what the speech side hands to everybody else, field for field the wire contract.

Unknown is null, never a constant that looks like a measurement. Fields beyond the contract are additive:
`alpha_ratio_db` and `timing` of a word, and the facts in `metadata` after `total_segments`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SegmentSpeaker(Model):
    speaker_id: str
    """``SPEAKER_00``, ``SPEAKER_01`` … in the order of their first word."""
    confidence: Share | None = None
    """How clearly the voice is this speaker's and no other's; None where only one voice was assumed."""


class SegmentEmotion(Model):
    emotion: Literal["neutral", "happy", "sad", "angry", "excited"]
    confidence: Share


class ResultWord(Model):
    word: str
    start: Seconds | None = None
    end: Seconds | None = None
    score: Share | None = None
    """The engine's confidence in the word."""
    volume_db: Finite | None = None
    """RMS, dBFS."""
    pitch_hz: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    alpha_ratio_db: Finite | None = None
    timing: Literal["measured", "interpolated"] = "measured"


class Segment(Model):
    start_time: Seconds
    end_time: Seconds
    text: str
    speaker: SegmentSpeaker
    emotion: SegmentEmotion | None = None
    words: list[ResultWord]


class SpeakerTotals(Model):
    total_duration: Seconds
    """Seconds of this speaker's segments."""
    segment_count: Annotated[int, Field(ge=0)]


class Metadata(Model):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model_version: str
    processing_time: Seconds
    unique_speakers: int
    total_segments: int
    engine: str
    engine_reason: str
    """Why this engine listened: it was asked for, or what `auto` weighed."""
    language_source: Literal["given", "detected", "assumed"]
    speaker_method: str
    emotion_method: str | None = None
    stage_seconds: dict[str, Seconds] = Field(default_factory=dict)
    """Wall time of each stage."""
    pieces: Annotated[int, Field(ge=1)] = 1
    """In how many pieces a long sound was worked on."""
    warnings: list[str] = Field(default_factory=list)
    """What the reader must know: assumptions, damage passed over, parts left out."""


class AnalysisResult(Model):
    text: str
    language: str
    duration: Seconds
    """Of the sound, in seconds."""
    segments: list[Segment]
    speakers: dict[str, SpeakerTotals]
    metadata: Metadata
