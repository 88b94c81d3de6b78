"""One action in full: its sites, its findings, its evidence, what happened, and what this reader may do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Right, Scope
from care.domain.actions import MOVES, OPEN_STATES, ActionState
from care.domain.evidence import ThingKind
from care.domain.findings import State
from care.domain.jobs import JobState
from care.services.action_events import EventView, events_of
from care.services.action_query import establishments_in, finding_count, today
from care.services.action_rows import UNSETTLED, all_sites, manages, places_of, works_on
from care.services.actions import ActionLine, SiteLine, Weighed, lines_of
from care.services.errors import NotFound
from care.services.evidence import readable
from care.services.paging import Page, bounds
from care.services.places import within
from care.services.platform import Platform
from care.services.rule_texts import titles_of
from care.store.actions import Action, ActionFinding, ActionSite
from care.store.evidence import Evidence, EvidenceTie
from care.store.findings import FindingRow
from care.store.jobs import Job
from care.store.registry import Establishment
from care.store.runs import Run
from scanners.model import Lang, Severity, Text


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A piece of evidence tied to an action. `link` is empty for a file."""

    id: int
    establishment_id: int
    title: str
    link: str
    added_at: datetime
    added_by: str
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class RetestView:
    """The audit that verifies a site. `error` says why it failed."""

    run_id: int
    state: JobState
    error: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """An action in one establishment the reader sees.

    `moves` are the states he may choose; `unsettled` counts the tied findings no audit has seen fixed, `back` those
    seen again after the site was closed; `joining` counts open findings of the same rule seen since the action began
    and not tied to it. `retest` is None when none was asked for.
    """

    establishment_id: int
    name: str
    state: ActionState
    changed_at: datetime
    closed_at: datetime | None
    closed_by: str
    findings: int
    unsettled: int
    back: int
    joining: int
    moves: tuple[ActionState, ...]
    may_work: bool
    may_manage: bool
    may_prove: bool
    evidence: tuple[ProofLine, ...]
    retest: RetestView | None


@dataclass(frozen=True, slots=True)
class TiedFinding:
    """A finding an action is to close."""

    id: int
    establishment_id: int
    establishment: str
    rule: str
    title: str
    subject: str
    severity: Severity
    state: State


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action in full, in the reader's language. `may_change` is true for who manages every one of its sites."""

    line: ActionLine
    description: str
    source_ref: str
    created_by: str
    changed_by: str
    version: int
    sites: tuple[SiteView, ...]
    events: tuple[EventView, ...]
    findings_readable: bool
    may_change: bool


def open_action(platform: Platform, scope: Scope, action_id: int) -> ActionView:
    """One action as its reader may see it; NotFound when he sees none of its sites."""
    day = today(platform)
    with platform.database.read() as session:
        inside = establishments_in(session, scope, PLATFORM) if scope.allows_somewhere(Right.SEE_ACTIONS) else None
        if inside is None:
            raise NotFound
        row = session.execute(select(Action, finding_count(inside)).where(Action.id == action_id)).one_or_none()
        if row is None:
            raise NotFound
        action, findings = row
        sites = session.scalars(
            select(ActionSite).where(ActionSite.action_id == action_id, ActionSite.establishment_id.in_(inside))
        ).all()
        if not sites:
            raise NotFound
        places = places_of(session, all_sites(session, action_id))
        views = _sites(session, scope, action, sites, places)
        lines = [SiteLine(one.establishment_id, one.name, one.state, one.closed_at) for one in views]
        open_to = {number for number in places if scope.allows(Right.SEE_FINDINGS, places[number].lineage)}
        seen = {site.establishment_id for site in sites}
        return ActionView(
            line=lines_of(session, [Weighed(action, lines, findings)], day, scope.lang)[0],
            description=action.description,
            source_ref=action.source_ref,
            created_by=action.created_by,
            changed_by=action.changed_by,
            version=action.version,
            sites=views,
            events=events_of(session, action_id, seen, seen & open_to, scope.lang),
            findings_readable=bool(seen & open_to),
            may_change=manages(scope, [place.lineage for place in places.values()]),
        )


