"""Addresses of people, in the one spelling by which they are compared and kept."""

from __future__ import annotations

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field

MAX_LENGTH = 254


def normalised(address: str) -> str:
    """The address in lower case, its domain as people write it (RFC 5321 allows case in the local part to
    matter, no provider does); raises ValueError."""
    try:
        found = validate_email(address.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(f"this is not an e-mail address: {error}") from None
    return found.normalized.lower()


Address = Annotated[
    str,
    Field(min_length=3, max_length=MAX_LENGTH, json_schema_extra={"format": "email"}),
    AfterValidator(normalised),
]
"""A field that holds a normalised address."""
