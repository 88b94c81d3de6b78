"""What is promised beside what was measured, coverage of plans, the consistency check by theme."""

from __future__ import annotations

from datetime import UTC, date, datetime

from care.domain.access import Level, Role
from care.domain.continuity import Perimeter, TestKind, TestState
from care.services.consistency import Theme, open_consistency, theme_of
from care.services.perimeters import say_absent
from care.services.plan_coverage import plan_coverage
from care.services.platform import Platform
from care.services.promised import promises
from care.store.continuity import Activity, ContinuityTest, ContinuityTestNode
from scanners.catalog import rules_of
from tests.support.continuity import plant_activity, plant_degraded_mode, plant_need, plant_resource
from tests.support.people import MACHINE, Hospitals, person
from tests.web.plans import plant_plans

AT = datetime(2026, 2, 1, tzinfo=UTC)


def plant_test(platform: Platform, establishment_id: int, node: int, **measured: int) -> None:
    with platform.database.write() as session:
        test = ContinuityTest(
            establishment_id=establishment_id,
            kind=TestKind.FIELD,
            state=TestState.DONE,
            title="Exercice d’hiver",
            planned_on=date(2026, 2, 1),
            done_on=date(2026, 2, 1),
            created_at=AT,
            created_by="tests",
            changed_at=AT,
            changed_by="tests",
        )
        session.add(test)
        session.flush()
        session.add(ContinuityTestNode(test_id=test.id, node_id=node, name="n", **measured))


def test_promises_stand_beside_measures(platform: Platform, hospitals: Hospitals) -> None:
    valley = hospitals.valley
    emergency = plant_activity(platform, valley, "Urgences", 240, pdma_minutes=30)
    record = plant_resource(platform, valley, "DPI", rto_minutes=480, pdma_minutes=30)
    plant_resource(platform, valley, "Sans rien")
    plant_need(platform, valley, emergency, record)
    plant_degraded_mode(platform, emergency, "Papier", 480)
    found = promises(platform, MACHINE, valley)
    assert [one.name for one in found.nodes] == ["DPI", "Urgences"]
    assert (found.contradicted, found.unmeasured) == (1, 2)
    recovery, loss = found.nodes[0].rows
    assert (recovery.asked, recovery.asked_by, recovery.declared, recovery.short) == ("4 h", "Urgences", "8 h", True)
    assert (loss.asked, loss.declared, loss.short, loss.measured) == ("30 min", "30 min", False, None)
    plant_test(platform, valley, record, recovery_minutes=200, data_loss_minutes=31)
    plant_test(platform, valley, emergency, held_minutes=479)
    found = promises(platform, MACHINE, valley)
    by_name = {one.name: one for one in found.nodes}
    recovery, loss = by_name["DPI"].rows
    assert recovery.measured is not None
    assert (recovery.measured.minutes, recovery.measured.source, recovery.broken) == (
        "3 h 20",
        "Exercice d’hiver",
        False,
    )
    assert loss.broken
    held = next(row for row in by_name["Urgences"].rows if row.what == "Mode dégradé tenu")
    assert held.broken
    assert (found.contradicted, found.unmeasured) == (2, 0)


def test_what_plans_cover(platform: Platform, hospitals: Hospitals) -> None:
    valley = hospitals.valley
    other = plant_activity(platform, valley, "Réanimation", 60)
    planted = plant_plans(platform, valley)
    with platform.database.write() as session:
        session.get_one(Activity, planted.activity).perimeter = Perimeter.CARE
        session.get_one(Activity, other).perimeter = Perimeter.TECHNICAL
    say_absent(platform, MACHINE, valley, Perimeter.ADMINISTRATIVE, "Tout est mutualisé au GHT.")
    found = plan_coverage(platform, MACHINE, valley)
    assert [(one.name, [plan.title for plan in one.plans]) for one in found.activities] == [
        ("Réanimation", []),
        ("Endoscopie", ["PCRA de l’établissement"]),
    ]
    assert (found.bare, found.answered) == (1, 2)
    assert [one.covered for one in found.perimeters] == [("Endoscopie",), (), ()]


def test_every_rule_of_continuity_has_a_theme() -> None:
    themes = {theme_of(rule.id) for rule in rules_of("continuity")}
    assert themes == set(Theme)


def test_a_check_never_made_is_said(platform: Platform, hospitals: Hospitals) -> None:
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley, 9)
    found = open_consistency(platform, reader, hospitals.valley)
    assert (found.last, found.recorded, found.themes, found.going_on) == (None, None, (), False)
