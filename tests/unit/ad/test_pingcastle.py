"""What the catalogue of PingCastle asks beyond ANSSI: the cases that decide, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scanners.ad.columns import Kind
from scanners.ad.naming import ForestDomain
from scanners.catalog import rules_of
from scanners.lifecycle import LifeCycle
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad import specimens
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import BASE, SID, STAFF, SYSTEM, WRITE_DACL, Specimen, ago, written
from tests.unit.ad.specimens_pingcastle import CLOUD, NEIGHBOUR, REALM, SECOND

RULES = {rule.id.removeprefix("ad."): rule for rule in rules_of("ad")}


def outcome(rule: str, specimen: Specimen) -> Outcome:
    return run_rule(RULES[rule], specimen.facts())


def changed(dn: str, **attributes: object) -> Specimen:
    specimen = specimens.healthy()
    specimen.change(dn, **attributes)
    return specimen


# ── trusts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "attributes", "expected"),
    [
        ("trust_without_quarantine", {"trustAttributes": 0x10}, Status.FAILED),
        ("trust_without_quarantine", {"trustAttributes": 0x14}, Status.PASSED),
        ("trust_without_quarantine", {"trustAttributes": 0x30}, Status.PASSED),
        ("trust_without_quarantine", {"trustAttributes": 0x10, "trustDirection": 1}, Status.PASSED),
        ("trust_without_quarantine", {"trustAttributes": 0x10, "trustType": 3}, Status.PASSED),
        ("trust_without_quarantine", {"trustAttributes": 0x10, "trustType": 1}, Status.FAILED),
        ("trust_without_quarantine", {"trustAttributes": None}, Status.NOT_ASSESSABLE),
        ("trust_without_quarantine", {"trustAttributes": 0x10, "trustDirection": None}, Status.NOT_ASSESSABLE),
        ("forest_trust_sid_history", {"trustAttributes": 0x58}, Status.FAILED),
        ("forest_trust_sid_history", {"trustAttributes": 0x58, "trustDirection": 1}, Status.PASSED),
        ("forest_trust_sid_history", {"trustAttributes": None}, Status.NOT_ASSESSABLE),
        ("forest_trust_sid_history", {"trustAttributes": 0x58, "trustDirection": None}, Status.NOT_ASSESSABLE),
        ("trust_tgt_delegation", {"trustAttributes": 0x818}, Status.FAILED),
        ("trust_tgt_delegation", {"trustAttributes": 0x218}, Status.PASSED),
        ("trust_tgt_delegation", {"trustAttributes": 0x818, "trustDirection": 2}, Status.PASSED),
        ("trust_tgt_delegation", {"trustDirection": None}, Status.NOT_ASSESSABLE),
        ("trust_open_to_all", {"trustAttributes": 0x8}, Status.FAILED),
        ("trust_open_to_all", {"trustAttributes": 0x20}, Status.PASSED),
        ("trust_open_to_all", {"trustAttributes": None}, Status.NOT_ASSESSABLE),
        ("trust_without_aes", {"msDS_SupportedEncryptionTypes": 4}, Status.FAILED),
        ("trust_without_aes", {"msDS_SupportedEncryptionTypes": None}, Status.FAILED),
        ("trust_without_aes", {"msDS_SupportedEncryptionTypes": None, "trustType": 1}, Status.PASSED),
        ("trust_without_aes", {"msDS_SupportedEncryptionTypes": 8}, Status.PASSED),
        ("trust_downlevel", {"trustType": 1}, Status.FAILED),
        ("trust_downlevel", {"trustType": None}, Status.NOT_ASSESSABLE),
        ("trust_dead", {"whenChanged": written(44.9)}, Status.PASSED),
        ("trust_dead", {"whenChanged": written(45.1)}, Status.FAILED),
        ("trust_dead", {"whenChanged": written(200), "trustDirection": 1}, Status.PASSED),
        ("trust_dead", {"whenChanged": None}, Status.NOT_ASSESSABLE),
    ],
)
def test_trusts(rule: str, attributes: Mapping[str, Any], expected: Status) -> None:
    assert outcome(rule, changed(NEIGHBOUR, **attributes)).status is expected


def test_an_unix_realm_renews_nothing_and_presents_no_sid() -> None:
    for rule in ("trust_dead", "trust_without_quarantine", "trust_open_to_all"):
        assert outcome(rule, specimens.healthy()).status is Status.PASSED
        assert outcome(rule, changed(REALM, trustType=2)).status is Status.FAILED


def test_an_old_trust_inside_the_forest_is_said_to_be_inside() -> None:
    """CERT-FR counts a trust that lacks its mark; quarantine there would cut the forest."""
    specimen = changed(NEIGHBOUR, trustAttributes=0x10)
    assert [one.evidence["inside"] for one in outcome("trust_without_quarantine", specimen).findings] == [False]
    sister = ForestDomain("DC=chu-voisin,DC=test", "VOISIN", "S-1-5-21-4-5-6")
    specimen.naming = replace(specimen.naming, forest=(sister,))
    assert [one.evidence["inside"] for one in outcome("trust_without_quarantine", specimen).findings] == [True]
    specimen.change(NEIGHBOUR, trustAttributes=0)
    assert outcome("trust_open_to_all", specimen).status is Status.PASSED


def test_an_account_whose_flags_are_withheld_may_carry_a_trust() -> None:
    hidden = changed(f"CN=agent0,{STAFF}", userAccountControl=None)
    assert outcome("trust_password_age", hidden).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("rule", "dn"),
    [("control_of_naming_contexts", BASE), ("control_of_admin_sd_holder", f"CN=AdminSDHolder,{SYSTEM}")],
)
def test_groups_of_exchange_are_seen_like_any_other(rule: str, dn: str) -> None:
    specimen = specimens.healthy()
    server = f"CN=SRV-DPI,OU=Machines,{BASE}"
    specimen.group("Exchange Windows Permissions", 1990, [server], parent="CN=Users")
    specimen.grant(dn, Ace(f"{SID}-1990", WRITE_DACL))
    found = outcome(rule, specimen)
    assert "HOPITAL\\Exchange Windows Permissions" in {one.subject for one in found.findings}


# ── controllers ─────────────────────────────────────────────────────────────────────────────────────────────────────

OF_MACHINES = (
    "controller_silent",
    "controller_password_age",
    "controller_obsolete",
    "controller_des",
    "controller_rc4",
    "controller_without_aes",
)


@pytest.mark.parametrize("rule", OF_MACHINES)
def test_what_entra_adds_is_no_dead_controller(rule: str) -> None:
    """PingCastle’s users saw it taken for a dead read-only controller (its issues 201 and 312)."""
    assert outcome(rule, specimens.healthy()).status is Status.PASSED


@pytest.mark.parametrize(
    "mark",
    [{"operatingSystem": "Windows Server 2012 R2 Standard"}, {"lastLogonTimestamp": ago(90)}, {"sAMAccountName": "R$"}],
    ids=["a system", "a logon", "another name"],
)
def test_a_machine_under_that_name_is_judged_as_one(mark: Mapping[str, Any]) -> None:
    statuses = {outcome(rule, changed(CLOUD, **mark)).status for rule in OF_MACHINES}
    assert outcome("controller_password_age", changed(CLOUD, **mark)).status is Status.FAILED
    assert Status.FAILED in statuses


def test_its_lists_are_judged_all_the_same() -> None:
    privileged = changed(CLOUD, msDS_RevealOnDemandGroup=f"CN=Admins du domaine,CN=Users,{BASE}")
    assert outcome("rodc_reveals_privileged", privileged).status is Status.FAILED


@pytest.mark.parametrize(
    "change",
    [
        {"lastLogonTimestamp": ago(46)},
        {"lastLogonTimestamp": None, "whenCreated": written(46)},
        {"primaryGroupID": 521},
        {"userAccountControl": 532482},
    ],
)
def test_a_controller_that_does_not_serve_is_no_second_one(change: Mapping[str, Any]) -> None:
    assert outcome("single_controller", changed(SECOND, lastLogonTimestamp=ago(44))).status is Status.PASSED
    assert outcome("single_controller", changed(SECOND, **change)).status is Status.FAILED


# ── machines, scripts, containers ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("silent", "expected"), [(14, Status.PASSED), (15, Status.FAILED)])
def test_dormant_computers_from_fifteen_in_a_hundred(silent: int, expected: Status) -> None:
    specimen = specimens.healthy()
    facts = specimen.facts()
    kept = int((facts.objects.of(Kind.COMPUTER) & facts.enabled & ~facts.controllers).sum())
    for number in range(100 - kept):
        days = 184 if number < silent else 182
        specimen.machine(f"PC{number}", 3000 + number, "Windows 11 Pro", lastLogonTimestamp=ago(days))
    assert outcome("dormant_computers", specimen).status is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ouverture.bat", Status.PASSED),
        ("\\\\hopital.test\\netlogon\\ouverture.bat", Status.PASSED),
        ("\\\\HOPITAL\\netlogon\\ouverture.bat", Status.PASSED),
        ("\\\\srv-dpi\\scripts\\a.bat", Status.PASSED),
        ("\\\\srv-dpi.hopital.test\\scripts\\a.bat", Status.PASSED),
        ("//srv-dpi/scripts/a.bat", Status.PASSED),
        ("\\\\srv.ght.test\\scripts\\a.bat", Status.FAILED),
        ("//srv.ght.test/scripts/a.bat", Status.FAILED),
        ("\\\\192.0.2.7\\scripts\\a.bat", Status.FAILED),
    ],
)
def test_logon_scripts_come_from_the_domain(path: str, expected: Status) -> None:
    assert outcome("logon_script_elsewhere", changed(f"CN=agent0,{STAFF}", scriptPath=path)).status is expected


def test_default_containers_that_cannot_be_read_are_not_passed() -> None:
    for unread in (None, ["B:32"]):
        assert (
            outcome("default_containers_moved", changed(BASE, wellKnownObjects=unread)).status is Status.NOT_ASSESSABLE
        )


@pytest.mark.parametrize(
    ("version", "expected"),
    [("10.0 (22631)", Status.FAILED), ("10.0 (26100)", Status.PASSED), ("10.0 (99999)", Status.PASSED)],
)
def test_builds_of_windows_end_one_by_one(version: str, expected: Status) -> None:
    """On 1 March 2026, Windows 11 Pro 23H2 has ended, 24H2 has not; a build that is not in the table is newer."""
    old = changed(f"CN=PC-URG-01,OU=Machines,{BASE}", operatingSystemVersion=version)
    assert outcome("obsolete_systems", old).status is expected


def test_an_imported_end_of_support_judges_machines() -> None:
    """24H2 holds on 1 March 2026, but not by the table of an establishment that says otherwise."""
    new = changed(f"CN=PC-URG-01,OU=Machines,{BASE}", operatingSystemVersion="10.0 (26100)")
    row = LifeCycle("windows 11", "24H2", 26100, "pro", date(2026, 2, 1), "notre contrat", date(2026, 2, 1))
    assert outcome("obsolete_systems", new).status is Status.PASSED
    ended = run_rule(RULES["obsolete_systems"], replace(new.facts(), lifecycle=(row,)))
    assert ended.status is Status.FAILED
    assert {finding.evidence["support_ended"] for finding in ended.findings} == {"2026-02-01"}


@pytest.mark.parametrize(("days", "expected"), [(183, Status.FAILED), (183.01, Status.PASSED)])
def test_a_machine_silent_for_six_months_is_dormant_not_obsolete(days: float, expected: Status) -> None:
    old = changed(f"CN=PC-URG-01,OU=Machines,{BASE}", operatingSystem="Windows 7", lastLogonTimestamp=ago(days))
    assert outcome("obsolete_systems", old).status is expected


def test_duplicated_zones_are_not_told_here() -> None:
    specimen = specimens.healthy()
    specimen.put(f"DC=labo.test\\0ACNF:5d2d3a44,CN=MicrosoftDNS,{SYSTEM}", "dnsZone")
    assert outcome("replication_conflict", specimen).status is Status.PASSED


def test_a_list_of_secrets_that_is_empty_is_not_passed() -> None:
    """Every read-only controller holds its own: nothing means that nothing was readable (PingCastle’s issue 301)."""
    specimen = specimens.healthy()
    dn = specimen.machine("RODC9", 1399, "Windows Server 2022", userAccountControl=83890176, primaryGroupID=521)
    assert outcome("rodc_holds_privileged", specimen).status is Status.NOT_ASSESSABLE
    specimen.change(dn, msDS_RevealedUsers=f"B:4:0001:{dn}")
    assert outcome("rodc_holds_privileged", specimen).status is Status.PASSED


def test_who_may_be_revealed_is_not_passed_when_unknown() -> None:
    abroad = changed(CLOUD, msDS_RevealOnDemandGroup="CN=Groupe,CN=Users,DC=autre,DC=test")
    assert outcome("rodc_reveals_privileged", abroad).status is Status.NOT_ASSESSABLE
    both = ["CN=Groupe,CN=Users,DC=autre,DC=test", f"CN=Admins du domaine,CN=Users,{BASE}"]
    assert outcome("rodc_reveals_privileged", changed(CLOUD, msDS_RevealOnDemandGroup=both)).status is Status.FAILED
