"""Every backup rule is silent on the healthy hospital and speaks on the broken one; thresholds at their boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Manifest, read_archive, write_archive
from scanners.backup.facts import (
    Answer,
    BackupFacts,
    Check,
    Copy,
    Isolation,
    Milestone,
    Policy,
    RestoreTest,
    Snapshot,
)
from scanners.catalog import rules_of
from scanners.model import Gap, Kind, Outcome, Rule, Status, Text
from scanners.runner import run_rule
from tests.unit.backup.specimens import BROKEN, BROKEN_SUBJECTS, HEALTHY, NOW, PLAN, REPOSITORY, SYSTEM, YES, nightly

RULES = rules_of("backup")


def outcome(name: str, facts: BackupFacts) -> Outcome:
    return run_rule(next(rule for rule in RULES if rule.id == f"backup.{name}"), facts)


def with_repository(**changes: Any) -> BackupFacts:
    return replace(HEALTHY, repositories=(replace(REPOSITORY, **changes),))


def with_system(**changes: Any) -> BackupFacts:
    return replace(HEALTHY, plan=replace(PLAN, systems=(replace(SYSTEM, **changes),)))


def with_answer(key: Any, answer: Answer | None) -> BackupFacts:
    answers = {**PLAN.answers}
    answers.pop(key)
    return replace(HEALTHY, plan=replace(PLAN, answers={**answers, key: answer} if answer else answers))


def test_every_rule_has_its_expected_subjects() -> None:
    assert {rule.id.partition(".")[2] for rule in RULES} == set(BROKEN_SUBJECTS)
    assert len(RULES) >= 20


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_silent_on_healthy(rule: Rule[Any]) -> None:
    result = run_rule(rule, HEALTHY)
    assert result.status is Status.PASSED, result.reason
    assert result.population is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_speaks_on_broken(rule: Rule[Any]) -> None:
    result = run_rule(rule, BROKEN)
    assert result.status is Status.FAILED, result.reason
    assert {finding.subject for finding in result.findings} == BROKEN_SUBJECTS[rule.id.partition(".")[2]]
    for finding in result.findings:
        for lang in ("fr", "en"):
            assert "{" not in rule.describe(finding, lang)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_unanswered_declared_rule_is_not_assessable(rule: Rule[Any]) -> None:
    bare = replace(
        PLAN,
        critical_systems=None,
        policy=None,
        directory_backup=None,
        answers={},
        production_domain="",
        systems=(replace(SYSTEM, last_restore_test=None),),
    )
    if rule.kind is Kind.DECLARED and rule.id != "backup.plan_fields_missing":
        result = run_rule(rule, replace(HEALTHY, plan=bare))
        assert result.status is Status.NOT_ASSESSABLE
        assert result.reason is not None
        assert "plan" in result.reason.fr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_gap_never_lets_a_measured_rule_pass(rule: Rule[Any]) -> None:
    for section in set(rule.reads) - {"plan"}:
        gap = Gap(section, Text("Mot de passe refusé.", "Password refused."), truncated=True)
        assert run_rule(rule, replace(HEALTHY, gaps=(gap,))).status is Status.NOT_ASSESSABLE
        broken = run_rule(rule, replace(BROKEN, gaps=(gap,)))
        assert broken.status is Status.FAILED
        assert broken.partial


def test_facts_survive_the_archive(tmp_path: Path) -> None:
    manifest = Manifest("backup", 1, "CH de Valmont", NOW.isoformat(), NOW.isoformat(), "care test")
    for facts in (HEALTHY, BROKEN):
        write_archive(tmp_path / "facts.zip", manifest, facts)
        assert read_archive(tmp_path / "facts.zip").facts == facts


@pytest.mark.parametrize(("hours", "status"), [(24.0, Status.PASSED), (24.1, Status.FAILED)])
def test_pdma_at_its_boundary(hours: float, status: Status) -> None:
    facts = with_repository(snapshots=nightly("dpi", NOW - timedelta(hours=hours)))
    assert outcome("pdma_exceeded", facts).status is status


def test_pdma_ignores_snapshots_of_the_future_and_of_other_machines() -> None:
    stale = (*nightly("dpi", NOW - timedelta(days=3)), *nightly("paie"), Snapshot("f", NOW + timedelta(hours=2), "dpi"))
    assert outcome("pdma_exceeded", with_repository(snapshots=stale)).status is Status.FAILED


def test_a_clock_one_hour_ahead_is_tolerated() -> None:
    ahead = (Snapshot("a", NOW + timedelta(minutes=59), "dpi"),)
    assert outcome("future_snapshot", with_repository(snapshots=ahead)).status is Status.PASSED
    assert outcome("pdma_exceeded", with_repository(snapshots=ahead)).status is Status.PASSED


def test_freshness_of_copies_nobody_can_read_is_not_a_pass() -> None:
    unread = with_system(copies=(replace(SYSTEM.copies[0], repository=None),))
    for name in ("pdma_exceeded", "no_restore_point"):
        assert outcome(name, unread).status is Status.NOT_ASSESSABLE


def test_a_declared_copy_does_not_hide_a_measured_failure() -> None:
    """The tape is declared fresh; the repository that CaRE reads is not."""
    facts = with_repository(snapshots=nightly("dpi", NOW - timedelta(days=9)))
    assert outcome("pdma_exceeded", facts).status is Status.FAILED


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, Status.PASSED), ({"snapshots": ()}, Status.FAILED), ({"check": Check(False, 1, 1, 1.0)}, Status.FAILED)],
)
def test_three_two_one_does_not_count_a_disproved_copy(changes: dict[str, Any], status: Status) -> None:
    assert outcome("three_two_one", with_repository(**changes)).status is status


def test_the_copies_are_told_in_the_words_of_the_plan() -> None:
    (finding,) = (one for one in outcome("three_two_one", BROKEN).findings if one.subject == "DPI")
    told = f"{finding.evidence['explained']} {finding.evidence['discounted']}"
    assert str(finding.evidence["explained"]).startswith("production (")
    assert not any(word in told for word in ("not counted", "empty", "damaged"))


def test_an_offline_copy_in_the_same_building_is_sheltered_but_not_away() -> None:
    tape = replace(SYSTEM.copies[1], site="BÂTIMENT A")
    facts = with_system(copies=(SYSTEM.copies[0], tape))
    assert outcome("three_two_one", facts).status is Status.PASSED
    assert outcome("immutable_copy", facts).status is Status.PASSED
    assert outcome("same_site_copies", facts).status is Status.FAILED


def test_immutable_within_reach_does_not_count() -> None:
    near = Copy("verrou", "object_storage", "Bâtiment A", offline=False, immutable=True)
    assert outcome("immutable_copy", with_system(copies=(near,))).status is Status.FAILED


@pytest.mark.parametrize(
    ("changes", "held", "proved"),
    [
        ({"immutable": True, "lock": "compliance"}, Status.PASSED, Status.PASSED),
        ({"immutable": True, "lock": "worm"}, Status.PASSED, Status.PASSED),
        ({"lock": "compliance"}, Status.PASSED, Status.PASSED),
        ({"immutable": True}, Status.PASSED, Status.FAILED),
        ({"immutable": True, "offline": True}, Status.PASSED, Status.FAILED),
        ({"immutable": True, "offline": True, "medium": "removable"}, Status.PASSED, Status.PASSED),
        ({"immutable": True, "lock": "governance"}, Status.FAILED, Status.FAILED),
        ({"immutable": True, "lock": "append_only"}, Status.FAILED, Status.FAILED),
        ({"immutable": True, "lock": "snapshot"}, Status.FAILED, Status.FAILED),
        ({"immutable": False, "lock": "compliance"}, Status.FAILED, Status.PASSED),
        ({}, Status.FAILED, Status.PASSED),
    ],
)
def test_only_a_lock_that_holds_proves_immutability(changes: dict[str, Any], held: Status, proved: Status) -> None:
    facts = with_system(copies=(Copy(**{"name": "loin", "medium": "object_storage", "site": "Hébergeur", **changes}),))
    assert outcome("immutable_copy", facts).status is held
    assert outcome("immutability_unproved", facts).status is proved


WEAK = replace(SYSTEM, name="Paie", copies=())


@pytest.mark.parametrize(
    ("milestone", "late", "missing"),
    [
        (Milestone(NOW.date(), "Bande"), Status.PASSED, Status.PASSED),
        (Milestone(NOW.date() - timedelta(days=1), "Bande"), Status.FAILED, Status.FAILED),
        (Milestone(NOW.date() - timedelta(days=1), "Bande", "PAIE"), Status.FAILED, Status.FAILED),
        (Milestone(NOW.date() - timedelta(days=1), "Bande", "DPI"), Status.PASSED, Status.FAILED),
        (Milestone(NOW.date() - timedelta(days=1), "Bande", "Paie", NOW.date()), Status.PASSED, Status.FAILED),
        (Milestone(NOW.date() + timedelta(days=9), "Bande", "Paie", NOW.date()), Status.PASSED, Status.FAILED),
    ],
)
def test_milestones_count_until_their_day_or_until_they_are_reached(
    milestone: Milestone, late: Status, missing: Status
) -> None:
    facts = replace(HEALTHY, plan=replace(PLAN, systems=(SYSTEM, WEAK), milestones=(milestone,)))
    assert outcome("milestone_late", facts).status is late
    assert outcome("milestones_missing", facts).status is missing


def test_a_late_milestone_no_longer_matters_once_3_2_1_is_met() -> None:
    facts = replace(HEALTHY, plan=replace(PLAN, milestones=(Milestone(NOW.date() - timedelta(days=9), "Bande"),)))
    assert outcome("milestone_late", facts).status is Status.PASSED


@pytest.mark.parametrize(("days", "status"), [(7, Status.PASSED), (8, Status.FAILED)])
def test_silence_of_a_week(days: int, status: Status) -> None:
    facts = with_repository(snapshots=nightly("dpi", NOW - timedelta(days=days)))
    assert outcome("repository_silent", facts).status is status


@pytest.mark.parametrize(
    ("moment", "success", "status"),
    [
        (date(2025, 3, 10), True, Status.PASSED),
        (date(2025, 3, 9), True, Status.FAILED),
        (date(2026, 3, 9), False, Status.FAILED),
        (date(2026, 3, 11), True, Status.FAILED),
    ],
)
def test_restore_test_within_a_year(moment: date, success: bool, status: Status) -> None:
    facts = with_system(last_restore_test=RestoreTest(moment, success))
    assert outcome("restore_test_overdue", facts).status is status


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (Policy(date(2022, 7, 16), True), Status.PASSED),
        (Policy(date(2022, 7, 15), True), Status.FAILED),
        (Policy(date(2025, 1, 1), False), Status.FAILED),
        (Policy(date(2026, 3, 11), True), Status.FAILED),
        ("none", Status.FAILED),
    ],
)
def test_policy_since_the_date_of_the_programme(policy: Any, status: Status) -> None:
    assert outcome("policy_date", replace(HEALTHY, plan=replace(PLAN, policy=policy))).status is status


@pytest.mark.parametrize(
    ("sampled", "compared", "wrong", "status"),
    [(50, 50, 0, Status.PASSED), (50, 49, 0, Status.FAILED), (50, 50, 1, Status.FAILED), (0, 0, 0, Status.FAILED)],
)
def test_a_restore_counts_only_when_files_were_compared(
    sampled: int, compared: int, wrong: int, status: Status
) -> None:
    assert REPOSITORY.restore is not None
    sample = replace(REPOSITORY.restore, sampled=sampled, compared=compared, wrong=wrong)
    assert outcome("restore_sample_failed", with_repository(restore=sample)).status is status


def test_a_tiny_sample_says_nothing_of_throughput() -> None:
    assert REPOSITORY.restore is not None
    tiny = replace(REPOSITORY.restore, size=(8 << 20) - 1)
    assert outcome("restore_estimate_over_dmard", with_repository(restore=tiny)).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("dmard", "status"), [(0.833, Status.FAILED), (0.834, Status.PASSED)])
def test_restore_time_is_volume_over_throughput(dmard: float, status: Status) -> None:
    """300 GB at 100 MB/s: 3,000 s, or 0.8333 h."""
    assert outcome("restore_estimate_over_dmard", with_system(dmard_hours=dmard)).status is status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (YES, Status.PASSED),
        (Answer(True, date(2025, 3, 10)), Status.PASSED),
        (Answer(True, date(2025, 3, 9)), Status.FAILED),
        (Answer(True), Status.FAILED),
        (Answer(True, date(2026, 3, 11)), Status.FAILED),
        (Answer(None), Status.NOT_ASSESSABLE),
        (None, Status.NOT_ASSESSABLE),
    ],
)
def test_a_drill_answer_must_be_dated_within_a_year(answer: Answer | None, status: Status) -> None:
    assert outcome("isolation_drill", with_answer("isolation_drill", answer)).status is status


@pytest.mark.parametrize(
    ("drill", "answer", "status"),
    [
        (Isolation(date(2026, 3, 10), True), None, Status.PASSED),
        (Isolation(date(2025, 3, 10), True), None, Status.PASSED),
        (Isolation(date(2025, 3, 9), True), None, Status.FAILED),
        (Isolation(date(2026, 3, 11), True), None, Status.FAILED),
        (Isolation(date(2026, 3, 1), False), None, Status.FAILED),
        (Isolation(date(2026, 3, 1), False), Answer(True, date(2026, 2, 1)), Status.FAILED),
        (Isolation(date(2026, 3, 1), False), Answer(True, date(2026, 3, 1)), Status.FAILED),
        (Isolation(date(2026, 3, 1), False), Answer(True, date(2026, 3, 2)), Status.PASSED),
        (Isolation(date(2026, 3, 1), False), Answer(True, date(2026, 3, 11)), Status.FAILED),
        (Isolation(date(2026, 3, 1), False), Answer(True), Status.FAILED),
        (Isolation(date(2026, 3, 1), True), Answer(False, date(2026, 2, 1)), Status.PASSED),
        (Isolation(date(2026, 3, 1), True), Answer(False, date(2026, 3, 1)), Status.FAILED),
        (Isolation(date(2026, 3, 1), True), Answer(False), Status.PASSED),
        (Isolation(date(2026, 3, 1), True), Answer(None), Status.PASSED),
    ],
)
def test_the_newest_of_the_register_and_of_the_answer_tells(
    drill: Isolation, answer: Answer | None, status: Status
) -> None:
    facts = with_answer("isolation_drill", answer)
    assert outcome("isolation_drill", replace(facts, plan=replace(facts.plan, isolation=drill))).status is status


def test_no_dedicated_directory_is_a_pass_without_subject() -> None:
    result = outcome("dedicated_directory_level", with_answer("dedicated_directory_level", Answer(0.0)))
    assert (result.status, result.population) == (Status.PASSED, 0)


def test_administrators_need_the_directory() -> None:
    assert (
        outcome("administrators_in_production_directory", replace(HEALTHY, directory=None)).status
        is Status.NOT_ASSESSABLE
    )


def test_borg_authenticated_mode_is_clear_text() -> None:
    assert outcome("repository_unencrypted", with_repository(encryption="authenticated-blake2")).status is Status.FAILED
    assert outcome("repository_unencrypted", with_repository(encryption="repokey-blake2")).status is Status.PASSED


@pytest.mark.parametrize(("day", "status"), [(11, Status.PASSED), (12, Status.NOT_ASSESSABLE)])
def test_a_copy_away_dated_in_the_future_is_not_recent(day: int, status: Status) -> None:
    tape = replace(SYSTEM.copies[1], last_success=date(2026, 3, day))
    assert outcome("weekly_away", with_system(copies=(SYSTEM.copies[0], tape))).status is status
