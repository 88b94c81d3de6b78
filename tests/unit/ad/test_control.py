"""Control paths on small domains: what gives control, what does not, and what the evidence tells."""

from __future__ import annotations

import pytest

from scanners.ad.control import tier_zero, who_controls
from scanners.ad.descriptors import ALLOW, DENY
from scanners.ad.graph import parent_dn, service_host
from scanners.model import Finding
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
    specimen = inheriting()
    specimen.grant(ADMINS, Ace(AGENT, WRITE_DACL))
    assert set(found(specimen)) == {"HOPITAL\\agent0"}
    specimen.entries[MARTIN]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, SAFE, control=0x9004)]
    assert found(specimen) == {}


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
