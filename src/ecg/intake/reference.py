"""The references by which clients name videos and callbacks."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")


def _reference(value: str) -> str:
    if _UNPRINTABLE.search(value):
        raise ValueError("no blanks or control characters are allowed here")
    return value


Reference = Annotated[str, Field(min_length=1, max_length=8192), AfterValidator(_reference)]
"""A URL, or an object's key."""
