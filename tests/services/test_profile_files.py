"""Profiles as files: read back as they were written, shown before they change anything, whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.services.errors import Forbidden, Invalid, Refused
from care.services.indicators.audiences import read_audiences
from care.services.platform import Platform
from care.services.profile_files import (
    MOST,
    export_profiles,
    import_profiles,
    list_profiles,
    may_keep,
    preview_profiles,
)
from care.services.profiles import ProfileDraft, open_profile, save_profile
from care.services.register_files import Fate, sent_table
from care.services.table_files import TableFile
from care.services.trail import verify
from care.store.indicators import EstablishmentProfile, FormerProfile
from care.store.trail import TrailEvent
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)
HEAD = "N° FINESS;Établissement;OSE;Statut;Département;Longitude;Latitude\n"


def table(*lines: str, head: str = HEAD) -> TableFile:
    return sent_table((head + "".join(f"{one}\n" for one in lines)).encode(), MOST)


def finess(platform: Platform, machine: Scope, establishment: int) -> str:
    return open_profile(platform, machine, establishment).finess


def profiles(platform: Platform) -> Sequence[EstablishmentProfile]:
    with platform.database.read() as session:
        return session.scalars(select(EstablishmentProfile)).all()


@both
def test_a_file_is_shown_then_done(platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals) -> None:
    save_profile(platform, machine, hospitals.hill, ProfileDraft(ose=True, department="01"), 0)
    valley, hill = (finess(platform, machine, one) for one in (hospitals.valley, hospitals.hill))
    sent = table(f"{valley.lstrip('0')};x;oui;privé à but lucratif;1;5,22;46.2", f"{hill};;;;;;")
    since = date(2025, 11, 15)
    done = preview_profiles(platform, grades, sent, since)
    assert (done.faults, done.ignored, done.untouched) == ((), (), 0)
    assert [(one.fate, one.name) for one in done.lines] == [
        (Fate.CHANGED, "Hôpital de la Vallée"),
        (Fate.SAME, "Hôpital de la Colline"),
    ]
    assert [(one.field, one.before, one.after) for one in done.lines[0].differences] == [
        ("OSE", "", "oui"),
        ("Statut", "", "Privé à but lucratif"),
        ("Département", "", "01"),
        ("Longitude", "", "5.22"),
        ("Latitude", "", "46.2"),
    ]
    assert len(profiles(platform)) == 1, "a preview writes nothing"
    assert import_profiles(platform, grades, done.carried, done.seen, since) == 1
    known = open_profile(platform, machine, hospitals.valley)
    assert known.draft == ProfileDraft(True, "for_profit", "01", 5.22, 46.2)
    assert [one.until for one in known.former_answers] == [date(2025, 11, 14)]
    assert open_profile(platform, machine, hospitals.hill).version == 1
    with platform.database.read() as session:
        asked = [read_audiences(session, day).ose for day in (date(2025, 10, 31), date(2025, 11, 30))]
        actions = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)).all()
    assert asked == [frozenset(), {hospitals.valley}]
    assert actions[-2:] == ["establishment.profile_changed", "establishment.profiles_imported"]
    assert verify(platform).sound
    assert not preview_profiles(platform, grades, sent, since).useful


@both
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_is_read_back_as_it_is(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, form: str
) -> None:
    draft = ProfileDraft(False, "ebnl", "01", 5.2258, 46.2052)
    save_profile(platform, machine, hospitals.valley, draft, 0)
    content = export_profiles(platform, grades, form)
    done = preview_profiles(platform, grades, sent_table(content, MOST), TODAY)
    assert (done.faults, done.ignored, done.count(Fate.SAME), len(done.lines)) == ((), (), 2, 2)
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]] == HEAD.strip().split(";")
    else:
        assert finess(platform, machine, hospitals.far).encode() not in content


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("{valley};;peut-être;;;;", "Ligne 2, colonne « OSE » : « oui », « non » ou « ? » est attendu."),
        ("{valley};;;riche;;;", "Ligne 2, colonne « Statut » : écrivez « Public », « Privé à but non lucratif »"),
        ("{valley};;;;99;;", "Ligne 2, colonne « Département » : Indiquez le code d’un département français"),
        ("{valley};;;;;nan;1", "Ligne 2, colonne « Longitude » : un nombre de degrés est attendu"),
        ("{valley};;;;;200;1", "Ligne 2, colonne « Longitude » : Une longitude est un nombre"),
        ("{valley};;;;;2;", "Ligne 2, colonne « Latitude » : Donnez la longitude et la latitude"),
        ("123;;oui;;;;", "Ligne 2, colonne « N° FINESS » :"),
        ("{far};;oui;;;;", "Ligne 2, colonne « N° FINESS » : ce numéro n’est pas parmi les établissements que vous"),
        ("{valley};;oui;;;;\n{valley};;non;;;;", "Ligne 3 : la même que la ligne 2."),
    ],
)
def test_one_fault_stops_the_whole_file(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, cells: str, said: str
) -> None:
    known = {name: finess(platform, machine, getattr(hospitals, name)) for name in ("valley", "far", "hill")}
    sent = table(*cells.format(**known).split("\n"), f"{known['hill']};;oui;;;;")
    done = preview_profiles(platform, grades, sent, TODAY)
    assert len(done.faults) == 1
    assert done.faults[0].startswith(said)
    assert not done.useful
    with pytest.raises(Refused, match="errors"):
        import_profiles(platform, grades, done.carried, done.seen, TODAY)
    assert list(profiles(platform)) == []


@both
def test_a_day_that_comes_too_late_or_too_early_is_said_by_line(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals
) -> None:
    save_profile(platform, machine, hospitals.valley, ProfileDraft(ose=True), 0, date(2026, 1, 10))
    valley = finess(platform, machine, hospitals.valley)
    for since, said in ((date(2025, 6, 1), "10/01/2026"), (date(2026, 3, 3), "pas encore venu")):
        done = preview_profiles(platform, grades, table(f"{valley};;non;;;;"), since)
        assert len(done.faults) == 1
        assert done.faults[0].startswith("Ligne 2 : ")
        assert said in done.faults[0]
    early = preview_profiles(platform, grades, table(f"{valley};;;;29;;"), date(2025, 6, 1))
    assert early.faults == (), "a department has no day"
    import_profiles(platform, grades, early.carried, early.seen, date(2025, 6, 1))
    with platform.database.read() as session:
        assert len(session.scalars(select(FormerProfile)).all()) == 1


@both
def test_a_profile_changed_since_its_preview_stops_the_import(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals
) -> None:
    valley = finess(platform, machine, hospitals.valley)
    done = preview_profiles(platform, grades, table(f"{valley};;oui;;;;"), TODAY)
    save_profile(platform, machine, hospitals.valley, ProfileDraft(department="29"), 0)
    with pytest.raises(Refused, match="changed since"):
        import_profiles(platform, grades, done.carried, done.seen, TODAY)
    assert open_profile(platform, machine, hospitals.valley).draft.ose is None


def test_only_who_keeps_a_place_reads_and_writes_its_file(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals
) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    assert (may_keep(ciso), may_keep(grades)) == (False, True)
    for act in (
        lambda: list_profiles(platform, ciso),
        lambda: export_profiles(platform, ciso, "csv"),
        lambda: preview_profiles(platform, ciso, table("1"), TODAY),
        lambda: import_profiles(platform, ciso, '{"headings": ["N° FINESS"], "lines": []}', "", TODAY),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Invalid):
        preview_profiles(platform, grades, table(head="OSE;Statut\n1;2\n"), TODAY)
    found = list_profiles(platform, grades)
    assert (found.total, found.page.total, found.missing["ose"]) == (2, 2, 2)
    save_profile(platform, machine, hospitals.valley, ProfileDraft(True, "public", "01", 5.2, 46.2), 0)
    assert replace(list_profiles(platform, grades), page=found.page).missing == dict.fromkeys(found.missing, 1)


def test_a_number_of_row_is_not_read(platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals) -> None:
    """Two installations number their rows apart: only the FINESS number tells establishments."""
    valley = finess(platform, machine, hospitals.valley)
    sent = table(f"{hospitals.hill};{valley};oui", head="N°;N° FINESS;OSE\n")
    done = preview_profiles(platform, grades, sent, TODAY)
    assert ([one.row_id for one in done.lines], done.ignored) == ([hospitals.valley], ("N°",))
