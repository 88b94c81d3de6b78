"""The establishments behind a figure: each with its own answer, for who may name them; and who did not answer.

An establishment is listed where it was on the last day of the month, as figures count it. One that answers under a
pseudonym is listed as such, apart from the pseudonyms themselves: nobody here knows which is which.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope, lineage
from care.domain.indicators import IndicatorDefinition, Measure
from care.domain.months import Month, last_day
from care.services.former_places import profiles_then
from care.services.indicators.audiences import read_audiences
from care.services.indicators.dashboards import asked_month, latest_month, one_definition
from care.services.indicators.definitions import definitions
from care.services.indicators.shown import Figure, lang_of
from care.services.indicators.territories import Territory, open_territory
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.store.federation import Installation, InstallationEstablishment
from care.store.finess import FinessEntry
from care.store.indicators import EstablishmentProfile, FormerPlace, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Ght, LegalEntity, Region, still_open
from reports.words import number, percent
from scanners.model import Text


class Standing(StrEnum):
    """What an establishment answered to an indicator in a month."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    MEASURED = "measured"
    NOTHING = "nothing"
    OTHER_VERSION = "other_version"
    PSEUDONYM = "pseudonym"
    SILENT = "silent"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Site:
    """An establishment as a list of an indicator shows it. `value` is its answer in words, empty without one;
    `reachable`: its own pages are open to this reader. A pseudonym has no identifier."""

    id: int | None
    name: str
    city: str
    category: str
    standing: Standing
    value: str
    as_of: date | None
    reachable: bool
    ose: bool | None = None
    status: str = ""
    department: str = ""
    longitude: float | None = None
    latitude: float | None = None
    numerator: int = 0
    denominator: int = 0


@dataclass(frozen=True, slots=True)
class SiteList:
    """A page of the establishments behind a figure, by name; `counts` are those of every standing."""

    territory: Territory
    definition: IndicatorDefinition
    month: Month
    standing: Standing | None
    counts: Mapping[Standing, int]
    page: Page[Site]


@dataclass(frozen=True, slots=True)
class SiteMap:
    """The same, all of them, to be drawn over the region of INSEE code `region`."""

    territory: Territory
    definition: IndicatorDefinition
    month: Month
    region: str
    sites: tuple[Site, ...]


class Cohort(StrEnum):
    """Cohorts that figures do not tell apart."""

    OSE = "ose"
    STATUS = "status"


COHORTS: Mapping[Cohort, Mapping[Any, Text]] = {
    Cohort.OSE: {
        True: Text("Opérateurs de services essentiels", "Operators of essential services"),
        False: Text("Non OSE", "Not OSE"),
        None: Text("Non renseigné", "Not known"),
    },
    Cohort.STATUS: {
        "public": Text("Public", "Public"),
        "ebnl": Text("Privé à but non lucratif", "Private, not for profit"),
        "for_profit": Text("Privé à but lucratif", "Private, for profit"),
        "": Text("Non renseigné", "Not known"),
    },
}


def list_sites(
    platform: Platform,
    scope: Scope,
    place: Place,
    code: str,
    month: Month | None = None,
    standing: Standing | None = None,
    number_: int = 1,
    per_page: int = 50,
) -> SiteList:
    """The establishments behind a figure of a place, those of one standing if it is given. NotFound."""
    with platform.database.read() as session:
        territory, definition, at = _opened(platform, session, scope, place, code, month)
        sites = sites_of(session, scope, place, definition, at)
    kept = [one for one in sites if standing in (None, one.standing)]
    page, size = bounds(number_, per_page)
    lines = tuple(kept[(page - 1) * size : page * size])
    counts = Counter(one.standing for one in sites)
    return SiteList(territory, definition, at, standing, counts, Page(lines, page, size, len(kept)))


def map_sites(platform: Platform, scope: Scope, place: Place, code: str, month: Month | None = None) -> SiteMap:
    """The establishments of a region or a GHT for a map. NotFound, also for the platform, which has no such map."""
    with platform.database.read() as session:
        territory, definition, at = _opened(platform, session, scope, place, code, month)
        region = session.scalar(_region_code(place)) or ""
        sites = sites_of(session, scope, place, definition, at)
    return SiteMap(territory, definition, at, region, tuple(one for one in sites if one.id is not None))


def _region_code(place: Place) -> Select[str]:
    if place.level is Level.GHT:
        return select(Region.code).join(Ght, Ght.region_id == Region.id).where(Ght.id == place.id)
    return select(Region.code).where(Region.id == place.id)


