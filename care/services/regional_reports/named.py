"""What each establishment of a place answered, by its name: for who is entitled to it.

The establishments are those that figures count, as `care.services.indicators.sites` lists them under one indicator.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Place
from care.domain.indicators import IndicatorDefinition
from care.domain.months import Month, last_day
from care.services.indicators.audiences import read_audiences
from care.services.indicators.sites import PSEUDONYM, inside, lying_in, place_then, under_pseudonym
from care.store.bulk import among
from care.store.indicators import EstablishmentProfile, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment
from reports.region_model import NamedValue, RegionSite
from scanners.model import Lang

Row = Any
_Told = Mapping[str, Mapping[int, Row]]
"""By code of indicator and by holder: the value."""


def named_values(
    session: Session, place: Place, month: Month, lang: Lang, known: Mapping[str, IndicatorDefinition]
) -> dict[str, tuple[NamedValue, ...]]:
    """By code of indicator: the establishments of a place in a month that are concerned, by name, then pseudonyms.

    Who did not answer is there without numbers, and so is who answers under a pseudonym.
    """
    sites = session.execute(_sites(place, month)).all()
    pseudonyms = session.execute(_pseudonyms(place)).all()
    told = _values(session, month, sites), _values(session, month, pseudonyms)
    masked, audiences = under_pseudonym(session, month), read_audiences(session, last_day(month))
    found: dict[str, tuple[NamedValue, ...]] = {}
    for code, definition in known.items():
        own, others = told[0].get(code, {}), told[1].get(code, {})
        concerned = audiences.concerned(definition)
        asked = [one for one in sites if concerned is None or one.id in concerned or one.holder in own]
        lines = [_line(definition, one, own.get(one.holder), masked) for one in asked]
        aliases = [_alias(definition, one, others[one.holder], lang) for one in pseudonyms if one.holder in others]
        found[code] = (*lines, *aliases)
    return found


def _sites(place: Place, month: Month) -> Select[Any]:
    query, columns = place_then(month)
    holder = IndicatorHolder.id.label("holder")
    added = query.add_columns(Establishment.finess, columns["category"].label("category"), holder)
    return inside(added, columns, place).outerjoin(
        IndicatorHolder, IndicatorHolder.establishment_id == Establishment.id
    )


def count_open(session: Session, place: Place, month: Month) -> int:
    """How many establishments were open in a place on the last day of a month."""
    query, columns = place_then(month)
    return session.scalar(select(func.count()).select_from(inside(query, columns, place).subquery())) or 0


def _pseudonyms(place: Place) -> Select[Any]:
    columns: list[Any] = [IndicatorHolder.id.label("holder"), IndicatorHolder.pseudonym, IndicatorHolder.category]
    query: Select[Any] = select(*columns).where(IndicatorHolder.pseudonym.is_not(None), lying_in(place))
    return query.order_by(IndicatorHolder.pseudonym)


def _values(session: Session, month: Month, rows: Sequence[Row]) -> _Told:
    """What these holders answered in a month."""
    value, holders = IndicatorValue, sorted(row.holder for row in rows if row.holder is not None)
    query = select(value.indicator, value.holder_id, value.version, value.numerator, value.denominator, value.as_of)
    found: dict[str, dict[int, Row]] = defaultdict(dict)
    for row in session.execute(query.where(value.month == month, among(session, value.holder_id, holders))):
        found[row.indicator][row.holder_id] = row
    return found


def _line(definition: IndicatorDefinition, site: Row, value: Row | None, masked: Collection[int]) -> NamedValue:
    if value is None or site.id in masked:
        return NamedValue(site.name, site.finess, site.category, None, None, None, masked=site.id in masked)
    return NamedValue(site.name, site.finess, site.category, *_numbers(definition, value))


def _alias(definition: IndicatorDefinition, holder: Row, value: Row, lang: Lang) -> NamedValue:
    name = PSEUDONYM.render(lang).format(holder.pseudonym)
    return NamedValue(name, "", holder.category, *_numbers(definition, value))


def _numbers(definition: IndicatorDefinition, value: Row) -> tuple[Any, ...]:
    other = value.version != definition.version
    return value.numerator, value.denominator, value.as_of, value.version, other


def sites_of(session: Session, named: Mapping[str, tuple[NamedValue, ...]]) -> tuple[RegionSite, ...]:
    """The establishments of these values, by name, with how many indicators each answered and where it stands."""
    asked: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    masked: set[tuple[str, str]] = set()
    for value in (value for values in named.values() for value in values if value.finess):
        asked[value.name, value.finess] += 1
        answered[value.name, value.finess] += value.numerator is not None
        if value.masked:
            masked.add((value.name, value.finess))
    known = select(Establishment.finess, EstablishmentProfile).join(
        EstablishmentProfile, EstablishmentProfile.establishment_id == Establishment.id
    )
    profiles = {finess: profile for finess, profile in session.execute(known)}  # noqa: C416 - typed as a Row else

    def placed(site: tuple[str, str]) -> RegionSite:
        profile = profiles.get(site[1])
        where = (profile.longitude, profile.latitude, profile.department) if profile else (None, None, "")
        return RegionSite(site[0], answered[site], asked[site], *where, masked=site in masked)

    return tuple(map(placed, sorted(asked)))
