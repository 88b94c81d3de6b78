"""Actions: what is to be done, in which establishments, why, by whom, for how much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    case,
    event,
    func,
    inspect,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from care.domain.actions import ActionSource, ActionState, CareCriticality, CostKind, bits_of
from care.domain.priority import MAX_WEIGHT, Stakes, weight
from care.store.base import Base, Id, SeverityRank, text_enum
from care.store.bulk import among
from scanners.model import Severity


class Action(Base):
    """Something to do. Where it stands is said per establishment (`ActionSite`): one action, as many closures as sites.

    `version` grows with every change: an edit made on an older version is refused. `due_chosen` says that a person
    chose the date rather than the policy. `funding` is the objective or budget that pays. `sheet` is the id of a
    remediation sheet. `rule` names the weakness an action over many sites is about. `findings` and `sites` count what
    is tied to it, so that lists sort by priority without counting.

    `rank` and `site_states` follow from the rest and are kept true by the mapper (below): a list over a region reads
    them alone. `rank` is what the action lacks of the points that do not move with the day (`care.domain.priority`):
    the most urgent is 0. `site_states` holds the states of its sites (`bits_of`).
    """

    __tablename__ = "action"
    __table_args__ = (
        Index("ix_action_due_on", "due_on"),
        # Each holds all that its reader wants, in the order it wants it: lists by priority, counts by state.
        Index("ix_action_priority", "rank", "due_on", "id", "site_states"),
        Index("ix_action_counts", "site_states", "due_on", "owner_account_id"),
    )

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
    funding: Mapped[str] = mapped_column(String(100), default="", index=True)
    findings: Mapped[int] = mapped_column(default=0, server_default="0")
    sites: Mapped[int] = mapped_column(default=1, server_default="1")
    rank: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    site_states: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
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


@event.listens_for(Action, "before_insert")
@event.listens_for(Action, "before_update")
def _rank(_mapper: object, _connection: object, action: Action) -> None:
    # The defaults of a new action are not there yet.
    counts: list[int | None] = [action.findings, action.sites]
    findings, sites = (usual if one is None else one for one, usual in zip(counts, (0, 1), strict=True))
    stakes = Stakes(action.severity, action.criticality, 0, findings, sites, action.effort_days)
    action.rank = MAX_WEIGHT - weight(stakes)


_MOVED = "care_actions_moved"


@event.listens_for(ActionSite, "after_insert")
@event.listens_for(ActionSite, "after_update")
@event.listens_for(ActionSite, "after_delete")
def _note_moved(_mapper: object, _connection: object, site: ActionSite) -> None:
    session = object_session(site)
    if session is not None and (not inspect(site).persistent or inspect(site).attrs.state.history.has_changes()):
        session.info.setdefault(_MOVED, set()).add(site.action_id)


@event.listens_for(Session, "after_flush")
def _settle_moved(session: Session, _context: object) -> None:
    moved = session.info.pop(_MOVED, None)
    if moved:
        settle(session, sorted(moved))


def settle(session: Session, action_ids: Sequence[int]) -> None:
    """Write `site_states` of some actions from their sites. Done for whoever changes sites by the mapper; whoever
    writes them in bulk calls it. On PostgreSQL the actions are locked before their sites are changed, so that two
    sites of one action that move together are both seen."""
    bit = case(*((ActionSite.state == state, bits_of([state])) for state in ActionState), else_=0)
    states = select(func.sum(bit.distinct())).where(ActionSite.action_id == Action.id).scalar_subquery()
    settled = update(Action).where(among(session, Action.id, action_ids)).values(site_states=func.coalesce(states, 0))
    session.connection().execute(settled)


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
