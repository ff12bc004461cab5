"""What an analysis says of an archive: one shape, whichever engine looked.

Engines speak of seconds from the archive's first picture (`Finding`); what is kept speaks of moments in UTC
(`Incident`). Words are the field's: an incident is something that somebody should look at; activity is how
much moved, and proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

MAX_INCIDENTS = 50
"""Of one archive; an engine that sees more sees ghosts."""
MAX_TEXT = 500
"""Characters of a description."""
MAX_SUMMARY = 1000


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Category(StrEnum):
    """Kinds of incidents; engines may use no others."""

    CAMERA_BLACK = "camera_black"
    CAMERA_WHITE = "camera_white"
    CAMERA_COVERED = "camera_covered"
    CAMERA_MOVED = "camera_moved"
    CAMERA_FROZEN = "camera_frozen"
    FALL = "fall"
    MEDICAL = "medical"
    FIGHT = "fight"
    WEAPON = "weapon"
    FIRE = "fire"
    SMOKE = "smoke"
    INTRUSION = "intrusion"
    LOITERING = "loitering"
    THEFT = "theft"
    VANDALISM = "vandalism"
    ACCIDENT = "accident"
    CROWD = "crowd"
    UNSAFE_BEHAVIOUR = "unsafe_behaviour"
    UNUSUAL = "unusual"


def moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def iso(when: datetime) -> str:
    """As JSON shows it: UTC, to the millisecond, with a Z."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(iso, return_type=str, when_used="json")]


@dataclass(frozen=True, slots=True)
class Finding:
    """An incident as an engine found it; seconds from the archive's first picture."""

    category: Category
    severity: Severity
    start: float
    end: float
    description: str
    confidence: float
    """0 to 1."""
    method: str
    """What found it: a measure of the picture, a detector, the name of a model."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One stretch of the activity curve."""

    at: float
    """Seconds from the first picture, where the stretch begins."""
    motion: float
    """Share of the picture that moved, 0 to 1, on average."""
    people: int | None
    """The most that were seen at once; None where nobody looked."""


class Incident(BaseModel):
    model_config = ConfigDict(extra="forbid")

    severity: Severity
    category: Category
    start: Moment
    end: Moment
    description: str = Field(max_length=MAX_TEXT)
    confidence: float = Field(ge=0, le=1)
    method: str = Field(max_length=64)
    still_key: str | None = None
    """Where the object store has a picture of it."""


class ActivityPoint(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Moment
    motion: float = Field(ge=0, le=1, description="Share of the picture that moved")
    people: int | None = Field(default=None, ge=0, description="The most at once; null where nobody looked")


class ArchiveResult(BaseModel):
    """The analysis of one archive, as it is kept."""

    model_config = ConfigDict(extra="forbid")

    safety_score: int = Field(ge=0, le=100, description="By the published rule, from the incidents alone")
    incidents: list[Incident] = Field(max_length=MAX_INCIDENTS)
    summary: str = Field(max_length=MAX_SUMMARY)
    activity: list[ActivityPoint]
    engine: str
    """Which engine looked: local, gemini, openai."""
    model: str | None = None
    """The model that a remote engine asked."""
    note: str | None = None
    """Why another engine looked than the camera's settings ask for."""
    frames: int = Field(default=0, ge=0)
    """Pictures that a remote engine was sent."""
    tokens: int = Field(default=0, ge=0)
    seconds: float = Field(ge=0)
    """How long the archive plays."""
