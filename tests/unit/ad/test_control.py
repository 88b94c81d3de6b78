"""Control paths on small domains: what gives control, what does not, and what the evidence tells."""

from __future__ import annotations

import pytest

from scanners.ad.control_paths.control import tier_zero, who_controls
from scanners.ad.control_paths.graph import parent_dn, service_host
from scanners.ad.control_paths.paths import summarize, who_reaches
from scanners.ad.descriptors import ALLOW, DENY, WRITE_PROPERTY
from scanners.ad.rights import GP_LINK
from scanners.ad.rules import control_of_privileged_containers, control_paths_too_many
from scanners.ad.sids import encode_sid
from scanners.model import Finding, NotAssessable
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    ADMINS,
    BASE,
    CONFIG,
    DOMAIN_ADMINS,
    FULL,
    SAFE,
    SID,
    STAFF,
    SYSTEM,
    WRITE_DACL,
    Specimen,
    guarded,
    healthy,
)
from tests.unit.ad.specimens_descriptors import AUTHENTICATED, LEGACY

AGENT = f"{SID}-1200"
MARTIN = f"CN=adm.martin,{ADMINS}"
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
FORCE_CHANGE = "00299570-246d-11d0-a768-00aa006e0529"
UNRELATED = "bf967a68-0de6-11d0-a285-00aa003049e2"


def found(specimen: Specimen) -> dict[str, Finding]:
    facts = specimen.facts()
    return {finding.subject: finding for finding in who_controls(facts, tier_zero(facts)).findings}


@pytest.mark.parametrize(
    ("dn", "ace", "right"),
    [
        (MARTIN, Ace(AGENT, FULL), "GenericAll"),
        (MARTIN, Ace(AGENT, 0x10000000), "GenericAll"),
        (MARTIN, Ace(AGENT, WRITE_DACL), "WriteDacl"),
        (MARTIN, Ace(AGENT, 0x80000), "WriteOwner"),
        (MARTIN, Ace(AGENT, 0x20), "GenericWrite"),
        (MARTIN, Ace(AGENT, 0x100), "ForceChangePassword"),
        (MARTIN, Ace(AGENT, 0x100, guid=FORCE_CHANGE), "ForceChangePassword"),
        (f"CN=Admins du domaine,CN=Users,{BASE}", Ace(AGENT, 0x20, guid=MEMBER), "AddMember"),
        (f"CN=Admins du domaine,CN=Users,{BASE}", Ace(AGENT, 0x8, guid=MEMBER), "AddSelf"),
        (ADMINS, Ace(AGENT, 0x20, guid="f30e3bbe-9ff0-11d1-b603-0000f80367c1"), "WriteGPLink"),
    ],
)
def test_rights_that_give_control(dn: str, ace: Ace, right: str) -> None:
    specimen = inheriting()
    specimen.grant(dn, ace)
    assert found(specimen)["HOPITAL\\agent0"].evidence["right"] == right


@pytest.mark.parametrize(
    ("dn", "aces"),
    [
        (MARTIN, [Ace(AGENT, 0x20094)]),
        (MARTIN, [Ace(AGENT, 0x20, guid=UNRELATED)]),
        (MARTIN, [Ace(AGENT, 0x100, guid=UNRELATED)]),
        (MARTIN, [Ace(AGENT, FULL, flags=0x08)]),
        (MARTIN, [Ace(AGENT, FULL, kind=DENY)]),
        (MARTIN, [Ace(AGENT, WRITE_DACL, kind=DENY), Ace(AGENT, WRITE_DACL)]),
        (MARTIN, [Ace("S-1-1-0", FULL, kind=DENY), Ace(AGENT, FULL)]),
        (MARTIN, [Ace("S-1-5-10", FULL)]),
        (MARTIN, [Ace("S-1-3-0", FULL)]),
        (MARTIN, [Ace(f"{SID}-1101", FULL)]),
        (f"CN=agent1,{STAFF}", [Ace(AGENT, FULL)]),
    ],
)
def test_what_gives_no_control(dn: str, aces: list[Ace]) -> None:
    specimen = healthy()
    specimen.grant(dn, *aces)
    assert found(specimen) == {}


def test_a_narrow_denial_does_not_hide_a_wide_right() -> None:
    specimen = healthy()
    specimen.grant(MARTIN, Ace(AGENT, 0x20, kind=DENY), Ace(AGENT, FULL, kind=ALLOW))
    assert set(found(specimen)) == {"HOPITAL\\agent0"}


