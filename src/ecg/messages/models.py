"""The table of messages: what waits to be sent, and the log of what was."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class Message(Base):
    """One message to one recipient. Its text is never kept, its values until it is sent or given up."""

    __tablename__ = "messages"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    message_id: Mapped[str] = mapped_column(String(64))
    """Also the id of its job. It follows from tenant and dedupe key, so a repeated message has the same."""
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(identifier(320))
    """For people: an email address, or the host of a URL (which may carry a secret)."""
    template: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[str | None] = mapped_column(LongText)
    """Recipient and values, encrypted; null as soon as nothing more is to be sent."""
    state: Mapped[str] = mapped_column(String(16))
    """pending, sent or failed."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    """Of the last attempt."""
    error_message: Mapped[str | None] = mapped_column(LongText)
    created_at: Mapped[int] = mapped_column(Milliseconds)
    tried_at: Mapped[int | None] = mapped_column(Milliseconds)
    sent_at: Mapped[int | None] = mapped_column(Milliseconds)

    __table_args__ = (
        UniqueConstraint("tenant_id", "message_id"),
        Index("ix_messages_listing", "tenant_id", "serial"),
        Index("ix_messages_upkeep", "state", "created_at"),
    )
