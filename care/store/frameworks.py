"""Frameworks in use: versions imported, values entered, answers of people, and what was last computed of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.frameworks import Method
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict, Inquiry
from care.store.base import Base, Id, text_enum

HOLDER = 40
"""Holders are written places, as `ght:3`, `legal_entity:5`, `establishment:7`; a contract is `contract:9`."""


class FrameworkVersion(Base):
    """A version of a framework that somebody imported; the packaged ones have no row. Never changed, only set aside.

    `document` is the canonical YAML of format care-framework/1, `sha256` that of it.
    """

    __tablename__ = "framework_version"
    __table_args__ = (UniqueConstraint("framework", "version"),)

    id: Mapped[Id]
    framework: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(30))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(200))
    set_aside_at: Mapped[datetime | None]
    set_aside_by: Mapped[str | None] = mapped_column(String(200))
    set_aside_why: Mapped[str | None] = mapped_column(Text)


class FrameworkDraft(Base):
    """A file that was read and waits a day for somebody to confirm it: the canonical document that would be kept, and
    what must be said of the reading, each note in French and in English."""

    __tablename__ = "framework_draft"

    id: Mapped[Id]
    document: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(200))
    notes: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))


class ParameterValue(Base):
    """A value entered for a parameter whose text was not read, with where it was read (words, and an address if there
    is one). The last one of each holds; an empty `value` takes back the one before. Never changed."""

    __tablename__ = "parameter_value"
    __table_args__ = (Index("ix_parameter_value_framework_parameter", "framework", "parameter", "id"),)

    id: Mapped[Id]
    framework: Mapped[str] = mapped_column(String(60))
    parameter: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(300))
    link: Mapped[str] = mapped_column(String(500), default="")
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(200))


class RequirementAnswer(Base):
    """What a person said of a requirement. Never changed: the last one of a holder, item and method counts.

    `given_on` is the day it speaks of; `valid_until` when it must be asked again. `item_hash` is that of the wording
    that was answered: another wording makes the answer one to confirm. `withdrawn` takes the answer before back.
    `value` is what was typed where the question wants more than a yes: a number, a day, a list of choices.
    """

    __tablename__ = "requirement_answer"
    __table_args__ = (Index("ix_requirement_answer_holder_framework_item", "holder", "framework", "item", "id"),)

    id: Mapped[Id]
    holder: Mapped[str] = mapped_column(String(HOLDER))
    framework: Mapped[str] = mapped_column(String(60))
    item: Mapped[str] = mapped_column(String(64))
    framework_version: Mapped[str] = mapped_column(String(30))
    item_hash: Mapped[str] = mapped_column(String(64))
    method: Mapped[Method] = mapped_column(text_enum(Method))
    inquiry: Mapped[Inquiry | None] = mapped_column(text_enum(Inquiry))
    verdict: Mapped[AnswerVerdict] = mapped_column(text_enum(AnswerVerdict))
    note: Mapped[str] = mapped_column(Text, default="")
    given_on: Mapped[date]
    valid_until: Mapped[date | None]
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    withdrawn: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(String(200))


class QuestionPaper(Base):
    """A form of questions that was printed, to be found again by its code: the requirements it asks, in its order."""

    __tablename__ = "question_paper"
    __table_args__ = (Index("ix_question_paper_establishment_id", "establishment_id", "id"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    code: Mapped[str] = mapped_column(String(12), unique=True)
    framework: Mapped[str] = mapped_column(String(60))
    items: Mapped[list[str]] = mapped_column(JSON)
    printed_at: Mapped[datetime]
    printed_by: Mapped[str] = mapped_column(String(200))


class RequirementStanding(Base):
    """What was last computed of one requirement of one holder, and since when it stands so (`since`).

    Pages compute again; this is for lists over many holders, for what changed, and for the region.
    """

    __tablename__ = "requirement_standing"
    __table_args__ = (
        Index("ix_requirement_standing_framework_item_status", "framework", "item", "status"),
        {"sqlite_with_rowid": False},
    )

    holder: Mapped[str] = mapped_column(String(HOLDER), primary_key=True)
    framework: Mapped[str] = mapped_column(String(60), primary_key=True)
    item: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[RequirementStatus] = mapped_column(text_enum(RequirementStatus))
    since: Mapped[datetime]
    version: Mapped[str] = mapped_column(String(30))


class AssessmentMark(Base):
    """A holder whose requirements must be computed again, since when; and when they last were."""

    __tablename__ = "assessment_mark"

    holder: Mapped[str] = mapped_column(String(HOLDER), primary_key=True)
    due_since: Mapped[datetime | None] = mapped_column(index=True)
    assessed_at: Mapped[datetime | None]


class FrameworkCount(Base):
    """How many requirements of a framework stood alike in a holder at the end of a day; for trends."""

    __tablename__ = "framework_count"
    __table_args__ = ({"sqlite_with_rowid": False},)

    holder: Mapped[str] = mapped_column(String(HOLDER), primary_key=True)
    framework: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)


class FrameworkChoice(Base):
    """The profile of a framework that a holder answers (`EE`, `EI`), or that it is not concerned, with the reason."""

    __tablename__ = "framework_choice"

    holder: Mapped[str] = mapped_column(String(HOLDER), primary_key=True)
    framework: Mapped[str] = mapped_column(String(60), primary_key=True)
    profile: Mapped[str] = mapped_column(String(24), default="")
    concerned: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class CatalogueEntry(Base):
    """A tool, a document or a service that a region adds to the packaged catalogue (`region_id` None: the platform)."""

    __tablename__ = "catalogue_entry"

    id: Mapped[Id]
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
