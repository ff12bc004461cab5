"""Events of cameras, alerts about them, and workers that were found dead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitoring_events",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("camera_id", identifier(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("category", identifier(64), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("method", identifier(64), nullable=False),
        sa.Column("still_key", identifier(512)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant_id", "event_id", name="uq_monitoring_events_tenant_id_event_id"),
    )
    listing = ["tenant_id", "camera_id", "at", "event_id"]
    op.create_index("ix_monitoring_events_listing", "monitoring_events", listing)
    op.create_index("ix_monitoring_events_recent", "monitoring_events", ["tenant_id", "at", "event_id"])
    op.create_index("ix_monitoring_events_created_at", "monitoring_events", ["created_at"])
    op.create_table(
        "alert_settings",
        sa.Column("tenant_id", identifier(64), primary_key=True),
        sa.Column("sealed", LongText, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("subject", identifier(400), nullable=False),
        sa.Column("open_key", sa.String(64)),
        sa.Column("camera_id", identifier(64)),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("details", LongText, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("over_at", sa.BigInteger),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("told_to", sa.Integer, nullable=False),
        sa.Column("told_over_at", sa.BigInteger),
        sa.UniqueConstraint("alert_id", name="uq_alerts_alert_id"),
        sa.UniqueConstraint("tenant_id", "open_key", name="uq_alerts_tenant_id_open_key"),
    )
    op.create_index("ix_alerts_listing", "alerts", ["tenant_id", "serial"])
    op.create_index("ix_alerts_state", "alerts", ["state", "told_at", "told_over_at"])
    op.create_index("ix_alerts_rule", "alerts", ["rule", "opened_at"])
    op.create_index("ix_alerts_told", "alerts", ["tenant_id", "told_at"])
    op.create_index("ix_alerts_upkeep", "alerts", ["over_at"])
    op.create_table(
        "watch_leases",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "disk_reports",
        sa.Column("host", identifier(255), primary_key=True),
        sa.Column("place", identifier(64), primary_key=True),
        sa.Column("free_bytes", sa.BigInteger, nullable=False),
        sa.Column("total_bytes", sa.BigInteger, nullable=False),
        sa.Column("measured_at", sa.BigInteger, nullable=False),
    )
    with op.batch_alter_table("job_workers") as table:
        table.add_column(sa.Column("lost_at", sa.BigInteger))


def downgrade() -> None:
    with op.batch_alter_table("job_workers") as table:
        table.drop_column("lost_at")
    for table_name in ("disk_reports", "watch_leases", "alerts", "alert_settings", "monitoring_events"):
        op.drop_table(table_name)