def test_the_owner_controls() -> None:
    specimen = healthy()
    specimen.grant(MARTIN, owner=AGENT)
    assert found(specimen)["HOPITAL\\agent0"].evidence["right"] == "Owns"


def test_an_object_without_dacl_is_open_to_everyone() -> None:
    specimen = healthy()
    specimen.entries[MARTIN]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [], control=0x8000)]
    finding = found(specimen)["Everyone"]
    assert finding.evidence["accounts"] == int(specimen.facts().enabled.sum())


def test_disabled_accounts_do_not_act() -> None:
    specimen = healthy()
    specimen.grant(MARTIN, Ace(AGENT, FULL))
    specimen.change(f"CN=agent0,{STAFF}", userAccountControl=514)
    assert found(specimen) == {}


def test_a_path_through_groups_and_accounts_is_told_step_by_step() -> None:
    specimen = healthy()
    specimen.group("Support", 1440, [f"CN=agent3,{STAFF}", f"CN=agent4,{STAFF}"])
    specimen.grant(f"CN=agent5,{STAFF}", Ace(f"{SID}-1440", WRITE_DACL))
    specimen.grant(MARTIN, Ace(f"{SID}-1205", FULL))
    findings = found(specimen)
    assert set(findings) == {"HOPITAL\\Support", "HOPITAL\\agent5"}
    evidence = findings["HOPITAL\\Support"].evidence
    assert evidence["path"] == "HOPITAL\\Support —[WriteDacl]→ HOPITAL\\agent5 —[GenericAll]→ HOPITAL\\adm.martin"
    assert (evidence["steps"], evidence["accounts"], evidence["controls"]) == (2, 2, "HOPITAL\\agent5")
    assert findings["HOPITAL\\agent5"].evidence["controlled"] == "HOPITAL\\adm.martin"


def test_a_right_held_in_person_is_not_hidden_by_a_group() -> None:
    specimen = healthy()
    specimen.grant(MARTIN, Ace(AGENT, WRITE_DACL), Ace("S-1-5-11", FULL))
    assert set(found(specimen)) == {"Authenticated Users", "HOPITAL\\agent0"}


def test_a_well_known_identity_that_is_several_objects_is_one() -> None:
    specimen = healthy()
    specimen.put(
        f"CN=Authenticated Users,CN=WellKnown Security Principals,{CONFIG}", "foreignSecurityPrincipal", rid="S-1-5-11"
    )
    specimen.join(LEGACY, AUTHENTICATED)
    specimen.grant(MARTIN, Ace("S-1-5-32-554", FULL))
    findings = found(specimen)
    assert set(findings) == {"HOPITAL\\Accès compatible pré-Windows 2000"}
    (finding,) = findings.values()
    assert finding.evidence["accounts"] == int(specimen.facts().enabled.sum())
    specimen.grant(MARTIN, Ace("S-1-5-11", FULL))
    assert set(found(specimen)) == {"Authenticated Users"}


def inheriting() -> Specimen:
    """The healthy domain, but the administrator takes permissions from the place where it is."""
    specimen = healthy()
    specimen.grant(MARTIN)
    return specimen


def test_containers_pass_rights_down_unless_the_object_is_protected() -> None:
    specimen = healthy()
    users, administrator = f"CN=Users,{BASE}", f"CN=Administrateur,CN=Users,{BASE}"
    specimen.grant(administrator)
    specimen.grant(users, Ace(AGENT, WRITE_DACL))
    assert set(found(specimen)) == {"HOPITAL\\agent0"}
    for name in ("Administrateur", "Admins du domaine", "krbtgt"):
        protect(specimen, f"CN={name},{users}")
    for dn, entry in specimen.entries.items():
        if dn.endswith(f",{users}") and b"group" in entry["objectClass"]:
            protect(specimen, dn)
    assert found(specimen) == {}


def protect(specimen: Specimen, dn: str) -> None:
    specimen.entries[dn]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, SAFE, control=0x9004)]


@pytest.mark.parametrize("above", [ADMINS, f"OU=Etablissement,{BASE}"])
def test_a_policy_can_be_linked_above_an_account_that_inherits_nothing(above: str) -> None:
    """AdminSDHolder closes permissions, it does not keep an administrator from running what his unit makes him run."""
    specimen = inheriting()
    specimen.put(above, "organizationalUnit", sd=guarded(Ace(AGENT, WRITE_PROPERTY, guid=GP_LINK)))
    if above != ADMINS:
        del specimen.entries[MARTIN]
        moved = specimen.put(f"OU=Interne,{above}", "organizationalUnit")
        protect(specimen, moved)
        martin = specimen.user("adm.martin", 1101, moved, adminCount=1)
        specimen.join(f"CN=Admins du domaine,CN=Users,{BASE}", martin)
    else:
        protect(specimen, MARTIN)
    assert found(specimen)["HOPITAL\\agent0"].evidence["path"] == (
        f"HOPITAL\\agent0 —[WriteGPLink]→ {above} —[Contains]→ HOPITAL\\adm.martin"
    )


