"""Actions, evidence with its chain and its ties, rules of other tools, notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("id", BIG, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("source_ref", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=True),
        sa.Column("sheet", sa.String(length=100), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("criticality", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_chosen", sa.Boolean(), nullable=False),
        sa.Column("effort_days", sa.Double(), nullable=True),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_account_id", BIG, nullable=True),
        sa.Column("funding", sa.String(length=100), nullable=False),
        sa.Column("findings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sites", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_account_id"], ["account.id"], name="fk_action_owner_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_action"),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index("ix_action_due_on", ["due_on"], unique=False)
        batch_op.create_index("ix_action_owner_account_id", ["owner_account_id"], unique=False)
        batch_op.create_index("ix_action_rule", ["rule"], unique=False)

    op.create_table(
        "notice_choice",
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("at_minute", sa.Integer(), nullable=False),
        sa.Column("immediate", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_notice_choice_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name="pk_notice_choice"),
    )
    op.create_table(
        "notice_told",
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_notice_told_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_notice_told"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("notice_told", schema=None) as batch_op:
        batch_op.create_index("ix_notice_told_told_at", ["told_at"], unique=False)
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", BIG, nullable=True))
        batch_op.create_foreign_key("fk_mail_account_id", "account", ["account_id"], ["id"])
        batch_op.create_index("ix_mail_list", ["state", "establishment_id", "recipient", "subject"], unique=False)
    op.create_index("ix_trail_event_actor_number", "trail_event", ["actor", "number"], unique=False)
    op.create_index("ix_trail_event_thing", "trail_event", ["thing_kind", "thing_id", "number"], unique=False)

    op.create_table(
        "action_cost",
        sa.Column("id", BIG, nullable=False),
        sa.Column("action_id", BIG, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("funding", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name="fk_action_cost_action_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_action_cost"),
    )
    with op.batch_alter_table("action_cost", schema=None) as batch_op:
        batch_op.create_index("ix_action_cost_action_id_year", ["action_id", "year"], unique=False)

    op.create_table(
        "action_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("action_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name="fk_action_event_action_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_action_event_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_action_event"),
    )
    with op.batch_alter_table("action_event", schema=None) as batch_op:
        batch_op.create_index("ix_action_event_action_id_id", ["action_id", "id"], unique=False)

    op.create_table(
        "checkpoint",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("number", BIG, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_checkpoint_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_checkpoint"),
        sa.UniqueConstraint("kind", "establishment_id", "number", name="uq_checkpoint_kind_establishment_id_number"),
    )
    op.create_table(
        "due_policy",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_due_policy_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_due_policy"),
        sa.UniqueConstraint("establishment_id", name="uq_due_policy_establishment_id"),
    )
    op.create_table(
        "evidence_chain",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_evidence_chain_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_evidence_chain"),
    )
    op.create_table(
        "reported_rule",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("title_fr", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("description_fr", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("remediation_fr", sa.Text(), nullable=False),
        sa.Column("remediation_en", sa.Text(), nullable=False),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("reported_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_reported_rule_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", "rule", name="pk_reported_rule"),
    )
    op.create_table(
        "import_draft",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("tool", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("attachment", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_import_draft_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_draft"),
    )
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.create_index("ix_import_draft_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_import_draft_establishment_id", ["establishment_id"], unique=False)
    op.create_table(
        "imported_report",
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("tool_version", sa.String(length=100), nullable=False),
        sa.Column("hosts", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("declared_by", sa.String(length=200), nullable=False),
        sa.Column("coverage", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_imported_report_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name="pk_imported_report"),
    )
    op.create_table(
        "action_finding",
        sa.Column("action_id", BIG, nullable=False),
        sa.Column("finding_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name="fk_action_finding_action_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name="fk_action_finding_finding_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("action_id", "finding_id", name="pk_action_finding"),
    )
    with op.batch_alter_table("action_finding", schema=None) as batch_op:
        batch_op.create_index("ix_action_finding_finding_id", ["finding_id"], unique=False)

    with op.batch_alter_table("stored_content", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stored_content_unsound",
            ["sha256"],
            unique=False,
            sqlite_where=sa.text("sound = 0"),
            postgresql_where=sa.text("NOT sound"),
        )

    op.create_table(
        "evidence_tie",
        sa.Column("evidence_id", BIG, nullable=False),
        sa.Column("thing_kind", sa.String(length=32), nullable=False),
        sa.Column("thing_id", sa.String(length=200), nullable=False),
        sa.Column("tied_at", UtcDateTime, nullable=False),
        sa.Column("tied_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_evidence_tie_evidence_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("evidence_id", "thing_kind", "thing_id", name="pk_evidence_tie"),
    )
    with op.batch_alter_table("evidence_tie", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_tie_thing", ["thing_kind", "thing_id"], unique=False)

    op.create_table(
        "action_site",
        sa.Column("action_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("retest_run_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name="fk_action_site_action_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_action_site_establishment_id"),
        sa.ForeignKeyConstraint(["retest_run_id"], ["run.id"], name="fk_action_site_retest_run_id"),
        sa.PrimaryKeyConstraint("action_id", "establishment_id", name="pk_action_site"),
    )
    with op.batch_alter_table("action_site", schema=None) as batch_op:
        batch_op.create_index("ix_action_site_list", ["establishment_id", "state", "action_id"], unique=False)
        batch_op.create_index("ix_action_site_retest_run_id", ["retest_run_id"], unique=False)

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link", sa.String(length=2000), server_default="", nullable=False))
        batch_op.add_column(sa.Column("title", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("note", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("owner", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("owner_account_id", BIG, nullable=True))
        batch_op.add_column(sa.Column("replaces_id", BIG, nullable=True))
        batch_op.add_column(sa.Column("filed_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("filed_to", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("current", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("changed_at", UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("changed_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("withdrawn_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_why", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("chain_hash", sa.String(length=64), nullable=True))
        batch_op.alter_column("sha256", existing_type=sa.VARCHAR(length=64), nullable=True)
        batch_op.create_index("ix_evidence_effective_to", ["effective_to"], unique=False)
        batch_op.create_index("ix_evidence_list", ["establishment_id", "current", "id"], unique=False)
        batch_op.create_index(
            "ix_evidence_counts",
            ["establishment_id", "current", "kind", "effective_to", "effective_from", "sha256"],
            unique=False,
        )
        batch_op.create_unique_constraint("uq_evidence_establishment_id_number", ["establishment_id", "number"])
        batch_op.create_unique_constraint("uq_evidence_replaces_id", ["replaces_id"])
        batch_op.create_foreign_key("fk_evidence_replaces_id", "evidence", ["replaces_id"], ["id"])
        batch_op.create_foreign_key("fk_evidence_owner_account_id", "account", ["owner_account_id"], ["id"])
    op.execute("UPDATE evidence SET filed_from = effective_from, filed_to = effective_to")

    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.add_column(sa.Column("criticality", sa.String(length=32), server_default="moderate", nullable=False))

    op.create_table(
        "finding_tally",
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("scanner", sa.String(length=32), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("oldest_at", UtcDateTime, nullable=False),
        sa.Column("newest_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_finding_tally_establishment_id"),
        sa.PrimaryKeyConstraint("rule", "establishment_id", "state", "severity", name="pk_finding_tally"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_finding_tally_weakness",
        "finding_tally",
        ["state", "rule", "establishment_id", "severity", "findings", "oldest_at"],
        unique=False,
    )
    op.create_index(
        "ix_finding_tally_place",
        "finding_tally",
        ["establishment_id", "state", "severity", "scanner", "rule", "findings", "oldest_at", "newest_at"],
        unique=False,
    )
    op.create_table(
        "finding_flow",
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("appeared", sa.Integer(), nullable=False),
        sa.Column("went", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_finding_flow_establishment_id"),
        sa.PrimaryKeyConstraint("rule", "day", "establishment_id", name="pk_finding_flow"),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_finding_list", "finding")
    op.create_index(
        "ix_finding_list", "finding", ["establishment_id", "state", "severity", "first_seen_at", "id"], unique=False
    )
    op.drop_index("ix_finding_decided_until", "finding")
    op.create_index(
        "ix_finding_decided_until",
        "finding",
        ["decided_until"],
        unique=False,
        sqlite_where=sa.text("decided_until IS NOT NULL"),
        postgresql_where=sa.text("decided_until IS NOT NULL"),
    )
    _count_findings()


def _count_findings() -> None:
    """Counts of what is already recorded; decisions that have ended are emptied, as they now are when they end."""
    op.execute("UPDATE finding SET decided_as = NULL, decided_until = NULL WHERE state = 'open'")
    op.execute(
        "INSERT INTO finding_tally (establishment_id, rule, state, severity, scanner, findings, oldest_at, newest_at)"
        " SELECT establishment_id, rule, state, severity, min(scanner), count(*), min(first_seen_at),"
        " max(first_seen_at) FROM finding GROUP BY establishment_id, rule, state, severity"
    )
    embedded = op.get_bind().dialect.name == "sqlite"
    day = "date(finding_event.at)" if embedded else "CAST(timezone('UTC', finding_event.at) AS DATE)"
    op.execute(
        "INSERT INTO finding_flow (establishment_id, day, rule, appeared, went)"  # noqa: S608 - our own words
        f" SELECT finding.establishment_id, {day}, finding.rule,"
        " sum(CASE WHEN what IN ('new', 'back') THEN 1 ELSE 0 END),"
        " sum(CASE WHEN what IN ('fixed', 'confirmed_gone') THEN 1 ELSE 0 END)"
        " FROM finding_event JOIN finding ON finding.id = finding_event.finding_id"
        " WHERE what IN ('new', 'back', 'fixed', 'confirmed_gone')"
        f" GROUP BY finding.establishment_id, {day}, finding.rule"
    )
