"""The crisis directory: who sees it, what it lacks, two people at once, files out and in again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import RIGHTS, Level, Right, Role, Scope
from care.domain.continuity import CellKind
from care.domain.crisis import STALE_AFTER, ContactFacts, Lack, directory_gaps
from care.services import contact_files, contact_import, crisis_contacts
from care.services.contact_import import Fate
from care.services.crisis_contacts import ContactDraft, ContactView, open_directory
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.crisis import plant_contacts
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
DAY = date(2026, 3, 2)


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def facts(**known: object) -> ContactFacts:
    return replace(ContactFacts(CellKind.DECISION, "Directeur", lead=True, checked_on=DAY), **known)  # type: ignore[arg-type]


def contact(platform: Platform, place: int, function: str) -> ContactView:
    return next(one for one in open_directory(platform, MACHINE, place).contacts if one.draft.function == function)


@pytest.mark.parametrize(
    ("known", "lacks"),
    [
        ({}, set()),
        ({"named": False}, {Lack.NAME}),
        ({"named": False, "lead": False}, {Lack.NAME}),
        ({"fallback": False}, {Lack.FALLBACK}),
        ({"phone": False}, set()),
        ({"phone": False, "fallback": False}, {Lack.PHONE}),
        ({"deputy": False}, {Lack.DEPUTY}),
        ({"deputy": False, "lead": False}, set()),
        ({"checked_on": None}, {Lack.CHECK}),
        ({"checked_on": DAY - STALE_AFTER}, set()),
        ({"checked_on": DAY - STALE_AFTER - timedelta(days=1)}, {Lack.CHECK}),
        ({"cell": CellKind.NONE, "named": False, "fallback": False, "deputy": False}, set()),
        ({"cell": CellKind.NONE, "phone": False, "fallback": False}, {Lack.PHONE}),
    ],
)
def test_what_a_contact_lacks(known: dict[str, object], lacks: set[Lack]) -> None:
    found = directory_gaps([facts(**known)], DAY)
    assert {gap.lack for gap in found if gap.position == 0} == lacks


def test_empty_cells_are_named_and_useful_contacts_are_no_cell() -> None:
    gaps = directory_gaps([facts()], DAY)
    assert [gap.cell for gap in gaps if gap.lack is Lack.CELL] == [
        CellKind.OPERATIONS,
        CellKind.CARE,
        CellKind.COMMUNICATION,
    ]
    assert all(gap.text.fr and gap.text.en for gap in gaps)


def test_who_sees_contacts() -> None:
    seeing = {role for role in Role if Right.SEE_CONTACTS in RIGHTS[role]}
    assert seeing == set(Role) - {Role.REGIONAL, Role.VISITOR}


def test_a_visitor_and_the_region_read_no_number(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    for role in (Role.VISITOR, Role.REGIONAL):
        scope = person(role, Level.ESTABLISHMENT, hospitals.valley)
        with pytest.raises(Forbidden):
            open_directory(platform, scope, hospitals.valley)
        with pytest.raises(Forbidden):
            contact_files.contacts_csv(platform, scope, hospitals.valley)
    with pytest.raises(NotFound):
        open_directory(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley)


@both
def test_the_directory_is_read_cell_by_cell(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    directory = open_directory(platform, MACHINE, hospitals.valley)
    assert [(cell.cell, len(cell.contacts)) for cell in directory.cells] == [
        (CellKind.DECISION, 2),
        (CellKind.OPERATIONS, 2),
        (CellKind.CARE, 1),
        (CellKind.COMMUNICATION, 0),
        (CellKind.NONE, 2),
    ]
    assert [one.lead for one in directory.contacts] == [True, False, True, False, True, False, False]
    assert "Cellule communication : aucune fonction n’est prévue." in directory.gaps
    assert "Cellule soins sans responsable : Coordination des soins en mode dégradé." in directory.gaps


@both
def test_of_two_people_the_second_is_told_who_changed_what(platform: Platform, hospitals: Hospitals) -> None:
    number, *_ = plant_contacts(platform, hospitals.valley)
    seen = contact(platform, hospitals.valley, "Directeur de crise")
    first, second = replace(seen.draft, phone="04 50 11 11 11"), replace(seen.draft, deputy="")
    crisis_contacts.change_contact(platform, ciso(hospitals), number, first, seen.version)
    with pytest.raises(Refused, match="the telephone"):
        crisis_contacts.change_contact(platform, MACHINE, number, second, seen.version)
    assert contact(platform, hospitals.valley, "Directeur de crise").draft == first
    with pytest.raises(Refused):
        crisis_contacts.remove_contact(platform, MACHINE, number, seen.version)


@both
def test_a_contact_removed_is_erased_and_the_trail_names_no_person(platform: Platform, hospitals: Hospitals) -> None:
    number, *_ = plant_contacts(platform, hospitals.valley)
    seen = contact(platform, hospitals.valley, "Directeur de crise")
    crisis_contacts.remove_contact(platform, ciso(hospitals), number, seen.version)
    with platform.database.read() as session:
        events = session.scalars(select(TrailEvent).where(TrailEvent.thing_kind == "contact")).all()
    assert max(events, key=lambda event: event.number).action == "contact.removed"
    assert "Roux" not in "".join(str(event.detail) for event in events)
    with pytest.raises(NotFound):
        crisis_contacts.open_contact(platform, MACHINE, number)


@both
def test_the_head_of_a_cell_is_its_first(platform: Platform, hospitals: Hospitals) -> None:
    _, second, *_ = plant_contacts(platform, hospitals.valley)
    crisis_contacts.move_contact(platform, MACHINE, second, up=True)
    crisis_contacts.move_contact(platform, MACHINE, second, up=True)
    first, other, *_ = open_directory(platform, MACHINE, hospitals.valley).contacts
    assert (first.draft.name, first.lead, other.draft.name, other.lead) == ("Awa Ndiaye", True, "Jeanne Roux", False)


def test_a_contact_that_changes_cell_goes_to_its_end(platform: Platform, hospitals: Hospitals) -> None:
    number, *_ = plant_contacts(platform, hospitals.valley)
    seen = contact(platform, hospitals.valley, "Directeur de crise")
    moved = replace(seen.draft, cell=CellKind.OPERATIONS)
    crisis_contacts.change_contact(platform, MACHINE, number, moved, seen.version)
    cells = {cell.cell: cell.contacts for cell in open_directory(platform, MACHINE, hospitals.valley).cells}
    assert [one.draft.name for one in cells[CellKind.OPERATIONS]] == ["Paul Reeves", "", "Jeanne Roux"]


@both
def test_numbers_tried_today(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    numbers = plant_contacts(platform, hospitals.valley)
    clock.forward(days=400)
    assert crisis_contacts.check_contacts(platform, ciso(hospitals), hospitals.valley, numbers[:2]) == 2
    checked = {
        one.id for one in open_directory(platform, MACHINE, hospitals.valley).contacts if Lack.CHECK in one.lacks
    }
    assert checked == {numbers[2], *numbers[5:]}  # who is not appointed has no number to check
    elsewhere = plant_contacts(platform, hospitals.hill)
    with pytest.raises(NotFound):
        crisis_contacts.check_contacts(platform, MACHINE, hospitals.valley, elsewhere[:1])
    with pytest.raises(Invalid):
        crisis_contacts.check_contacts(platform, MACHINE, hospitals.valley, [])


def test_empty_cells_receive_their_usual_functions_once(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    added = crisis_contacts.start_from_kit(platform, ciso(hospitals), hospitals.valley)
    kit = [one for one in platform.kits.crisis.functions if one.cell is CellKind.COMMUNICATION]
    assert added == len(kit) > 0
    assert crisis_contacts.start_from_kit(platform, ciso(hospitals), hospitals.valley) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"function": "   "}, "function"),
        ({"function": "x" * 201}, "function"),
        ({"phone": "standard"}, "phone"),
        ({"mail": "jeanne"}, "mail"),
        ({"checked_on": DAY + timedelta(days=1)}, "checked_on"),
    ],
)
def test_what_cannot_be_used_is_said_on_its_field(
    platform: Platform, hospitals: Hospitals, wrong: dict[str, object], field: str
) -> None:
    draft = replace(ContactDraft(CellKind.CARE, "Pharmacie"), **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        crisis_contacts.add_contact(platform, MACHINE, hospitals.valley, draft)
    assert set(refused.value.fields) == {field}


def test_a_reader_changes_nothing(platform: Platform, hospitals: Hospitals) -> None:
    number, *_ = plant_contacts(platform, hospitals.valley)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    draft = ContactDraft(CellKind.CARE, "Pharmacie")
    for write in (
        lambda: crisis_contacts.add_contact(platform, director, hospitals.valley, draft),
        lambda: crisis_contacts.change_contact(platform, director, number, draft, 1),
        lambda: crisis_contacts.remove_contact(platform, director, number, 1),
        lambda: crisis_contacts.move_contact(platform, director, number, up=False),
        lambda: crisis_contacts.check_contacts(platform, director, hospitals.valley, [number]),
        lambda: crisis_contacts.start_from_kit(platform, director, hospitals.valley),
    ):
        with pytest.raises(Forbidden):
            write()


def read_back(platform: Platform, place: int, text: str, *, removing: bool = False) -> contact_import.ImportPreview:
    seen = contact_import.preview_import(platform, MACHINE, place, text, removing=removing).seen
    return contact_import.apply_import(platform, MACHINE, place, text, removing=removing, seen=seen)


@both
def test_exported_then_imported_changes_nothing(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    before = open_directory(platform, MACHINE, hospitals.valley)
    text = contact_files.contacts_csv(platform, MACHINE, hospitals.valley).decode("utf-8-sig")
    assert "'+33 6 12 34 56 78" in text  # guarded from spreadsheets
    preview = read_back(platform, hospitals.valley, text, removing=True)
    assert {line.fate for line in preview.lines} == {Fate.SAME}
    assert open_directory(platform, MACHINE, hospitals.valley) == before


def test_exported_in_english_and_read_in_another_hospital_is_the_same_directory(
    platform: Platform, hospitals: Hospitals
) -> None:
    plant_contacts(platform, hospitals.valley)
    text = contact_files.contacts_csv(platform, replace(MACHINE, lang="en"), hospitals.valley).decode("utf-8-sig")
    preview = read_back(platform, hospitals.hill, text)
    assert preview.count(Fate.NEW) == 7
    here, there = (open_directory(platform, MACHINE, place).contacts for place in (hospitals.valley, hospitals.hill))
    assert [one.draft for one in here] == [one.draft for one in there]


@both
def test_an_import_adds_changes_and_removes(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    text = (
        "Cellule;Fonction;Nom;Téléphone;Salle;Vérifié le\n"
        "Cellule décisionnelle;Directeur de crise;Jeanne Roux;04 50 99 99 99;12;01/03/2026\n"
        "cellule soins;coordination des soins en mode dégradé;Léa Martin;04 50 00 00 30;;\n"
        "communication;Porte-parole;Ali Ba;06 00 00 00 01;;\n"
    )
    preview = contact_import.preview_import(platform, MACHINE, hospitals.valley, text, removing=True)
    assert [preview.count(fate) for fate in (Fate.NEW, Fate.CHANGED, Fate.REMOVED)] == [1, 2, 5]
    assert preview.ignored == ("Salle",)
    read_back(platform, hospitals.valley, text, removing=True)
    drafts = [one.draft for one in open_directory(platform, MACHINE, hospitals.valley).contacts]
    assert [(one.name, one.phone) for one in drafts] == [
        ("Jeanne Roux", "04 50 99 99 99"),
        ("Léa Martin", "04 50 00 00 30"),
        ("Ali Ba", "06 00 00 00 01"),
    ]
    assert drafts[0].checked_on == date(2026, 3, 1)


@both
def test_invisible_signs_huge_numbers_and_lines_within_a_cell_do_no_harm(
    platform: Platform, hospitals: Hospitals
) -> None:
    text = f'n°;cellule;fonction;remarque\r\n{"9" * 5_000};care;Phar\u202e\u200bmacie;"Badge\r\nau poste"\r\n'
    read_back(platform, hospitals.valley, text)
    (draft,) = (one.draft for one in open_directory(platform, MACHINE, hospitals.valley).contacts)
    assert (draft.function, draft.note) == ("Pharmacie", "Badge au poste")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cellule;fonction\nréanimation;Chef\n", "Ligne 2, cellule"),
        ("cellule;fonction\ncare;\n", "Ligne 2, fonction"),
        ("cell,function,checked on\ncare,Chef,hier\n", "Ligne 2, vérifié le"),
        ("cellule;fonction;téléphone\ncare;Chef;aucun\n", "Ligne 2, téléphone"),
    ],
)
def test_a_faulty_line_is_named_and_nothing_is_done(
    platform: Platform, hospitals: Hospitals, text: str, said: str
) -> None:
    preview = contact_import.preview_import(platform, MACHINE, hospitals.valley, text, removing=False)
    assert preview.faults[0].startswith(said)
    assert not preview.useful
    with pytest.raises(Refused):
        read_back(platform, hospitals.valley, text)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "nom;prénom\nA;B\n", "x" * 300_001, 'cellule;fonction\n"care;' + "a" * 200_000]
)
def test_what_is_no_directory_is_refused(platform: Platform, hospitals: Hospitals, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        contact_import.preview_import(platform, MACHINE, hospitals.valley, text, removing=False)
    assert set(refused.value.fields) == {"file"}


def test_a_directory_that_changed_since_the_preview_is_shown_again(platform: Platform, hospitals: Hospitals) -> None:
    number, *_ = plant_contacts(platform, hospitals.valley)
    text = contact_files.contacts_csv(platform, MACHINE, hospitals.valley).decode("utf-8-sig")
    seen = contact_import.preview_import(platform, MACHINE, hospitals.valley, text, removing=True).seen
    crisis_contacts.check_contacts(platform, MACHINE, hospitals.valley, [number])
    with pytest.raises(Refused, match="since this preview"):
        contact_import.apply_import(platform, MACHINE, hospitals.valley, text, removing=True, seen=seen)


def test_a_directory_has_an_end(platform: Platform, hospitals: Hospitals) -> None:
    lines = "".join(f"care;Fonction {number}\n" for number in range(crisis_contacts.MAX_CONTACTS + 1))
    with pytest.raises(Refused, match="300"):
        read_back(platform, hospitals.valley, f"cellule;fonction\n{lines}")


def test_phones_read_the_directory(platform: Platform, hospitals: Hospitals) -> None:
    plant_contacts(platform, hospitals.valley)
    file = contact_files.contacts_vcard(platform, MACHINE, hospitals.valley)
    text = file.replace(b"\r\n ", b"").decode()
    assert text.count("BEGIN:VCARD") == text.count("END:VCARD") == 7
    assert "FN:Jeanne Roux" in text
    assert "TEL;TYPE=CELL,VOICE:+33 6 12 34 56 78" in text
    assert max(map(len, file.split(b"\r\n"))) <= 75


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cellule;fonction;Cell\ncare;Chef;care\n", "Ligne 1 : la colonne « cellule » y est deux fois"),
        ("cellule;fonction;fonction\ncare;Chef;x\n", "ligne 1 : la colonne « fonction » y est deux fois"),
        ("cellule;fonction\ncare;Chef;0612345678\n", "ligne 2 : plus de cellules que d’en-têtes"),
        ("cellule;fonction\ncare;Phar\0macie\n", "ligne 2 : elle contient un octet nul"),
        ('cellule;fonction\ncare;"Chef\n', "ligne 2 : elle est mal formée"),
    ],
)
def test_a_directory_that_would_be_read_wrongly_is_refused_with_its_line(
    platform: Platform, hospitals: Hospitals, text: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        contact_import.preview_import(platform, MACHINE, hospitals.valley, text, removing=False)
    assert said in refused.value.fields["file"].fr


def test_what_is_no_table_of_contacts_says_which_columns_and_how_to_save(
    platform: Platform, hospitals: Hospitals
) -> None:
    for text in ("PK\x03\x04\x00", "nom;téléphone\nRoux;1\n"):
        with pytest.raises(Invalid) as refused:
            contact_import.preview_import(platform, MACHINE, hospitals.valley, text, removing=False)
        assert "« cellule » et « fonction »" in refused.value.fields["file"].fr
        assert "CSV UTF-8" in refused.value.fields["file"].fr