def _opened(
    platform: Platform, session: Session, scope: Scope, place: Place, code: str, month: Month | None
) -> tuple[Territory, IndicatorDefinition, Month]:
    territory = open_territory(session, scope, place)
    newest = asked_month(platform, month)
    at = month or latest_month(session, place.key, code, newest) or newest
    return territory, one_definition(definitions(platform, session, at), code), at


def sites_of(session: Session, scope: Scope, place: Place, definition: IndicatorDefinition, month: Month) -> list[Site]:
    """Every establishment that a figure counts, and what it answered, by name; then the pseudonyms."""
    concerned = read_audiences(session, last_day(month)).concerned(definition)
    masked = under_pseudonym(session, month)
    rows = session.execute(_query(place, definition.code, month)).all()
    # who answers is concerned, as figures have it: its own installation knows what this one cannot
    asked = [row for row in rows if concerned is None or row.id in concerned or row.version is not None]
    then = profiles_then(session, last_day(month))
    found = [_site(scope, definition, row, then.get(row.id, row), masked=row.id in masked) for row in asked]
    return found + _pseudonyms(session, scope, place, definition, month)


def place_then(month: Month) -> tuple[Select[Any], Mapping[str, ColumnElement[Any]]]:
    """The establishments open on the last day of a month, with the place where each was: a query to add columns to, and
    the columns `region`, `ght` and `category` of that day."""
    day = last_day(month)
    until = (
        select(FormerPlace.establishment_id.label("site"), func.min(FormerPlace.until).label("until"))
        .where(FormerPlace.until >= day)
        .group_by(FormerPlace.establishment_id)
        .subquery()
    )
    columns: dict[str, ColumnElement[Any]] = {
        "region": func.coalesce(FormerPlace.region_id, Establishment.region_id),
        "ght": case((FormerPlace.establishment_id.is_not(None), FormerPlace.ght_id), else_=LegalEntity.ght_id),
        "category": func.coalesce(FormerPlace.category, Establishment.category),
    }
    first: list[Any] = [Establishment.id, Establishment.name, Establishment.city]
    query: Select[Any] = (
        select(*first)
        .join(LegalEntity, LegalEntity.id == Establishment.legal_entity_id)
        .outerjoin(FinessEntry, FinessEntry.finess == Establishment.finess)
        .outerjoin(until, until.c.site == Establishment.id)
        .outerjoin(
            FormerPlace,
            and_(FormerPlace.establishment_id == until.c.site, FormerPlace.until == until.c.until),
        )
        .where(
            still_open(day),
            or_(FinessEntry.opened_on.is_(None), FinessEntry.opened_on <= day),
        )
        .order_by(Establishment.name, Establishment.id)
    )
    return query, columns


def inside(query: Select[Any], columns: Mapping[str, ColumnElement[Any]], place: Place) -> Select[Any]:
    """Of such a query, those that were in a place."""
    if place.level is Level.REGION:
        return query.where(columns["region"] == place.id)
    return query.where(columns["ght"] == place.id) if place.level is Level.GHT else query


def _query(place: Place, code: str, month: Month) -> Select[Any]:
    query, columns = place_then(month)
    profile, value = EstablishmentProfile, IndicatorValue
    added = query.add_columns(
        columns["category"].label("category"),
        Establishment.region_id,
        LegalEntity.ght_id,
        LegalEntity.id.label("entity_id"),
        *(profile.ose, profile.status, profile.department, profile.longitude, profile.latitude),
        *(value.version, value.numerator, value.denominator, value.as_of),
    )
    holder = IndicatorHolder
    return (
        inside(added, columns, place)
        .outerjoin(profile, profile.establishment_id == Establishment.id)
        .outerjoin(holder, holder.establishment_id == Establishment.id)
        .outerjoin(value, and_(value.indicator == code, value.month == month, value.holder_id == holder.id))
    )


def _site(
    scope: Scope,
    definition: IndicatorDefinition,
    row: Any,  # noqa: ANN401 - a row
    answers: Any,  # noqa: ANN401 - the row, or what the establishment answered then
    *,
    masked: bool,
) -> Site:
    standing = Standing.PSEUDONYM if masked else standing_of(definition, row.version, row.numerator, row.denominator)
    where = lineage(region=row.region_id, ght=row.ght_id, legal_entity=row.entity_id, establishment=row.id)
    return Site(
        id=row.id,
        name=row.name,
        city=row.city,
        category=row.category,
        standing=standing,
        value=answer(definition, standing, row.numerator or 0, row.denominator or 0, scope.lang),
        as_of=None if masked else row.as_of,
        reachable=scope.allows(Right.SEE_FINDINGS, where),
        ose=answers.ose,
        status=answers.status or "",
        department=row.department or "",
        longitude=row.longitude,
        latitude=row.latitude,
        numerator=row.numerator or 0,
        denominator=row.denominator or 0,
    )


