"""A region that answers: twelve establishments, three GHT, thirteen months of values and the figures made of them.

Establishment 12 never answered, 11 stopped three months ago, 10 follows another version of one definition; two
categories are large enough to be told, one establishment stands alone in its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from care.domain.months import Month, last_day, month_of, moved
from care.services.indicators.definitions import DefinitionLibrary, read_definitions
from care.services.library import today
from care.services.platform import Platform
from care.store.indicators import EstablishmentProfile, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Ght, LegalEntity, Region
from tests.support.people import valid_finess
from tools.region_data import make_figures

CODE = "75"
SITES: tuple[tuple[str, str, str, float | None, float | None], ...] = (
    ("Hôpital de Bordeaux", "CH", "33", -0.579, 44.838),
    ("Hôpital de Limoges", "CH", "87", 1.261, 45.834),
    ("Hôpital de Poitiers", "CH", "86", 0.340, 46.580),
    ("Hôpital de La Rochelle", "CH", "17", -1.129, 46.154),
    ("Hôpital de Pau", "CH", "64", -0.370, 43.295),
    ("Hôpital de Bayonne", "CH", "64", -1.475, 43.486),
    ("Clinique de Brive", "Clinique", "19", 1.533, 45.159),
    ("Clinique de Périgueux", "Clinique", "24", 0.721, 45.184),
    ("Clinique d’Agen", "Clinique", "47", None, None),
    ("Clinique de Dax", "Clinique", "40", None, None),
    ("Clinique de Guéret", "Clinique", "23", None, None),
    ("Maison de soins", "Soins de longue durée", "", None, None),
)
MONTHS = 13


@dataclass(frozen=True)
class PlantedRegion:
    """What was planted: `sites` and `ghts` in order, and the last of `months`, oldest first."""

    region: int
    ghts: tuple[int, ...]
    sites: tuple[int, ...]
    months: tuple[Month, ...]

    @property
    def month(self) -> Month:
        return self.months[-1]


def plant_region(platform: Platform, months: int = MONTHS) -> PlantedRegion:
    """The region of Nouvelle-Aquitaine and what its establishments answered up to this month; its figures are made."""
    day = today(platform)
    asked = tuple(moved(month_of(day), -back) for back in range(months - 1, -1, -1))
    planted = _plant_registry(platform, asked)
    with platform.database.write() as session:
        library = read_definitions(platform, session)
        holders = [IndicatorHolder(establishment_id=site) for site in planted.sites]
        session.add_all(holders)
        session.flush()
        for rank, month in enumerate(asked):
            for number, holder in enumerate(holders[:11]):
                if number < 10 or rank < months - 3:
                    session.add_all(_values(library, holder.id, number, rank, month, min(day, last_day(month))))
    make_figures(platform, asked)
    return planted


def _plant_registry(platform: Platform, months: tuple[Month, ...]) -> PlantedRegion:
    now = platform.clock.now()
    with platform.database.write() as session:
        region = session.scalars(select(Region).where(Region.code == CODE)).one()
        names = ("GHT de l’Océan", "GHT des Vignes", "GHT du Limousin")
        ghts = [Ght(region_id=region.id, name=name, created_at=now) for name in names]
        session.add_all(ghts)
        session.flush()
        sites = []
        for number, (name, category, department, longitude, latitude) in enumerate(SITES):
            entity = LegalEntity(
                finess=valid_finess(f"3300{number:04}"),
                name=f"Entité : {name}",
                region_id=region.id,
                ght_id=ghts[number % 3].id if number < 9 else None,
                created_at=now,
            )
            session.add(entity)
            session.flush()
            site = Establishment(
                finess=valid_finess(f"3301{number:04}"),
                name=name,
                legal_entity_id=entity.id,
                region_id=region.id,
                category=category,
                city=name.rsplit(" ", 1)[-1],
                created_at=now,
            )
            session.add(site)
            session.flush()
            session.add(
                EstablishmentProfile(
                    establishment_id=site.id,
                    ose=number < 3 if number < 10 else None,
                    status="public" if category == "CH" else "for_profit" if category == "Clinique" else "",
                    department=department,
                    longitude=longitude,
                    latitude=latitude,
                    changed_at=now,
                    changed_by="tests",
                )
            )
            sites.append(site.id)
        return PlantedRegion(region.id, tuple(one.id for one in ghts), tuple(sites), months)


def _values(
    library: DefinitionLibrary, holder: int, number: int, rank: int, month: Month, day: date
) -> list[IndicatorValue]:
    """What establishment `number` answered in the month of this rank: exercises spread over the months."""
    answers = {
        "EXO-TX": (int(number * 1.4 <= rank), 1),
        "EXO-OSE": (int(number * 1.4 <= rank), 1),
        "PDT-OBS": (max(0, 60 - 3 * rank + 5 * number), 100 + 10 * number),
        "TLM-MFA": (number, 10 if number % 4 else 0),
        "ADS-DIST": (1 + (number + rank // 6) % 5, 1),
        "INC-SIG": (number % 3, 1),
        "SAV-TEST": (number % 2, 1),
    }
    known = library.of(month)
    return [
        IndicatorValue(
            indicator=code,
            month=month,
            holder_id=holder,
            version="0" if number == 9 and code == "SAV-TEST" else known[code].version,
            numerator=min(numerator, denominator) if code in ("PDT-OBS", "TLM-MFA") else numerator,
            denominator=denominator,
            as_of=day,
        )
        for code, (numerator, denominator) in answers.items()
        if code != "EXO-OSE" or number < 3
    ]
