"""What a job of listening is told, and what it answers: the payload and the result of its row."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ecg.intake.reference import Reference
from ecg.speech.result import AnalysisResult, Metadata

Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8}){0,3}$", max_length=35)]
"""``auto``, or a language tag: ``en``, ``ko``, ``ja``, ``zh``, ``en-GB`` …"""


class Asked(BaseModel):
    """How a client wants a video to be listened to."""

    model_config = ConfigDict(frozen=True)

    language: Language = "auto"
    enable_gpu: bool = True
    """False: never a GPU. True: one is used where the engine can and one is there."""
    emotion_detection: bool = True
    max_workers: Annotated[int, Field(ge=1, le=64)] = 4
    """Processes or threads that may listen at once."""


class SpeechPayload(Asked):
    """A video to listen to."""

    video_url: Reference
    """http(s)://…, s3://bucket/key of the own bucket, or the key of an object in the own store."""


class ServedMetadata(Metadata):
    """Also what was asked for, and where the work was done."""

    asked: Asked
    device: str
    """``cpu`` or ``cuda``."""
    attempts: int = 1
    """How often the job was begun."""
    pieces_kept: int = 0
    """Of `pieces`: those that an earlier attempt had listened to."""


class SpeechResult(AnalysisResult):
    """The contract's `result`."""

    metadata: ServedMetadata
