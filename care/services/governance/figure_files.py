"""Monthly figures as a CSV: what is handed out can be corrected in a spreadsheet and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.services.action_query import today
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.holding import names_of, thing
from care.services.platform import Platform
from care.services.trail import record
from care.store.governance import MonthlyFigure
from reports.spreadsheets import Cell, csv_bytes
from scanners.model import Lang, Scalar, Text

COLUMNS: Mapping[str, Text] = {
    "indicator": Text("indicateur", "indicator"),
    "month": Text("mois", "month"),
    "part": Text("nombre", "count"),
    "whole": Text("total", "total"),
    "source": Text("source", "source"),
    "unknown": Text("inconnus", "unknown"),
    "explanation": Text("explication", "explanation"),
}
"""The columns that are read back, in order, in either language; the first four must be there."""
TOLD: Mapping[str, Text] = {
    "title": Text("intitulé", "title"),
    "establishment": Text("établissement", "establishment"),
}
"""The columns that are only told."""


def figures_csv(platform: Platform, scope: Scope, place: Place) -> bytes:
    """The figures of a holder's establishments, for who may export; the trail keeps who took them."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = seen_holder(session, scope, place, today(platform), Right.EXPORT)
        rows = figure_rows(platform, session, holder, scope.lang)
        header = [column.render(scope.lang) for column in (*COLUMNS.values(), *TOLD.values())]
        detail: dict[str, Scalar] = {"form": "csv", "count": len(rows)}
        record(session, scope, "monthly_figures.exported", thing("governance", holder.key, holder), now, detail)
        return csv_bytes(header, rows)


def figure_rows(platform: Platform, session: Session, holder: Holder, lang: Lang) -> list[list[Cell]]:
    """A line a month and an indicator, in the order of the kit, the latest month first."""
    indicators = platform.kits.governance.indicators
    order = {code: rank for rank, code in enumerate(indicators)}
    names = names_of(session, [Place(Level.ESTABLISHMENT, one) for one in holder.sites])
    rows: Iterable[MonthlyFigure] = session.scalars(
        select(MonthlyFigure).where(MonthlyFigure.establishment_id.in_(holder.sites))
    )
    kept = sorted(
        (row for row in rows if row.code in order),
        key=lambda row: (order[row.code], -row.month.toordinal(), row.establishment_id),
    )
    return [
        [
            row.code,
            f"{row.month:%Y-%m}",
            row.part,
            row.whole,
            row.source,
            row.unknown if indicators[row.code].margin else "",
            row.explanation,
            indicators[row.code].title.render(lang),
            names.get(f"{Level.ESTABLISHMENT}:{row.establishment_id}", ""),
        ]
        for row in kept
    ]
