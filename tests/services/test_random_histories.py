"""Figures, lists and named values of random histories against a count made by hand, one establishment after another.

Establishments open, move between regions and GHT, change category, close or are merged; their answers are of several
versions, some with nothing to measure, some missing, some late. Nothing of the product's code counts here.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Level, Place
from care.domain.indicators import IndicatorDefinition, Measure
from care.services.indicators import sites
from care.services.indicators.aggregating import Asked
from care.services.indicators.figuring import make_month
from care.services.indicators.marks import mark_months
from care.services.indicators.places_then import Registry
from care.services.indicators.sites import Standing
from care.services.platform import Platform
from care.services.regional_reports.named import count_open, named_values
from care.store.finess import FinessEntry, FinessImport
from care.store.indicators import FormerPlace, IndicatorFigure
from care.store.registry import Establishment, LegalEntity
from tests.support.indicators import (
    ACCESSES,
    AT,
    EXERCISES,
    INCIDENTS,
    MATURITY,
    plant_establishment,
    plant_ght,
    plant_holder,
    plant_value,
    region_id,
)
from tests.support.people import MACHINE

ENDS = {202408: date(2024, 8, 31), 202409: date(2024, 9, 30), 202410: date(2024, 10, 31)}
"""The months told, and their last days, written down rather than reckoned."""
CODES = (EXERCISES, ACCESSES, INCIDENTS, MATURITY)
CATEGORIES = ("CH", "EHPAD", "Clinique", "")


@dataclass(frozen=True)
class Stay:
    """Where an establishment was until a day; None, until now."""

    until: date | None
    region: int
    ght: int | None
    category: str


@dataclass
class History:
    """One establishment. `answers`: by indicator and month, the version and both numbers."""

    stays: Sequence[Stay]
    opened: date | None
    closed: date | None
    answers: dict[tuple[str, int], tuple[str, int, int]] = field(default_factory=dict)
    late: set[tuple[str, int]] = field(default_factory=set)
    id: int = 0
    holder: int = 0

    def at(self, month: int) -> Stay | None:
        """Where it was on the last day of a month; None when it was not open."""
        end = ENDS[month]
        if (self.opened and self.opened > end) or (self.closed and self.closed <= end):
            return None
        return next(one for one in self.stays if one.until is None or one.until >= end)


def some_day(chance: random.Random) -> date:
    """A day of August to October; often the very end or beginning of a month."""
    edges = [date(2024, 8, 31), date(2024, 9, 1), date(2024, 9, 30), date(2024, 10, 1), date(2024, 10, 31)]
    return chance.choice(edges) if chance.random() < 0.5 else date(2024, 8, 1) + timedelta(days=chance.randrange(92))


def histories(chance: random.Random, regions: Sequence[int], ghts: Sequence[int], many: int) -> Iterator[History]:
    for _each in range(many):
        days = sorted({some_day(chance) for _ in range(chance.choice((0, 0, 1, 2)))})
        stays = [
            Stay(until, chance.choice(regions), chance.choice((None, *ghts)), chance.choice(CATEGORIES))
            for until in (*days, None)
        ]
        one = History(
            stays,
            some_day(chance) if chance.random() < 0.15 else None,
            some_day(chance) if chance.random() < 0.25 else None,
        )
        for definition in CODES:
            for month in ENDS:
                if chance.random() < 0.75:
                    numbers = chance.randint(0, 3), chance.choice((0, 1, 3, 8))
                    if definition.measure is not Measure.SHARE:
                        numbers = (numbers[0] % 2 if definition.measure is Measure.REACHED else numbers[0], 1)
                    one.answers[definition.code, month] = (chance.choice("1112"), *numbers)
                    if chance.random() < 0.2:
                        one.late.add((definition.code, month))
        yield one


def plant(session: Session, known: Sequence[History]) -> None:
    extract = FinessImport(file_name="a.csv", dated=date(2026, 1, 1), imported_at=AT, entries=1, closed=0)
    session.add(extract)
    session.flush()
    for number, one in enumerate(known):
        now = one.stays[-1]
        one.id = plant_establishment(session, number, now.region, now.category, now.ght, closed_on=one.closed)
        row = session.get_one(Establishment, one.id)
        row.region_id = now.region
        entity = session.get_one(LegalEntity, row.legal_entity_id)
        if one.opened:
            session.add(finess_entry(row, one.opened, extract.id))
        for stay in one.stays[:-1]:
            session.add(
                FormerPlace(
                    establishment_id=one.id, until=stay.until, region_id=stay.region, ght_id=stay.ght,
                    legal_entity_id=entity.id, category=stay.category, name=row.name,
                )
            )  # fmt: skip
        one.holder = plant_holder(session, one.id)
        plant_answers(session, one, late=False)
    session.flush()


def finess_entry(row: Establishment, opened: date, extract: int) -> FinessEntry:
    return FinessEntry(
        finess=row.finess, legal_entity_finess=row.finess, name=row.name, category_code="355", category="CH", siret="",
        department="35", city="", opened_on=opened, import_id=extract,
    )  # fmt: skip


def plant_answers(session: Session, one: History, *, late: bool) -> None:
    for (code, month), (version, *numbers) in one.answers.items():
        if ((code, month) in one.late) is late:
            definition = next(each for each in CODES if each.code == code)
            plant_value(session, definition, month, one.holder, *numbers, version=version)


Numbers = tuple[int, int, int, int, int, int]


def by_hand(known: Sequence[History], definition: IndicatorDefinition, month: int) -> Mapping[tuple[str, str], Numbers]:
    """Asked, answered, measured, other version, numerator, denominator of each group."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 6)
    for one in known:
        stay = one.at(month)
        if stay is None:
            continue
        category = stay.category or "?"
        groups = [("platform:0", ""), ("platform:0", category)]
        groups += [(f"region:{stay.region}", ""), (f"region:{stay.region}", category)]
        groups += [(f"ght:{stay.ght}", "")] if stay.ght else []
        version, numerator, denominator = one.answers.get((definition.code, month), ("", 0, 0))
        same = version == definition.version
        measured = same and denominator > 0
        numbers = [1, same, measured, version not in ("", definition.version)]
        numbers += [numerator, denominator] if measured else [0, 0]
        for group in groups:
            found[group] = [before + int(now) for before, now in zip(found[group], numbers, strict=True)]
    return {group: tuple(numbers) for group, numbers in found.items()}  # type: ignore[misc]


