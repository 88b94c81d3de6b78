"""Region: indicators and their figures, federation, support of establishments, alerts, regional reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables; campaigns that cross from one installation to another."""

    op.create_table(
        "alert",
        sa.Column("id", BIG, nullable=False),
        sa.Column("identifier", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("reminded_at", UtcDateTime, nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("identifier", name="uq_alert_identifier"),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_place", ["place"], unique=False)

    op.create_table(
        "indicator_figure",
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Integer(), nullable=False),
        sa.Column("other_version", sa.Integer(), nullable=False),
        sa.Column("numerator", BIG, nullable=False),
        sa.Column("denominator", BIG, nullable=False),
        sa.Column("spread", sa.JSON(), nullable=False),
        sa.Column("oldest_on", sa.Date(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("computed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("place", "month", "indicator", "category", name="pk_indicator_figure"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("indicator_figure", schema=None) as batch_op:
        batch_op.create_index("ix_indicator_figure_month", ["month", "indicator"], unique=False)

    op.create_table(
        "indicator_mark",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_indicator_mark"),
    )

    op.create_table(
        "installation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("identifier", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("pseudonymous", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_sha256", sa.String(length=64), nullable=False),
        sa.Column("last_received_at", UtcDateTime, nullable=True),
        sa.Column("expected_days", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("enrolled_at", UtcDateTime, nullable=False),
        sa.Column("enrolled_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
        sa.UniqueConstraint("identifier", name="uq_installation_identifier"),
    )
    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.create_index("ix_installation_place", ["place"], unique=False)

    op.create_table(
        "region_link",
        sa.Column("id", BIG, nullable=False),
        sa.Column("identifier", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("region_key", sa.Text(), nullable=False),
        sa.Column("our_key", sa.String(length=64), nullable=False),
        sa.Column("place_name", sa.String(length=200), nullable=False),
        sa.Column("trusted_pem", sa.Text(), nullable=False),
        sa.Column("establishments", sa.JSON(), nullable=False),
        sa.Column("pseudonymous", sa.Boolean(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=True),
        sa.Column("wrong_fr", sa.Text(), nullable=False),
        sa.Column("wrong_en", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("foreign_number", sa.Integer(), nullable=True),
        sa.Column("foreign_at", UtcDateTime, nullable=True),
        sa.Column("heard_at", UtcDateTime, nullable=True),
        sa.Column("unheard_since", UtcDateTime, nullable=True),
        sa.Column("unheard_fr", sa.Text(), nullable=False),
        sa.Column("unheard_en", sa.Text(), nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("joined_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_region_link"),
        sa.UniqueConstraint("identifier", name="uq_region_link_identifier"),
    )

    op.create_table(
        "report_order",
        sa.Column("id", BIG, nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("every", sa.String(length=16), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("last_made_at", UtcDateTime, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_order"),
    )
    with op.batch_alter_table("report_order", schema=None) as batch_op:
        batch_op.create_index("ix_report_order_next_on", ["next_on"], unique=False)
        batch_op.create_index("ix_report_order_place", ["place"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("establishments", sa.JSON(), nullable=False),
        sa.Column("pseudonymous", sa.Boolean(), nullable=False),
        sa.Column("installation_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_enrolment_installation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
        sa.UniqueConstraint("code_hash", name="uq_enrolment_code_hash"),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index("ix_enrolment_place", ["place"], unique=False)

    op.create_table(
        "installation_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=True),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_installation_key_installation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_installation_key"),
        sa.UniqueConstraint("key_id", name="uq_installation_key_key_id"),
    )
    with op.batch_alter_table("installation_key", schema=None) as batch_op:
        batch_op.create_index("ix_installation_key_installation_id", ["installation_id"], unique=False)

    op.create_table(
        "received_bundle",
        sa.Column("id", BIG, nullable=False),
        sa.Column("installation_id", BIG, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("format", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=True),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("audience", sa.String(length=64), nullable=False),
        sa.Column("reason_fr", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_received_bundle_installation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_received_bundle"),
    )
    with op.batch_alter_table("received_bundle", schema=None) as batch_op:
        batch_op.create_index("ix_received_bundle_installation_id_id", ["installation_id", "id"], unique=False)
        batch_op.create_index("ix_received_bundle_received_at", ["received_at"], unique=False)
        batch_op.create_index("ix_received_bundle_sha256", ["sha256"], unique=False)

    op.create_table(
        "region_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("link_id", BIG, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("presented_by", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["region_link.id"], name="fk_region_key_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_region_key"),
        sa.UniqueConstraint("link_id", "key_id", "since", name="uq_region_key_link_id_key_id_since"),
    )

    op.create_table(
        "sent_bundle",
        sa.Column("id", BIG, nullable=False),
        sa.Column("link_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=True),
        sa.Column("told_fr", sa.Text(), nullable=False),
        sa.Column("told_en", sa.Text(), nullable=False),
        sa.Column("delivered_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["region_link.id"], name="fk_sent_bundle_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sent_bundle"),
        sa.UniqueConstraint("link_id", "number", name="uq_sent_bundle_link_id_number"),
    )

    op.create_table(
        "regional_campaign_question",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["regional_campaign.id"], name="fk_regional_campaign_question_campaign_id"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_regional_campaign_question"),
    )

    op.create_table(
        "alert_place",
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("exposure", sa.String(length=32), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("facts_at", UtcDateTime, nullable=True),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_place_alert_id"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_alert_place_establishment_id"),
        sa.PrimaryKeyConstraint("alert_id", "establishment_id", name="pk_alert_place"),
    )
    with op.batch_alter_table("alert_place", schema=None) as batch_op:
        batch_op.create_index("ix_alert_place_establishment_id", ["establishment_id"], unique=False)

    op.create_table(
        "establishment_profile",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("ose", sa.Boolean(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("successor_id", BIG, nullable=True),
        sa.Column("ended_here", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_establishment_profile_establishment_id"
        ),
        sa.ForeignKeyConstraint(["successor_id"], ["establishment.id"], name="fk_establishment_profile_successor_id"),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_establishment_profile"),
    )

    op.create_table(
        "former_place",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("region_id", BIG, nullable=False),
        sa.Column("ght_id", BIG, nullable=True),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_former_place_establishment_id"),
        sa.ForeignKeyConstraint(["ght_id"], ["ght.id"], name="fk_former_place_ght_id"),
        sa.ForeignKeyConstraint(["legal_entity_id"], ["legal_entity.id"], name="fk_former_place_legal_entity_id"),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_former_place_region_id"),
        sa.PrimaryKeyConstraint("establishment_id", "until", name="pk_former_place"),
    )

    op.create_table(
        "former_profile",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ose", sa.Boolean(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_former_profile_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", "until", name="pk_former_profile"),
    )

    op.create_table(
        "indicator_holder",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("installation_id", BIG, nullable=True),
        sa.Column("pseudonym", sa.String(length=32), nullable=True),
        sa.Column("region_id", BIG, nullable=True),
        sa.Column("ght_id", BIG, nullable=True),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_indicator_holder_establishment_id"
        ),
        sa.ForeignKeyConstraint(["ght_id"], ["ght.id"], name="fk_indicator_holder_ght_id"),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_indicator_holder_installation_id"),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_indicator_holder_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_indicator_holder"),
        sa.UniqueConstraint("establishment_id", name="uq_indicator_holder_establishment_id"),
        sa.UniqueConstraint("installation_id", "pseudonym", name="uq_indicator_holder_installation_id_pseudonym"),
    )

    op.create_table(
        "installation_establishment",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("installation_id", BIG, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_installation_establishment_establishment_id"
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name="fk_installation_establishment_installation_id"
        ),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_installation_establishment"),
    )
    with op.batch_alter_table("installation_establishment", schema=None) as batch_op:
        batch_op.create_index("ix_installation_establishment_installation_id", ["installation_id"], unique=False)

    op.create_table(
        "regional_campaign_answer",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=True),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["regional_campaign.id"], name="fk_regional_campaign_answer_campaign_id"
        ),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_regional_campaign_answer_establishment_id"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "establishment_id", name="pk_regional_campaign_answer"),
    )
    with op.batch_alter_table("regional_campaign_answer", schema=None) as batch_op:
        batch_op.create_index("ix_regional_campaign_answer_establishment_id", ["establishment_id"], unique=False)

    op.create_table(
        "service_use",
        sa.Column("id", BIG, nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_service_use_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_use"),
    )
    with op.batch_alter_table("service_use", schema=None) as batch_op:
        batch_op.create_index("ix_service_use_establishment_id", ["establishment_id"], unique=False)
        batch_op.create_index("ix_service_use_service", ["service", "state"], unique=False)

    op.create_table(
        "support_contact",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_support_contact_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_support_contact"),
    )
    with op.batch_alter_table("support_contact", schema=None) as batch_op:
        batch_op.create_index(
            "ix_support_contact_establishment_id_held_on", ["establishment_id", "held_on"], unique=False
        )

    op.create_table(
        "support_file",
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("next_step", sa.String(length=300), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_support_file_establishment_id"),
        sa.PrimaryKeyConstraint("establishment_id", name="pk_support_file"),
    )
    with op.batch_alter_table("support_file", schema=None) as batch_op:
        batch_op.create_index("ix_support_file_next_on", ["next_on"], unique=False)

    op.create_table(
        "indicator_value",
        sa.Column("indicator", sa.String(length=80), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("holder_id", BIG, nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("bundle_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["bundle_id"], ["received_bundle.id"], name="fk_indicator_value_bundle_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["indicator_holder.id"], name="fk_indicator_value_holder_id"),
        sa.PrimaryKeyConstraint("indicator", "month", "holder_id", name="pk_indicator_value"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("indicator_value", schema=None) as batch_op:
        batch_op.create_index("ix_indicator_value_holder_id_month", ["holder_id", "month"], unique=False)

    op.create_table(
        "mail_attachment",
        sa.Column("mail_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_mail_attachment_mail_id"),
        sa.PrimaryKeyConstraint("mail_id", "number", name="pk_mail_attachment"),
    )

    op.create_table(
        "product_survey",
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("scanner", sa.String(length=32), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("looked", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_product_survey_establishment_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_product_survey_run_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_product_survey_target_id"),
        sa.PrimaryKeyConstraint("target_id", name="pk_product_survey"),
    )
    with op.batch_alter_table("product_survey", schema=None) as batch_op:
        batch_op.create_index("ix_product_survey_establishment_id", ["establishment_id"], unique=False)

    op.create_table(
        "regional_campaign_audit",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("run_id", BIG, nullable=True),
        sa.Column("told_fr", sa.Text(), nullable=False),
        sa.Column("told_en", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed_fr", sa.Text(), nullable=False),
        sa.Column("failed_en", sa.Text(), nullable=False),
        sa.Column("declined", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["regional_campaign.id"], name="fk_regional_campaign_audit_campaign_id"
        ),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_regional_campaign_audit_establishment_id"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_regional_campaign_audit_run_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_regional_campaign_audit_target_id"),
        sa.PrimaryKeyConstraint("campaign_id", "target_id", name="pk_regional_campaign_audit"),
    )
    with op.batch_alter_table("regional_campaign_audit", schema=None) as batch_op:
        batch_op.create_index("ix_regional_campaign_audit_due_at", ["due_at"], unique=False)
        batch_op.create_index("ix_regional_campaign_audit_establishment_id", ["establishment_id"], unique=False)
        batch_op.create_index("ix_regional_campaign_audit_run_id", ["run_id"], unique=False)

    op.create_table(
        "seen_product",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("cpe", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_seen_product_establishment_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_seen_product_run_id"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_seen_product_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seen_product"),
    )
    with op.batch_alter_table("seen_product", schema=None) as batch_op:
        batch_op.create_index("ix_seen_product_product", ["product", "establishment_id"], unique=False)
        batch_op.create_index("ix_seen_product_target_id", ["target_id"], unique=False)

    with op.batch_alter_table("imported_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("products", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("regional_campaign", schema=None) as batch_op:
        batch_op.add_column(sa.Column("identifier", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("link_id", BIG, nullable=True))
        batch_op.create_index("ix_regional_campaign_link_id", ["link_id"], unique=False)
        batch_op.create_unique_constraint("uq_regional_campaign_identifier", ["identifier"])
        batch_op.create_foreign_key("fk_regional_campaign_link_id", "region_link", ["link_id"], ["id"])

    with op.batch_alter_table("regional_campaign_place", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("said_at", UtcDateTime, nullable=True))

    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_fr", sa.String(length=2000), nullable=True))
        batch_op.add_column(sa.Column("told_en", sa.String(length=2000), nullable=True))
        batch_op.add_column(sa.Column("told_at", UtcDateTime, nullable=True))
