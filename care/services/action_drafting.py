"""A new action before it is written: what its findings propose, and the open actions that already treat them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import OPEN_STATES, CareCriticality
from care.domain.due_dates import due_on
from care.services.action_query import finding_count, today
from care.services.action_rows import UNSETTLED, managed, policies_of
from care.services.action_view import TiedFinding, tied_findings
from care.services.action_writing import Chosen
from care.services.actions import ActionLine, SiteLine, Weighed, lines_of
from care.services.errors import NotFound
from care.services.platform import Platform
from care.services.remediation import SheetLine, sheet_for
from care.store.actions import Action, ActionSite
from care.store.findings import FindingRow, SightingRow
from care.store.registry import Establishment
from care.store.targets import Target
from scanners.model import Lang, Severity

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ProposedSite:
    """An establishment of the action to come, and how many findings it would close there."""

    establishment_id: int
    name: str
    findings: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the form of a new action begins with.

    `title` is that of the only rule, else empty. `severity` is None without findings. `due_on` follows the policy with
    the severity and criticality proposed. `findings` are the first of `total`. `rivals` are open actions about the same
    rule in these establishments: the findings may rather join one.
    """

    title: str
    rule: str
    severity: Severity | None
    criticality: CareCriticality
    due_on: date | None
    sites: tuple[ProposedSite, ...]
    findings: tuple[TiedFinding, ...]
    total: int
    sheet: SheetLine | None
    rivals: tuple[ActionLine, ...]


def propose_action(platform: Platform, scope: Scope, establishment_ids: Sequence[int], chosen: Chosen) -> Proposal:
    """What to propose for an action over these establishments; NotFound and Forbidden as `create_action`."""
    day = today(platform)
    with platform.database.read() as session:
        places = managed(session, scope, establishment_ids)
        if not all(scope.allows(Right.SEE_FINDINGS, place.lineage) for place in places):
            raise NotFound
        kept = _kept([place.id for place in places], chosen)
        counts = dict(
            session.execute(
                select(FindingRow.establishment_id, func.count()).where(*kept).group_by(FindingRow.establishment_id)
            ).all()
        )
        rules = session.scalars(select(FindingRow.rule).where(*kept).distinct().limit(2)).all()
        rule = chosen.rule or (rules[0] if len(rules) == 1 else "")
        severity = session.scalar(select(func.min(FindingRow.severity)).where(*kept))
        criticality = _criticality(session, kept)
        first = session.execute(
            select(FindingRow, Establishment.name)
            .join(Establishment, Establishment.id == FindingRow.establishment_id)
            .where(*kept)
            .order_by(FindingRow.severity, FindingRow.id)
            .limit(_SHOWN)
        )
        shown = tied_findings(session, ((row, name) for row, name in first), scope.lang)
        policies = policies_of(session, [place.id for place in places])
        return Proposal(
            title=shown[0].title if rule and shown else "",
            rule=rule,
            severity=severity,
            criticality=criticality,
            due_on=due_on(day, severity, criticality, policies) if severity else None,
            sites=tuple(
                ProposedSite(place.id, place.name, counts.get(place.id, 0))
                for place in sorted(places, key=lambda one: (one.name, one.id))
            ),
            findings=shown,
            total=sum(counts.values()),
            sheet=sheet_for(platform, scope, rule) if rule else None,
            rivals=_rivals(session, rule, [place.id for place in places], day, scope.lang) if rule else (),
        )


def _kept(sites: Sequence[int], chosen: Chosen) -> tuple[ColumnElement[bool], ...]:
    here = FindingRow.establishment_id.in_(sites)
    if chosen.rule:
        return (here, FindingRow.rule == chosen.rule, FindingRow.state.in_(UNSETTLED))
    return (here, FindingRow.id.in_(chosen.finding_ids))


def _criticality(session: Session, kept: Sequence[ColumnElement[bool]]) -> CareCriticality:
    found = session.scalars(
        select(Target.criticality)
        .join(SightingRow, SightingRow.target_id == Target.id)
        .where(SightingRow.finding_id.in_(select(FindingRow.id).where(*kept)))
        .distinct()
    )
    return min(found, key=lambda one: one.rank, default=CareCriticality.MODERATE)


def _rivals(session: Session, rule: str, sites: Sequence[int], day: date, lang: Lang) -> tuple[ActionLine, ...]:
    inside = select(Establishment.id).where(Establishment.id.in_(sites))
    rows = session.execute(
        select(Action, ActionSite, Establishment.name, finding_count(inside))
        .join(ActionSite, ActionSite.action_id == Action.id)
        .join(Establishment, Establishment.id == ActionSite.establishment_id)
        .where(Action.rule == rule, ActionSite.establishment_id.in_(sites), ActionSite.state.in_(OPEN_STATES))
        .order_by(Action.due_on, Action.id)
        .limit(_SHOWN)
    ).all()
    found = [
        Weighed(action, [SiteLine(site.establishment_id, name, site.state, site.closed_at)], findings)
        for action, site, name, findings in rows
    ]
    return lines_of(session, found, day, lang)
