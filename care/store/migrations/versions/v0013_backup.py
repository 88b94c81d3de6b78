"""Backups: the inventory of systems and copies, the steps towards 3-2-1, what audits read, PDMA exceeded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, each subject in its own function."""
    _backup_inventory()
    _backup_readings()
    _access_review_rhythms()
    _restore_drills()


def _restore_drills() -> None:
    """What each restore drill did, and its sheet."""
    op.create_table(
        "restore_drill",
        sa.Column("run_id", BIG, autoincrement=False, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("done_at", UtcDateTime, nullable=False),
        sa.Column("repository", sa.String(length=64), nullable=False),
        sa.Column("system", sa.String(length=300), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=True),
        sa.Column("point", sa.String(length=255), nullable=False),
        sa.Column("point_at", UtcDateTime, nullable=True),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("full_minutes", sa.Integer(), nullable=True),
        sa.Column("operator", sa.String(length=300), nullable=False),
        sa.Column("requester", sa.String(length=300), nullable=False),
        sa.Column("rights_by", sa.String(length=300), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("evidence_id", BIG, nullable=True),
        sa.Column("filed_at", UtcDateTime, nullable=True),
        sa.Column("filed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_restore_drill_establishment_id"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_restore_drill_evidence_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_restore_drill_run_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_restore_drill"),
    )
    with op.batch_alter_table("restore_drill", schema=None) as batch_op:
        batch_op.create_index("ix_restore_drill_establishment_id", ["establishment_id", "done_at"], unique=False)
        batch_op.create_index("ix_restore_drill_evidence_id", ["evidence_id"], unique=False)


def _backup_inventory() -> None:
    """Systems, copies, dated steps."""
    op.create_table(
        "backup_system",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("resource_id", BIG, nullable=True),
        sa.Column("critical", sa.Boolean(), nullable=True),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("medium", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=2000), nullable=False),
        sa.Column("confidentiality", sa.String(length=200), nullable=False),
        sa.Column("pdma_minutes", sa.Integer(), nullable=True),
        sa.Column("dmard_minutes", sa.Integer(), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("data_gb", sa.Integer(), nullable=True),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("test_outcome", sa.String(length=32), nullable=True),
        sa.Column("test_minutes", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_backup_system_establishment_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["node.id"], name="fk_backup_system_resource_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_system"),
    )
    with op.batch_alter_table("backup_system", schema=None) as batch_op:
        batch_op.create_index("ix_backup_system_establishment_id", ["establishment_id", "ended_on"], unique=False)
        batch_op.create_index("ix_backup_system_resource_id", ["resource_id"], unique=False)
    op.create_table(
        "backup_copy",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("system_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("medium", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=True),
        sa.Column("immutable", sa.Boolean(), nullable=True),
        sa.Column("lock", sa.String(length=32), nullable=True),
        sa.Column("encrypted", sa.Boolean(), nullable=True),
        sa.Column("tool", sa.String(length=120), nullable=False),
        sa.Column("schedule", sa.String(length=200), nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("authentication", sa.String(length=255), nullable=False),
        sa.Column("repository", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("last_success_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_backup_copy_establishment_id"),
        sa.ForeignKeyConstraint(["system_id"], ["backup_system.id"], name="fk_backup_copy_system_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_copy"),
    )
    with op.batch_alter_table("backup_copy", schema=None) as batch_op:
        batch_op.create_index("ix_backup_copy_establishment_id", ["establishment_id", "ended_on"], unique=False)
        batch_op.create_index("ix_backup_copy_system_id", ["system_id"], unique=False)
    op.create_table(
        "backup_milestone",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("system_id", BIG, nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_backup_milestone_establishment_id"
        ),
        sa.ForeignKeyConstraint(["system_id"], ["backup_system.id"], name="fk_backup_milestone_system_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_milestone"),
    )
    with op.batch_alter_table("backup_milestone", schema=None) as batch_op:
        batch_op.create_index("ix_backup_milestone_establishment_id", ["establishment_id", "ended_on"], unique=False)
        batch_op.create_index("ix_backup_milestone_system_id", ["system_id"], unique=False)


def _backup_readings() -> None:
    """What each audit said of a system, and the PDMA exceeded."""
    op.create_table(
        "backup_reading",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("system_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("read_at", UtcDateTime, nullable=False),
        sa.Column("measured", sa.Boolean(), nullable=False),
        sa.Column("last_good_at", UtcDateTime, nullable=True),
        sa.Column("pdma_minutes", sa.Integer(), nullable=True),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_backup_reading_establishment_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_backup_reading_run_id"),
        sa.ForeignKeyConstraint(
            ["system_id"], ["backup_system.id"], name="fk_backup_reading_system_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_backup_reading"),
    )
    with op.batch_alter_table("backup_reading", schema=None) as batch_op:
        batch_op.create_index("ix_backup_reading_establishment_id", ["establishment_id"], unique=False)
        batch_op.create_index("ix_backup_reading_run_id", ["run_id"], unique=False)
        batch_op.create_index("ix_backup_reading_system_id", ["system_id", "read_at"], unique=False)
    op.create_table(
        "backup_breach",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("system_id", BIG, nullable=False),
        sa.Column("pdma_minutes", sa.Integer(), nullable=False),
        sa.Column("last_good_at", UtcDateTime, nullable=True),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_backup_breach_establishment_id"),
        sa.ForeignKeyConstraint(
            ["system_id"], ["backup_system.id"], name="fk_backup_breach_system_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_backup_breach"),
    )
    with op.batch_alter_table("backup_breach", schema=None) as batch_op:
        batch_op.create_index("ix_backup_breach_establishment_id", ["establishment_id"], unique=False)
        batch_op.create_index("ix_backup_breach_system_id", ["system_id", "ended_at"], unique=False)


def _access_review_rhythms() -> None:
    """How often remote accesses are reviewed; when those in charge were told that a review gets no answer."""
    op.create_table(
        "access_review_rhythm",
        sa.Column("establishment_id", BIG, autoincrement=False, nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_access_review_rhythm_establishment_id"
        ),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_access_review_rhythm"),
    )
    op.add_column("access_review", sa.Column("escalated_on", sa.Date(), nullable=True))
