"""Seats of exercises: who left, whom the facilitation put out, how much each wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody had been put out, nor counted, before."""
    table = "exercise_participant"
    op.add_column(table, sa.Column("left_at", UtcDateTime, nullable=True))
    op.add_column(table, sa.Column("put_out", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(table, sa.Column("written", sa.Integer(), server_default="0", nullable=False))
