"""What establishments answer to every indicator, against tables made by hand: boundaries, silence, what is past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role
from care.domain.actions import ActionState
from care.domain.application_files import FileState
from care.domain.continuity import Perimeter, TestKind, TestResult, TestState
from care.domain.federation import InstallationState
from care.domain.findings import State
from care.domain.frameworks import FrameworkKind
from care.domain.jobs import JobKind, Lane
from care.domain.judging import RequirementStatus
from care.domain.programme import IncidentKind, PatientImpact
from care.domain.schedule import Slot
from care.services import jobs, schedules
from care.services.errors import Forbidden
from care.services.frameworks.parameters import ValueDraft, enter_value
from care.services.indicators import of_audits
from care.services.indicators.measuring import MEASURED, answers, measure, open_months
from care.services.indicators.measuring_job import ask, measure_all
from care.services.indicators.of_exercises import LEVELS
from care.services.platform import Platform
from care.services.work import Hold
from care.store.continuity import CandidatePhase, ContinuityTest, UnitWeight
from care.store.exercises import Exercise
from care.store.federation import Installation, InstallationEstablishment
from care.store.indicators import IndicatorHolder, IndicatorMark, IndicatorValue
from care.store.registry import Establishment
from exercises.kit import Level as KitLevel
from scanners.catalog import all_rules
from scanners.model import Severity, Status
from tests.services.test_framework_standings import file_plan, run_slot
from tests.support.clock import FixedClock
from tests.support.continuity import plant_activity, plant_plan
from tests.support.costs import plant_action
from tests.support.measured import (
    noon,
    numbers,
    plant_counts,
    plant_file,
    plant_finding,
    plant_incident,
    plant_operator,
    plant_run,
    plant_standing,
    plant_target,
    plant_test,
    told,
)
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted

both = pytest.mark.both_databases
DAY, MONTH = date(2026, 2, 20), 202602
YES, NO, NOTHING = (1, 1), (0, 1), (0, 0)
S = RequirementStatus


def test_every_packaged_indicator_is_measured_and_nothing_else(platform: Platform) -> None:
    """A definition that nothing measures would stay empty for ever."""
    assert set(MEASURED) == {one.code for one in platform.kits.indicators}
    assert set(of_audits.RULES) <= set(all_rules())
    assert set(LEVELS) == set(KitLevel)
    levels = next(one for one in platform.kits.indicators if one.code == "EXO-NIV").levels
    assert sorted(LEVELS.values()) == [number for number, _name in levels]


def test_nothing_known_makes_no_row(platform: Platform, hospitals: Hospitals) -> None:
    """Silence is neither a zero nor a pass."""
    with platform.database.write() as session:
        changed = measure(platform, session, [hospitals.valley, hospitals.hill, hospitals.far], MONTH, DAY)
        assert changed == 0
        assert session.scalars(select(IndicatorValue)).all() == []
        assert session.scalars(select(IndicatorMark)).all() == []


# Exercises


@both
@pytest.mark.parametrize(
    ("done_on", "columns", "expected"),
    [
        (date(2026, 2, 20), {}, YES),
        (date(2026, 2, 21), {}, NO),  # after the day looked at
        (date(2025, 3, 1), {}, YES),  # the first day of the twelve months
        (date(2025, 2, 28), {}, NO),
        (None, {}, NO),
        (date(2026, 1, 5), {"cyber_triggered": False}, NO),
        (date(2026, 1, 5), {"degraded_played": False}, NO),
        (date(2026, 1, 5), {"management_present": False}, NO),
        (date(2026, 1, 5), {"directorates": " "}, NO),
        (date(2026, 1, 5), {"in_maintenance": True}, NO),
        (date(2026, 1, 5), {"kind": TestKind.RESTORE}, NO),
        (date(2026, 1, 5), {"state": TestState.CANCELLED}, NO),
        (date(2026, 1, 5), {"created_at": noon(date(2026, 2, 21))}, YES),  # entered late
        (None, {"created_at": noon(date(2026, 2, 21))}, None),  # not in the register on that day
    ],
)
def test_an_exercise_of_the_twelve_months(
    platform: Platform, hospitals: Hospitals, done_on: date | None, columns: dict[str, Any], expected: Any
) -> None:
    plant_test(platform, hospitals.valley, done_on, **columns)
    assert numbers(platform, "EXO-TX", MONTH, DAY, hospitals.valley, hospitals.hill) == [expected, None]


def test_operators_alone_are_asked_of_their_exercises(platform: Platform, hospitals: Hospitals) -> None:
    for site in (hospitals.valley, hospitals.hill, hospitals.far):
        plant_test(platform, site, date(2026, 1, 5))
    plant_operator(platform, hospitals.valley)
    plant_operator(platform, hospitals.hill, ose=None)
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "EXO-OSE", MONTH, DAY, *sites) == [YES, None, None]


@both
def test_the_highest_level_of_the_exercises_that_count(platform: Platform, hospitals: Hospitals) -> None:
    plant_test(platform, hospitals.valley, date(2026, 1, 5), level="beginner")
    plant_test(platform, hospitals.valley, date(2026, 1, 6), level="intermediate")
    plant_test(platform, hospitals.valley, date(2026, 1, 7), level="confirmed", cyber_triggered=False)
    plant_test(platform, hospitals.hill, date(2026, 1, 5))  # held outside the platform: nobody knows its level
    plant_test(platform, hospitals.far, None)
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "EXO-NIV", MONTH, DAY, *sites) == [(3, 1), None, NOTHING]


# Exposure


@pytest.mark.parametrize(
    ("on", "within_60_days", "within_a_year"),
    [
        (date(2026, 2, 20), YES, YES),
        (date(2025, 12, 22), YES, YES),  # the sixtieth day
        (date(2025, 12, 21), NO, YES),
        (date(2025, 2, 20), NO, YES),  # the same day a year before
        (date(2025, 2, 19), NO, NO),
    ],
)
def test_exposure_audited_lately(
    platform: Platform, hospitals: Hospitals, on: date, within_60_days: Any, within_a_year: Any
) -> None:
    target = plant_target(platform, hospitals.valley, "exposure")
    plant_run(platform, target, on)
    plant_target(platform, hospitals.hill, "exposure")
    plant_target(platform, hospitals.far, "ad")
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "EXPO-AUD", MONTH, DAY, *sites) == [within_60_days, NO, None]
    assert numbers(platform, "EXPO-AUD-AN", MONTH, DAY, *sites) == [within_a_year, NO, None]


@both
def test_an_audit_that_was_cut_short_is_none(platform: Platform, hospitals: Hospitals) -> None:
    target = plant_target(platform, hospitals.valley, "exposure", archived_at=noon(date(2026, 2, 1)))
    plant_run(platform, target, date(2026, 1, 10), complete=False)
    assert numbers(platform, "EXPO-AUD", MONTH, DAY, hospitals.valley) == [NO]
    plant_run(platform, target, date(2026, 1, 9))
    assert numbers(platform, "EXPO-AUD", MONTH, DAY, hospitals.valley) == [YES]  # archived since, audited all the same


R = "exposure.redis_without_password"
FOUND = {R: (Status.FAILED, 3, 1)}


@both
@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        ({}, NO),
        ({"severity": Severity.HIGH}, YES),
        ({"state": State.FALSE_POSITIVE}, YES),
        ({"state": State.ACCEPTED}, NO),
        ({"gone_on": date(2026, 2, 20)}, YES),
        ({"gone_on": date(2026, 2, 21)}, NO),
    ],
)
def test_no_critical_left(platform: Platform, hospitals: Hospitals, finding: dict[str, Any], expected: Any) -> None:
    target = plant_target(platform, hospitals.valley, "exposure")
    plant_run(platform, target, date(2026, 1, 10), {R: (Status.PASSED, 3, 0)}, severity=Severity.CRITICAL)
    plant_finding(platform, target, R, date(2026, 1, 10), **finding)
    found = told(platform, "EXPO-CRIT", MONTH, DAY, (hospitals.valley,))
    assert found == {hospitals.valley: (*expected, date(2026, 1, 10))}


def test_what_could_not_be_assessed_is_no_pass(platform: Platform, hospitals: Hospitals) -> None:
    """A critical rule that could not tell, a target never audited, an audit too old: no answer, unless one fails."""
    unsure = plant_target(platform, hospitals.valley, "exposure")
    plant_run(platform, unsure, date(2026, 1, 10), {R: (Status.NOT_ASSESSABLE, 0, 0)}, severity=Severity.CRITICAL)
    plant_run(platform, plant_target(platform, hospitals.hill, "exposure"), date(2026, 1, 10))
    never = plant_target(platform, hospitals.hill, "exposure", "another")
    plant_run(platform, plant_target(platform, hospitals.far, "exposure"), date(2025, 2, 19))
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "EXPO-CRIT", MONTH, DAY, *sites) == [None, None, None]
    plant_run(platform, never, date(2026, 1, 11))
    assert numbers(platform, "EXPO-CRIT", MONTH, DAY, hospitals.hill) == [YES]
    plant_finding(platform, unsure, R, date(2026, 1, 10))
    assert numbers(platform, "EXPO-CRIT", MONTH, DAY, hospitals.valley) == [NO]


# Directories


def plant_ads(platform: Platform, site: int, name: str, on: date, level: int | None) -> None:
    """An ADS result: a point fails at a level, or every one passed (5), or nobody typed any (None)."""
    target = plant_target(platform, site, "ads", name)
    failing = level is not None and level < 5
    said: dict[str, tuple[Status, int, int]] = {"ads.vuln_krbtgt": (Status.FAILED, 1, 1)} if failing else {}
    plant_run(platform, target, on, {"ads.vuln_krbtgt": (Status.PASSED, 1, 0)} if level == 5 else said)
    if failing:
        plant_finding(platform, target, "ads.vuln_krbtgt", on, evidence={"level": level, "ads_level": level})


@both
def test_the_lowest_ads_level_of_the_directories(platform: Platform, hospitals: Hospitals) -> None:
    plant_ads(platform, hospitals.valley, "a.local", date(2026, 1, 10), 3)
    plant_ads(platform, hospitals.valley, "b.local", date(2025, 12, 1), 5)
    plant_ads(platform, hospitals.hill, "c.local", date(2026, 1, 10), None)
    plant_ads(platform, hospitals.far, "d.local", date(2026, 1, 10), 4)
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert told(platform, "ADS-DIST", MONTH, DAY, sites) == {
        hospitals.valley: (3, 1, date(2025, 12, 1)),
        hospitals.far: (4, 1, date(2026, 1, 10)),
    }
    assert numbers(platform, "ADS-OK", MONTH, DAY, *sites) == [None, None, None]


def test_the_level_asked_for_is_the_one_somebody_entered(platform: Platform, hospitals: Hospitals) -> None:
    enter_value(platform, MACHINE, "care-d1", "ads_level", ValueDraft("3", "Annexe de l’arrêté"))
    plant_ads(platform, hospitals.valley, "a.local", date(2026, 1, 10), 2)
    plant_ads(platform, hospitals.hill, "b.local", date(2026, 1, 10), 3)
    assert numbers(platform, "ADS-OK", MONTH, DAY, hospitals.valley, hospitals.hill) == [NO, YES]


# The programme


@both
def test_candidacies_and_declarations(platform: Platform, hospitals: Hospitals) -> None:
    plant_file(platform, f"ght:{hospitals.ght}", "care-d2", FileState.DECLARATION_FILED, date(2025, 10, 1), DAY)
    plant_file(platform, f"legal_entity:{hospitals.far_entity}", "care-d2", FileState.NOT_APPLYING)
    plant_file(platform, f"legal_entity:{hospitals.far_entity}", "care-d1", FileState.CANDIDATE_TURNED_DOWN)
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "CARE-CAND:care-d2", MONTH, DAY, *sites) == [YES, YES, NO]
    assert numbers(platform, "CARE-ATT:care-d2", MONTH, DAY, *sites) == [YES, YES, None]
    assert numbers(platform, "CARE-ATT:care-d2", MONTH, date(2026, 2, 19), *sites) == [NO, NO, None]
    assert numbers(platform, "CARE-CAND:care-d2", 202509, date(2025, 9, 30), *sites) == [NO, NO, NO]
    assert numbers(platform, "CARE-CAND:care-d1", MONTH, DAY, *sites) == [None, None, YES]
    assert numbers(platform, "CARE-ATT:care-d1", MONTH, DAY, *sites) == [None, None, None]
    assert numbers(platform, "CARE-CAND:hospiconnect", MONTH, DAY, *sites) == [None, None, None]


def cover(platform: Platform, site: int) -> None:
    """The three perimeters of an establishment, each with its BIA and its plan."""
    carriers = [plant_activity(platform, site, f"Activité {one}", dmia=240, perimeter=one) for one in Perimeter]
    plant_plan(platform, site, "PCRA", tuple(carriers))


def weigh(platform: Platform, candidate: str, weights: Mapping[str, str]) -> None:
    with platform.database.write() as session:
        session.add_all(
            UnitWeight(
                candidate=candidate, unit=unit, weight=weight, origin="SAE", changed_at=platform.clock.now(),
                changed_by="tests",
            )
            for unit, weight in weights.items()
        )  # fmt: skip


@both
@pytest.mark.parametrize(
    ("covered", "other", "expected"),
    [("66", "34", YES), ("65.999", "34.001", NO), ("66", "", None)],
)
def test_two_thirds_of_the_activity_as_an_exact_fraction(
    platform: Platform, hospitals: Hospitals, covered: str, other: str, expected: Any
) -> None:
    ght = f"ght:{hospitals.ght}"
    plant_file(platform, ght, "care-d2", FileState.OPERATIONAL_PHASE)
    cover(platform, hospitals.valley)
    known = {f"legal_entity:{hospitals.valley_entity}": covered, f"legal_entity:{hospitals.hill_entity}": other}
    weigh(platform, ght, {unit: weight for unit, weight in known.items() if weight})
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "PCRA-66", MONTH, DAY, *sites) == [expected, expected, None]


def test_a_candidate_that_entered_nothing_has_not_answered(platform: Platform, hospitals: Hospitals) -> None:
    """Of one site there is no percentage: without an activity named it is not “not covered”, it is silent."""
    plant_file(platform, f"legal_entity:{hospitals.far_entity}", "care-d2", FileState.OPERATIONAL_PHASE)
    assert numbers(platform, "PCRA-66", MONTH, DAY, hospitals.far) == [None]
    plant_activity(platform, hospitals.far, "Urgences", perimeter=next(iter(Perimeter)))
    assert numbers(platform, "PCRA-66", MONTH, DAY, hospitals.far) == [NO]
    assert numbers(platform, "PCRA-66", MONTH, date(2026, 3, 1), hospitals.far) == [None]  # the month is over


@both
@pytest.mark.parametrize(
    ("done_on", "columns", "expected"),
    [
        (date(2025, 7, 16), {}, YES),
        (date(2025, 7, 15), {}, NO),
        (date(2026, 1, 31), {}, YES),
        (date(2026, 2, 1), {}, NO),  # after the declaration
        (date(2026, 1, 5), {"kind": TestKind.TABLE_TOP}, NO),
        (date(2026, 1, 5), {"plan_series": None}, NO),
        (date(2026, 1, 5), {"nodes": ()}, NO),
        (None, {}, NO),
    ],
)
def test_a_plan_tested_in_the_field(
    platform: Platform, hospitals: Hospitals, done_on: date | None, columns: dict[str, Any], expected: Any
) -> None:
    ght = f"ght:{hospitals.ght}"
    plant_file(platform, ght, "care-d2", FileState.OPERATIONAL_PHASE)
    with platform.database.write() as session:
        session.add(
            CandidatePhase(
                candidate=ght, declared_on=date(2026, 1, 31), changed_at=platform.clock.now(), changed_by="tests"
            )
        )
    activity = plant_activity(platform, hospitals.hill, "Urgences")
    usual: dict[str, Any] = {"kind": TestKind.FIELD, "plan_series": 1, "nodes": (activity,)}
    plant_test(platform, hospitals.hill, done_on, **(usual | columns))
    plant_file(platform, f"legal_entity:{hospitals.far_entity}", "care-d2", FileState.OPERATIONAL_PHASE)
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "PCRA-TEST", MONTH, DAY, *sites) == [expected, expected, None]


@both
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (S.MET, YES), (S.NOT_MET, NO), (S.IN_PROGRESS, NO), (S.EVIDENCE_FILED, NO), (S.NOT_APPLICABLE, NOTHING),
        (S.TO_CONFIRM, None), (S.NOT_STARTED, None),
    ],
)  # fmt: skip
def test_where_a_requirement_stands(
    platform: Platform, hospitals: Hospitals, status: RequirementStatus, expected: Any
) -> None:
    ght = f"ght:{hospitals.ght}"
    plant_file(platform, ght, "care-d2", FileState.OPERATIONAL_PHASE)
    plant_standing(platform, ght, "care-d2:O3.A", status)
    plant_standing(platform, f"establishment:{hospitals.valley}", "care-d2:O3.A", S.NOT_MET)
    plant_standing(platform, f"legal_entity:{hospitals.far_entity}", "care-d2:O3.A", S.MET)  # no candidate
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "care-d2:O3.A", MONTH, DAY, *sites) == [expected, expected, None]


def test_a_requirement_of_another_version_or_of_later_is_no_answer(platform: Platform, hospitals: Hospitals) -> None:
    valley, hill = f"establishment:{hospitals.valley}", f"establishment:{hospitals.hill}"
    plant_standing(platform, valley, "socle-cyber:S1", S.MET, version="2024.01")
    plant_standing(platform, hill, "socle-cyber:S1", S.MET, since=date(2026, 2, 3), version="2025.01")
    sites = (hospitals.valley, hospitals.hill)
    assert numbers(platform, "socle-cyber:S1", MONTH, DAY, *sites) == [None, YES]
    assert numbers(platform, "socle-cyber:S1", 202601, DAY, *sites) == [None, None]


def test_requirements_are_those_that_the_platform_computes(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    """A piece filed in one hospital, computed by the job that keeps requirements, is what the GHT answers."""
    plant_file(platform, f"ght:{hospitals.ght}", "care-d2", FileState.OPERATIONAL_PHASE)
    file_plan(platform, hospitals.valley)
    run_slot(platform, clock)
    day = clock.now().date()
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "care-d2:P2", 202603, day, *sites) == [NO, NO, None]  # filed, confirmed by nobody
    assert numbers(platform, "HAS-PRET", 202603, day, *sites) == [None, None, None]


def test_every_requirement_measured_belongs_to_the_programme(platform: Platform, hospitals: Hospitals) -> None:
    """Each of them is read, whatever its unit."""
    ght = f"ght:{hospitals.ght}"
    programmes = [one for one in platform.kits.frameworks if one.kind is FrameworkKind.PROGRAMME]
    for framework in programmes:
        plant_file(platform, ght, framework.id, FileState.OPERATIONAL_PHASE)
        for item in framework.requirements:
            holder = ght if framework.unit == "candidate" else f"establishment:{hospitals.valley}"
            plant_standing(platform, holder, f"{framework.id}:{item.id}", S.MET, version=framework.version)
    with platform.database.read() as session:
        codes = {one.value.code for one in answers(platform, session, [hospitals.valley], MONTH, DAY)}
    assessed = {f"{one.id}:{item.id}" for one in programmes for item in one.requirements if item.assessed_by}
    assert codes >= assessed
    assert len(assessed) > 30


# Backups


@both
@pytest.mark.parametrize(
    ("copies", "immutable", "expected"),
    [
        ((Status.PASSED, 4, 0), (Status.PASSED, 4, 0), YES),
        ((Status.FAILED, 4, 1), (Status.PASSED, 4, 0), NO),
        ((Status.PASSED, 4, 0), (Status.FAILED, 4, 2), NO),
        ((Status.PASSED, 4, 0), (Status.NOT_ASSESSABLE, 0, 0), None),
        ((Status.ERROR, 0, 0), (Status.PASSED, 4, 0), None),
        ((Status.PASSED, 0, 0), (Status.PASSED, 0, 0), None),  # a plan without a system shows nothing
    ],
)
def test_three_copies_and_an_immutable_one(
    platform: Platform, hospitals: Hospitals, copies: Any, immutable: Any, expected: Any
) -> None:
    target = plant_target(platform, hospitals.valley, "backup")
    rules = {of_audits.THREE_TWO_ONE: copies, of_audits.IMMUTABLE: immutable}
    plant_run(platform, target, date(2026, 1, 10), rules)
    plant_run(platform, plant_target(platform, hospitals.hill, "backup"), date(2025, 2, 19), rules)
    assert numbers(platform, "SAV-321", MONTH, DAY, hospitals.valley, hospitals.hill) == [expected, None]


def test_every_backup_target_must_hold(platform: Platform, hospitals: Hospitals) -> None:
    good = {of_audits.THREE_TWO_ONE: (Status.PASSED, 4, 0), of_audits.IMMUTABLE: (Status.PASSED, 4, 0)}
    plant_run(platform, plant_target(platform, hospitals.valley, "backup"), date(2026, 1, 10), good)
    second = plant_target(platform, hospitals.valley, "backup", "second")
    assert numbers(platform, "SAV-321", MONTH, DAY, hospitals.valley) == [None]
    plant_run(platform, second, date(2025, 12, 1), good)
    assert told(platform, "SAV-321", MONTH, DAY, (hospitals.valley,)) == {hospitals.valley: (1, 1, date(2025, 12, 1))}


@both
@pytest.mark.parametrize(
    ("done_on", "columns", "expected"),
    [
        (date(2025, 2, 20), {}, YES),
        (date(2025, 2, 19), {}, NO),
        (date(2026, 1, 5), {"result": TestResult.FAILED}, NO),
        (date(2026, 1, 5), {"result": TestResult.PARTIAL}, YES),
        (None, {}, NO),
        (date(2026, 1, 5), {"kind": TestKind.TABLE_TOP}, None),
    ],
)
def test_a_restore_within_twelve_months(
    platform: Platform, hospitals: Hospitals, done_on: date | None, columns: dict[str, Any], expected: Any
) -> None:
    plant_test(platform, hospitals.valley, done_on, **({"kind": TestKind.RESTORE} | columns))
    assert numbers(platform, "SAV-TEST", MONTH, DAY, hospitals.valley, hospitals.hill) == [expected, None]


def test_a_backup_audit_tells_of_restores_too(platform: Platform, hospitals: Hospitals) -> None:
    said = {hospitals.valley: Status.PASSED, hospitals.hill: Status.FAILED, hospitals.far: Status.NOT_ASSESSABLE}
    for site, status in said.items():
        target = plant_target(platform, site, "backup")
        plant_run(platform, target, date(2026, 1, 10), {of_audits.RESTORE_OVERDUE: (status, 2, 0)})
    assert numbers(platform, "SAV-TEST", MONTH, DAY, *said) == [YES, NO, None]


# Shares that audits count


@both
def test_accesses_with_a_second_factor(platform: Platform, hospitals: Hospitals) -> None:
    rule = of_audits.REGISTER_RULE
    first = plant_target(platform, hospitals.valley, "remote_access")
    plant_run(platform, first, date(2025, 12, 1), {rule: (Status.PASSED, 50, 0)})
    plant_run(platform, first, date(2026, 1, 10), {rule: (Status.FAILED, 10, 4)})
    second = plant_target(platform, hospitals.valley, "remote_access", "bastion")
    plant_run(platform, second, date(2025, 11, 1), {rule: (Status.PASSED, 5, 0)})
    third = plant_target(platform, hospitals.valley, "remote_access", "sans registre")
    plant_run(platform, third, date(2025, 11, 1), {rule: (Status.NOT_ASSESSABLE, 0, 0)})
    lost = plant_target(platform, hospitals.hill, "remote_access")
    plant_run(platform, lost, date(2025, 12, 1), {rule: (Status.PASSED, 50, 0)})
    plant_run(platform, lost, date(2026, 1, 10), {rule: (Status.NOT_ASSESSABLE, 0, 0)})
    empty = plant_target(platform, hospitals.far, "remote_access")
    plant_run(platform, empty, date(2026, 1, 10), {rule: (Status.PASSED, 0, 0)})
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "TLM-MFA", MONTH, DAY, *sites) == [(11, 15), None, NOTHING]
    assert told(platform, "TLM-MFA", MONTH, DAY, sites)[hospitals.valley][2] == date(2025, 11, 1)


@both
def test_obsolete_machines_are_counted_version_by_version(platform: Platform, hospitals: Hospitals) -> None:
    rule, on = of_audits.OBSOLETE_WORKSTATIONS, date(2026, 1, 10)
    target = plant_target(platform, hospitals.valley, "workstations")
    plant_run(platform, target, on, {rule: (Status.FAILED, 200, 2)})
    for machines in (30, 12):
        plant_finding(platform, target, rule, on, evidence={"machines": machines, "total": 200})
    plant_finding(platform, target, rule, on, gone_on=on, evidence={"machines": 99, "total": 200})
    plant_run(platform, plant_target(platform, hospitals.hill, "workstations"), on, {rule: (Status.PASSED, 80, 0)})
    other = plant_target(platform, hospitals.far, "workstations")
    plant_run(platform, other, on, {rule: (Status.FAILED, 70, 1)})
    plant_finding(platform, other, rule, on, evidence={"machines": 7, "total": 71})  # of another audit
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "PDT-OBS", MONTH, DAY, *sites) == [(42, 200), (0, 80), None]
    assert numbers(platform, "PDT-OBS-SRV", MONTH, DAY, *sites) == [None, None, None]


def test_servers_and_agents_have_their_own_rules(platform: Platform, hospitals: Hospitals) -> None:
    target = plant_target(platform, hospitals.valley, "workstations")
    said = {
        of_audits.OBSOLETE_SERVERS: (Status.PASSED, 12, 0),
        of_audits.EDR_WORKSTATIONS: (Status.PASSED, 200, 0),
        of_audits.EDR_SERVERS: (Status.FAILED, 12, 1),
    }
    plant_run(platform, target, date(2026, 1, 10), said)
    codes = ("PDT-OBS-SRV", "PDT-EDR", "PDT-EDR-SRV")
    assert [numbers(platform, code, MONTH, DAY, hospitals.valley) for code in codes] == [[(0, 12)], [YES], [NO]]


# Registers


@both
def test_incidents_reported_in_the_month_and_what_they_were(platform: Platform, hospitals: Hospitals) -> None:
    valley = hospitals.valley
    plant_incident(platform, valley, date(2026, 1, 31), date(2026, 2, 1), kind=IncidentKind.MALICIOUS,
                   patient_impact=PatientImpact.POTENTIAL, degraded_mode=True)  # fmt: skip
    plant_incident(platform, valley, date(2025, 3, 1), date(2025, 3, 1), kind=IncidentKind.ACCIDENTAL,
                   patient_impact=PatientImpact.NONE)  # fmt: skip
    plant_incident(platform, valley, date(2025, 2, 28), date(2025, 2, 28), kind=IncidentKind.MALICIOUS)
    plant_incident(platform, valley, date(2026, 2, 2), kind=IncidentKind.MALICIOUS, degraded_mode=True)
    plant_incident(platform, valley, date(2026, 2, 3), date(2026, 2, 3), duty="cnil", kind=IncidentKind.MALICIOUS)
    plant_incident(platform, hospitals.hill, date(2025, 12, 1))
    sites = (valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "INC-SIG", MONTH, DAY, *sites) == [(1, 1), (0, 1), None]
    assert numbers(platform, "INC-SIG-MAL", MONTH, DAY, *sites) == [(1, 2), NOTHING, None]
    assert numbers(platform, "INC-SIG-PAT", MONTH, DAY, *sites) == [(1, 2), NOTHING, None]
    assert numbers(platform, "INC-SIG-DEG", MONTH, DAY, *sites) == [(1, 1), NOTHING, None]
    assert numbers(platform, "INC-SIG", 202512, DAY, *sites) == [(0, 1), (0, 1), None]
    assert numbers(platform, "INC-SIG", 202511, DAY, *sites) == [(0, 1), None, None]


@both
def test_actions_past_their_due_date(platform: Platform, hospitals: Hospitals) -> None:
    valley = hospitals.valley
    for due_on in (date(2026, 2, 19), DAY, date(2026, 3, 1)):
        plant_action(platform, [valley], due_on=due_on)
    plant_action(platform, [valley], due_on=date(2026, 1, 1), state=ActionState.CLOSED)
    plant_action(platform, [valley], due_on=date(2026, 1, 1), created_at=noon(date(2026, 2, 21)))
    plant_action(platform, [hospitals.hill], state=ActionState.ABANDONED)
    sites = (valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "ACT-RET", MONTH, DAY, *sites) == [(1, 3), NOTHING, None]


@both
def test_evidence_ready_for_the_certification(platform: Platform, hospitals: Hospitals) -> None:
    said = {"met": 3, "evidence_filed": 2, "not_started": 10, "not_applicable": 5, "to_confirm": 1}
    plant_counts(platform, hospitals.valley, "has", date(2026, 2, 19), {"met": 1, "not_started": 20})
    plant_counts(platform, hospitals.valley, "has", DAY, said)
    plant_counts(platform, hospitals.valley, "has", date(2026, 2, 21), {"met": 21})
    plant_counts(platform, hospitals.valley, "has-esms", DAY, {"met": 21})
    plant_counts(platform, hospitals.hill, "has", DAY, {"not_started": 21})
    plant_counts(platform, hospitals.far, "has", DAY, {"met": 21})
    plant_counts(platform, hospitals.far, "has-esms", DAY, {"met": 1, "not_met": 1})
    with platform.database.write() as session:
        session.get_one(Establishment, hospitals.far).category = "EHPAD"
    sites = (hospitals.valley, hospitals.hill, hospitals.far)
    assert numbers(platform, "HAS-PRET", MONTH, DAY, *sites) == [(5, 16), None, (1, 2)]


# What is written


def values(platform: Platform, month: int = MONTH) -> dict[tuple[str, int], tuple[int, int]]:
    with platform.database.read() as session:
        rows = session.execute(
            select(
                IndicatorValue.indicator,
                IndicatorHolder.establishment_id,
                IndicatorValue.numerator,
                IndicatorValue.denominator,
            )
            .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
            .where(IndicatorValue.month == month)
        )
        return {(code, site or 0): (numerator, denominator) for code, site, numerator, denominator in rows}


def measured(platform: Platform, hospitals: Hospitals, month: int, day: date) -> int:
    with platform.database.write() as session:
        return measure(platform, session, [hospitals.valley, hospitals.hill, hospitals.far], month, day)


@both
def test_only_differences_are_written_and_months_marked(platform: Platform, hospitals: Hospitals) -> None:
    test = plant_test(platform, hospitals.valley, date(2026, 1, 5), level="beginner")
    assert measured(platform, hospitals, MONTH, DAY) == 2
    assert values(platform) == {
        ("EXO-TX", hospitals.valley): YES,
        ("EXO-NIV", hospitals.valley): (2, 1),
    }
    with platform.database.write() as session:
        marks = session.scalars(select(IndicatorMark.month)).all()
        session.query(IndicatorMark).delete()
    assert list(marks) == [MONTH]
    assert measured(platform, hospitals, MONTH, DAY) == 0
    with platform.database.read() as session:
        assert session.scalars(select(IndicatorMark.month)).all() == []
    with platform.database.write() as session:
        session.query(Exercise).delete()
        session.delete(session.get_one(ContinuityTest, test))
    assert measured(platform, hospitals, MONTH, DAY) == 2
    assert values(platform) == {}


def test_a_month_that_is_over_keeps_what_was_measured(platform: Platform, hospitals: Hospitals) -> None:
    plant_file(platform, f"legal_entity:{hospitals.far_entity}", "care-d2", FileState.OPERATIONAL_PHASE)
    plant_activity(platform, hospitals.far, "Urgences", perimeter=next(iter(Perimeter)))
    measured(platform, hospitals, MONTH, DAY)
    assert values(platform)["PCRA-66", hospitals.far] == NO
    plant_test(platform, hospitals.far, date(2026, 2, 28))
    measured(platform, hospitals, MONTH, date(2026, 3, 5))
    assert values(platform)["PCRA-66", hospitals.far] == NO
    assert values(platform)["EXO-TX", hospitals.far] == YES  # entered late, and counted in its month


def test_months_to_come_closed_and_spoken_for_are_not_measured(platform: Platform, hospitals: Hospitals) -> None:
    for site in (hospitals.valley, hospitals.hill, hospitals.far):
        plant_test(platform, site, date(2026, 1, 5))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with platform.database.write() as session:
        session.get_one(Establishment, hospitals.hill).closed_on = date(2026, 2, 1)
        row = Installation(
            identifier="0" * 36, name="CH", place=f"region:{hospitals.other_region}", state=InstallationState.ENROLLED,
            enrolled_at=now, enrolled_by="tests", changed_at=now, changed_by="tests",
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(InstallationEstablishment(establishment_id=hospitals.far, installation_id=row.id, since=now))
    measured(platform, hospitals, MONTH, DAY)
    assert values(platform) == {("EXO-TX", hospitals.valley): YES}
    assert measured(platform, hospitals, 202603, DAY) == 0
    measured(platform, hospitals, 202601, DAY)
    assert ("EXO-TX", hospitals.hill) in values(platform, 202601)


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (date(2026, 1, 10), (202512, 202601)),
        (date(2026, 1, 11), (202601,)),
        (date(2026, 3, 1), (202602, 202603)),
    ],
)
def test_last_month_stays_open_until_the_tenth(day: date, months: tuple[int, ...]) -> None:
    assert open_months(day) == months


def test_queries_do_not_grow_with_establishments(platform: Platform, hospitals: Hospitals) -> None:
    """As many statements for one establishment as for the three, which all have something to tell."""
    for site in (hospitals.valley, hospitals.hill, hospitals.far):
        plant_test(platform, site, date(2026, 1, 5), level="beginner")
        plant_run(platform, plant_target(platform, site, "exposure"), date(2026, 1, 10))
        cover(platform, site)
    for holder in (f"ght:{hospitals.ght}", f"legal_entity:{hospitals.far_entity}"):
        plant_file(platform, holder, "care-d2", FileState.OPERATIONAL_PHASE)
    counts = []
    for sites in ([hospitals.valley], [hospitals.valley, hospitals.hill, hospitals.far]):
        with platform.database.write() as session, counted(platform.database) as seen:
            measure(platform, session, sites, MONTH, DAY)
        counts.append(len(seen))
    assert counts[0] == counts[1] < 100


@both
def test_the_nightly_job_measures_the_open_months(platform: Platform, hospitals: Hospitals) -> None:
    """On the second of March, February is still open."""
    plant_test(platform, hospitals.valley, date(2026, 2, 28), level="confirmed")
    schedules.submit_slot(platform, Slot("measure", platform.clock.now()))
    claim = jobs.claim(platform, Lane.SERVICE, "tests")
    assert claim is not None
    assert claim.kind is JobKind.MEASURE
    measure_all(platform, Hold(platform, claim))
    expected = {("EXO-TX", hospitals.valley): YES, ("EXO-NIV", hospitals.valley): (4, 1)}
    assert (values(platform, 202601), values(platform, 202602), values(platform, 202603)) == ({}, expected, expected)


def test_a_person_of_the_region_asks_for_a_measure_once_a_minute(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    region = person(Role.REGIONAL, Level.REGION, hospitals.region)
    assert ask(platform, region) is not None
    assert ask(platform, region) is None
    clock.forward(minutes=1)
    assert ask(platform, region) is not None
    with pytest.raises(Forbidden):
        ask(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley))
