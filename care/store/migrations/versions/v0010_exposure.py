"""Exposure: what holds audits back in an establishment, the rhythm of targets, audits cut short and taken up again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, each subject in its own function; new columns of runs."""
    _restraints()
    _rhythm()
    _cut_short()
    _assets()
    _everyone()


def _restraints() -> None:
    """Exclusions, quiet hours, freeze dates, the stop button."""
    op.create_table(
        "exclusion",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("lifted_at", UtcDateTime, nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_exclusion_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exclusion"),
    )
    op.create_index("ix_exclusion_establishment_id", "exclusion", ["establishment_id"])
    op.create_table(
        "quiet_hours",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("hours", sa.String(length=11), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_quiet_hours_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_quiet_hours"),
    )
    op.create_index("ix_quiet_hours_establishment_id", "quiet_hours", ["establishment_id"])
    op.create_table(
        "freeze",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_freeze_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_freeze"),
    )
    op.create_index("ix_freeze_establishment_id", "freeze", ["establishment_id"])
    op.create_table(
        "audit_stop",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("stopped_at", UtcDateTime, nullable=False),
        sa.Column("stopped_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_audit_stop_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_audit_stop"),
    )


def _rhythm() -> None:
    op.create_table(
        "rhythm",
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=True),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("run_id", BIG, nullable=True),
        sa.Column("told_fr", sa.String(length=2000), nullable=True),
        sa.Column("told_en", sa.String(length=2000), nullable=True),
        sa.Column("told_at", UtcDateTime, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_rhythm_target_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_rhythm_run_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("target_id", name="pk_rhythm"),
    )
    op.create_index("ix_rhythm_due_at", "rhythm", ["due_at"])


def _cut_short() -> None:
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stopped", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("left_over", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("continues_id", BIG, nullable=True))
        batch_op.add_column(sa.Column("spared", sa.JSON(), nullable=True))
        batch_op.create_foreign_key("fk_run_continues_id", "run", ["continues_id"], ["id"])
        batch_op.create_index("ix_run_continues_id", ["continues_id"])


def _assets() -> None:
    """What the outside sees, with its history."""
    op.create_table(
        "asset",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("traits", sa.JSON(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("gone_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_asset_establishment_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_asset_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_asset"),
        sa.UniqueConstraint("target_id", "kind", "key", name="uq_asset_target_id_kind_key"),
    )
    op.create_index("ix_asset_establishment_id", "asset", ["establishment_id"])
    op.create_table(
        "asset_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("asset_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_asset_event_asset_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_asset_event_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_asset_event"),
    )
    op.create_index("ix_asset_event_asset_id", "asset_event", ["asset_id"])
    op.create_index("ix_asset_event_run_id", "asset_event", ["run_id"])


def _everyone() -> None:
    """The control path of each principal of a directory."""
    op.add_column("directory_summary", sa.Column("everyone", sa.LargeBinary(), nullable=True))
