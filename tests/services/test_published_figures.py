"""What a region publishes, attacked as a reader would: from the files alone, by adding and subtracting."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from care.domain.access import PLATFORM, Level, Place
from care.domain.disclosure import Cell, Key
from care.domain.regional import FEWEST
from care.domain.regional_reports import ReportForm
from care.services.indicators.aggregating import Asked
from care.services.indicators.definitions import definitions
from care.services.indicators.figuring import make_month
from care.services.indicators.marks import mark_months
from care.services.indicators.places_then import Registry
from care.services.platform import Platform
from care.services.regional_reports.asking import ReportAsk
from care.services.regional_reports.making import report_of
from reports.region_open import open_json
from tests.support.attacks import Table, all_keys, attacks, small_joint_groups
from tests.support.indicators import plant_establishment, plant_holder, plant_value, region_id

MONTH = 202602
REGIONS = ("84", "53", "06", "94", "11")
SIZES = {"CH": 14, "Clinique": 20, "HAD": 6, "CLCC": 1}
REACHED, SHARE, LEVEL, OPERATORS = "EXO-TX", "TLM-MFA", "ADS-DIST", "EXO-OSE"


def test_the_files_of_a_nation_and_its_regions_give_no_small_group_away(platform: Platform) -> None:
    truth = plant_nation(platform, random.Random(7))  # noqa: S311 - the same nation every time
    read = published(platform)
    for code, table in truth.items():
        shown = read[code]
        hidden = set(all_keys(sorted(table))) - set(shown)
        assert [key for key, cell in table.items() if cell.needs and key in shown] == []
        assert list(attacks(table, hidden, at_once=2)) == []
        assert shown[None, None]["asked"] == sum(cell.asked for cell in table.values())
        assert all(one["answered"] >= FEWEST or one["answered"] == 0 for one in shown.values())
        assert any(None not in key for key in shown)


def test_the_files_give_no_small_level_away_and_no_operator_s_neighbour(platform: Platform) -> None:
    """Levels of a few, and the few who are no operators, by subtracting files from one another."""
    truth, operators = plant_levels(platform, random.Random(3))  # noqa: S311 - the same nation every time
    read = published(platform)
    every = all_keys(sorted(truth))
    told = {key: one for key, one in read[LEVEL].items() if one["levels"]}
    kept = set(every) - set(told)
    assert told
    assert any(one["measured"] and not one["levels"] for one in read[LEVEL].values())
    for rank in range(3):
        cells = {key: Cell(100, levels[rank], levels[rank]) for key, levels in truth.items()}
        assert list(attacks(cells, kept, at_once=2)) == []
        if (None, None) in told:
            found = {one["value"]: one["establishments"] for one in told[None, None]["levels"]}
            assert found.get(rank + 1, 0) == sum(levels[rank] for levels in truth.values())
    some = {key: Cell(*(numbers[0],) * 3) for key, numbers in operators.items()}
    others = {key: Cell(*(numbers[1],) * 3) for key, numbers in operators.items()}
    assert any(0 < one.asked < FEWEST for one in others.values())
    assert small_joint_groups(some, others, list(read[REACHED]), list(read[OPERATORS])) == []


OPERATING = {"CH": (20, 40, 1.0), "Clinique": (20, 40, 0.8), "SSR": (20, 40, 0.5), "HAD": (2, 8, 0.0)}
"""Categories: how many establishments of each in a region, at least and at most, and the part that are operators."""
Levels = Mapping[tuple[int, str], list[int]]


def plant_levels(platform: Platform, chance: random.Random) -> tuple[Levels, Levels]:
    """Establishments of which all tell their level and whether they played; by group, how many at each of three levels,
    and how many operators and others."""
    levels: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    operators: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    concerned: set[int] = set()
    number = 0
    with platform.database.write() as session:
        known = definitions(platform, session, MONTH)
        for code in REGIONS:
            region = region_id(session, code)
            for category, (least, most, share) in OPERATING.items():
                rare = chance.random() < 0.2
                for _each in range(chance.randint(least, most)):
                    number += 1
                    site = plant_establishment(session, number, region, category)
                    holder, here = plant_holder(session, site), (int(code), category)
                    level = chance.choice((1, 2, 3) if chance.random() < 0.1 or not rare else (1, 2))
                    played, operator = chance.randint(0, 1), chance.random() < share
                    plant_value(session, known[LEVEL], MONTH, holder, level)
                    plant_value(session, known[REACHED], MONTH, holder, played)
                    if operator:
                        plant_value(session, known[OPERATORS], MONTH, holder, played)
                        concerned.add(site)
                    levels[here][level - 1] += 1
                    operators[here][0 if operator else 1] += 1
        mark_months(session, [MONTH], platform.clock.now())
        wanted = [Asked(known[LEVEL]), Asked(known[OPERATORS], frozenset(concerned)), Asked(known[REACHED])]
    with platform.database.read() as session:
        registry = Registry(session)
    assert make_month(platform, registry, MONTH, wanted)
    return levels, operators


def test_the_attack_reads_figures_that_are_only_left_out(platform: Platform) -> None:
    """The same files, had only the small groups themselves been left out, would have told of them."""
    truth = plant_nation(platform, random.Random(7))  # noqa: S311 - the same nation every time
    table = truth[REACHED]
    assert list(attacks(table, {key for key, cell in table.items() if cell.needs}, at_once=1))


def plant_nation(platform: Platform, chance: random.Random) -> Mapping[str, Table]:
    """Establishments that answer at random, and the figures of the month; by indicator, the groups as they are."""
    cells: dict[str, dict[tuple[int, str], Cell]] = {REACHED: {}, SHARE: {}}
    number = 0
    with platform.database.write() as session:
        known = definitions(platform, session, MONTH)
        for code in REGIONS:
            region = region_id(session, code)
            for category, size in SIZES.items():
                for _each in range(chance.randint(size // 2, size)):
                    number += 1
                    holder = plant_holder(session, plant_establishment(session, number, region, category))
                    here = (int(code), category)
                    played, accesses = chance.choice((0, 1, 1, None)), chance.choice((0, 30, 40, 60, 900, None))
                    if played is not None:
                        plant_value(session, known[REACHED], MONTH, holder, played)
                    if accesses is not None:
                        plant_value(session, known[SHARE], MONTH, holder, accesses // 2, accesses)
                    told = int(played is not None)
                    _add(cells[REACHED], here, Cell(1, told, told))
                    weight = accesses or 0
                    _add(cells[SHARE], here, Cell(1, int(accesses is not None), int(weight > 0), weight, weight))
        mark_months(session, [MONTH], platform.clock.now())
        wanted = [Asked(known[REACHED]), Asked(known[SHARE])]
    with platform.database.read() as session:
        registry = Registry(session)
    assert make_month(platform, registry, MONTH, wanted)
    return cells


def _add(cells: dict[tuple[int, str], Cell], key: tuple[int, str], cell: Cell) -> None:
    cells[key] = cells[key] + cell if key in cells else cell


def published(platform: Platform) -> Mapping[str, Mapping[Key, Mapping[str, Any]]]:
    """By indicator, the figures of the month in the public files of the nation and of every region."""
    with platform.database.read() as session:
        regions = [Place(Level.REGION, region_id(session, code)) for code in REGIONS]
    found: dict[str, dict[Key, Mapping[str, Any]]] = defaultdict(dict)
    for place in (PLATFORM, *regions):
        report = report_of(platform, ReportAsk(place, MONTH, (ReportForm.JSON,), public=True), "fr")
        document = json.loads(open_json(report))
        code = document["place"]["code"]
        for one in document["figures"]:
            if one["month"] == f"{MONTH // 100}-{MONTH % 100:02}":
                found[one["indicator"]][int(code) if code else None, one["category"] or None] = one
    return found
