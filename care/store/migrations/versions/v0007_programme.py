"""Programme, certification, governance: versions of frameworks, answers, files, visits, registers, incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only."""
    op.create_table(
        "application_file",
        sa.Column("id", BIG, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("candidacy_on", sa.Date(), nullable=True),
        sa.Column("declaration_on", sa.Date(), nullable=True),
        sa.Column("declare_until", sa.Date(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=True),
        sa.Column("obtained", sa.BigInteger(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application_file"),
        sa.UniqueConstraint("holder", "framework", name="uq_application_file_holder_framework"),
    )
    op.create_table(
        "assessment_mark",
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("due_since", UtcDateTime, nullable=True),
        sa.Column("assessed_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("holder", name="pk_assessment_mark"),
    )
    with op.batch_alter_table("assessment_mark", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_mark_due_since", ["due_since"], unique=False)

    op.create_table(
        "budget_year",
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("operating", sa.BigInteger(), nullable=True),
        sa.Column("digital", sa.BigInteger(), nullable=True),
        sa.Column("cyber", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("voted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "year", name="pk_budget_year"),
    )
    op.create_table(
        "framework_choice",
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("profile", sa.String(length=24), nullable=False),
        sa.Column("concerned", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "framework", name="pk_framework_choice"),
    )
    op.create_table(
        "framework_count",
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "framework", "day", name="pk_framework_count"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "framework_draft",
        sa.Column("id", BIG, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_framework_draft"),
    )
    op.create_table(
        "framework_version",
        sa.Column("id", BIG, nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        sa.Column("set_aside_at", UtcDateTime, nullable=True),
        sa.Column("set_aside_by", sa.String(length=200), nullable=True),
        sa.Column("set_aside_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_framework_version"),
        sa.UniqueConstraint("framework", "version", name="uq_framework_version_framework_version"),
    )
    op.create_table(
        "parameter_value",
        sa.Column("id", BIG, nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("parameter", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("entered_at", UtcDateTime, nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parameter_value"),
    )
    with op.batch_alter_table("parameter_value", schema=None) as batch_op:
        batch_op.create_index("ix_parameter_value_framework_parameter", ["framework", "parameter", "id"], unique=False)

    op.create_table(
        "requirement_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("framework_version", sa.String(length=30), nullable=False),
        sa.Column("item_hash", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("inquiry", sa.String(length=32), nullable=True),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requirement_answer"),
    )
    with op.batch_alter_table("requirement_answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_requirement_answer_holder_framework_item", ["holder", "framework", "item", "id"], unique=False
        )

    op.create_table(
        "requirement_standing",
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("holder", "framework", "item", name="pk_requirement_standing"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("requirement_standing", schema=None) as batch_op:
        batch_op.create_index(
            "ix_requirement_standing_framework_item_status", ["framework", "item", "status"], unique=False
        )

    op.create_table(
        "security_role",
        sa.Column("id", BIG, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("function", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fte_hundredths", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("appointed_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_security_role"),
    )
    with op.batch_alter_table("security_role", schema=None) as batch_op:
        batch_op.create_index("ix_security_role_holder", ["holder", "ended_on"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_ends_at", ["ends_at"], unique=False)
        batch_op.create_index("ix_visit_holder", ["holder"], unique=False)

    op.create_table(
        "application_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["application_file.id"], name="fk_application_event_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_application_event"),
    )
    with op.batch_alter_table("application_event", schema=None) as batch_op:
        batch_op.create_index("ix_application_event_file_id_id", ["file_id", "id"], unique=False)

    op.create_table(
        "catalogue_entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("region_id", BIG, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_catalogue_entry_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_entry"),
    )
    with op.batch_alter_table("catalogue_entry", schema=None) as batch_op:
        batch_op.create_index("ix_catalogue_entry_region_id", ["region_id"], unique=False)

    op.create_table(
        "visit_access",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=True),
        sa.Column("seen_at", UtcDateTime, nullable=True),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.Column("revoked_by", sa.String(length=200), nullable=True),
        sa.Column("revoked_why", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visit_access_visit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_access"),
        sa.UniqueConstraint("session_hash", name="uq_visit_access_session_hash"),
        sa.UniqueConstraint("token_hash", name="uq_visit_access_token_hash"),
    )
    with op.batch_alter_table("visit_access", schema=None) as batch_op:
        batch_op.create_index("ix_visit_access_visit_id", ["visit_id"], unique=False)

    op.create_table(
        "visit_note",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("inquiry", sa.String(length=32), nullable=True),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("who_met", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.String(length=500), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visit_note_visit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_note"),
    )
    with op.batch_alter_table("visit_note", schema=None) as batch_op:
        batch_op.create_index("ix_visit_note_visit_id_item", ["visit_id", "framework", "item", "id"], unique=False)

    op.create_table(
        "visit_view",
        sa.Column("id", BIG, nullable=False),
        sa.Column("access_id", BIG, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("thing", sa.String(length=200), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["access_id"], ["visit_access.id"], name="fk_visit_view_access_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_view"),
    )
    with op.batch_alter_table("visit_view", schema=None) as batch_op:
        batch_op.create_index("ix_visit_view_access_id_id", ["access_id", "id"], unique=False)

    op.create_table(
        "monthly_figure",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_monthly_figure_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_monthly_figure"),
        sa.UniqueConstraint("establishment_id", "code", "month", name="uq_monthly_figure_establishment_id_code_month"),
    )
    op.create_table(
        "sizing_target",
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("function", sa.String(length=60), nullable=False),
        sa.Column("fte_hundredths", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("confidence", sa.String(length=32), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "function", name="pk_sizing_target"),
    )
    op.create_table(
        "socle_year",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=True),
        sa.Column("obtained", sa.BigInteger(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("obtained_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_socle_year_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", "year", name="pk_socle_year"),
    )
    op.create_table(
        "supplier_contract",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=True),
        sa.Column("health_data", sa.Boolean(), nullable=True),
        sa.Column("remote_access", sa.Boolean(), nullable=True),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_supplier_contract_establishment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_supplier_contract"),
    )
    with op.batch_alter_table("supplier_contract", schema=None) as batch_op:
        batch_op.create_index("ix_supplier_contract_establishment_id", ["establishment_id", "ended_on"], unique=False)

    op.create_table(
        "awareness_session",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("digital_risk", sa.Boolean(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_awareness_session_establishment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_awareness_session"),
    )
    with op.batch_alter_table("awareness_session", schema=None) as batch_op:
        batch_op.create_index(
            "ix_awareness_session_establishment_id_held_on", ["establishment_id", "held_on"], unique=False
        )

    op.create_table(
        "awareness_year",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_awareness_year_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", "year", name="pk_awareness_year"),
    )

    op.create_table(
        "committee",
        sa.Column("id", BIG, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=True),
        sa.Column("attendees", sa.Text(), nullable=False),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_committee"),
    )
    with op.batch_alter_table("committee", schema=None) as batch_op:
        batch_op.create_index("ix_committee_holder", ["holder", "held_on"], unique=False)

    op.create_table(
        "health_data_hosting",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("data", sa.String(length=500), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("contract_id", BIG, nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=True),
        sa.Column("hds_certified", sa.Boolean(), nullable=True),
        sa.Column("hds_certificate", sa.String(length=200), nullable=False),
        sa.Column("hds_until", sa.Date(), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=False),
        sa.Column("outside_eea", sa.Boolean(), nullable=True),
        sa.Column("foreign_control", sa.Boolean(), nullable=True),
        sa.Column("mitigation", sa.Text(), nullable=False),
        sa.Column("secnumcloud", sa.Boolean(), nullable=True),
        sa.Column("secnumcloud_until", sa.Date(), nullable=True),
        sa.Column("migrate_by", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["supplier_contract.id"], name="fk_health_data_hosting_contract_id"),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_health_data_hosting_establishment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_health_data_hosting"),
    )
    with op.batch_alter_table("health_data_hosting", schema=None) as batch_op:
        batch_op.create_index("ix_health_data_hosting_establishment_id", ["establishment_id", "ended_on"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("detected_at", UtcDateTime, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=True),
        sa.Column("contained_at", UtcDateTime, nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("degraded_mode", sa.Boolean(), nullable=True),
        sa.Column("degraded_minutes", sa.Integer(), nullable=True),
        sa.Column("patient_impact", sa.String(length=32), nullable=False),
        sa.Column("confidentiality", sa.Boolean(), nullable=True),
        sa.Column("integrity", sa.Boolean(), nullable=True),
        sa.Column("availability", sa.Boolean(), nullable=True),
        sa.Column("personal_data", sa.Boolean(), nullable=True),
        sa.Column("people_concerned", sa.Integer(), nullable=True),
        sa.Column("extent", sa.String(length=32), nullable=False),
        sa.Column("others_exposed", sa.Boolean(), nullable=True),
        sa.Column("gravity", sa.String(length=32), nullable=False),
        sa.Column("gravity_why", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("logbook_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_incident_establishment_id"),
        sa.ForeignKeyConstraint(["logbook_id"], ["logbook.id"], name="fk_incident_logbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("establishment_id", "number", name="uq_incident_establishment_id_number"),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_establishment_id_detected_at", ["establishment_id", "detected_at"], unique=False
        )

    op.create_table(
        "incident_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("incident_id", BIG, nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("happened_at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_incident_event_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident_event"),
    )
    with op.batch_alter_table("incident_event", schema=None) as batch_op:
        batch_op.create_index("ix_incident_event_incident_id_happened_at", ["incident_id", "happened_at"], unique=False)

    op.create_table(
        "incident_notice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("incident_id", BIG, nullable=False),
        sa.Column("duty", sa.String(length=64), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=True),
        sa.Column("not_due", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_incident_notice_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident_notice"),
    )
    with op.batch_alter_table("incident_notice", schema=None) as batch_op:
        batch_op.create_index("ix_incident_notice_incident_id", ["incident_id"], unique=False)
