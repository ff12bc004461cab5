"""The table of answers that are given again."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, identifier


class KeptAnswer(Base):
    """One request with an Idempotency-Key: being worked on, or answered."""

    __tablename__ = "idempotency_answers"

    tenant_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of path and key."""
    body_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of query and body: tells a repetition from another request."""
    seed: Mapped[str] = mapped_column(String(32))
    """What ids are made from, so that a request that is begun again makes nothing twice."""
    token: Mapped[str] = mapped_column(String(32))
    """Of whoever works on it."""
    status: Mapped[int | None] = mapped_column(Integer)
    """None: it is being worked on."""
    headers: Mapped[str | None] = mapped_column(LongText)
    body: Mapped[str | None] = mapped_column(LongText)
    expires_at: Mapped[int] = mapped_column(Milliseconds)
    """Of the work's lease, later of the answer."""

    __table_args__ = (Index("ix_idempotency_answers_expires_at", "expires_at"),)
