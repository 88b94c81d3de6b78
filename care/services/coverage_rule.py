"""The 66 % rule of a candidate, for D2.O1.C and D2.O1.D: computed on exact fractions, explained unit by unit.

The threshold and the units are those of CaRE domain 2; how a legal entity is judged over its establishments, and which
closed units are shown, are our reading and said as such on the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.continuity import PERIMETERS, Perimeter, PlanState, SheetState
from care.domain.eligibility import Duty, Phase
from care.domain.share_rule import THRESHOLD, Share, Unit, Verdict, compute, percent, weight_of
from care.domain.unit_coverage import Carrier, Cover, PerimeterCover, Site, covered, perimeters_of
from care.domain.weights import decimal
from care.services.action_query import today
from care.services.continuity_test_reading import TestLine, read_lines, unscheduled
from care.services.continuity_test_rows import PlanName, phase_at, phase_of, plan_names
from care.services.coverage_candidates import UnitRow, candidate, has_file, holds, units_of
from care.services.places import place_name
from care.services.platform import Platform
from care.store.bulk import among
from care.store.continuity import Activity, Bia, CandidatePhase, PerimeterAbsence, Plan, PlanActivity, UnitWeight
from care.store.registry import Establishment
from scanners.model import Lang, Text


class Objective(StrEnum):
    """The two objectives that the rule judges, as frameworks write them."""

    O1_C = "care-d2:O1.C"
    O1_D = "care-d2:O1.D"


OBJECTIVES: Mapping[Objective, Text] = {
    Objective.O1_C: Text("D2.O1.C : des plans écrits à partir des BIA", "D2.O1.C: plans written from BIAs"),
    Objective.O1_D: Text("D2.O1.D : des plans éprouvés sur le terrain", "D2.O1.D: plans tested in the field"),
}
_COVERS: Mapping[Cover, Text] = {
    Cover.NO_PLAN: Text("pas de plan validé", "no validated plan"),
    Cover.NO_BIA: Text("pas de BIA en vigueur", "no BIA in force"),
    Cover.NEITHER: Text("ni BIA en vigueur ni plan validé", "neither a BIA in force nor a validated plan"),
    Cover.NOT_NAMED: Text("aucune activité désignée", "no activity named"),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a unit lacks, or what covers it. The numbers are those of the thing to open, None when none."""

    words: str
    establishment_id: int | None = None
    activity_id: int | None = None
    test_id: int | None = None
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One objective in one unit: whether it is reached, what shows it, what is missing."""

    covered: bool
    shows: tuple[Remark, ...]
    lacks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit of the computation. `weight` is as typed, "" when nobody did; `part` is cut, never rounded up.

    `sites` counts its establishments in being. `exact` is the part as a fraction.
    """

    key: str
    name: str
    finess: str
    sites: int
    closed_on: date | None
    weight: str
    origin: str
    version: int
    changed_by: str
    part: str
    exact: str
    judged: Mapping[Objective, Judged]


