"""Continuity: nodes and their graph, BIA, degraded modes, plans, tests; the crisis pack. Imports as jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The points of `care.domain.priority` that do not move with the day, as they were when the column came.
RANK = """
UPDATE action SET rank = 80
    - CASE severity WHEN 0 THEN 40 WHEN 1 THEN 28 WHEN 2 THEN 15 WHEN 3 THEN 6 ELSE 0 END
    - CASE criticality WHEN 'vital' THEN 20 WHEN 'major' THEN 14 WHEN 'moderate' THEN 7 ELSE 0 END
    - CASE WHEN findings >= 50 THEN 8 WHEN findings >= 10 THEN 5 WHEN findings >= 2 THEN 2 ELSE 0 END
    - CASE WHEN sites >= 5 THEN 7 WHEN sites >= 2 THEN 4 ELSE 0 END
    - CASE WHEN effort_days <= 1 THEN 5 WHEN effort_days <= 5 THEN 3 WHEN effort_days <= 20 THEN 1 ELSE 0 END
"""

SITE_STATES = """
UPDATE action SET site_states = coalesce((
    SELECT sum(DISTINCT CASE state WHEN 'to_do' THEN 1 WHEN 'in_progress' THEN 2 WHEN 'blocked' THEN 4
        WHEN 'to_verify' THEN 8 WHEN 'closed' THEN 16 WHEN 'abandoned' THEN 32 ELSE 0 END)
    FROM action_site WHERE action_site.action_id = action.id), 0)
