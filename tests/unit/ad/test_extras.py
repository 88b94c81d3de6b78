"""Further searches: what the metadata of a partition and the records of a zone tell, and what they do not."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ad.columns import MISSING
from scanners.ad.sources import collect_addresses, collect_backups
from scanners.ad.sources.collect_table import TableBuilder
from scanners.model import Status
from tests.unit.ad import specimens
from tests.unit.ad.specimens import BASE, ago
from tests.unit.ad.specimens_pingcastle import CONTROLLERS, SECOND, place
from tests.unit.ad.test_pingcastle import changed, outcome

SITE = "CN=Servers,CN=Site,CN=Sites,CN=Configuration,DC=hopital,DC=test"
ZONE = "DC=hopital.test,CN=MicrosoftDNS,DC=DomainDnsZones,DC=hopital,DC=test"
SIGNATURE, WHEN_CREATED = 0x2004A, 0x20002
ROOT = {
    "defaultNamingContext": ("DC=hopital,DC=test",),
    "configurationNamingContext": ("CN=Configuration,DC=hopital,DC=test",),
    "schemaNamingContext": ("CN=Schema,CN=Configuration,DC=hopital,DC=test",),
}


def metadata(*changes: tuple[int, int]) -> bytes:
    """Replication metadata (MS-DRSR 5.163): attribute and seconds since 1601."""
    items = (struct.pack("<IIQ16sQQ", number, 1, seconds, bytes(16), 7, 7) for number, seconds in changes)
    return struct.pack("<IIII", 1, 0, len(changes), 0) + b"".join(items)


def record(address: str, kind: int = 0) -> bytes:
    """A record of a zone (MS-DNSP 2.3.2.2)."""
    data = ip_address(address).packed
    return struct.pack("<HH20s", len(data), kind or (1 if len(data) == 4 else 28), bytes(20)) + data


def test_the_date_of_a_backup_is_that_of_its_signature() -> None:
    found = metadata((WHEN_CREATED, 5), (SIGNATURE, 13_400_000_000), (0x90001, 6))
    assert collect_backups.last_backup(found) == 13_400_000_000 * 10_000_000
    assert collect_backups.last_backup(metadata((WHEN_CREATED, 5))) == collect_backups.NEVER


@pytest.mark.parametrize(
    "broken",
    [b"", b"\x01", metadata((SIGNATURE, 5))[:-1], b"\x02" + metadata()[1:], metadata((SIGNATURE, 1 << 63))],
)
def test_what_is_no_metadata_tells_nothing(broken: bytes) -> None:
    assert collect_backups.last_backup(broken) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert (collect_backups.last_backup(content) or 0) >= 0
    assert isinstance(collect_addresses.address_of(content), str)


def test_heads_are_noted_one_by_one() -> None:
    builder = TableBuilder()
    for dn in (b"DC=hopital,DC=test", b"CN=Configuration,DC=hopital,DC=test"):
        builder.add(dn, [(b"objectClass", [b"top"])])
    searches = list(collect_backups.searches(builder, ROOT))
    assert [search.base for search in searches] == [values[0] for values in ROOT.values()]
    head = metadata((SIGNATURE, 9))
    collect_backups.entry(builder, "DC=hopital,DC=test", [(b"replPropertyMetaData", [head])])
    collect_backups.entry(builder, "CN=Configuration,DC=hopital,DC=test", [(b"replPropertyMetaData", [])])
    collect_backups.entry(builder, "CN=Schema,CN=Configuration,DC=hopital,DC=test", [(b"replPropertyMetaData", [head])])
    objects, _ = builder.tables()
    assert objects.ints("lastBackup").tolist() == [90_000_000, MISSING]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(7, Status.PASSED), (7.01, Status.FAILED), (0, Status.PASSED), (None, Status.FAILED)],
)
def test_a_backup_is_a_week_old_at_most(days: float | None, expected: Status) -> None:
    specimen = specimens.healthy()
    specimen.note(BASE, "lastBackup", collect_backups.NEVER if days is None else ago(days))
    found = outcome("directory_backup_old", specimen)
    assert found.status is expected
    if days is None:
        assert "jamais" in found.rule.describe(found.findings[0], "fr")


def test_metadata_that_are_withheld_are_not_passed() -> None:
    specimen = specimens.healthy()
    del specimen.told[BASE, "lastBackup"]
    assert outcome("directory_backup_old", specimen).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("content", "address"),
    [
        (record("10.1.0.11"), "10.1.0.11"),
        (record("fd00:1::11"), "fd00:1::11"),
        (record("127.0.0.1"), ""),
        (record("169.254.3.4"), ""),
        (record("fe80::1"), ""),
        (record("10.1.0.11", 5), ""),
        (record("10.1.0.11", 28), ""),
        (record("10.1.0.11") + b"\x00", ""),
        (b"", ""),
    ],
)
def test_addresses_of_records(content: bytes, address: str) -> None:
    assert collect_addresses.address_of(content) == address


def test_the_zone_of_the_domain_is_asked_for_all_servers_at_once() -> None:
    builder = TableBuilder()
    assert list(collect_addresses.searches(builder, ROOT)) == []
    for dn, name in ((f"CN=DC1,{SITE}", b"server"), (f"CN=DC2,{SITE}", b"server"), (ZONE, b"dnsZone")):
        builder.add(dn.encode(), [(b"objectClass", [b"top", name])])
    builder.add(ZONE.replace("hopital.test,", "labo.test,").encode(), [(b"objectClass", [b"top", b"dnsZone"])])
    (search,) = collect_addresses.searches(builder, ROOT)
    assert search.base == ZONE
    assert b"dc1" in search.match
    assert b"dc2" in search.match
    both = [record("10.1.0.11"), record("127.0.0.1"), record("10.0.0.2")]
    collect_addresses.entry(builder, f"DC=dc1,{ZONE}", [(b"dnsRecord", both)])
    collect_addresses.entry(builder, f"DC=dc9,{ZONE}", [(b"dnsRecord", both)])
    objects, _ = builder.tables()
    assert objects.texts("addresses") == {0: ("10.0.0.2", "10.1.0.11")}


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (("10.1.255.254",), Status.PASSED),
        (("10.2.0.1",), Status.FAILED),
        (("10.1.0.1", "10.2.0.1"), Status.FAILED),
        (("fd00:2::1",), Status.FAILED),
    ],
)
def test_a_controller_stands_in_a_declared_subnet(addresses: tuple[str, ...], expected: Status) -> None:
    specimen = specimens.healthy()
    place(specimen, "DC-B", SECOND, *addresses)
    assert outcome("controller_without_subnet", specimen).status is expected


def test_unknown_addresses_are_not_passed() -> None:
    specimen = specimens.healthy()
    server = f"CN=DC-B,{SITE}"
    del specimen.told[server, "addresses"]
    assert outcome("controller_without_subnet", specimen).status is Status.NOT_ASSESSABLE
    specimen.told.clear()
    reason = outcome("controller_without_subnet", specimen).reason
    assert reason is not None
    assert "DNS" in reason.en


def test_a_controller_has_its_place_in_the_sites() -> None:
    first = f"CN=DC1,{CONTROLLERS}"
    for change in ({"serverReference": None}, {"objectClass": "container"}):
        found = outcome("controller_inconsistent", changed(f"CN=DC1,{SITE}", **change))
        assert [finding.evidence["missing"] for finding in found.findings] == ["server"]
    settings = f"CN=NTDS Settings,CN=DC1,{SITE}"
    for value, expected in ((7, []), (6, ["msDS-Behavior-Version"]), (None, ["msDS-Behavior-Version"])):
        found = outcome("controller_inconsistent", changed(settings, msDS_Behavior_Version=value))
        assert [finding.evidence["missing"] for finding in found.findings] == expected
    without = specimens.healthy()
    del without.entries[settings]
    found = outcome("controller_inconsistent", without)
    assert [(one.evidence["dn"], one.evidence["missing"]) for one in found.findings] == [(first, "nTDSDSA")]
