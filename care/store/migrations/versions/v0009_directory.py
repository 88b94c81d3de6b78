"""Directory: what its audits say that only their facts tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A summary beside each run."""
    op.create_table(
        "directory_summary",
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("work", sa.JSON(), nullable=False),
        sa.Column("paths", sa.LargeBinary(), nullable=True),
        sa.Column("unread_fr", sa.Text(), nullable=False),
        sa.Column("unread_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_directory_summary_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name="pk_directory_summary"),
    )
