"""Every consistency rule, from the tables to its findings: a hospital made wrong on purpose, the same one put right."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Perimeter, ResourceKind, TestKind, TestState
from care.services.continuity_facts import facts_of
from care.services.platform import Platform
from care.store.continuity import Activity, Bia, ContinuityTest, ContinuityTestNode, PaperKit, PaperKitCheck, Plan
from scanners.catalog import rules_of
from scanners.model import Status
from scanners.runner import run_rule
from tests.support.continuity import plant_activity, plant_degraded_mode, plant_need, plant_plan, plant_resource
from tests.support.people import Hospitals

HOUR = 60
WHO: dict[str, Any] = {"created_by": "t", "changed_by": "t"}


def test_every_rule_speaks_of_a_hospital_made_wrong(platform: Platform, hospitals: Hospitals) -> None:
    here, day = hospitals.valley, platform.clock.now().date()
    vital = {"criticality": CareCriticality.VITAL}
    intensive = plant_activity(
        platform, here, "Réanimation", HOUR, **vital, rto_minutes=2 * HOUR, pdma_minutes=15, dmard_minutes=3 * HOUR
    )
    laboratory = plant_activity(platform, here, "Laboratoire", 90, **vital, rto_minutes=90, pdma_minutes=30)
    plant_activity(platform, here, "Imagerie", **vital)
    record = plant_resource(platform, here, "DPI", rto_minutes=90, dmard_minutes=HOUR, backup_every_minutes=30)
    core = plant_resource(platform, here, "Réseau", ResourceKind.INFRASTRUCTURE)
    for dependent, needed in ((intensive, laboratory), (intensive, record), (record, core), (core, record)):
        plant_need(platform, here, dependent, needed)
    plant_degraded_mode(platform, intensive, "Sans DPI", HOUR)
    _answer(platform, intensive, day - timedelta(days=800))
    _kit(platform, intensive, None)
    _measure(platform, here, day, {intensive: {"held_minutes": 30, "recovery_minutes": 121, "data_loss_minutes": 16},
                                   record: {"restore_minutes": 61}})  # fmt: skip
    _sign(platform, plant_plan(platform, here, "PCRA", (laboratory,)), day - timedelta(days=1))
    silent = {name for name, status in _statuses(platform, here).items() if status is not Status.FAILED}
    assert silent == set()


def test_no_rule_speaks_of_the_same_put_right(platform: Platform, hospitals: Hospitals) -> None:
    here, day = hospitals.valley, platform.clock.now().date()
    sound = {"owner": "Cadre", "rto_minutes": HOUR, "pdma_minutes": 30, "dmard_minutes": 30}
    activities = [
        plant_activity(platform, here, name, 2 * HOUR, CareCriticality.VITAL, kind=kind, perimeter=perimeter, **sound)
        for name, kind, perimeter in (
            ("Réanimation", ActivityKind.CARE, Perimeter.CARE),
            ("Laboratoire", ActivityKind.TECHNICAL, Perimeter.TECHNICAL),
            ("Admissions", ActivityKind.ADMINISTRATIVE, Perimeter.ADMINISTRATIVE),
        )
    ]
    record = plant_resource(
        platform, here, "DPI", rto_minutes=HOUR, pdma_minutes=30, dmard_minutes=30, backup_every_minutes=15
    )
    for activity in activities:
        plant_need(platform, here, activity, record)
        plant_degraded_mode(platform, activity, "Sans DPI", 3 * HOUR)
        _answer(platform, activity, day)
        _kit(platform, activity, day)
    plant_need(platform, here, activities[0], activities[1])
    kept = {"held_minutes": 3 * HOUR, "recovery_minutes": HOUR, "data_loss_minutes": 30}
    _measure(platform, here, day, dict.fromkeys(activities, kept) | {record: {"restore_minutes": 30}})
    _sign(platform, plant_plan(platform, here, "PCRA", tuple(activities)), day + timedelta(days=300))
    assert set(_statuses(platform, here).values()) == {Status.PASSED}


def _statuses(platform: Platform, establishment_id: int) -> dict[str, Status]:
    with platform.database.read() as session:
        facts = facts_of(platform, session, establishment_id, platform.clock.now())
    return {rule.id.partition(".")[2]: run_rule(rule, facts).status for rule in rules_of("continuity")}


def _answer(platform: Platform, activity_id: int, day: date) -> None:
    with platform.database.write() as session:
        session.query(Bia).filter_by(activity_id=activity_id).one().answered_on = day


def _kit(platform: Platform, activity_id: int, checked_on: date | None) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        owner = session.get_one(Activity, activity_id).owner or "Cadre"
        kit = PaperKit(activity_id=activity_id, name="Classeur", place="Poste", owner=owner, check_every_days=90,
                       created_at=now, changed_at=now, **WHO)  # fmt: skip
        session.add(kit)
        session.flush()
        if checked_on:  # entered last, the check of an earlier day does not count
            for on, complete in ((checked_on, True), (checked_on - timedelta(days=50), False)):
                session.add(PaperKitCheck(kit_id=kit.id, checked_on=on, checked_by="Cadre", complete=complete, note="",
                                          recorded_at=now, recorded_by="t"))  # fmt: skip
                session.flush()


def _measure(platform: Platform, establishment_id: int, day: date, times: dict[int, dict[str, int]]) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        test = ContinuityTest(
            establishment_id=establishment_id, kind=TestKind.FIELD, state=TestState.DONE, title="Nuit blanche",
            planned_on=day, done_on=day, created_at=now, changed_at=now, **WHO,
        )  # fmt: skip
        session.add(test)
        session.flush()
        session.add_all(ContinuityTestNode(test_id=test.id, node_id=one, name="x", **of) for one, of in times.items())


def _sign(platform: Platform, series: int, review_on: date) -> None:
    with platform.database.write() as session:
        plan = session.query(Plan).filter_by(series=series).one()
        plan.validated_on, plan.review_on = review_on - timedelta(days=300), review_on
