"""The table of archives."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, Milliseconds, Serial, identifier


class Archive(Base):
    """A closed recording. Its row is made before its file gets its last name, so that a process that is
    killed in between is followed by one that ends the same work.
    """

    __tablename__ = "camera_archives"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    archive_id: Mapped[str] = mapped_column(String(32))
    """Follows from the camera and the recorder's own file name, so one file is one archive."""
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    camera_id: Mapped[str] = mapped_column(identifier(64))
    file_name: Mapped[str] = mapped_column(identifier(64))
    """archive_YYYYmmdd_HHMMSS.mp4, in UTC."""
    started_at: Mapped[int] = mapped_column(Milliseconds)
    ended_at: Mapped[int] = mapped_column(Milliseconds)
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    kept: Mapped[bool] = mapped_column(Boolean)
    """Somebody wants it whatever its age."""
    host: Mapped[str] = mapped_column(identifier(255))
    """The machine that has the file."""
    store_key: Mapped[str | None] = mapped_column(identifier(512))
    """Its copy in the object store."""
    job_id: Mapped[str | None] = mapped_column(identifier(128))
    """The job that analyses it; null: it is not to be analysed, or not registered yet."""
    analyse: Mapped[bool] = mapped_column(Boolean)
    """Whether it is to be analysed, as the camera said when it was closed."""
    created_at: Mapped[int] = mapped_column(Milliseconds)

    __table_args__ = (
        UniqueConstraint("tenant_id", "archive_id"),
        UniqueConstraint("tenant_id", "camera_id", "file_name"),
        Index("ix_camera_archives_timeline", "tenant_id", "camera_id", "started_at"),
        Index("ix_camera_archives_age", "host", "kept", "ended_at"),
        Index("ix_camera_archives_job", "analyse", "job_id"),
    )
