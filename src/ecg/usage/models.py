"""The table of usage: what somebody had done in a day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, identifier


class UsageDay(Base):
    """Sums of one user, one day and one activity; it stays when the things themselves are long gone."""

    __tablename__ = "usage_days"

    tenant_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """YYYY-MM-DD in UTC, on which it ended."""
    activity: Mapped[str] = mapped_column(String(16), primary_key=True)
    """export, analysis …"""
    succeeded: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    cancelled: Mapped[int] = mapped_column(Integer)
    media_ms: Mapped[int] = mapped_column(BigInteger)
    """Length of what was made, or listened to."""
    work_ms: Mapped[int] = mapped_column(BigInteger)
    """How long what succeeded took."""

    __table_args__ = (Index("ix_usage_days_day", "day"),)
