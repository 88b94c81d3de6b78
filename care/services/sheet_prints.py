"""Degraded modes and kits on paper: posters, reflex cards, labels, as PDF. Whoever reads a sheet may print it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from care.domain.access import Scope
from care.domain.continuity import SheetState
from care.services.action_query import today
from care.services.degraded_reading import SheetView, open_sheet, sheets_in_force
from care.services.errors import NotFound, Refused
from care.services.paper_kits import open_kit
from care.services.places import visible_establishment
from care.services.platform import Platform
from reports.errors import ReportError
from reports.sheets.cards import cards
from reports.sheets.kit_label import KitLabel, kit_label
from reports.sheets.poster import Poster, Size, poster
from reports.words import Lang as ReportLang
from reports.words import percent
from scanners.model import Lang, Text

_WARNINGS: Mapping[SheetState, Text] = {
    SheetState.CURRENT: Text("", ""),
    SheetState.DRAFT: Text("BROUILLON – NE PAS AFFICHER", "DRAFT – DO NOT PIN UP"),
    SheetState.REPLACED: Text("PÉRIMÉE – NE PAS AFFICHER", "OUT OF DATE – DO NOT PIN UP"),
}
_NOTHING = Text(
    "Aucun mode dégradé n’est en vigueur ici : mettez une fiche en vigueur, puis imprimez ses cartes.",
    "No degraded mode is in force here: put a sheet into force, then print its cards.",
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and the name of its file."""

    name: str
    content: bytes


def print_poster(platform: Platform, scope: Scope, sheet_id: int, paper: str) -> Printed:
    """The poster of a version, on `a4` or `a3`; NotFound for another paper."""
    if paper not in list(Size):
        raise NotFound
    view = open_sheet(platform, scope, sheet_id)
    made = _made(lambda: poster(poster_of(view, scope.lang), Size(paper), _lang(scope)))
    return Printed(f"mode-degrade-{sheet_id}-{paper}.pdf", made)


def print_cards(platform: Platform, scope: Scope, sheet_id: int) -> Printed:
    """The reflex cards of one version."""
    view = open_sheet(platform, scope, sheet_id)
    made = _made(lambda: cards([poster_of(view, scope.lang)], _lang(scope)))
    return Printed(f"mode-degrade-{sheet_id}-cartes.pdf", made)


def print_all_cards(platform: Platform, scope: Scope, establishment_id: int) -> Printed:
    """The reflex cards of every sheet in force; Refused when there is none."""
    views = sheets_in_force(platform, scope, establishment_id)
    if not views:
        raise Refused(_NOTHING)
    made = _made(lambda: cards([poster_of(view, scope.lang) for view in views], _lang(scope)))
    return Printed("modes-degrades-cartes.pdf", made)


def print_label(platform: Platform, scope: Scope, kit_id: int) -> Printed:
    """The label of a kit, with its contents and empty lines for the checks."""
    view = open_kit(platform, scope, kit_id)
    with platform.database.read() as session:
        establishment = visible_establishment(session, scope, view.establishment_id).name
    line = view.line
    rhythm = Text(f"tous les {line.check_every_days} jours", f"every {line.check_every_days} days")
    label = KitLabel(
        establishment=establishment,
        activity=line.activity,
        name=line.name,
        place=line.place,
        owner=line.owner,
        contents=view.contents,
        rhythm=rhythm.render(scope.lang) if line.check_every_days > 1 else _EVERY_DAY.render(scope.lang),
        autonomy=line.autonomy,
        printed_on=today(platform),
    )
    return Printed(f"kit-{kit_id}.pdf", _made(lambda: kit_label(label, _lang(scope))))


_EVERY_DAY = Text("tous les jours", "every day")


def poster_of(view: SheetView, lang: Lang) -> Poster:
    """A version as it is printed, in the reader's language."""
    line = view.line
    colon = " : " if lang == "fr" else ": "
    return Poster(
        establishment=view.establishment,
        activity=view.activity,
        title=line.title,
        trigger=view.trigger,
        steps=view.steps,
        limits=view.limits,
        back_to_normal=view.back_to_normal,
        who_to_call=view.who_to_call,
        holds=line.holds,
        capacity=percent(line.capacity_percent, cast(ReportLang, lang)) if line.capacity_percent else "",
        replaces=", ".join(line.covers),
        kits=tuple(f"{kit.name}{colon}{kit.place}" for kit in view.kits),
        number=line.number,
        in_force_on=line.in_force_on,
        review_on=line.review_on,
        owner=line.owner,
        warning=_WARNINGS[line.state].render(lang),
    )


def _lang(scope: Scope) -> ReportLang:
    return cast(ReportLang, scope.lang)


def _made(make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
