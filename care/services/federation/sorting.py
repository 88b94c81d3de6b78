"""What of a bundle is kept: values of indicators known here, of establishments its sender speaks for, up to today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.bundles import Bundle, HolderValues
from care.domain.indicators import Measure, Measured
from care.domain.months import LAST_MONTH, Month, month_of
from care.services.indicators.definitions import of_framework, read_definitions
from care.services.platform import Platform
from care.store.federation import InstallationEstablishment
from care.store.indicators import EstablishmentProfile, IndicatorHolder
from care.store.registry import Establishment

MOST_ASIDE = 300
"""Lines of what is set aside that are kept with a bundle; the others are added up."""


@dataclass(frozen=True, slots=True)
class Known:
    """How each version of each indicator is measured, those in force and former ones; and the codes there are."""

    measures: Mapping[tuple[str, str], Measure]
    codes: frozenset[str]


class Aside(StrEnum):
    """Why something of a bundle that was taken is left out."""

    NOT_ITS_OWN = "not_its_own"
    CLOSED = "closed"
    MERGED = "merged"
    INDICATOR = "indicator"
    VERSION = "version"
    FUTURE = "future"
    IMPOSSIBLE = "impossible"
    CATEGORY = "category"
    ALERT = "alert"
    CAMPAIGN = "campaign"
    CAMPAIGN_FUTURE = "campaign_future"
    CAMPAIGN_IMPOSSIBLE = "campaign_impossible"
    CAMPAIGN_LATE = "campaign_late"
    CAMPAIGN_OLDER = "campaign_older"
    CAMPAIGN_QUESTIONS = "campaign_questions"


@dataclass(frozen=True, slots=True)
class Spoken:
    """An establishment that a sender speaks for; `last` is the month after which nothing of it is taken, and why.
    `holder_id` is none while it has no value."""

    establishment_id: int
    last: Month = LAST_MONTH
    why: Aside = Aside.CLOSED
    holder_id: int | None = None


@dataclass(slots=True)
class Sorted:
    """What is kept of a bundle, by establishment or by pseudonym, and what is set aside: why, which, how many."""

    named: dict[int, list[Measured]] = field(default_factory=dict)
    holders: dict[int, int] = field(default_factory=dict)
    pseudonyms: dict[str, list[Measured]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    aside: Counter[tuple[Aside, str]] = field(default_factory=Counter)

    def told(self) -> list[dict[str, Any]]:
        """What is set aside, as it is kept with the bundle; what is beyond `MOST_ASIDE` lines counts as `…`."""
        lines = sorted((what.value, which, count) for (what, which), count in self.aside.items())
        shown, rest = lines[:MOST_ASIDE], Counter[str]()
        for what, _which, count in lines[MOST_ASIDE:]:
            rest[what] += count
        return [
            {"what": what, "which": which, "values": count}
            for what, which, count in (*shown, *((what, "…", count) for what, count in rest.items()))
        ]


def read_known(platform: Platform) -> Known:
    """Every version of every indicator known here."""
    with platform.database.read() as session:
        library = read_definitions(platform, session)
    programmes = (one for versions in library.frameworks.values() for each in versions for one in of_framework(each))
    measures = {(one.code, one.version): one.measure for one in (*library.packaged, *programmes)}
    return Known(measures, frozenset(code for code, _version in measures))


Speakers = Mapping[int, Mapping[str, Spoken]]
"""The establishments that each installation speaks for, by FINESS number."""


def read_speakers(session: Session, installations: Collection[int]) -> Speakers:
    """Of these installations, whom each speaks for."""
    rows = session.execute(
        select(
            InstallationEstablishment.installation_id,
            Establishment.finess,
            Establishment.id,
            Establishment.closed_on,
            EstablishmentProfile.successor_id,
            IndicatorHolder.id,
        )
        .join(Establishment, InstallationEstablishment.establishment_id == Establishment.id)
        .outerjoin(EstablishmentProfile, EstablishmentProfile.establishment_id == Establishment.id)
        .outerjoin(IndicatorHolder, IndicatorHolder.establishment_id == Establishment.id)
        .where(InstallationEstablishment.installation_id.in_(installations))
    )
    found: dict[int, dict[str, Spoken]] = {one: {} for one in installations}
    for installation, finess, number, closed_on, successor, holder in rows:
        found[installation][finess] = _spoken(number, closed_on, successor, holder)
    return found


def _spoken(number: int, closed_on: date | None, successor: int | None, holder: int | None) -> Spoken:
    if closed_on is None:
        return Spoken(number, holder_id=holder)
    return Spoken(number, month_of(closed_on), Aside.CLOSED if successor is None else Aside.MERGED, holder)


def sort_values(session: Session, bundle: Bundle, spoken: Mapping[str, Spoken], known: Known, today: date) -> Sorted:
    """What is kept of the values of a bundle, and what is not."""
    found = Sorted()
    if bundle.pseudonymous:
        categories = set(session.scalars(select(Establishment.category).distinct()))
        for holder in bundle.holders:
            _keep_pseudonym(found, holder, categories)
            found.pseudonyms[holder.name] = _kept(found, holder, known, today, Spoken(0))
        return found
    for holder in bundle.holders:
        whose = spoken.get(holder.name)
        if whose is None:
            found.aside[Aside.NOT_ITS_OWN, holder.name] += len(holder.values)
        else:
            found.named[whose.establishment_id] = _kept(found, holder, known, today, whose)
            if whose.holder_id is not None:
                found.holders[whose.establishment_id] = whose.holder_id
    return found


def _keep_pseudonym(found: Sorted, holder: HolderValues, categories: set[str]) -> None:
    """A category is only kept when the registry has it: nothing else may be written there."""
    if holder.category and holder.category not in categories:
        found.aside[Aside.CATEGORY, holder.name] += 1
    found.categories[holder.name] = holder.category if holder.category in categories else ""


def _kept(found: Sorted, holder: HolderValues, known: Known, today: date, whose: Spoken) -> list[Measured]:
    """The values that are kept of one holder; called for a million values, hence one loop."""
    measures = known.measures
    month_now, latest = month_of(today), today + timedelta(days=1)
    kept = []
    for value in holder.values:
        measure = measures.get((value.code, value.version))
        if measure is None:
            found.aside[_unknown(value, known)] += 1
        elif value.month > month_now or value.as_of > latest:
            found.aside[Aside.FUTURE, f"{value.code} {value.month}"] += 1
        elif value.month > whose.last:
            found.aside[whose.why, holder.name] += 1
        elif not _possible(value, measure):
            found.aside[Aside.IMPOSSIBLE, f"{value.code} {value.month}"] += 1
        else:
            kept.append(value)
    return kept


def _possible(value: Measured, measure: Measure) -> bool:
    if measure is Measure.REACHED:
        return value.denominator <= 1 and value.numerator <= value.denominator
    if measure is Measure.SHARE:
        return value.numerator <= value.denominator
    return value.denominator <= 1


def _unknown(value: Measured, known: Known) -> tuple[Aside, str]:
    if value.code in known.codes:
        return Aside.VERSION, f"{value.code} {value.version}"
    return Aside.INDICATOR, value.code
