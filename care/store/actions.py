"""Actions: what is to be done, in which establishments, why, by whom, for how much."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.actions import ActionSource, ActionState, CareCriticality, CostKind
from care.store.base import Base, Id, SeverityRank, text_enum
from scanners.model import Severity


class Action(Base):
    """Something to do. Where it stands is said per establishment (`ActionSite`): one action, as many closures as sites.

    `version` grows with every change: an edit made on an older version is refused. `due_chosen` says that a person
    chose the date rather than the policy. `funding` is the objective or budget that pays. `sheet` is the id of a
    remediation sheet. `rule` names the weakness an action over many sites is about. `findings` and `sites` count what
    is tied to it, so that lists sort by priority without counting.
    """

    __tablename__ = "action"
    __table_args__ = (Index("ix_action_due_on", "due_on"),)

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    source: Mapped[ActionSource] = mapped_column(text_enum(ActionSource))
    source_ref: Mapped[str] = mapped_column(String(200), default="")
    rule: Mapped[str | None] = mapped_column(String(100), index=True)
    sheet: Mapped[str | None] = mapped_column(String(100))
    severity: Mapped[Severity] = mapped_column(SeverityRank())
    criticality: Mapped[CareCriticality] = mapped_column(text_enum(CareCriticality))
    due_on: Mapped[date]
    due_chosen: Mapped[bool]
    effort_days: Mapped[float | None]
    owner: Mapped[str] = mapped_column(String(200))
    owner_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    funding: Mapped[str] = mapped_column(String(100), default="")
    findings: Mapped[int] = mapped_column(default=0, server_default="0")
    sites: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ActionSite(Base):
    """An action in one establishment. `share` weighs its part of the cost.

    `retest_run_id` is the audit that verifies it.
    """

    __tablename__ = "action_site"
    __table_args__ = (Index("ix_action_site_list", "establishment_id", "state", "action_id"),)

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    state: Mapped[ActionState] = mapped_column(text_enum(ActionState))
    share: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(200))
    retest_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)


class ActionFinding(Base):
    """A finding an action is to close."""

    __tablename__ = "action_finding"

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True, index=True)


class ActionEvent(Base):
    """Something that happened to an action: `what` is created, changed, moved, commented, retest… Never changed.

    `establishment_id` is None when it concerns every site. `detail` holds the old and new values, or the comment.
    """

    __tablename__ = "action_event"
    __table_args__ = (Index("ix_action_event_action_id_id", "action_id", "id"),)

    id: Mapped[Id]
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"))
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class ActionCost(Base):
    """What an action costs in one year, in cents of euro, tax included; `funding` overrides that of the action."""

    __tablename__ = "action_cost"
    __table_args__ = (Index("ix_action_cost_action_id_year", "action_id", "year"),)

    id: Mapped[Id]
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"))
    year: Mapped[int]
    kind: Mapped[CostKind] = mapped_column(text_enum(CostKind))
    cents: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(200), default="")
    funding: Mapped[str] = mapped_column(String(100), default="")


class DuePolicy(Base):
    """Days to fix by severity and care criticality: `days[severity][criticality]`.

    The row without an establishment is the platform's, the others override it.
    """

    __tablename__ = "due_policy"
    __table_args__ = (UniqueConstraint("establishment_id"),)

    id: Mapped[Id]
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    days: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
