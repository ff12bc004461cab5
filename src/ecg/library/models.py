"""The tables of uploads and analyses."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, identifier


class Upload(Base):
    """A video on its way in, and where it is kept once it was looked at."""

    __tablename__ = "uploads"

    upload_id: Mapped[str] = mapped_column(identifier(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    owner_id: Mapped[str] = mapped_column(identifier(64))
    file_name: Mapped[str] = mapped_column(identifier(255))
    """As the client calls it; never part of a key."""
    content_type: Mapped[str] = mapped_column(String(100))
    file_key: Mapped[str] = mapped_column(identifier(255), unique=True)
    """What the client calls the upload, and the key under which its bytes come in."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes: as declared at first, as counted in the end; null while nobody knows."""
    part_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """Of the parts in which it comes; null for one that comes whole."""
    state: Mapped[str] = mapped_column(String(16))
    """open, handed-in, ready, refused or expired."""
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(LongText)
    video_key: Mapped[str | None] = mapped_column(identifier(255))
    """Where the video is, once it is ready."""
    facts: Mapped[str | None] = mapped_column(LongText)
    """JSON: what was seen in it."""
    job_id: Mapped[str | None] = mapped_column(identifier(64))
    """Its last analysis."""
    swept: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether everything that came in under its key is surely gone."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    expires_at: Mapped[int] = mapped_column(Milliseconds)
    """Until then its links work."""

    __table_args__ = (
        Index("ix_uploads_owner", "tenant_id", "owner_id", "state"),
        Index("ix_uploads_sweep", "swept", "expires_at"),
    )


class Analysis(Base):
    """One video that the speech server is to hear, and what is known of that."""

    __tablename__ = "analyses"

    job_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    """Also the id of its job, here and on the speech server."""
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    owner_id: Mapped[str] = mapped_column(identifier(64))
    upload_id: Mapped[str] = mapped_column(identifier(32), index=True)
    language: Mapped[str | None] = mapped_column(String(35))
    state: Mapped[str] = mapped_column(String(16))
    """new, called, completed or failed: what the speech server was told, and has told."""
    progress: Mapped[int] = mapped_column(Integer, default=0)
    """Percent."""
    message: Mapped[str | None] = mapped_column(LongText)
    status_url: Mapped[str | None] = mapped_column(LongText)
    """Where the speech server tells how far it is."""
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(LongText)
    created_at: Mapped[int] = mapped_column(Milliseconds)
    called_at: Mapped[int | None] = mapped_column(Milliseconds)
    heard_at: Mapped[int | None] = mapped_column(Milliseconds)
    """When the speech server last gave a sign of life about it."""
    asked_at: Mapped[int | None] = mapped_column(Milliseconds)
    """When it was last asked."""
    counted_as: Mapped[str | None] = mapped_column(String(16))
    """How it ended, once that is in its owner's usage."""

    __table_args__ = (Index("ix_analyses_counted_as", "counted_as", "created_at"),)