@pytest.mark.parametrize(("options", "expected"), [(0, {"HOPITAL\\agent0"}), (2, {"HOPITAL\\agent0"}), (1, set())])
def test_policies_act_where_they_are_linked(options: int, expected: set[str]) -> None:
    specimen = healthy()
    policy = f"CN={{P2}},CN=Policies,{SYSTEM}"
    specimen.put(policy, "container groupPolicyContainer")
    specimen.grant(policy, Ace(AGENT, WRITE_DACL))
    specimen.change(ADMINS, gPLink=f"[LDAP://{policy};{options}]")
    assert set(found(specimen)) == expected


def test_sids_that_are_no_object_here_are_named_by_their_number() -> None:
    specimen = healthy()
    specimen.grant(MARTIN, Ace("S-1-5-21-7-7-7-1234", FULL))
    assert set(found(specimen)) == {"S-1-5-21-7-7-7-1234"}


def test_names_of_services_and_containers() -> None:
    assert service_host("cifs/SRV1.hopital.test:445/x") == "srv1.hopital.test"
    assert service_host("broken") == ""
    assert parent_dn("CN=Martin\\, Jean,OU=a,DC=b") == "OU=a,DC=b"
    assert parent_dn("DC=b") == ""


SITE = f"CN=Lyon,CN=Sites,{CONFIG}"
POLICY = f"CN={{P2}},CN=Policies,{SYSTEM}"
INNER = f"OU=Interne,{ADMINS}"


def with_policy(specimen: Specimen) -> Specimen:
    """A policy that an agent controls, linked nowhere yet."""
    specimen.put(POLICY, "container groupPolicyContainer")
    specimen.grant(POLICY, Ace(AGENT, FULL))
    return specimen


@pytest.mark.parametrize(
    ("options", "blocked", "reached"),
    [(0, 0, True), (0, 1, False), (2, 1, True), (3, 0, False), (0, 2, True)],
    ids=["inherited", "blocked", "enforced", "disabled", "another option"],
)
def test_a_container_may_block_the_policies_of_those_above(options: int, blocked: int, reached: bool) -> None:
    specimen = with_policy(healthy())
    specimen.change(BASE, gPLink=f"[LDAP://{POLICY};{options}]")
    for ou in (ADMINS, f"OU=Domain Controllers,{BASE}", f"OU=Machines,{BASE}", f"CN=Users,{BASE}"):
        specimen.change(ou, gPOptions=blocked)
    assert bool(found(specimen)) == reached
    assert bool(specimen.facts().graph.policies_applied_to(specimen.facts().controllers)) == reached


def test_a_policy_linked_where_inheritance_is_blocked_applies_there() -> None:
    specimen = with_policy(healthy())
    specimen.change(ADMINS, gPLink=f"[LDAP://{POLICY};0]", gPOptions=1)
    assert set(found(specimen)) == {"HOPITAL\\agent0"}


def in_site(specimen: Specimen) -> Specimen:
    """The controller is in a site to which the policy is linked."""
    specimen.put(SITE, "site", gPLink=f"[LDAP://{POLICY};0]")
    specimen.put(f"CN=Servers,{SITE}", "serversContainer")
    dc = f"CN=DC1,OU=Domain Controllers,{BASE}"
    specimen.put(f"CN=DC1,CN=Servers,{SITE}", "server", serverReference=dc)
    return specimen


def test_a_policy_linked_to_the_site_of_a_controller_applies_to_it() -> None:
    specimen = in_site(with_policy(healthy()))
    assert found(specimen)["HOPITAL\\agent0"].evidence["target"] == "HOPITAL\\DC1$"
    specimen.change(f"OU=Domain Controllers,{BASE}", gPOptions=1)
    assert found(specimen) == {}
    specimen.change(SITE, gPLink=f"[LDAP://{POLICY};2]")
    assert set(found(specimen)) == {"HOPITAL\\agent0"}


