"""With facts partly unread no rule passes in silence: each boundary between a pass, a doubt and a finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scanners.backup.account import account
from scanners.backup.facts import (
    Answer,
    BackupFacts,
    Check,
    Copy,
    DedicatedDirectory,
    DirectoryBackup,
    Gone,
    Milestone,
    Protection,
    RestoreTest,
    Snapshot,
    System,
)
from scanners.backup.plan import parse_plan
from scanners.catalog import rules_of
from scanners.errors import CollectError
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.backup.specimens import HEALTHY, MEMORY, NOW, PLAN, REPOSITORY, SYSTEM, nightly

DISK, TAPE = SYSTEM.copies
PASSED, FAILED, UNTOLD = Status.PASSED, Status.FAILED, Status.NOT_ASSESSABLE
RULES = {rule.id: rule for rule in rules_of("backup")}


def outcome(name: str, facts: BackupFacts) -> Outcome:
    return run_rule(RULES[f"backup.{name}"], facts)


def planned(*systems: System, **more: Any) -> BackupFacts:
    return replace(HEALTHY, plan=replace(PLAN, **({"systems": systems} if systems else {}), **more))


def repository(**changes: Any) -> BackupFacts:
    return replace(HEALTHY, repositories=(replace(REPOSITORY, **changes),))


def subjects(found: Outcome) -> set[str]:
    return {one.subject for one in found.findings}


OTHER = replace(SYSTEM, name="Paie", copies=(TAPE,))
"""A system whose only copy CaRE cannot read."""


def test_without_any_repository_no_rule_on_repositories_passes() -> None:
    bare = replace(planned(replace(SYSTEM, copies=(TAPE,)), repositories=()), repositories=())
    for rule in RULES.values():
        if "plan" not in rule.reads and "repositories" in rule.reads:
            found = run_rule(rule, bare)
            assert found.status is UNTOLD, rule.id
            assert found.reason is not None
            assert "repositories" in found.reason.fr


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("repository_damaged", {"check": None, "unchecked": True}),
        ("restore_sample_failed", {"restore": None}),
        ("snapshots_vanished", {"memory": None}),
        ("snapshots_vanished", {"memory": replace(MEMORY, since=NOW)}),
        ("repository_swapped", {"memory": replace(MEMORY, since=NOW)}),
        ("repository_silent", {"snapshots": (Snapshot("a", NOW + timedelta(days=3), "dpi"),)}),
        ("backup_gaps", {"snapshots": nightly("dpi")[:1]}),
        (
            "source_size_changed",
            {"snapshots": (*nightly("dpi")[1:], replace(nightly("dpi")[0], size=None))},
        ),
    ],
)
def test_what_was_not_read_of_a_repository_is_a_doubt(rule: str, changes: dict[str, Any]) -> None:
    assert outcome(rule, HEALTHY).status is PASSED
    found = outcome(rule, repository(**changes))
    assert found.status is UNTOLD
    assert found.reason is not None


def test_one_repository_unchecked_leaves_the_damage_of_another() -> None:
    facts = replace(
        HEALTHY,
        repositories=(
            replace(REPOSITORY, check=Check(False, 1, 1, 1.0)),
            replace(REPOSITORY, name="exports", tool="drop", check=None, unchecked=True),
        ),
    )
    found = outcome("repository_damaged", facts)
    assert (found.status, subjects(found), found.unjudged) == (FAILED, {"dpi-restic"}, ("exports",))


def test_an_identity_written_in_the_plan_needs_no_audit_before() -> None:
    named = replace(PLAN.repositories[0], identity="d496")
    facts = replace(repository(memory=None), plan=replace(PLAN, repositories=(named,)))
    assert outcome("repository_swapped", facts).status is PASSED


@pytest.mark.parametrize(
    ("rule", "system"),
    [
        ("backup_gaps", OTHER),
        ("interval_over_pdma", OTHER),
        ("restore_estimate_over_dmard", OTHER),
        ("restore_test_over_dmard", replace(OTHER, last_restore_test="never")),
        ("restore_test_overdue", replace(OTHER, last_restore_test=None)),
        ("weekly_away", replace(OTHER, copies=(replace(TAPE, last_success=None),))),
        ("weekly_away", replace(OTHER, copies=(replace(TAPE, site="Bâtiment A"),))),
        ("retention_short", OTHER),
    ],
)
def test_a_system_that_cannot_be_told_is_named(rule: str, system: System) -> None:
    """One system told and one not: never a pass, and the reason says which."""
    found = outcome(rule, planned(SYSTEM, system))
    assert found.status is UNTOLD
    if rule != "retention_short":
        assert found.reason is not None
        assert "Paie" in found.reason.fr
        assert "DPI" not in found.reason.fr


def test_a_finding_does_not_hide_those_that_cannot_be_told() -> None:
    late = replace(SYSTEM, name="Labo", copies=(replace(DISK, interval_hours=48),))
    found = outcome("interval_over_pdma", planned(late, OTHER))
    assert (found.status, subjects(found), found.unjudged) == (FAILED, {"Labo"}, ("Paie",))


@pytest.mark.parametrize(
    ("test", "status"),
    [
        (RestoreTest(date(2026, 2, 1), True, 8), PASSED),
        (RestoreTest(date(2026, 2, 1), True, 8.1), FAILED),
        (RestoreTest(date(2026, 2, 1), False, 8.1), FAILED),
        (RestoreTest(date(2026, 2, 1), False, 2), UNTOLD),
        (RestoreTest(date(2026, 2, 1), True), UNTOLD),
        (RestoreTest(NOW.date() + timedelta(days=1), True, 2), UNTOLD),
        ("never", UNTOLD),
    ],
)
def test_only_a_test_that_succeeded_proves_a_time(test: Any, status: Status) -> None:
    assert outcome("restore_test_over_dmard", planned(replace(SYSTEM, last_restore_test=test))).status is status


def test_empty_lists_of_a_plan_are_no_answers() -> None:
    assert outcome("administrators_in_production_directory", planned(administrators=())).status is UNTOLD
    assert outcome("critical_system_without_plan", planned(critical_systems=())).status is UNTOLD
    assert outcome("restore_test_overdue", planned(replace(SYSTEM, critical=False))).status is UNTOLD
    assert outcome("same_site_copies", planned(replace(SYSTEM, copies=()))).status is UNTOLD


@pytest.mark.parametrize(("ahead", "status"), [(1, PASSED), (2, UNTOLD)])
def test_an_answer_of_tomorrow_is_no_answer(ahead: int, status: Status) -> None:
    """A day of time zones is allowed for."""
    answers = {**PLAN.answers, "keys_apart": Answer(True, NOW.date() + timedelta(days=ahead))}
    assert outcome("keys_apart", planned(answers=answers)).status is status


# ---------------------------------------------------------------- machines nobody declared


def test_a_stranger_who_dates_its_points_back_is_met_all_the_same() -> None:
    old = Snapshot("x", NOW - timedelta(days=400), "inconnu", first_seen=NOW - timedelta(days=1))
    assert outcome("unexpected_host", repository(snapshots=(*nightly("dpi"), old))).status is FAILED
    known = replace(old, first_seen=MEMORY.since)
    assert outcome("unexpected_host", repository(snapshots=(*nightly("dpi"), known))).status is PASSED


def test_a_repository_whose_copies_do_not_all_name_their_machine_is_a_doubt() -> None:
    nameless = replace(OTHER, copies=(replace(DISK, host=""),))
    assert outcome("unexpected_host", planned(SYSTEM, nameless)).status is UNTOLD
    folder = repository(tool="drop", snapshots=tuple(replace(one, host="") for one in nightly("dpi")))
    assert outcome("unexpected_host", folder).status is PASSED, "files of a folder tell no machine"


# ---------------------------------------------------------------- locks


@pytest.mark.parametrize(
    ("days", "own", "asked", "short", "copy"),
    [
        (30, None, 30, PASSED, PASSED),
        (29, None, 30, FAILED, FAILED),
        (29, 29, 30, PASSED, PASSED),
        (30, 31, 30, FAILED, FAILED),
        (30, None, None, UNTOLD, PASSED),
    ],
)
def test_a_lock_holds_as_long_as_the_retention(
    days: float, own: float | None, asked: float | None, short: Status, copy: Status
) -> None:
    """An immutable copy that ends before its retention is none, whether the plan calls it immutable or not."""
    for immutable in (None, True):
        locked = replace(DISK, site="Hébergeur", immutable=immutable, retention_days=own)
        system = replace(SYSTEM, copies=(locked,), retention_days=asked)
        facts = replace(planned(system), repositories=(replace(REPOSITORY, protection=Protection("compliance", days)),))
        assert outcome("lock_too_short", facts).status is short
        assert outcome("immutable_copy", facts).status is copy
        assert outcome("immutability_unproved", facts).status is PASSED
        standing = account(facts, system).copies[0].immutable
        assert standing == ("short" if short is FAILED else "measured")


def test_a_lock_that_should_be_readable_and_was_not_is_a_doubt() -> None:
    said = replace(SYSTEM, copies=(replace(DISK, lock="compliance"), TAPE))
    assert outcome("lock_too_short", planned(said)).status is UNTOLD
    elsewhere = replace(SYSTEM, copies=(DISK, replace(TAPE, lock="compliance")))
    assert outcome("lock_too_short", planned(elsewhere)).status is PASSED, "CaRE opens no repository there"


# ---------------------------------------------------------------- directories that open consoles


def console(authentication: str, production: str, known: bool) -> BackupFacts:
    system = replace(SYSTEM, copies=(replace(DISK, authentication=authentication),))
    facts = planned(system, production_domain=production)
    return facts if known else replace(facts, directory=None)


@pytest.mark.parametrize(
    ("authentication", "production", "known", "status"),
    [
        ("HOPITAL", "hopital", False, FAILED),
        ("hopital.test.", "hopital.test", False, FAILED),
        ("hopital.test", "HOPITAL", True, FAILED),
        ("HOPITAL", "hopital.test", True, FAILED),
        ("hopital.test", "HOPITAL", False, UNTOLD),
        ("SAUVE", "hopital.test", False, UNTOLD),
        ("SAUVE", "HOPITAL", False, PASSED),
        ("sauve.test", "HOPITAL", True, PASSED),
        ("Local", "HOPITAL", False, PASSED),
        ("", "HOPITAL", True, UNTOLD),
    ],
)
def test_two_names_of_one_directory(authentication: str, production: str, known: bool, status: Status) -> None:
    """Its audit alone tells that HOPITAL and hopital.test are one."""
    assert outcome("production_authentication", console(authentication, production, known)).status is status


def test_a_copy_that_nobody_told_of_stays_in_doubt_beside_a_finding() -> None:
    copies = (replace(DISK, authentication="HOPITAL"), replace(TAPE, authentication=""))
    found = outcome("production_authentication", planned(replace(SYSTEM, copies=copies)))
    assert (found.status, subjects(found), found.unjudged) == (FAILED, {"DPI / disque"}, ("DPI / bande",))


SAUVE = DedicatedDirectory("sauve.test", "SAUVE", 4, 4, NOW)


@pytest.mark.parametrize(
    ("level", "authentication", "dedicated", "status"),
    [
        (0.0, "local", (), PASSED),
        (0.0, "HOPITAL", (), PASSED),
        (0.0, "hopital.test", (), PASSED),
        (0.0, "SAUVE", (), UNTOLD),
        (3.0, "SAUVE", (), PASSED),
        (0.0, "SAUVE", (SAUVE,), PASSED),
        (0.0, "sauve.test", (SAUVE,), PASSED),
        (0.0, "AUTRE", (SAUVE,), UNTOLD),
        (0.0, "AUTRE", (replace(SAUVE, level=2),), FAILED),
    ],
)
def test_a_directory_that_nobody_audited_is_not_kept_silent(
    level: float, authentication: str, dedicated: tuple[DedicatedDirectory, ...], status: Status
) -> None:
    system = replace(SYSTEM, copies=(replace(DISK, authentication=authentication),))
    answers = {**PLAN.answers, "dedicated_directory_level": Answer(level, date(2026, 1, 15))}
    facts = replace(planned(system, answers=answers), dedicated=dedicated)
    found = outcome("dedicated_directory_level", facts)
    assert found.status is status
    if authentication == "AUTRE":
        assert found.reason is not None
        assert "AUTRE" in found.reason.fr


# ---------------------------------------------------------------- steps


WEAK, WORSE = replace(SYSTEM, name="Paie", copies=()), replace(SYSTEM, name="Labo", copies=())


@pytest.mark.parametrize(
    ("systems", "left"),
    [((), "Paie, Labo"), (("Paie",), "Labo"), (("PAIE", "Labo"), None), (("",), None), (("Inconnu",), "Paie, Labo")],
)
def test_a_step_of_one_system_excuses_no_other(systems: tuple[str, ...], left: str | None) -> None:
    steps = tuple(Milestone(NOW.date(), f"Étape {name}", name) for name in systems)
    found = outcome("milestones_missing", planned(SYSTEM, WEAK, WORSE, milestones=steps))
    assert [one.evidence["systems"] for one in found.findings] == ([left] if left else [])


def test_a_late_step_of_a_system_that_the_plan_does_not_know_is_told() -> None:
    step = Milestone(NOW.date() - timedelta(days=1), "Bande", "Laboratorie")
    assert outcome("milestone_late", planned(SYSTEM, WEAK, milestones=(step,))).status is FAILED
    assert outcome("milestone_late", planned(SYSTEM, milestones=(step,))).status is PASSED


# ---------------------------------------------------------------- retention


def forgetful(days: int, *copies: Copy, asked: float | None = 30) -> BackupFacts:
    """`days` nights are kept, older ones were seen and are gone."""
    gone = tuple(Gone(one, NOW - timedelta(days=1), NOW) for one in nightly("dpi", nights=400)[days:])
    memory = replace(MEMORY, gone=gone)
    system = replace(SYSTEM, copies=copies, retention_days=asked)
    kept = replace(REPOSITORY, snapshots=nightly("dpi", nights=days), memory=memory)
    return replace(planned(system), repositories=(kept,))


@pytest.mark.parametrize(
    ("days", "own", "asked", "found"),
    [
        (40, None, 30, set()),
        (15, None, 30, {"DPI"}),
        (15, 90, 30, {"DPI / disque"}),
        (40, 90, 30, {"DPI / disque"}),
        (70, 90, 30, set()),
        (40, 30, 90, {"DPI"}),
        (40, 30, None, set()),
    ],
)
def test_each_copy_keeps_its_own_retention(days: int, own: float | None, asked: float | None, found: set[str]) -> None:
    told = outcome("retention_short", forgetful(days, replace(DISK, retention_days=own), asked=asked))
    assert subjects(told) == found
    assert told.status is (FAILED if found else PASSED)


def test_the_retention_of_a_tape_cannot_be_told() -> None:
    facts = forgetful(40, DISK, replace(TAPE, retention_days=365))
    assert outcome("retention_short", facts).status is UNTOLD
    assert subjects(outcome("retention_short", forgetful(15, DISK, replace(TAPE, retention_days=365)))) == {"DPI"}


# ---------------------------------------------------------------- the directory


FULL = DirectoryBackup(2, offline=True, dsrm_apart=True, rebuilt_on=date(2026, 1, 15))


@pytest.mark.parametrize(
    ("said", "answer", "status"),
    [
        (FULL, None, PASSED),
        (replace(FULL, controllers=1), None, FAILED),
        (replace(FULL, offline=False), None, FAILED),
        (replace(FULL, dsrm_apart=False), None, FAILED),
        (replace(FULL, rebuilt_on="never"), None, FAILED),
        (replace(FULL, rebuilt_on=date(2025, 3, 10)), None, PASSED),
        (replace(FULL, rebuilt_on=date(2025, 3, 9)), None, FAILED),
        (replace(FULL, rebuilt_on=date(2026, 3, 11)), None, FAILED),
        (replace(FULL, controllers=None), None, UNTOLD),
        (replace(FULL, offline=None), None, UNTOLD),
        (replace(FULL, dsrm_apart=None), None, UNTOLD),
        (replace(FULL, rebuilt_on=None), None, UNTOLD),
        (replace(FULL, rebuilt_on=None), Answer(True, date(2026, 1, 15)), PASSED),
        (replace(FULL, rebuilt_on=None), Answer(True), FAILED),
        (FULL, Answer(False, date(2026, 1, 15)), FAILED),
        (None, Answer(True, date(2026, 1, 15)), UNTOLD),
        (None, Answer(True, date(2024, 1, 15)), FAILED),
        (None, Answer(False), FAILED),
        (None, None, UNTOLD),
    ],
)
def test_the_four_facts_of_the_backup_of_the_directory(
    said: DirectoryBackup | None, answer: Answer | None, status: Status
) -> None:
    answers = {key: one for key, one in PLAN.answers.items() if key != "directory_backup"}
    answers |= {"directory_backup": answer} if answer else {}
    found = outcome("directory_backup", planned(directory_backup=said, answers=answers))
    assert found.status is status
    if status is UNTOLD:
        assert found.reason is not None
        assert "directory_backup." in found.reason.fr


def test_the_finding_tells_what_is_unsaid_and_stays_in_doubt() -> None:
    rule = RULES["backup.directory_backup"]
    found = run_rule(rule, planned(directory_backup=DirectoryBackup(offline=False), answers={}))
    assert (found.status, found.partial) == (FAILED, True)
    assert "non dit (2 attendus) ; copie hors ligne : non ; mots de passe DSRM à part : non dit" in rule.describe(
        found.findings[0], "fr"
    )


def test_a_plan_says_how_the_directory_is_saved() -> None:
    plan: dict[str, Any] = {
        "version": 1,
        "establishment": "CH",
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    assert parse_plan(plan, "plan.yaml").directory_backup is None, "former plans still read"
    told = {"controllers": 2, "offline": True, "dsrm_apart": True, "rebuilt_on": "2026-01-15"}
    assert parse_plan({**plan, "directory_backup": told}, "plan.yaml").directory_backup == FULL
    for wrong in ({"controllers": -1}, {"rebuilt_on": "hier"}, {"horsligne": True}):
        with pytest.raises(CollectError, match="directory_backup"):
            parse_plan({**plan, "directory_backup": wrong}, "plan.yaml")
