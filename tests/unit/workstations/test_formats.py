"""Exports of the tools that hospitals have, as they come: read with their own headers, and with a mapping of ours.

The files are invented; their headings are those that these products write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from scanners.collect import Context
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile
from scanners.workstations.collect import Request, collect
from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, WorkstationFacts, day_number

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
URG, BLOC, SRV = "PC-URG-001", "PC-BLOC-002", "SRV-DPI01"


def on(year: int, month: int, day: int) -> int:
    return day_number(date(year, month, day))


@dataclass(frozen=True)
class Sample:
    """A file, what it says of some machines, and the headers that a person would choose."""

    name: str
    machines: Mapping[str, Mapping[str, Any]]
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> ListKind:
        return ListKind(self.name.partition("_")[0])

    @property
    def product(self) -> str:
        return self.name.partition("_")[2]


SCCM_PATCHED = {"laptop": YES, "service": "URGENCES", "patched": on(2026, 3, 3)}
INVENTORIES = (
    Sample(
        "inventory_glpi",
        {
            URG: {"laptop": YES, "server": NO, "site": "Hôpital Nord", "service": "Urgences"},
            BLOC: {"laptop": NO, "site": "Hôpital Nord", "service": "Bloc opératoire"},
            SRV: {"server": YES, "site": "Salle informatique", "service": ""},
        },
        {"name": "Nom", "serial": "Numéro de série", "kind": "Type", "location": "Lieu", "group": "Groupe"},
    ),
    Sample(
        "inventory_sccm",
        {
            URG: SCCM_PATCHED,
            BLOC: {"laptop": NO, "service": "BLOC", "patched": on(2025, 12, 19)},
            SRV: {"server": YES, "patched": NEVER},
        },
        {
            "name": "Name",
            "sid": "SID",
            "system": "Operating System",
            "chassis": "Chassis Type",
            "unit": "Organizational Unit",
            "patched": "Last Installed",
        },
    ),
    Sample(
        "inventory_intune",
        {URG: {"encrypted": YES, "service": "Urgences"}, BLOC: {"encrypted": NO, "service": "Bloc opératoire"}},
        {"name": "Device name", "serial": "Serial number", "encrypted": "Encrypted", "service": "Category"},
    ),
)
EDRS = (
    Sample(
        "edr_crowdstrike",
        {
            URG: {"edr_seen": on(2026, 3, 9), "laptop": YES, "site": "Valmont"},
            SRV: {"edr_seen": on(2026, 3, 10), "server": YES},
        },
        {
            "name": "Hostname",
            "edr_seen": "Last Seen",
            "kind": "Type",
            "chassis": "Chassis",
            "site": "Site",
            "system": "OS Product Name",
        },
    ),
    Sample(
        "edr_sentinelone",
        {
            URG: {"edr_seen": on(2026, 3, 9), "encrypted": YES, "firewall": YES, "site": "Hôpital Nord"},
            BLOC: {"edr_seen": on(2026, 2, 3), "encrypted": NO, "firewall": NO, "service": "Bloc"},
        },
        {
            "name": "Endpoint Name",
            "edr_seen": "Last Active",
            "encrypted": "Disk Encryption",
            "firewall": "Firewall Status",
            "site": "Site",
            "group": "Group",
        },
    ),
    Sample(
        "edr_defender",
        {URG: {"edr_seen": on(2026, 3, 9), "edr": True}, BLOC: {"edr": None}, SRV: {"edr": True, "server": YES}},
        {"name": "Device name", "edr_seen": "Last device update", "state": "Onboarding status", "kind": "Device role"},
    ),
    Sample(
        "edr_harfanglab",
        {
            URG: {"edr_seen": on(2026, 3, 9), "service": "Urgences"},
            SRV: {"edr_seen": on(2026, 2, 1), "server": YES},
        },
        {"name": "hostname", "edr_seen": "lastseen", "group": "group", "system": "osproducttype"},
    ),
)
ANTIVIRUSES = (
    Sample(
        "antivirus_trellix",
        {
            URG: {"signatures": on(2026, 3, 9), "protected": YES, "firewall": YES, "antivirus_seen": on(2026, 3, 9)},
            BLOC: {"signatures": on(2026, 2, 27), "protected": NO, "firewall": NO, "service": "Bloc"},
            "PC-INVITE": {"antivirus": None},
        },
        {
            "name": "System Name",
            "state": "Managed State",
            "antivirus_seen": "Last Communication",
            "signatures": "AMCore Content Date",
            "protected": "On-Access Scan Enabled",
            "firewall": "Firewall Status",
            "group": "Group Name",
        },
    ),
    Sample(
        "antivirus_intune",
        {URG: {"fresh": YES, "protected": YES}, BLOC: {"fresh": NO, "protected": NO}},
        {
            "name": "DeviceName",
            "outdated": "SignatureUpdateOverdue",
            "protected": "RealTimeProtectionEnabled",
            "antivirus_seen": "LastReportedDateTime",
        },
    ),
    Sample(
        "antivirus_console",
        {
            URG: {"signatures": on(2026, 3, 9), "protected": YES, "antivirus": True},
            BLOC: {"signatures": on(2026, 2, 27), "protected": NO, "firewall": NO},
            "PC-PARTI": {"antivirus": None},
        },
        {
            "name": "Nom du poste",
            "antivirus_seen": "Dernier contact",
            "signatures": "Date des signatures",
            "protected": "Protection en temps réel",
            "firewall": "Pare-feu",
            "state": "État de gestion",
        },
    ),
)
PATCHES = (
    Sample(
        "patches_wsus",
        {
            URG: {"compliant": YES, "patch_seen": on(2026, 3, 9)},
            BLOC: {"compliant": NO},
            SRV: {"compliant": NO, "patch_seen": on(2026, 1, 15), "server": YES},
        },
        {
            "name": "Nom d'ordinateur",
            "missing": "Mises à jour nécessaires",
            "patch_seen": "Dernier rapport d'état",
            "system": "Système d'exploitation",
        },
    ),
    Sample(
        "patches_sccm",
        {
            URG: {"compliant": YES, "patched": on(2026, 3, 3), "patch_seen": on(2026, 3, 9)},
            BLOC: {"compliant": NO, "patched": on(2025, 12, 19)},
            SRV: {"compliant": UNKNOWN, "patched": NEVER},
        },
        {
            "name": "Device Name",
            "compliant": "Compliance State",
            "missing": "Missing Updates",
            "patched": "Last Update Install Date",
            "patch_seen": "Last Scan Time",
        },
    ),
    Sample(
        "patches_intune",
        {
            URG: {"compliant": YES, "patched": on(2026, 2, 25)},
            BLOC: {"compliant": NO, "patched": on(2025, 11, 12)},
        },
        {
            "name": "DeviceName",
            "compliant": "Update state",
            "patched": "Quality Update Release Date",
            "patch_seen": "LastScanTime",
        },
    ),
)
EVERY = (*INVENTORIES, *EDRS, *ANTIVIRUSES, *PATCHES)


def collected(sample: Sample, mapping: Mapping[str, str]) -> WorkstationFacts:
    path = SAMPLES / f"{sample.name}.csv"
    file = ListFile(sample.kind, path.name, str(path), mapping, NOW.date())
    return collect(Request(lists=(file,)), Context({}, lambda _share, _text: None, NOW))


def told(facts: WorkstationFacts, name: str, column: str) -> Any:
    machines, background = facts.machines, facts.background
    names = machines.names(machines.name != b"")
    if name not in names:
        return None
    value = getattr(machines, column)[names.index(name)].item()
    places = {"site": background.sites, "service": background.services}.get(column)
    return value if places is None else places[value] if value >= 0 else ""


@pytest.mark.parametrize("mapped", [False, True], ids=["recognised", "mapped"])
@pytest.mark.parametrize("sample", EVERY, ids=lambda sample: sample.name)
def test_an_export_says_the_same_recognised_or_mapped(sample: Sample, mapped: bool) -> None:
    facts = collected(sample, sample.mapping if mapped else {})
    for name, expected in sample.machines.items():
        found = {column: told(facts, name, column) for column in expected}
        assert found == dict(expected), name


@pytest.mark.parametrize("sample", EVERY, ids=lambda sample: sample.name)
def test_an_export_is_read_without_a_value_left_behind(sample: Sample) -> None:
    assert [gap.reason.fr for gap in collected(sample, {}).gaps] == []


def test_three_products_at_least_of_each_list() -> None:
    for samples in (INVENTORIES, EDRS, ANTIVIRUSES, PATCHES):
        assert len({sample.product for sample in samples}) >= 3
    assert {sample.name for sample in EVERY} == {path.stem for path in SAMPLES.glob("*.csv")}


def test_lists_of_several_products_make_one_truth() -> None:
    files = tuple(
        ListFile(sample.kind, sample.name, str(SAMPLES / f"{sample.name}.csv"), {}, NOW.date())
        for sample in (INVENTORIES[0], EDRS[0], ANTIVIRUSES[0], PATCHES[0])
    )
    facts = collect(Request(lists=files), Context({}, lambda _share, _text: None, NOW))
    assert facts.machines.names(facts.machines.name != b"") == [BLOC, URG, SRV]
    assert facts.machines.names(~facts.machines.edr) == [BLOC]
    assert facts.machines.names(~facts.machines.antivirus) == [SRV]
    assert facts.background.matching.blank == 1


@pytest.mark.parametrize(
    "header",
    [
        "Nom;Type;Exposé sur Internet;Secrets modifiables;Compte d’administration dédié;Interface d’administration",
        "Name;Device type;Internet facing;Passwords changeable;Dedicated admin account;Management interface",
        "Poste;Catégorie;DMZ;Mot de passe modifiable;Administration dédiée;Réseau d’administration",
    ],
)
def test_columns_of_administration_are_recognised(header: str, tmp_path: Path) -> None:
    path = tmp_path / "inventory.csv"
    path.write_text(f"{header}\nSRV-1;Serveur;oui;non;oui;non\nSRV-2;Serveur;;;;\n", encoding="utf-8")
    file = ListFile(ListKind.INVENTORY, path.name, str(path), {}, NOW.date())
    machines = collect(Request(lists=(file,)), Context({}, lambda _share, _text: None, NOW)).machines
    told = [column.tolist() for column in (machines.exposed, machines.changeable, machines.dedicated_admin)]
    assert told == [[YES, UNKNOWN], [NO, UNKNOWN], [YES, UNKNOWN]]
    assert machines.admin_link.tolist() == [NO, UNKNOWN]
