"""The bodies of the camera API. Moments are ISO 8601 in UTC."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

CAMERA_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

State = Literal["off", "starting", "live", "stalled", "retrying", "failed"]
Transport = Literal["tcp", "udp"]


def _one_line(value: str) -> str:
    if BREAKING.search(value) or not value.strip():
        raise ValueError("this is one line of text that can be seen")
    return value.strip()


def _text(value: str) -> str:
    if re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", value):
        raise ValueError("control characters are no text")
    return value


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
CameraUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2048,
        description="rtsp, rtsps, rtmp, rtmps, srt, http, https, or file for a file that is played in a loop",
    ),
]
Prompt = Annotated[str, Field(max_length=4000), AfterValidator(_text)]


class AnalysisSettings(BaseModel):
    """How a camera's recordings are looked at."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    engine: Literal["local", "gemini", "openai"] = "local"
    prompt: Prompt = Field(default="", description="What to look for, in your words; for model engines")
    normal: Prompt = Field(default="", description="What is normal before this camera")
    quick_look_seconds: int = Field(
        default=45, ge=0, le=3600, description="A snapshot is looked at so often; 0: never"
    )


class NewCamera(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(
        default=None, pattern=f"^{CAMERA_ID}$", description="Of your choice; null: one is made"
    )
    name: Name
    url: CameraUrl
    transport: Transport = Field(default="tcp", description="How RTSP carries the video")
    enabled: bool = Field(default=True, description="Recorded and shown from now on")
    archive_seconds: int = Field(default=600, ge=10, le=3600, description="Length of a recording")
    keep_days: int = Field(default=7, ge=1, le=3650, description="Recordings are removed after so long")
    analysis: AnalysisSettings = AnalysisSettings()


class CameraChange(BaseModel):
    """What to change; what is left out stays. A `url` as it was shown stays, too."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    url: CameraUrl | None = None
    transport: Transport | None = None
    enabled: bool | None = None
    archive_seconds: int | None = Field(default=None, ge=10, le=3600)
    keep_days: int | None = Field(default=None, ge=1, le=3650)
    analysis: AnalysisSettings | None = None


class VideoFacts(BaseModel):
    """A camera's video as it was seen. Sizes in pixels."""

    codec: str
    width: int
    height: int
    fps: float | None
    gop_seconds: float | None = Field(
        description="Between key frames; null: the sample had only one, so it is longer than that"
    )
    pixel_format: str
    browser_playable: bool = Field(description="Copied as it is; else it is encoded anew")
    reason: str | None = Field(default=None, description="Why it has to be encoded anew")


class AudioFacts(BaseModel):
    codec: str
    sample_rate: int
    channels: int
    browser_playable: bool


class StreamFacts(BaseModel):
    """What a look at a camera found."""

    protocol: str
    video: VideoFacts
    audio: AudioFacts | None


class CameraDocument(BaseModel):
    """A camera as its organisation sees it; secrets of the URL are shown as ***."""

    id: str
    name: str
    url: str
    transport: Transport
    enabled: bool
    archive_seconds: int
    keep_days: int
    analysis: AnalysisSettings
    wanted: bool = Field(description="Recording was started and not stopped")
    state: State
    state_since: str
    error_code: str | None
    error_message: str | None
    found: StreamFacts | None
    created_at: str
    updated_at: str


class CameraList(BaseModel):
    """All cameras of the organisation, by name."""

    cameras: list[CameraDocument]


class CameraTest(BaseModel):
    """Which camera to look at: a URL that is not saved yet, or a camera that is."""

    model_config = ConfigDict(extra="forbid")

    url: CameraUrl | None = None
    transport: Transport = "tcp"
    camera_id: str | None = Field(
        default=None, pattern=f"^{CAMERA_ID}$", description="With a url as it was shown: the saved one"
    )


class CameraTestResult(BaseModel):
    still: str = Field(description="A data: URL of a JPEG")
    found: StreamFacts


class CameraStatus(BaseModel):
    """The stream of a camera now."""

    camera_id: str
    state: State
    since: str
    wanted: bool
    reconnects: int = Field(description="Since recording was started")
    stalls: int
    last_segment_age_seconds: float | None
    segment_seconds: float | None = Field(description="How long live segments are")
    latency_hint_seconds: float | None = Field(description="What a viewer lags behind at least")
    codec: str | None
    width: int | None
    height: int | None
    transcoding: bool
    transcoding_reason: str | None
    error_code: str | None
    error_message: str | None
    host: str | None = Field(description="The machine that records it")
    playlist_url: str | None = Field(description="null while it is not recorded")


class StartedStream(BaseModel):
    camera_id: str
    state: State
    playlist_url: str


class StoppedStream(BaseModel):
    camera_id: str
    state: State


class PlaylistLink(BaseModel):
    camera_id: str
    playlist_url: str
    expires_at: str