@dataclass(frozen=True, slots=True)
class ObjectiveView:
    """One objective for the whole candidate. `value` and `with_closed` are percentages cut after two digits.

    `sums` writes the exact fraction as typed weights give it; `to_add` and `without_weight` name units.
    """

    objective: Objective
    name: str
    verdict: Verdict
    value: str
    with_closed: str
    sums: str
    fraction: str
    to_add: tuple[str, ...]
    without_weight: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The computation of a candidate. `single`: one unit only, hence no percentage.

    `by_file`: its application file says when it declared."""

    place: Place
    name: str
    day: date
    phase: Phase
    declared_version: int
    units: tuple[UnitLine, ...]
    objectives: tuple[ObjectiveView, ...]
    single: bool
    by_file: bool
    may_manage: bool
    may_export: bool

    @property
    def closed(self) -> tuple[UnitLine, ...]:
        """The units that closed since the phase began."""
        return tuple(one for one in self.units if one.closed_on)


def read_coverage(platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_CONTINUITY) -> Coverage:
    """The rule applied to a candidate. NotFound for who does not see all of it, Forbidden for who lacks `right`."""
    day = today(platform)
    with platform.database.read() as session:
        sites = candidate(session, scope, place, right)
        declared = session.get(CandidatePhase, place.key)
        phase = Phase(end=declared.declared_on if declared else None)
        units = units_of(session, place, sites, phase.start, day)
        judged = _Facts.read(session, [site.id for unit in units for site in unit.sites], phase, day, scope.lang)
        by_unit = {unit.key: judged.unit(unit) for unit in units}
        weights = _weights(session, place)
        shares = {one: _share(units, weights, by_unit, one) for one in Objective}
        names = {unit.key: unit.name for unit in units}
        return Coverage(
            place=place,
            name=place_name(session, place, scope.lang),
            day=day,
            phase=phase,
            declared_version=declared.version if declared else 0,
            units=tuple(
                _unit_line(unit, weights.get(unit.key), shares[Objective.O1_C], by_unit[unit.key], scope.lang)
                for unit in units
            ),
            objectives=tuple(
                _objective(one, share, _sums(units, weights, by_unit, one, scope.lang), names, scope.lang)
                for one, share in shares.items()
            ),
            single=shares[Objective.O1_C].single,
            by_file=has_file(session, place),
            may_manage=holds(session, scope, place, Right.MANAGE_CONTINUITY, sites),
            may_export=holds(session, scope, place, Right.EXPORT, sites),
        )


def read_declared(platform: Platform, scope: Scope, place: Place) -> date | None:
    """When a candidate declared, as far as it said. NotFound for who does not see all of it."""
    with platform.database.read() as session:
        candidate(session, scope, place)
        declared = session.get(CandidatePhase, place.key)
        return declared.declared_on if declared else None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a holder stands on one objective: `begun` when one unit at least is covered. `share` is the computation;
    `shows` what covers, `lacks` what is missing, unit by unit."""

    share: Share
    begun: bool
    shows: tuple[Text, ...]
    lacks: tuple[Text, ...]


def positions(
    session: Session, place: Place, sites: Sequence[Establishment], day: date, threshold: Fraction = THRESHOLD
) -> Mapping[Objective, Position]:
    """The rule applied to a candidate, or to one establishment alone; who asks was checked before."""
    phase = phase_at_place(session, place, sites)
    units = (
        [_alone(sites[0])] if place.level is Level.ESTABLISHMENT else units_of(session, place, sites, phase.start, day)
    )
    facts = _Facts.read(session, [site.id for unit in units for site in unit.sites], phase, day, "fr")
    french = {unit.key: facts.unit(unit) for unit in units}
    english = {unit.key: replace(facts, lang="en").unit(unit) for unit in units}
    weights = _weights(session, place)
    return {
        one: Position(
            _share(units, weights, french, one, threshold),
            any(french[unit.key][one].covered for unit in units),
            tuple(_told(units, french, english, one, "shows")),
            tuple(_told(units, french, english, one, "lacks")),
        )
        for one in Objective
    }


def phase_at_place(session: Session, place: Place, sites: Sequence[Establishment]) -> Phase:
    """The operational phase of a candidate, or of that which an establishment belongs to."""
    return phase_at(session, sites[0]) if place.level is Level.ESTABLISHMENT else phase_of(session, place)


def _alone(site: Establishment) -> UnitRow:
    return UnitRow(Place(Level.ESTABLISHMENT, site.id), site.name, site.finess, (site,), None)


def _told(units: Sequence[UnitRow], french: ByUnit, english: ByUnit, objective: Objective, what: str) -> Iterator[Text]:
    """What is said of each unit, under its name when there are several."""
    for unit in units:
        pairs = zip(
            getattr(french[unit.key][objective], what), getattr(english[unit.key][objective], what), strict=True
        )
        for fr, en in pairs:
            named = len(units) > 1
            yield Text(
                f"{unit.name} : {fr.words}" if named else fr.words, f"{unit.name}: {en.words}" if named else en.words
            )


def _weights(session: Session, place: Place) -> dict[str, UnitWeight]:
    rows = session.scalars(select(UnitWeight).where(UnitWeight.candidate == place.key))
    return {row.unit: row for row in rows}


def _value(row: UnitWeight | None) -> Fraction | None:
    return weight_of(row.weight) if row and row.weight else None


Weights = Mapping[str, UnitWeight]
ByUnit = Mapping[str, Mapping[Objective, Judged]]


