"""Requests and answers of accounts."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ecg.accounts.addresses import Address
from ecg.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from ecg.accounts.principal import Role
from ecg.database import Record

Locale = Literal["ko", "en"]
SCOPE = re.compile(r"read|write|admin|[a-z][a-z0-9-]{0,30}:(?:read|write)")


def _printable(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if any(unicodedata.category(letter)[0] in "CZ" and letter != " " for letter in name):
        raise ValueError("a name has no control characters")
    return name


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("it must not contain the character zero")
    return text


def _scope(scope: str) -> str:
    if not SCOPE.fullmatch(scope):
        raise ValueError(
            "a scope is read, write, admin, or an area with one of the first two (projects:read)"
        )
    return scope


Username = Annotated[
    str,
    AfterValidator(_printable),
    Field(min_length=3, max_length=50, description="What others see; it need not be unique"),
]
NewPassword = Annotated[str, AfterValidator(_no_nul), Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
Password = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]
MessageToken = Annotated[str, Field(min_length=20, max_length=100, description="As in the link")]
Scope = Annotated[str, AfterValidator(_scope)]


class Signup(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "username": "Jiwoo",
                "email": "jiwoo@example.com",
                "password": "correct horse battery",
            }
        }
    )

    username: Username
    email: Address
    password: NewPassword
    locale: Locale | None = None
    """Of messages; else what Accept-Language says."""


class Login(BaseModel):
    email: Address
    password: Password


class PasswordChange(BaseModel):
    current_password: Password
    new_password: NewPassword


class ResetRequest(BaseModel):
    email: Address


class Reset(BaseModel):
    token: MessageToken
    new_password: NewPassword


class Verification(BaseModel):
    token: MessageToken


class UserView(BaseModel):
    """A user as that user sees it."""

    id: str
    username: str
    email: str
    email_verified: bool
    role: Role
    tenant_id: str
    created_at: str
    """ISO 8601 in UTC."""


class SignedIn(BaseModel):
    """Beside it goes the cookie `refresh_token`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int
    """Seconds that the access token works."""
    user: UserView


class Done(BaseModel):
    message: str


class NewApiKey(BaseModel):
    name: Annotated[str, AfterValidator(_printable), Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(max_length=20)] = []
    """Empty: everything that its owner may do, but administer."""
    expires_in_days: Annotated[int | None, Field(ge=1, le=3660)] = None


class ApiKeyView(BaseModel):
    id: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class CreatedApiKey(ApiKeyView):
    key: str
    """Shown this once."""


class ApiKeys(BaseModel):
    api_keys: list[ApiKeyView]


def user_view(user: Record) -> UserView:
    return UserView(
        id=user.user_id,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        role=user.role,
        tenant_id=user.tenant_id,
        created_at=moment(user.created_at),
    )


def key_view(key: Record) -> ApiKeyView:
    return ApiKeyView(
        id=key.key_id,
        name=key.name,
        scopes=key.scopes.split(),
        created_at=moment(key.created_at),
        expires_at=None if key.expires_at is None else moment(key.expires_at),
        last_used_at=None if key.last_used_at is None else moment(key.last_used_at),
    )


def moment(milliseconds: int) -> str:
    """ISO 8601 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
