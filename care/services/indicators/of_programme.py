"""Measures of the programme: application files, the 66 % rule, field tests, requirements, readiness for certification.

A candidate (GHT, else legal entity) answers for each of its establishments. Who has no file kept here has not answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from care.domain.access import Level, place_at
from care.domain.application_files import APPLIED, DECLARED
from care.domain.certification import SOCIAL, THEMES, is_social
from care.domain.continuity import Nature, TestKind, TestState
from care.domain.eligibility import PHASE_START
from care.domain.indicators import Audience, IndicatorDefinition
from care.domain.judging import RequirementStatus
from care.domain.share_rule import Unit, Verdict, compute, weight_of
from care.domain.unit_coverage import Site, covered, perimeters_of
from care.services.coverage_candidates import UnitRow, units_among
from care.services.coverage_rule import perimeter_sites
from care.services.indicators.audiences import was_candidate
from care.services.indicators.look import Look, Told
from care.store.continuity import CandidatePhase, ContinuityTest, ContinuityTestNode, Node, UnitWeight
from care.store.frameworks import FrameworkCount, RequirementStanding
from care.store.registry import Establishment, LegalEntity

PLANS_DOMAIN = "care-d2"
_ANSWERS: Mapping[RequirementStatus, tuple[int, int]] = {
    RequirementStatus.MET: (1, 1),
    RequirementStatus.NOT_MET: (0, 1),
    RequirementStatus.IN_PROGRESS: (0, 1),
    RequirementStatus.EVIDENCE_FILED: (0, 1),
    RequirementStatus.NOT_APPLICABLE: (0, 0),
}
"""What a requirement that stands so answers. Not started and to confirm are no answers."""


# Application files


def applied(look: Look, framework: str) -> Iterator[Told]:
    """CARE-CAND: the candidacy was filed."""
    for (site, name), file in sorted(look.files.items(), key=lambda one: one[0]):
        if name == framework and file.created_at <= look.end:
            filed = file.state in APPLIED and (file.candidacy_on is None or file.candidacy_on <= look.day)
            yield Told(site, int(filed), 1, look.day)


def declared(look: Look, framework: str) -> Iterator[Told]:
    """CARE-ATT: the declaration was filed, of who is a candidate."""
    for (site, name), file in sorted(look.files.items(), key=lambda one: one[0]):
        if name == framework and was_candidate(file, look.day):
            filed = file.state in DECLARED and (file.declaration_on is None or file.declaration_on <= look.day)
            yield Told(site, int(filed), 1, look.day)


def _holders(look: Look, framework: str) -> Mapping[int, str]:
    """Who is the candidate for each establishment asked: `ght:3`."""
    return {
        site: file.holder
        for (site, name), file in look.files.items()
        if name == framework and was_candidate(file, look.day)
    }


# The 66 % rule and field tests


class _Candidates(NamedTuple):
    """The rows of some candidates: every establishment of theirs, closed ones too, and the entities of each GHT."""

    sites: Mapping[str, Sequence[Establishment]]
    entities: Mapping[str, Sequence[LegalEntity]]


def covered_activity(look: Look) -> Iterator[Told]:
    """PCRA-66: at least 66 % of the activity of the candidate is covered. Only as it stands today: plans do not tell
    how much they covered in a month that is over."""
    if look.over:
        return
    holders = _holders(look, PLANS_DOMAIN)
    found = _candidates(look, set(holders.values()))
    told = perimeter_sites(look.session, {one.id for sites in found.sites.values() for one in sites})
    weights = _weights(look)
    verdicts = {holder: _verdict(look, holder, found, told, weights) for holder in found.sites}
    for site, holder in sorted(holders.items()):
        verdict = verdicts.get(holder)
        if verdict in (Verdict.MET, Verdict.NOT_MET):
            yield Told(site, int(verdict is Verdict.MET), 1, look.day)


def _verdict(
    look: Look, holder: str, found: _Candidates, told: Mapping[int, Site], weights: Mapping[tuple[str, str], str]
) -> Verdict | None:
    """What the rule says of a candidate; None while nothing was entered by any of its establishments."""
    sites = found.sites[holder]
    if not any(told[one.id].carriers or told[one.id].absent for one in sites):
        return None
    units = units_among(place_at(holder), found.entities.get(holder, ()), sites, PHASE_START, look.day)
    if not units:
        return None
    return compute([_unit(one, told, weights.get((holder, one.key), "")) for one in units]).verdict


def _unit(unit: UnitRow, told: Mapping[int, Site], weight: str) -> Unit:
    reached = bool(unit.sites) and covered(perimeters_of([told[one.id] for one in unit.sites]))
    return Unit(unit.key, weight_of(weight) if weight else None, reached, closed=unit.closed_on is not None)


def _weights(look: Look) -> Mapping[tuple[str, str], str]:
    rows = look.session.execute(select(UnitWeight.candidate, UnitWeight.unit, UnitWeight.weight))
    return {(candidate, unit): weight for candidate, unit, weight in rows}


def tested_in_the_field(look: Look) -> Iterator[Told]:
    """PCRA-TEST: a field exercise of a plan, in the operational phase, somewhere in the candidate."""
    holders = _holders(look, PLANS_DOMAIN)
    found = _candidates(look, set(holders.values()))
    above = {one.id: holder for holder, sites in found.sites.items() for one in sites}
    ends = dict(look.session.execute(select(CandidatePhase.candidate, CandidatePhase.declared_on)).all())
    tests = look.session.execute(
        select(ContinuityTest.establishment_id, ContinuityTest.done_on, _field_test()).where(look.entered_test())
    )
    says: dict[str, bool] = {}
    for site, done_on, counts in tests:
        holder = above.get(site)
        if holder is not None:
            end = ends.get(holder)
            inside = done_on is not None and PHASE_START <= done_on <= min(end or look.day, look.day)
            says[holder] = says.get(holder, False) or bool(counts and inside)
    for site, holder in sorted(holders.items()):
        if holder in says:
            yield Told(site, int(says[holder]), 1, look.day)


def _field_test() -> ColumnElement[bool]:
    """Whether a test is a field exercise of a plan and of one activity at least (`care.domain.eligibility`, in SQL)."""
    activities = (
        select(ContinuityTestNode.test_id)
        .join(Node, Node.id == ContinuityTestNode.node_id)
        .where(Node.nature == Nature.ACTIVITY)
    )
    return (
        (ContinuityTest.kind == TestKind.FIELD)
        & (ContinuityTest.state == TestState.DONE)
        & ContinuityTest.plan_series.is_not(None)
        & ContinuityTest.id.in_(activities)
    )


def _candidates(look: Look, holders: set[str]) -> _Candidates:
    sites: dict[str, list[Establishment]] = defaultdict(list)
    entities: dict[str, list[LegalEntity]] = defaultdict(list)
    known = {one.id: one for one in look.session.scalars(select(LegalEntity))}
    for entity in known.values():
        if f"{Level.GHT}:{entity.ght_id}" in holders:
            entities[f"{Level.GHT}:{entity.ght_id}"].append(entity)
    for site in look.session.scalars(select(Establishment).order_by(Establishment.name, Establishment.id)):
        entity = known[site.legal_entity_id]
        for holder in (f"{Level.LEGAL_ENTITY}:{entity.id}", f"{Level.GHT}:{entity.ght_id}"):
            if holder in holders:
                sites[holder].append(site)
    return _Candidates(sites, entities)


# Requirements


def requirements(look: Look) -> Iterator[tuple[str, Told]]:
    """Where every requirement of the programme stands, by code; of a month that is over, those that stood so already.

    Only the version in force: one that changed since is another indicator.
    """
    wanted = {code: one for code, one in look.definitions.items() if _is_requirement(one)}
    holders = {name: _answering(look, name, wanted) for name in {one.domain for one in wanted.values()}}
    columns = (RequirementStanding.holder, RequirementStanding.framework, RequirementStanding.item)
    rows = look.session.execute(
        select(*columns, RequirementStanding.status, RequirementStanding.version).where(
            RequirementStanding.framework.in_(sorted(holders)), RequirementStanding.since <= look.end
        )
    )
    for holder, framework, item, status, version in rows:
        definition = wanted.get(f"{framework}:{item}")
        if definition is not None and definition.version == version and status in _ANSWERS:
            for site in holders[framework].get(holder, ()):
                yield definition.code, Told(site, *_ANSWERS[status], look.day)


def _is_requirement(definition: IndicatorDefinition) -> bool:
    return definition.code.startswith(f"{definition.domain}:")


def _answering(look: Look, framework: str, wanted: Mapping[str, IndicatorDefinition]) -> Mapping[str, Sequence[int]]:
    """The establishments asked, by who answers the requirements of a framework for them."""
    audiences = {one.audience for one in wanted.values() if one.domain == framework}
    if Audience.CANDIDATES not in audiences:
        return {f"{Level.ESTABLISHMENT}:{site}": [site] for site in look.sites}
    found: dict[str, list[int]] = defaultdict(list)
    for site, holder in sorted(_holders(look, framework).items()):
        found[holder].append(site)
    return found


# Certification


def ready_evidence(look: Look) -> Iterator[Told]:
    """HAS-PRET: requirements met or with their evidence filed, of those that apply; by the last counts kept."""
    manuals = _manuals(look)
    last = (
        select(FrameworkCount.holder, FrameworkCount.framework, func.max(FrameworkCount.day).label("day"))
        .where(
            FrameworkCount.framework.in_((THEMES, SOCIAL)),
            FrameworkCount.holder.startswith(f"{Level.ESTABLISHMENT}:"),
            FrameworkCount.day <= look.day,
        )
        .group_by(FrameworkCount.holder, FrameworkCount.framework)
        .subquery()
    )
    same = (
        (last.c.holder == FrameworkCount.holder)
        & (last.c.framework == FrameworkCount.framework)
        & (last.c.day == FrameworkCount.day)
    )
    columns = (FrameworkCount.holder, FrameworkCount.framework, FrameworkCount.counts)
    for holder, framework, counts in look.session.execute(select(*columns).join(last, same)):
        site = place_at(holder).id
        if manuals.get(site) == framework and _begun(counts):
            yield Told(site, *_ready(counts), look.day)


def _manuals(look: Look) -> Mapping[int, str]:
    rows = look.session.execute(select(Establishment.id, Establishment.category).where(look.here(Establishment.id)))
    return {site: SOCIAL if is_social(category) else THEMES for site, category in rows}


def _begun(counts: Mapping[str, int]) -> bool:
    return any(number for status, number in counts.items() if status != RequirementStatus.NOT_STARTED)


def _ready(counts: Mapping[str, int]) -> tuple[int, int]:
    filled = sum(counts.get(one, 0) for one in (RequirementStatus.MET, RequirementStatus.EVIDENCE_FILED))
    return filled, sum(counts.values()) - counts.get(RequirementStatus.NOT_APPLICABLE, 0)