def test_the_site_of_a_controller_is_a_container_of_privileged() -> None:
    specimen = in_site(healthy())
    specimen.grant(SITE, Ace(AGENT, 0x20, guid="f30e3bbe-9ff0-11d1-b603-0000f80367c1"))
    (finding,) = control_of_privileged_containers.check(specimen.facts()).findings
    assert (finding.subject, finding.evidence["target"]) == ("HOPITAL\\agent0", SITE)


def test_who_waits_for_the_tickets_of_controllers_controls_them() -> None:
    specimen = healthy()
    specimen.change(f"CN=SRV-DPI,OU=Machines,{BASE}", userAccountControl=0x81000)
    assert found(specimen)["HOPITAL\\SRV-DPI$"].evidence["right"] == "CoerceToTGT"
    specimen.change(f"CN=SRV-DPI,OU=Machines,{BASE}", userAccountControl=0x81002)
    assert found(specimen) == {}


def test_the_manager_of_a_read_only_controller_administers_it() -> None:
    specimen = healthy()
    dn = specimen.machine("RODC1", 1431, "Windows Server 2022", primaryGroupID=521, userAccountControl=83890176)
    specimen.change(dn, managedBy=f"CN=agent2,{STAFF}")
    assert found(specimen)["HOPITAL\\agent2"].evidence["right"] == "ManagedBy"
    specimen.change(f"CN=SRV-DPI,OU=Machines,{BASE}", managedBy=f"CN=agent3,{STAFF}")
    assert set(found(specimen)) == {"HOPITAL\\agent2"}


@pytest.mark.parametrize("held", [f"{SID}-500", f"{SID}-512", "S-1-5-21-9-9-9-1105"])
def test_a_former_identity_gives_what_it_holds(held: str) -> None:
    specimen = healthy()
    specimen.grant(MARTIN, Ace("S-1-5-21-9-9-9-1105", FULL))
    specimen.change(f"CN=agent4,{STAFF}", sIDHistory=[encode_sid(held)])
    assert found(specimen)["HOPITAL\\agent4"].evidence["right"] == "HasSIDHistory"


def test_a_member_of_another_domain_acts_through_the_group() -> None:
    specimen = healthy()
    foreign = specimen.put(
        f"CN=S-1-5-21-9-9-9-5,CN=ForeignSecurityPrincipals,{BASE}", "foreignSecurityPrincipal", rid="S-1-5-21-9-9-9-5"
    )
    specimen.group("Support", 1440, [foreign])
    specimen.grant(MARTIN, Ace(f"{SID}-1440", FULL))
    facts = specimen.facts()
    assert set(found(specimen)) == {"HOPITAL\\Support"}
    _, _, reaching = who_reaches(facts)
    assert [facts.objects.sid(row) for row in reaching.nonzero()[0]] == ["S-1-5-21-9-9-9-5"]


def test_the_primary_group_counts_as_a_membership() -> None:
    specimen = healthy()
    specimen.grant(MARTIN, Ace(f"{SID}-513", FULL))
    facts = specimen.facts()
    people = facts.enabled & (facts.objects.ints("primaryGroupID") == 513)
    finding = found(specimen)["HOPITAL\\Utilisateurs du domaine"]
    assert finding.evidence["accounts"] == int(people.sum()) >= 10


def test_control_of_somebody_who_does_what_everybody_may_is_not_told() -> None:
    specimen = healthy()
    specimen.group("Support", 1440, [f"CN=agent3,{STAFF}"])
    specimen.grant(MARTIN, Ace("S-1-5-11", FULL))
    for number in range(5, 10):
        specimen.grant(f"CN=agent{number},{STAFF}", Ace(f"{SID}-1440", FULL), owner=AGENT)
    assert set(found(specimen)) == {"Authenticated Users"}


@pytest.mark.parametrize(("people", "failing"), [(19, False), (20, True)])
def test_how_many_paths_are_too_many(people: int, failing: bool) -> None:
    specimen = healthy()
    specimen.group("Support", 1440, [specimen.user(f"s{number}", 3000 + number) for number in range(people)])
    specimen.grant(MARTIN, Ace(f"{SID}-1440", FULL))
    findings = control_paths_too_many.check(specimen.facts()).findings
    assert bool(findings) == failing
    assert not findings or findings[0].evidence["accounts"] == 20


def test_few_paths_are_not_sure_when_permissions_were_withheld() -> None:
    specimen = healthy()
    del specimen.entries[MARTIN]["nTSecurityDescriptor"]
    with pytest.raises(NotAssessable):
        control_paths_too_many.check(specimen.facts())
    with pytest.raises(NotAssessable):
        summarize(specimen.facts())
