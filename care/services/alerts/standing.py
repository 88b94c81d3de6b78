"""Stating what the facts of establishments say of alerts, again when an audit brings newer ones."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.alerts import criteria_of
from care.services.alerts.exposure import Standing, standings_among
from care.store.alerts import Alert, AlertPlace
from care.store.federation import InstallationEstablishment


def restate_establishment(session: Session, establishment_id: int) -> None:
    """State again, in the caller's write transaction, the open alerts sent to an establishment."""
    query = (
        select(AlertPlace, Alert)
        .join(Alert, Alert.id == AlertPlace.alert_id)
        .where(AlertPlace.establishment_id == establishment_id, Alert.closed_at.is_(None))
    )
    for place, alert in session.execute(query.with_for_update(of=AlertPlace)):
        restate(session, alert, [place])


def restate(session: Session, alert: Alert, places: Sequence[AlertPlace]) -> None:
    """State what the facts stored here say of an alert in each place, but where another installation speaks."""
    ids = [one.establishment_id for one in places]
    elsewhere = set(
        session.scalars(
            select(InstallationEstablishment.establishment_id).where(
                InstallationEstablishment.establishment_id.in_(ids)
            )
        )
    )
    found = standings_among(session, criteria_of(alert.criteria), ids)
    for place in places:
        if place.establishment_id not in elsewhere:
            state(place, found.get(place.establishment_id, Standing()))


def state(place: AlertPlace, standing: Standing) -> None:
    """Write what the facts say of a place."""
    place.exposure, place.seen, place.facts_at = standing.exposure, standing.seen, standing.facts_at