def _share(
    units: Sequence[UnitRow],
    weights: Weights,
    by_unit: ByUnit,
    objective: Objective,
    threshold: Fraction = THRESHOLD,
) -> Share:
    return compute(
        [
            Unit(
                one.key,
                _value(weights.get(one.key)),
                by_unit[one.key][objective].covered,
                closed=one.closed_on is not None,
            )
            for one in units
        ],
        threshold,
    )


def _sums(units: Sequence[UnitRow], weights: Weights, by_unit: ByUnit, objective: Objective, lang: Lang) -> str:
    """The covered weights over all the weights, as typed; "" when one of them is unknown."""
    living = [one for one in units if one.closed_on is None]
    known = {one.key: _value(weights.get(one.key)) for one in living}
    if not living or any(value is None for value in known.values()):
        return ""
    total = sum((value or Fraction(0) for value in known.values()), Fraction(0))
    kept = [known[one.key] or Fraction(0) for one in living if by_unit[one.key][objective].covered]
    return f"{decimal(sum(kept, Fraction(0)), lang)} / {decimal(total, lang)}"


def _objective(objective: Objective, share: Share, sums: str, names: Mapping[str, str], lang: Lang) -> ObjectiveView:
    return ObjectiveView(
        objective=objective,
        name=OBJECTIVES[objective].render(lang),
        verdict=share.verdict,
        value="" if share.value is None else percent(share.value, lang),
        with_closed="" if share.with_closed is None else percent(share.with_closed, lang),
        sums=sums,
        fraction="" if share.value is None else str(share.value),
        to_add=tuple(names[key] for key in share.to_add),
        without_weight=tuple(names[key] for key in share.without_weight),
    )


