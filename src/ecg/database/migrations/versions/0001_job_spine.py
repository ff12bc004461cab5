"""The job spine: jobs, workers, callback deliveries and their attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("job_id", identifier(128), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payload", LongText, nullable=False),
        sa.Column("payload_digest", sa.String(64), nullable=False),
        sa.Column("result", LongText),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", LongText),
        sa.Column("request_id", sa.String(64)),
        sa.Column("retry_of", identifier(128)),
        sa.Column("callback_url", LongText),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("stage", identifier(64)),
        sa.Column("message", LongText),
        sa.Column("details", LongText),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("claim_token", sa.String(32)),
        sa.Column("boot_id", sa.String(32)),
        sa.Column("worker_id", identifier(128)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("deadline_seconds", sa.Float),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("work", sa.Float),
        sa.Column("need_mb", sa.Float, nullable=False),
        sa.Column("memory_mb", sa.Float),
        sa.Column("available_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.UniqueConstraint("tenant_id", "job_id", name="uq_jobs_tenant_id_job_id"),
    )
    op.create_index("ix_jobs_claim", "jobs", ["queue", "state", "available_at", "serial"])
    op.create_index("ix_jobs_lease", "jobs", ["state", "lease_until"])
    op.create_index("ix_jobs_listing", "jobs", ["tenant_id", "serial"])
    op.create_index("ix_jobs_measured", "jobs", ["kind", "state", "finished_at"])
    op.create_table(
        "job_workers",
        sa.Column("boot_id", sa.String(32), primary_key=True),
        sa.Column("worker_id", identifier(128), nullable=False),
        sa.Column("host", identifier(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("queues", identifier(255), nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("busy", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "callback_deliveries",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("job_id", identifier(128), nullable=False),
        sa.Column("url", LongText, nullable=False),
        sa.Column("host", identifier(255), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claim_token", sa.String(32)),
        sa.Column("available_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.UniqueConstraint("delivery_id", name="uq_callback_deliveries_delivery_id"),
    )
    op.create_index("ix_callback_deliveries_due", "callback_deliveries", ["status", "available_at", "serial"])
    op.create_index("ix_callback_deliveries_job", "callback_deliveries", ["tenant_id", "job_id", "serial"])
    op.create_table(
        "callback_attempts",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column(
            "delivery_serial",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey(
                "callback_deliveries.serial",
                name="fk_callback_attempts_delivery_serial_callback_deliveries",
                ondelete="CASCADE",
            ),
            nullable=False,
        ),
        sa.Column("tried_at", sa.BigInteger, nullable=False),
        sa.Column("status_code", sa.Integer),
        sa.Column("error", LongText),
        sa.Column("milliseconds", sa.Integer, nullable=False),
    )
    op.create_index("ix_callback_attempts_delivery_serial", "callback_attempts", ["delivery_serial"])


def downgrade() -> None:
    for table in ("callback_attempts", "callback_deliveries", "job_workers", "jobs"):
        op.drop_table(table)
