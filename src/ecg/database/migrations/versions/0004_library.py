"""Uploads and analyses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, identifier

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("upload_id", identifier(32), primary_key=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("owner_id", identifier(64), nullable=False),
        sa.Column("file_name", identifier(255), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("file_key", identifier(255), nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("part_bytes", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", LongText),
        sa.Column("video_key", identifier(255)),
        sa.Column("facts", LongText),
        sa.Column("job_id", identifier(64)),
        sa.Column("swept", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("file_key", name="uq_uploads_file_key"),
    )
    op.create_index("ix_uploads_owner", "uploads", ["tenant_id", "owner_id", "state"])
    op.create_index("ix_uploads_sweep", "uploads", ["swept", "expires_at"])
    op.create_table(
        "analyses",
        sa.Column("job_id", identifier(64), primary_key=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("owner_id", identifier(64), nullable=False),
        sa.Column("upload_id", identifier(32), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("message", LongText),
        sa.Column("status_url", LongText),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", LongText),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("called_at", sa.BigInteger),
        sa.Column("heard_at", sa.BigInteger),
        sa.Column("asked_at", sa.BigInteger),
    )
    op.create_index("ix_analyses_upload_id", "analyses", ["upload_id"])


def downgrade() -> None:
    op.drop_table("analyses")
    op.drop_table("uploads")
