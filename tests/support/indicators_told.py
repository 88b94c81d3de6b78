"""Values of indicators planted as measuring writes them, for tests of what travels."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.indicators import Measured
from care.domain.months import first_day
from care.services.platform import Platform
from care.store.indicators import IndicatorHolder, IndicatorValue


def tell(
    platform: Platform, establishment_id: int, code: str, months: dict[int, tuple[int, int]], version: str = "1"
) -> None:
    """The establishment answers (numerator, denominator) for each of these months."""
    with platform.database.write() as session:
        holder = holder_of(session, establishment_id)
        for month, (numerator, denominator) in months.items():
            session.merge(
                IndicatorValue(
                    indicator=code,
                    month=month,
                    holder_id=holder,
                    version=version,
                    numerator=numerator,
                    denominator=denominator,
                    as_of=first_day(month).replace(day=20),
                    bundle_id=None,
                )
            )


def holder_of(session: Session, establishment_id: int) -> int:
    """The holder of an establishment, made when there is none."""
    query = select(IndicatorHolder.id).where(IndicatorHolder.establishment_id == establishment_id)
    known = session.scalar(query)
    if known is not None:
        return known
    made = IndicatorHolder(establishment_id=establishment_id)
    session.add(made)
    session.flush()
    return made.id


def answers(platform: Platform, establishment_id: int) -> set[Measured]:
    """Every value held for an establishment."""
    query = (
        select(IndicatorValue)
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(IndicatorHolder.establishment_id == establishment_id)
    )
    with platform.database.read() as session:
        return {
            Measured(one.indicator, one.version, one.month, one.numerator, one.denominator, one.as_of)
            for one in session.scalars(query)
        }
