"""Tests of continuity and weights of a candidate, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.access import Level, Place
from care.domain.continuity import TestKind, TestResult
from care.services.action_query import today
from care.services.continuity_test_gaps import act_on_gap, gap_key
from care.services.continuity_tests import ResultDraft, TestDraft, Times, cancel_test, plan_test, record_result
from care.services.coverage_weights import WeightDraft, set_weights
from care.services.platform import Platform
from tests.support.continuity import plant_plan
from tests.support.people import MACHINE, Hospitals
from tests.web.continuity import Continuity


@dataclass(frozen=True)
class PlantedTests:
    """The numbers of a test done, of one planned, and of the plan they put to the test."""

    done: int
    planned: int
    plan: int


def plant_tests(platform: Platform, hospitals: Hospitals, known: Continuity) -> PlantedTests:
    day = today(platform)
    plan = plant_plan(platform, hospitals.valley, "PCRA des urgences", (known.emergency,))
    plant_plan(platform, hospitals.valley, "PCRA de la paie", (known.pay,))
    night = TestDraft(
        TestKind.FIELD, "Une nuit sans DPI", day - timedelta(days=40), "De **2 h** à 4 h.", "Cadre des urgences", plan,
        (known.emergency, known.record),
    )  # fmt: skip
    done = plan_test(platform, MACHINE, hospitals.valley, night)
    result = ResultDraft(
        night.planned_on, TestResult.PARTIAL, "Les équipes ont tenu.", "Classeur rouge introuvable\nRadio muette", 14,
        cyber_triggered=True, degraded_played=True, directorates="Soins",
        times={known.emergency: Times(recovery_minutes=90, held_minutes=120), known.record: Times(restore_minutes=55)},
    )  # fmt: skip
    record_result(platform, MACHINE, done, result, 1)
    act_on_gap(platform, MACHINE, done, gap_key("Radio muette"))
    restore = TestDraft(TestKind.RESTORE, "Restaurer le DPI", day + timedelta(days=60), node_ids=(known.record,))
    planned = plan_test(platform, MACHINE, hospitals.valley, restore)
    flu = plan_test(platform, MACHINE, hospitals.valley, TestDraft(TestKind.TABLE_TOP, "Cellule de crise", day))
    cancel_test(platform, MACHINE, flu, "Épidémie de grippe.", 1)
    entities = (hospitals.valley_entity, "1979"), (hospitals.hill_entity, "1021")
    drafts = [WeightDraft(f"legal_entity:{number}", weight, "SAE 2025", 0) for number, weight in entities]
    set_weights(platform, MACHINE, Place(Level.GHT, hospitals.ght), drafts)
    return PlantedTests(done, planned, plan)
