"""Backups: repositories, what is said of backups as a whole, names of jobs tied to systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, each subject in its own function."""
    _backup_repositories()
    _backup_statement()
    _backup_job_ties()
    _list_origins()
    _isolation_drills()


def _backup_repositories() -> None:
    """Where copies are, for those that an audit reads."""
    op.create_table(
        "backup_repository",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("tool", sa.String(length=32), nullable=False),
        sa.Column("reach", sa.String(length=32), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("bucket", sa.String(length=63), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("host_keys", sa.Text(), nullable=False),
        sa.Column("tls", sa.Boolean(), nullable=False),
        sa.Column("ca", sa.Text(), nullable=False),
        sa.Column("pattern", sa.String(length=200), nullable=False),
        sa.Column("identity", sa.String(length=128), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_backup_repository_establishment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_backup_repository"),
    )
    with op.batch_alter_table("backup_repository", schema=None) as batch_op:
        batch_op.create_index("ix_backup_repository_establishment_id", ["establishment_id", "ended_on"], unique=False)


def _backup_statement() -> None:
    """The policy, who administers backups, what is said of the directory: one line an establishment."""
    op.create_table(
        "backup_statement",
        sa.Column("establishment_id", BIG, autoincrement=False, nullable=False),
        sa.Column("policy", sa.Boolean(), nullable=True),
        sa.Column("policy_on", sa.Date(), nullable=True),
        sa.Column("validated", sa.Boolean(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("production_domain", sa.String(length=255), nullable=False),
        sa.Column("administrators", sa.JSON(), nullable=False),
        sa.Column("directory", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_backup_statement_establishment_id"
        ),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_backup_statement"),
    )


def _backup_job_ties() -> None:
    """Which system each name found in job histories is."""
    op.create_table(
        "backup_job_tie",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("system_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_backup_job_tie_establishment_id"),
        sa.ForeignKeyConstraint(["system_id"], ["backup_system.id"], name="fk_backup_job_tie_system_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_job_tie"),
    )
    with op.batch_alter_table("backup_job_tie", schema=None) as batch_op:
        batch_op.create_index("ix_backup_job_tie_establishment_id", ["establishment_id", "ended_on"], unique=False)
        batch_op.create_index("ix_backup_job_tie_system_id", ["system_id"], unique=False)


def _list_origins() -> None:
    """Which tool or console a list comes from, where several of a kind count at a time."""
    op.add_column("brought_list", sa.Column("origin", sa.String(length=60), server_default="", nullable=False))


def _isolation_drills() -> None:
    """Tries of the button that cuts backups off."""
    op.create_table(
        "isolation_drill",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("people", sa.String(length=300), nullable=False),
        sa.Column("cut", sa.String(length=2000), nullable=False),
        sa.Column("isolated", sa.Boolean(), nullable=False),
        sa.Column("cut_minutes", sa.Integer(), nullable=True),
        sa.Column("back_minutes", sa.Integer(), nullable=True),
        sa.Column("gaps", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_isolation_drill_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_isolation_drill"),
    )
    with op.batch_alter_table("isolation_drill", schema=None) as batch_op:
        batch_op.create_index("ix_isolation_drill_establishment_id", ["establishment_id", "ended_on"], unique=False)
