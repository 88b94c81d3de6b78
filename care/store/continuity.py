"""Continuity: activities and what they rely on, BIA, degraded modes, plans, tests, weights of the 66 % rule.

Durations are whole minutes. Nothing is deleted: what ends has an end date, what is replaced keeps its row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.actions import CareCriticality
from care.domain.continuity import (
    ActivityKind,
    Nature,
    Perimeter,
    PlanState,
    ResourceKind,
    SheetState,
    Strength,
    TestKind,
    TestResult,
    TestState,
)
from care.store.base import Base, Id, text_enum


class Node(Base):
    """An activity or a resource of one establishment: a node of its dependency graph.

    `name_key` is its kind and its name without case or accents: two nodes in use never share it. `ended_on` is the
    first day it no longer exists: such a node leaves the graph and keeps its history, and its key gets its number.
    """

    __tablename__ = "node"
    __table_args__ = (
        UniqueConstraint("establishment_id", "name_key"),
        Index("ix_node_establishment_id_ended_on", "establishment_id", "ended_on"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    nature: Mapped[Nature] = mapped_column(text_enum(Nature))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(220))
    description: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(200), default="")
    owner_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"polymorphic_on": "nature", "polymorphic_abstract": True}  # noqa: RUF012 - read from the class


class Activity(Node):
    """What the hospital does. `weight` is its part of the establishment's activity, a decimal number as typed.

    `correspondent` is the business contact of future functional tests (D2.O4). `model` is the id of the kit's BIA
    model it started from.
    """

    __tablename__ = "activity"
    __mapper_args__ = {"polymorphic_identity": Nature.ACTIVITY}  # noqa: RUF012 - SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ActivityKind] = mapped_column(text_enum(ActivityKind))
    perimeter: Mapped[Perimeter | None] = mapped_column(text_enum(Perimeter))
    criticality: Mapped[CareCriticality] = mapped_column(text_enum(CareCriticality))
    weight: Mapped[str] = mapped_column(String(32), default="")
    weight_origin: Mapped[str] = mapped_column(String(300), default="")
    correspondent: Mapped[str] = mapped_column(String(200), default="")
    model: Mapped[str] = mapped_column(String(64), default="")


class Resource(Node):
    """What activities rely on. The three objectives are declared by whoever runs it; None when nobody said.

    `backup_every_minutes` is the declared interval between two backups. `target_id` ties it to the audit target that
    measures it. `remote_access` says how a supplier comes in, `cut` how to shut that door in an emergency.
    """

    __tablename__ = "resource"
    __mapper_args__ = {"polymorphic_identity": Nature.RESOURCE}  # noqa: RUF012 - SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ResourceKind] = mapped_column(text_enum(ResourceKind))
    place: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(300), default="")
    rto_minutes: Mapped[int | None]
    pdma_minutes: Mapped[int | None]
    dmard_minutes: Mapped[int | None]
    backup_every_minutes: Mapped[int | None]
    restart_minutes: Mapped[int | None]
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"), index=True)
    remote_access: Mapped[str] = mapped_column(String(300), default="")
    cut: Mapped[str] = mapped_column(String(500), default="")


class Dependency(Base):
    """`dependent` relies on `needed`. It holds `holds_minutes` without it (0: stops at once).

    Needs of one dependent that share a non-empty `alternative` stand in for one another: it stops when all are lost.
    """

    __tablename__ = "dependency"
    __table_args__ = (UniqueConstraint("dependent_id", "needed_id"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    dependent_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"))
    needed_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    strength: Mapped[Strength] = mapped_column(text_enum(Strength))
    holds_minutes: Mapped[int] = mapped_column(default=0)
    alternative: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))


class ContinuityDraft(Base):
    """Files of activities, resources and dependencies that were read and wait a day for their confirmation.

    `files` holds the name and the text of each.
    """

    __tablename__ = "continuity_draft"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    files: Mapped[list[Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str] = mapped_column(String(200))


class BiaScale(Base):
    """The impact axes, levels and time steps of one establishment; without a row, those of `care.domain.bia`."""

    __tablename__ = "bia_scale"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    axes: Mapped[list[Any]] = mapped_column(JSON)
    levels: Mapped[list[Any]] = mapped_column(JSON)
    steps: Mapped[list[Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class Bia(Base):
    """One version of the business impact analysis of an activity.

    `impacts` maps an axis to the level reached at each step, in minutes, `reasons` an axis to a sentence; `scale` is
    the scale it was answered with, `model` the model it started from. A draft that its owner proposes waits for whoever
    may put it into force; one given up is `replaced` without ever having been validated. `minimum_service` says what
    must go on, `minimum_percent` how much of it. `peaks` are the times when it is worse.
    """

    __tablename__ = "bia"
    __table_args__ = (UniqueConstraint("activity_id", "number"),)

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[SheetState] = mapped_column(text_enum(SheetState))
    scale: Mapped[dict[str, Any]] = mapped_column(JSON)
    impacts: Mapped[dict[str, Any]] = mapped_column(JSON)
    reasons: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    model: Mapped[str] = mapped_column(String(64), default="")
    dmia_minutes: Mapped[int | None]
    rto_minutes: Mapped[int | None]
    pdma_minutes: Mapped[int | None]
    dmard_minutes: Mapped[int | None]
    minimum_service: Mapped[str] = mapped_column(Text, default="")
    minimum_percent: Mapped[int | None]
    peaks: Mapped[str] = mapped_column(String(500), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    interviewed: Mapped[str] = mapped_column(String(300), default="")
    answered_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str] = mapped_column(String(200), default="")
    validated_at: Mapped[datetime | None]
    validated_by: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)


class DegradedMode(Base):
    """One version of the sheet that says how an activity goes on without its tools.

    `series` is the number of the first version: versions of one sheet share it. `holds_minutes` is how long it can
    last, None when nobody measured it; `capacity_percent` how much of the activity it keeps. Texts are Markdown.
    `covers` are the nodes whose loss this version makes up for, none for any digital loss: while it is in force they
    are also the `DegradedModeCover` rows of its series. A version replaced without `in_force_on` is a draft given up.
    """

    __tablename__ = "degraded_mode"
    __table_args__ = (
        UniqueConstraint("series", "number"),
        Index("ix_degraded_mode_activity_id_state", "activity_id", "state"),
    )

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    series: Mapped[int] = mapped_column(index=True)
    number: Mapped[int]
    state: Mapped[SheetState] = mapped_column(text_enum(SheetState))
    title: Mapped[str] = mapped_column(String(200))
    trigger: Mapped[str] = mapped_column(Text, default="")
    steps: Mapped[str] = mapped_column(Text, default="")
    limits: Mapped[str] = mapped_column(Text, default="")
    back_to_normal: Mapped[str] = mapped_column(Text, default="")
    who_to_call: Mapped[str] = mapped_column(Text, default="")
    covers: Mapped[list[int]] = mapped_column(JSON, default=list)
    holds_minutes: Mapped[int | None]
    capacity_percent: Mapped[int | None]
    owner: Mapped[str] = mapped_column(String(200), default="")
    review_on: Mapped[date | None]
    in_force_on: Mapped[date | None]
    in_force_by: Mapped[str] = mapped_column(String(200), default="")
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class DegradedModeCover(Base):
    """A node whose loss a sheet (its series) makes up for; a series without a row makes up for any digital loss."""

    __tablename__ = "degraded_mode_cover"

    series: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), primary_key=True)


class PaperKit(Base):
    """What must lie ready on paper for an activity: where, in whose care, checked every so many days.

    `autonomy_minutes` is how long its contents last, None when nobody counted.
    """

    __tablename__ = "paper_kit"

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(200))
    contents: Mapped[str] = mapped_column(Text, default="")
    check_every_days: Mapped[int]
    autonomy_minutes: Mapped[int | None]
    retired_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class PaperKitCheck(Base):
    """Someone opened the cupboard and looked. Never changed."""

    __tablename__ = "paper_kit_check"
    __table_args__ = (Index("ix_paper_kit_check_kit_id_checked_on", "kit_id", "checked_on"),)

    id: Mapped[Id]
    kit_id: Mapped[int] = mapped_column(ForeignKey("paper_kit.id", ondelete="CASCADE"))
    checked_on: Mapped[date]
    checked_by: Mapped[str] = mapped_column(String(200))
    complete: Mapped[bool]
    note: Mapped[str] = mapped_column(String(500), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(200))


class Plan(Base):
    """One version of a continuity and recovery plan (PCRA). Versions of one plan share `series`.

    `sections` are the texts people write (Markdown) by the key of `care.domain.plans`. `content` is what the plan said
    when it was validated, kept whole, and `sha256` the hash of the document made of it.
    """

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("series", "number"),
        Index("ix_plan_establishment_id_state", "establishment_id", "state"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    series: Mapped[int] = mapped_column(index=True)
    number: Mapped[int]
    state: Mapped[PlanState] = mapped_column(text_enum(PlanState))
    title: Mapped[str] = mapped_column(String(200))
    sections: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    validated_on: Mapped[date | None]
    validated_by: Mapped[str] = mapped_column(String(200), default="")
    validator_title: Mapped[str] = mapped_column(String(200), default="")
    review_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class PlanActivity(Base):
    """An activity that a plan covers."""

    __tablename__ = "plan_activity"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True, index=True)


class ContinuityTest(Base):
    """A test of continuity or recovery, planned then done. `plan_series` is the plan put to the test, if one.

    `gaps` is what did not work, in words; each gap that is to be mended is an action. `directorates` names the business
    directorates that took part, `cancel_reason` says why a planned test will not take place. What decides of its worth
    is read by `care.domain.eligibility`.
    """

    __tablename__ = "continuity_test"
    __table_args__ = (Index("ix_continuity_test_establishment_id_planned_on", "establishment_id", "planned_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    plan_series: Mapped[int | None]
    kind: Mapped[TestKind] = mapped_column(text_enum(TestKind))
    state: Mapped[TestState] = mapped_column(text_enum(TestState))
    title: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(Text, default="")
    planned_on: Mapped[date]
    done_on: Mapped[date | None]
    result: Mapped[TestResult | None] = mapped_column(text_enum(TestResult))
    observed: Mapped[str] = mapped_column(Text, default="")
    gaps: Mapped[str] = mapped_column(Text, default="")
    leader: Mapped[str] = mapped_column(String(200), default="")
    participants: Mapped[int | None]
    cyber_triggered: Mapped[bool] = mapped_column(default=False)
    degraded_played: Mapped[bool] = mapped_column(default=False)
    management_present: Mapped[bool] = mapped_column(default=False)
    directorates: Mapped[str] = mapped_column(String(300), default="")
    in_maintenance: Mapped[bool] = mapped_column(default=False)
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ContinuityTestNode(Base):
    """An activity or a resource under test, with what was measured. `name` is what it was called then."""

    __tablename__ = "continuity_test_node"

    test_id: Mapped[int] = mapped_column(ForeignKey("continuity_test.id", ondelete="CASCADE"), primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(200))
    recovery_minutes: Mapped[int | None]
    data_loss_minutes: Mapped[int | None]
    restore_minutes: Mapped[int | None]
    held_minutes: Mapped[int | None]


class PerimeterAbsence(Base):
    """A perimeter of D2.O1.C that an establishment says it does not have, and why."""

    __tablename__ = "perimeter_absence"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    perimeter: Mapped[Perimeter] = mapped_column(text_enum(Perimeter), primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    said_at: Mapped[datetime]
    said_by: Mapped[str] = mapped_column(String(200))


class UnitWeight(Base):
    """The activity of one unit of a candidate, for the 66 % rule: a legal entity of a GHT, or an establishment.

    `candidate` and `unit` are written places (`ght:3`, `legal_entity:5`, `establishment:7`). `weight` is a decimal
    number as typed, compared as an exact fraction; `origin` says where it was read.
    """

    __tablename__ = "unit_weight"

    candidate: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    weight: Mapped[str] = mapped_column(String(32))
    origin: Mapped[str] = mapped_column(String(300))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class CandidatePhase(Base):
    """When a candidate of CaRE domain 2 declared what it reached: the end of its operational phase, open until then."""

    __tablename__ = "candidate_phase"

    candidate: Mapped[str] = mapped_column(String(40), primary_key=True)
    declared_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
