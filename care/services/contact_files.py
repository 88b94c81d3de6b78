"""The crisis directory as files: CSV to correct in a spreadsheet, vCard for telephones, PDF to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast
from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.domain.continuity import CELL_KINDS, CellKind
from care.services.audit_report import DocumentError
from care.services.crisis_contacts import ContactDraft, directory_rows, draft_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.registry import Establishment
from reports.crisis_model import CrisisPack, PackCell, PackContact
from reports.crisis_pack import Sheet, render_sheets
from reports.errors import ReportError
from reports.spreadsheets import Cell, csv_bytes
from reports.vcards import Card, cards
from reports.words import Lang
from scanners.model import Text

COLUMNS: Mapping[str, Text] = {
    "id": Text("n°", "no."),
    "cell": Text("cellule", "cell"),
    "function": Text("fonction", "function"),
    "name": Text("nom", "name"),
    "organisation": Text("organisme", "organisation"),
    "phone": Text("téléphone", "telephone"),
    "fallback": Text("numéro de secours", "fallback number"),
    "mail": Text("messagerie", "mail"),
    "deputy": Text("suppléant", "deputy"),
    "note": Text("remarque", "note"),
    "checked_on": Text("vérifié le", "checked on"),
}
"""The columns of the file, in order. Read in either language, in any order; `cellule` and `fonction` must be there."""


def contacts_csv(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The directory as CSV, in the reader's language, for who may see contacts; the trail keeps who took it."""
    rows, _place = _taken(platform, scope, establishment_id, "csv")
    return csv_of(rows, scope.lang)


def _taken(
    platform: Platform, scope: Scope, establishment_id: int, form: str
) -> tuple[list[tuple[int, ContactDraft]], Establishment]:
    """The contacts with their numbers, and the establishment."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        rows = [(row.id, draft_of(row)) for row in directory_rows(session, establishment_id)]
        thing = Thing("directory", establishment_id, establishment_id)
        record(session, scope, "contact.exported", thing, now, {"form": form, "count": len(rows)})
        return rows, place


def csv_of(contacts: Sequence[tuple[int, ContactDraft]], lang: str) -> bytes:
    """Contacts as CSV; the same contacts give the same bytes."""
    header = [column.render(lang) for column in COLUMNS.values()]
    return csv_bytes(header, [_line(number, draft, lang) for number, draft in contacts])


def _line(number: int, draft: ContactDraft, lang: str) -> list[Cell]:
    values = {**asdict(draft), "id": number, "cell": CELL_KINDS[draft.cell].render(lang)}
    return [values[name] for name in COLUMNS]


def contacts_vcard(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The directory as vCards, for who may see contacts; the trail keeps who took it."""
    rows, place = _taken(platform, scope, establishment_id, "vcf")
    return vcard_of([draft for _, draft in rows], place.name, scope.lang)


def contacts_pdf(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The directory to print, in black and white; the trail keeps who took it."""
    rows, place = _taken(platform, scope, establishment_id, "pdf")
    pack = CrisisPack(
        lang=cast("Lang", scope.lang),
        establishment=place.name,
        finess=place.finess,
        made_at=platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)),
        expires_on=None,
        cells=printed_cells([draft for _, draft in rows], scope.lang),
    )
    try:
        return render_sheets(pack, [Sheet.CONTACTS])
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def printed_cells(drafts: Sequence[ContactDraft], lang: str) -> tuple[PackCell, ...]:
    """Contacts, in order, as documents print them: every cell, empty ones included."""
    by_cell: dict[CellKind, list[ContactDraft]] = {cell: [] for cell in CellKind}
    for draft in drafts:
        by_cell[draft.cell].append(draft)
    return tuple(
        PackCell(CELL_KINDS[cell].render(lang), tuple(_printed(one, rank == 0) for rank, one in enumerate(mates)))
        for cell, mates in by_cell.items()
    )


def _printed(one: ContactDraft, first: bool) -> PackContact:
    return PackContact(
        function=one.function,
        name=one.name,
        organisation=one.organisation,
        phone=one.phone,
        fallback=one.fallback,
        mail=one.mail,
        deputy=one.deputy,
        note=one.note,
        lead=first and one.cell is not CellKind.NONE,
    )


def vcard_of(drafts: Sequence[ContactDraft], establishment: str, lang: str) -> bytes:
    """One vCard for each contact that has a number or an address."""
    reachable = [draft for draft in drafts if draft.phone or draft.fallback or draft.mail]
    return cards(_card(draft, establishment, lang) for draft in reachable)


def _card(draft: ContactDraft, establishment: str, lang: str) -> Card:
    inside = draft.cell is not CellKind.NONE
    deputy = f"{Text('Suppléant', 'Deputy').render(lang)} : {draft.deputy}" if draft.deputy else ""
    cell = CELL_KINDS[draft.cell].render(lang) if inside else ""
    return Card(
        name=draft.name or draft.function,
        organisation=draft.organisation or (establishment if inside else ""),
        title=draft.function,
        phones=tuple(filter(None, (draft.phone, draft.fallback))),
        mail=draft.mail,
        note=" – ".join(filter(None, (cell, deputy, draft.note))),
    )
