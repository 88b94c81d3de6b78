"""Rules on permissions, schema, zones and settings: thresholds, what is left out, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanners.ad.columns import ALL_COLUMNS
from scanners.ad.descriptors import DENY, MALFORMED
from scanners.ad.entries import anybody, carriers, everybody, holdings, right_of
from scanners.ad.rights import GET_CHANGES_ALL
from scanners.ad.sddl import canonical, digest
from scanners.ad.subjects.published_schema import CLASSES, PUBLISHED
from scanners.catalog import rules_of
from scanners.model import Outcome, Rule, Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import BASE, CONFIG, DOMAIN_ADMINS, FULL, SAFE, SID, STAFF, SYSTEM, Specimen, ago, healthy
from tests.unit.ad.specimens import written as dated
from tests.unit.ad.specimens_descriptors import (
    APART,
    GET_CHANGES,
    HOLDER,
    NEIGHBOUR,
    POLICY,
    PUBLISHED_DEFAULT,
    REANIMATE,
    SCHEMA,
    SETTINGS,
    UNDELETABLE,
    UNEXPIRE,
    VOLUME,
    append,
    schema_class,
)

RULES = {rule.id.removeprefix("ad."): rule for rule in rules_of("ad")}
AGENT = f"{SID}-1200"


def outcome(name: str, specimen: Specimen) -> Outcome:
    rule: Rule[Any] = RULES[name]
    return run_rule(rule, specimen.facts())


def subjects(name: str, specimen: Specimen) -> set[str]:
    result = outcome(name, specimen)
    assert result.status in (Status.PASSED, Status.FAILED), result.reason
    return {finding.subject for finding in result.findings}


def with_entry(dn: str, *aces: Ace) -> Specimen:
    specimen = healthy()
    append(specimen, dn, *aces)
    return specimen


# ── who holds what ────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_holding_tells_of_all_the_objects_that_carry_it() -> None:
    specimen = healthy()
    for number in range(4):
        append(specimen, f"CN=agent{number},{STAFF}", Ace(AGENT, 0x40000), Ace(AGENT, 0x10))
    append(specimen, f"CN=agent4,{STAFF}", Ace(AGENT, 0x10))
    facts = specimen.facts()
    table = facts.descriptors
    (held,) = holdings(facts, table.ace_mask == 0x40000)
    assert (held.sid, held.count, facts.objects.dn[held.row]) == (AGENT, 4, f"CN=agent0,{STAFF}")
    assert right_of(table, held.ace) == "WriteDacl"
    (some,) = holdings(facts, table.ace_mask == 0x10, facts.mask([facts.row_at(f"CN=agent4,{STAFF}")]))
    assert some.count == 1
    assert int(carriers(facts, table.ace_mask == 0x40000).sum()) == 4
    assert holdings(facts, table.ace_mask == 0x7777) == []


def test_a_directory_without_any_descriptor_is_no_crash_and_no_pass() -> None:
    specimen = healthy()
    for entry in specimen.entries.values():
        del entry["nTSecurityDescriptor"]
    for name in ("unknown_sid", "everyone_delegated", "ou_deletable", "generic_rights", "admin_sd_holder_inherits"):
        assert outcome(name, specimen).status is Status.NOT_ASSESSABLE
    assert outcome("descriptor_unreadable", specimen).status is Status.FAILED


@pytest.mark.parametrize(
    ("mask", "guid", "words"),
    [
        (FULL, "", "GenericAll"),
        (0x20, REANIMATE, f"WriteProperty ({REANIMATE})"),
        (0x80000000, "", "GenericRead"),
        (0x20010, "", "ReadProperty, ReadControl"),
        (0x2000000, "", "0x2000000"),
    ],
)
def test_rights_are_spelled_as_administrators_know_them(mask: int, guid: str, words: str) -> None:
    facts = with_entry(BASE, Ace(AGENT, mask, guid=guid)).facts()
    assert right_of(facts.descriptors, int(facts.descriptors.entries_of(0)[-1])) == words


def test_equal_permissions_in_two_forms_are_one() -> None:
    one, other = (
        "D:(A;;RPWP;;;DA)(OA;CIIO;CR;AB721A53;;SY)S:(AU;;SA;;;WD)",
        "D:(OA;IOCI;CR;ab721a53;;SY)(A;;WPRPRP;;;DA)",
    )
    assert canonical(one) == canonical(other)
    assert digest(one) == digest(other)
    assert digest("D:(A;;RPWP;;;DA)") != digest("D:(A;;RP;;;DA)")
    assert digest("D:P(A;;RP;;;DA)") != digest("D:(A;;RP;;;DA)")
    assert digest("nothing of the kind") != digest("")
    assert ("contact", digest(PUBLISHED_DEFAULT)) in PUBLISHED
    assert {"user", "computer", "group", "organizationalunit", "domaindns"} <= CLASSES


# ── permissions ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ace", "found"),
    [
        (Ace("S-1-1-0", 0x40000), True),
        (Ace("S-1-5-11", 0x20, flags=0x0A), True),
        (Ace("S-1-5-32-545", FULL), True),
        (Ace(f"{SID}-513", 0x80000), True),
        (Ace(f"{SID}-515", 0x100), True),
        (Ace("S-1-1-0", 0x10), False),
        (Ace("S-1-5-11", 0x1), False),
        (Ace("S-1-1-0", 0x40000, kind=DENY), False),
        (Ace("S-1-1-0", 0x100, guid="ab721a53-1e2f-11d0-9819-00aa0040529b"), False),
        (Ace(AGENT, FULL), False),
    ],
)
def test_what_everybody_may_write(ace: Ace, found: bool) -> None:
    assert bool(subjects("everyone_delegated", with_entry(STAFF, ace))) is found


def test_whoever_does_not_log_on_is_anybody_and_lists_for_nobody() -> None:
    assert subjects("everyone_delegated", with_entry(STAFF, Ace("S-1-5-7", 0x40000))) == {"ANONYMOUS LOGON"}
    facts = healthy().facts()
    assert anybody(facts) - everybody(facts) == {"S-1-5-7"}


def test_a_local_name_is_no_matter_for_everybody() -> None:
    specimen = with_entry(STAFF, Ace(f"{SID}-513", 0x40000))
    assert subjects("everyone_delegated", specimen) == {"HOPITAL\\Utilisateurs du domaine"}


@pytest.mark.parametrize(
    ("dn", "ace", "found"),
    [
        (STAFF, Ace(AGENT, 0x100, guid=REANIMATE), True),
        (STAFF, Ace(AGENT, 0x100, guid=UNEXPIRE), True),
        (BASE, Ace("S-1-5-11", 0x100, guid=UNEXPIRE), False),
        (BASE, Ace("S-1-5-11", 0x100, guid=REANIMATE), True),
        (STAFF, Ace(DOMAIN_ADMINS, 0x100, guid=REANIMATE), False),
        (STAFF, Ace(AGENT, 0x20, guid=REANIMATE), False),
        (STAFF, Ace(AGENT, 0x100, guid=REANIMATE, kind=DENY), False),
        (f"CN=agent1,{STAFF}", Ace(AGENT, 0x100, guid=REANIMATE), False),
    ],
)
def test_dangerous_extended_rights(dn: str, ace: Ace, found: bool) -> None:
    assert bool(subjects("dangerous_extended_right", with_entry(dn, ace))) is found


@pytest.mark.parametrize(
    ("sid", "found"),
    [(f"{SID}-4242", True), (f"{SID}-999", False), ("S-1-5-21-7-7-7-4242", False), (f"{SID}-1200", False)],
)
def test_sids_of_this_domain_that_nobody_has(sid: str, found: bool) -> None:
    assert subjects("unknown_sid", with_entry(STAFF, Ace(sid, 0x10))) == ({sid} if found else set())


def test_a_recycled_account_is_gone() -> None:
    specimen = with_entry(STAFF, Ace(AGENT, 0x10))
    specimen.change(f"CN=agent0,{STAFF}", isDeleted="TRUE")
    assert len(subjects("unknown_sid", specimen)) == 1


@pytest.mark.parametrize(
    ("ace", "found"),
    [
        (Ace(AGENT, 0x10000000), True),
        (Ace(AGENT, 0x20000000), True),
        (Ace(AGENT, 0x10000000, flags=0x0B), False),
        (Ace(AGENT, FULL), False),
    ],
)
def test_generic_rights_in_force(ace: Ace, found: bool) -> None:
    assert bool(subjects("generic_rights", with_entry(STAFF, ace))) is found


@pytest.mark.parametrize(
    ("ace", "found"),
    [
        (Ace(AGENT, 0x10, kind=DENY), True),
        (Ace(AGENT, 0x20000, kind=DENY), True),
        (Ace(AGENT, 0x4, kind=DENY), True),
        (Ace(AGENT, 0x80000000, kind=DENY), True),
        (Ace(AGENT, 0x10, kind=DENY, guid=REANIMATE), True),
        (Ace(AGENT, 0x10, kind=DENY, flags=0x0A), False),
        (UNDELETABLE, False),
    ],
)
def test_refusals_to_read(ace: Ace, found: bool) -> None:
    assert bool(subjects("deny_read", with_entry(STAFF, ace))) is found


@pytest.mark.parametrize("name", ["userAccountControl", "primaryGroupID", "sAMAccountName"])
def test_each_essential_attribute_counts(name: str) -> None:
    specimen = healthy()
    specimen.change(f"CN=agent0,{STAFF}", **{name: None})
    (finding,) = outcome("attributes_withheld", specimen).findings
    assert finding.evidence["absent"] == name


@pytest.mark.parametrize(
    ("dn", "found"),
    [
        (f"CN=agent0,{STAFF}", True),
        (f"CN=BCKUPKEY_1 Secret,{SYSTEM}", False),
        (f"CN=Administrateur,CN=Users,{BASE}", False),
        (f"CN=opaque,{STAFF}", True),
        (f"CN=opaque,{SYSTEM}", False),
        (f"CN=NTDS Quotas,{BASE}", False),
    ],
)
def test_permissions_that_no_ordinary_account_reads_are_no_finding(dn: str, found: bool) -> None:
    specimen = healthy()
    entry = specimen.entries.setdefault(dn, {})
    entry.pop("nTSecurityDescriptor", None)
    assert subjects("descriptor_unreadable", specimen) == (
        {specimen.facts().subject(specimen.facts().row_at(dn))} if found else set()
    )


def test_malformed_and_hidden_permissions_are_told_apart() -> None:
    specimen = healthy()
    del specimen.entries[f"CN=agent0,{STAFF}"]["nTSecurityDescriptor"]
    facts = specimen.facts()
    carried = facts.objects.descriptor.copy()
    carried[facts.row_at(f"CN=agent1,{STAFF}")] = MALFORMED
    rule: Rule[Any] = RULES["descriptor_unreadable"]
    found = run_rule(rule, replace(facts, objects=replace(facts.objects, descriptor=carried))).findings
    assert [finding.evidence["kind"] for finding in found] == ["withheld", "malformed"]
    assert "hidden" in rule.describe(found[0], "en")
    assert "mal formées" in rule.describe(found[1], "fr")


@pytest.mark.parametrize(
    ("dn", "ace", "rule_found", "secrets_found"),
    [
        (BASE, Ace(AGENT, 0x100, guid=GET_CHANGES), True, False),
        (BASE, Ace(AGENT, 0x100, guid=GET_CHANGES_ALL), False, True),
        (BASE, Ace(AGENT, 0x100), False, True),
        (CONFIG, Ace(AGENT, 0x100, guid=GET_CHANGES_ALL), True, False),
        (SCHEMA, Ace(AGENT, 0x100), True, False),
        (CONFIG, Ace(f"{SID}-498", 0x100, guid=GET_CHANGES), False, False),
        (CONFIG, Ace("S-1-5-9", 0x100, guid=GET_CHANGES), False, False),
        (STAFF, Ace(AGENT, 0x100, guid=GET_CHANGES), False, False),
    ],
)
def test_each_replication_right_is_told_by_one_rule(dn: str, ace: Ace, rule_found: bool, secrets_found: bool) -> None:
    specimen = with_entry(dn, ace)
    assert bool(subjects("replication_delegated", specimen)) is rule_found
    assert bool(subjects("dcsync_rights", specimen)) is secrets_found


# ── units ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ace", "protected"),
    [
        (UNDELETABLE, True),
        (Ace("S-1-1-0", 0x10000, kind=DENY), False),
        (Ace("S-1-1-0", 0x10040), False),
        (Ace("S-1-5-11", 0x10040, kind=DENY), False),
        (Ace("S-1-1-0", 0x10040, kind=DENY, flags=0x0A), False),
        (Ace("S-1-1-0", FULL, kind=DENY), True),
    ],
)
def test_protection_from_deletion(ace: Ace, protected: bool) -> None:
    specimen = healthy()
    specimen.put(APART, "organizationalUnit", sd=descriptor(DOMAIN_ADMINS, [ace]))
    assert (APART not in subjects("ou_deletable", specimen)) is protected


@pytest.mark.parametrize(
    ("ace", "listable"),
    [
        (Ace("S-1-5-11", 0x4), True),
        (Ace("S-1-5-32-554", 0x80000000), True),
        (Ace("S-1-5-11", 0x10), False),
        (Ace(AGENT, 0x4), False),
        (Ace("S-1-5-11", 0x4, flags=0x0A), False),
    ],
)
def test_units_that_can_be_listed(ace: Ace, listable: bool) -> None:
    specimen = healthy()
    specimen.put(APART, "organizationalUnit", sd=descriptor(DOMAIN_ADMINS, [ace]))
    assert (APART not in subjects("ou_not_listable", specimen)) is listable


@pytest.mark.parametrize(("control", "said"), [(0x8004, False), (0x9004, True)])
def test_units_that_block_inheritance(control: int, said: bool) -> None:
    specimen = healthy()
    specimen.put(APART, "organizationalUnit", sd=descriptor(DOMAIN_ADMINS, SAFE, control=control))
    assert (APART in subjects("ou_blocks_inheritance", specimen)) is said
    specimen.entries[HOLDER]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, SAFE, control=control)]
    assert bool(subjects("admin_sd_holder_inherits", specimen)) is not said


# ── schema, zones, settings ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("parent", "superiors", "found"),
    [
        ("container", ["computer"], True),
        ("container", ["user"], True),
        ("organizationalUnit", ["group"], True),
        ("container", ["container"], False),
        ("top", ["computer"], False),
        ("top", ["top"], True),
        ("aProduct", ["computer"], True),
    ],
)
def test_classes_that_may_be_created_below_accounts(parent: str, superiors: list[str], found: bool) -> None:
    specimen = healthy()
    schema_class(specimen, "aProduct", "container", ["organizationalUnit"])
    dn = schema_class(specimen, "Nouvelle", parent, superiors)
    assert (dn in subjects("schema_creatable_anywhere", specimen)) is found


def test_a_class_that_descends_from_itself_ends() -> None:
    specimen = healthy()
    schema_class(specimen, "Ronde", "carree", ["user"])
    schema_class(specimen, "Carree", "ronde", ["user"])
    assert subjects("schema_creatable_anywhere", specimen) == set()


def test_default_permissions_of_products_are_not_compared() -> None:
    specimen = healthy()
    dn = schema_class(specimen, "msExchRecipient", "top", [])
    specimen.change(dn, defaultSecurityDescriptor="D:(A;;RP;;;AU)")
    assert subjects("schema_default_permissions", specimen) == set()


def test_default_permissions_withheld_are_not_passed() -> None:
    specimen = healthy()
    specimen.change(f"CN=Contact,{SCHEMA}", defaultSecurityDescriptor=None)
    assert outcome("schema_default_permissions", specimen).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("version", "found"), [(91, False), (92, True)])
def test_a_schema_that_we_do_not_know(version: int, found: bool) -> None:
    specimen = healthy()
    specimen.change(SCHEMA, objectVersion=version)
    assert bool(subjects("newer_than_references", specimen)) is found
    specimen.change(SCHEMA, objectVersion=None)
    assert outcome("newer_than_references", specimen).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("days", "found"), [(30, True), (31, False)])
def test_policies_of_the_last_thirty_days(days: int, found: bool) -> None:
    specimen = healthy()
    specimen.change(POLICY, whenChanged=dated(days))
    assert bool(subjects("policies_recently_changed", specimen)) is found


def test_policies_without_date_are_not_passed() -> None:
    specimen = healthy()
    specimen.change(POLICY, whenChanged=None)
    assert outcome("policies_recently_changed", specimen).status is Status.NOT_ASSESSABLE
    assert ago(1) > ago(2)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (f"DC=labo.test,CN=MicrosoftDNS,DC=ForestDnsZones,{BASE}", {"labo.test"}),
        (f"DC=labo.test\\0ACNF:1,CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}", {"labo.test"}),
        (f"DC=..InProgress-labo.test,CN=MicrosoftDNS,DC=ForestDnsZones,{BASE}", {"labo.test"}),
        (f"DC=autre.test,CN=MicrosoftDNS,DC=ForestDnsZones,{BASE}", set()),
    ],
)
def test_zones_that_exist_twice(where: str, found: set[str]) -> None:
    specimen = healthy()
    for dn in (where, *(f"DC=RootDNSServers,CN=MicrosoftDNS,{place}" for place in (SYSTEM, BASE))):
        specimen.put(dn, "dnsZone")
    assert subjects("dns_zone_duplicated", specimen) == found


@pytest.mark.parametrize(
    ("direction", "attributes", "found"),
    [
        (3, 0x8, True),
        (1, 0x0, True),
        (2, 0x8, False),
        (3, 0x208, False),
        (3, 0x808, False),
        (3, 0x4, False),
        (3, 0x20, False),
    ],
)
def test_trusts_silent_on_ticket_delegation(direction: int, attributes: int, found: bool) -> None:
    specimen = healthy()
    specimen.change(NEIGHBOUR, trustDirection=direction, trustAttributes=attributes)
    assert (NEIGHBOUR in subjects("trust_tgt_delegation_default", specimen)) is found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["DenyUnauthenticatedBind=1"], False),
        (["denyunauthenticatedbind = 1"], False),
        (["DenyUnauthenticatedBind=0"], True),
    ],
)
def test_binds_without_password(values: list[str], found: bool) -> None:
    specimen = healthy()
    specimen.change(SETTINGS, msDS_Other_Settings=values)
    assert bool(subjects("unauthenticated_bind_allowed", specimen)) is found


@pytest.mark.parametrize(
    ("rule", "value", "found"),
    [
        ("ds_heuristics_list_object", "001", True),
        ("ds_heuristics_list_object", "00", False),
        ("ds_heuristics_list_object", "002", False),
        ("ds_heuristics_weak", "0000000001000000000200000001130", False),
        ("ds_heuristics_weak", "0000000001000000000200000001137", True),
        ("ds_heuristics_weak", "000000000100000000020000000113", False),
    ],
)
def test_switches_of_the_directory_service(rule: str, value: str, found: bool) -> None:
    specimen = healthy()
    specimen.change(SETTINGS, dSHeuristics=value)
    assert bool(subjects(rule, specimen)) is found


def test_sysvol_is_replicated_by_one_of_the_two() -> None:
    specimen = healthy()
    del specimen.entries[VOLUME]
    assert subjects("sysvol_not_replicated", specimen) == {"hopital.test"}
    specimen.put(f"CN=Domain System Volume (SYSVOL share),CN=File Replication Service,{SYSTEM}", "nTFRSReplicaSet")
    assert subjects("sysvol_not_replicated", specimen) == set()


def test_columns_of_these_rules_are_collected() -> None:
    assert {
        "defaultSecurityDescriptor",
        "possSuperiors",
        "subClassOf",
        "whenChanged",
        "msDS-Other-Settings",
    } <= ALL_COLUMNS
