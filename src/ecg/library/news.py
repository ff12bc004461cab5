"""What the speech server tells of a video: as a callback, or when it is asked. Both have the same fields.

Other versions of it may send more, and leave out what they do not know.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ecg.errors import EcgError

MOST_MESSAGE = 2000
UNEXPLAINED = "the speech server could not analyse the video"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_WORDS = {
    "queued": "processing",
    "pending": "processing",
    "accepted": "processing",
    "started": "processing",
    "done": "completed",
    "success": "completed",
    "error": "failed",
    "cancelled": "failed",
    "canceled": "failed",
}


class SpeechServerError(EcgError):
    """The speech server said no, or could not do it."""

    code = "ML_SERVER_ERROR"


def reported(code: str | None, message: str) -> EcgError:
    """The error that the speech server gave a code; without a usable one it is ML_SERVER_ERROR."""
    if code is None or not _CODE.fullmatch(code):
        return SpeechServerError(message)
    kind = type("ReportedError", (SpeechServerError,), {"code": code})
    error: EcgError = kind(message)
    return error


def _status(value: Any) -> Any:
    word = value.lower() if isinstance(value, str) else value
    return _WORDS.get(word, word) if isinstance(word, str) else word


def _percent(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value:  # noqa: PLR0124
        return int(min(max(value, 0), 100))
    return 0 if value is None else value


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:MOST_MESSAGE]
    return value


class News(BaseModel):
    """How far the speech server is with a video."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    job_id: str = Field(min_length=1, max_length=128)
    status: Annotated[Literal["processing", "completed", "failed"], BeforeValidator(_status)]
    progress: Annotated[int, BeforeValidator(_percent)] = Field(default=0, description="Percent")
    message: Annotated[str | None, BeforeValidator(_text)] = None
    result: dict[str, Any] | None = Field(default=None, description="With completed only")
    error_message: Annotated[str | None, BeforeValidator(_text)] = Field(
        default=None, description="With failed only"
    )
    error_code: str | None = Field(default=None, description="With failed only")

    @property
    def failure(self) -> EcgError:
        return reported(self.error_code, self.error_message or UNEXPLAINED)


def read_news(text: bytes | str) -> News:
    """Raises SpeechServerError for what is none."""
    try:
        return News.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError):
        raise SpeechServerError("the speech server tells something that nobody understands") from None
