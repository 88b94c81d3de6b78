"""One truth out of lists that disagree: renamed, reinstalled, homonyms, serial numbers that identify nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, MachineList, day_number
from scanners.workstations.homonyms import Home
from scanners.workstations.places import service_of, site_of
from scanners.workstations.reconcile import Park, clean_serial, reconcile
from scanners.workstations.tables import ready

TODAY = day_number(date(2026, 3, 10))
USED_SINCE = TODAY - 90
HOME = Home("hopital.test", "HOPITAL")
SID = "S-1-5-21-1-2-3-"


def listed(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def directory(**accounts: dict[str, Any]) -> pd.DataFrame:
    blank = {
        "sid": "",
        "system": "Windows 11 Entreprise",
        "version": "10.0 (26100)",
        "unit": "",
        "enabled": True,
        "controller": False,
        "server": NO,
        "created": TODAY - 500,
        "last_logon": TODAY - 1,
        "laps_expires": NEVER,
    }
    rows = [{"name": name.replace("_", "-"), **blank, **changes} for name, changes in accounts.items()]
    return pd.DataFrame(rows)


def put_together(**frames: pd.DataFrame) -> Park:
    kinds: dict[MachineList, pd.DataFrame] = {kind: ready(kind, frame) for kind, frame in frames.items()}  # type: ignore[arg-type,misc]
    return reconcile(kinds, (), HOME, USED_SINCE)


def names(park: Park, kind: MachineList | None = None) -> list[str]:
    machines = park.machines
    return machines.names(machines.known_to(kind) if kind else machines.name != b"")


def others(park: Park) -> dict[str, str]:
    told = zip(names(park), park.machines.other_name.tolist(), strict=True)
    return {name: str(other, "ascii") for name, other in told if other}


# ---------------------------------------------------------------- one machine, two names


def test_a_machine_renamed_since_the_inventory_is_one_and_it_is_said() -> None:
    park = put_together(
        directory=directory(PC_NEUF={}),
        inventory=listed({"name": "PC-VIEUX", "serial": "5CG1234ABC"}),
        edr=listed({"name": "PC-NEUF", "serial": "5cg 1234-abc"}),
    )
    assert names(park) == names(park, "inventory") == names(park, "edr") == ["PC-NEUF"]
    assert others(park) == {"PC-NEUF": "PC-VIEUX"}
    assert park.matching.by_serial == 1


def test_the_former_account_stays_in_the_directory() -> None:
    park = put_together(
        directory=directory(PC_NEUF={}, PC_VIEUX={"last_logon": TODAY - 200}),
        inventory=listed({"name": "PC-VIEUX", "serial": "5CG1"}),
        edr=listed({"name": "PC-NEUF", "serial": "5CG1"}),
    )
    assert names(park, "inventory") == ["PC-NEUF"]
    assert names(park, "directory") == ["PC-NEUF", "PC-VIEUX"]


def test_a_sid_says_who_a_line_is() -> None:
    park = put_together(
        directory=directory(PC_NEUF={"sid": SID + "1105"}),
        inventory=listed({"name": "PC-VIEUX", "sid": SID.lower() + "1105"}),
    )
    assert names(park) == ["PC-NEUF"]
    assert (park.matching.by_sid, others(park)) == (1, {"PC-NEUF": "PC-VIEUX"})


def test_two_accounts_in_use_are_two_machines_whatever_their_serial_says() -> None:
    park = put_together(
        directory=directory(CLONE_1={}, CLONE_2={}),
        inventory=listed({"name": "CLONE-1", "serial": "VMWARE42"}),
        edr=listed({"name": "CLONE-2", "serial": "VMWARE42"}),
    )
    assert names(park, "inventory") == ["CLONE-1"]
    assert names(park, "edr") == ["CLONE-2"]
    assert [(one.serial, one.where, one.machines) for one in park.matching.shared] == [
        ("VMWARE42", "", ("CLONE-1", "CLONE-2"))
    ]


def test_a_serial_twice_in_one_list_joins_nobody_and_is_named() -> None:
    park = put_together(
        inventory=listed({"name": "PC-1", "serial": "DUP777"}, {"name": "PC-2", "serial": "DUP777"}),
        edr=listed({"name": "PC-3", "serial": "DUP777"}),
    )
    assert names(park) == ["PC-1", "PC-2", "PC-3"]
    assert [(one.where, one.machines) for one in park.matching.shared] == [("inventory", ("PC-1", "PC-2", "PC-3"))]


def test_a_line_never_takes_the_name_of_another_line_of_its_list() -> None:
    """PC-1 was retired and its name given to PC-2: two machines in the inventory, and two remain."""
    park = put_together(
        directory=directory(PC_1={}, PC_2={"last_logon": TODAY - 200}),
        inventory=listed({"name": "PC-1", "serial": "AAA111"}, {"name": "PC-2", "serial": "BBB222"}),
        edr=listed({"name": "PC-1", "serial": "BBB222"}),
    )
    assert names(park, "inventory") == ["PC-1", "PC-2"]
    assert len(names(park, "edr")) == 1


def test_two_lists_that_swap_two_names_leave_two_machines_and_say_it() -> None:
    """Neither line can move: each list already holds the name it would take."""
    park = put_together(
        inventory=listed({"name": "PC-1", "serial": "AAA111"}, {"name": "PC-2", "serial": "BBB222"}),
        edr=listed({"name": "PC-1", "serial": "BBB222"}, {"name": "PC-2", "serial": "CCC333"}),
    )
    assert names(park, "inventory") == names(park, "edr") == ["PC-1", "PC-2"]
    assert [(one.serial, one.where, one.machines) for one in park.matching.shared] == [("BBB222", "", ("PC-1", "PC-2"))]


@pytest.mark.parametrize(
    "serial",
    [
        *("To be filled by O.E.M.", "TO BE FILLED BY O.E.M", "Default string", "System Serial Number", "0", "00000000"),
        *("None", "N/A", "XXXXXXXX", "-", "", "  ", "123456789", "Not Specified", "Chassis Serial Number", "........"),
    ],
)
def test_what_makers_leave_is_no_serial_number(serial: str) -> None:
    assert clean_serial(serial) == ""
    park = put_together(
        inventory=listed({"name": "PC-1", "serial": serial}), edr=listed({"name": "PC-2", "serial": serial})
    )
    assert names(park) == ["PC-1", "PC-2"]
    assert park.matching.blank == (2 if serial.strip() else 0)


@pytest.mark.parametrize("serial", ["5CG1234ABC", "PF-2XYZ", "VMware-56 4d 11 22", "SN1", "0001234"])
def test_a_true_serial_number_is_kept(serial: str) -> None:
    assert clean_serial(serial)


# ---------------------------------------------------------------- one name, two machines


def test_homonyms_of_two_domains_stay_two_machines() -> None:
    park = put_together(
        directory=directory(ACCUEIL={}),
        inventory=listed(
            {"name": "ACCUEIL", "domain": "hopital.test", "serial": "AAA1"},
            {"name": "ACCUEIL", "domain": "EHPAD.LAN", "serial": "BBB2"},
        ),
        edr=listed({"name": "ACCUEIL", "domain": "ehpad.lan", "serial": "BBB2"}),
    )
    assert names(park) == ["ACCUEIL", "ACCUEIL.EHPAD.LAN"]
    assert names(park, "edr") == ["ACCUEIL.EHPAD.LAN"]
    assert park.matching.clashes == ("ACCUEIL",)


def test_a_console_that_tells_no_domain_is_matched_by_serial() -> None:
    park = put_together(
        directory=directory(ACCUEIL={}),
        inventory=listed(
            {"name": "ACCUEIL", "domain": "HOPITAL", "serial": "AAA1"},
            {"name": "ACCUEIL", "domain": "ehpad.lan", "serial": "BBB2"},
        ),
        edr=listed({"name": "ACCUEIL", "serial": "BBB2"}),
    )
    assert names(park, "edr") == ["ACCUEIL.EHPAD.LAN"]


@pytest.mark.parametrize("domain", ["lan.dhcp.test", "WORKGROUP", "HOPITAL", "hopital.test.", ""])
def test_a_suffix_alone_makes_no_other_machine(domain: str) -> None:
    park = put_together(directory=directory(PC_1={}), edr=listed({"name": "PC-1", "domain": domain}))
    assert names(park) == ["PC-1"]


def test_the_sid_of_another_domain_beside_a_name_of_ours_is_another_machine() -> None:
    other = "S-1-5-21-7-8-9-"
    park = put_together(
        directory=directory(ACCUEIL={"sid": SID + "1105"}, PC_2={"sid": SID + "1106"}),
        inventory=listed({"name": "ACCUEIL", "sid": other + "1105"}, {"name": "LOIN", "sid": other + "1200"}),
        edr=listed({"name": "ACCUEIL"}),
    )
    assert names(park, "inventory") == ["ACCUEIL.SID-9", "LOIN"]
    assert names(park, "edr") == ["ACCUEIL"]
    assert park.matching.clashes == ("ACCUEIL",)


def test_a_homonym_of_another_domain_is_not_cut_to_ours() -> None:
    park = put_together(
        directory=directory(PC_ACCUEIL_URGE={}),
        inventory=listed(
            {"name": "PC-ACCUEIL-URGE", "domain": "hopital.test"}, {"name": "PC-ACCUEIL-URGE", "domain": "ehpad.lan"}
        ),
    )
    assert names(park, "inventory") == ["PC-ACCUEIL-URGE", "PC-ACCUEIL-URGE.EHPAD.LAN"]


def test_a_name_that_the_directory_cut_is_the_same_machine_unless_two_are_cut_to_it() -> None:
    one = put_together(directory=directory(PC_ACCUEIL_URGE={}), edr=listed({"name": "PC-ACCUEIL-URGENCES-12"}))
    assert names(one) == ["PC-ACCUEIL-URGE"]
    two = put_together(
        directory=directory(PC_ACCUEIL_URGE={}),
        inventory=listed({"name": "PC-ACCUEIL-URGENCES-12"}),
        edr=listed({"name": "PC-ACCUEIL-URGENCES-13"}),
    )
    assert names(two) == ["PC-ACCUEIL-URGE", "PC-ACCUEIL-URGENCES-12", "PC-ACCUEIL-URGENCES-13"]


# ---------------------------------------------------------------- values


def test_two_lines_of_a_machine_keep_the_latest_day_and_the_no() -> None:
    park = put_together(
        inventory=listed(
            {"name": "PC-1", "encrypted": YES, "patched": TODAY - 90},
            {"name": "PC-1", "encrypted": NO, "patched": TODAY - 3},
            {"name": "PC-2", "encrypted": UNKNOWN, "patched": NEVER},
        ),
        patches=listed({"name": "PC-2", "patched": TODAY - 9}),
    )
    assert park.machines.encrypted.tolist() == [NO, UNKNOWN]
    assert park.machines.patched.tolist() == [TODAY - 3, TODAY - 9]


def test_a_machine_that_one_list_says_exposed_is_exposed() -> None:
    park = put_together(
        inventory=listed({"name": "SRV-1", "exposed": NO}, {"name": "SRV-2", "exposed": UNKNOWN}),
        edr=listed({"name": "SRV-1", "exposed": YES}, {"name": "SRV-2", "exposed": NO}),
    )
    assert park.machines.exposed.tolist() == [YES, NO]


def test_a_machine_that_a_console_saw_without_its_agent_is_not_covered() -> None:
    states = ("Onboarded", "Can be onboarded", "Peut être intégré", "Decommissioned", "", "Insufficient info")
    edr = listed(*({"name": f"PC-{rank}", "state": state} for rank, state in enumerate(states)))
    assert names(put_together(edr=edr), "edr") == ["PC-0", "PC-4"]


@pytest.mark.parametrize(
    ("row", "compliant"),
    [
        ({"missing": 0}, YES),
        ({"missing": 3}, NO),
        ({"missing": NEVER}, UNKNOWN),
        ({"compliant": YES}, YES),
        ({"compliant": YES, "missing": 2}, NO),
        ({"compliant": NO, "missing": 0}, NO),
        ({"compliant": UNKNOWN, "missing": NEVER}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_what_a_patch_report_says(row: dict[str, int], compliant: int) -> None:
    park = put_together(patches=listed({"name": "PC-1", **row}))
    assert park.machines.compliant.tolist() == [compliant]


@pytest.mark.parametrize(("outdated", "fresh"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_a_console_may_say_late_rather_than_a_date(outdated: int, fresh: int) -> None:
    park = put_together(antivirus=listed({"name": "PC-1", "outdated": outdated}))
    assert park.machines.fresh.tolist() == [fresh]


@pytest.mark.parametrize(
    ("row", "server", "laptop"),
    [
        ({"kind": "Ordinateur portable"}, NO, YES),
        ({"kind": "Serveur"}, YES, NO),
        ({"kind": "Domain Controller"}, YES, NO),
        ({"kind": "Poste en libre-service"}, NO, NO),
        ({"kind": "Workstation", "chassis": "Laptop"}, NO, YES),
        ({"chassis": "10"}, NO, YES),
        ({"chassis": "3"}, NO, NO),
        ({"chassis": "23"}, YES, NO),
        ({"system": "Windows Server 2019"}, YES, UNKNOWN),
        ({"kind": ""}, UNKNOWN, UNKNOWN),
        ({"system": "Windows 11"}, NO, UNKNOWN),
        ({}, UNKNOWN, UNKNOWN),
    ],
)
def test_what_a_machine_is(row: dict[str, str], server: int, laptop: int) -> None:
    machines = put_together(inventory=listed({"name": "PC-1", **row})).machines
    assert (machines.server.tolist(), machines.laptop.tolist()) == ([server], [laptop])


def test_system_and_version_come_from_one_list() -> None:
    park = put_together(
        directory=directory(PC_1={"system": "Windows 10 Pro", "version": "10.0 (19045)"}),
        inventory=listed(
            {"name": "PC-1", "system": "Windows 11", "version": "26100"}, {"name": "PC-2", "system": "", "version": "x"}
        ),
        edr=listed({"name": "PC-2", "system": "Windows 11 Pro"}),
    )
    told = [park.systems[row] for row in park.machines.system.tolist()]
    assert [(one.name, one.version) for one in told] == [("Windows 10 Pro", "10.0 (19045)"), ("Windows 11 Pro", "")]


# ---------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("column", "text", "site"),
    [
        ("site", "Hôpital Nord", "Hôpital Nord"),
        ("location", "Hôpital Nord > RDC > Urgences", "Hôpital Nord"),
        ("entity", "Entité racine > EHPAD Les Tilleuls", "EHPAD Les Tilleuls"),
        ("location", " \x07 ", ""),
        ("site", "x" * 500, "x" * 120),
    ],
)
def test_sites(column: str, text: str, site: str) -> None:
    assert site_of(column, text) == site


@pytest.mark.parametrize(
    ("column", "text", "service"),
    [
        ("service", "Urgences / Accueil", "Urgences / Accueil"),
        ("group", "Workstations\\Urgences", "Urgences"),
        ("unit", "CN=PC-1,OU=Urgences,OU=Postes,DC=hopital", "Urgences"),
        ("unit", "OU=Bloc\\, salle 2,OU=Postes", "Bloc, salle 2"),
        ("unit", "hopital.test/Postes/Urgences", "Urgences"),
        ("unit", "", ""),
    ],
)
def test_services(column: str, text: str, service: str) -> None:
    assert service_of(column, text) == service


def test_places_come_from_the_inventory_first_then_from_who_knows() -> None:
    park = put_together(
        directory=directory(PC_1={"unit": "Postes"}, PC_2={"unit": "Bloc"}),
        inventory=listed({"name": "PC-1", "location": "Nord > A", "service": "Urgences"}),
        edr=listed({"name": "PC-2", "site": "Sud"}),
    )
    assert park.sites == ("Nord", "Sud")
    assert park.services == ("Bloc", "Urgences")
    assert park.machines.site.tolist() == [0, 1]
    assert park.machines.service.tolist() == [1, 0]


# ---------------------------------------------------------------- properties

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["A", "B", "C", "D", "E"]),
            "serial": st.sampled_from(["", "0", "SN-1", "SN-2", "SN-3"]),
            "domain": st.sampled_from(["", "hopital.test", "autre.test"]),
        }
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=150)
@given(ROWS, ROWS, st.sets(st.sampled_from(["A", "B", "C"])))
def test_no_list_ever_loses_a_machine(inventory: list[Any], edr: list[Any], accounts: set[str]) -> None:
    """However wrong the lists are, each knows as many machines after as before."""
    frames = {"directory": directory(**{name: {} for name in sorted(accounts)})} if accounts else {}
    for kind, rows in (("inventory", inventory), ("edr", edr)):
        if rows:
            frames[kind] = pd.DataFrame(rows)
    if not frames:
        return
    park = put_together(**frames)
    assert len(set(names(park))) == len(park.machines)
    for kind, rows in (("inventory", inventory), ("edr", edr)):
        distinct = {row["name"] for row in rows}
        assert len(names(park, kind)) >= len(distinct)  # type: ignore[arg-type]
    if accounts:
        assert len(names(park, "directory")) == len(accounts)
