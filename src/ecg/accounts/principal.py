"""Who calls: what every route and every query is scoped by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["user", "admin"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, or a program with one of that person's API keys."""

    user_id: str
    tenant_id: str
    """The organisation that owns whatever this principal makes."""
    role: Role = "user"
    scopes: frozenset[str] = field(default_factory=frozenset)
    """What an API key is limited to; empty: no limit."""
    key_id: str | None = None
    """The API key; None: a person."""
    session_id: str | None = None
    """The sign-in that the access token came from."""
