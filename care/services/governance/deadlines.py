"""The deadlines of governance: meetings to come, and those nobody said anything of."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, place_at
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.deadline_source import Source, Wanted
from care.services.frameworks.holders import places_around
from care.store.governance import Committee
from care.store.registry import Establishment
from scanners.model import Text


def committees(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Meetings that nobody said were held: those to come, and those whose day is over. An establishment sees those of
    its legal entity and of its GHT too."""
    query = select(Committee).where(Committee.held.is_(None), Committee.held_on <= wanted.until)
    here = wanted.establishment_id
    if here is not None:
        around = places_around(session.get_one(Establishment, here))
        query = query.where(Committee.holder.in_([one.key for one in around]))
    for row in session.scalars(query):
        place = place_at(row.holder) if here is None else Place(Level.ESTABLISHMENT, here)
        yield Deadline(
            kind=DeadlineKind.COMMITTEE,
            identity=f"committee:{row.id}",
            place=place,
            title=_title(over=row.held_on < wanted.today),
            due_on=row.held_on,
            changed_at=row.changed_at,
            address=f"{_address(place)}/committees",
        )


def _address(place: Place) -> str:
    if place.level is Level.ESTABLISHMENT:
        return f"/establishments/{place.id}/governance"
    return f"/governance/{place.level}/{place.id}"


def _title(*, over: bool) -> Text:
    if over:
        return Text(
            "Comité passé : dire s’il s’est tenu, et déposer le compte rendu",
            "Committee over: was it held?",
        )
    return Text("Comité de sécurité prévu", "Security committee planned")


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.COMMITTEE, committees, Right.SEE_PROGRAMME, Right.MANAGE_PROGRAMME, (14, 3), weekly=True),
)
"""The sources of governance, in the order of a letter."""
