"""Analyses of archives, what models were sent, and the two views that operators query by hand.

`analysis_jobs` is the spine's table in the words of the contract; `segment_analysis` is that of analyses.
Moments in the views are what the database calls a moment, so that its own functions of dates work on them: a
`timestamptz` on PostgreSQL, a `DATETIME` in the session's zone on MariaDB and MySQL, text in UTC on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATUS = """CASE state WHEN 'PENDING' THEN 'pending' WHEN 'PROCESSING' THEN 'processing'
    WHEN 'DONE' THEN 'completed' ELSE 'failed' END"""


def upgrade() -> None:
    op.create_table(
        "archive_analyses",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("archive_id", identifier(64), nullable=False),
        sa.Column("camera_id", identifier(64), nullable=False),
        sa.Column("job_id", identifier(128), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("safety_score", sa.Integer, nullable=False),
        sa.Column("incident_count", sa.Integer, nullable=False),
        sa.Column("engine", sa.String(16), nullable=False),
        sa.Column("result", LongText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant_id", "archive_id", name="uq_archive_analyses_tenant_id_archive_id"),
    )
    op.create_index(
        "ix_archive_analyses_timeline", "archive_analyses", ["tenant_id", "camera_id", "started_at"]
    )
    op.create_table(
        "vision_days",
        sa.Column("tenant_id", identifier(64), primary_key=True),
        sa.Column("camera_id", identifier(64), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
    )
    # jobs that were registered before the queue of uploads got its own name
    op.execute("UPDATE jobs SET queue = 'uploads' WHERE kind = 'analysis' AND queue = 'analysis'")
    dialect = op.get_bind().dialect.name
    op.execute(_jobs_view(dialect))
    op.execute(_segments_view(dialect))


def downgrade() -> None:
    op.execute("DROP VIEW segment_analysis")
    op.execute("DROP VIEW analysis_jobs")
    op.execute("UPDATE jobs SET queue = 'analysis' WHERE kind = 'analysis' AND queue = 'uploads'")
    op.drop_table("vision_days")
    op.drop_table("archive_analyses")


def _jobs_view(dialect: str) -> str:
    return f"""CREATE VIEW analysis_jobs AS SELECT
    job_id AS id,
    {_text(dialect, "camera_id")} AS camera_id,
    {_text(dialect, "video_path")} AS video_path,
    {_moment(dialect, _number(dialect, "segment_start"))} AS segment_start,
    {_moment(dialect, _number(dialect, "segment_end"))} AS segment_end,
    {_STATUS} AS status,
    worker_id,
    {_moment(dialect, "created_at")} AS created_at,
    {_moment(dialect, "started_at")} AS started_at,
    {_moment(dialect, "finished_at")} AS completed_at,
    error_message,
    (finished_at - started_at) / 1000.0 AS duration,
    tenant_id
FROM jobs WHERE kind = 'archive_analysis'"""  # noqa: S608  # nothing of it comes from anywhere else


def _segments_view(dialect: str) -> str:
    return f"""CREATE VIEW segment_analysis AS SELECT
    serial AS id,
    camera_id,
    {_moment(dialect, "started_at")} AS segment_start,
    {_moment(dialect, "ended_at")} AS segment_end,
    safety_score,
    incident_count,
    result AS analysis_result,
    {_moment(dialect, "created_at")} AS created_at,
    tenant_id
FROM archive_analyses"""  # noqa: S608  # nothing of it comes from anywhere else


def _text(dialect: str, field: str) -> str:
    """A field of the payload."""
    if dialect == "postgresql":
        return f"(CAST(payload AS json) ->> '{field}')"
    if dialect == "sqlite":
        return f"json_extract(payload, '$.{field}')"
    return f"JSON_UNQUOTE(JSON_EXTRACT(payload, '$.{field}'))"


def _number(dialect: str, field: str) -> str:
    if dialect == "sqlite":
        return _text(dialect, field)
    return f"CAST({_text(dialect, field)} AS {'bigint' if dialect == 'postgresql' else 'SIGNED'})"


def _moment(dialect: str, milliseconds: str) -> str:
    if dialect == "postgresql":
        return f"to_timestamp({milliseconds} / 1000.0)"
    if dialect == "sqlite":
        # %f rounds; the text compares with datetime('now') and with what people type
        return f"strftime('%Y-%m-%d %H:%M:%f', {milliseconds} / 1000.0, 'unixepoch')"
    return f"FROM_UNIXTIME({milliseconds} / 1000)"
