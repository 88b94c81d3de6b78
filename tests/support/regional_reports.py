"""A region with figures, for the tests of its reports: fourteen establishments that answer, one that does not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from care.domain.indicators import IndicatorDefinition
from care.domain.months import Month
from care.services.indicators.definitions import definitions, read_definitions
from care.services.indicators.figuring import Maker
from care.services.indicators.marks import mark_months
from care.services.platform import Platform
from tests.support.indicators import plant_establishment, plant_ght, plant_value, region_id
from tests.support.indicators_told import holder_of

BEFORE, MONTH = 202601, 202602
SILENT = "Établissement 20"
CODES = ("EXO-TX", "TLM-MFA", "ADS-DIST", "INC-SIG")


@dataclass(frozen=True)
class Told:
    """The region whose establishments answered, its GHT, one of its establishments, another region without figures."""

    region: int
    ght: int
    first: int
    silent: int
    elsewhere: int


def plant_told(platform: Platform) -> Told:
    """Plant them, then make the figures of two months. Of two CHU of the region, alone of their category, figures are
    hidden."""
    with platform.database.write() as session:
        region, elsewhere = region_id(session, "53"), region_id(session, "94")
        ght = plant_ght(session, "GHT Rance", region)
        sites = [plant_establishment(session, number, region, "CH", ght=ght) for number in range(6)]
        sites += [plant_establishment(session, number, region, "Clinique") for number in range(6, 12)]
        sites += [plant_establishment(session, number, region, "CHU") for number in range(12, 14)]
        silent = plant_establishment(session, 20, region, "CH")
        for month in (BEFORE, MONTH):
            _answer(platform, session, sites, month)
        mark_months(session, (BEFORE, MONTH), platform.clock.now())
    make_figures(platform, BEFORE, MONTH)
    return Told(region, ght, sites[0], silent, elsewhere)


def make_figures(platform: Platform, *months: Month) -> None:
    """The figures of months that are marked."""
    with platform.database.read() as session:
        maker = Maker(platform, session, read_definitions(platform, session))
    for month in months:
        assert maker.make(month)


def _answer(platform: Platform, session: Session, sites: list[int], month: Month) -> None:
    known = definitions(platform, session, month)
    for rank, site in enumerate(sites):
        holder = holder_of(session, site)
        for code in CODES:
            plant_value(session, known[code], month, holder, *_numbers(known[code], rank, month))


def _numbers(definition: IndicatorDefinition, rank: int, month: Month) -> tuple[int, int]:
    """Half of them played, more each month; two accesses of three; levels 1 to 3; one incident each."""
    played = int(rank % 2 == 0 or (month == MONTH and rank < 6))
    return {"EXO-TX": (played, 1), "TLM-MFA": (2, 3), "ADS-DIST": (1 + rank % 2, 1), "INC-SIG": (rank % 3, 1)}[
        definition.code
    ]
