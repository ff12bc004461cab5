"""Tables of accounts: tenants, users, their identities, sign-ins, one-time tokens and API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg.database.base import identifier

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("tenant_id", identifier(64), primary_key=True),
        sa.Column("name", identifier(200), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("user_id", identifier(64), primary_key=True),
        sa.Column(
            "tenant_id",
            identifier(64),
            sa.ForeignKey("tenants.tenant_id", name="fk_users_tenant_id_tenants"),
            nullable=False,
        ),
        sa.Column("username", identifier(50), nullable=False),
        sa.Column("email", identifier(320), nullable=False),
        sa.Column("email_verified_at", sa.BigInteger),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_tenant_id", "users", ["tenant_id"])
    op.create_table(
        "identities",
        sa.Column("issuer", identifier(255), primary_key=True),
        sa.Column("subject", identifier(255), primary_key=True),
        _user("identities"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "sessions",
        sa.Column("session_id", identifier(64), primary_key=True),
        _user("sessions"),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("refreshed_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.String(16)),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "one_time_tokens",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        _user("one_time_tokens"),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("email", identifier(320), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_one_time_tokens_user", "one_time_tokens", ["user_id", "purpose"])
    op.create_table(
        "api_keys",
        sa.Column("key_id", identifier(32), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        _user("api_keys"),
        sa.Column("name", identifier(100), nullable=False),
        sa.Column("scopes", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])


def downgrade() -> None:
    for table in ("api_keys", "one_time_tokens", "sessions", "identities", "users", "tenants"):
        op.drop_table(table)


def _user(table: str) -> sa.Column[str]:
    name = f"fk_{table}_user_id_users"
    return sa.Column(
        "user_id",
        identifier(64),
        sa.ForeignKey("users.user_id", name=name, ondelete="CASCADE"),
        nullable=False,
    )
