"""Posters, cards and labels, as PDF."""

from __future__ import annotations

from flask import Response

from care.services import sheet_prints
from care.services.degraded_reading import open_sheet
from care.services.paper_kits import open_kit
from care.services.sheet_prints import Printed
from care.web.degraded.blueprint import HERE, KIT, SHEET, pages
from care.web.files import attachment
from care.web.people import platform, scope
from care.web.place import of_this_place


@pages.get(f"{SHEET}/poster-<paper>.pdf")
def poster(establishment_id: int, mode_id: int, paper: str) -> Response:
    """The poster of a version, A4 or A3."""
    of_this_place(open_sheet(platform(), scope(), mode_id))
    return _file(sheet_prints.print_poster(platform(), scope(), mode_id, paper))


@pages.get(f"{SHEET}/cards.pdf")
def cards(establishment_id: int, mode_id: int) -> Response:
    """The reflex cards of a version."""
    of_this_place(open_sheet(platform(), scope(), mode_id))
    return _file(sheet_prints.print_cards(platform(), scope(), mode_id))


@pages.get(f"{HERE}/degraded/cards.pdf")
def all_cards(establishment_id: int) -> Response:
    """The reflex cards of every sheet in force."""
    return _file(sheet_prints.print_all_cards(platform(), scope(), establishment_id))


@pages.get(f"{KIT}/label.pdf")
def label(establishment_id: int, kit_id: int) -> Response:
    """The label of a kit."""
    of_this_place(open_kit(platform(), scope(), kit_id))
    return _file(sheet_prints.print_label(platform(), scope(), kit_id))


def _file(printed: Printed) -> Response:
    return attachment(printed.content, printed.name)