def made(platform: Platform, month: int, asked: Sequence[IndicatorDefinition]) -> None:
    with platform.database.write() as session:
        mark_months(session, [month], platform.clock.now())
    with platform.database.read() as session:
        registry = Registry(session)
    assert make_month(platform, registry, month, [Asked(one) for one in asked])


def kept(platform: Platform, definition: IndicatorDefinition, month: int) -> Mapping[tuple[str, str], Numbers]:
    wanted = (IndicatorFigure.indicator == definition.code, IndicatorFigure.month == month)
    with platform.database.read() as session:
        return {
            (one.place, one.category): (
                *(one.asked, one.answered, one.measured, one.other_version),
                *(one.numerator, one.denominator),
            )
            for one in session.scalars(select(IndicatorFigure).where(*wanted))
        }


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(4))
def test_figures_and_lists_of_random_histories_are_those_counted_by_hand(platform: Platform, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same histories every time
    with platform.database.write() as session:
        regions = [region_id(session, code) for code in ("53", "04", "06")]
        ghts = [plant_ght(session, f"GHT {number}", regions[number % 3]) for number in range(4)]
        known = list(histories(chance, regions, ghts, 60))
        plant(session, known)
    # the definition changes in October: what was answered under the former is set aside from there on
    versions = {month: "2" if month == 202410 else "1" for month in ENDS}
    for month, version in versions.items():
        made(platform, month, [replace(one, version=version) for one in CODES])
    with platform.database.write() as session:
        for one in known:
            plant_answers(session, one, late=True)
    for month, version in versions.items():
        asked = [replace(one, version=version) for one in CODES]
        made(platform, month, asked)
        for definition in asked:
            assert kept(platform, definition, month) == by_hand(known, definition, month), (definition.code, month)
        check_names(platform, known, {one.code: one for one in asked}, month, regions, ghts)


def check_names(
    platform: Platform,
    known: Sequence[History],
    asked: Mapping[str, IndicatorDefinition],
    month: int,
    regions: Sequence[int],
    ghts: Sequence[int],
) -> None:
    """What is listed by name, on pages and in reports, is what the figure of the place counts."""
    places = [PLATFORM, *(Place(Level.REGION, one) for one in regions), *(Place(Level.GHT, one) for one in ghts)]
    for place in places:
        with platform.database.read() as session:
            named = named_values(session, place, month, "fr", asked)
            listed = {code: sites.sites_of(session, MACHINE, place, one, month) for code, one in asked.items()}
            here = count_open(session, place, month)
        for code, definition in asked.items():
            numbers = by_hand(known, definition, month).get((place.key, ""), (0,) * 6)
            lines = named[code]
            answered = [one for one in lines if one.numerator is not None and not one.other_version]
            assert here == len(lines) == len(listed[code]) == numbers[0]
            assert len(answered) == numbers[1]
            assert sum(one.other_version for one in lines) == numbers[3]
            assert sum(one.numerator or 0 for one in answered if one.denominator) == numbers[4]
            silent = sum(one.standing is Standing.SILENT for one in listed[code])
            assert silent == numbers[0] - numbers[1] - numbers[3] == sum(one.numerator is None for one in lines)
