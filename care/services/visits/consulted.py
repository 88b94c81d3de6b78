"""What the visitors of a visit read, and what they were refused: the record, page by page, and its totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, place_at
from care.services.errors import Forbidden
from care.services.frameworks.library import frameworks_in_use
from care.services.library import today
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.services.visits.reading import VisitorLine, VisitSheet, open_visit, visitors_of
from care.services.visits.requirements import titles_of
from care.services.visits.rows import holds, visit_row
from care.store.evidence import Evidence
from care.store.programme import VisitAccess, VisitView
from scanners.model import Text

PER_PAGE = 100
MOST_LINES = 50_000
"""Pages in an export at most: the record of forty visitors who each read a thousand pages."""
PAGES: Mapping[str, Text] = {
    "enter": Text("Entrée", "Entrance"),
    "summary": Text("Accueil de la visite", "Front page of the visit"),
    "framework": Text("Référentiel", "Framework"),
    "requirement": Text("Exigence", "Requirement"),
    "pieces": Text("Liste des pièces", "List of pieces"),
    "piece": Text("Fiche d’une pièce", "Sheet of a piece"),
    "file": Text("Fichier d’une pièce", "File of a piece"),
    "not_given": Text("Fichier non remis", "File not given"),
    "leave": Text("Sortie", "Way out"),
    "closed": Text("Après la fermeture", "After the closing"),
    "other": Text("Autre adresse", "Other address"),
}
"""How people call the pages of visitors."""


@dataclass(frozen=True, slots=True)
class ViewLine:
    """One page asked for. `thing` is what it shows, in words when it is part of the visit."""

    at: datetime
    visitor: str
    organisation: str
    page: str
    thing: str
    allowed: bool
    address: str


@dataclass(frozen=True, slots=True)
class Read:
    """Something that was read: how often, by how many people, when last."""

    page: str
    thing: str
    times: int
    visitors: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Consulted:
    """The record of a visit."""

    sheet: VisitSheet
    visitors: tuple[VisitorLine, ...]
    read: tuple[Read, ...]
    lines: Page[ViewLine]
    may_export: bool


def read_record(
    platform: Platform, scope: Scope, where: tuple[int, int], number: int = 1, *, refused: bool = False
) -> Consulted:
    """The record: totals, and a page of what was asked for, the latest first; `refused` keeps refusals only.

    Forbidden for who may not see people's names.
    """
    number, per_page = bounds(number, PER_PAGE)
    sheet = open_visit(platform, scope, where)
    with platform.database.read() as session:
        row = visit_row(session, scope, where)
        if not holds(session, scope, place_at(row.holder), Right.SEE_CONTACTS):
            raise Forbidden
        mine = [VisitAccess.visit_id == row.id, *([VisitView.allowed.is_(False)] if refused else ())]
        total = session.scalar(
            select(func.count()).select_from(VisitView).join(VisitAccess, VisitAccess.id == VisitView.access_id)
            .where(*mine)
        )  # fmt: skip
        query = _asked().where(*mine).order_by(VisitView.id.desc()).limit(per_page).offset((number - 1) * per_page)
        lines = _lines(platform, session, scope, session.execute(query).all())
        return Consulted(
            sheet,
            tuple(visitors_of(session, row.id)),
            _read(platform, session, scope, row.id),
            Page(lines, number, per_page, total or 0),
            holds(session, scope, place_at(row.holder), Right.EXPORT),
        )


def whole_record(
    platform: Platform, session: Session, scope: Scope, where: tuple[int, int], most: int = MOST_LINES
) -> tuple[ViewLine, ...]:
    """Everything that was asked for, in order, for who may export. Forbidden otherwise."""
    row = visit_row(session, scope, where, Right.EXPORT)
    if not holds(session, scope, place_at(row.holder), Right.SEE_CONTACTS):
        raise Forbidden
    query = _asked().where(VisitAccess.visit_id == row.id).order_by(VisitView.id).limit(most)
    return _lines(platform, session, scope, session.execute(query).all())


def _asked() -> Select[VisitView, str, str]:
    return select(VisitView, VisitAccess.name, VisitAccess.organisation).join(
        VisitAccess, VisitAccess.id == VisitView.access_id
    )


def _lines(
    platform: Platform, session: Session, scope: Scope, rows: Sequence[tuple[VisitView, str, str]]
) -> tuple[ViewLine, ...]:
    shown = {row.thing for row, *_ in rows if row.allowed or row.page == "not_given"}
    titles = _titles(platform, session, scope, shown)
    return tuple(
        ViewLine(
            row.at, name, organisation, _page(row.page, scope), titles.get(row.thing, row.thing), row.allowed,
            row.address,
        )
        for row, name, organisation in rows
    )  # fmt: skip


def _page(page: str, scope: Scope) -> str:
    return PAGES[page].render(scope.lang) if page in PAGES else page


def _read(platform: Platform, session: Session, scope: Scope, visit_id: int) -> tuple[Read, ...]:
    """Pieces and requirements that were read, the most read first."""
    rows = session.execute(
        select(
            VisitView.page, VisitView.thing, func.count(), func.count(VisitView.access_id.distinct()),
            func.max(VisitView.at),
        )
        .join(VisitAccess, VisitAccess.id == VisitView.access_id)
        .where(VisitAccess.visit_id == visit_id, VisitView.allowed.is_(True), VisitView.thing != "")
        .group_by(VisitView.page, VisitView.thing)
        .order_by(func.count().desc(), case((VisitView.page == "file", 0), else_=1), VisitView.thing)
        .limit(500)
    ).all()  # fmt: skip
    titles = _titles(platform, session, scope, {thing for _page, thing, *_rest in rows})
    return tuple(
        Read(_page(page, scope), titles.get(thing, thing), times, people, last)
        for page, thing, times, people, last in rows
    )


def _titles(platform: Platform, session: Session, scope: Scope, things: set[str]) -> Mapping[str, str]:
    """What was shown, in words: it was part of the visit, which the reader sees."""
    pieces = {int(number): thing for thing in things for kind, _, number in [thing.partition(":")]
              if kind == "evidence" and number.isdecimal()}  # fmt: skip
    found = session.execute(
        select(Evidence.id, Evidence.title, Evidence.name).where(Evidence.id.in_(pieces))
    ).all()  # fmt: skip
    named = {pieces[number]: title or name for number, title, name in found}
    others = things - set(pieces.values()) - {""}
    day = today(platform)
    known = frameworks_in_use(platform, session, day) if others else {}
    whole = {one: known[one].title.render(scope.lang) for one in others if one in known}
    items = titles_of(platform, session, (one for one in others if ":" in one), scope.lang, day) if others else {}
    return {**named, **items, **whole}
