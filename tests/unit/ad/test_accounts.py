"""Accounts, groups and password policies: which policy applies, what is tolerated, who is protected, who is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scanners.ad.facts import FORMAT, DirectoryFacts
from scanners.ad.sources.collect_extras import EXTRAS
from scanners.ad.sources.collect_member_changes import member_change
from scanners.ad.sources.collect_table import ATTRIBUTES, TableBuilder
from scanners.ad.subjects import policies, service_names
from scanners.ad.subjects.dormancy import counted
from scanners.archive import Parts
from scanners.catalog import rule_by_id, rules_of
from scanners.model import Finding, NotAssessable, Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import (
    ADMINS,
    AUTHENTICATED,
    BASE,
    BROKEN,
    FULL,
    NAMING,
    SID,
    STAFF,
    SYSTEM,
    Specimen,
    ago,
    broken,
    healthy,
    otherwise_broken,
)
from tests.unit.ad.specimens_accounts import GLOBAL_GROUP, protect, pso, told

USERS = f"CN=Users,{BASE}"
DOMAIN_ADMINS = f"CN=Admins du domaine,{USERS}"
MARTIN = f"CN=adm.martin,{ADMINS}"
CONTAINER = f"CN=Password Settings Container,{SYSTEM}"


def outcome(name: str, facts: DirectoryFacts) -> Outcome:
    rule = rule_by_id(f"ad.{name}")
    assert rule is not None
    return run_rule(rule, facts)


def found(name: str, specimen: Specimen) -> dict[str, Finding]:
    told_of = outcome(name, specimen.facts())
    assert told_of.status in (Status.PASSED, Status.FAILED), told_of.reason
    return {finding.subject: finding for finding in told_of.findings}


def policy_of(specimen: Specimen, dn: str) -> str:
    facts = specimen.facts()
    row = int(policies.effective(facts, facts.users)[facts.row_at(dn)])
    return "domain" if row == policies.OF_DOMAIN else facts.objects.dn[row].partition(",")[0].removeprefix("CN=")


# ── which policy applies ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_on_the_account_wins_over_those_of_its_groups() -> None:
    specimen = healthy()
    pso(specimen, "Groupe", 1, 14, 365, DOMAIN_ADMINS)
    assert policy_of(specimen, MARTIN) == "Groupe"
    pso(specimen, "Compte", 99, 14, 365, MARTIN)
    assert policy_of(specimen, MARTIN) == "Compte"


def test_the_least_precedence_wins() -> None:
    specimen = healthy()
    pso(specimen, "Dix", 10, 14, 365, DOMAIN_ADMINS)
    pso(specimen, "Cinq", 5, 14, 365, DOMAIN_ADMINS)
    assert policy_of(specimen, MARTIN) == "Cinq"


def test_of_two_policies_with_one_precedence_the_weaker_counts() -> None:
    specimen = healthy()
    pso(specimen, "Longue", 5, 14, 365, DOMAIN_ADMINS)
    pso(specimen, "Courte", 5, 7, 365, DOMAIN_ADMINS)
    assert policy_of(specimen, MARTIN) == "Courte"


def test_a_policy_reaches_through_nested_groups_and_primary_groups() -> None:
    specimen = healthy()
    everyone = f"CN=Utilisateurs du domaine,{USERS}"
    specimen.change(everyone, groupType=GLOBAL_GROUP)
    pso(specimen, "Tous", 50, 14, 365, everyone)
    assert policy_of(specimen, f"CN=agent1,{STAFF}") == "Tous"
    outer = specimen.group("Externe", 1700, [specimen.group("Interne", 1701, [f"CN=agent1,{STAFF}"])])
    pso(specimen, "Imbriquée", 10, 14, 365, outer)
    assert policy_of(specimen, f"CN=agent1,{STAFF}") == "Imbriquée"
    assert policy_of(specimen, f"CN=agent2,{STAFF}") == "Tous"


def test_a_loop_of_groups_ends() -> None:
    specimen = healthy()
    one = specimen.group("A", 1700, [f"CN=agent1,{STAFF}"])
    specimen.join(one, specimen.group("B", 1701, [one]))
    pso(specimen, "Boucle", 10, 14, 365, f"CN=B,{USERS}")
    assert policy_of(specimen, f"CN=agent1,{STAFF}") == "Boucle"


@pytest.mark.parametrize("group_type", [-2147483644, -2147483640, 2])
def test_a_policy_on_a_group_that_is_not_global_and_of_security_does_nothing(group_type: int) -> None:
    specimen = healthy()
    specimen.change(DOMAIN_ADMINS, groupType=group_type)
    pso(specimen, "Sans effet", 10, 14, 365, DOMAIN_ADMINS)
    assert policy_of(specimen, MARTIN) == "domain"


def test_below_level_2008_no_fine_grained_policy_applies() -> None:
    specimen = healthy()
    specimen.naming = replace(NAMING, domain_level=2)
    pso(specimen, "Trop tôt", 10, 14, 365, MARTIN)
    assert policy_of(specimen, MARTIN) == "domain"


# ── privileged password policy ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("length", "days", "weak"), [(8, 1095, False), (7, 1095, True), (8, 1096, True), (8, 0, True)])
def test_a_policy_of_administrators_fails_just_beyond_the_threshold(length: int, days: int, weak: bool) -> None:
    specimen = healthy()
    dn = pso(specimen, "Admins", 10, length, days, DOMAIN_ADMINS)
    assert set(found("weak_password_policy", specimen)) == ({dn} if weak else set())
    assert found("pso_weak_privileged", specimen) == {}
    assert found("pso_weak", specimen) == {}


def test_a_weak_domain_is_not_held_against_administrators_under_a_strong_policy() -> None:
    specimen = healthy()
    specimen.change(BASE, minPwdLength=7)
    assert found("weak_password_policy", specimen)["hopital.test"].evidence["accounts"] == 2
    pso(specimen, "Admins", 10, 14, 365, DOMAIN_ADMINS)
    assert found("weak_password_policy", specimen) == {}
    specimen.join(f"CN=Administrateurs,CN=Builtin,{BASE}", f"CN=agent1,{STAFF}")
    weak = found("weak_password_policy", specimen)["hopital.test"].evidence
    assert (weak["accounts"], weak["names"]) == (1, "HOPITAL\\agent1")


@pytest.mark.parametrize(("length", "short"), [(7, True), (8, False)])
def test_short_passwords_of_ordinary_accounts_are_told_once(length: int, short: bool) -> None:
    specimen = healthy()
    specimen.change(BASE, minPwdLength=length)
    assert found("short_passwords_allowed", specimen) == {}
    assert bool(found("weak_password_policy", specimen)) is short
    pso(specimen, "Admins", 10, 14, 365, DOMAIN_ADMINS)
    assert bool(found("short_passwords_allowed", specimen)) is short
    assert found("weak_password_policy", specimen) == {}


def test_a_beaten_weak_policy_and_a_reversible_one_are_told_apart() -> None:
    specimen = healthy()
    beaten = pso(specimen, "Battue", 20, 6, 365, DOMAIN_ADMINS)
    pso(specimen, "Forte", 10, 14, 365, DOMAIN_ADMINS)
    kept = pso(specimen, "Réversible", 5, 14, 365, MARTIN, reversible="TRUE")
    assert set(found("pso_weak_privileged", specimen)) == {beaten, kept}
    assert found("weak_password_policy", specimen) == {}


def hide(specimen: Specimen) -> None:
    """As an ordinary account sees it: the container has a name and nothing else."""
    specimen.entries[CONTAINER].clear()


PSO_RULES = ("pso_listed", "pso_weak", "pso_weak_privileged", "weak_password_policy")


@pytest.mark.parametrize("name", PSO_RULES)
def test_without_the_reading_of_policies_nothing_passes(name: str) -> None:
    specimen = healthy()
    hide(specimen)
    told_of = outcome(name, specimen.facts())
    assert told_of.status is Status.NOT_ASSESSABLE
    assert told_of.reason is not None
    assert "dsacls" in told_of.reason.fr
    assert set(found("pso_unreadable", specimen)) == {"hopital.test"}


@pytest.mark.parametrize("name", PSO_RULES)
def test_a_policy_that_an_account_names_but_nobody_reads_is_a_reason_not_to_tell(name: str) -> None:
    specimen = healthy()
    specimen.change(MARTIN, msDS_PSOApplied=f"CN=Cachée,{CONTAINER}")
    assert outcome(name, specimen.facts()).status is Status.NOT_ASSESSABLE


def test_a_policy_without_its_length_was_not_read() -> None:
    specimen = healthy()
    specimen.change(pso(specimen, "Muette", 10, 14, 365, MARTIN), msDS_MinimumPasswordLength=None)
    assert outcome("weak_password_policy", specimen.facts()).status is Status.NOT_ASSESSABLE


def test_a_weak_domain_fails_without_the_reading_of_policies_unless_each_account_shows_one() -> None:
    specimen = healthy()
    specimen.change(BASE, minPwdLength=7)
    hide(specimen)
    assert set(found("weak_password_policy", specimen)) == {"hopital.test"}
    specimen.change(DOMAIN_ADMINS, msDS_PSOApplied=f"CN=Cachée,{CONTAINER}")
    assert outcome("weak_password_policy", specimen.facts()).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("length", "expected"), [(19, {"hopital.test"}), (20, set())])
def test_a_policy_for_services_asks_for_twenty_characters(length: int, expected: set[str]) -> None:
    specimen = healthy()
    specimen.change(BASE, minPwdLength=14)
    pso(specimen, "Services", 10, length, 365, f"CN=agent1,{STAFF}")
    assert set(found("no_service_password_policy", specimen)) == expected


# ── service names ───────────────────────────────────────────────────────────────────────────────────────────────────


def with_service(
    length: int = 33, days: int = 1095, ciphers: int | None = 24, password: float = 30, control: int = 512
) -> Specimen:
    specimen = healthy()
    specimen.change(MARTIN, servicePrincipalName="HTTP/x", pwdLastSet=ago(password), userAccountControl=control)
    specimen.change(MARTIN, msDS_SupportedEncryptionTypes=ciphers)
    pso(specimen, "Services", 10, length, days, MARTIN, changed=60)
    return specimen


@pytest.mark.parametrize(
    ("changes", "tolerated"),
    [
        ({}, True),
        ({"length": 32}, False),
        ({"days": 1096}, False),
        ({"days": 0}, False),
        ({"ciphers": 28}, False),
        ({"ciphers": 25}, False),
        ({"ciphers": None}, False),
        ({"ciphers": 0}, False),
        ({"ciphers": 8}, True),
        ({"ciphers": 16}, True),
        ({"ciphers": 24 | 0x20 | 0x80000}, True),
        ({"ciphers": 0x80000}, False),
        ({"control": 512 | 0x200000}, False),
        ({"password": 59.9}, True),
        ({"password": 60.1}, False),
    ],
)
def test_a_service_name_is_tolerated_or_not_never_both(changes: dict[str, Any], tolerated: bool) -> None:
    specimen = with_service(**changes)
    subjects = {"HOPITAL\\adm.martin"}
    assert set(found("privileged_spn", specimen)) == (set() if tolerated else subjects)
    assert set(found("privileged_spn_tolerated", specimen)) == (subjects if tolerated else set())


@pytest.mark.parametrize(
    ("classes", "ciphers", "tolerated"),
    [
        ("msDS-GroupManagedServiceAccount", 24, True),
        ("msDS-ManagedServiceAccount", 16, True),
        ("msDS-GroupManagedServiceAccount", 28, False),
        ("msDS-GroupManagedServiceAccount", None, False),
        ("msDS-ManagedServiceAccount", 4, False),
        ("msDS-DelegatedManagedServiceAccount", 24, False),
    ],
)
def test_a_managed_account_is_tolerated_with_aes_only(classes: str, ciphers: int | None, tolerated: bool) -> None:
    specimen = otherwise_broken()
    dn = f"CN=gmsa_sauve,CN=Managed Service Accounts,{BASE}"
    specimen.put(dn, f"person user computer {classes}", rid=1304, msDS_SupportedEncryptionTypes=ciphers)
    subjects = {"HOPITAL\\gmsa_sauve$"}
    assert set(found("privileged_spn", specimen)) == (set() if tolerated else subjects)
    assert set(found("privileged_spn_tolerated", specimen)) == (subjects if tolerated else set())


def test_no_ticket_is_given_for_a_disabled_account() -> None:
    assert found("privileged_spn", with_service(length=8, control=514)) == {}


def test_a_policy_that_is_not_readable_excuses_nobody() -> None:
    specimen = with_service()
    hide(specimen)
    assert set(found("privileged_spn", specimen)) == {"HOPITAL\\adm.martin"}
    assert outcome("privileged_spn_tolerated", specimen.facts()).status is Status.NOT_ASSESSABLE


def test_both_rules_on_service_names_share_out_the_same_accounts() -> None:
    named = service_names.privileged_with_name(BROKEN)
    tolerated = service_names.tolerated(BROKEN, named)
    assert not (tolerated & ~named).any()
    assert outcome("privileged_spn_tolerated", BROKEN).findings == ()


# ── protection ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ace", "expected"),
    [
        (Ace("S-1-5-10", FULL), False),
        (Ace("S-1-5-9", 0x94), False),
        (Ace(AUTHENTICATED, 0x100, guid="ab721a55-1e2f-11d0-9819-00aa0040529b"), False),
        (Ace(AUTHENTICATED, 0x100, guid="ab721a53-1e2f-11d0-9819-00aa0040529b"), True),
        (Ace(f"{SID}-1200", 0x10), True),
    ],
)
def test_rights_that_admin_sd_holder_does_not_give(ace: Ace, expected: bool) -> None:
    specimen = healthy()
    protect(specimen, MARTIN, aces=(ace,))
    assert ("HOPITAL\\adm.martin" in found("privileged_unprotected", specimen)) is expected


def test_what_admin_sd_holder_gives_is_no_anomaly() -> None:
    specimen = healthy()
    delegated = Ace(f"{SID}-1200", 0x10)
    protect(specimen, MARTIN, f"CN=AdminSDHolder,{SYSTEM}", aces=(delegated,))
    assert found("privileged_unprotected", specimen) == {}


def test_a_group_nested_in_a_privileged_one_must_be_protected_and_hold_no_group() -> None:
    specimen = healthy()
    inner = specimen.group("Interne", 1701, [specimen.user("adm2", 1702, ADMINS, adminCount=1)])
    outer = specimen.group("Externe", 1700, [inner])
    specimen.join(DOMAIN_ADMINS, outer)
    open_ones = found("privileged_unprotected", specimen)
    assert set(open_ones) == {"HOPITAL\\Interne", "HOPITAL\\Externe", "HOPITAL\\adm2"}
    protect(specimen, inner, outer, f"CN=adm2,{ADMINS}")
    evidence = found("privileged_unprotected", specimen)["HOPITAL\\Externe"].evidence
    assert (evidence["inherits"], evidence["holds_groups"]) == (False, True)


@pytest.mark.parametrize("dn", [f"CN=AdminSDHolder,{SYSTEM}", MARTIN])
def test_protection_is_not_told_when_permissions_are_withheld(dn: str) -> None:
    specimen = healthy()
    del specimen.entries[dn]["nTSecurityDescriptor"]
    assert outcome("privileged_unprotected", specimen.facts()).status is Status.NOT_ASSESSABLE


# ── members of privileged groups ────────────────────────────────────────────────────────────────────────────────────


ENGLISH = {
    "Contrôleurs de domaine en lecture seule": "Read-only Domain Controllers",
    "Propriétaires créateurs de la stratégie": "Group Policy Creator Owners",
    "Accès compatible pré-Windows 2000": "Pre-Windows 2000 Compatible Access",
    "Utilisateurs du Bureau à distance": "Remote Desktop Users",
    "Administrateurs de l’entreprise": "Enterprise Admins",
    "Administrateurs du schéma": "Schema Admins",
    "Ordinateurs du domaine": "Domain Computers",
    "Utilisateurs du domaine": "Domain Users",
    "Contrôleurs de domaine": "Domain Controllers",
    "Éditeurs de certificats": "Cert Publishers",
    "Opérateurs de compte": "Account Operators",
    "Invités du domaine": "Domain Guests",
    "Admins du domaine": "Domain Admins",
    "Administrateurs": "Administrators",
    "RODC autorisé": "Allowed RODC Password Replication Group",
    "RODC refusé": "Denied RODC Password Replication Group",
}


def in_english(text: str) -> str:
    for french, english in ENGLISH.items():
        text = text.replace(french, english)
    return text


def test_groups_are_known_by_their_number_whatever_they_are_called() -> None:
    specimen = broken()
    specimen.entries = {
        in_english(dn): {name: [_in_english(value) for value in values] for name, values in attributes.items()}
        for dn, attributes in specimen.entries.items()
    }
    french, english = by_rule(BROKEN), by_rule(specimen.facts())
    assert "HOPITAL\\Admins du domaine" in french["ad.privileged_members_changed"]
    assert english == {rule: {in_english(subject) for subject in subjects} for rule, subjects in french.items()}


def _in_english(value: bytes) -> bytes:
    try:
        return in_english(value.decode()).encode()
    except UnicodeDecodeError:
        return value


def by_rule(facts: DirectoryFacts) -> dict[str, set[str]]:
    return {one.rule.id: {finding.subject for finding in one.findings} for one in outcomes(facts)}


def outcomes(facts: DirectoryFacts) -> list[Outcome]:
    return [run_rule(rule, facts) for rule in rules_of("ad")]


def test_one_account_in_two_groups_is_one_finding_that_names_both() -> None:
    specimen = healthy()
    for rid in (550, 551):
        specimen.group(f"Opérateurs {rid}", f"S-1-5-32-{rid}", [f"CN=agent1,{STAFF}"], "CN=Builtin")
    evidence = found("privileged_groups_not_empty", specimen)["HOPITAL\\agent1"].evidence
    assert evidence["groups"] == "HOPITAL\\Opérateurs 550, HOPITAL\\Opérateurs 551"


def test_replicator_and_enterprise_admins_are_to_be_empty_too() -> None:
    specimen = healthy()
    specimen.group("Duplicateurs", "S-1-5-32-552", [f"CN=agent1,{STAFF}"], "CN=Builtin")
    specimen.join(f"CN=Administrateurs de l’entreprise,{USERS}", f"CN=Administrateur,{USERS}")
    assert set(found("privileged_groups_not_empty", specimen)) == {"HOPITAL\\agent1", "HOPITAL\\Administrateur"}


def test_the_former_name_of_the_rule_is_still_known() -> None:
    rule = rule_by_id("ad.schema_admins_not_empty")
    assert rule is not None
    assert rule.id == "ad.privileged_groups_not_empty"


def test_authenticated_users_may_reach_the_certificate_service() -> None:
    specimen = healthy()
    everyone = f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}"
    specimen.group("Accès DCOM", "S-1-5-32-574", [everyone, f"CN=agent1,{STAFF}"], "CN=Builtin")
    assert set(found("builtin_groups_not_empty", specimen)) == {"HOPITAL\\agent1"}


def test_admin_count_is_right_on_what_admin_sd_holder_protects() -> None:
    specimen = healthy()
    for rid in (521, 525):
        name = "Contrôleurs de domaine en lecture seule" if rid == 521 else "Protected Users"
        specimen.change(f"CN={name},{USERS}", adminCount=1)
    specimen.group("Duplicateurs", "S-1-5-32-552", [f"CN=agent1,{STAFF}"], "CN=Builtin", adminCount=1)
    specimen.change(f"CN=agent1,{STAFF}", adminCount=1)
    assert set(found("admin_count_residual", specimen)) == {"HOPITAL\\Protected Users"}


@pytest.mark.parametrize(("days", "expected"), [(29.9, True), (30, False)])
def test_the_built_in_administrator_rests_for_a_month(days: float, expected: bool) -> None:
    specimen = healthy()
    specimen.change(f"CN=Administrateur,{USERS}", lastLogonTimestamp=ago(days))
    assert bool(found("builtin_administrator_used", specimen)) is expected


@pytest.mark.parametrize(
    ("control", "expires", "expected"),
    [(512, 0, False), (514, 0, True), (512, ago(1), True), (512, ago(-1), False), (512, 2**63 - 1, False)],
)
def test_disabled_and_expired_administrators(control: int, expires: int, expected: bool) -> None:
    specimen = healthy()
    specimen.change(MARTIN, userAccountControl=control | 0x100000, accountExpires=expires)
    assert bool(found("privileged_disabled_or_expired", specimen)) is expected


@pytest.mark.parametrize(("extra", "expected"), [(18, False), (19, True), (49, True), (50, False)])
def test_a_notable_number_of_administrators_from_twenty_to_the_threshold(extra: int, expected: bool) -> None:
    specimen = healthy()
    for number in range(extra):
        specimen.join(DOMAIN_ADMINS, specimen.user(f"a{number}", 2000 + number))
    assert bool(found("privileged_count_notable", specimen)) is expected
    assert bool(found("privileged_count", specimen)) is (extra == 50)


@pytest.mark.parametrize(
    ("dormant", "notable", "grave"), [(9, False, False), (10, True, False), (25, True, False), (26, False, True)]
)
def test_dormant_accounts_are_notable_from_a_tenth_and_grave_beyond_a_quarter(
    dormant: int, notable: bool, grave: bool
) -> None:
    specimen = healthy()
    for number in range(100 - int(counted(healthy().facts()).sum())):
        days = 1100 if number < dormant else 30
        specimen.user(f"u{number}", 2000 + number, pwdLastSet=ago(days), lastLogonTimestamp=ago(400))
    assert bool(found("dormant_accounts_notable", specimen)) is notable
    assert bool(found("dormant_accounts", specimen)) is grave
    assert len(found("dormant_account", specimen)) == dormant


@pytest.mark.parametrize(("silent", "expected"), [(3, False), (4, True)])
def test_fifteen_percent_of_administrators_at_most_are_inactive(silent: int, expected: bool) -> None:
    specimen = healthy()
    for number in range(18):
        logon = ago(181) if number < silent else ago(180)
        specimen.join(DOMAIN_ADMINS, specimen.user(f"a{number}", 2000 + number, lastLogonTimestamp=logon))
    assert bool(found("privileged_inactive", specimen)) is expected


def test_lists_of_accounts_leave_to_graver_rules_what_those_tell() -> None:
    specimen = healthy()
    specimen.change(MARTIN, userAccountControl=512 | 0x10080, pwdLastSet=ago(2000))
    specimen.user("dormant", 2000, pwdLastSet=ago(2000), lastLogonTimestamp=ago(700))
    specimen.user("carte", 2001, control=512 | 0x40000, pwdLastSet=ago(2000))
    for name in ("never_expires_accounts", "reversible_password", "password_age"):
        assert found(name, specimen) == {}
    assert set(found("smartcard_password_age", specimen)) == {"HOPITAL\\carte"}
    assert set(found("dormant_account", specimen)) == {"HOPITAL\\dormant"}


def test_a_machine_with_a_reversible_password_is_told() -> None:
    specimen = healthy()
    specimen.change(f"CN=PC-URG-01,OU=Machines,{BASE}", userAccountControl=0x1080)
    assert set(found("reversible_password", specimen)) == {"HOPITAL\\PC-URG-01$"}


# ── who is gone ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_deleted_objects_are_no_accounts_no_members_and_nobody_with_rights() -> None:
    specimen = healthy()
    name = "CN=parti\\0ADEL:6b3e,CN=Deleted Objects," + BASE
    gone = specimen.user("parti", 2000, isDeleted="TRUE", adminCount=1, pwdLastSet=ago(4000))
    specimen.entries[name] = specimen.entries.pop(gone)
    specimen.join(DOMAIN_ADMINS, name)
    specimen.join(f"CN=Administrateurs du schéma,{USERS}", name)
    specimen.join(f"CN=Administrateurs du schéma,{USERS}", "CN=autre\\0ADEL:77aa,CN=Deleted Objects," + BASE)
    specimen.grant(MARTIN, Ace(f"{SID}-2000", FULL))
    facts = specimen.facts()
    assert not facts.accounts[facts.row_at(name)]
    assert facts.objects.outside == {}
    spoken = {one.rule.id for one in outcomes(facts) if one.findings}
    assert spoken == {"ad.privileged_unprotected", "ad.unknown_sid"}
    protect(specimen, MARTIN)
    assert {one.rule.id for one in outcomes(specimen.facts()) if one.findings} == set()


# ── what further searches tell ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("days", "expected"), [(30, True), (32, False)])
def test_changes_of_the_last_thirty_days(days: float, expected: bool) -> None:
    specimen = healthy()
    told(specimen, DOMAIN_ADMINS, f"CN=agent1,{STAFF}", days, removed=True)
    changes = found("privileged_members_changed", specimen)
    assert bool(changes) is expected
    if expected:
        assert str(changes["HOPITAL\\Admins du domaine"].evidence["changes"]).endswith(" -HOPITAL\\agent1")


def test_a_controller_that_tells_no_history_is_not_clean() -> None:
    specimen = healthy()
    del specimen.entries[DOMAIN_ADMINS]["msDS-ReplValueMetaData"]
    told_of = outcome("privileged_members_changed", specimen.facts())
    assert told_of.status is Status.NOT_ASSESSABLE
    assert told_of.reason is not None
    assert "Samba" in told_of.reason.fr


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"<DS_REPL_VALUE_META_DATA>",
        (
            b"<pszAttributeName>managedBy</pszAttributeName><pszObjectDn>CN=x</pszObjectDn>"
            b"<ftimeLastOriginatingChange>2026-01-01T00:00:00Z</ftimeLastOriginatingChange>"
        ),
        b"\xff\xfe<pszAttributeName>member</pszAttributeName><pszObjectDn></pszObjectDn>",
    ],
)
def test_metadata_that_tell_no_member_are_left_out(value: bytes) -> None:
    assert member_change(value) == ""


def test_a_list_of_changes_that_was_cut_counts_as_not_asked() -> None:
    builder = TableBuilder()
    builder.add(b"CN=g,DC=h", [(b"objectClass", [b"top", b"group"])])
    changes = next(extra for extra in EXTRAS if extra.columns == ("memberChanges",))
    changes.entry(builder, "CN=g,DC=h", [(b"msDS-ReplValueMetaData;range=0-999", [b"x"])])
    objects, _ = builder.tables()
    with pytest.raises(NotAssessable):
        objects.texts("memberChanges")


def test_no_value_of_a_unix_password_is_asked_for() -> None:
    builder = TableBuilder()
    search = next(extra for extra in EXTRAS if extra.columns == ("unixPassword",)).searches
    asked = list(search(builder, {"defaultNamingContext": ("DC=h",)}))
    assert [one.attributes for one in asked] == [("1.1",)]
    assert not {"unixUserPassword", "userPassword"} & set(ATTRIBUTES)


@pytest.mark.parametrize(("flags", "expected"), [(0x80, Status.NOT_ASSESSABLE), (0x1, Status.PASSED)])
def test_a_confidential_unix_password_is_not_known_to_be_absent(flags: int, expected: Status) -> None:
    specimen = healthy()
    dn = f"CN=unixUserPassword,CN=Schema,CN=Configuration,{BASE}"
    specimen.put(dn, "attributeSchema", lDAPDisplayName="unixUserPassword", searchFlags=flags)
    assert outcome("unix_password", specimen.facts()).status is expected


def test_only_the_privileged_groups_are_asked_for_their_history() -> None:
    builder = TableBuilder()
    for dn, attributes in broken().entries.items():
        builder.add(dn.encode(), [(name.encode(), values) for name, values in attributes.items()])
    search = next(extra for extra in EXTRAS if extra.columns == ("memberChanges",)).searches
    asked = list(search(builder, {"defaultNamingContext": ("DC=h",)}))
    assert len(asked) == 1
    assert (b"S-1-5-21-1-2-3-512" in asked[0].match, b"S-1-5-21-1-2-3-1105" in asked[0].match) == (True, False)
    assert b"S-1-5-32-544" in asked[0].match
    assert b"S-1-5-32-545" not in asked[0].match


def test_an_archive_of_the_first_schema_tells_nothing_of_what_it_did_not_ask() -> None:
    packed = FORMAT.pack(BROKEN)
    document = json.loads(json.dumps(packed.document))
    del document["asked"], document["texts"]["memberChanges"]
    former = FORMAT.unpack(Parts(document, packed.arrays))
    for name in ("privileged_members_changed", "privileged_mailbox", "unix_password", "pso_listed", "pso_unreadable"):
        assert outcome(name, former).status is Status.NOT_ASSESSABLE
    assert [one.subject for one in outcome("weak_password_policy", former).findings] == ["hopital.test"]
    assert [one.subject for one in outcome("privileged_spn", former).findings] == ["HOPITAL\\svc_sauvegarde"]


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("PC-URG-01", Status.FAILED),
        ("srv-dpi, pc-urg-01.hopital.test", Status.FAILED),
        ("SRV-DPI,DC1", Status.PASSED),
        ("SRV-DPI,PARTI", Status.NOT_ASSESSABLE),
        ("PARTI,PC-URG-01", Status.FAILED),
        (" , ", Status.NOT_ASSESSABLE),
        (None, Status.NOT_ASSESSABLE),
    ],
)
def test_machines_where_a_privileged_account_may_log_on(names: str | None, status: Status) -> None:
    """Inside a silo, nothing is asked; outside, no list or one that is hidden is a doubt."""
    specimen = healthy()
    admin = f"CN=adm.martin,{ADMINS}"
    specimen.change(admin, **({} if names is None else {"userWorkstations": names}))
    assert outcome("privileged_on_workstations", specimen.facts()).status is Status.PASSED
    specimen.change(admin, **{"msDS-AssignedAuthNPolicySilo": []})
    result = outcome("privileged_on_workstations", specimen.facts())
    assert result.status is status
    for finding in result.findings:
        assert finding.evidence["workstations"] == "PC-URG-01"
