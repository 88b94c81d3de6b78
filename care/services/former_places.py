"""What establishments were: kept whenever one changes place, name, or an answer that splits figures, so that a figure
of the past stays with the place and the answers of the time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.services.errors import Invalid
from care.store.bulk import among
from care.store.indicators import EstablishmentProfile, FormerPlace, FormerProfile
from care.store.registry import Establishment
from scanners.model import Text

NOT_YET = Text(
    "Ce jour n’est pas encore venu : enregistrez le changement quand il aura eu lieu.",
    "That day has not come yet: record the change once it has taken place.",
)


def keep_former_places(session: Session, rows: Sequence[Establishment], since: date, today: date) -> None:
    """Keep where establishments are and their names, before what changes from the day `since` on is written.

    Of several changes on one day the place before the first is kept. Invalid on `since` when the day is to come, or
    when a later change is recorded already: history is told in its order.
    """
    until = since - timedelta(days=1)
    last = last_changes(session, FormerPlace, [row.id for row in rows])
    for row in rows:
        known = last.get(row.id)
        refuse_untold(row.name, known, since, today)
        if known != until:
            session.add(
                FormerPlace(
                    establishment_id=row.id,
                    until=until,
                    region_id=row.region_id,
                    ght_id=row.legal_entity.ght_id,
                    legal_entity_id=row.legal_entity_id,
                    category=row.category,
                    name=row.name,
                )
            )


def keep_former_profile(session: Session, name: str, profile: EstablishmentProfile, since: date, today: date) -> None:
    """Keep what an establishment answered, before what it answers from the day `since` on is written; same rules."""
    until, number = since - timedelta(days=1), profile.establishment_id
    known = last_changes(session, FormerProfile, [number]).get(number)
    refuse_untold(name, known, since, today)
    if known != until:
        session.add(FormerProfile(establishment_id=number, until=until, ose=profile.ose, status=profile.status or ""))


def places_then(session: Session, day: date) -> Mapping[int, FormerPlace]:
    """Where establishments that moved since were on a day."""
    rows = select(FormerPlace).where(FormerPlace.until >= day).order_by(FormerPlace.until.desc())
    return {row.establishment_id: row for row in session.scalars(rows)}


def profiles_then(session: Session, day: date) -> Mapping[int, FormerProfile]:
    """What establishments that answer otherwise since answered on a day."""
    rows = select(FormerProfile).where(FormerProfile.until >= day).order_by(FormerProfile.until.desc())
    return {row.establishment_id: row for row in session.scalars(rows)}


def last_changes(
    session: Session, table: type[FormerPlace | FormerProfile], establishments: Collection[int]
) -> Mapping[int, date]:
    """By establishment, the last day before its last change; those that never changed are missing."""
    query = (
        select(table.establishment_id, func.max(table.until))
        .where(among(session, table.establishment_id, establishments))
        .group_by(table.establishment_id)
    )
    return {number: until for number, until in session.execute(query)}  # noqa: C416 - typed as a Row else


def refuse_untold(name: str, known: date | None, since: date, today: date) -> None:
    """Invalid on `since` when the day is to come, or comes before a change recorded already: `known` is the last day
    before that one."""
    if since > today:
        raise Invalid({"since": NOT_YET})
    if known is not None and known >= since:
        raise Invalid({"since": _later(name, known + timedelta(days=1))})


def _later(name: str, day: date) -> Text:
    return Text(
        f"Un changement du {day:%d/%m/%Y} est déjà enregistré pour {name} : indiquez ce jour ou un jour plus récent.",
        f"A change of {day} is already recorded for {name}: give that day or a later one.",
    )
