"""What level 1 of a point does not count, and what it must count all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad import sids
from scanners.ad.control_paths.control import acting
from scanners.ad.descriptors import DENY
from scanners.ad.facts import DirectoryFacts
from scanners.ad.naming import ForestDomain
from scanners.ad.rights import GET_CHANGES_ALL, GET_CHANGES_FILTERED
from scanners.ad.subjects.delegation import privileged_targets
from scanners.ad.subjects.sensitive import sysvol_replication
from scanners.catalog import rules_of
from scanners.model import Gap, Outcome, Status, Text
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    BASE,
    CONFIG,
    DOMAIN_ADMINS,
    FULL,
    NAMING,
    PKI,
    SAFE,
    SID,
    STAFF,
    SYSTEM,
    Specimen,
    healthy,
)

ROOT_SID = "S-1-5-21-9-9-9"
GONE = f"{SID}-4999"
AGENT = f"{SID}-1200"
DC1 = f"CN=DC1,OU=Domain Controllers,{BASE}"
MENU = f"CN=user-Display,CN=40C,CN=DisplaySpecifiers,{CONFIG}"
PRE_WINDOWS_2000 = f"CN=Accès compatible pré-Windows 2000,CN=Builtin,{BASE}"


def judged_by(name: str, facts: DirectoryFacts) -> Outcome:
    (rule,) = (one for one in rules_of("ad") if one.id == f"ad.{name}")
    return run_rule(rule, facts)


def subjects(name: str, specimen: Specimen) -> set[str]:
    return {finding.subject for finding in judged_by(name, specimen.facts()).findings}


def status(name: str, specimen: Specimen) -> Status:
    return judged_by(name, specimen.facts()).status


def replicating(trustee: str, right: str = GET_CHANGES_ALL) -> Specimen:
    specimen = healthy()
    specimen.naming = replace(
        NAMING, forest_dn="DC=racine,DC=test", forest=(ForestDomain("DC=racine,DC=test", "RACINE", ROOT_SID),)
    )
    specimen.user("parti", 4000, control=514)
    specimen.group("Vide", 4001)
    specimen.grant(BASE, Ace(trustee, 0x100, guid=right))
    return specimen


@pytest.mark.parametrize("right", [GET_CHANGES_ALL, GET_CHANGES_FILTERED])
@pytest.mark.parametrize(
    ("trustee", "now", "latent"),
    [
        (f"{ROOT_SID}-519", False, False),
        (f"{ROOT_SID}-512", False, False),
        (f"{ROOT_SID}-1200", True, False),
        (f"{SID}-1200", True, False),
        (f"{SID}-4000", False, True),
        (f"{SID}-4001", False, True),
        (GONE, False, True),
        (f"{SID}-999", True, False),
    ],
)
def test_who_replicates_secrets_today_and_who_could(trustee: str, now: bool, latent: bool, right: str) -> None:
    specimen = replicating(trustee, right)
    assert bool(subjects("dcsync_rights", specimen)) is now
    assert bool(subjects("dcsync_rights_latent", specimen)) is latent
    controls = right == GET_CHANGES_ALL
    assert bool(subjects("control_of_naming_contexts_latent", specimen)) is (latent and controls)


@pytest.mark.parametrize(
    ("aces", "told"),
    [
        ([Ace(AGENT, 0x100, guid=GET_CHANGES_FILTERED)], "DS-Replication-Get-Changes-In-Filtered-Set"),
        ([Ace(AGENT, 0x100)], "DS-Replication-Get-Changes-All"),
        ([Ace(AGENT, 0x100, kind=DENY, guid=GET_CHANGES_ALL), Ace(AGENT, 0x100, guid=GET_CHANGES_ALL)], ""),
        ([Ace("S-1-1-0", 0x100, kind=DENY), Ace(AGENT, 0x100, guid=GET_CHANGES_ALL)], ""),
        (
            [Ace(AGENT, 0x100, kind=DENY, guid=GET_CHANGES_ALL), Ace(AGENT, 0x100)],
            "DS-Replication-Get-Changes-In-Filtered-Set",
        ),
    ],
)
def test_which_replication_right_is_held(aces: list[Ace], told: str) -> None:
    specimen = healthy()
    specimen.entries[BASE]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [*aces, *SAFE])]
    findings = judged_by("dcsync_rights", specimen.facts()).findings
    assert [one.evidence["right"] for one in findings] == ([told] if told else [])


def test_a_head_of_the_domain_without_permissions_lets_everybody_replicate() -> None:
    specimen = healthy()
    specimen.entries[BASE]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [], control=0x8000)]
    assert subjects("dcsync_rights", specimen) == {"Everyone"}


def test_a_deleted_account_acts_when_something_is_hidden() -> None:
    facts = replicating(GONE).facts()
    hidden = replace(facts, gaps=(Gap("domain", Text("caché", "hidden"), truncated=True),))
    assert not acting(facts, 1)[facts.graph.node_of(GONE)]
    assert acting(facts, 2)[facts.graph.node_of(GONE)]
    assert acting(hidden, 1)[hidden.graph.node_of(GONE)]


def test_only_the_replication_of_sysvol_counts() -> None:
    specimen = healthy()
    server = specimen.machine("FICHIERS", 1390, "Windows Server 2022 Standard")
    counted = [
        specimen.put(f"CN=DFSR-LocalSettings,{DC1}", "msDFSR-LocalSettings"),
        specimen.put(f"CN=SYSVOL,CN=DFSR-LocalSettings,{DC1}", "msDFSR-Subscription"),
        specimen.put(f"CN=Domain System Volume,CN=DFSR-GlobalSettings,{SYSTEM}", "msDFSR-ReplicationGroup"),
        f"CN=DFSR-GlobalSettings,{SYSTEM}",
    ]
    others = [
        specimen.put(f"CN=DFSR-LocalSettings,{server}", "msDFSR-LocalSettings"),
        specimen.put(f"CN=Partages,CN=DFSR-GlobalSettings,{SYSTEM}", "msDFSR-ReplicationGroup"),
    ]
    facts = specimen.facts()
    targets = sysvol_replication(facts)
    assert all(targets[facts.row_at(dn)] for dn in counted)
    assert not any(targets[facts.row_at(dn)] for dn in others)


@pytest.mark.parametrize(
    ("member", "found"),
    [(f"CN=adm.martin,OU=Administration,{BASE}", set()), (f"CN=agent0,{STAFF}", {"HOPITAL\\agent0"})],
)
def test_dns_administrators_who_are_administrators_already(member: str, found: set[str]) -> None:
    specimen = healthy()
    (group,) = (dn for dn in specimen.entries if dn.startswith("CN=DnsAdmins,"))
    specimen.change(group, member=[member])
    specimen.user("dnsadmins", 4100, f"CN=Avant,{BASE}")
    assert subjects("dns_admins", specimen) == found


def test_certificate_publishers_of_the_whole_forest_may() -> None:
    specimen = healthy()
    specimen.grant(PKI, Ace(f"{ROOT_SID}-517", FULL))
    assert subjects("control_of_pki", specimen) == {f"{ROOT_SID}-517"}
    specimen.naming = replace(NAMING, forest=(ForestDomain("DC=racine,DC=test", "RACINE", ROOT_SID),))
    assert subjects("control_of_pki", specimen) == set()


@pytest.mark.parametrize(
    ("kind", "control", "group", "found"),
    [
        ("user", 512, 513, False),
        ("user", 512, 514, False),
        ("user", 512, 515, True),
        ("user", 512, 516, True),
        ("user", 512, 521, True),
        ("machine", 0x1000, 515, False),
        ("machine", 0x1000, 513, True),
        ("machine", 0x1000, 516, True),
        ("machine", 0x82000, 516, False),
        ("machine", 0x5001000, 521, False),
        ("machine", 0x82000, 521, True),
    ],
)
def test_each_kind_of_account_has_its_primary_group(kind: str, control: int, group: int, found: bool) -> None:
    specimen = healthy()
    if kind == "user":
        specimen.user("essai", 4200, control=control, primaryGroupID=group)
    else:
        specimen.machine("essai", 4200, "Windows 11", userAccountControl=control, primaryGroupID=group)
    assert bool(subjects("primary_group_below_1000", specimen)) is found


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (r"0,&Menu,\\hopital.test\sysvol\hopital.test\scripts\x.vbs", False),
        (r"0,&Menu,\\HOPITAL\NETLOGON\x.vbs", False),
        (r"0,&Menu,\\dc1.hopital.test\sysvol\x.vbs", False),
        (r"0,&Menu,\\DC1\netlogon\x.vbs", False),
        (r"0,&Menu,\\%logonserver%\sysvol\x.vbs", False),
        ("0,&Menu,file://dc1/sysvol/x.vbs", False),
        ("2,{08eb4fa6-6ffd-11d1-b0e0-00c04fd8dca6}", False),
        (r"0,&Menu,C:\Windows\x.vbs", False),
        (r"0,&Menu,\\rogue\sysvol\x.vbs", True),
        (r"0,&Menu,\\dc1\partage\x.vbs", True),
        ("0,&Menu,//rogue/sysvol/x.vbs", True),
        ("0,&Menu,file://rogue/sysvol/x.vbs", True),
        ("0,&Menu,http://dc1/sysvol/x.hta", True),
        (r"0,&Menu,\\hopital.test", True),
    ],
)
def test_where_a_menu_may_lead(entry: str, found: bool) -> None:
    specimen = healthy()
    specimen.change(MENU, adminContextMenu=entry)
    assert bool(subjects("display_specifier_script", specimen)) is found


@pytest.mark.parametrize(("service", "found"), [("cifs/annuaire", True), ("cifs/autre", False)])
def test_delegation_to_an_alias_of_a_controller(service: str, found: bool) -> None:
    specimen = healthy()
    specimen.change(DC1, servicePrincipalName=["HOST/annuaire"])
    dn = specimen.user("svc", 4300, msDS_AllowedToDelegateTo=service)
    facts = specimen.facts()
    assert bool(privileged_targets(facts)[facts.row_at(dn)]) is found
    assert ("HOPITAL\\svc" in subjects("control_path_to_tier_zero", specimen)) is found


@pytest.mark.parametrize(
    ("rule", "sid"),
    [
        ("guest_enabled", f"{SID}-501"),
        ("rodc_denied_group_incomplete", f"{SID}-572"),
        ("rodc_allowed_group_not_empty", f"{SID}-571"),
        ("pre_windows_2000_anonymous", sids.PRE_WINDOWS_2000),
        ("pre_windows_2000_authenticated", sids.PRE_WINDOWS_2000),
        ("pre_windows_2000_members", sids.PRE_WINDOWS_2000),
    ],
)
def test_what_every_domain_has_and_does_not_show_is_hidden(rule: str, sid: str) -> None:
    specimen = healthy()
    facts = specimen.facts()
    del specimen.entries[facts.objects.dn[facts.row_of(sid)]]
    assert status(rule, specimen) is Status.NOT_ASSESSABLE


def test_a_dns_service_that_must_be_there_is_hidden() -> None:
    specimen = healthy()
    specimen.entries.pop(f"CN=MicrosoftDNS,{SYSTEM}", None)
    assert status("control_of_dns_server", specimen) is Status.NOT_ASSESSABLE
    for dn in [dn for dn in specimen.entries if ",CN=MicrosoftDNS,DC=" in dn]:
        del specimen.entries[dn]
    assert status("control_of_dns_server", specimen) is Status.PASSED


def test_a_model_that_shows_nothing_but_its_name_is_unreadable() -> None:
    specimen = healthy()
    holder = f"CN=AdminSDHolder,{SYSTEM}"
    specimen.entries[holder] = {}
    assert subjects("critical_objects_unreadable", specimen) == {holder}


def test_an_object_that_counts_and_does_not_show_is_called_by_its_name() -> None:
    specimen = healthy()
    for dn in (f"CN=krbtgt,CN=Users,{BASE}", f"CN=AdminSDHolder,{SYSTEM}"):
        del specimen.entries[dn]
    outcome = judged_by("critical_objects_unreadable", specimen.facts())
    said = {outcome.rule.describe(one, "fr").partition(" (")[0] for one in outcome.findings}
    assert said == {"Le compte krbtgt", "L’objet AdminSDHolder"}


def test_anonymous_is_found_by_its_name_alone() -> None:
    specimen = healthy()
    anonymous = f"CN=S-1-5-7,CN=ForeignSecurityPrincipals,{BASE}"
    specimen.entries.pop(anonymous, None)
    specimen.join(PRE_WINDOWS_2000, anonymous)
    assert status("pre_windows_2000_anonymous", specimen) is Status.FAILED


def test_a_hidden_account_may_have_a_history() -> None:
    specimen = healthy()
    specimen.change(f"CN=agent0,{STAFF}", userAccountControl=None)
    assert status("sid_history_dangerous", specimen) is Status.NOT_ASSESSABLE


def test_a_hidden_account_may_know_aes() -> None:
    specimen = healthy()
    dn = specimen.user("svc", 4400, servicePrincipalName="http/x", msDS_SupportedEncryptionTypes=None)
    assert subjects("service_without_aes", specimen) == {"HOPITAL\\svc"}
    specimen.change(dn, userAccountControl=None)
    assert status("service_without_aes", specimen) is Status.NOT_ASSESSABLE


def test_who_administers_the_machine_of_an_authority_is_counted_with_the_pki() -> None:
    specimen = healthy()
    dn = specimen.machine("SRV-AC", 4500, "Windows Server 2022 Standard", dNSHostName="srv-ca.hopital.test")
    specimen.grant(dn, Ace(f"{SID}-1200", FULL))
    assert subjects("control_path_to_tier_zero", specimen) == set()
    assert subjects("control_of_pki", specimen) == {"HOPITAL\\agent0"}