"""


def upgrade() -> None:

    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("job_id", BIG, nullable=True))
        batch_op.add_column(sa.Column("run_id", BIG, nullable=True))
        batch_op.add_column(sa.Column("reading", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("preview", sa.JSON(), nullable=True))
        batch_op.create_foreign_key("fk_import_draft_job_id", "job", ["job_id"], ["id"], ondelete="SET NULL")
        batch_op.create_foreign_key("fk_import_draft_run_id", "run", ["run_id"], ["id"], ondelete="SET NULL")

    op.create_table(
        "unit_weight",
        sa.Column("candidate", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("candidate", "unit", name="pk_unit_weight"),
    )
    op.create_table(
        "candidate_phase",
        sa.Column("candidate", sa.String(length=40), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("candidate", name="pk_candidate_phase"),
    )
    op.create_table(
        "bia_scale",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_bia_scale_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_bia_scale"),
    )
    op.create_table(
        "checklist_answer",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("checklist", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_checklist_answer_establishment_id"
        ),
        sa.PrimaryKeyConstraint("establishment_id", "checklist", "item", name="pk_checklist_answer"),
    )
    op.create_table(
        "continuity_test",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("plan_series", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.Column("gaps", sa.Text(), nullable=False),
        sa.Column("leader", sa.String(length=200), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("cyber_triggered", sa.Boolean(), nullable=False),
        sa.Column("degraded_played", sa.Boolean(), nullable=False),
        sa.Column("management_present", sa.Boolean(), nullable=False),
        sa.Column("directorates", sa.String(length=300), nullable=False),
        sa.Column("in_maintenance", sa.Boolean(), nullable=False),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_continuity_test_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_continuity_test"),
    )
    with op.batch_alter_table("continuity_test", schema=None) as batch_op:
        batch_op.create_index(
            "ix_continuity_test_establishment_id_planned_on", ["establishment_id", "planned_on"], unique=False
        )

    op.create_table(
        "crisis_contact",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("cell", sa.String(length=32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("fallback", sa.String(length=60), nullable=False),
        sa.Column("mail", sa.String(length=200), nullable=False),
        sa.Column("deputy", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_crisis_contact_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crisis_contact"),
    )
    with op.batch_alter_table("crisis_contact", schema=None) as batch_op:
        batch_op.create_index(
            "ix_crisis_contact_establishment_id_cell_rank", ["establishment_id", "cell", "rank"], unique=False
        )

    op.create_table(
        "crisis_pack",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_size", sa.Integer(), nullable=False),
        sa.Column("zip_sha256", sa.String(length=64), nullable=False),
        sa.Column("zip_size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_crisis_pack_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crisis_pack"),
    )
    with op.batch_alter_table("crisis_pack", schema=None) as batch_op:
        batch_op.create_index("ix_crisis_pack_establishment_id_made_at", ["establishment_id", "made_at"], unique=False)

    op.create_table(
        "declaration_duty",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("duty", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_declaration_duty_establishment_id"
        ),
        sa.PrimaryKeyConstraint("establishment_id", "duty", name="pk_declaration_duty"),
    )
    op.create_table(
        "node",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("nature", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=220), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_account_id", BIG, nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_node_establishment_id"),
        sa.ForeignKeyConstraint(["owner_account_id"], ["account.id"], name="fk_node_owner_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_node"),
        sa.UniqueConstraint("establishment_id", "name_key", name="uq_node_establishment_id_name_key"),
    )
    with op.batch_alter_table("node", schema=None) as batch_op:
        batch_op.create_index("ix_node_establishment_id_ended_on", ["establishment_id", "ended_on"], unique=False)
        batch_op.create_index("ix_node_owner_account_id", ["owner_account_id"], unique=False)

    op.create_table(
        "perimeter_absence",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("perimeter", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("said_at", UtcDateTime, nullable=False),
        sa.Column("said_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_perimeter_absence_establishment_id"
        ),
        sa.PrimaryKeyConstraint("establishment_id", "perimeter", name="pk_perimeter_absence"),
    )
    op.create_table(
        "plan",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("validated_on", sa.Date(), nullable=True),
        sa.Column("validated_by", sa.String(length=200), nullable=False),
        sa.Column("validator_title", sa.String(length=200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_plan_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.UniqueConstraint("series", "number", name="uq_plan_series_number"),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index("ix_plan_establishment_id_state", ["establishment_id", "state"], unique=False)
        batch_op.create_index("ix_plan_series", ["series"], unique=False)

    op.create_table(
        "activity",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("perimeter", sa.String(length=32), nullable=True),
        sa.Column("criticality", sa.String(length=32), nullable=False),
        sa.Column("weight", sa.String(length=32), nullable=False),
        sa.Column("weight_origin", sa.String(length=300), nullable=False),
        sa.Column("correspondent", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["node.id"], name="fk_activity_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
    )
    op.create_table(
        "continuity_test_node",
        sa.Column("test_id", BIG, nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("recovery_minutes", sa.Integer(), nullable=True),
        sa.Column("data_loss_minutes", sa.Integer(), nullable=True),
        sa.Column("restore_minutes", sa.Integer(), nullable=True),
        sa.Column("held_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_continuity_test_node_node_id"),
        sa.ForeignKeyConstraint(
            ["test_id"], ["continuity_test.id"], name="fk_continuity_test_node_test_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("test_id", "node_id", name="pk_continuity_test_node"),
    )
    with op.batch_alter_table("continuity_test_node", schema=None) as batch_op:
        batch_op.create_index("ix_continuity_test_node_node_id", ["node_id"], unique=False)

    op.create_table(
        "degraded_mode_cover",
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_degraded_mode_cover_node_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series", "node_id", name="pk_degraded_mode_cover"),
    )
    op.create_table(
        "continuity_draft",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_continuity_draft_establishment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_continuity_draft"),
    )
    with op.batch_alter_table("continuity_draft", schema=None) as batch_op:
        batch_op.create_index("ix_continuity_draft_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_continuity_draft_establishment_id", ["establishment_id"], unique=False)

    op.create_table(
        "dependency",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("dependent_id", BIG, nullable=False),
        sa.Column("needed_id", BIG, nullable=False),
        sa.Column("strength", sa.String(length=32), nullable=False),
        sa.Column("holds_minutes", sa.Integer(), nullable=False),
        sa.Column("alternative", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["dependent_id"], ["node.id"], name="fk_dependency_dependent_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_dependency_establishment_id"),
        sa.ForeignKeyConstraint(["needed_id"], ["node.id"], name="fk_dependency_needed_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_dependency"),
        sa.UniqueConstraint("dependent_id", "needed_id", name="uq_dependency_dependent_id_needed_id"),
    )
    with op.batch_alter_table("dependency", schema=None) as batch_op:
        batch_op.create_index("ix_dependency_establishment_id", ["establishment_id"], unique=False)
        batch_op.create_index("ix_dependency_needed_id", ["needed_id"], unique=False)

    op.create_table(
        "bia",
        sa.Column("id", BIG, nullable=False),
        sa.Column("activity_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("scale", sa.JSON(), nullable=False),
        sa.Column("impacts", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("dmia_minutes", sa.Integer(), nullable=True),
        sa.Column("rto_minutes", sa.Integer(), nullable=True),
        sa.Column("pdma_minutes", sa.Integer(), nullable=True),
        sa.Column("dmard_minutes", sa.Integer(), nullable=True),
        sa.Column("minimum_service", sa.Text(), nullable=False),
        sa.Column("minimum_percent", sa.Integer(), nullable=True),
        sa.Column("peaks", sa.String(length=500), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("interviewed", sa.String(length=300), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=True),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("validated_at", UtcDateTime, nullable=True),
        sa.Column("validated_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_bia_activity_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_bia"),
        sa.UniqueConstraint("activity_id", "number", name="uq_bia_activity_id_number"),
    )
    op.create_table(
        "degraded_mode",
        sa.Column("id", BIG, nullable=False),
        sa.Column("activity_id", BIG, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("back_to_normal", sa.Text(), nullable=False),
        sa.Column("who_to_call", sa.Text(), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        sa.Column("holds_minutes", sa.Integer(), nullable=True),
        sa.Column("capacity_percent", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.Column("in_force_by", sa.String(length=200), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name="fk_degraded_mode_activity_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_degraded_mode"),
        sa.UniqueConstraint("series", "number", name="uq_degraded_mode_series_number"),
    )
    with op.batch_alter_table("degraded_mode", schema=None) as batch_op:
        batch_op.create_index("ix_degraded_mode_activity_id_state", ["activity_id", "state"], unique=False)
        batch_op.create_index("ix_degraded_mode_series", ["series"], unique=False)

    op.create_table(
        "paper_kit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("activity_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("check_every_days", sa.Integer(), nullable=False),
        sa.Column("autonomy_minutes", sa.Integer(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_paper_kit_activity_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_kit"),
    )
    with op.batch_alter_table("paper_kit", schema=None) as batch_op:
        batch_op.create_index("ix_paper_kit_activity_id", ["activity_id"], unique=False)

    op.create_table(
        "plan_activity",
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("activity_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_plan_activity_activity_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plan_activity_plan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "activity_id", name="pk_plan_activity"),
    )
    with op.batch_alter_table("plan_activity", schema=None) as batch_op:
        batch_op.create_index("ix_plan_activity_activity_id", ["activity_id"], unique=False)

    op.create_table(
        "paper_kit_check",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kit_id", BIG, nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.String(length=200), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["paper_kit.id"], name="fk_paper_kit_check_kit_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_kit_check"),
    )
    with op.batch_alter_table("paper_kit_check", schema=None) as batch_op:
        batch_op.create_index("ix_paper_kit_check_kit_id_checked_on", ["kit_id", "checked_on"], unique=False)

    op.create_table(
        "resource",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("rto_minutes", sa.Integer(), nullable=True),
        sa.Column("pdma_minutes", sa.Integer(), nullable=True),
        sa.Column("dmard_minutes", sa.Integer(), nullable=True),
        sa.Column("backup_every_minutes", sa.Integer(), nullable=True),
        sa.Column("restart_minutes", sa.Integer(), nullable=True),
        sa.Column("target_id", BIG, nullable=True),
        sa.Column("remote_access", sa.String(length=300), nullable=False),
        sa.Column("cut", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["node.id"], name="fk_resource_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_resource_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index("ix_resource_target_id", ["target_id"], unique=False)

    op.add_column("action", sa.Column("rank", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("action", sa.Column("site_states", sa.SmallInteger(), server_default="0", nullable=False))
    op.execute(RANK)
    op.execute(SITE_STATES)
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index("ix_action_priority", ["rank", "due_on", "id", "site_states"], unique=False)
        batch_op.create_index("ix_action_counts", ["site_states", "due_on", "owner_account_id"], unique=False)
        batch_op.create_index("ix_action_funding", ["funding"], unique=False)
