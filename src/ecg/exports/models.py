"""The tables of exports: what was asked for, and how much somebody may ask for."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class Export(Base):
    """A video that somebody has made. The job is the render server's; this row is counted and listed."""

    __tablename__ = "exports"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(identifier(128), unique=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    user_id: Mapped[str] = mapped_column(identifier(64))
    project_id: Mapped[str | None] = mapped_column(identifier(64))
    kind: Mapped[str] = mapped_column(String(16))
    """video, or overlay: the captions alone, with transparency."""
    format: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    """reserved: counted, and not accepted yet; accepted; completed, failed or cancelled."""
    request_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what was asked for."""
    estimated_seconds: Mapped[int | None] = mapped_column(Integer)
    reserved_ms: Mapped[int] = mapped_column(BigInteger)
    """Length of the video as far as it was known when it was asked for."""
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    """Length of the video that was made."""
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes."""
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(LongText)
    created_at: Mapped[int] = mapped_column(Milliseconds)
    looked_at: Mapped[int] = mapped_column(Milliseconds)
    """When somebody last asked what became of it."""
    started_at: Mapped[int | None] = mapped_column(Milliseconds)
    finished_at: Mapped[int | None] = mapped_column(Milliseconds)

    __table_args__ = (
        Index("ix_exports_listing", "tenant_id", "user_id", "serial"),
        Index("ix_exports_counting", "tenant_id", "user_id", "created_at"),
        Index("ix_exports_open", "state", "looked_at"),
    )


class Allowance(Base):
    """Somebody's own limits; NULL: those of the settings. The row is what reservations queue up at."""

    __tablename__ = "export_allowances"

    tenant_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    daily: Mapped[int | None] = mapped_column(Integer)
    monthly: Mapped[int | None] = mapped_column(Integer)
    concurrent: Mapped[int | None] = mapped_column(Integer)
    minutes: Mapped[int | None] = mapped_column(Integer)
    """Of finished video, a month."""
