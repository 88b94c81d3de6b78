"""What each establishment of a place answered, by its name: for who is entitled to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.domain.indicators import IndicatorDefinition
from care.domain.months import Month, last_day
from care.services.former_places import places_then
from care.services.indicators.audiences import read_audiences
from care.store.indicators import EstablishmentProfile, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, LegalEntity, still_open
from reports.region_model import NamedValue, RegionSite
from scanners.model import Lang, Text

_PSEUDONYM = Text("Pseudonyme {name}", "Pseudonym {name}")


@dataclass(frozen=True, slots=True)
class _Site:
    """An establishment as it was in a month."""

    id: int
    name: str
    finess: str
    category: str


@dataclass(frozen=True, slots=True)
class _Answer:
    numerator: int
    denominator: int
    as_of: date
    version: str


def named_values(
    session: Session, place: Place, month: Month, lang: Lang, known: Mapping[str, IndicatorDefinition]
) -> dict[str, tuple[NamedValue, ...]]:
    """By code of indicator: the establishments of a place in a month that are concerned, by name, then pseudonyms.

    Who did not answer is there without numbers.
    """
    sites = _sites(session, place, month)
    answers = _answers(session, month)
    pseudonyms = _pseudonyms(session, place, month, lang)
    audiences = read_audiences(session, last_day(month))
    found: dict[str, tuple[NamedValue, ...]] = {}
    for code, definition in known.items():
        told, asked = answers.get(code, {}), audiences.concerned(definition)
        lines = [_line(site, told.get(site.id)) for site in sites if asked is None or site.id in asked]
        found[code] = (*lines, *pseudonyms.get(code, ()))
    return found


def sites_of(session: Session, named: Mapping[str, tuple[NamedValue, ...]]) -> tuple[RegionSite, ...]:
    """The establishments of these values, by name, with how many indicators each answered and where it stands."""
    asked: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    for value in (value for values in named.values() for value in values if value.finess):
        asked[value.name, value.finess] += 1
        answered[value.name, value.finess] += value.numerator is not None
    known = select(Establishment.finess, EstablishmentProfile).join(
        EstablishmentProfile, EstablishmentProfile.establishment_id == Establishment.id
    )
    profiles = {finess: profile for finess, profile in session.execute(known)}  # noqa: C416 - typed as a Row else
    return tuple(_placed(site, answered[site], asked[site], profiles.get(site[1])) for site in sorted(asked))


def _placed(site: tuple[str, str], answered: int, asked: int, profile: EstablishmentProfile | None) -> RegionSite:
    if profile is None:
        return RegionSite(site[0], answered, asked)
    return RegionSite(site[0], answered, asked, profile.longitude, profile.latitude, profile.department)


def _line(site: _Site, answer: _Answer | None) -> NamedValue:
    if answer is None:
        return NamedValue(site.name, site.finess, site.category, None, None, None)
    numbers = (answer.numerator, answer.denominator, answer.as_of, answer.version)
    return NamedValue(site.name, site.finess, site.category, *numbers)


def _sites(session: Session, place: Place, month: Month) -> list[_Site]:
    """The establishments that were open in a place in a month, by name."""
    end = last_day(month)
    former = places_then(session, end)
    rows = session.execute(
        select(Establishment, LegalEntity.ght_id)
        .join(LegalEntity, LegalEntity.id == Establishment.legal_entity_id)
        .where(still_open(end))
        .order_by(Establishment.name, Establishment.finess)
    )
    found = []
    for row, ght_id in rows:
        then = former.get(row.id)
        region, ght, category = (
            (then.region_id, then.ght_id, then.category) if then else (row.region_id, ght_id, row.category)
        )
        if _lies(place, region, ght):
            found.append(_Site(row.id, row.name, row.finess, category))
    return found


def _lies(place: Place, region_id: int | None, ght_id: int | None) -> bool:
    if place.level is Level.PLATFORM:
        return True
    return place.id == (region_id if place.level is Level.REGION else ght_id)


def _answers(session: Session, month: Month) -> dict[str, dict[int, _Answer]]:
    rows = session.execute(
        select(IndicatorValue, IndicatorHolder.establishment_id)
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(IndicatorValue.month == month, IndicatorHolder.establishment_id.is_not(None))
    )
    found: dict[str, dict[int, _Answer]] = defaultdict(dict)
    for row, establishment_id in rows:
        found[row.indicator][establishment_id or 0] = _Answer(row.numerator, row.denominator, row.as_of, row.version)
    return found


def _pseudonyms(session: Session, place: Place, month: Month, lang: Lang) -> dict[str, list[NamedValue]]:
    rows = session.execute(
        select(IndicatorValue, IndicatorHolder)
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(IndicatorValue.month == month, IndicatorHolder.pseudonym.is_not(None))
        .order_by(IndicatorHolder.pseudonym)
    )
    found: dict[str, list[NamedValue]] = defaultdict(list)
    for row, holder in rows:
        if _lies(place, holder.region_id, holder.ght_id):
            name = _PSEUDONYM.render(lang).format(name=holder.pseudonym)
            numbers = (row.numerator, row.denominator, row.as_of, row.version)
            found[row.indicator].append(NamedValue(name, "", holder.category, *numbers))
    return found
