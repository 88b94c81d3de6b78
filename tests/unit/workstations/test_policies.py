"""What group policies say of workstations, judged unit by unit: boundaries, conditions, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.catalog import rules_of
from scanners.exchange import LocalAdministrator, PolicyReach, PolicySetting, StationPolicies
from scanners.model import Outcome, Status, Text
from scanners.runner import run_rule
from scanners.workstations.facts import Answers, WorkstationFacts
from tests.unit.workstations.specimens import ANSWERS, BACKGROUND, HEALTHY
from tests.unit.workstations.specimens_policies import (
    ADMINS,
    OFFICES,
    OWN,
    STAFF,
    SUPPORT,
    WARDS,
    given,
    policies,
    reach,
)

UNIT_RULES = (
    *("session_lock", "card_removal", "firewall_by_policy", "autorun", "laps_policy", "workstation_audit"),
    *("administrators_on_workstations", "local_administrators"),
)


def outcome(name: str, told: StationPolicies | None, answers: Answers = ANSWERS) -> Outcome:
    rule = next(rule for rule in rules_of("workstations") if rule.id == f"workstations.{name}")
    return run_rule(rule, WorkstationFacts(replace(BACKGROUND, policies=told, answers=answers), HEALTHY.machines))


@pytest.mark.parametrize(
    ("rule", "setting", "value", "status"),
    [
        ("session_lock", "lock_seconds", "1800", Status.PASSED),
        ("session_lock", "lock_seconds", "1801", Status.FAILED),
        ("session_lock", "lock_seconds", "0", Status.FAILED),
        ("session_lock", "lock_seconds", "abc", Status.FAILED),
        ("session_lock", "lock_seconds", None, Status.FAILED),
        ("card_removal", "card_removal", "3", Status.PASSED),
        ("card_removal", "card_removal", "0", Status.FAILED),
        ("card_removal", "card_removal", None, Status.NOT_ASSESSABLE),
        ("firewall_by_policy", "firewall_domain", "0", Status.FAILED),
        ("firewall_by_policy", "firewall_private", "0", Status.FAILED),
        ("firewall_by_policy", "firewall_inbound_public", "0", Status.FAILED),
        ("firewall_by_policy", "firewall_inbound_public", "1", Status.PASSED),
        ("firewall_by_policy", "firewall_domain", None, Status.NOT_ASSESSABLE),
        ("firewall_by_policy", "firewall_standard", None, Status.NOT_ASSESSABLE),
        ("autorun", "autorun_drives", "36", Status.PASSED),
        ("autorun", "autorun_drives", "32", Status.FAILED),
        ("autorun", "autorun_drives", "4", Status.FAILED),
        ("autorun", "autorun_drives", None, Status.NOT_ASSESSABLE),
        ("laps_policy", "laps_backup", "1", Status.PASSED),
        ("laps_policy", "laps_backup", "0", Status.FAILED),
        ("laps_policy", "laps_backup", None, Status.NOT_ASSESSABLE),
        ("workstation_audit", "audit_0cce922b", "1", Status.PASSED),
        ("workstation_audit", "audit_0cce922b", "2", Status.FAILED),
        ("workstation_audit", "audit_0cce9215", "1", Status.FAILED),
        ("workstation_audit", "audit_0cce9215", None, Status.FAILED),
        ("administrators_on_workstations", "deny_logon", "HOPITAL\\Admins du domaine", Status.PASSED),
        ("administrators_on_workstations", "deny_logon", "S-1-5-32-512", Status.NOT_ASSESSABLE),
        ("administrators_on_workstations", "deny_logon", "S-1-5-21-1-2-3-1512", Status.NOT_ASSESSABLE),
        ("administrators_on_workstations", "deny_logon", "", Status.FAILED),
        ("administrators_on_workstations", "deny_logon", None, Status.FAILED),
    ],
)
def test_settings_at_their_boundary(rule: str, setting: str, value: str | None, status: Status) -> None:
    assert outcome(rule, policies(reach(**{setting: value}))).status is status


def test_the_older_laps_counts_and_its_end_is_seen() -> None:
    assert outcome("laps_policy", policies(reach(laps_backup=None, laps_enabled="1"))).status is Status.PASSED
    assert outcome("laps_policy", policies(reach(laps_backup="0", laps_enabled="1"))).status is Status.PASSED
    found = outcome("laps_policy", policies(reach(laps_backup=None, laps_enabled="0"))).findings
    assert found[0].evidence["setting"] == "AdmPwdEnabled = 0"


def test_the_older_audit_categories_count_where_no_advanced_one_is_set() -> None:
    old = {"auditlogonevents": "3", "auditprocesstracking": "1", "auditaccountmanage": "1", "auditpolicychange": "1"}
    told = given(**{f"event_{name}": value for name, value in old.items()})
    assert outcome("workstation_audit", policies(PolicyReach(OFFICES, 1, told))).status is Status.PASSED
    one_advanced = (*told, *given(audit_0cce9215="3"))
    assert outcome("workstation_audit", policies(PolicyReach(OFFICES, 1, one_advanced))).status is Status.FAILED


@pytest.mark.parametrize("name", UNIT_RULES)
def test_without_sysvol_nothing_is_judged_by_policies(name: str) -> None:
    result = outcome(name, None, Answers())
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None


@pytest.mark.parametrize("name", UNIT_RULES)
def test_a_policy_that_does_not_show_leaves_its_unit_in_doubt(name: str) -> None:
    hidden = PolicyReach(WARDS, 5, doubt=Text("Stratégie cachée.", "Hidden policy."))
    result = outcome(name, policies(reach(), hidden))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "Hidden policy." in result.reason.en


@pytest.mark.parametrize("name", UNIT_RULES)
def test_what_was_not_read_leaves_every_unit_in_doubt(name: str) -> None:
    gap = Text("SYSVOL lu en partie.", "SYSVOL read in part.")
    assert outcome(name, replace(policies(), gap=gap)).status is Status.NOT_ASSESSABLE
    wrong = reach(
        administrators=(LocalAdministrator("HOPITAL\\Tous", "P", 100),),
        lock_seconds="0",
        card_removal="0",
        firewall_domain="0",
        autorun_drives="0",
        laps_backup="0",
        deny_logon=None,
        audit_0cce9215="0",
    )
    assert outcome(name, replace(policies(wrong), gap=gap)).status is Status.FAILED


@pytest.mark.parametrize("name", UNIT_RULES)
def test_a_directory_without_workstation_passes_nothing(name: str) -> None:
    assert outcome(name, StationPolicies((), ()), Answers()).status is Status.NOT_ASSESSABLE


def test_a_condition_that_decides_is_no_pass() -> None:
    either = PolicySetting("lock_seconds", ("900", "7200"), "Urgences")
    told = policies(PolicyReach(OFFICES, 1, (either,)))
    result = outcome("session_lock", told)
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "Urgences" in result.reason.en
    both_good = PolicySetting("lock_seconds", ("900", "600"), "Urgences")
    assert outcome("session_lock", policies(PolicyReach(OFFICES, 1, (both_good,)))).status is Status.PASSED


def test_parts_of_one_unit_are_one_finding_with_all_their_machines() -> None:
    told = policies(reach(members=3, lock_seconds="0"), reach(members=4, lock_seconds="0"), reach(members=5))
    result = outcome("session_lock", told)
    assert [(one.subject, one.evidence["machines"]) for one in result.findings] == [(OFFICES, 7)]
    assert result.population == 12


# ---------------------------------------------------------------- screen savers follow people


def saver(unit: str, members: int, on: str = "1", locks: str = "1", seconds: str = "600") -> PolicyReach:
    told = given(screen_saver=on, screen_saver_locks=locks, screen_saver_seconds=seconds)
    return PolicyReach(unit, members, told)


@pytest.mark.parametrize(
    ("people", "status"),
    [
        ((saver(STAFF, 200),), Status.PASSED),
        ((saver(STAFF, 200, seconds="1801"),), Status.FAILED),
        ((saver(STAFF, 200, locks="0"),), Status.FAILED),
        ((saver(STAFF, 200, on="0"),), Status.FAILED),
        ((saver(STAFF, 200), PolicyReach(WARDS, 3)), Status.NOT_ASSESSABLE),
        ((PolicyReach(STAFF, 9, doubt=Text("Caché.", "Hidden.")),), Status.NOT_ASSESSABLE),
        ((), Status.FAILED),
    ],
)
def test_a_screen_saver_locks_when_it_reaches_everybody(people: tuple[PolicyReach, ...], status: Status) -> None:
    assert outcome("session_lock", policies(reach(lock_seconds=None), people=people)).status is status


@pytest.mark.parametrize(("mode", "status"), [("1", "doubt"), ("2", "doubt"), ("0", "sure"), (None, "sure")])
def test_loopback_makes_policies_of_people_uncertain(mode: str | None, status: str) -> None:
    expected = Status.NOT_ASSESSABLE if status == "doubt" else Status.PASSED
    told = policies(reach(lock_seconds=None, loopback=mode), people=(saver(STAFF, 200),))
    assert outcome("session_lock", told).status is expected
    drives = (PolicyReach(STAFF, 9, given(autorun_drives="255")),)
    assert outcome("autorun", policies(reach(autorun_drives=None, loopback=mode), people=drives)).status is expected
    locked = policies(reach(loopback=mode), people=(saver(STAFF, 200),))
    assert outcome("session_lock", locked).status is Status.PASSED, "the machine locks by itself"


def test_a_declared_lock_never_hides_that_no_policy_locks() -> None:
    assert ANSWERS.session_lock_minutes == 15
    result = outcome("session_lock", policies(reach(lock_seconds=None)))
    assert result.status is Status.FAILED
    assert result.findings[0].evidence["origin"] == "none"


def test_a_drive_that_every_person_is_refused_is_refused_everywhere() -> None:
    everyone = (PolicyReach(STAFF, 9, given(autorun_drives="255")),)
    assert outcome("autorun", policies(reach(autorun_drives=None), people=everyone)).status is Status.PASSED


# ---------------------------------------------------------------- local administrators


@pytest.mark.parametrize(
    ("people", "status"),
    [(10, Status.PASSED), (11, Status.FAILED)],
)
def test_a_group_of_more_than_five_percent_is_too_wide(people: int, status: Status) -> None:
    told = policies(reach(administrators=(OWN, LocalAdministrator("HOPITAL\\GG", "P", people))))
    assert outcome("local_administrators", told).status is status


def test_the_share_counts_when_the_domain_is_large() -> None:
    many = (PolicyReach(STAFF, 1000),)
    for people, status in ((50, Status.PASSED), (51, Status.FAILED)):
        group = LocalAdministrator("HOPITAL\\GG", "P", people)
        assert outcome("local_administrators", policies(reach(administrators=(group,)), people=many)).status is status


def test_administrators_of_the_domain_are_no_finding() -> None:
    own = replace(OWN, people=150)
    assert outcome("local_administrators", policies(reach(administrators=(own, SUPPORT)))).status is Status.PASSED


@pytest.mark.parametrize(
    ("administrators", "imposed"),
    [((SUPPORT,), False), ((LocalAdministrator("S-1-5-21-9-9-9-1100", "P", None),), True)],
)
def test_a_list_that_is_not_known_is_no_pass(administrators: tuple[LocalAdministrator, ...], imposed: bool) -> None:
    told = policies(reach(administrators=administrators, imposed=imposed))
    assert outcome("local_administrators", told).status is Status.NOT_ASSESSABLE


def test_who_is_administrator_in_several_units_is_one_finding() -> None:
    users = LocalAdministrator("HOPITAL\\Tous", "P", 200, everybody=True)
    told = policies(reach(administrators=(users,)), reach(WARDS, 5, administrators=(users,)))
    found = outcome("local_administrators", told).findings
    assert [one.subject for one in found] == ["HOPITAL\\Tous"]
    assert (found[0].evidence["machines"], found[0].evidence["units"]) == (35, f"{OFFICES}; {WARDS}")


def test_denied_administrators_are_recognised_by_sid() -> None:
    assert outcome("administrators_on_workstations", policies(reach(deny_logon=ADMINS))).status is Status.PASSED
