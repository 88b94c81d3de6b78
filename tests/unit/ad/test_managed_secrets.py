"""Delegation, managed secrets, successors, read-only controllers: what looks dangerous and is not, and the reverse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.descriptors import DENY
from scanners.ad.sids import encode_sid
from scanners.model import Finding, Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    ADMINS,
    AUTHENTICATED,
    BASE,
    CONFIG,
    DOMAIN_ADMINS,
    FULL,
    SID,
    STAFF,
    WRITE_DACL,
    Specimen,
    ago,
    healthy,
)
from tests.unit.ad.specimens_adcs import DMSA, LAPS, modern
from tests.unit.ad.test_rules import rule

STATION = f"CN=PC-URG-01,OU=Machines,{BASE}"
DPI = f"CN=SRV-DPI,OU=Machines,{BASE}"
GMSA = f"CN=gmsa,CN=Managed Service Accounts,{BASE}"
AGENT0, AGENT1 = f"{SID}-1200", f"{SID}-1201"
READ_LAPS = 0x100
CREATE = 0x1
USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"


def outcome(specimen: Specimen, name: str) -> Outcome:
    return run_rule(rule(name), specimen.facts())


def seen(specimen: Specimen, name: str) -> dict[str, Finding]:
    return {finding.subject.removeprefix("HOPITAL\\"): finding for finding in outcome(specimen, name).findings}


# ── LAPS ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("trustee", "name"),
    [
        ("S-1-1-0", "Everyone"),
        (AUTHENTICATED, "Authenticated Users"),
        ("S-1-5-32-545", "BUILTIN\\Users"),
        ("S-1-5-32-554", "Accès compatible pré-Windows 2000"),
        ("S-1-5-7", "ANONYMOUS LOGON"),
        (f"{SID}-513", "Utilisateurs du domaine"),
        (f"{SID}-515", "Ordinateurs du domaine"),
        ("S-1-5-21-9-9-9-513", "S-1-5-21-9-9-9-513"),
    ],
)
def test_nearly_everybody_reads_laps(trustee: str, name: str) -> None:
    specimen = healthy()
    specimen.grant(STATION, Ace(trustee, READ_LAPS, guid=str(LAPS)))
    assert set(seen(specimen, "laps_readers_wide")) == {name}
    assert outcome(specimen, "laps_readers").status is Status.PASSED


@pytest.mark.parametrize("trustee", [AGENT0, "S-1-5-21-9-9-9-1105", f"{SID}-1513"])
def test_some_read_laps(trustee: str) -> None:
    specimen = healthy()
    specimen.grant(STATION, Ace(trustee, READ_LAPS, guid=str(LAPS)))
    specimen.grant(DPI, Ace(trustee, READ_LAPS, guid=str(LAPS)))
    assert outcome(specimen, "laps_readers_wide").status is Status.PASSED
    (finding,) = outcome(specimen, "laps_readers").findings
    assert finding.evidence["machines"] == 2


@pytest.mark.parametrize("trustee", [DOMAIN_ADMINS, "S-1-5-32-544", "S-1-5-18", f"{SID}-516", f"{SID}-500"])
def test_those_who_should_read_laps_are_not_listed(trustee: str) -> None:
    specimen = healthy()
    specimen.grant(STATION, Ace(trustee, READ_LAPS, guid=str(LAPS)))
    assert outcome(specimen, "laps_readers").status is Status.PASSED


def test_machines_whose_permissions_are_withheld_are_not_passed() -> None:
    specimen = healthy()
    del specimen.entries[STATION]["nTSecurityDescriptor"]
    assert outcome(specimen, "laps_readers_wide").status is Status.NOT_ASSESSABLE


def test_the_attribute_is_said_when_it_is_not_confidential() -> None:
    specimen = healthy()
    specimen.change(f"CN=msLAPS-Password,CN=Schema,{CONFIG}", searchFlags=8)
    finding = seen(specimen, "laps_readers_wide")["Authenticated Users"]
    assert (finding.evidence["confidential"], finding.evidence["attribute"]) == (False, "msLAPS-Password")


@pytest.mark.parametrize(
    ("aces", "owner", "found"),
    [
        ([Ace(AGENT0, READ_LAPS)], DOMAIN_ADMINS, True),
        ([Ace(AGENT0, READ_LAPS, guid=str(LAPS))], DOMAIN_ADMINS, True),
        ([], AGENT0, True),
        ([], DOMAIN_ADMINS, False),
        ([Ace(AGENT1, READ_LAPS)], DOMAIN_ADMINS, False),
        ([Ace(AGENT0, READ_LAPS, DENY), Ace(AGENT0, READ_LAPS)], DOMAIN_ADMINS, False),
    ],
)
def test_whoever_joined_a_machine(aces: list[Ace], owner: str, found: bool) -> None:
    specimen = healthy()
    specimen.grant(STATION, *aces, owner=owner)
    specimen.entries[STATION]["mS-DS-CreatorSID"] = [encode_sid(AGENT0)]
    assert set(seen(specimen, "laps_joined_computers")) == ({"PC-URG-01$"} if found else set())


@pytest.mark.parametrize("refused", [AGENT0, AUTHENTICATED, "S-1-1-0"])
def test_a_refusal_counts_when_it_comes_first(refused: str) -> None:
    """Entries set on the object come before inherited refusals."""
    allowed, denied = Ace(AGENT0, READ_LAPS, guid=str(LAPS)), Ace(refused, READ_LAPS, DENY)
    for aces, found in ([[allowed, denied], {"agent0"}], [[denied, allowed], set()]):
        specimen = healthy()
        specimen.grant(STATION, *aces)
        assert set(seen(specimen, "laps_readers")) == found


def test_a_refusal_to_another_takes_nothing_away() -> None:
    specimen = healthy()
    specimen.grant(STATION, Ace(AGENT1, READ_LAPS, DENY), Ace(AGENT0, READ_LAPS))
    specimen.grant(DPI, Ace(AGENT0, READ_LAPS, DENY))
    assert set(seen(specimen, "laps_readers")) == {"agent0"}


def test_no_permissions_at_all_are_permissions_for_all() -> None:
    specimen = healthy()
    modern(specimen)
    for dn in (STATION, STAFF):
        specimen.entries[dn]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [], control=0x8000)]
    assert set(seen(specimen, "laps_readers_wide")) == set(seen(specimen, "successor_accounts")) == {"Everyone"}


def test_an_administrator_who_joined_a_machine_is_no_surprise() -> None:
    specimen = healthy()
    specimen.entries[STATION]["mS-DS-CreatorSID"] = [encode_sid(f"{SID}-1101")]
    specimen.grant(STATION, Ace(f"{SID}-1101", READ_LAPS))
    assert outcome(specimen, "laps_joined_computers").status is Status.PASSED


# ── managed service accounts ────────────────────────────────────────────────────────────────────────────────────────


def read_by(*readers: str) -> Specimen:
    specimen = healthy()
    specimen.group("Serveurs DPI", 1490, [DPI])
    specimen.group("Mêlé", 1496, [DPI, f"CN=agent1,{STAFF}"])
    specimen.group("Administration DPI", 1497, [DPI, f"CN=adm.martin,{ADMINS}"])
    allowed = descriptor(DOMAIN_ADMINS, [Ace(sid, FULL) for sid in readers])
    specimen.change(GMSA, msDS_GroupMSAMembership=allowed)
    return specimen


@pytest.mark.parametrize(
    ("readers", "told"),
    [
        ([f"{SID}-1301"], None),
        ([f"{SID}-1490"], None),
        ([DOMAIN_ADMINS, f"{SID}-516"], None),
        ([AUTHENTICATED], "Authenticated Users"),
        ([f"{SID}-515"], "HOPITAL\\Ordinateurs du domaine"),
        ([f"{SID}-1490", AGENT0], "HOPITAL\\agent0"),
        ([f"{SID}-1496"], "HOPITAL\\Mêlé"),
        ([f"{SID}-1497"], None),
    ],
)
def test_readers_of_a_managed_account(readers: list[str], told: str | None) -> None:
    findings = outcome(read_by(*readers), "managed_password_readers").findings
    assert [finding.evidence["allowed"] for finding in findings] == ([told] if told else [])


def test_a_privileged_managed_account_is_read_by_the_privileged_alone() -> None:
    specimen = read_by(f"{SID}-1301")
    specimen.join(f"CN=Admins du domaine,CN=Users,{BASE}", GMSA)
    finding = seen(specimen, "managed_password_readers")["gmsa$"]
    assert (finding.evidence["allowed"], finding.evidence["privileged"]) == ("HOPITAL\\SRV-DPI$", True)


# ── successors ──────────────────────────────────────────────────────────────────────────────────────────────────────


def with_successors(*aces: Ace, dn: str = STAFF, owner: str = DOMAIN_ADMINS) -> Specimen:
    specimen = healthy()
    modern(specimen)
    specimen.grant(dn, *aces, owner=owner)
    return specimen


def controllers_run(specimen: Specimen, system: str | None) -> None:
    for dn in [dn for dn in specimen.entries if dn.endswith(f",OU=Domain Controllers,{BASE}")]:
        specimen.change(dn, operatingSystem=system)


@pytest.mark.parametrize("dn", [STAFF, f"CN=Users,{BASE}", BASE])
@pytest.mark.parametrize(
    "ace",
    [
        Ace(AGENT0, CREATE),
        Ace(AGENT0, CREATE, guid=DMSA),
        Ace(AGENT0, FULL),
        Ace(AGENT0, 0x10000000),
        Ace(AGENT0, WRITE_DACL),
        Ace(AGENT0, 0x80000),
    ],
)
def test_who_may_make_a_successor(ace: Ace, dn: str) -> None:
    finding = seen(with_successors(ace, dn=dn), "successor_accounts")["agent0"]
    assert (finding.evidence["target"], finding.evidence["count"], finding.evidence["accounts"]) == (dn, 1, 1)


def test_owners_may_make_a_successor() -> None:
    assert set(seen(with_successors(owner=AGENT0), "successor_accounts")) == {"agent0"}


@pytest.mark.parametrize(
    "aces",
    [
        [Ace(AGENT0, CREATE, guid=USER_CLASS)],
        [Ace(AGENT0, CREATE, flags=0x08)],
        [Ace(AGENT0, 0x20)],
        [Ace(AGENT0, CREATE, DENY), Ace(AGENT0, CREATE)],
        [Ace(AUTHENTICATED, CREATE, DENY, guid=DMSA), Ace(AGENT0, CREATE, guid=DMSA)],
        [Ace(DOMAIN_ADMINS, CREATE), Ace("S-1-5-32-548", CREATE), Ace("S-1-3-0", CREATE)],
    ],
)
def test_who_may_not(aces: list[Ace]) -> None:
    assert outcome(with_successors(*aces), "successor_accounts").status is Status.PASSED


def test_creating_in_the_configuration_makes_no_successor() -> None:
    specimen = with_successors(Ace(AGENT0, CREATE), dn=f"CN=Group Key Distribution Service,CN=Services,{CONFIG}")
    assert outcome(specimen, "successor_accounts").status is Status.PASSED


def test_writing_an_existing_successor() -> None:
    specimen = with_successors()
    classes = "person user computer msDS-DelegatedManagedServiceAccount"
    dn = specimen.put(f"CN=dmsa,{STAFF}", classes, rid=1490, sAMAccountName="dmsa$", userAccountControl=0x1000)
    specimen.grant(dn, Ace(AGENT0, 0x20))
    assert seen(specimen, "successor_accounts")["agent0"].evidence["target"] == dn


@pytest.mark.parametrize("system", ["Windows Server 2022 Standard", "Windows Server 2019 Standard"])
def test_without_a_controller_that_serves_them_there_is_nothing_to_judge(system: str) -> None:
    specimen = with_successors(Ace(AGENT0, CREATE))
    controllers_run(specimen, system)
    found = outcome(specimen, "successor_accounts")
    assert (found.status, found.population) == (Status.PASSED, 0)


def test_without_the_class_there_is_nothing_to_judge() -> None:
    specimen = healthy()
    specimen.grant(STAFF, Ace(AGENT0, CREATE))
    found = outcome(specimen, "successor_accounts")
    assert (found.status, found.population) == (Status.PASSED, 0)


def test_a_controller_whose_system_is_hidden_may_be_one() -> None:
    specimen = with_successors(Ace(AGENT0, CREATE))
    controllers_run(specimen, None)
    assert outcome(specimen, "successor_accounts").status is Status.NOT_ASSESSABLE


def test_a_schema_that_was_not_read_tells_nothing() -> None:
    specimen = with_successors()
    for dn in [dn for dn in specimen.entries if "CN=Schema," in dn]:
        del specimen.entries[dn]
    assert outcome(specimen, "successor_accounts").status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("preceding", "found"), [(f"CN=adm.martin,{ADMINS}", True), (f"CN=agent0,{STAFF}", False), ("CN=absent", False)]
)
def test_successors_of_the_privileged(preceding: str, found: bool) -> None:
    specimen = healthy()
    classes = "person user computer msDS-DelegatedManagedServiceAccount"
    specimen.put(
        f"CN=dmsa,{STAFF}",
        classes,
        rid=1490,
        sAMAccountName="dmsa$",
        userAccountControl=0x1000,
        msDS_ManagedAccountPrecededByLink=preceding,
    )
    assert set(seen(specimen, "successor_of_privileged")) == ({"dmsa$"} if found else set())


# ── delegation ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("service", "privileged"),
    [
        ("cifs/dc1.hopital.test", True),
        ("CIFS/DC1", True),
        ("ldap/dc1.hopital.test:389/hopital.test", True),
        ("ldap/alias.hopital.test", True),
        ("krbtgt/HOPITAL.TEST", True),
        ("host/srv-ca.hopital.test", True),
        ("MSSQLSvc/compta.hopital.test", True),
        ("http/srv-dpi.hopital.test", False),
        ("http/dc10.hopital.test", False),
    ],
)
def test_services_that_are_privileged(service: str, privileged: bool) -> None:
    specimen = healthy()
    specimen.change(f"CN=DC1,OU=Domain Controllers,{BASE}", servicePrincipalName=["LDAP/alias.hopital.test"])
    specimen.change(f"CN=adm.martin,{ADMINS}", servicePrincipalName=["MSSQLSvc/compta.hopital.test"])
    specimen.user("svc_web", 1490, control=512 | 0x1000000, msDS_AllowedToDelegateTo=[service])
    names = ("constrained_delegation_to_controller", "protocol_transition_to_controller", "protocol_transition")
    found = {name: set(seen(specimen, name)) for name in names}
    expected = [{"svc_web"}, {"svc_web"}, set()] if privileged else [set(), set(), {"svc_web"}]
    assert list(found.values()) == expected


@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("krbtgt/HOPITAL.TEST", "HOPITAL\\krbtgt"),
        ("ldap/alias.hopital.test", "HOPITAL\\DC1$"),
        ("MSSQLSvc/compta.hopital.test", "HOPITAL\\adm.martin"),
        ("MSSQLSvc/compta.hopital.test:1433", None),
        ("http/ailleurs.test", None),
    ],
)
def test_paths_by_the_name_of_a_service(service: str, target: str | None) -> None:
    specimen = healthy()
    specimen.change(f"CN=DC1,OU=Domain Controllers,{BASE}", servicePrincipalName=["LDAP/alias.hopital.test"])
    specimen.change(f"CN=adm.martin,{ADMINS}", servicePrincipalName=["MSSQLSvc/compta.hopital.test"])
    specimen.user("svc_web", 1490, msDS_AllowedToDelegateTo=[service])
    found = seen(specimen, "control_path_to_tier_zero")
    assert {finding.evidence["target"] for finding in found.values()} == ({target} if target else set())


def test_the_site_of_a_controller_is_a_container_of_the_privileged() -> None:
    specimen = healthy()
    sites = specimen.put(f"CN=Sites,{CONFIG}", "sitesContainer")
    for name in ("Nord", "Sud"):
        site = specimen.put(f"CN={name},{sites}", "site")
        specimen.grant(site, Ace(AGENT0 if name == "Nord" else AGENT1, WRITE_DACL))
        specimen.put(f"CN=Servers,{site}", "serversContainer")
    controller = f"CN=DC1,OU=Domain Controllers,{BASE}"
    for dn in [dn for dn in specimen.entries if f",CN=Sites,{CONFIG}" in dn and "CN=Servers,CN=D" in dn]:
        del specimen.entries[dn]
    specimen.put(f"CN=DC1,CN=Servers,CN=Nord,{sites}", "server", serverReference=controller)
    found = seen(specimen, "control_of_privileged_containers")
    assert {finding.evidence["target"] for finding in found.values()} == {f"CN=Nord,{sites}"}


def test_kerberos_only_to_an_ordinary_service_is_how_it_should_be() -> None:
    specimen = healthy()
    specimen.user("svc_web", 1490, msDS_AllowedToDelegateTo=["http/srv-dpi.hopital.test"])
    specimen.user("svc_off", 1491, control=514 | 0x1000000, msDS_AllowedToDelegateTo=["http/srv-dpi.hopital.test"])
    assert outcome(specimen, "protocol_transition").status is Status.PASSED


@pytest.mark.parametrize(
    ("dn", "rule_id"),
    [
        (f"CN=DC1,OU=Domain Controllers,{BASE}", "resource_delegation_on_controller"),
        (f"CN=krbtgt,CN=Users,{BASE}", "resource_delegation_on_controller"),
        (f"CN=adm.martin,{ADMINS}", "resource_delegation_on_controller"),
        (f"CN=SRV-CA,OU=Machines,{BASE}", "resource_delegation_on_controller"),
        (f"CN=AZUREADSSOACC,OU=Machines,{BASE}", "resource_delegation_on_controller"),
        (STATION, "resource_delegation"),
        (GMSA, "resource_delegation"),
    ],
)
def test_each_resource_is_told_by_one_rule(dn: str, rule_id: str) -> None:
    specimen = healthy()
    specimen.machine("AZUREADSSOACC", 1495, "")
    allowed = descriptor(DOMAIN_ADMINS, [Ace(f"{SID}-1301", FULL)])
    specimen.change(dn, msDS_AllowedToActOnBehalfOfOtherIdentity=allowed)
    names = ("resource_delegation", "resource_delegation_on_controller")
    assert [name for name in names if outcome(specimen, name).findings] == [rule_id]


def test_a_resource_for_administrators_only_is_theirs() -> None:
    specimen = healthy()
    specimen.change(
        STATION, msDS_AllowedToActOnBehalfOfOtherIdentity=descriptor(DOMAIN_ADMINS, [Ace(DOMAIN_ADMINS, FULL)])
    )
    assert outcome(specimen, "resource_delegation").status is Status.PASSED


# ── service accounts, keys, read-only controllers ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "weakness"),
    [
        ({"pwdLastSet": ago(365)}, None),
        ({"pwdLastSet": ago(365.001)}, "RC4"),
        ({"pwdLastSet": ago(900), "msDS_SupportedEncryptionTypes": 24}, ""),
        ({"pwdLastSet": ago(900), "msDS_SupportedEncryptionTypes": 4}, "RC4"),
        ({"pwdLastSet": ago(900), "userAccountControl": 514}, None),
        ({"pwdLastSet": ago(900), "servicePrincipalName": None}, None),
        ({"pwdLastSet": ago(900), "adminCount": 1, "primaryGroupID": 512}, None),
    ],
)
def test_service_accounts_that_can_be_guessed(changes: dict[str, object], weakness: str | None) -> None:
    specimen = healthy()
    dn = specimen.user("svc", 1490, servicePrincipalName="http/a")
    specimen.change(dn, **changes)
    findings = outcome(specimen, "service_password_age").findings
    assert [finding.evidence["weakness"] for finding in findings] == ([] if weakness is None else [weakness])


def test_keys_of_ordinary_accounts_are_one_line() -> None:
    specimen = healthy()
    for dn in (STATION, f"CN=agent0,{STAFF}", f"CN=agent1,{STAFF}", f"CN=adm.martin,{ADMINS}"):
        specimen.change(dn, msDS_KeyCredentialLink=b"B:4:0001:CN=x")
    (finding,) = outcome(specimen, "keys_on_accounts").findings
    assert (finding.subject, finding.evidence["count"], finding.evidence["machines"]) == ("hopital.test", 3, 1)


@pytest.mark.parametrize(
    ("allowed", "never", "told"),
    [
        (["Site"], [], "HOPITAL\\adm.martin"),
        (["Site"], ["Refusés"], None),
        (["Vide"], [], None),
        ([], [], None),
    ],
)
def test_what_a_read_only_controller_may_hold(allowed: list[str], never: list[str], told: str | None) -> None:
    specimen = healthy()
    users = f"CN=Users,{BASE}"
    nested = specimen.group("Équipe", 1490, [f"CN=adm.martin,{ADMINS}", f"CN=agent0,{STAFF}"])
    specimen.group("Site", 1491, [nested])
    specimen.group("Refusés", 1492, [f"CN=Admins du domaine,{users}"])
    specimen.group("Vide", 1493)
    dn = specimen.machine("RODC1", 1494, "Windows Server 2022", userAccountControl=83890176, primaryGroupID=521)
    specimen.change(
        dn,
        msDS_RevealOnDemandGroup=[f"CN={name},{users}" for name in allowed] or None,
        msDS_NeverRevealGroup=[f"CN={name},{users}" for name in never] or None,
    )
    findings = outcome(specimen, "rodc_may_reveal").findings
    assert [finding.evidence["revealed"] for finding in findings] == ([told] if told else [])


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("laps_readers_wide", "schemaIDGUID"),
        ("laps_joined_computers", "mS-DS-CreatorSID"),
        ("managed_password_readers", "msDS-GroupMSAMembership"),
        ("successor_of_privileged", "msDS-ManagedAccountPrecededByLink"),
        ("template_linked_group", "msDS-OIDToGroupLink"),
        ("template_request_agent", "msPKI-RA-Application-Policies"),
        ("weak_certificate_mapping", "altSecurityIdentities"),
    ],
)
def test_what_the_source_did_not_look_at_is_not_passed(name: str, column: str) -> None:
    facts = healthy().facts()
    partial = replace(facts, objects=replace(facts.objects, asked=facts.objects.asked - {column}))
    assert run_rule(rule(name), partial).status is Status.NOT_ASSESSABLE
