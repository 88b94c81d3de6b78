"""What a bundle answers to the alerts of the region, written where those alerts were sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.alerts import AlertAnswer
from care.domain.bundles import AlertWord, Bundle
from care.services.federation.sorting import Aside, Sorted, Spoken
from care.store.alerts import Alert, AlertPlace
from care.store.federation import Installation


def take_alert_words(
    session: Session, row: Installation, bundle: Bundle, spoken: Mapping[str, Spoken], found: Sorted, latest: datetime
) -> None:
    """Write where establishments stand with alerts; what no alert asked, of others, or of days to come is set aside: a
    look dated tomorrow would count as fresh for ever."""
    if not bundle.alerts:
        return
    numbers = {} if bundle.pseudonymous else {finess: one.establishment_id for finess, one in spoken.items()}
    places = _places(session, {one.alert for one in bundle.alerts}, set(numbers.values()))
    for word in bundle.alerts:
        place = places.get((word.alert, numbers.get(word.finess or "", 0)))
        if place is None:
            found.aside[Aside.ALERT, word.finess or word.pseudonym or ""] += 1
        elif any(at is not None and at > latest for at in (word.facts_at, word.answered_at)):
            found.aside[Aside.FUTURE, word.finess or ""] += 1
        else:
            _take(place, word, row)


def _places(session: Session, alerts: set[str], establishments: set[int]) -> dict[tuple[str, int], AlertPlace]:
    query = (
        select(Alert.identifier, AlertPlace)
        .join(AlertPlace, AlertPlace.alert_id == Alert.id)
        .where(Alert.identifier.in_(alerts), AlertPlace.establishment_id.in_(establishments), Alert.origin == "")
        .with_for_update(of=AlertPlace)
    )
    return {(identifier, place.establishment_id): place for identifier, place in session.execute(query)}


def _take(place: AlertPlace, word: AlertWord, row: Installation) -> None:
    """The facts are always the sender's; an answer stays until a later one."""
    place.exposure, place.seen, place.facts_at = word.exposure, word.seen, word.facts_at
    if word.answer is AlertAnswer.NONE or (word.answer, word.answered_at) == (place.answer, place.answered_at):
        return
    if place.answered_at is not None and (word.answered_at is None or word.answered_at < place.answered_at):
        return
    place.answer, place.answered_at, place.answered_by = word.answer, word.answered_at, row.name
    place.version += 1
