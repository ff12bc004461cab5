"""Analyses are counted once, when their job has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("analyses", sa.Column("counted_as", sa.String(16)))
    op.create_index("ix_analyses_counted_as", "analyses", ["counted_as", "created_at"])
    # nobody knows any more on which day these ended
    op.execute("UPDATE analyses SET counted_as = 'unknown' WHERE state IN ('completed', 'failed')")


def downgrade() -> None:
    op.drop_index("ix_analyses_counted_as", "analyses")
    op.drop_column("analyses", "counted_as")
