"""Every continuity rule is silent on the sound hospital and speaks on the broken one; thresholds at their boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Manifest, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.continuity.facts import ContinuityFacts, Kit, Measure, Mode, Objectives, with_gaps
from scanners.model import Outcome, Rule, Status
from scanners.runner import run_rule
from tests.unit.continuity.specimens import BROKEN, BROKEN_SUBJECTS, EMERGENCY, HEALTHY, NOW, PLAN, RECORDS

RULES = rules_of("continuity")
TODAY = NOW.date()


def outcome(name: str, facts: ContinuityFacts) -> Outcome:
    return run_rule(next(rule for rule in RULES if rule.id == f"continuity.{name}"), facts)


def with_activity(**changes: Any) -> ContinuityFacts:
    return replace(HEALTHY, activities=(replace(EMERGENCY, **changes),), absent=("administrative", "technical"))


def with_resource(**changes: Any) -> ContinuityFacts:
    return replace(HEALTHY, resources=(replace(RECORDS, **changes),))


def test_every_rule_has_its_expected_subjects() -> None:
    assert {rule.id.partition(".")[2] for rule in RULES} == set(BROKEN_SUBJECTS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_silent_on_healthy(rule: Rule[Any]) -> None:
    result = run_rule(rule, with_gaps(HEALTHY))
    assert result.status is Status.PASSED, result.reason
    assert result.population


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_speaks_on_broken(rule: Rule[Any]) -> None:
    result = run_rule(rule, with_gaps(BROKEN))
    assert result.status is Status.FAILED, result.reason
    assert {finding.subject for finding in result.findings} == BROKEN_SUBJECTS[rule.id.partition(".")[2]]
    for finding in result.findings:
        for lang in ("fr", "en"):
            assert "{" not in rule.describe(finding, lang)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_nothing_written_is_no_pass(rule: Rule[Any]) -> None:
    """On an empty establishment every rule says why it cannot tell."""
    result = run_rule(rule, with_gaps(ContinuityFacts((), (), (), NOW, TODAY)))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None


def goals(**changes: int) -> Objectives:
    assert EMERGENCY.objectives is not None
    return replace(EMERGENCY.objectives, **changes)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("rto_over_dmia", {"objectives": goals(rto=240)}, {"objectives": goals(rto=241)}),
        (
            "activity_rto_over_dmia_of_another",
            {"inherited": Objectives(dmia=120, dmia_by="Bloc")},
            {"inherited": Objectives(dmia=119, dmia_by="Bloc")},
        ),
        (
            "declared_loss_over_pdma",
            {"inherited": Objectives(pdma=60, pdma_by="Bloc")},
            {"inherited": Objectives(pdma=59, pdma_by="Bloc")},
        ),
        ("dmard_over_rto", {"objectives": goals(dmard=120)}, {"objectives": goals(dmard=121)}),
        ("degraded_mode_too_short", {"modes": (Mode("x", 120),)}, {"modes": (Mode("x", 119),)}),
        (
            "bia_stale",
            {"answered_on": TODAY - timedelta(days=730)},
            {"answered_on": TODAY - timedelta(days=731)},
        ),
        ("activity_untested", {"tested_on": TODAY - timedelta(days=730)}, {"tested_on": TODAY - timedelta(days=731)}),
        (
            "paper_kit_overdue",
            {"kits": (Kit("k", 90, TODAY - timedelta(days=90)),)},
            {"kits": (Kit("k", 90, TODAY - timedelta(days=91)),)},
        ),
        (
            "measured_recovery_over_rto",
            {"measures": (Measure("recovery", 120, TODAY, "t"),)},
            {"measures": (Measure("recovery", 121, TODAY, "t"),)},
        ),
        (
            "measured_loss_over_pdma",
            {"measures": (Measure("data_loss", 60, TODAY, "t"),)},
            {"measures": (Measure("data_loss", 61, TODAY, "t"),)},
        ),
        (
            "degraded_mode_held_less",
            {"measures": (Measure("held", 480, TODAY, "t"),)},
            {"measures": (Measure("held", 479, TODAY, "t"),)},
        ),
    ],
)
def test_thresholds_of_activities(name: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert outcome(name, with_activity(**good)).status is Status.PASSED
    assert outcome(name, with_activity(**bad)).status is Status.FAILED


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("backup_interval_over_pdma", {"backup_every": 60}, {"backup_every": 61}),
        ("declared_loss_over_pdma", {"declared": Objectives(pdma=60)}, {"declared": Objectives(pdma=61)}),
        ("resource_rto_over_dmia", {"declared": Objectives(rto=240)}, {"declared": Objectives(rto=241)}),
        (
            "measured_restore_over_dmard",
            {"measures": (Measure("restore", 90, TODAY, "t"),)},
            {"measures": (Measure("restore", 91, TODAY, "t"),)},
        ),
    ],
)
def test_thresholds_of_resources(name: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert outcome(name, with_resource(**good)).status is Status.PASSED
    assert outcome(name, with_resource(**bad)).status is Status.FAILED


def test_a_plan_is_to_be_reviewed_the_day_after_its_date() -> None:
    due = replace(HEALTHY, plans=(replace(PLAN, review_on=TODAY),))
    late = replace(HEALTHY, plans=(replace(PLAN, review_on=TODAY - timedelta(days=1)),))
    assert outcome("plan_review_overdue", due).status is Status.PASSED
    assert outcome("plan_review_overdue", late).status is Status.FAILED


def test_the_newest_measure_replaces_the_older_ones() -> None:
    slow, fast = Measure("restore", 600, date(2025, 1, 1), "t"), Measure("restore", 30, date(2026, 1, 1), "t")
    assert outcome("measured_restore_over_dmard", with_resource(measures=(slow, fast))).status is Status.PASSED
    assert outcome("measured_restore_over_dmard", with_resource(measures=(fast, replace(slow, date=TODAY)))).findings


def test_of_two_measures_of_one_day_the_worse_counts() -> None:
    both = (Measure("restore", 30, TODAY, "a"), Measure("restore", 600, TODAY, "b"))
    assert outcome("measured_restore_over_dmard", with_resource(measures=both)).findings[0].evidence["source"] == "b"


def test_a_resource_keeps_the_stricter_of_declared_and_inherited() -> None:
    looser = with_resource(inherited=Objectives(pdma=600, pdma_by="Paie"), backup_every=61)
    assert outcome("backup_interval_over_pdma", looser).status is Status.FAILED
    assert with_resource(declared=Objectives(pdma=15)).resources[0].limits.pdma_by == ""  # nobody imposed it
    unset = with_resource(inherited=None, declared=Objectives())
    assert outcome("backup_interval_over_pdma", unset).population == 0


def test_facts_survive_their_archive(tmp_path: Path) -> None:
    manifest = Manifest("continuity", 1, "Plan", NOW.isoformat(), NOW.isoformat(), "care test")
    path = tmp_path / "facts.care"
    write_archive(path, manifest, BROKEN)
    assert read_archive(path).facts == BROKEN


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("activity_untested", {"tested_on": None}, "Urgences : dernier essai de continuité : aucun."),
        ("activity_untested", {"tested_on": date(2020, 3, 14)}, "Urgences : dernier essai de continuité : 14/03/2020."),
        (
            "paper_kit_overdue",
            {"kits": (Kit("Valise", 90),)},
            "Urgences / Valise : dernière vérification : aucune ; complet : on ne sait pas.",
        ),
        (
            "measured_recovery_over_rto",
            {"measures": (Measure("recovery", 130, TODAY, "Exercice"),)},
            "Urgences : reprise mesurée en 2 h 10 (Exercice, 10/03/2026) pour 2 h visées.",
        ),
        (
            "perimeter_missing",
            {"perimeter": None},
            "Aucune activité ne porte le périmètre « service de soins » demandé par D2.O1.C.",
        ),
    ],
)
def test_findings_are_said_as_people_do(name: str, changes: dict[str, Any], said: str) -> None:
    result = outcome(name, with_activity(**changes))
    assert [result.rule.describe(finding, "fr") for finding in result.findings] == [said]
