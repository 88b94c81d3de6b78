"""The requirements of a framework handed out: CSV (one line each) and workbook (requirements, dates and thresholds)."""

from __future__ import annotations

from collections.abc import Iterator

from care.domain.access import Level, Place, Scope
from care.domain.frameworks import CONFIDENCE_NAMES, LEVEL_NAMES, METHOD_NAMES
from care.domain.judging import STATUS_NAMES
from care.services.errors import Forbidden
from care.services.frameworks.reading import FrameworkView, NeedsFilter, open_framework
from care.services.platform import Platform
from care.services.trail import Thing, record
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Lang, Text

_HEADER = (
    Text("Identifiant", "Identifier"),
    Text("Section", "Section"),
    Text("Exigence", "Requirement"),
    Text("Niveau", "Level"),
    Text("Méthodes", "Methods"),
    Text("État", "Status"),
    Text("Pourquoi", "Why"),
    Text("Ce qui manque", "What is missing"),
    Text("Répondu pour le", "Answered for"),
)
_PARAMETERS = (
    Text("Date ou seuil", "Date or threshold"),
    Text("Valeur", "Value"),
    Text("Source", "Source"),
    Text("Confiance", "Confidence"),
)


def framework_csv(platform: Platform, scope: Scope, place: Place, framework_id: str, wanted: NeedsFilter) -> bytes:
    """One line a requirement, filtered as on the screen. NotFound, Forbidden."""
    view = _view(platform, scope, place, framework_id, wanted, "csv")
    return csv_bytes([one.render(scope.lang) for one in _HEADER], _rows(view, scope.lang))


def framework_xlsx(platform: Platform, scope: Scope, place: Place, framework_id: str, wanted: NeedsFilter) -> bytes:
    """Two sheets: requirements, dates and thresholds."""
    view = _view(platform, scope, place, framework_id, wanted, "xlsx")
    lang = scope.lang
    header, parameters = ([one.render(lang) for one in names] for names in (_HEADER, _PARAMETERS))
    values: list[list[Cell]] = [
        [one.title, one.value, one.source, CONFIDENCE_NAMES[one.confidence].render(lang)] for one in view.parameters
    ]
    sheets = [
        Sheet(Text("Exigences", "Requirements").render(lang), header, list(_rows(view, lang))),
        Sheet(Text("Dates et seuils", "Dates and thresholds").render(lang), parameters, values),
    ]
    return xlsx_bytes(sheets, f"{view.line.title} – {view.name}")


def _rows(view: FrameworkView, lang: Lang) -> Iterator[list[Cell]]:
    for one in view.requirements:
        yield [
            one.id,
            " › ".join(one.path),
            one.title,
            LEVEL_NAMES[one.weight].render(lang),
            ", ".join(METHOD_NAMES[method].render(lang) for method in one.methods),
            STATUS_NAMES[one.status].render(lang),
            one.why,
            " ; ".join(one.missing),
            one.answered_on,
        ]


def _view(
    platform: Platform, scope: Scope, place: Place, framework_id: str, wanted: NeedsFilter, form: str
) -> FrameworkView:
    view = open_framework(platform, scope, place, framework_id, wanted)
    if not view.may_export:
        raise Forbidden
    with platform.database.write() as session:
        site = place.id if place.level is Level.ESTABLISHMENT else None
        thing = Thing("framework", f"{place.key}/{framework_id}", site)
        record(session, scope, "framework.exported", thing, platform.clock.now(), {"form": form})
    return view
