"""Messages to people: what waits to be sent, and the log of what was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import LongText, Serial, identifier

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("serial", Serial, primary_key=True, autoincrement=True),
        sa.Column("tenant_id", identifier(64), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("recipient", identifier(320), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("sealed", LongText),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", LongText),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.UniqueConstraint("tenant_id", "message_id", name="uq_messages_tenant_id_message_id"),
    )
    op.create_index("ix_messages_listing", "messages", ["tenant_id", "serial"])
    op.create_index("ix_messages_upkeep", "messages", ["state", "created_at"])


def downgrade() -> None:
    op.drop_table("messages")
