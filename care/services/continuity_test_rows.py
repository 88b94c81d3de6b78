"""Rows of tests of continuity for the services that read and write them: which test, of what, seen when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.continuity import Nature, PlanState, TestKind
from care.domain.eligibility import Phase, Played
from care.services.errors import NotFound
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing
from care.store.bulk import among
from care.store.continuity import (
    Activity,
    CandidatePhase,
    ContinuityTest,
    ContinuityTestNode,
    Dependency,
    Node,
    Plan,
)
from care.store.registry import Establishment
from scanners.model import Text

FIELDS: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "kind": Text("le type", "the kind"),
    "scope": Text("le périmètre", "the scope"),
    "planned_on": Text("la date prévue", "the planned date"),
    "plan_series": Text("le plan éprouvé", "the plan put to the test"),
    "leader": Text("le pilote", "the leader"),
    "nodes": Text("ce qui est mis à l’épreuve", "what is put to the test"),
    "done_on": Text("la date de l’essai", "the date of the test"),
    "result": Text("le résultat", "the result"),
    "observed": Text("ce qui a été observé", "what was observed"),
    "gaps": Text("les écarts", "the gaps"),
    "participants": Text("le nombre de participants", "the number of participants"),
    "cyber_triggered": Text("le point de départ cyber", "the cyber trigger"),
    "degraded_played": Text("le mode dégradé joué", "the degraded mode played"),
    "management_present": Text("la présence de la direction", "the presence of the management"),
    "directorates": Text("les directions métier", "the business directorates"),
    "in_maintenance": Text("la maintenance programmée", "the planned maintenance"),
    "times": Text("les temps mesurés", "the measured times"),
    "state": Text("son état", "its state"),
}


@dataclass(frozen=True, slots=True)
class PlanName:
    """A plan as a test points to it: its latest version. `validated`: one of its versions is in force."""

    id: int
    establishment_id: int
    series: int
    number: int
    title: str
    validated: bool


def visible_test(session: Session, scope: Scope, test_id: int) -> ContinuityTest:
    """A test that the reader may see; NotFound otherwise."""
    return _one(session, scope, test_id, lock=False)


def locked_test(session: Session, scope: Scope, test_id: int) -> ContinuityTest:
    """A test about to be changed, locked until the commit; NotFound for a stranger, Forbidden for a reader."""
    row = _one(session, scope, test_id, lock=True)
    visible_establishment(session, scope, row.establishment_id, Right.MANAGE_CONTINUITY)
    return row


def _one(session: Session, scope: Scope, test_id: int, *, lock: bool) -> ContinuityTest:
    query = select(ContinuityTest).where(
        ContinuityTest.id == test_id, within(scope, Right.SEE_CONTINUITY, ContinuityTest.establishment_id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def check_seen(platform: Platform, session: Session, row: ContinuityTest, seen: int) -> None:
    """Refused, saying who changed what since, when a test is no longer the one that was shown."""
    if row.version != seen:
        refuse_stale(platform, session, thing_of(row), (row.changed_at, row.changed_by), seen, FIELDS)


def thing_of(row: ContinuityTest) -> Thing:
    """The test as the trail names it."""
    return Thing("continuity_test", row.id, row.establishment_id)


def nodes_of(session: Session, test_ids: Collection[int]) -> dict[int, list[tuple[ContinuityTestNode, Node]]]:
    """What each test puts to the test, activities first, by the names of then; one query."""
    rows = session.execute(
        select(ContinuityTestNode, Node)
        .join(Node, Node.id == ContinuityTestNode.node_id)
        .where(among(session, ContinuityTestNode.test_id, sorted(test_ids)))
    ).all()
    found: dict[int, list[tuple[ContinuityTestNode, Node]]] = {number: [] for number in test_ids}
    order = list(Nature)
    for tested, node in sorted(rows, key=lambda one: (order.index(one[1].nature), one[0].name.casefold())):
        found[tested.test_id].append((tested, node))
    return found


def perimeter_needs(session: Session, rows: Iterable[ContinuityTest]) -> Mapping[int, date]:
    """What the activities of the D2.O1.C perimeters rely on, near or far, and the day that ends: none while in use.

    Of the establishments where a restore test is among `rows`, the only ones that ask.
    """
    places = sorted({row.establishment_id for row in rows if row.kind is TestKind.RESTORE})
    if not places:
        return {}
    carriers = session.execute(
        select(Activity.id, Activity.ended_on).where(
            among(session, Activity.establishment_id, places), Activity.perimeter.is_not(None)
        )
    )
    needs: dict[int, list[int]] = defaultdict(list)
    ties = select(Dependency.dependent_id, Dependency.needed_id)
    for dependent, needed in session.execute(ties.where(among(session, Dependency.establishment_id, places))):
        needs[dependent].append(needed)
    until: dict[int, date] = {}
    # The longest in use first: whatever is reached is never reached again for longer.
    for activity, ended_on in sorted(carriers, key=lambda one: one.ended_on or date.max, reverse=True):
        waiting = [activity]
        while waiting:
            here = waiting.pop()
            if here not in until:
                until[here] = ended_on or date.max
                waiting += needs[here]
    return until


def played(row: ContinuityTest, nodes: Iterable[Node], needed: Mapping[int, date]) -> Played:
    """What decides of the worth of a test; `needed` is what the perimeters rely on, and the day that ends."""
    known = list(nodes)
    natures = [node.nature for node in known]
    day = row.done_on or row.planned_on
    return Played(
        kind=row.kind,
        state=row.state,
        done_on=row.done_on,
        activities=natures.count(Nature.ACTIVITY),
        resources=natures.count(Nature.RESOURCE),
        serves_perimeter=any(
            node.nature is Nature.RESOURCE and node.id in needed and needed[node.id] > day for node in known
        ),
        plan=row.plan_series is not None,
        cyber_triggered=row.cyber_triggered,
        degraded_played=row.degraded_played,
        management_present=row.management_present,
        directorates_present=bool(row.directorates),
        in_maintenance=row.in_maintenance,
    )


def plan_names(session: Session, establishment_ids: Collection[int]) -> dict[int, PlanName]:
    """The plans of some establishments by series: the latest version of each, archived ones when nothing else lives."""
    rows = session.scalars(select(Plan).where(among(session, Plan.establishment_id, sorted(establishment_ids)))).all()
    validated = {row.series for row in rows if row.state is PlanState.VALIDATED}
    living_last = sorted(rows, key=lambda row: (row.state is not PlanState.ARCHIVED, row.number))
    return {
        row.series: PlanName(row.id, row.establishment_id, row.series, row.number, row.title, row.series in validated)
        for row in living_last
    }


def phase_of(session: Session, place: Place) -> Phase:
    """The operational phase of a candidate: its end is open until the candidate declared."""
    row = session.get(CandidatePhase, place.key)
    return Phase(end=row.declared_on if row else None)


def phase_at(session: Session, establishment: Establishment) -> Phase:
    """The phase that counts for an establishment: that of its GHT, or of its legal entity when it has none."""
    entity = establishment.legal_entity
    candidate = Place(Level.LEGAL_ENTITY, entity.id) if entity.ght_id is None else Place(Level.GHT, entity.ght_id)
    return phase_of(session, candidate)
