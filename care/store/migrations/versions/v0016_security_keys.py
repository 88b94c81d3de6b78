"""Security keys (WebAuthn) of accounts, and what sessions have asked them to sign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "security_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BIG, nullable=False),
        sa.Column("transports", sa.String(length=100), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_security_key_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_security_key"),
        sa.UniqueConstraint("credential_id", name="uq_security_key_credential_id"),
    )
    with op.batch_alter_table("security_key", schema=None) as batch_op:
        batch_op.create_index("ix_security_key_account_id", ["account_id"], unique=False)
    op.create_table(
        "key_challenge",
        sa.Column("session_id", BIG, autoincrement=False, nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("adding", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["web_session.id"], name="fk_key_challenge_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_key_challenge"),
    )
