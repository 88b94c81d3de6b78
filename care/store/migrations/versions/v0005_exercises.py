"""Crisis exercises: kits brought in, exercises and their events, seats, messages, debrief; campaigns; logbooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import BIG, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables; and a mail may go stale."""
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stale_at", UtcDateTime, nullable=True))

    op.create_table(
        "regional_campaign",
        sa.Column("id", BIG, nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("opens_at", UtcDateTime, nullable=False),
        sa.Column("closes_at", UtcDateTime, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_regional_campaign"),
    )
    with op.batch_alter_table("regional_campaign", schema=None) as batch_op:
        batch_op.create_index("ix_regional_campaign_place", ["place"], unique=False)

    op.create_table(
        "regional_campaign_place",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("excused", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["regional_campaign.id"], name="fk_regional_campaign_place_campaign_id"
        ),
        sa.ForeignKeyConstraint(
            ["establishment_id"], ["establishment.id"], name="fk_regional_campaign_place_establishment_id"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "establishment_id", name="pk_regional_campaign_place"),
    )
    with op.batch_alter_table("regional_campaign_place", schema=None) as batch_op:
        batch_op.create_index("ix_regional_campaign_place_establishment_id", ["establishment_id"], unique=False)

    op.create_table(
        "exercise_kit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=True),
        sa.Column("kit", sa.String(length=60), nullable=False),
        sa.Column("kit_version", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("booklets", sa.JSON(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_exercise_kit_establishment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_kit"),
        sa.UniqueConstraint(
            "establishment_id", "kit", "kit_version", name="uq_exercise_kit_establishment_id_kit_kit_version"
        ),
    )
    op.create_table(
        "exercise",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column("test_id", BIG, nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kit", sa.String(length=60), nullable=False),
        sa.Column("kit_version", sa.String(length=12), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("booklets", sa.JSON(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("planned_at", UtcDateTime, nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("director", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("last_event", sa.Integer(), nullable=False),
        sa.Column("pulse_at", UtcDateTime, nullable=True),
        sa.Column("pulse_second", sa.Double(), nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["regional_campaign.id"], name="fk_exercise_campaign_id"),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_exercise_establishment_id"),
        sa.ForeignKeyConstraint(["test_id"], ["continuity_test.id"], name="fk_exercise_test_id"),
        sa.UniqueConstraint("code", name="uq_exercise_code"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise"),
        sa.UniqueConstraint("test_id", name="uq_exercise_test_id"),
    )
    with op.batch_alter_table("exercise", schema=None) as batch_op:
        batch_op.create_index("ix_exercise_campaign_id", ["campaign_id"], unique=False)
        batch_op.create_index(
            "ix_exercise_establishment_id_planned_at", ["establishment_id", "planned_at"], unique=False
        )
        batch_op.create_index("ix_exercise_stage", ["stage"], unique=False)

    op.create_table(
        "exercise_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_answer_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_answer"),
        sa.UniqueConstraint("exercise_id", "round", "key", name="uq_exercise_answer_exercise_id_round_key"),
    )
    op.create_table(
        "exercise_event",
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_event_exercise_id"),
        sa.PrimaryKeyConstraint("exercise_id", "number", name="pk_exercise_event"),
    )
    op.create_table(
        "exercise_lesson",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("objective", sa.String(length=40), nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("action_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name="fk_exercise_lesson_action_id"),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_lesson_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_lesson"),
    )
    with op.batch_alter_table("exercise_lesson", schema=None) as batch_op:
        batch_op.create_index("ix_exercise_lesson_action_id", ["action_id"], unique=False)
        batch_op.create_index("ix_exercise_lesson_exercise_id", ["exercise_id"], unique=False)

    op.create_table(
        "exercise_mark",
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("criterion", sa.String(length=40), nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("observer", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_mark_exercise_id"),
        sa.PrimaryKeyConstraint("exercise_id", "criterion", "cell", "observer", name="pk_exercise_mark"),
    )
    op.create_table(
        "exercise_message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("stimulus", sa.String(length=6), nullable=True),
        sa.Column("reply_to", BIG, nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_message_exercise_id"),
        sa.ForeignKeyConstraint(["reply_to"], ["exercise_message.id"], name="fk_exercise_message_reply_to"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_message"),
        sa.UniqueConstraint("exercise_id", "key", name="uq_exercise_message_exercise_id_key"),
    )
    with op.batch_alter_table("exercise_message", schema=None) as batch_op:
        batch_op.create_index("ix_exercise_message_exercise_id_cell", ["exercise_id", "cell"], unique=False)

    op.create_table(
        "exercise_participant",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("seat", sa.String(length=32), nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("mail", sa.String(length=320), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_participant_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_participant"),
        sa.UniqueConstraint("token_hash", name="uq_exercise_participant_token_hash"),
    )
    with op.batch_alter_table("exercise_participant", schema=None) as batch_op:
        batch_op.create_index("ix_exercise_participant_exercise_id_cell", ["exercise_id", "cell"], unique=False)

    op.create_table(
        "exercise_seat",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("seat", sa.String(length=32), nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_seat_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_seat"),
        sa.UniqueConstraint("exercise_id", "seat", "cell", name="uq_exercise_seat_exercise_id_seat_cell"),
        sa.UniqueConstraint("token_hash", name="uq_exercise_seat_token_hash"),
    )
    op.create_table(
        "exercise_step",
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_step_exercise_id"),
        sa.PrimaryKeyConstraint("exercise_id", "item", name="pk_exercise_step"),
    )
    op.create_table(
        "exercise_guest",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("mail", sa.String(length=320), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("invited_at", UtcDateTime, nullable=True),
        sa.Column("answer", sa.String(length=32), nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_guest_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_guest"),
        sa.UniqueConstraint("token_hash", name="uq_exercise_guest_token_hash"),
    )
    with op.batch_alter_table("exercise_guest", schema=None) as batch_op:
        batch_op.create_index("ix_exercise_guest_exercise_id", ["exercise_id"], unique=False)

    op.create_table(
        "exercise_check",
        sa.Column("id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("guest_id", BIG, nullable=True),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=True),
        sa.Column("confirmed_at", UtcDateTime, nullable=True),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_exercise_check_exercise_id"),
        sa.ForeignKeyConstraint(["guest_id"], ["exercise_guest.id"], name="fk_exercise_check_guest_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_check"),
        sa.UniqueConstraint(
            "exercise_id", "channel", "guest_id", name="uq_exercise_check_exercise_id_channel_guest_id"
        ),
    )
    op.create_table(
        "logbook",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("exercise_id", BIG, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("opened_by", sa.String(length=200), nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=False),
        sa.Column("last_entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_logbook_establishment_id"),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_logbook_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_logbook"),
        sa.UniqueConstraint("exercise_id", name="uq_logbook_exercise_id"),
    )
    with op.batch_alter_table("logbook", schema=None) as batch_op:
        batch_op.create_index("ix_logbook_establishment_id_opened_at", ["establishment_id", "opened_at"], unique=False)

    op.create_table(
        "maturity_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("establishment_id", BIG, nullable=False),
        sa.Column("question", sa.String(length=8), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("exercise_id", BIG, nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishment.id"], name="fk_maturity_answer_establishment_id"),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"], name="fk_maturity_answer_exercise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_maturity_answer"),
    )
    with op.batch_alter_table("maturity_answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_maturity_answer_establishment_id_question", ["establishment_id", "question"], unique=False
        )

    op.create_table(
        "log_entry",
        sa.Column("logbook_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cell", sa.String(length=40), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("happened_at", UtcDateTime, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["logbook_id"], ["logbook.id"], name="fk_log_entry_logbook_id"),
        sa.PrimaryKeyConstraint("logbook_id", "number", name="pk_log_entry"),
        sa.UniqueConstraint("logbook_id", "key", name="uq_log_entry_logbook_id_key"),
    )
