"""Remote accesses of suppliers: their register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, each subject in its own function."""
    _remote_accesses()


def _remote_accesses() -> None:
    """One access of a supplier to one equipment."""
    op.create_table(
        "remote_access",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("equipment", sa.String(length=300), nullable=False),
        sa.Column("biomedical", sa.Boolean(), nullable=True),
        sa.Column("criticality", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_email", sa.String(length=320), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("service", sa.String(length=32), nullable=True),
        sa.Column("technology", sa.String(length=32), nullable=True),
        sa.Column("gateway", sa.String(length=300), nullable=False),
        sa.Column("dedicated_gateway", sa.Boolean(), nullable=True),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=True),
        sa.Column("on_demand", sa.Boolean(), nullable=True),
        sa.Column("second_factor", sa.Boolean(), nullable=True),
        sa.Column("recorded", sa.Boolean(), nullable=True),
        sa.Column("trace_days", sa.Integer(), nullable=True),
        sa.Column("contract_id", BIG, nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("security_plan_on", sa.Date(), nullable=True),
        sa.Column("report_clause", sa.Boolean(), nullable=True),
        sa.Column("intervention", sa.String(length=100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("flow_reviewed_on", sa.Date(), nullable=True),
        sa.Column("attested_on", sa.Date(), nullable=True),
        sa.Column("emergency_contact", sa.String(length=300), nullable=False),
        sa.Column("emergency_how", sa.String(length=500), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_remote_access_establishment_id"),
        sa.ForeignKeyConstraint(["contract_id"], ["supplier_contract.id"], name="fk_remote_access_contract_id"),
        sa.PrimaryKeyConstraint("id", name="pk_remote_access"),
    )
    with op.batch_alter_table("remote_access", schema=None) as batch_op:
        batch_op.create_index("ix_remote_access_establishment_id", ["establishment_id", "ended_on"], unique=False)
        batch_op.create_index("ix_remote_access_contract_id", ["contract_id"], unique=False)
