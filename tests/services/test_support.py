"""Support of establishments: what comes next, contacts, services asked for and used; who sees what."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest

from care.domain.access import Level, Place, Role, Scope
from care.domain.catalogue import OfferKind, Theme
from care.domain.support import ContactKind, StepState, UseState, is_quiet, step_state
from care.services.catalogue import EntryDraft, add_entry, end_entry
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.support.editing import (
    ContactDraft,
    FileDraft,
    add_contact,
    change_contact,
    drop_contact,
    save_file,
)
from care.services.support.exports import follow_up_csv, follow_up_xlsx
from care.services.support.following import SupportFilter, list_support
from care.services.support.reading import open_contact, open_support
from care.services.support.uses import ask_service, move_use, read_services, withdraw_use
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.queries import counted

SERVICE = EntryDraft(OfferKind.SERVICE, "Audit accompagné", themes=(Theme.DIRECTORY,))


@pytest.fixture
def service(platform: Platform, machine: Scope, hospitals: Hospitals) -> str:
    draft = EntryDraft(OfferKind.SERVICE, "Audit accompagné", themes=(Theme.DIRECTORY,), region_id=hospitals.region)
    return f"entry-{add_entry(platform, machine, draft)}"


def visit(day: date, *, held: bool = True, summary: str = "") -> ContactDraft:
    return ContactDraft(ContactKind.VISIT, day, "Maya Petit", held, summary)


@pytest.mark.parametrize(
    ("step", "in_days", "state"),
    [
        ("", None, StepState.NONE),
        ("", 3, StepState.NONE),
        ("Revoir", None, StepState.UNDATED),
        ("Revoir", -1, StepState.LATE),
        ("Revoir", 0, StepState.SOON),
        ("Revoir", 30, StepState.SOON),
        ("Revoir", 31, StepState.LATER),
    ],
)
def test_where_a_step_stands(step: str, in_days: int | None, state: StepState) -> None:
    today = date(2026, 3, 2)
    assert step_state(step, None if in_days is None else today + timedelta(days=in_days), today) is state


def test_who_was_not_seen_for_long_is_quiet() -> None:
    today = date(2026, 9, 1)
    assert [is_quiet(day, today) for day in (None, today - timedelta(days=181), today - timedelta(days=180))] == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.both_databases
def test_the_region_follows_and_the_establishment_reads(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    today = local_day(platform)
    late = FileDraft("Maya Petit", "Relire le PCRA", today - timedelta(days=1), "DSI sur le départ")
    save_file(platform, grades, hospitals.valley, late, 0)
    add_contact(platform, grades, hospitals.valley, visit(today - timedelta(days=9), summary="Tester les sauvegardes"))
    add_contact(platform, grades, hospitals.valley, visit(today + timedelta(days=9), held=False))
    found = list_support(platform, grades, SupportFilter())
    valley, hill = found.page.lines
    assert (valley.name, valley.state, valley.quiet) == ("Hôpital de la Vallée", StepState.LATE, False)
    assert (valley.last_on, valley.visit_on) == (today - timedelta(days=9), today + timedelta(days=9))
    assert (hill.state, hill.quiet, hill.owner) == (StepState.NONE, True, "")
    assert (found.total, found.quiet, found.owners) == (2, 1, ("Maya Petit",))
    mine, theirs = (open_support(platform, who, hospitals.valley) for who in (ciso, grades))
    assert (mine.owner, mine.next_step, mine.note) == ("Maya Petit", "Relire le PCRA", "")
    assert theirs.note == "DSI sur le départ"
    assert [one.summary for one in mine.held] == ["Tester les sauvegardes"]
    assert (mine.may_support, theirs.may_support, mine.may_ask, theirs.may_ask) == (False, True, True, False)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (SupportFilter(words="colline"), ["Hôpital de la Colline"]),
        (SupportFilter(words="pcra maya"), ["Hôpital de la Vallée"]),
        (SupportFilter(owner="Maya Petit"), ["Hôpital de la Vallée"]),
        (SupportFilter(state=StepState.NONE), ["Hôpital de la Colline"]),
        (SupportFilter(quiet=True), ["Hôpital de la Colline", "Hôpital de la Vallée"]),
        (SupportFilter(number=2, per_page=1), ["Hôpital de la Colline"]),
        (SupportFilter(state=StepState.LATE), []),
    ],
)
def test_the_list_is_filtered(
    platform: Platform, grades: Scope, hospitals: Hospitals, wanted: SupportFilter, names: list[str]
) -> None:
    draft = FileDraft("Maya Petit", "Relire le PCRA", local_day(platform) + timedelta(days=60))
    save_file(platform, grades, hospitals.valley, draft, 0)
    found = list_support(platform, grades, wanted)
    assert sorted(one.name for one in found.page.lines) == names


def test_a_place_without_any_of_mine_is_not_found(platform: Platform, grades: Scope, hospitals: Hospitals) -> None:
    assert list_support(platform, grades, SupportFilter(Place(Level.GHT, hospitals.ght))).total == 2
    with pytest.raises(NotFound):
        list_support(platform, grades, SupportFilter(Place(Level.REGION, hospitals.other_region)))
    with pytest.raises(NotFound):
        read_services(platform, grades, Place(Level.REGION, hospitals.other_region))


def test_others_neither_read_nor_write(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, service: str
) -> None:
    far = person(Role.REGIONAL, Level.REGION, hospitals.other_region)
    contact = add_contact(platform, grades, hospitals.valley, visit(local_day(platform)))
    for who, error in ((far, NotFound), (ciso, Forbidden)):
        with pytest.raises(error):
            save_file(platform, who, hospitals.valley, FileDraft("x"), 0)
        with pytest.raises(error):
            add_contact(platform, who, hospitals.valley, visit(local_day(platform)))
        with pytest.raises(error):
            change_contact(platform, who, contact, visit(local_day(platform)), 1)
        with pytest.raises(error):
            open_contact(platform, who, contact)
    with pytest.raises(NotFound):
        open_support(platform, far, hospitals.valley)
    with pytest.raises(Forbidden):
        open_support(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)
    for listing in (lambda: list_support(platform, ciso, SupportFilter()), lambda: read_services(platform, ciso)):
        with pytest.raises(Forbidden):
            listing()
    assert list_support(platform, far, SupportFilter()).total == 1
    assert [use.state for use in open_support(platform, ciso, hospitals.valley).uses] == []


@pytest.mark.both_databases
def test_who_changes_second_is_told_and_nothing_is_lost(
    platform: Platform, grades: Scope, machine: Scope, hospitals: Hospitals
) -> None:
    save_file(platform, machine, hospitals.valley, FileDraft("Ana"), 0)
    with pytest.raises(Refused, match="tests changed who supports"):
        save_file(platform, grades, hospitals.valley, FileDraft("Maya"), 0)
    save_file(platform, grades, hospitals.valley, FileDraft("Ana"), 1)  # nothing changed: nothing written
    assert open_support(platform, grades, hospitals.valley).version == 1
    contact = add_contact(platform, grades, hospitals.valley, visit(local_day(platform), held=False))
    change_contact(platform, machine, contact, visit(local_day(platform), summary="Fait"), 1)
    with pytest.raises(Refused, match="tests changed"):
        change_contact(platform, grades, contact, visit(local_day(platform), summary="Autre"), 1)
    with pytest.raises(Refused, match="took place"):
        drop_contact(platform, grades, contact, 2)


def test_a_contact_that_will_not_be_is_dropped(platform: Platform, grades: Scope, hospitals: Hospitals) -> None:
    contact = add_contact(platform, grades, hospitals.valley, visit(local_day(platform), held=False))
    with pytest.raises(Refused):
        drop_contact(platform, grades, contact, 7)
    drop_contact(platform, grades, contact, 1)
    assert open_support(platform, grades, hospitals.valley).planned == ()
    with pytest.raises(NotFound):
        drop_contact(platform, grades, contact, 1)


def test_a_planned_contact_that_nobody_told_is_late(
    platform: Platform, grades: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    add_contact(platform, grades, hospitals.valley, visit(local_day(platform), held=False))
    assert [one.late for one in open_support(platform, grades, hospitals.valley).planned] == [False]
    clock.forward(days=2)
    assert [one.late for one in open_support(platform, grades, hospitals.valley).planned] == [True]


def test_what_cannot_be_written_is_said(platform: Platform, grades: Scope, hospitals: Hospitals) -> None:
    today = local_day(platform)
    for draft, field in (
        (FileDraft("x" * 201), "owner"),
        (FileDraft(next_step="x" * 301), "next_step"),
        (FileDraft(next_on=today), "next_step"),
    ):
        with pytest.raises(Invalid) as refusal:
            save_file(platform, grades, hospitals.valley, draft, 0)
        assert list(refusal.value.fields) == [field]
    for contact, field in (
        (ContactDraft(ContactKind.CALL, today, " "), "by"),
        (visit(today + timedelta(days=1)), "held_on"),
        (visit(today, summary="x" * 10_001), "summary"),
    ):
        with pytest.raises(Invalid) as refusal:
            add_contact(platform, grades, hospitals.valley, contact)
        assert list(refusal.value.fields) == [field]


# Services


@pytest.mark.both_databases
def test_a_service_is_asked_for_agreed_run_and_ended(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, service: str
) -> None:
    today = local_day(platform)
    assert [one.id for one in open_support(platform, ciso, hospitals.valley).offers] == [service]
    use = ask_service(platform, ciso, hospitals.valley, service, "Avant l’été")
    with pytest.raises(Refused, match="already"):
        ask_service(platform, grades, hospitals.valley, service)
    assert open_support(platform, ciso, hospitals.valley).offers == ()
    assert list_support(platform, grades, SupportFilter(words="vallée")).page.lines[0].asked == 1
    for version, state in ((1, UseState.AGREED), (2, UseState.RUNNING)):
        move_use(platform, grades, use, state, today, "", version)
    with pytest.raises(Invalid, match="before the service began"):
        move_use(platform, grades, use, UseState.ENDED, today - timedelta(days=1), "", 3)
    with pytest.raises(Refused, match="does not follow"):
        move_use(platform, grades, use, UseState.AGREED, today, "", 3)
    with pytest.raises(Refused, match="changed"):
        move_use(platform, grades, use, UseState.ENDED, today, "", 2)
    move_use(platform, grades, use, UseState.ENDED, today, "Rapport remis", 3)
    (told,) = open_support(platform, ciso, hospitals.valley).uses
    assert (told.state, told.began_on, told.ended_on, told.note) == (UseState.ENDED, today, today, "Rapport remis")
    (line,) = read_services(platform, grades).services
    assert (line.title, line.reached, line.total, line.counts) == ("Audit accompagné", 1, 2, {UseState.ENDED: 1})
    assert ask_service(platform, ciso, hospitals.valley, service) != use  # again, later


def test_an_establishment_gives_its_request_up(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, service: str
) -> None:
    use = ask_service(platform, ciso, hospitals.valley, service)
    with pytest.raises(Forbidden):
        move_use(platform, ciso, use, UseState.AGREED, local_day(platform), "", 1)
    with pytest.raises(Forbidden):
        withdraw_use(platform, grades, use, 1)
    withdraw_use(platform, ciso, use, 1)
    assert open_support(platform, ciso, hospitals.valley).uses[0].state is UseState.WITHDRAWN
    with pytest.raises(Refused, match="running or over"):
        withdraw_use(platform, ciso, use, 2)
    assert read_services(platform, grades).services[0].reached == 0
    assert read_services(platform, grades).uses == ()


def test_only_services_offered_there_are_asked_for(
    platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals, service: str
) -> None:
    elsewhere = EntryDraft(OfferKind.SERVICE, "Ailleurs", themes=(Theme.DIRECTORY,), region_id=hospitals.other_region)
    tool = EntryDraft(OfferKind.TOOL, "Un outil", themes=(Theme.DIRECTORY,), region_id=hospitals.region)
    for wrong in (f"entry-{add_entry(platform, machine, one)}" for one in (elsewhere, tool)):
        with pytest.raises(NotFound):
            ask_service(platform, ciso, hospitals.valley, wrong)
    for wrong in ("", "entry-", "entry-x", "entry-999", "ans-monespace", "entry-²"):
        with pytest.raises(NotFound):
            ask_service(platform, ciso, hospitals.valley, wrong)
    with pytest.raises(Forbidden):
        ask_service(platform, person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley, service)


def test_a_service_taken_out_of_the_catalogue_keeps_its_history(
    platform: Platform, machine: Scope, grades: Scope, ciso: Scope, hospitals: Hospitals, service: str
) -> None:
    ask_service(platform, ciso, hospitals.valley, service)
    end_entry(platform, machine, int(service.removeprefix("entry-")), 1)
    (line,) = read_services(platform, grades).services
    assert (line.title, line.offered) == ("Audit accompagné", False)
    assert open_support(platform, ciso, hospitals.valley).uses[0].title == "Audit accompagné"


def test_files_hold_the_same_and_say_who_took_them(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, service: str
) -> None:
    today = local_day(platform)
    save_file(platform, grades, hospitals.valley, FileDraft("Maya", "=Relire", today, "secret"), 0)
    add_contact(platform, grades, hospitals.valley, visit(today, summary="Convenu"))
    add_contact(platform, person(Role.ADMINISTRATOR), hospitals.far, visit(today, summary="Ailleurs"))
    ask_service(platform, ciso, hospitals.valley, service)
    text = follow_up_csv(platform, grades, SupportFilter()).decode("utf-8-sig")
    assert "Hôpital de la Vallée;" in text
    assert "Lointain" not in text
    assert "'=Relire" in text
    book = openpyxl.load_workbook(io.BytesIO(follow_up_xlsx(platform, grades, SupportFilter(words="vallée"))))
    assert [sheet.max_row for sheet in book] == [2, 2, 2]
    assert "secret" not in repr([[cell.value for cell in row] for sheet in book for row in sheet])
    assert book.worksheets[1].cell(2, 6).value == "Convenu"
    assert book.worksheets[2].cell(2, 2).value == "Audit accompagné"
    with pytest.raises(Forbidden):
        follow_up_csv(platform, ciso, SupportFilter())


def test_a_large_region_costs_few_queries(platform: Platform, grades: Scope, hospitals: Hospitals) -> None:
    for site in (hospitals.valley, hospitals.hill):
        save_file(platform, grades, site, FileDraft("Maya", "Relire"), 0)
        add_contact(platform, grades, site, visit(local_day(platform)))
    with counted(platform.database) as statements:
        list_support(platform, grades, SupportFilter())
    assert len([one for one in statements if one.lstrip().upper().startswith("SELECT")]) <= 6