def _unit_line(
    unit: UnitRow, row: UnitWeight | None, share: Share, judged: Mapping[Objective, Judged], lang: Lang
) -> UnitLine:
    part = next(line.part for line in share.lines if line.key == unit.key)
    return UnitLine(
        key=unit.key,
        name=unit.name,
        finess=unit.finess,
        sites=len(unit.sites),
        closed_on=unit.closed_on,
        weight=row.weight if row else "",
        origin=row.origin if row else "",
        version=row.version if row else 0,
        changed_by=row.changed_by if row else "",
        part="" if part is None else percent(part, lang),
        exact="" if part is None else str(part),
        judged=judged,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of the establishments of a candidate, read in a few queries whatever their number."""

    sites: Mapping[int, Site]
    tests: Mapping[int, Sequence[TestLine]]
    plans: Mapping[int, Sequence[PlanName]]
    phase: Phase
    lang: Lang

    @classmethod
    def read(cls, session: Session, ids: Collection[int], phase: Phase, day: date, lang: Lang) -> _Facts:
        named = plan_names(session, ids)
        lines: dict[int, list[TestLine]] = defaultdict(list)
        for line in read_lines(session, ids, named, phase, day, lang):
            lines[line.establishment_id].append(line)
        plans: dict[int, list[PlanName]] = defaultdict(list)
        for plan in named.values():
            plans[plan.establishment_id].append(plan)
        return cls(perimeter_sites(session, ids), lines, plans, phase, lang)

    def unit(self, unit: UnitRow) -> Mapping[Objective, Judged]:
        """Both objectives in one unit. A unit without an establishment in being lacks everything."""
        if not unit.sites:
            words = Text("aucun établissement en service", "no establishment in being").render(self.lang)
            nothing = Judged(covered=False, shows=(), lacks=() if unit.closed_on else (Remark(words),))
            return dict.fromkeys(Objective, nothing)
        several = len(unit.sites) > 1
        return {Objective.O1_C: self._plans(unit), Objective.O1_D: self._tests(unit, several=several)}

    def _plans(self, unit: UnitRow) -> Judged:
        found = perimeters_of([self.sites[one.id] for one in unit.sites])
        reached = covered(found)
        lacks = [remark for one in found if not one.cover.settled for remark in self._lacking(one)]
        if not reached and not lacks:
            all_absent = Text("les trois périmètres sont dits absents : rien ne se montre", "no perimeter at all")
            lacks = [Remark(all_absent.render(self.lang), unit.sites[0].id)]
        shows = [self._showing(one) for one in found if one.cover.settled]
        return Judged(reached, tuple(shows), tuple(lacks))

    def _lacking(self, one: PerimeterCover) -> Sequence[Remark]:
        name, cover = PERIMETERS[one.perimeter].render(self.lang), _COVERS.get(one.cover)
        words = cover.render(self.lang) if cover else ""
        colon = " :" if self.lang == "fr" else ":"
        if one.carriers:
            nearest = one.carriers[0]
            said = f"{name}{colon} {nearest.name}, {words}"
            return [Remark(said, nearest.establishment_id, nearest.activity_id)]
        sites = one.silent
        if len(sites) <= 1:
            return [Remark(f"{name}{colon} {words}", sites[0].establishment_id if sites else None)]
        return [Remark(f"{name}{colon} {words} ({site.name})", site.establishment_id) for site in sites]

    def _showing(self, one: PerimeterCover) -> Remark:
        name = PERIMETERS[one.perimeter].render(self.lang)
        colon = " :" if self.lang == "fr" else ":"
        if one.cover is Cover.ABSENT:
            return Remark(f"{name}{colon} {Text('dit absent', 'said to be absent').render(self.lang)}")
        carrier = one.carriers[0]
        return Remark(f"{name}{colon} {carrier.name}", carrier.establishment_id, carrier.activity_id)

    def _tests(self, unit: UnitRow, *, several: bool) -> Judged:
        lines = [line for site in unit.sites for line in self.tests.get(site.id, ())]
        counting = [line for line in lines if any(one.duty is Duty.D2_O1_D for one in line.counts_for)]
        plans = [plan for site in unit.sites for plan in self.plans.get(site.id, ())]
        waiting = unscheduled(plans, lines, self.phase)
        lacks: list[Remark] = []
        if not counting:
            words = Text(
                "aucun exercice de terrain d’un plan dans la phase opérationnelle",
                "no field exercise of a plan in the operational phase",
            )
            lacks.append(Remark(words.render(self.lang), None if several else unit.sites[0].id))
        lacks += [self._unscheduled(plan) for plan in waiting]
        shows = tuple(
            Remark(f"{line.title}, {line.on:%d/%m/%Y}" if self.lang == "fr" else f"{line.title}, {line.on}",
                   line.establishment_id, test_id=line.id)
            for line in counting
        )  # fmt: skip
        return Judged(not lacks, shows, tuple(lacks))

    def _unscheduled(self, plan: PlanName) -> Remark:
        words = Text(f"plan « {plan.title} » : aucun essai prévu", f"plan “{plan.title}”: no test planned")
        return Remark(words.render(self.lang), plan.establishment_id, plan_id=plan.id)


def perimeter_sites(session: Session, ids: Collection[int]) -> dict[int, Site]:
    """What carries each perimeter in some establishments, and those they say they do not have; three queries."""
    names = dict(
        session.execute(
            select(Establishment.id, Establishment.name).where(among(session, Establishment.id, sorted(ids)))
        ).all()
    )
    carriers: dict[int, dict[Perimeter, tuple[Carrier, ...]]] = defaultdict(dict)
    for perimeter, one in _carriers(session, ids):
        here = carriers[one.establishment_id]
        here[perimeter] = (*here.get(perimeter, ()), one)
    absent: dict[int, set[Perimeter]] = defaultdict(set)
    query = select(PerimeterAbsence).where(among(session, PerimeterAbsence.establishment_id, sorted(ids)))
    for row in session.scalars(query):
        absent[row.establishment_id].add(row.perimeter)
    return {
        number: Site(number, name, carriers.get(number, {}), frozenset(absent.get(number, ())))
        for number, name in names.items()
    }


def _carriers(session: Session, ids: Collection[int]) -> list[tuple[Perimeter, Carrier]]:
    """The activities in use that carry a perimeter, with whether they have a BIA in force and a validated plan."""
    with_bia = select(Bia.activity_id).where(Bia.state == SheetState.CURRENT)
    with_plan = (
        select(PlanActivity.activity_id)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(Plan.state == PlanState.VALIDATED)
    )
    rows = session.execute(
        select(
            Activity.perimeter,
            Activity.id,
            Activity.name,
            Activity.establishment_id,
            Activity.id.in_(with_bia),
            Activity.id.in_(with_plan),
        ).where(
            among(session, Activity.establishment_id, sorted(ids)),
            Activity.ended_on.is_(None),
            Activity.perimeter.is_not(None),
        )
    )
    return [
        (perimeter, Carrier(number, name, site, bool(bia), bool(plan)))
        for perimeter, number, name, site, bia, plan in rows
        if perimeter is not None
    ]
