"""Cameras, what went wrong with their streams, and their recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cameras",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("camera_id", identifier(64), nullable=False),
        sa.Column("name", identifier(200), nullable=False),
        sa.Column("sealed_url", LongText, nullable=False),
        sa.Column("shown_url", LongText, nullable=False),
        sa.Column("transport", sa.String(8), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("archive_seconds", sa.Integer, nullable=False),
        sa.Column("keep_days", sa.Integer, nullable=False),
        sa.Column("analysis", LongText, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_since", sa.BigInteger, nullable=False),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", LongText),
        sa.Column("reconnects", sa.Integer, nullable=False),
        sa.Column("stalls", sa.Integer, nullable=False),
        sa.Column("last_segment_at", sa.BigInteger),
        sa.Column("segment_seconds", sa.Float),
        sa.Column("found", LongText),
        sa.Column("transcoding", identifier(200)),
        sa.Column("next_sequence", sa.BigInteger, nullable=False),
        sa.Column("boot_id", sa.String(32)),
        sa.Column("host", identifier(255)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant_id", "camera_id", name="uq_cameras_tenant_id_camera_id"),
    )
    op.create_index("ix_cameras_claiming", "cameras", ["wanted", "lease_until"])
    op.create_index("ix_cameras_boot_id", "cameras", ["boot_id"])
    op.create_table(
        "stream_incidents",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("incident_id", sa.String(32), nullable=False),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("camera_id", identifier(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("message", LongText, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.UniqueConstraint("incident_id", name="uq_stream_incidents_incident_id"),
    )
    op.create_index(
        "ix_stream_incidents_listing", "stream_incidents", ["tenant_id", "camera_id", "started_at"]
    )
    op.create_table(
        "camera_archives",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("archive_id", sa.String(32), nullable=False),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("camera_id", identifier(64), nullable=False),
        sa.Column("file_name", identifier(64), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False),
        sa.Column("host", identifier(255), nullable=False),
        sa.Column("store_key", identifier(512)),
        sa.Column("job_id", identifier(128)),
        sa.Column("analyse", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant_id", "archive_id", name="uq_camera_archives_tenant_id_archive_id"),
        sa.UniqueConstraint(
            "tenant_id", "camera_id", "file_name", name="uq_camera_archives_tenant_id_camera_id_file_name"
        ),
    )
    op.create_index(
        "ix_camera_archives_timeline", "camera_archives", ["tenant_id", "camera_id", "started_at"]
    )
    op.create_index("ix_camera_archives_age", "camera_archives", ["host", "kept", "ended_at"])
    op.create_index("ix_camera_archives_job", "camera_archives", ["analyse", "job_id"])


def downgrade() -> None:
    op.drop_table("camera_archives")
    op.drop_table("stream_incidents")
    op.drop_table("cameras")
