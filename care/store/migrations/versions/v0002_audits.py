"""Targets, mandates, evidence, jobs, runs, findings and outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "stored_content",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", UtcDateTime, nullable=False),
        sa.Column("verified_at", UtcDateTime, nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_stored_content"),
    )
    op.create_index("ix_stored_content_verified_at", "stored_content", ["verified_at"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("started_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_campaign_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
    )
    op.create_index("ix_campaign_establishment_id", "campaign", ["establishment_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_evidence_establishment_id"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_content.sha256"], name="fk_evidence_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_establishment_id", "evidence", ["establishment_id"], unique=False)
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("scanner", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.String(length=400), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("decided_as", sa.String(length=32), nullable=True),
        sa.Column("decided_until", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_finding_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint(
            "establishment_id", "rule", "subject_key", name="uq_finding_establishment_id_rule_subject_key"
        ),
    )
    op.create_index("ix_finding_decided_until", "finding", ["decided_until"], unique=False)
    op.create_index("ix_finding_list", "finding", ["establishment_id", "state", "severity", "id"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("purpose_key", sa.String(length=200), nullable=True),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime, nullable=True),
        sa.Column("sent_at", UtcDateTime, nullable=True),
        sa.Column("trouble_fr", sa.String(length=2000), nullable=False),
        sa.Column("trouble_en", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_mail_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
        sa.UniqueConstraint("message_id", name="uq_mail_message_id"),
        sa.UniqueConstraint("purpose_key", name="uq_mail_purpose_key"),
    )
    op.create_index("ix_mail_establishment_id", "mail", ["establishment_id"], unique=False)
    op.create_index("ix_mail_state_due_at", "mail", ["state", "due_at"], unique=False)
    op.create_table(
        "mandate",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("authorised_by", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("hours", sa.String(length=11), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("document_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["evidence.id"], name="fk_mandate_document_id"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_mandate_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mandate"),
    )
    op.create_index("ix_mandate_establishment_id", "mandate", ["establishment_id"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("scanner", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("mandate_id", BIG, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("archived_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_target_establishment_id"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name="fk_target_mandate_id"),
        sa.PrimaryKeyConstraint("id", name="pk_target"),
        sa.UniqueConstraint("establishment_id", "scanner", "name", name="uq_target_establishment_id_scanner_name"),
    )
    op.create_index("ix_target_mandate_id", "target", ["mandate_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("target_id", BIG, nullable=True),
        sa.Column("after_job_id", BIG, nullable=True),
        sa.Column("slot_key", sa.String(length=200), nullable=True),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.Column("submitted_by", sa.String(length=200), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("allowed_attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("lease_until", UtcDateTime, nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=True),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("cancel_requested_at", UtcDateTime, nullable=True),
        sa.Column("cancel_requested_by", sa.String(length=200), nullable=True),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("error_fr", sa.String(length=2000), nullable=True),
        sa.Column("error_en", sa.String(length=2000), nullable=True),
        sa.Column("error_reference", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["after_job_id"], ["job.id"], name="fk_job_after_job_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_job_establishment_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_job_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("slot_key", name="uq_job_slot_key"),
    )
    op.create_index("ix_job_establishment_id", "job", ["establishment_id"], unique=False)
    op.create_index("ix_job_state_lane_due_at", "job", ["state", "lane", "due_at"], unique=False)
    op.create_index(
        "uq_job_active_target",
        "job",
        ["target_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "schedule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("cron", sa.String(length=100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_schedule_establishment_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_schedule_target_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sa.UniqueConstraint("target_id", name="uq_schedule_target_id"),
    )
    op.create_index("ix_schedule_establishment_id", "schedule", ["establishment_id"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("finding_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("perimeter", sa.Text(), nullable=False),
        sa.Column("gone_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name="fk_sighting_finding_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_sighting_target_id"),
        sa.PrimaryKeyConstraint("finding_id", "target_id", name="pk_sighting"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sighting_target_id_rule", "sighting", ["target_id", "rule"], unique=False)
    op.create_table(
        "target_secret",
        sa.Column("id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_target_secret_target_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_target_secret"),
        sa.UniqueConstraint("target_id", "name", name="uq_target_secret_target_id_name"),
    )
    op.create_table(
        "job_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("job_id", BIG, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("fr", sa.String(length=2000), nullable=False),
        sa.Column("en", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_event_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_job_event"),
    )
    op.create_index("ix_job_event_job_id_id", "job_event", ["job_id", "id"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("scanner", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column("job_id", BIG, nullable=True),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=True),
        sa.Column("collected_from", UtcDateTime, nullable=True),
        sa.Column("collected_to", UtcDateTime, nullable=True),
        sa.Column("perimeter", sa.Text(), nullable=True),
        sa.Column("facts_id", BIG, nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=True),
        sa.Column("gaps", sa.JSON(), nullable=True),
        sa.Column("passed", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=True),
        sa.Column("not_assessable", sa.Integer(), nullable=True),
        sa.Column("error", sa.Integer(), nullable=True),
        sa.Column("findings_new", sa.Integer(), nullable=True),
        sa.Column("findings_still", sa.Integer(), nullable=True),
        sa.Column("findings_fixed", sa.Integer(), nullable=True),
        sa.Column("findings_back", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_run_campaign_id"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_run_establishment_id"),
        sa.ForeignKeyConstraint(["facts_id"], ["evidence.id"], name="fk_run_facts_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_run_job_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_run_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("job_id", name="uq_run_job_id"),
    )
    op.create_index("ix_run_campaign_id", "run", ["campaign_id"], unique=False)
    op.create_index("ix_run_establishment_id_id", "run", ["establishment_id", "id"], unique=False)
    op.create_index("ix_run_target_id_collected_to", "run", ["target_id", "collected_to"], unique=False)
    op.create_table(
        "finding_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("finding_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name="fk_finding_event_finding_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_finding_event_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_finding_event"),
    )
    op.create_index("ix_finding_event_finding_id_id", "finding_event", ["finding_id", "id"], unique=False)
    op.create_index("ix_finding_event_run_id", "finding_event", ["run_id"], unique=False)
    op.create_table(
        "rule_outcome",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("conclusive", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("reason_fr", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_rule_outcome_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_outcome"),
        sa.UniqueConstraint("run_id", "rule", name="uq_rule_outcome_run_id_rule"),
    )