def findings_of_action(
    platform: Platform, scope: Scope, action_id: int, number: int = 1, per_page: int = 25
) -> Page[TiedFinding]:
    """The findings an action is to close, in the establishments whose findings the reader sees: open first."""
    number, per_page = bounds(number, per_page)
    with platform.database.read() as session:
        kept = (
            FindingRow.id.in_(select(ActionFinding.finding_id).where(ActionFinding.action_id == action_id)),
            within(scope, Right.SEE_FINDINGS, FindingRow.establishment_id),
            within(scope, Right.SEE_ACTIONS, FindingRow.establishment_id),
        )
        total = session.scalar(select(func.count()).select_from(FindingRow).where(*kept)) or 0
        rows = session.execute(
            select(FindingRow, Establishment.name)
            .join(Establishment, Establishment.id == FindingRow.establishment_id)
            .where(*kept)
            .order_by(FindingRow.state == State.FIXED, FindingRow.severity, Establishment.name, FindingRow.id)
            .limit(per_page)
            .offset((number - 1) * per_page)
        )
        found = tied_findings(session, ((row, name) for row, name in rows), scope.lang)
        return Page(found, number, per_page, total)


def actions_of_finding(platform: Platform, scope: Scope, finding_id: int) -> tuple[ActionLine, ...]:
    """The actions that are to close a finding, open ones first; nothing for who may not see actions there."""
    day = today(platform)
    with platform.database.read() as session:
        finding = session.scalars(
            select(FindingRow).where(
                FindingRow.id == finding_id,
                within(scope, Right.SEE_FINDINGS, FindingRow.establishment_id),
                within(scope, Right.SEE_ACTIONS, FindingRow.establishment_id),
            )
        ).one_or_none()
        if finding is None:
            return ()
        inside = select(Establishment.id).where(Establishment.id == finding.establishment_id)
        rows = session.execute(
            select(Action, ActionSite, Establishment.name, finding_count(inside))
            .join(ActionFinding, ActionFinding.action_id == Action.id)
            .join(ActionSite, ActionSite.action_id == Action.id)
            .join(Establishment, Establishment.id == ActionSite.establishment_id)
            .where(ActionFinding.finding_id == finding_id, ActionSite.establishment_id == finding.establishment_id)
            .order_by(ActionSite.state.in_(OPEN_STATES).desc(), Action.due_on, Action.id)
        ).all()
        found = [
            Weighed(action, [SiteLine(site.establishment_id, name, site.state, site.closed_at)], findings)
            for action, site, name, findings in rows
        ]
        return lines_of(session, found, day, scope.lang)


