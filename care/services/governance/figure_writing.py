"""Typing the figure of a month, correcting it, taking it back. The trail keeps what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.governance import EARLIEST_YEAR, MAX_COUNT, month_of
from care.services.action_query import today
from care.services.errors import Invalid, NotFound
from care.services.frameworks.assessing import mark_due
from care.services.governance.figures import THING
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import length_faults, line_of
from care.store.governance import MonthlyFigure
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_SOURCE = 300
MAX_EXPLANATION = 1000
FIELDS: Mapping[str, Text] = {
    "part": Text("la partie", "the part"),
    "whole": Text("le total", "the whole"),
    "source": Text("la source", "the source"),
    "unknown": Text("les inconnus", "the unknown"),
    "explanation": Text("l’explication", "the explanation"),
}
_NO_COUNT = Text("Un nombre entier, zéro compris : 1 204.", "A whole number, zero included: 1204.")
_NO_MONTH = Text("Un mois et une année : 2026-03 ou 03/2026.", "A month and a year: 2026-03 or 03/2026.")


@dataclass(frozen=True, slots=True)
class FigureDraft:
    """A figure as typed: its month, the two counts, where they were read; how many more are of neither side known, and
    why it changed much."""

    month: str
    part: str
    whole: str
    source: str
    unknown: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class FigureValues:
    """The same once checked."""

    month: date
    part: int
    whole: int
    source: str
    unknown: int = 0
    explanation: str = ""


def set_figure(
    platform: Platform, scope: Scope, establishment_id: int, code: str, draft: FigureDraft, version: int
) -> None:
    """Keep the figure of a month, seen at `version` (0: there was none). Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        if code not in platform.kits.governance.indicators:
            raise NotFound
        values = checked_figure(draft, today(platform))
        row = locked_figure(session, scope, establishment_id, code, values.month, now)
        about = Thing(THING, row.id, establishment_id)
        if row.version != version:
            refuse_stale(platform, session, about, (row.changed_at, row.changed_by), version, FIELDS)
        mark_due(session, Place(Level.ESTABLISHMENT, establishment_id), now)
        keep_figure(session, scope, row, values, now)


def remove_figure(platform: Platform, scope: Scope, establishment_id: int, figure_id: int, version: int) -> None:
    """Take back a figure typed by mistake; the trail keeps what it was."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        row = session.scalars(
            select(MonthlyFigure)
            .where(MonthlyFigure.id == figure_id, MonthlyFigure.establishment_id == establishment_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            raise NotFound
        about = Thing(THING, row.id, establishment_id)
        if row.version != version:
            refuse_stale(platform, session, about, (row.changed_at, row.changed_by), version, FIELDS)
        detail: dict[str, Scalar] = {
            "code": row.code,
            "month": row.month.isoformat(),
            "part_before": row.part,
            "whole_before": row.whole,
        }
        session.delete(row)
        session.flush()
        mark_due(session, Place(Level.ESTABLISHMENT, establishment_id), now)
        record(session, scope, "monthly_figure.removed", about, now, detail)


def checked_figure(draft: FigureDraft, day: date) -> FigureValues:
    """The figure as the table holds it. Invalid names each faulty field."""
    source, explanation = line_of(draft.source), line_of(draft.explanation)
    faults = length_faults({"source": (source, MAX_SOURCE), "explanation": (explanation, MAX_EXPLANATION)})
    if not source:
        faults["source"] = Text(
            "Dites d’où vient ce chiffre (outil, requête, tableau de bord…).",
            "Say where this figure comes from (tool, query, dashboard…).",
        )
    month = _month(draft.month, day, faults)
    part, whole = _count("part", draft.part, faults), _count("whole", draft.whole, faults)
    unknown = _count("unknown", draft.unknown.strip() or "0", faults)
    if part is not None and whole is not None and part > whole:
        faults["part"] = Text(
            f"La partie ({part}) dépasse le total ({whole}) : vérifiez les deux nombres.",
            f"The part ({part}) exceeds the whole ({whole}): check both numbers.",
        )
    if faults or month is None or part is None or whole is None or unknown is None:
        raise Invalid(faults)
    return FigureValues(month, part, whole, source, unknown, explanation)


def keep_figure(session: Session, scope: Scope, row: MonthlyFigure, values: FigureValues, now: datetime) -> bool:
    """Write a figure in a locked row, and in the trail what it was; False when nothing changes. Last in its
    transaction but for other figures."""
    before, after = told_of(row), told_of(values)
    if row.version and before == after:
        return False
    row.part, row.whole, row.source, row.unknown, row.explanation = after
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
    session.flush()
    fields = [name for name, was, becomes in zip(FIELDS, before, after, strict=True) if was != becomes]
    detail: dict[str, Scalar] = {
        "code": row.code,
        "month": row.month.isoformat(),
        "part": row.part,
        "whole": row.whole,
        "fields": ", ".join(fields),
        "version": row.version,
    }
    first = row.version == 1
    if not first:
        detail |= {"part_before": before[0], "whole_before": before[1]}
    action = "monthly_figure.given" if first else "monthly_figure.corrected"
    record(session, scope, action, Thing(THING, row.id, row.establishment_id), now, detail)
    return True


def told_of(figure: MonthlyFigure | FigureValues) -> tuple[int, int, str, int, str]:
    """What a figure says, in the order of `FIELDS`."""
    return figure.part, figure.whole, figure.source, figure.unknown, figure.explanation


def _month(words: str, day: date, faults: dict[str, Text]) -> date | None:
    try:
        month = month_of(words)
    except ValueError:
        faults["month"] = _NO_MONTH
        return None
    if month > day:
        faults["month"] = Text(
            "Ce mois n’est pas commencé : un chiffre est un relevé, pas une prévision.",
            "This month has not begun: a figure is a reading, not a forecast.",
        )
    elif month.year < EARLIEST_YEAR:
        faults["month"] = Text("Cette année est trop ancienne : vérifiez-la.", "This year is too old: check it.")
    return month


def _count(name: str, words: str, faults: dict[str, Text]) -> int | None:
    text = "".join(words.split())
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) > MAX_COUNT:
        faults[name] = _NO_COUNT
        return None
    return int(text)


def locked_figure(
    session: Session, scope: Scope, establishment_id: int, code: str, month: date, now: datetime
) -> MonthlyFigure:
    """The row of a month, made when there is none (version 0)."""
    key = {"establishment_id": establishment_id, "code": code, "month": month}
    blank = {"part": 0, "whole": 0, "unknown": 0, "source": "", "explanation": "", "version": 0}
    blank |= {"changed_at": now, "changed_by": scope.actor}
    insert_missing(session, MonthlyFigure, **key, **blank)
    return session.scalars(
        select(MonthlyFigure)
        .where(
            MonthlyFigure.establishment_id == establishment_id,
            MonthlyFigure.code == code,
            MonthlyFigure.month == month,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
