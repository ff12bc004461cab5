"""The tables of analyses. The views that operators query by hand are in migration 0008."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class ArchiveAnalysis(Base):
    """What was seen in one archive. Written once: a second writer runs into the unique key."""

    __tablename__ = "archive_analyses"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    archive_id: Mapped[str] = mapped_column(identifier(64))
    camera_id: Mapped[str] = mapped_column(identifier(64))
    job_id: Mapped[str] = mapped_column(identifier(128))
    """The job that wrote it."""
    started_at: Mapped[int] = mapped_column(Milliseconds)
    """When the archive begins."""
    ended_at: Mapped[int] = mapped_column(Milliseconds)
    safety_score: Mapped[int] = mapped_column(Integer)
    incident_count: Mapped[int] = mapped_column(Integer)
    engine: Mapped[str] = mapped_column(String(16))
    result: Mapped[str] = mapped_column(LongText)
    """JSON of ArchiveResult."""
    created_at: Mapped[int] = mapped_column(Milliseconds)

    __table_args__ = (
        UniqueConstraint("tenant_id", "archive_id"),
        Index("ix_archive_analyses_timeline", "tenant_id", "camera_id", "started_at"),
    )


class VisionDay(Base):
    """What models were sent about one camera on one day of UTC."""

    __tablename__ = "vision_days"

    tenant_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    camera_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """YYYY-MM-DD."""
    frames: Mapped[int] = mapped_column(Integer)
    tokens: Mapped[int] = mapped_column(BigInteger)
    """Those that are reserved for calls in progress among them."""
