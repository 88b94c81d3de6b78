"""What evidence proves: whether a thing exists in an establishment, and how people call it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Right, Scope
from care.domain.evidence import ThingKind, ThingRef
from care.services.errors import Invalid
from care.services.frameworks.holders import places_around
from care.store.actions import Action, ActionSite
from care.store.backups import IsolationDrill
from care.store.continuity import Activity, ContinuityTest
from care.store.exercises import Exercise
from care.store.findings import FindingRow
from care.store.governance import AwarenessSession, Committee, HealthDataHosting, SecurityRole, SupplierContract
from care.store.imports import ReportedRule
from care.store.incidents import Incident
from care.store.programme import Visit
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.targets import Target
from scanners.catalog import rule_by_id
from scanners.model import Lang, Text

_REQUIREMENT = re.compile(r"[a-z0-9][a-z0-9-]{1,40}:[A-Za-z0-9][A-Za-z0-9._@/-]{0,100}\Z")
_SHOWN = 80
_ROW = re.compile(r"[1-9][0-9]{0,9}\Z")
_NO_SUCH_THING = Text(
    "Ce que cette preuve doit justifier n’existe pas dans cet établissement ; vérifiez le lien.",
    "What this evidence should prove does not exist in this establishment; check the link.",
)


@dataclass(frozen=True, slots=True)
class TieView:
    """Something a piece of evidence proves. `title` is empty when the reader may not see it."""

    ref: ThingRef
    title: str


@dataclass(frozen=True, slots=True)
class _Things:
    """How things of one kind are found: the right to see them, and (id, title) of some rows of an establishment."""

    right: Right
    titles: Callable[[Session, int, Collection[int], Lang], Mapping[int, str]]


def check_thing(session: Session, establishment_id: int, ref: ThingRef) -> None:
    """Invalid when the thing is not of this establishment."""
    if ref.kind is ThingKind.REQUIREMENT and _REQUIREMENT.match(ref.id):
        return
    things = _THINGS.get(ref.kind)
    if things is not None and _ROW.match(ref.id):
        number = int(ref.id)
        if number in things.titles(session, establishment_id, [number], "fr"):
            return
    raise Invalid({"thing": _NO_SUCH_THING})


def tie_views(
    session: Session, scope: Scope, establishment: Establishment, refs: Iterable[ThingRef]
) -> tuple[TieView, ...]:
    """The same things with their titles, one query per kind; those the reader may not see keep none."""
    wanted = sorted(set(refs))
    titles: dict[ThingRef, str] = {}
    for kind, things in _THINGS.items():
        numbers = [int(ref.id) for ref in wanted if ref.kind is kind and _ROW.match(ref.id)]
        if numbers and scope.allows(things.right, establishment.lineage):
            found = things.titles(session, establishment.id, numbers, scope.lang)
            titles |= {ThingRef(kind, str(number)): title for number, title in found.items()}
    return tuple(TieView(ref, ref.id if ref.kind is ThingKind.REQUIREMENT else titles.get(ref, "")) for ref in wanted)


def _findings(session: Session, establishment_id: int, numbers: Collection[int], lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(FindingRow.id, FindingRow.rule, FindingRow.subject, ReportedRule)
        .outerjoin(
            ReportedRule,
            (ReportedRule.rule == FindingRow.rule) & (ReportedRule.establishment_id == FindingRow.establishment_id),
        )
        .where(FindingRow.establishment_id == establishment_id, FindingRow.id.in_(numbers))
    )
    return {number: f"{_rule_title(rule, reported, lang)} – {subject}" for number, rule, subject, reported in rows}


def _rule_title(rule_id: str, reported: ReportedRule | None, lang: Lang) -> str:
    rule = rule_by_id(rule_id)
    if rule is None and reported is not None:
        return (reported.title_en if lang == "en" else "") or reported.title_fr
    return rule.title.render(lang) if rule else rule_id


def _actions(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    query: Select[int, str] = (
        select(Action.id, Action.title)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(ActionSite.establishment_id == establishment_id, Action.id.in_(numbers))
    )
    return dict(session.execute(query).all())


def _runs(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(Run.id, Target.name, Run.asked_at)
        .join(Target, Target.id == Run.target_id)
        .where(Run.establishment_id == establishment_id, Run.id.in_(numbers))
    )
    return {number: f"{name}, {asked_at:%Y-%m-%d}" for number, name, asked_at in rows}


def _activities(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    """Those that ended too: what proved them still does."""
    query: Select[int, str] = select(Activity.id, Activity.name).where(
        Activity.establishment_id == establishment_id, Activity.id.in_(numbers)
    )
    return dict(session.execute(query).all())


def _tests(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(ContinuityTest.id, ContinuityTest.title, ContinuityTest.done_on, ContinuityTest.planned_on).where(
            ContinuityTest.establishment_id == establishment_id, ContinuityTest.id.in_(numbers)
        )
    )
    return {number: f"{title}, {done or planned}" for number, title, done, planned in rows}


def _exercises(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(Exercise.id, Exercise.title, Exercise.started_at, Exercise.planned_at).where(
            Exercise.establishment_id == establishment_id, Exercise.id.in_(numbers)
        )
    )
    return {number: f"{title}, {started or planned:%Y-%m-%d}" for number, title, started, planned in rows}


def _visits(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    """Those of the establishment, and those of its legal entity or GHT that look at it."""
    rows = session.scalars(select(Visit).where(Visit.id.in_(numbers)))
    mine = f"{Level.ESTABLISHMENT}:{establishment_id}"
    return {
        row.id: f"{row.title}, {row.starts_at:%Y-%m-%d}"
        for row in rows
        if row.holder == mine or establishment_id in row.scope.get("establishments", ())
    }


def _awareness(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(AwarenessSession.id, AwarenessSession.title, AwarenessSession.held_on).where(
            AwarenessSession.establishment_id == establishment_id, AwarenessSession.id.in_(numbers)
        )
    )
    return {number: f"{title}, {held_on}" for number, title, held_on in rows}


def _hostings(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    """Those that ended too: what proved them still does."""
    query: Select[int, str] = select(HealthDataHosting.id, HealthDataHosting.name).where(
        HealthDataHosting.establishment_id == establishment_id, HealthDataHosting.id.in_(numbers)
    )
    return dict(session.execute(query).all())


def _incidents(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    query: Select[int, str] = select(Incident.id, Incident.title).where(
        Incident.establishment_id == establishment_id, Incident.id.in_(numbers)
    )
    return dict(session.execute(query).all())


def _contracts(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    """Those that ended too."""
    rows = session.execute(
        select(SupplierContract.id, SupplierContract.supplier, SupplierContract.subject).where(
            SupplierContract.establishment_id == establishment_id, SupplierContract.id.in_(numbers)
        )
    )
    return {number: f"{supplier} – {subject}" for number, supplier, subject in rows}


def _roles(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(SecurityRole.id, SecurityRole.function, SecurityRole.name).where(
            SecurityRole.holder.in_(_holders(session, establishment_id)), SecurityRole.id.in_(numbers)
        )
    )
    return {number: f"{name} ({function})" if name else function for number, function, name in rows}


def _committees(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(Committee.id, Committee.kind, Committee.held_on).where(
            Committee.holder.in_(_holders(session, establishment_id)), Committee.id.in_(numbers)
        )
    )
    return {number: f"{kind}, {held_on}" for number, kind, held_on in rows}


def _holders(session: Session, establishment_id: int) -> list[str]:
    """Who keeps registers for an establishment: itself, its legal entity, its GHT."""
    return [one.key for one in places_around(session.get_one(Establishment, establishment_id))]


def _isolations(session: Session, establishment_id: int, numbers: Collection[int], _lang: Lang) -> Mapping[int, str]:
    rows = session.execute(
        select(IsolationDrill.id, IsolationDrill.cut, IsolationDrill.held_on).where(
            IsolationDrill.establishment_id == establishment_id, IsolationDrill.id.in_(numbers)
        )
    )
    return {number: f"{held_on}, {cut[:_SHOWN]}" for number, cut, held_on in rows}


_THINGS: Mapping[ThingKind, _Things] = {
    ThingKind.FINDING: _Things(Right.SEE_FINDINGS, _findings),
    ThingKind.ACTION: _Things(Right.SEE_ACTIONS, _actions),
    ThingKind.RUN: _Things(Right.SEE_FINDINGS, _runs),
    ThingKind.ACTIVITY: _Things(Right.SEE_CONTINUITY, _activities),
    ThingKind.TEST: _Things(Right.SEE_CONTINUITY, _tests),
    ThingKind.EXERCISE: _Things(Right.SEE_EXERCISES, _exercises),
    ThingKind.VISIT: _Things(Right.SEE_PROGRAMME, _visits),
    ThingKind.AWARENESS: _Things(Right.SEE_PROGRAMME, _awareness),
    ThingKind.HOSTING: _Things(Right.SEE_PROGRAMME, _hostings),
    ThingKind.CONTRACT: _Things(Right.SEE_PROGRAMME, _contracts),
    ThingKind.INCIDENT: _Things(Right.SEE_INCIDENTS, _incidents),
    ThingKind.SECURITY_ROLE: _Things(Right.SEE_PROGRAMME, _roles),
    ThingKind.COMMITTEE: _Things(Right.SEE_PROGRAMME, _committees),
    ThingKind.ISOLATION_DRILL: _Things(Right.SEE_FINDINGS, _isolations),
}
