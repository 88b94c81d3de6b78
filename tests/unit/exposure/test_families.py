"""What services serve for: every family has its words, gateways are ways in, what is unknown is told as such."""

from __future__ import annotations

import pytest

from scanners.exposure.families import FAMILY_NAMES, Family, families_by_host, families_said, family_of
from scanners.exposure.ports import BACKUP_SERVICES, CLIENT_FIRST, INDUSTRIAL_PORTS, NMAP_NAMES, REMOTE_CONTROL
from scanners.exposure.products import PRODUCTS
from scanners.exposure.things import things
from tests.unit.exposure.specimens import BROKEN


def test_every_family_has_its_words() -> None:
    assert set(FAMILY_NAMES) == set(Family)
    for lang in ("fr", "en"):
        assert len({words.render(lang) for words in FAMILY_NAMES.values()}) == len(Family)


@pytest.mark.parametrize(
    ("service", "product", "family"),
    [
        ("rdp", "Remote Desktop", Family.REMOTE),
        ("http", "Fortinet FortiGate", Family.REMOTE),
        ("http", "Grafana", Family.ADMINISTRATION),
        ("http", "Roundcube", Family.MAIL),
        ("http", "OHIF Viewer", Family.HEALTH),
        ("http", "Veeam", Family.BACKUP),
        ("http", "nginx", Family.WEB),
        ("SMTP", "", Family.MAIL),
        ("dicom", "", Family.HEALTH),
        ("bacnet", "", Family.BUILDING),
        ("mysql", "MariaDB", Family.DATABASES),
        ("", "", Family.OTHER),
        ("proprietary", "", Family.OTHER),
    ],
)
def test_a_service_has_one_family(service: str, product: str, family: Family) -> None:
    assert family_of(service, product) is family


def test_what_the_collectors_can_name_is_no_unknown() -> None:
    tables = (CLIENT_FIRST.values(), INDUSTRIAL_PORTS.values(), NMAP_NAMES.values(), REMOTE_CONTROL, BACKUP_SERVICES)
    names = {name for table in tables for name in table}
    assert {name for name in names if family_of(name, "") is Family.OTHER} == set()


def test_every_kind_of_product_has_a_family() -> None:
    assert {family_of("http", product.name) for product in PRODUCTS} >= {Family.REMOTE, Family.BACKUP, Family.HEALTH}


def test_services_are_counted_by_address() -> None:
    services = [(one.key, one.traits) for one in things(BROKEN) if one.kind == "service"]
    found = families_by_host(services)
    assert sum(counts.total() for counts in found.values()) == len(services)
    assert all(":" not in host or host.count(":") > 1 for host in found)
    told = families_said({Family.WEB: 2, Family.REMOTE: 1, Family.MAIL: 0}, "fr")
    assert told == (("Accès distant", 1), ("Web", 2))
