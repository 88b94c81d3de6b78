"""Remote accesses of suppliers: their register. Exposure: silences, what is no longer looked at, subjects; where the
names of a mandate live."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from care.domain.findings import canonical
from care.store.base import BIG, UtcDateTime
from scanners.vulnerabilities.names import family

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ARCHIVED_BEFORE = """
UPDATE {table} SET unwatched_at = (SELECT archived_at FROM target WHERE target.id = {table}.target_id)
WHERE gone_at IS NULL AND target_id IN (SELECT id FROM target WHERE archived_at IS NOT NULL)
"""
"""What targets archived before saw is no longer looked at since."""
VULNERABILITY_BY_PLACE = (
    "exposure.critical_vulnerability",
    "exposure.exploited_vulnerability",
    "exposure.exploited_vulnerability_to_confirm",
)
"""Rules whose subjects were a place and a flaw."""


def upgrade() -> None:
    """New tables, each subject in its own function."""
    _remote_accesses()
    _silences()
    _subjects_of_vulnerabilities()
    _access_links()
    _question_papers()
    _places_of_names()
    _margin_of_figures()
    _register_imports()
    _lists()


def _question_papers() -> None:
    """Typed values of answers, and the forms of questions that were printed."""
    with op.batch_alter_table("requirement_answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("value", sa.JSON(), nullable=True))
    op.create_table(
        "question_paper",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("framework", sa.String(length=60), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("printed_at", UtcDateTime, nullable=False),
        sa.Column("printed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_question_paper_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_question_paper"),
        sa.UniqueConstraint("code", name="uq_question_paper_code"),
    )
    with op.batch_alter_table("question_paper", schema=None) as batch_op:
        batch_op.create_index("ix_question_paper_establishment_id", ["establishment_id", "id"], unique=False)


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


def _silences() -> None:
    """What answered nothing at all once, and what its target no longer leads to: told apart, closed by neither."""
    op.add_column("asset", sa.Column("silent_at", UtcDateTime, nullable=True))
    op.add_column("asset", sa.Column("unwatched_at", UtcDateTime, nullable=True))
    op.add_column("sighting", sa.Column("unwatched_at", UtcDateTime, nullable=True))
    told = sa.text("unwatched_at IS NOT NULL")
    op.create_index(
        "ix_sighting_unwatched_at",
        "sighting",
        ["unwatched_at"],
        unique=False,
        sqlite_where=told,
        postgresql_where=told,
    )
    for table in ("asset", "sighting"):
        op.execute(ARCHIVED_BEFORE.format(table=table))


def _subjects_of_vulnerabilities() -> None:
    """The subject of a vulnerability says the product too: what was recorded without it keeps its decisions, its
    sightings and its history under the new one. The evidence of these findings has always named the product."""
    finding = sa.table(
        "finding",
        sa.column("id", BIG),
        sa.column("rule", sa.String),
        sa.column("subject", sa.Text),
        sa.column("subject_key", sa.String),
        sa.column("evidence", sa.JSON),
    )
    rows = op.get_bind().execute(
        sa.select(finding.c.id, finding.c.subject, finding.c.evidence).where(finding.c.rule.in_(VULNERABILITY_BY_PLACE))
    )
    renamed = [(number, subject_with_product(subject, evidence)) for number, subject, evidence in rows.all()]
    for number, subject in renamed:
        named = finding.update().where(finding.c.id == number)
        op.get_bind().execute(named.values(subject=subject, subject_key=canonical(subject)))


def subject_with_product(subject: str, evidence: Mapping[str, object]) -> str:
    """`192.0.2.7:443/tcp CVE-2026-1234` with its product before the flaw, under the first name of its family."""
    place, _, flaw = subject.rpartition(" ")
    product = str(evidence.get("product") or "")
    return f"{place} {family(product)[0]} {flaw}" if product else subject


def _access_links() -> None:
    """What suppliers say of their accesses, and owners during a review."""
    op.create_table(
        "access_review",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("opened_by", sa.String(length=200), nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=False),
        sa.Column("evidence_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_access_review_establishment_id"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_access_review_evidence_id"),
        sa.PrimaryKeyConstraint("id", name="pk_access_review"),
    )
    with op.batch_alter_table("access_review", schema=None) as batch_op:
        batch_op.create_index("ix_access_review_establishment_id", ["establishment_id"], unique=False)
    op.create_table(
        "access_link",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("review_id", BIG, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_access_link_establishment_id"),
        sa.ForeignKeyConstraint(["review_id"], ["access_review.id"], name="fk_access_link_review_id"),
        sa.PrimaryKeyConstraint("id", name="pk_access_link"),
        sa.UniqueConstraint("token_hash", name="uq_access_link_token_hash"),
    )
    with op.batch_alter_table("access_link", schema=None) as batch_op:
        batch_op.create_index("ix_access_link_establishment_id", ["establishment_id", "kind"], unique=False)
        batch_op.create_index("ix_access_link_review_id", ["review_id"], unique=False)
    op.create_table(
        "access_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("link_id", BIG, nullable=False),
        sa.Column("access_id", BIG, nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=True),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["access_link.id"], name="fk_access_answer_link_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["access_id"], ["remote_access.id"], name="fk_access_answer_access_id"),
        sa.PrimaryKeyConstraint("id", name="pk_access_answer"),
        sa.UniqueConstraint("link_id", "access_id", name="uq_access_answer_link_id_access_id"),
    )
    with op.batch_alter_table("access_answer", schema=None) as batch_op:
        batch_op.create_index("ix_access_answer_access_id", ["access_id"], unique=False)


def _places_of_names() -> None:
    """Where audits found the names of a mandate, and the names that a person has followed."""
    op.create_table(
        "name_place",
        sa.Column("id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("mandate_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("accepted_at", UtcDateTime, nullable=True),
        sa.Column("accepted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_name_place_target_id"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name="fk_name_place_mandate_id"),
        sa.PrimaryKeyConstraint("id", name="pk_name_place"),
        sa.UniqueConstraint(
            "target_id", "mandate_id", "name", "address", name="uq_name_place_target_id_mandate_id_name_address"
        ),
    )
    op.create_index("ix_name_place_mandate_id", "name_place", ["mandate_id"])
    op.create_table(
        "followed_name",
        sa.Column("id", BIG, nullable=False),
        sa.Column("mandate_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("followed_at", UtcDateTime, nullable=False),
        sa.Column("followed_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name="fk_followed_name_mandate_id"),
        sa.PrimaryKeyConstraint("id", name="pk_followed_name"),
    )
    op.create_index("ix_followed_name_mandate_id", "followed_name", ["mandate_id"])


def _margin_of_figures() -> None:
    """What of a monthly figure is of neither side known, and why it changed much."""
    unknown = sa.Column("unknown", sa.Integer(), server_default="0", nullable=False)
    op.add_column("monthly_figure", unknown)
    explanation = sa.Column("explanation", sa.String(length=1000), server_default="", nullable=False)
    op.add_column("monthly_figure", explanation)


def _register_imports() -> None:
    """What the last import of a register changed, so that it may be undone."""
    op.create_table(
        "register_import",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("register", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_register_import_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_register_import"),
        sa.UniqueConstraint("establishment_id", "register", name="uq_register_import_establishment_id_register"),
    )


def _lists() -> None:
    """Lists of other tools, and how their columns are to be read."""
    op.create_table(
        "brought_list",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("brought_at", UtcDateTime, nullable=False),
        sa.Column("brought_by", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", UtcDateTime, nullable=True),
        sa.Column("taken_back_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_brought_list_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_brought_list"),
    )
    with op.batch_alter_table("brought_list", schema=None) as batch_op:
        batch_op.create_index("ix_brought_list_establishment_id", ["establishment_id", "kind"], unique=False)
    op.create_table(
        "list_mapping",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_list_mapping_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_list_mapping"),
    )
    with op.batch_alter_table("list_mapping", schema=None) as batch_op:
        batch_op.create_index("ix_list_mapping_establishment_id", ["establishment_id", "kind"], unique=False)
