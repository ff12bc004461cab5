"""The tables of projects: what a project is now, and how it came to be."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class Project(Base):
    """A scenario that somebody edits. Its text is in the revision that `revision` names."""

    __tablename__ = "projects"

    project_id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    owner_id: Mapped[str] = mapped_column(identifier(64))
    name: Mapped[str] = mapped_column(identifier(200))
    version: Mapped[int] = mapped_column(Integer)
    """Counts every change; who saves names the version that the change was made from."""
    revision: Mapped[int] = mapped_column(Integer)
    """The version that the current scenario was saved as; renaming makes no revision."""
    source: Mapped[str | None] = mapped_column(LongText)
    """JSON: what it was made from (an analysis, a video); None for a project that somebody began."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    updated_at: Mapped[int] = mapped_column(Milliseconds)
    deleted_at: Mapped[int | None] = mapped_column(Milliseconds)
    """In the trash since then."""

    __table_args__ = (
        Index("ix_projects_listing", "tenant_id", "owner_id", "updated_at", "project_id"),
        Index("ix_projects_deleted_at", "deleted_at"),
    )


class Revision(Base):
    """The scenario as it once was. Saves of one user in quick succession overwrite one revision."""

    __tablename__ = "project_revisions"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    project_id: Mapped[str] = mapped_column(
        identifier(64), ForeignKey("projects.project_id", ondelete="CASCADE")
    )
    version: Mapped[int] = mapped_column(Integer)
    """The project's version when it was saved last."""
    kind: Mapped[str] = mapped_column(String(16))
    """created, saved or restored; only saved ones are overwritten, and created ones never dropped."""
    author_id: Mapped[str] = mapped_column(identifier(64))
    scenario: Mapped[str] = mapped_column(LongText)
    """JSON, as it was sent."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    """When the first save of it began."""
    updated_at: Mapped[int] = mapped_column(Milliseconds)

    __table_args__ = (UniqueConstraint("project_id", "version"),)
