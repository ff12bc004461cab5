"""The tables of accounts. Secrets of others are never here: passwords, tokens and keys as hashes alone.

What people write is of the type `identifier` too: a plain String holds Latin letters alone on MySQL.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, Milliseconds, identifier


class Tenant(Base):
    """An organisation: it owns whatever its users make. Each sign-up makes one of its own."""

    __tablename__ = "tenants"

    tenant_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    name: Mapped[str] = mapped_column(identifier(200))
    created_at: Mapped[int] = mapped_column(Milliseconds)


class User(Base):
    """A person, in one tenant."""

    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.tenant_id"), index=True)
    username: Mapped[str] = mapped_column(identifier(50))
    """What people see; nobody signs in with it, and two may have the same."""
    email: Mapped[str] = mapped_column(identifier(320), unique=True)
    """As `addresses.normalised` makes it."""
    email_verified_at: Mapped[int | None] = mapped_column(Milliseconds)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """None: signs in with a provider only."""
    role: Mapped[str] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(8))
    """Of messages: ko or en."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    disabled_at: Mapped[int | None] = mapped_column(Milliseconds)


class Identity(Base):
    """Who a user is to an OpenID provider."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(identifier(255), primary_key=True)
    subject: Mapped[str] = mapped_column(identifier(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), index=True)
    created_at: Mapped[int] = mapped_column(Milliseconds)


class Session(Base):
    """One sign-in: the family of refresh tokens that came of it, of which one is valid at a time."""

    __tablename__ = "sessions"

    session_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the refresh token that is valid now."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    refreshed_at: Mapped[int] = mapped_column(Milliseconds)
    expires_at: Mapped[int] = mapped_column(Milliseconds)
    ended_at: Mapped[int | None] = mapped_column(Milliseconds)
    ended_by: Mapped[str | None] = mapped_column(String(16))
    """logout, reuse, password or operator."""


class OneTimeToken(Base):
    """What a link in a message proves. It goes when it is used."""

    __tablename__ = "one_time_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(32))
    email: Mapped[str] = mapped_column(identifier(320))
    """Where it was sent: it proves nothing about an address that came later."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    expires_at: Mapped[int] = mapped_column(Milliseconds)

    __table_args__ = (Index("ix_one_time_tokens_user", "user_id", "purpose"),)


class ApiKey(Base):
    """A program's key; it acts for its user."""

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(identifier(32), primary_key=True)
    """Stands in the key, so that a found key can be told from others and revoked."""
    secret_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(identifier(100))
    scopes: Mapped[str] = mapped_column(String(1000))
    """Separated by spaces; empty: no limit."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    expires_at: Mapped[int | None] = mapped_column(Milliseconds)
    last_used_at: Mapped[int | None] = mapped_column(Milliseconds)
    """To within a minute."""
    revoked_at: Mapped[int | None] = mapped_column(Milliseconds)
