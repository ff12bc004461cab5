"""The tables of alerts: who wants to be told, what was found, who watches, and how full disks are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class AlertSettings(Base):
    """What one organisation wants to be told, and where."""

    __tablename__ = "alert_settings"

    tenant_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    sealed: Mapped[str] = mapped_column(LongText)
    """JSON of `Wanted`, encrypted: addresses of webhooks are secrets."""
    updated_at: Mapped[int] = mapped_column(Milliseconds)


class Alert(Base):
    """Something that was wrong, from when it was found until it was over."""

    __tablename__ = "alerts"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    alert_id: Mapped[str] = mapped_column(String(64), unique=True)
    rule: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(identifier(400))
    """What it is about, within the rule: a camera, a worker, a disk, an event."""
    open_key: Mapped[str | None] = mapped_column(String(64))
    """A digest of rule and subject while it is firing, null afterwards: at most one of a kind is open. That
    of an incident stays, for the same event is told once and never again."""
    camera_id: Mapped[str | None] = mapped_column(identifier(64))
    severity: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    """firing, recovered, ended (it is not watched any more) or seen (an incident)."""
    details: Mapped[str] = mapped_column(LongText)
    """JSON of what a message tells of it."""
    since: Mapped[int] = mapped_column(Milliseconds)
    """When it began."""
    opened_at: Mapped[int] = mapped_column(Milliseconds)
    """When it was found."""
    over_at: Mapped[int | None] = mapped_column(Milliseconds)
    told_at: Mapped[int | None] = mapped_column(Milliseconds)
    """When its notice was due and handed over; null while it waits, or when it was over before that."""
    told_to: Mapped[int] = mapped_column(Integer, default=0)
    """To how many channels; 0 where there was none."""
    told_over_at: Mapped[int | None] = mapped_column(Milliseconds)
    """The same of the notice that it is over."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "open_key"),
        Index("ix_alerts_listing", "tenant_id", "serial"),
        Index("ix_alerts_state", "state", "told_at", "told_over_at"),
        Index("ix_alerts_told", "tenant_id", "told_at"),
        Index("ix_alerts_rule", "rule", "opened_at"),
        Index("ix_alerts_upkeep", "over_at"),
    )


class WatchLease(Base):
    """Who watches at present: one process, until its lease ends or it gives it back."""

    __tablename__ = "watch_leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    lease_until: Mapped[int] = mapped_column(Milliseconds)
    since: Mapped[int] = mapped_column(Milliseconds)
    """When this holder began."""


class DiskReport(Base):
    """How full a file system is, as its machine said last."""

    __tablename__ = "disk_reports"

    host: Mapped[str] = mapped_column(identifier(255), primary_key=True)
    place: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    """What lies on it: data, recordings."""
    free_bytes: Mapped[int] = mapped_column(BigInteger)
    total_bytes: Mapped[int] = mapped_column(BigInteger)
    measured_at: Mapped[int] = mapped_column(Milliseconds)
