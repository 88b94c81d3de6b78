"""Machines for those who lead: shares in all, by site and by service, who is in one list only, the list as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.services.errors import NotFound
from care.services.machines.listing import MachineFilter, export_machines, list_machines
from care.services.machines.reading import latest_machines, machines_in
from care.services.machines.words import MachineKind
from care.services.platform import Platform
from care.store.trail import TrailEvent
from scanners.workstations.coverage import Means
from tests.support.people import Hospitals, person
from tests.unit.workstations.specimens import BROKEN
from tests.web.machines import plant_machines
from tests.web.seeds import SpecimenCollect, plant_directory


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Its collector reads specimens: the real rules judge them."""
    return replace(platform, collect=SpecimenCollect())


@pytest.fixture
def runs(platform: Platform, hospitals: Hospitals) -> tuple[int, int]:
    return plant_machines(platform, hospitals.valley)


def test_before_any_audit_there_is_nothing_to_tell(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    assert latest_machines(platform, ciso, hospitals.valley) is None


def test_shares_are_those_of_the_last_audit(
    platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, int]
) -> None:
    view = latest_machines(platform, ciso, hospitals.valley)
    assert view is not None
    assert (view.head.run_id, view.head.latest) == (runs[1], True)
    assert (view.machines, view.inactive) == (len(BROKEN.machines) - 1, 1)
    told = {one.means: one for one in view.measures}
    edr, encryption = told[Means.EDR].share, told[Means.ENCRYPTION].share
    assert edr is not None
    assert encryption is not None
    assert (edr.total - edr.covered, told[Means.EDR].met) == (2, False)
    assert (encryption.covered, encryption.total) == (1, 2)
    assert {one.kind: one.alone for one in view.lists} == {
        **dict.fromkeys(("directory", "inventory", "antivirus", "patches"), 0),
        "edr": 1,
    }
    assert view.matching.clashes == ("ACCUEIL",)
    before = machines_in(platform, ciso, runs[0])
    assert not before.head.latest
    assert all(one.met for one in before.measures)


def test_places_add_up(platform: Platform, ciso: Scope, runs: tuple[int, int]) -> None:
    view = machines_in(platform, ciso, runs[1])
    for table in (view.sites, view.services):
        assert sum(line.machines for line in table.lines) == view.machines
        assert table.lines[-1].place == ""
    assert {line.place for line in view.sites.lines} == {"EHPAD Les Tilleuls", "Hôpital Nord", ""}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (MachineFilter(missing=Means.EDR), ["PC-NU", "SRV-NU"]),
        (MachineFilter(missing=Means.ENCRYPTION), ["PC-CLAIR"]),
        (MachineFilter(only="edr"), ["INCONNU"]),
        (MachineFilter(only="directory"), []),
        (MachineFilter(only="none"), []),
        (MachineFilter(kind=MachineKind.UNKNOWN), ["INCONNU"]),
        (MachineFilter(idle=True), ["PC-DORT"]),
        (MachineFilter(kind=MachineKind.SERVER), ["SRV-12", "SRV-DMZ", "SRV-NU"]),
        (MachineFilter(kind=MachineKind.LAPTOP), ["PC-CLAIR", "PC-SANS-AV"]),
        (MachineFilter(words="ancien"), ["PC-RENOM"]),
        (MachineFilter(words="server 2012"), ["SRV-12"]),
        (MachineFilter(site="nulle part"), []),
        (MachineFilter(missing=Means.EDR, kind=MachineKind.SERVER), ["SRV-NU"]),
    ],
)
def test_the_list_is_filtered(
    platform: Platform, ciso: Scope, runs: tuple[int, int], wanted: MachineFilter, names: list[str]
) -> None:
    found = list_machines(platform, ciso, runs[1], wanted)
    assert [one.name for one in found.page.lines] == names
    assert found.page.total == len(names)


def test_a_line_says_who_knows_the_machine_and_what_it_lacks(
    platform: Platform, ciso: Scope, runs: tuple[int, int]
) -> None:
    (one,) = list_machines(platform, ciso, runs[1], MachineFilter(words="inconnu")).page.lines
    assert (one.lists, one.system) == (("Console EDR",), "")
    assert one.lacks == ("correctifs en retard ou inconnus",)
    (one,) = list_machines(platform, ciso, runs[1], MachineFilter(words="pc-nu")).page.lines
    assert one.lacks == ("sans EDR",)


def test_a_place_is_a_filter(platform: Platform, ciso: Scope, runs: tuple[int, int]) -> None:
    view = machines_in(platform, ciso, runs[1])
    for line in view.sites.lines[:-1]:
        assert list_machines(platform, ciso, runs[1], MachineFilter(site=line.place)).page.total == line.machines


def test_the_list_is_a_file_that_the_trail_remembers(platform: Platform, ciso: Scope, runs: tuple[int, int]) -> None:
    content = export_machines(platform, ciso, runs[1], MachineFilter(missing=Means.EDR), "csv")
    header, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert header[:3] == ["Machine", "Autre nom", "Nature"]
    assert [line[0] for line in lines] == ["PC-NU", "SRV-NU"]
    assert lines[0][-1] == "sans EDR"
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "machines.exported")).one()
    assert event.detail == {"format": "csv", "count": 2}


def test_the_workbook_holds_the_shares(platform: Platform, ciso: Scope, runs: tuple[int, int]) -> None:
    content = export_machines(platform, ciso, runs[1], MachineFilter(), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Machines", "Couverture", "Par site", "Par service"]
    rows = list(book["Couverture"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]][:2] == ["EDR", "Antivirus"]
    assert book["Machines"].max_row == len(BROKEN.machines)
    assert {row[0] for row in book["Par site"].iter_rows(min_row=2, values_only=True)} >= {
        "Hôpital Nord",
        "Non renseigné",
    }


def test_a_stranger_finds_nothing(platform: Platform, hospitals: Hospitals, runs: tuple[int, int]) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for look in (
        lambda: machines_in(platform, stranger, runs[1]),
        lambda: list_machines(platform, stranger, runs[1], MachineFilter()),
        lambda: export_machines(platform, stranger, runs[1], MachineFilter(), "csv"),
        lambda: latest_machines(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            look()


def test_the_audit_of_a_directory_has_no_such_page(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    (run, *_others) = plant_directory(platform, hospitals.valley)
    with pytest.raises(NotFound):
        machines_in(platform, ciso, run)
