"""Second factor: codes of an application, recovery codes, roles that must have one; sessions that await a code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, then what accounts and sessions say of them."""
    _required_factor()
    _recovery_code()
    _totp_secret()
    _accounts_and_sessions()


def _required_factor() -> None:
    op.create_table(
        "required_factor",
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("required_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_required_factor"),
    )


def _recovery_code() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recovery_code_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index("ix_recovery_code_account_id", ["account_id"], unique=False)


def _totp_secret() -> None:
    op.create_table(
        "totp_secret",
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.Column("confirmed_at", UtcDateTime, nullable=True),
        sa.Column("last_counter", BIG, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_totp_secret_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name="pk_totp_secret"),
    )


def _accounts_and_sessions() -> None:
    """Sessions open before this version go on: their only proof is the one that opened them."""
    op.add_column("account", sa.Column("second_factor_since", UtcDateTime, nullable=True))
    op.add_column("web_session", sa.Column("awaits_code", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("web_session", sa.Column("proved_at", UtcDateTime, nullable=True))
