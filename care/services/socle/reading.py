"""The yearly base read: the years of one establishment, one year over all the establishments one sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload

from care.domain.access import Right, Scope
from care.domain.frameworks import CONFIDENCE_NAMES, Framework
from care.domain.judging import RequirementStatus
from care.domain.node_names import folded
from care.domain.socle import ELIGIBILITIES, EXPLAINED, FIRST_YEAR, Eligibility
from care.services.action_query import today
from care.services.application_files.standing import PieceLine
from care.services.frameworks.assessing import Assessed
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.socle.amounts import check_year
from care.services.socle.years import SocleFound, assess_year, library_of
from care.store.bulk import among
from care.store.programme import SocleYear
from care.store.registry import Establishment, visible
from scanners.model import Lang, Text

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One prerequisite in the reader's language. `without_text`: no text read describes it."""

    id: str
    title: str
    text: str
    status: RequirementStatus
    why: tuple[str, ...]
    missing: tuple[str, ...]
    pieces: tuple[PieceLine, ...]
    without_text: bool


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a year, whole euros; None when nobody wrote them."""

    asked: int | None = None
    asked_on: date | None = None
    obtained: int | None = None
    obtained_on: date | None = None
    note: str = ""
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A value of the base that a text should give."""

    title: str
    value: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class SoclePage:
    """One year of one establishment. `day` is when it is judged; `years` are those that can be read, latest first."""

    establishment_id: int
    name: str
    year: int
    years: tuple[int, ...]
    day: date
    eligibility: Eligibility
    words: str
    explained: str
    source: str
    version: str
    prerequisites: tuple[Prerequisite, ...]
    met: int
    values: tuple[ValueLine, ...]
    amounts: Amounts
    remarks: tuple[str, ...]
    may_manage: bool


