"""Where establishments were: kept whenever one changes region, GHT, legal entity or category, so that a figure of the
past stays with the place of the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.services.errors import Invalid
from care.store.indicators import FormerPlace
from care.store.registry import Establishment
from scanners.model import Text

NOT_YET = Text(
    "Ce jour n’est pas encore venu : enregistrez le changement quand il aura eu lieu.",
    "That day has not come yet: record the change once it has taken place.",
)


def keep_former_places(session: Session, rows: Sequence[Establishment], since: date, today: date) -> None:
    """Keep where establishments are, before what changes from the day `since` on is written.

    Of several changes on one day the place before the first is kept. Invalid on `since` when the day is to come, or
    when a later change is recorded already: history is told in its order.
    """
    if since > today:
        raise Invalid({"since": NOT_YET})
    until = since - timedelta(days=1)
    last = _last_changes(session, rows)
    for row in rows:
        known = last.get(row.id)
        if known is not None and known > until:
            raise Invalid({"since": _later(row.name, known + timedelta(days=1))})
        if known != until:
            session.add(
                FormerPlace(
                    establishment_id=row.id,
                    until=until,
                    region_id=row.region_id,
                    ght_id=row.legal_entity.ght_id,
                    legal_entity_id=row.legal_entity_id,
                    category=row.category,
                )
            )


def _last_changes(session: Session, rows: Sequence[Establishment]) -> dict[int, date]:
    query = (
        select(FormerPlace.establishment_id, func.max(FormerPlace.until))
        .where(FormerPlace.establishment_id.in_([row.id for row in rows]))
        .group_by(FormerPlace.establishment_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _later(name: str, day: date) -> Text:
    return Text(
        f"Un changement du {day:%d/%m/%Y} est déjà enregistré pour {name} : indiquez ce jour ou un jour plus récent.",
        f"A change of {day} is already recorded for {name}: give that day or a later one.",
    )
