"""Exports, their limits, usage by day, and answers that are given again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("job_id", identifier(128), nullable=False),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("user_id", identifier(64), nullable=False),
        sa.Column("project_id", identifier(64)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("estimated_seconds", sa.Integer),
        sa.Column("reserved_ms", sa.BigInteger, nullable=False),
        sa.Column("duration_ms", sa.BigInteger),
        sa.Column("file_size", sa.BigInteger),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", LongText),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.UniqueConstraint("job_id", name="uq_exports_job_id"),
    )
    op.create_index("ix_exports_listing", "exports", ["tenant_id", "user_id", "serial"])
    op.create_index("ix_exports_counting", "exports", ["tenant_id", "user_id", "created_at"])
    op.create_index("ix_exports_open", "exports", ["state", "looked_at"])
    op.create_table(
        "export_allowances",
        sa.Column("tenant_id", identifier(64), primary_key=True),
        sa.Column("user_id", identifier(64), primary_key=True),
        sa.Column("daily", sa.Integer),
        sa.Column("monthly", sa.Integer),
        sa.Column("concurrent", sa.Integer),
        sa.Column("minutes", sa.Integer),
    )
    op.create_table(
        "usage_days",
        sa.Column("tenant_id", identifier(64), primary_key=True),
        sa.Column("user_id", identifier(64), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("activity", sa.String(16), primary_key=True),
        sa.Column("succeeded", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("cancelled", sa.Integer, nullable=False),
        sa.Column("media_ms", sa.BigInteger, nullable=False),
        sa.Column("work_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_usage_days_day", "usage_days", ["day"])
    op.create_table(
        "idempotency_answers",
        sa.Column("tenant_id", identifier(64), primary_key=True),
        sa.Column("user_id", identifier(64), primary_key=True),
        sa.Column("key_digest", sa.String(64), primary_key=True),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("seed", sa.String(32), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", LongText),
        sa.Column("body", LongText),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_idempotency_answers_expires_at", "idempotency_answers", ["expires_at"])


def downgrade() -> None:
    op.drop_table("idempotency_answers")
    op.drop_table("usage_days")
    op.drop_table("export_allowances")
    op.drop_table("exports")
