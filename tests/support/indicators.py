"""Indicators, holders and values planted straight into the tables, for the tests of figures and of dashboards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.federation import InstallationState
from care.domain.frameworks import Confidence
from care.domain.indicators import Family, IndicatorDefinition, Measure, Trend
from care.domain.months import Month, last_day
from care.store.federation import Installation, InstallationEstablishment
from care.store.indicators import IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Ght, LegalEntity, Region
from scanners.model import Text
from tests.support.people import valid_finess

AT = datetime(2026, 1, 1, tzinfo=UTC)
EXERCISES = IndicatorDefinition(
    code="EXO-TX",
    version="1",
    since=202001,
    family=Family.EXERCISES,
    title=Text("Exercice joué", "Exercise played"),
    formula=Text("Joué dans l’année.", "Played in the year."),
    unit=Text("établissements", "establishments"),
    measure=Measure.REACHED,
    trend=Trend.UP,
    source=Text("", ""),
    confidence=Confidence.OURS,
)
ACCESSES = replace(EXERCISES, code="TM-MFA", family=Family.REMOTE_ACCESS, measure=Measure.SHARE)
INCIDENTS = replace(EXERCISES, code="INC-NB", family=Family.INCIDENTS, measure=Measure.COUNT)
MATURITY = replace(EXERCISES, code="PCRA-NIV", family=Family.CONTINUITY, measure=Measure.LEVEL)


def plant_ght(session: Session, name: str, region: int) -> int:
    """A GHT; its identifier."""
    row = Ght(name=name, region_id=region, created_at=AT)
    session.add(row)
    session.flush()
    return row.id


def plant_establishment(
    session: Session, number: int, region: int, category: str = "", ght: int | None = None, **more: object
) -> int:
    """An establishment alone in its legal entity; its identifier. Numbers run from 0 to 999,999."""
    entity = LegalEntity(
        finess=valid_finess(f"60{number:06}"), name=f"EJ {number}", region_id=region, ght_id=ght, created_at=AT
    )
    session.add(entity)
    session.flush()
    row = Establishment(
        finess=valid_finess(f"61{number:06}"),
        name=f"Établissement {number}",
        legal_entity_id=entity.id,
        region_id=region,
        category=category,
        created_at=AT,
        **more,
    )
    session.add(row)
    session.flush()
    return row.id


def plant_holder(session: Session, establishment: int) -> int:
    """The holder of an establishment's values; its identifier."""
    row = IndicatorHolder(establishment_id=establishment)
    session.add(row)
    session.flush()
    return row.id


def plant_installation(session: Session, name: str, place: str, establishments: Sequence[int]) -> int:
    """An installation that sends under pseudonyms for these establishments; its identifier."""
    row = Installation(
        identifier=name,
        name=name,
        place=place,
        pseudonymous=True,
        state=InstallationState.ENROLLED,
        enrolled_at=AT,
        enrolled_by="tests",
        changed_at=AT,
        changed_by="tests",
    )
    session.add(row)
    session.flush()
    for one in establishments:
        session.add(InstallationEstablishment(establishment_id=one, installation_id=row.id, since=AT))
    return row.id


def plant_pseudonym(session: Session, installation: int, pseudonym: str, category: str) -> int:
    """A pseudonym of an installation; its holder's identifier."""
    row = IndicatorHolder(installation_id=installation, pseudonym=pseudonym, category=category)
    session.add(row)
    session.flush()
    return row.id


def plant_value(
    session: Session,
    definition: IndicatorDefinition,
    month: Month,
    holder: int,
    numerator: int,
    denominator: int = 1,
    *,
    version: str = "",
    as_of: date | None = None,
) -> None:
    """What a holder answered; on the last day of the month unless said."""
    session.add(
        IndicatorValue(
            indicator=definition.code,
            version=version or definition.version,
            month=month,
            holder_id=holder,
            numerator=numerator,
            denominator=denominator,
            as_of=as_of or last_day(month),
        )
    )


def region_id(session: Session, code: str) -> int:
    """The identifier of a region by its INSEE code."""
    return session.scalars(select(Region.id).where(Region.code == code)).one()