@dataclass(frozen=True, slots=True)
class SocleLine:
    """One establishment in the list of a year; `lacking` are the titles of what lacks."""

    establishment_id: int
    name: str
    finess: str
    entity: str
    eligibility: Eligibility
    words: str
    met: int
    total: int
    lacking: tuple[str, ...]
    asked: int | None
    asked_on: date | None
    obtained: int | None
    obtained_on: date | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Over every establishment found: how many asked and obtained, and how much in whole euros."""

    establishments: int
    asking: int
    asked: int
    obtaining: int
    obtained: int


@dataclass(frozen=True, slots=True)
class SocleList:
    """A page of the list of a year."""

    year: int
    years: tuple[int, ...]
    day: date
    page: Page[SocleLine]
    totals: Totals
    may_export: bool


def years_until(day: date) -> tuple[int, ...]:
    """The years that can be read, the latest first."""
    return tuple(range(day.year, FIRST_YEAR - 1, -1))


def read_year(platform: Platform, scope: Scope, establishment_id: int, year: int | None = None) -> SoclePage:
    """One year of an establishment, the present one unless given.

    NotFound for a stranger and for a year without a text.
    """
    day, lang = today(platform), scope.lang
    year = day.year if year is None else year
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        check_year(year, day)
        found = assess_year(platform, session, establishment_id, year, day)
        amounts = _amounts(session.get(SocleYear, (establishment_id, year)))
        return SoclePage(
            establishment_id=site.id,
            name=site.name,
            year=year,
            years=years_until(day),
            day=found.day,
            eligibility=found.eligibility,
            words=ELIGIBILITIES[found.eligibility].render(lang),
            explained=EXPLAINED[found.eligibility].render(lang),
            source=found.framework.source.render(lang),
            version=found.framework.version,
            prerequisites=tuple(_prerequisite(one, lang) for one in found.assessed),
            met=found.met,
            values=tuple(_values(found.framework, lang)),
            amounts=amounts,
            remarks=tuple(one.render(lang) for one in _remarks(amounts, year)),
            may_manage=scope.allows(Right.MANAGE_PROGRAMME, site.lineage),
        )


def _prerequisite(one: Assessed, lang: Lang) -> Prerequisite:
    return Prerequisite(
        id=one.item.id,
        title=one.item.title.render(lang),
        text=one.item.text.render(lang) if one.item.text else "",
        status=one.status,
        why=tuple(text.render(lang) for text in one.why),
        missing=tuple(text.render(lang) for text in one.missing),
        pieces=tuple(PieceLine(piece.id, piece.establishment_id, piece.title) for piece in one.pieces),
        without_text=one.item.uncovered is not None,
    )


def _values(framework: Framework, lang: Lang) -> Iterator[ValueLine]:
    for one in framework.parameters.values():
        value = "" if one.value is None else str(one.value)
        yield ValueLine(one.title.render(lang), value, one.source, CONFIDENCE_NAMES[one.confidence].render(lang))


def _amounts(row: SocleYear | None) -> Amounts:
    if row is None:
        return Amounts()
    return Amounts(
        row.asked,
        row.asked_on,
        row.obtained,
        row.obtained_on,
        row.note,
        row.version,
        row.changed_at if row.version else None,
        row.changed_by if row.version else "",
    )


def _remarks(amounts: Amounts, year: int) -> Iterator[Text]:
    """What does not fit, recorded all the same."""
    if amounts.asked is not None and amounts.obtained is not None and amounts.obtained > amounts.asked:
        yield Text(
            "Le montant obtenu dépasse le montant demandé : vérifiez les deux.",
            "The amount obtained is above the amount asked for: check both.",
        )
    if amounts.asked_on and amounts.obtained_on and amounts.obtained_on < amounts.asked_on:
        yield Text(
            "La notification précède la demande : vérifiez les deux dates.",
            "The notification precedes the request: check both dates.",
        )
    if amounts.asked_on and amounts.asked_on.year < year:
        yield Text(
            f"La demande date d’avant {year} : vérifiez l’année.", f"The request is from before {year}: check the year."
        )


def list_year(platform: Platform, scope: Scope, year: int | None = None, words: str = "", number: int = 1) -> SocleList:
    """The establishments where the reader sees the programme, by name; totals are over all of them."""
    day = today(platform)
    year = day.year if year is None else year
    check_year(year, day)
    number, per_page = bounds(number, PER_PAGE)
    with platform.database.read() as session:
        found = _found(session, visible(scope.reach(Right.SEE_PROGRAMME)), words)
        shown = found[(number - 1) * per_page : number * per_page]
        lines = _lines(platform, session, shown, year, day, scope.lang)
        return SocleList(
            year=year,
            years=years_until(day),
            day=min(day, date(year, 12, 31)),
            page=Page(lines, number, per_page, len(found)),
            totals=_totals(session, found, year),
            may_export=scope.allows_somewhere(Right.EXPORT),
        )


def all_lines(platform: Platform, scope: Scope, year: int, words: str = "") -> tuple[SocleLine, ...]:
    """Every establishment of the list that the reader may export."""
    day = today(platform)
    check_year(year, day)
    with platform.database.read() as session:
        seen = and_(visible(scope.reach(Right.SEE_PROGRAMME)), visible(scope.reach(Right.EXPORT)))
        return _lines(platform, session, _found(session, seen, words), year, day, scope.lang)


def _found(session: Session, seen: ColumnElement[bool], words: str) -> Sequence[Establishment]:
    """Open establishments by name, whose name, number or legal entity holds the words."""
    query = select(Establishment).options(joinedload(Establishment.legal_entity)).where(seen)
    rows = session.scalars(
        query.where(Establishment.closed_on.is_(None)).order_by(Establishment.name, Establishment.id)
    ).unique()
    sought = folded(words)
    return [row for row in rows if sought in folded(f"{row.name} {row.finess} {row.legal_entity.name}")]


def _lines(
    platform: Platform, session: Session, rows: Sequence[Establishment], year: int, day: date, lang: Lang
) -> tuple[SocleLine, ...]:
    library = library_of(platform, session, year, day)
    known = _amounts_of(session, [row.id for row in rows], year)
    return tuple(
        _line(row, assess_year(platform, session, row.id, year, day, library), known.get(row.id), lang) for row in rows
    )


def _amounts_of(session: Session, ids: Sequence[int], year: int) -> Mapping[int, SocleYear]:
    found = session.scalars(
        select(SocleYear).where(SocleYear.year == year, among(session, SocleYear.establishment_id, ids))
    )
    return {row.establishment_id: row for row in found}


def _line(row: Establishment, found: SocleFound, amounts: SocleYear | None, lang: Lang) -> SocleLine:
    done = (RequirementStatus.MET, RequirementStatus.NOT_APPLICABLE)
    return SocleLine(
        establishment_id=row.id,
        name=row.name,
        finess=row.finess,
        entity=row.legal_entity.name,
        eligibility=found.eligibility,
        words=ELIGIBILITIES[found.eligibility].render(lang),
        met=found.met,
        total=len(found.assessed),
        lacking=tuple(
            one.item.title.render(lang) for one in found.assessed if one.status not in done and not one.item.uncovered
        ),
        asked=amounts.asked if amounts else None,
        asked_on=amounts.asked_on if amounts else None,
        obtained=amounts.obtained if amounts else None,
        obtained_on=amounts.obtained_on if amounts else None,
    )


def _totals(session: Session, found: Sequence[Establishment], year: int) -> Totals:
    sums = session.execute(
        select(
            func.count(SocleYear.asked),
            func.coalesce(func.sum(SocleYear.asked), 0),
            func.count(SocleYear.obtained),
            func.coalesce(func.sum(SocleYear.obtained), 0),
        ).where(SocleYear.year == year, among(session, SocleYear.establishment_id, [row.id for row in found]))
    ).one()
    return Totals(len(found), *(int(one) for one in sums))


def counts(lines: Sequence[SocleLine]) -> Mapping[Eligibility, int]:
    """How many establishments stand alike."""
    return Counter(line.eligibility for line in lines)
