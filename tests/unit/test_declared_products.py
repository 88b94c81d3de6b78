"""Products that registers and plans declare, and the few that their audits really see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.backup.named_products import seen_products as of_backup
from scanners.exchange import NamedProduct
from scanners.known_products import in_a_sentence
from scanners.remote_access.facts import Access, RemoteAccessFacts
from scanners.remote_access.named_products import SHOWN
from scanners.remote_access.named_products import seen_products as of_register
from tests.unit.backup import specimens as backup
from tests.unit.remote_access import specimens as remote


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("VPN SSL FortiGate 7.2.3", ("fortinet:fortios", "7.2.3")),
        ("Fortinet", ("fortinet:fortios", "")),
        ("Citrix NetScaler v13.1-49.15", ("citrix:netscaler_gateway", "13.1-49.15")),
        ("Bastion WALLIX", ("wallix:bastion", "")),
        ("TeamViewer 15.2", ("teamviewer:teamviewer", "15.2")),
        ("Rustdesk 1.3.2", ("rustdesk", "1.3.2")),
        ("VPN IPsec", ("", "")),
        ("Accès à distance par SSH", ("", "")),
        ("RDP 10.0", ("", "")),
        ("", ("", "")),
    ],
)
def test_what_people_write_in_a_cell(written: str, read: tuple[str, str]) -> None:
    assert in_a_sentence(written) == read


def register(*rows: Access) -> RemoteAccessFacts:
    assert remote.HEALTHY.register is not None
    return replace(remote.HEALTHY, system="", register=replace(remote.HEALTHY.register, rows=rows))


def test_each_technology_is_declared_once_with_its_suppliers() -> None:
    used = replace(remote.ACCESS, technology="FortiGate 7.2.3")
    closed = replace(used, supplier="Ancien", technology="AnyDesk", enabled=False)
    facts = register(used, replace(used, supplier="Biolab"), closed, replace(used, technology="VPN"))
    assert list(of_register(facts)) == [
        NamedProduct("", "", "", "Medimage", declared=True),
        NamedProduct("fortinet:fortios", "7.2.3", "", "Biolab, Medimage", declared=True),
    ]


def test_many_suppliers_are_counted() -> None:
    rows = [replace(remote.ACCESS, supplier=f"S{number:02}", technology="AnyDesk") for number in range(SHOWN + 3)]
    (only,) = of_register(register(*rows))
    assert only.subject.endswith("S07 (+3)")


def test_the_system_of_the_gateway_was_looked_at() -> None:
    facts = replace(remote.HEALTHY, register=None)
    assert list(of_register(facts)) == [
        NamedProduct("debian gnu/linux 12 (bookworm)", "", "", remote.GATEWAY),
    ]


def test_a_repository_that_was_opened_was_seen_and_the_others_are_declared() -> None:
    assert [(one.product, one.declared) for one in of_backup(backup.HEALTHY)] == [(backup.REPOSITORY.tool, False)]
    closed = replace(backup.HEALTHY, repositories=(replace(backup.REPOSITORY, opened=False),))
    assert [one.declared for one in of_backup(closed)] == [True]
    assert [one.declared for one in of_backup(replace(backup.HEALTHY, repositories=()))] == [True]
