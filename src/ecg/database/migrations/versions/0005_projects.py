"""Projects and their revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("project_id", identifier(64), primary_key=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("owner_id", identifier(64), nullable=False),
        sa.Column("name", identifier(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("source", LongText),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_index("ix_projects_listing", "projects", ["tenant_id", "owner_id", "updated_at", "project_id"])
    op.create_index("ix_projects_deleted_at", "projects", ["deleted_at"])
    op.create_table(
        "project_revisions",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column(
            "project_id",
            identifier(64),
            sa.ForeignKey(
                "projects.project_id", name="fk_project_revisions_project_id_projects", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author_id", identifier(64), nullable=False),
        sa.Column("scenario", LongText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("project_id", "version", name="uq_project_revisions_project_id_version"),
    )


def downgrade() -> None:
    op.drop_table("project_revisions")
    op.drop_table("projects")
