"""What a render job is told, and what it answers: the payload and the result of its row."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ecg.intake.reference import Reference
from ecg.render.options import OutputFormat, RenderOptions, frame_rate

FASTEST = 60
"""Frames a second; the contract's limit."""


def _whole_number(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        raise ValueError("a whole number is expected here")
    return value


def _rate(value: Any) -> str:
    """A frame rate in one spelling: ``30``, ``30000/1001``."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError('a frame rate is a number, or a text such as "30000/1001"')
    if isinstance(value, str) and not re.fullmatch(
        r"[0-9]{1,9}(\.[0-9]{1,9})?(/[0-9]{1,9})?", value, re.ASCII
    ):
        raise ValueError('a frame rate is a number, or a text such as "30000/1001"')
    try:
        rate = frame_rate(value)
    except Exception as error:
        raise ValueError(str(error)) from None
    if not 1 <= rate <= FASTEST:
        raise ValueError(f"a frame rate is 1 to {FASTEST} frames a second")
    return str(rate)


WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
FrameRate = Annotated[
    str,
    BeforeValidator(_rate),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": FASTEST},
                {"type": "string", "enum": ["24000/1001", "30000/1001", "60000/1001"]},
            ],
            "description": "Frames a second; 29.97, 23.976 and 59.94 mean the NTSC rates.",
        }
    ),
]


class OutputOptions(BaseModel):
    """The picture to make. What is left out is as in the input; fields that are not known are ignored."""

    model_config = ConfigDict(frozen=True)

    width: Annotated[WholeNumber, Field(ge=480, le=3840)] | None = None
    """Pixels. With `height`, the picture is fitted inside and padded; alone, the other side follows."""
    height: Annotated[WholeNumber, Field(ge=360, le=2160)] | None = None
    fps: FrameRate | None = None
    quality: Annotated[WholeNumber, Field(ge=1, le=100)] | None = None
    """Higher is better; 90 is x264's CRF 20."""
    format: OutputFormat = "mp4"

    def for_renderer(self, *, gpu: bool) -> RenderOptions:
        return RenderOptions(
            width=self.width,
            height=self.height,
            fps=Fraction(self.fps) if self.fps else None,
            quality=self.quality,
            format=self.format,
            gpu=gpu,
        )


class RenderPayload(BaseModel):
    """A video and the captions to draw into it."""

    model_config = ConfigDict(frozen=True)

    video_url: Reference
    """http(s)://…, s3://bucket/key of the own bucket, or the key of an object in the own store."""
    scenario: dict[str, Any]
    """As the client sent it: an ECG scenario, flat cues, MotionText …"""
    options: OutputOptions = OutputOptions()


class RenderResult(BaseModel):
    """A finished video, and what making it took."""

    object_key: str
    content_type: str
    size: int
    """Bytes."""
    duration: float
    """Seconds."""
    width: int
    height: int
    frames_processed: int
    frames_dropped: int
    drop_rate: float
    frames_copied: int
    memory_peak_mb: float
    memory_trend: Literal["stable", "rising", "falling"]
    encoder: str
    stage_seconds: dict[str, float]
    """Wall time by ``fetch``, ``render``, ``check`` and ``store``."""
    warnings: list[str]