def standing_of(
    definition: IndicatorDefinition, version: str | None, numerator: int | None, denominator: int | None
) -> Standing:
    """What an answer is worth: none, of another version, nothing to measure, reached or not, or a value."""
    if version is None or numerator is None:
        return Standing.SILENT
    if version != definition.version:
        return Standing.OTHER_VERSION
    if not denominator:
        return Standing.NOTHING
    if definition.measure is not Measure.REACHED:
        return Standing.MEASURED
    return Standing.REACHED if numerator else Standing.NOT_REACHED


def answer(definition: IndicatorDefinition, standing: Standing, numerator: int, denominator: int, lang: str) -> str:
    """A value of one establishment in words, empty when there is none or when its standing says it all."""
    if standing is not Standing.MEASURED:
        return ""
    if definition.measure is Measure.LEVEL:
        names = {level: name.render(lang) for level, name in definition.levels}
        return names.get(numerator, str(numerator))
    words = lang_of(lang)
    if definition.measure is Measure.COUNT:
        return number(numerator, words)
    cut = percent(numerator * 100 // denominator, words)
    return f"{cut} ({number(numerator, words)} / {number(denominator, words)})"


def under_pseudonym(session: Session, month: Month) -> frozenset[int]:
    """The establishments spoken for by an installation that answered this month under pseudonyms."""
    valued = select(IndicatorValue.holder_id).where(
        IndicatorValue.holder_id == IndicatorHolder.id, IndicatorValue.month == month
    )
    installations = select(IndicatorHolder.installation_id).where(
        IndicatorHolder.pseudonym.is_not(None), valued.exists()
    )
    query = select(InstallationEstablishment.establishment_id).where(
        InstallationEstablishment.installation_id.in_(installations)
    )
    return frozenset(session.scalars(query))


def _pseudonyms(
    session: Session, scope: Scope, place: Place, definition: IndicatorDefinition, month: Month
) -> list[Site]:
    holder, value = IndicatorHolder, IndicatorValue
    query = select(
        holder.pseudonym, holder.category, value.version, value.numerator, value.denominator, value.as_of
    ).join(value, and_(value.holder_id == holder.id, value.indicator == definition.code, value.month == month))
    query = query.where(holder.pseudonym.is_not(None), lying_in(place)).order_by(holder.pseudonym)
    return [_pseudonym(scope, definition, row) for row in session.execute(query)]


def lying_in(place: Place) -> ColumnElement[bool]:
    """The condition that keeps the pseudonyms of a place."""
    if place.level is Level.REGION:
        return IndicatorHolder.region_id == place.id
    return IndicatorHolder.ght_id == place.id if place.level is Level.GHT else true()


def _pseudonym(scope: Scope, definition: IndicatorDefinition, row: Any) -> Site:  # noqa: ANN401 - a row
    standing = standing_of(definition, row.version, row.numerator, row.denominator)
    return Site(
        id=None,
        name=PSEUDONYM.render(scope.lang).format(row.pseudonym),
        city="",
        category=row.category,
        standing=standing,
        value=answer(definition, standing, row.numerator, row.denominator, scope.lang),
        as_of=row.as_of,
        reachable=False,
        numerator=row.numerator,
        denominator=row.denominator,
    )


PSEUDONYM = Text("Pseudonyme {}", "Pseudonym {}")


def cohort_figures(
    session: Session, scope: Scope, place: Place, definition: IndicatorDefinition, month: Month, cohort: Cohort
) -> list[tuple[str, Figure]]:
    """A figure for each cohort that has establishments, made of the values of one month. Pseudonyms are in none."""
    groups = defaultdict(list)
    for one in sites_of(session, scope, place, definition, month):
        if one.id is not None:
            groups[one.ose if cohort is Cohort.OSE else one.status].append(one)
    named = COHORTS[cohort]
    order = [key for key in named if key in groups]
    return [(named[key].render(scope.lang), _made(place.key, definition, month, groups[key])) for key in order]


def _made(place: str, definition: IndicatorDefinition, month: Month, sites: Sequence[Site]) -> Figure:
    standings = Counter(one.standing for one in sites)
    silent = standings[Standing.SILENT] + standings[Standing.PSEUDONYM]
    measured = [one for one in sites if one.standing in _MEASURED]
    answered = len(sites) - silent - standings[Standing.OTHER_VERSION]
    levels = Counter(str(one.numerator) for one in measured) if definition.measure is Measure.LEVEL else {}
    return Figure(
        place=place,
        indicator=definition.code,
        month=month,
        category="",
        version=definition.version,
        asked=len(sites),
        answered=answered,
        measured=len(measured),
        other_version=standings[Standing.OTHER_VERSION],
        numerator=sum(one.numerator for one in measured),
        denominator=sum(one.denominator for one in measured),
        spread={"levels": dict(levels)} if levels else {},
        oldest_on=min((one.as_of for one in measured if one.as_of), default=None),
        hidden=True,
        computed_at=None,
    )


_MEASURED = frozenset({Standing.REACHED, Standing.NOT_REACHED, Standing.MEASURED})


@dataclass(frozen=True, slots=True)
class Answering:
    """How much an establishment answered in a month. `last` is the latest month it answered at all, None never;
    `through`: the installation that speaks for it, empty when this platform measures it."""

    id: int
    name: str
    city: str
    answers: int
    last: Month | None
    through: str
    masked: bool
    reachable: bool


@dataclass(frozen=True, slots=True)
class AnsweringList:
    """The establishments of a place, those that answered nothing first, then by name. `indicators`: asked at most."""

    territory: Territory
    month: Month
    indicators: int
    silent: int
    page: Page[Answering]


def list_answering(
    platform: Platform,
    scope: Scope,
    place: Place,
    month: Month | None = None,
    number_: int = 1,
    per_page: int = 100,
) -> AnsweringList:
    """Who answered in a month, and who did not. NotFound."""
    with platform.database.read() as session:
        territory = open_territory(session, scope, place)
        at = asked_month(platform, month)
        indicators = len(definitions(platform, session, at))
        rows = session.execute(_answering_query(place, at)).all()
        masked = under_pseudonym(session, at)
        rows = sorted(rows, key=lambda row: (bool(row.answered) or row.id in masked, row.name, row.id))
        page, size = bounds(number_, per_page)
        shown_rows = rows[(page - 1) * size : page * size]
        holders = [row.holder for row in shown_rows if row.holder is not None]
        told = _Told(_answers(session, holders, at), _last_months(session, holders))
    lines = tuple(_answering(scope, row, masked, told) for row in shown_rows)
    silent = sum(not row.answered and row.id not in masked for row in rows)
    return AnsweringList(territory, at, indicators, silent, Page(lines, page, size, len(rows)))


def _answering_query(place: Place, month: Month) -> Select[Any]:
    query, columns = place_then(month)
    holder, value = IndicatorHolder, IndicatorValue
    answered = select(value.holder_id).where(value.holder_id == holder.id, value.month == month).correlate(holder)
    added = query.add_columns(
        Establishment.region_id,
        LegalEntity.ght_id,
        LegalEntity.id.label("entity_id"),
        holder.id.label("holder"),
        answered.exists().label("answered"),
        Installation.name.label("through"),
    )
    return (
        inside(added, columns, place)
        .outerjoin(holder, holder.establishment_id == Establishment.id)
        .outerjoin(InstallationEstablishment, InstallationEstablishment.establishment_id == Establishment.id)
        .outerjoin(Installation, Installation.id == InstallationEstablishment.installation_id)
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """By holder: how many indicators it answered in the month, and the latest month it answered any."""

    answers: Mapping[int, int]
    last: Mapping[int, Month]


def _answers(session: Session, holders: Collection[int], month: Month) -> Mapping[int, int]:
    value = IndicatorValue
    query = select(value.holder_id, func.count()).where(value.holder_id.in_(holders), value.month == month)
    rows: Iterable[Any] = session.execute(query.group_by(value.holder_id))
    return {row[0]: row[1] for row in rows}


def _last_months(session: Session, holders: Collection[int]) -> Mapping[int, Month]:
    value = IndicatorValue
    query = select(value.holder_id, func.max(value.month)).where(value.holder_id.in_(holders))
    rows: Iterable[Any] = session.execute(query.group_by(value.holder_id))
    return {row[0]: row[1] for row in rows}


def _answering(scope: Scope, row: Any, masked: Collection[int], told: _Told) -> Answering:  # noqa: ANN401
    where = lineage(region=row.region_id, ght=row.ght_id, legal_entity=row.entity_id, establishment=row.id)
    return Answering(
        id=row.id,
        name=row.name,
        city=row.city,
        answers=told.answers.get(row.holder, 0),
        last=told.last.get(row.holder),
        through=row.through or "",
        masked=row.id in masked,
        reachable=scope.allows(Right.SEE_FINDINGS, where),
    )
