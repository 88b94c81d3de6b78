"""Every rule on drills is silent on the good drill and speaks on the wrong one; what was not proved never passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Manifest, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.model import Gap, Outcome, Rule, Status, Text
from scanners.restore.facts import Drill, QueryResult, RestoreFacts, Table
from scanners.runner import run_rule
from tests.unit.restore.specimens import BROKEN, BROKEN_SUBJECTS, DATABASE, DRILL, EMPTY, HEALTHY, NOW, SAMPLE, SLOW

RULES = rules_of("restore")


def outcome(name: str, facts: RestoreFacts) -> Outcome:
    return run_rule(next(rule for rule in RULES if rule.id == f"restore.{name}"), facts)


def drilled(**changes: Any) -> RestoreFacts:
    return replace(HEALTHY, drill=replace(DRILL, **changes))


def sampled(unlisted: int = 0, back: int = 50, **changes: Any) -> RestoreFacts:
    return drilled(sample=replace(SAMPLE, **changes), unlisted=unlisted, back=back)


def test_every_rule_has_its_expected_subjects() -> None:
    assert {rule.id.partition(".")[2] for rule in RULES} == set(BROKEN_SUBJECTS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_silent_on_healthy(rule: Rule[Any]) -> None:
    result = run_rule(rule, HEALTHY)
    assert result.status is Status.PASSED, result.reason
    assert result.population == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_speaks_on_broken(rule: Rule[Any]) -> None:
    facts, subjects = BROKEN_SUBJECTS[rule.id.partition(".")[2]]
    result = run_rule(rule, facts)
    assert result.status is Status.FAILED, result.reason
    assert {finding.subject for finding in result.findings} == subjects
    for finding in result.findings:
        for lang in ("fr", "en"):
            assert "{" not in rule.describe(finding, lang)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_drill_that_could_not_be_made_is_never_a_pass(rule: Rule[Any]) -> None:
    gap = Gap("drill", Text("Mot de passe refusé.", "Password refused."))
    facts = replace(HEALTHY, drill=None, databases=(), gaps=(gap,))
    assert run_rule(rule, facts).status is Status.NOT_ASSESSABLE


def test_facts_survive_the_archive(tmp_path: Path) -> None:
    manifest = Manifest("restore", 1, "DPI / dpi-restic", NOW.isoformat(), NOW.isoformat(), "care test")
    for facts in (HEALTHY, BROKEN, EMPTY, SLOW):
        write_archive(tmp_path / "facts.zip", manifest, facts)
        assert read_archive(tmp_path / "facts.zip").facts == facts


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (sampled(compared=49), Status.FAILED),
        (sampled(back=49), Status.FAILED),
        (sampled(wrong=1), Status.FAILED),
        (sampled(compared=0, back=0), Status.FAILED),
        (sampled(sampled=0, compared=0, back=0), Status.FAILED),
        (sampled(compared=48, unlisted=2), Status.NOT_ASSESSABLE),
        (sampled(compared=47, unlisted=2), Status.FAILED),
        (sampled(compared=48, unlisted=2, wrong=1), Status.FAILED),
        (replace(HEALTHY, drill=None, damaged="pack … : wrong hash"), Status.FAILED),
    ],
)
def test_a_drill_counts_only_when_everything_was_compared(facts: RestoreFacts, status: Status) -> None:
    """restic gives back nothing and says all is well when a path is wrong."""
    assert outcome("files_wrong", facts).status is status


def test_damage_is_no_empty_repository() -> None:
    damaged = replace(EMPTY, damaged="pack … : wrong hash")
    assert outcome("nothing_to_restore", damaged).status is Status.NOT_ASSESSABLE


def hours(value: float) -> Drill:
    return replace(DRILL, listed_size=round(value * 3600 * 100_000_000))


@pytest.mark.parametrize(("told", "status"), [(8.0, Status.PASSED), (8.01, Status.FAILED)])
def test_dmard_at_its_boundary(told: float, status: Status) -> None:
    assert outcome("full_restore_over_dmard", replace(HEALTHY, drill=hours(told))).status is status


@pytest.mark.parametrize(
    "facts",
    [
        sampled(size=(8 << 20) - 1),
        sampled(seconds=0.0),
        sampled(wrong=1),
        replace(HEALTHY, asked=replace(HEALTHY.asked, dmard_hours=None)),
    ],
)
def test_too_little_to_tell_a_time(facts: RestoreFacts) -> None:
    assert outcome("full_restore_over_dmard", facts).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"answer": None}, True),
        ({"answer": QueryResult(0)}, False),
        ({"asked_error": "relation … does not exist", "answer": None}, False),
        ({"errors": 1}, False),
        ({"tables": ()}, False),
        ({"tables": (Table("patient", 0),)}, False),
        ({"tables": (Table("patient", 10), Table("acte", None))}, False),
    ],
)
def test_a_database_is_usable_when_it_loaded_whole_and_answers(changes: dict[str, Any], good: bool) -> None:
    facts = replace(HEALTHY, databases=(replace(DATABASE, **changes),))
    assert outcome("database_unusable", facts).status is (Status.PASSED if good else Status.FAILED)


def test_a_database_nobody_named_is_not_assessable() -> None:
    facts = replace(HEALTHY, asked=replace(HEALTHY.asked, databases=()), databases=())
    assert outcome("database_unusable", facts).status is Status.NOT_ASSESSABLE


def test_links_are_ordinary_in_what_was_restored() -> None:
    assert outcome("special_files", drilled(oddities={"link": 12, "hard_link": 3})).status is Status.PASSED


def test_what_was_not_counted_nor_tried_is_no_pass() -> None:
    assert outcome("special_files", drilled(oddities=None)).status is Status.NOT_ASSESSABLE
    two = replace(HEALTHY.asked, databases=("/a.dump", "/b.dump"))
    assert outcome("database_unusable", replace(HEALTHY, asked=two)).status is Status.NOT_ASSESSABLE
    bad = replace(HEALTHY, asked=two, databases=(replace(DATABASE, errors=1),))
    found = outcome("database_unusable", bad)
    assert (found.status, found.partial) == (Status.FAILED, True)


def test_a_point_without_a_file_is_nothing_to_restore() -> None:
    assert outcome("nothing_to_restore", drilled(listed=0)).status is Status.FAILED
    assert outcome("nothing_to_restore", drilled(listed=1)).status is Status.PASSED
