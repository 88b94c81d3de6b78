"""Registry, accounts, FINESS list and audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", BIG, nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("password_changed_at", UtcDateTime, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_sign_in_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
    )
    op.create_table(
        "finess_import",
        sa.Column("id", BIG, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_finess_import"),
    )
    op.create_table(
        "region",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("grades", sa.String(length=200), nullable=False),
        sa.Column("to_check", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_region"),
        sa.UniqueConstraint("code", name="uq_region_code"),
    )
    op.create_table(
        "sign_in_brake",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("blocked_until", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_brake"),
    )
    op.create_index("ix_sign_in_brake_last_at", "sign_in_brake", ["last_at"], unique=False)
    op.create_table(
        "trail_event",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("thing_kind", sa.String(length=64), nullable=False),
        sa.Column("thing_id", sa.String(length=200), nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_trail_event"),
    )
    op.create_index("ix_trail_event_action", "trail_event", ["action"], unique=False)
    op.create_index("ix_trail_event_at", "trail_event", ["at"], unique=False)
    op.create_index("ix_trail_event_establishment_id", "trail_event", ["establishment_id"], unique=False)
    op.create_table(
        "trail_head",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail_head"),
    )
    op.create_table(
        "finess_entry",
        sa.Column("finess", sa.String(length=9), nullable=False),
        sa.Column("legal_entity_finess", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("category_code", sa.String(length=4), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("updated_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("import_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["finess_import.id"], name="fk_finess_entry_import_id"),
        sa.PrimaryKeyConstraint("finess", name="pk_finess_entry"),
    )
    op.create_index("ix_finess_entry_legal_entity_finess", "finess_entry", ["legal_entity_finess"], unique=False)
    op.create_table(
        "ght",
        sa.Column("id", BIG, nullable=False),
        sa.Column("region_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_ght_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ght"),
        sa.UniqueConstraint("name", name="uq_ght_name"),
    )
    op.create_index("ix_ght_region_id", "ght", ["region_id"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_web_session_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
        sa.UniqueConstraint("token_hash", name="uq_web_session_token_hash"),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"], unique=False)
    op.create_table(
        "legal_entity",
        sa.Column("id", BIG, nullable=False),
        sa.Column("finess", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("region_id", BIG, nullable=False),
        sa.Column("ght_id", BIG, nullable=True),
        sa.Column("supports_ght", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["ght_id"], ["ght.id"], name="fk_legal_entity_ght_id"),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_legal_entity_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_entity"),
        sa.UniqueConstraint("finess", name="uq_legal_entity_finess"),
    )
    op.create_index("ix_legal_entity_ght_id", "legal_entity", ["ght_id"], unique=False)
    op.create_index("ix_legal_entity_region_id", "legal_entity", ["region_id"], unique=False)
    op.create_table(
        "establishment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("finess", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("region_id", BIG, nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["legal_entity_id"], ["legal_entity.id"], name="fk_establishment_legal_entity_id"),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_establishment_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_establishment"),
        sa.UniqueConstraint("finess", name="uq_establishment_finess"),
    )
    op.create_index("ix_establishment_legal_entity_id", "establishment", ["legal_entity_id"], unique=False)
    op.create_index("ix_establishment_region_id", "establishment", ["region_id"], unique=False)
    op.create_table(
        "account_grant",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("region_id", BIG, nullable=True),
        sa.Column("ght_id", BIG, nullable=True),
        sa.Column("legal_entity_id", BIG, nullable=True),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.CheckConstraint(
            "(level = 'region') = (region_id IS NOT NULL) AND (level = 'ght') = (ght_id IS NOT NULL)"
            " AND (level = 'legal_entity') = (legal_entity_id IS NOT NULL)"
            " AND (level = 'establishment') = (establishment_id IS NOT NULL)",
            name="ck_account_grant_place_matches_level",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_grant_account_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_account_grant_establishment_id"),
        sa.ForeignKeyConstraint(["ght_id"], ["ght.id"], name="fk_account_grant_ght_id"),
        sa.ForeignKeyConstraint(["legal_entity_id"], ["legal_entity.id"], name="fk_account_grant_legal_entity_id"),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_account_grant_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_grant"),
    )
    op.create_index("ix_account_grant_account_id", "account_grant", ["account_id"], unique=False)
