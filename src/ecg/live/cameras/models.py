"""The tables of cameras: what people want, what the recording host found, and what went wrong."""

from __future__ import annotations

from sqlalchemy import Boolean, Float, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class Camera(Base):
    """A camera of an organisation. Two writers: people change what is wanted, and the one recording host
    that holds the lease writes what it found.
    """

    __tablename__ = "cameras"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    camera_id: Mapped[str] = mapped_column(identifier(64))
    """Unique in its tenant."""
    name: Mapped[str] = mapped_column(identifier(200))
    sealed_url: Mapped[str] = mapped_column(LongText)
    """Encrypted: it may carry a password."""
    shown_url: Mapped[str] = mapped_column(LongText)
    """The same with every secret replaced; the only one that leaves the installation."""
    transport: Mapped[str] = mapped_column(String(8))
    """How RTSP carries the video: tcp or udp."""
    enabled: Mapped[bool] = mapped_column(Boolean)
    archive_seconds: Mapped[int] = mapped_column(Integer)
    keep_days: Mapped[int] = mapped_column(Integer)
    analysis: Mapped[str] = mapped_column(LongText)
    """JSON of AnalysisSettings."""
    revision: Mapped[int] = mapped_column(Integer)
    """Counts what people changed."""
    wanted: Mapped[bool] = mapped_column(Boolean)
    """Whether it is to be recorded and shown now."""

    state: Mapped[str] = mapped_column(String(16))
    """off, starting, live, stalled, retrying or failed."""
    state_since: Mapped[int] = mapped_column(Milliseconds)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(LongText)
    reconnects: Mapped[int] = mapped_column(Integer)
    """Since it was wanted last."""
    stalls: Mapped[int] = mapped_column(Integer)
    last_segment_at: Mapped[int | None] = mapped_column(Milliseconds)
    segment_seconds: Mapped[float | None] = mapped_column(Float)
    """How long its segments are: a second, or its GOP where that is longer."""
    found: Mapped[str | None] = mapped_column(LongText)
    """JSON of StreamFacts, when it was looked at last."""
    transcoding: Mapped[str | None] = mapped_column(identifier(200))
    """Why its video is encoded anew; null while it is copied."""
    next_sequence: Mapped[int] = mapped_column(Milliseconds)
    """The playlist's next media sequence number, for a host that has no files of it."""

    boot_id: Mapped[str | None] = mapped_column(String(32))
    """The recording process that holds it."""
    host: Mapped[str | None] = mapped_column(identifier(255))
    """Its machine, for people."""
    lease_until: Mapped[int | None] = mapped_column(Milliseconds)

    created_at: Mapped[int] = mapped_column(Milliseconds)
    updated_at: Mapped[int] = mapped_column(Milliseconds)

    __table_args__ = (
        UniqueConstraint("tenant_id", "camera_id"),
        Index("ix_cameras_claiming", "wanted", "lease_until"),
        Index("ix_cameras_boot_id", "boot_id"),
    )


class StreamIncident(Base):
    """A time in which a camera's stream was not as it should be."""

    __tablename__ = "stream_incidents"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    incident_id: Mapped[str] = mapped_column(String(32), unique=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    camera_id: Mapped[str] = mapped_column(identifier(64))
    kind: Mapped[str] = mapped_column(String(16))
    """stall (it sent nothing), reconnect (the connection ended) or failed (it cannot be connected to)."""
    code: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(LongText)
    started_at: Mapped[int] = mapped_column(Milliseconds)
    ended_at: Mapped[int | None] = mapped_column(Milliseconds)
    """When video came again; null while it does not."""

    __table_args__ = (Index("ix_stream_incidents_listing", "tenant_id", "camera_id", "started_at"),)
