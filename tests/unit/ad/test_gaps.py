"""What did not come although nothing was refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.sources.collect_gaps import withheld
from scanners.catalog import rules_of
from scanners.model import Status
from scanners.runner import run_rule
from tests.unit.ad.specimens import BASE, Specimen, healthy

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
