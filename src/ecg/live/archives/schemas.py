"""The bodies of the archive API. Moments are ISO 8601 in UTC."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ArchiveDocument(BaseModel):
    """A recording."""

    id: str
    file_name: str
    start: str
    end: str
    seconds: float
    size: int = Field(description="Bytes")
    kept: bool = Field(description="Whatever its age")
    analysed: bool


class Gap(BaseModel):
    """A time that was not recorded."""

    start: str
    end: str
    reason: str = Field(description="stall, reconnect, failed, or off: it was not to be recorded")


class Timeline(BaseModel):
    """What was recorded in a time, oldest first. The recording that is being made now is not in it."""

    archives: list[ArchiveDocument]
    gaps: list[Gap]


class ArchiveLink(BaseModel):
    url: str = Field(description="Works without a token until it ends")
    expires_at: str


class Keep(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kept: bool