def tied_findings(session: Session, rows: Iterable[tuple[FindingRow, str]], lang: Lang) -> tuple[TiedFinding, ...]:
    """Findings with the names of their establishments, as pages of actions show them."""
    rows = list(rows)
    titles = titles_of(session, {(row.establishment_id, row.rule) for row, _ in rows}, lang)
    return tuple(
        TiedFinding(
            row.id,
            row.establishment_id,
            name,
            row.rule,
            titles[row.establishment_id, row.rule],
            row.subject,
            row.severity,
            row.state,
        )
        for row, name in rows
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What the findings of a site amount to."""

    findings: int = 0
    unsettled: int = 0


def _sites(
    session: Session,
    scope: Scope,
    action: Action,
    sites: Sequence[ActionSite],
    places: Mapping[int, Establishment],
) -> tuple[SiteView, ...]:
    """The sites the reader sees, by name, in a few queries for all of them."""
    ids = [site.establishment_id for site in sites]
    counts = _finding_counts(session, action.id, ids)
    joining = _joining(session, action, ids)
    proofs = _evidence(session, scope, action.id, ids)
    retests = _retests(session, [site.retest_run_id for site in sites if site.retest_run_id], scope.lang)
    views = (
        _site(
            scope,
            action,
            site,
            places[site.establishment_id],
            counts.get(site.establishment_id, _Counts()),
            joining.get(site.establishment_id, 0),
            tuple(proofs.get(site.establishment_id, ())),
            retests.get(site.retest_run_id or 0),
        )
        for site in sites
    )
    return tuple(sorted(views, key=lambda one: (one.name, one.establishment_id)))


def _site(
    scope: Scope,
    action: Action,
    site: ActionSite,
    place: Establishment,
    counts: _Counts,
    joining: int,
    evidence: tuple[ProofLine, ...],
    retest: RetestView | None,
) -> SiteView:
    works = works_on(scope, action, place.lineage)
    closed = site.state is ActionState.CLOSED
    return SiteView(
        establishment_id=site.establishment_id,
        name=place.name,
        state=site.state,
        changed_at=site.changed_at,
        closed_at=site.closed_at,
        closed_by=site.closed_by or "",
        findings=counts.findings,
        unsettled=counts.unsettled,
        back=counts.unsettled if closed else 0,
        joining=0 if site.state.over else joining,
        moves=tuple(state for state in ActionState if state in MOVES[site.state]) if works else (),
        may_work=works,
        may_manage=scope.allows(Right.MANAGE_ACTIONS, place.lineage),
        may_prove=works and scope.allows(Right.ADD_EVIDENCE, place.lineage),
        evidence=evidence,
        retest=retest,
    )


def _finding_counts(session: Session, action_id: int, ids: Collection[int]) -> Mapping[int, _Counts]:
    mine = select(ActionFinding.finding_id).where(ActionFinding.action_id == action_id)
    rows = session.execute(
        select(FindingRow.establishment_id, FindingRow.state, func.count())
        .where(FindingRow.id.in_(mine), FindingRow.establishment_id.in_(ids))
        .group_by(FindingRow.establishment_id, FindingRow.state)
    )
    found: dict[int, dict[State, int]] = defaultdict(dict)
    for establishment_id, state, count in rows:
        found[establishment_id][state] = count
    return {
        number: _Counts(sum(by.values()), sum(by.get(state, 0) for state in UNSETTLED)) for number, by in found.items()
    }


def _joining(session: Session, action: Action, ids: Collection[int]) -> Mapping[int, int]:
    """Open findings of the action's rule seen since it began and tied to no open action."""
    if action.rule is None:
        return {}
    rows = session.execute(
        select(FindingRow.establishment_id, func.count())
        .where(*joining_conditions(action.id, action.rule, action.created_at), FindingRow.establishment_id.in_(ids))
        .group_by(FindingRow.establishment_id)
    )
    return dict(rows.all())


def joining_conditions(action_id: int, rule: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions on `FindingRow` that keep the open findings which could join an action of their rule."""
    taken = exists().where(
        and_(
            ActionFinding.finding_id == FindingRow.id,
            ActionFinding.action_id == ActionSite.action_id,
            ActionSite.establishment_id == FindingRow.establishment_id,
            or_(ActionSite.action_id == action_id, ActionSite.state.in_(OPEN_STATES)),
        )
    )
    return (
        FindingRow.rule == rule,
        FindingRow.state == State.OPEN,
        FindingRow.first_seen_at > since,
        ~taken,
    )


def _evidence(session: Session, scope: Scope, action_id: int, ids: Collection[int]) -> Mapping[int, list[ProofLine]]:
    found: dict[int, list[ProofLine]] = defaultdict(list)
    rows: Select[Any] = (
        select(Evidence)
        .join(EvidenceTie, EvidenceTie.evidence_id == Evidence.id)
        .where(
            EvidenceTie.thing_kind == ThingKind.ACTION,
            EvidenceTie.thing_id == str(action_id),
            Evidence.establishment_id.in_(ids),
            Evidence.current.is_(True),
            *readable(scope),
        )
        .order_by(Evidence.id)
    )
    for row in session.scalars(rows):
        found[row.establishment_id].append(
            ProofLine(
                row.id,
                row.establishment_id,
                row.title or row.name,
                row.link,
                row.added_at,
                row.added_by,
                row.effective_from,
            )
        )
    return found


def _retests(session: Session, run_ids: Collection[int], lang: Lang) -> Mapping[int, RetestView]:
    rows = session.execute(
        select(Run.id, Job.state, Job.error_fr, Job.error_en)
        .outerjoin(Job, Job.id == Run.job_id)
        .where(Run.id.in_(run_ids))
    )
    return {
        number: RetestView(number, state or JobState.DONE, Text(fr or "", en or "").render(lang))
        for number, state, fr, en in rows
    }
