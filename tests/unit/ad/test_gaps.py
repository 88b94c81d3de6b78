"""What did not come although nothing was refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.descriptors import DENY
from scanners.ad.sources.collect_gaps import withheld
from scanners.catalog import rules_of
from scanners.model import Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import BASE, CONFIG, NAMING, SAFE, SID, STAFF, Specimen, broken, healthy

ZONES = f"DC=DomainDnsZones,{BASE}"
RULES = ("dns_zone_open_updates", "dns_zone_open_creation", "dns_zone_duplicated")


def without_zones() -> Specimen:
    specimen = healthy()
    for dn in [dn for dn in specimen.entries if ",CN=MicrosoftDNS,DC=" in dn]:
        del specimen.entries[dn]
    return specimen


def sections(specimen: Specimen, contexts: tuple[str, ...]) -> list[tuple[str, bool]]:
    facts = specimen.facts()
    found = withheld(facts.objects, facts.permissions, facts.naming, contexts)
    return [(gap.section, gap.truncated) for gap in found]


def test_a_domain_read_whole_has_no_gap() -> None:
    assert sections(healthy(), (BASE, ZONES)) == []


def test_the_zone_of_the_domain_that_does_not_show_is_hidden() -> None:
    assert sections(without_zones(), (BASE, ZONES)) == [("dns", True)]


def test_a_directory_that_holds_no_zone_hides_none() -> None:
    assert sections(without_zones(), (BASE,)) == []


@pytest.mark.parametrize("name", RULES)
def test_zones_that_are_hidden_are_not_passed(name: str) -> None:
    facts = without_zones().facts()
    hidden = replace(facts, gaps=tuple(withheld(facts.objects, facts.permissions, facts.naming, (ZONES,))))
    (rule,) = (one for one in rules_of("ad") if one.id == f"ad.{name}")
    assert run_rule(rule, hidden).status is Status.NOT_ASSESSABLE


ADMINISTRATORS = f"CN=Administrateurs,CN=Builtin,{BASE}"
DOMAIN_ADMINS = f"CN=Admins du domaine,CN=Users,{BASE}"


@pytest.mark.parametrize("group", [ADMINISTRATORS, DOMAIN_ADMINS])
@pytest.mark.parametrize("whole", [False, True], ids=["member", "group"])
def test_groups_that_always_have_members_hide_them_when_none_shows(group: str, whole: bool) -> None:
    specimen = healthy()
    specimen.change(f"CN=agent0,{STAFF}", primaryGroupID=512)  # shows on the account, whatever the group hides
    if whole:
        del specimen.entries[group]
    else:
        specimen.change(group, member=None)
    assert set(sections(specimen, ())) == {("domain", True)}


def test_members_that_are_hidden_leave_no_rule_about_the_privileged_passed() -> None:
    specimen = broken()
    for name in ("Administrateurs", "Opérateurs de compte"):
        specimen.change(f"CN={name},CN=Builtin,{BASE}", member=None)
    for name in ("Admins du domaine", "Administrateurs du schéma"):
        specimen.change(f"CN={name},CN=Users,{BASE}", member=None)
    facts = specimen.facts()
    hidden = replace(facts, gaps=tuple(withheld(facts.objects, facts.permissions, facts.naming, ())))
    about = [rule for rule in rules_of("ad") if rule.id.startswith(("ad.privileged_", "ad.weak_password_policy"))]
    assert len(about) > 15
    assert [rule.id for rule in about if run_rule(rule, hidden).status is Status.PASSED] == []


@pytest.mark.parametrize("primary", [None, 521, 515])
def test_a_domain_without_a_controller_that_shows_hides_it(primary: int | None) -> None:
    specimen = healthy()
    for dn in [dn for dn, entry in specimen.entries.items() if entry.get("primaryGroupID") == [b"516"]]:
        assert sections(specimen, ()) == []
        specimen.change(dn, primaryGroupID=primary)
    assert sections(specimen, ()) == [("domain", True)]
    facts = specimen.facts()
    hidden = replace(facts, gaps=tuple(withheld(facts.objects, facts.permissions, facts.naming, ())))
    (rule,) = (one for one in rules_of("ad") if one.id == "ad.controller_obsolete")
    assert run_rule(rule, hidden).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("named", "hides"),
    [
        (f"CN=DC1,OU=Domain Controllers,{BASE}", False),
        (f"CN=DC9,OU=Domain Controllers,{BASE}", True),
        ("CN=DC9,OU=Domain Controllers,DC=autre,DC=test", False),
    ],
)
def test_a_controller_that_its_site_names_and_that_does_not_show_is_hidden(named: str, hides: bool) -> None:
    specimen = healthy()
    specimen.put(f"CN=DC9,CN=Servers,CN=Paris,CN=Sites,{CONFIG}", "server", serverReference=named)
    assert sections(specimen, ()) == [("domain", True)] * hides


@pytest.mark.parametrize(("mode", "hides"), [("0010000001", True), ("0000000001", False), (None, False)])
def test_in_list_object_mode_places_that_cannot_be_listed_hide_part_of_what_they_hold(
    mode: str | None, hides: bool
) -> None:
    specimen = healthy()
    specimen.change(NAMING.settings_dn, dSHeuristics=mode)
    assert sections(specimen, ()) == []
    specimen.entries[STAFF]["nTSecurityDescriptor"] = [descriptor(f"{SID}-512", SAFE[:2])]
    assert sections(specimen, ()) == [("domain", True)] * hides


def test_a_unit_that_somebody_may_not_list_is_not_known_to_be_empty() -> None:
    specimen = healthy()
    closed = specimen.put(f"OU=Close,{BASE}", "organizationalUnit")
    assert sections(specimen, ()) == []
    specimen.grant(closed, Ace(f"{SID}-1200", 0x4, kind=DENY))
    assert sections(specimen, ()) == [("domain", True)]
