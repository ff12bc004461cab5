"""The table of events."""

from __future__ import annotations

from sqlalchemy import Float, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class MonitoringEvent(Base):
    """Something that was seen before a camera, or happened to its stream."""

    __tablename__ = "monitoring_events"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    event_id: Mapped[str] = mapped_column(String(64))
    """It follows from the writer's key, so what is recorded twice is one event."""
    camera_id: Mapped[str] = mapped_column(identifier(64))
    at: Mapped[int] = mapped_column(Milliseconds)
    """When it began, by the video's own time."""
    source: Mapped[str] = mapped_column(String(16))
    """quick_look, archive or stream."""
    kind: Mapped[str] = mapped_column(String(32))
    """incident, or what happened to the stream (stall, reconnect …)."""
    severity: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(identifier(64))
    description: Mapped[str] = mapped_column(LongText)
    """One line. It may repeat words that were seen in the picture: never trusted."""
    confidence: Mapped[float | None] = mapped_column(Float)
    """0 to 1; null where the method has none."""
    method: Mapped[str] = mapped_column(identifier(64))
    """What saw it: an engine's method, or a model's name."""
    still_key: Mapped[str | None] = mapped_column(identifier(512))
    """A picture of it in the object store."""
    created_at: Mapped[int] = mapped_column(Milliseconds)

    __table_args__ = (
        UniqueConstraint("tenant_id", "event_id"),
        Index("ix_monitoring_events_listing", "tenant_id", "camera_id", "at", "event_id"),
        Index("ix_monitoring_events_recent", "tenant_id", "at", "event_id"),
        Index("ix_monitoring_events_created_at", "created_at"),
    )
