"""The record of a visit handed out: CSV, workbook, accessible document; each leaves a line in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from care.domain.access import Scope
from care.domain.programme import VISIT_STATES
from care.services.platform import Platform
from care.services.trail import record
from care.services.visits.consulted import ViewLine, whole_record
from care.services.visits.reading import VisitorLine, VisitSheet, open_visit, visitors_of
from care.services.visits.rows import thing_of, visit_row
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from reports.visit_record import MOST_VIEWS, PrintedView, PrintedVisitor, VisitRecord, render_visit_record
from scanners.model import Scalar, Text

_YES, _NO = Text("montré", "shown"), Text("refusé", "refused")
_VIEWS = Text("Consultations", "Pages")
_VISITORS = Text("Visiteurs", "Visitors")
_HEADER = (
    Text("Date et heure", "Date and time"),
    Text("Visiteur", "Visitor"),
    Text("Organisme", "Organisation"),
    Text("Page", "Page"),
    Text("Objet", "Thing"),
    Text("Réponse", "Answer"),
    Text("Adresse réseau", "Network address"),
)
_VISITORS_HEADER = (
    Text("Visiteur", "Visitor"),
    Text("Organisme", "Organisation"),
    Text("Adresse mail", "Mail address"),
    Text("Invité le", "Invited on"),
    Text("Entré le", "Entered on"),
    Text("Vu le", "Seen on"),
    Text("Accès fermé le", "Access closed on"),
    Text("Pourquoi", "Why"),
    Text("Pages montrées", "Pages shown"),
    Text("Demandes refusées", "Requests refused"),
)


def record_csv(platform: Platform, scope: Scope, where: tuple[int, int]) -> bytes:
    """One line a page. NotFound, Forbidden."""
    _sheet, lines, _people = _gathered(platform, scope, where, "csv")
    return csv_bytes(_named(_HEADER, scope), [_view(platform, one, scope) for one in lines])


def record_xlsx(platform: Platform, scope: Scope, where: tuple[int, int]) -> bytes:
    """Two sheets: the pages, the visitors. NotFound, Forbidden."""
    sheet, lines, people = _gathered(platform, scope, where, "xlsx")
    pages = Sheet(
        _VIEWS.render(scope.lang), _named(_HEADER, scope), [_view(platform, one, scope) for one in lines]
    )  # fmt: skip
    visitors = Sheet(
        _VISITORS.render(scope.lang), _named(_VISITORS_HEADER, scope), [_visitor(platform, one) for one in people]
    )  # fmt: skip
    return xlsx_bytes([pages, visitors], sheet.line.title)


def record_pdf(platform: Platform, scope: Scope, where: tuple[int, int]) -> bytes:
    """The record as an accessible document. NotFound, Forbidden, ReportError."""
    sheet, lines, people = _gathered(platform, scope, where, "pdf")
    zone = ZoneInfo(platform.settings.timezone)
    return render_visit_record(
        VisitRecord(
            lang="en" if scope.lang == "en" else "fr",
            issued_at=platform.clock.now().astimezone(zone),
            title=sheet.line.title,
            holder=sheet.line.holder,
            state=VISIT_STATES[sheet.line.state].render(scope.lang),
            starts_at=sheet.line.starts_at.astimezone(zone),
            ends_at=(sheet.line.ended_at or sheet.line.ends_at).astimezone(zone),
            establishments=sheet.establishments,
            frameworks=sheet.frameworks,
            visitors=tuple(
                PrintedVisitor(
                    one.name, one.organisation, _local(one.opened_at, zone), _local(one.revoked_at, zone),
                    one.views, one.refused,
                )
                for one in people
            ),
            views=tuple(
                PrintedView(one.at.astimezone(zone), one.visitor, one.page, one.thing, one.allowed)
                for one in lines[:MOST_VIEWS]
            ),
            left_out=max(0, len(lines) - MOST_VIEWS),
        )
    )  # fmt: skip


def _gathered(
    platform: Platform, scope: Scope, where: tuple[int, int], form: str
) -> tuple[VisitSheet, tuple[ViewLine, ...], tuple[VisitorLine, ...]]:
    sheet = open_visit(platform, scope, where)
    with platform.database.write() as session:
        lines = whole_record(platform, session, scope, where)
        row = visit_row(session, scope, where)
        people = tuple(visitors_of(session, row.id))
        detail: dict[str, Scalar] = {"title": row.title, "format": form, "lines": len(lines)}
        record(session, scope, "visit.record_exported", thing_of(row), platform.clock.now(), detail)
    return sheet, lines, people


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _named(texts: Sequence[Text], scope: Scope) -> list[str]:
    return [one.render(scope.lang) for one in texts]


def _view(platform: Platform, one: ViewLine, scope: Scope) -> list[Cell]:
    at = one.at.astimezone(ZoneInfo(platform.settings.timezone))
    said = (_YES if one.allowed else _NO).render(scope.lang)
    return [f"{at:%Y-%m-%d %H:%M:%S}", one.visitor, one.organisation, one.page, one.thing, said, one.address]


def _visitor(platform: Platform, one: VisitorLine) -> list[Cell]:
    zone = ZoneInfo(platform.settings.timezone)
    moments = [
        f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
        for at in (one.created_at, one.opened_at, one.seen_at, one.revoked_at)
    ]
    return [one.name, one.organisation, one.email, *moments, one.closed_why, one.views, one.refused]
