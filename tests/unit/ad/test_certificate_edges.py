"""Control that goes through certificates and through passwords kept by LAPS: paths that exist, paths that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.descriptors import DENY
from scanners.ad.rights import ENROLL
from scanners.model import Finding
from scanners.runner import run_rule
from tests.unit.ad import specimens
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    AUTHENTICATED,
    BASE,
    DOMAIN_ADMINS,
    FULL,
    PKI,
    SID,
    STAFF,
    TEMPLATES,
    WRITE_DACL,
    Specimen,
    ago,
)
from tests.unit.ad.specimens_adcs import CLIENT, LAPS, OLD_LAPS, POLICY, SERVER, link_policy, publish
from tests.unit.ad.test_enrolment import AGENT, AUTHORITY, published
from tests.unit.ad.test_rules import rule

AGENT0 = f"{SID}-1200"
SUPPORT = f"{SID}-1440"
POSTE = f"CN=Poste,{TEMPLATES}"
HOST = f"CN=SRV-CA,OU=Machines,{BASE}"
NAME_FLAG = "ea1dddc4-60ff-416e-8cc0-17cee534bce7"
DISPLAY_NAME = "bf967953-0de6-11d0-a285-00aa003049e2"
CA_CERTIFICATE = "bf967932-0de6-11d0-a285-00aa003049e2"

PKI_RULE = "control_of_pki"
"""Whoever takes the machine of an authority is told with the PKI."""


def paths(specimen: Specimen, name: str = "control_path_to_tier_zero") -> dict[str, Finding]:
    outcome = run_rule(rule(name), specimen.facts())
    assert outcome.reason is None
    return {finding.subject: finding for finding in outcome.findings}


def rights_of(specimen: Specimen, name: str = "control_path_to_tier_zero") -> dict[str, object]:
    return {subject: finding.evidence["right"] for subject, finding in paths(specimen, name).items()}


def test_whoever_enrols_in_the_name_of_others_becomes_administrator() -> None:
    finding = paths(published())["Authenticated Users"]
    assert finding.evidence["path"] == "Authenticated Users —[ADCSESC1]→ HOPITAL\\Administrateur"


@pytest.mark.parametrize(
    "changes",
    [
        {"flag": 2},
        {"name_flag": 0},
        {"purposes": [SERVER], "msPKI_Template_Schema_Version": 1},
        {"name_flag": 0, "flag": 0x80000},
        {"purposes": [AGENT], "name_flag": 0},
        {"purposes": [], "name_flag": 0},
    ],
    ids=str,
)
def test_templates_that_open_no_path_alone(changes: dict[str, object]) -> None:
    """ESC15 and ESC9 hang on updates and settings not seen over LDAP; agents need a template to use."""
    assert paths(published(**changes)) == {}


@pytest.mark.parametrize(("purposes", "right"), [([AGENT], "ADCSESC3"), ([], "ADCSESC2")])
def test_an_agent_with_a_template_to_use_becomes_administrator(purposes: list[str], right: str) -> None:
    specimen = published(purposes=purposes, name_flag=0)
    specimens.template(specimen, "Utilisateur", purposes=[CLIENT], msPKI_Template_Schema_Version=1)
    publish(specimen, "Utilisateur")
    assert rights_of(specimen) == {"Authenticated Users": right}


def test_a_closed_authority_closes_the_path() -> None:
    specimen = published()
    specimen.grant(AUTHORITY, Ace(DOMAIN_ADMINS, 0x100, guid=ENROLL))
    assert paths(specimen) == {}


@pytest.mark.parametrize("group", ["Admins du domaine", "Invités du domaine"])
def test_a_linked_policy_leads_where_its_group_does(group: str) -> None:
    specimen = published(name_flag=0, msPKI_Certificate_Policy=[POLICY])
    linked = specimen.group("Astreinte", 1494)
    specimen.join(f"CN={group},CN=Users,{BASE}", linked)
    link_policy(specimen, POLICY, linked)
    expected = {"Authenticated Users": "ADCSESC13"} if group == "Admins du domaine" else {}
    assert rights_of(specimen) == expected


@pytest.mark.parametrize(
    ("ace", "right"),
    [
        (Ace(AGENT0, WRITE_DACL), "WriteDacl"),
        (Ace(AGENT0, 0x20), "GenericWrite"),
        (Ace(AGENT0, 0x20, guid=NAME_FLAG), "WritePKITemplate"),
        (Ace(AGENT0, 0x20, guid=DISPLAY_NAME), None),
        (Ace(AGENT0, 0x100, guid=ENROLL), None),
    ],
)
def test_control_of_a_published_template_is_control_of_the_domain(ace: Ace, right: str | None) -> None:
    specimen = specimens.healthy()
    specimen.grant(POSTE, ace)
    assert rights_of(specimen) == ({"HOPITAL\\agent0": right} if right else {})


def test_control_of_a_template_that_nobody_issues_opens_nothing_yet() -> None:
    specimen = specimens.healthy()
    specimen.grant(f"CN=Interne,{TEMPLATES}", Ace(AGENT0, FULL))
    assert paths(specimen) == {}


def test_the_container_of_templates_gives_them_all() -> None:
    specimen = specimens.healthy()
    specimen.grant(TEMPLATES, Ace(AGENT0, WRITE_DACL))
    assert "ADCSESC4" in str(paths(specimen)["HOPITAL\\agent0"].evidence["path"])
    protected = descriptor(DOMAIN_ADMINS, specimens.SAFE, control=0x9004)
    specimen.entries[POSTE]["nTSecurityDescriptor"] = [protected]
    assert paths(specimen) == {}


@pytest.mark.parametrize("name", ["NTAuthCertificates", "CA-2009"])
def test_the_list_of_trusted_authorities_is_the_domain(name: str) -> None:
    specimen = specimens.healthy()
    dn = specimen.put(f"CN={name},{PKI}", "certificationAuthority", cACertificate=specimens.STRONG)
    specimen.grant(dn, Ace(AGENT0, 0x20, guid=CA_CERTIFICATE))
    assert rights_of(specimen) == ({"HOPITAL\\agent0": "GenericWrite"} if name == "NTAuthCertificates" else {})


def test_the_machine_of_the_authority_is_tier_zero() -> None:
    specimen = specimens.healthy()
    specimen.grant(HOST, Ace(AGENT0, WRITE_DACL))
    assert paths(specimen, PKI_RULE)["HOPITAL\\agent0"].evidence["target"] == "HOPITAL\\SRV-CA$"
    specimen.change(AUTHORITY, dNSHostName="autre.hopital.test")
    assert paths(specimen, PKI_RULE) == {}


def test_a_source_without_names_of_machines_still_has_its_tier_zero() -> None:
    facts = specimens.healthy().facts()
    partial = replace(facts, objects=replace(facts.objects, asked=facts.objects.asked - {"dNSHostName"}))
    lost = {facts.subject(row) for row in (facts.tier_zero & ~partial.tier_zero).nonzero()[0].tolist()}
    assert lost == {"HOPITAL\\SRV-CA$"}


def with_support(specimen: Specimen, *aces: Ace, **machine: object) -> Specimen:
    specimen.group("Support", 1440, [f"CN=agent1,{STAFF}"])
    specimen.grant(HOST, *aces)
    specimen.change(HOST, **machine)
    return specimen


@pytest.mark.parametrize(
    ("ace", "read"),
    [
        (Ace(SUPPORT, 0x110, guid=str(LAPS)), True),
        (Ace(SUPPORT, 0x100, guid=str(LAPS)), True),
        (Ace(SUPPORT, 0x100), True),
        (Ace(SUPPORT, 0x10, guid=str(LAPS)), False),
        (Ace(SUPPORT, 0x10), False),
        (Ace(SUPPORT, 0x100, guid=str(OLD_LAPS)), False),
        (Ace(SUPPORT, 0x100, flags=0x08, guid=str(LAPS)), False),
        (Ace("S-1-5-10", 0x100, guid=str(LAPS)), False),
        (Ace(DOMAIN_ADMINS, 0x100, guid=str(LAPS)), False),
    ],
)
def test_who_reads_the_password_of_a_machine(ace: Ace, read: bool) -> None:
    found = paths(with_support(specimens.healthy(), ace), PKI_RULE)
    assert set(found) == ({"HOPITAL\\Support"} if read else set())


def test_a_denial_takes_the_password_away() -> None:
    allowed = Ace(SUPPORT, 0x100, guid=str(LAPS))
    assert paths(with_support(specimens.healthy(), Ace(SUPPORT, 0x100, DENY), allowed), PKI_RULE) == {}
    assert paths(with_support(specimens.healthy(), Ace(AUTHENTICATED, 0x100, DENY), allowed), PKI_RULE) == {}


def test_a_machine_without_laps_has_no_password_to_read() -> None:
    allowed = Ace(SUPPORT, 0x100, guid=str(LAPS))
    assert paths(with_support(specimens.healthy(), allowed, msLAPS_PasswordExpirationTime=None), PKI_RULE) == {}


def test_the_older_laps_counts_by_its_own_identifier() -> None:
    old = {"msLAPS_PasswordExpirationTime": None, "ms_Mcs_AdmPwdExpirationTime": ago(-10)}
    for guid, expected in ((OLD_LAPS, {"HOPITAL\\Support": "ReadLAPSPassword"}), (LAPS, {})):
        specimen = with_support(specimens.healthy(), Ace(SUPPORT, 0x100, guid=str(guid)), **old)
        assert rights_of(specimen, PKI_RULE) == expected


def test_a_password_that_is_not_confidential_is_read_with_the_rest() -> None:
    specimen = specimens.healthy()
    specimen.change(f"CN=msLAPS-Password,CN=Schema,{specimens.CONFIG}", searchFlags=24)
    assert rights_of(specimen, PKI_RULE) == {"Authenticated Users": "ReadLAPSPassword"}


def test_a_source_that_did_not_look_at_templates_has_no_such_path() -> None:
    facts = published().facts()
    partial = replace(facts, objects=replace(facts.objects, asked=facts.objects.asked - {"msPKI-Certificate-Policy"}))
    assert run_rule(rule("control_path_to_tier_zero"), partial).findings == ()
