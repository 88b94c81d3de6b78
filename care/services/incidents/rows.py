"""What the services of incidents share: who may see and change one, its facts as the domain reads them, its lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.incidents import Happening, IncidentFacts, assess
from care.domain.programme import Gravity, IncidentState
from care.services.errors import Forbidden, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.incidents import Incident, IncidentEvent
from care.store.registry import Establishment
from scanners.model import Text

THING = "incident"
AHEAD = timedelta(minutes=5)
"""How far a device’s clock may be ahead of ours before its hour is refused, as in logbooks."""
OLDEST = timedelta(days=20 * 366)
"""An older incident has a slip of the keyboard in its date. Our choice."""
MAX_TEXT = 5_000
FIELD_NAMES: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "detected_at": Text("l’heure de détection", "the time of detection"),
    "began_at": Text("le début", "the beginning"),
    "contained_at": Text("l’heure où il a été contenu", "the time it was contained"),
    "kind": Text("l’origine", "the origin"),
    "cause": Text("la cause", "the cause"),
    "description": Text("la description", "the description"),
    "services": Text("ce qui est touché", "what is affected"),
    "degraded_mode": Text("le mode dégradé", "the degraded mode"),
    "degraded_minutes": Text("la durée du mode dégradé", "the time in degraded mode"),
    "patient_impact": Text("les conséquences pour les patients", "the consequences for patients"),
    "confidentiality": Text("la confidentialité", "confidentiality"),
    "integrity": Text("l’intégrité", "integrity"),
    "availability": Text("la disponibilité", "availability"),
    "personal_data": Text("les données personnelles", "personal data"),
    "people_concerned": Text("le nombre de personnes", "the number of people"),
    "extent": Text("l’étendue", "the extent"),
    "others_exposed": Text("les autres structures exposées", "the other organisations exposed"),
    "gravity": Text("la gravité", "the gravity"),
    "gravity_why": Text("la raison de la gravité", "the reason of the gravity"),
    "lessons": Text("les enseignements", "the lessons"),
    "state": Text("l’état", "the state"),
    "logbook_id": Text("la main courante", "the logbook"),
}


def find(
    session: Session, scope: Scope, incident_id: int, right: Right = Right.SEE_INCIDENTS, *, lock: bool = False
) -> tuple[Incident, Establishment]:
    """An incident and its establishment, locked if asked. NotFound for a stranger, Forbidden without the right."""
    row = session.get(Incident, incident_id, with_for_update=lock or None)
    if row is None:
        raise NotFound
    place = visible_establishment(session, scope, row.establishment_id, Right.SEE_INCIDENTS)
    if not scope.allows(right, place.lineage):
        raise Forbidden
    return row, place


def find_open(session: Session, scope: Scope, incident_id: int) -> tuple[Incident, Establishment]:
    """An incident to be changed, locked. Refused once closed."""
    row, place = find(session, scope, incident_id, Right.MANAGE_INCIDENTS, lock=True)
    if row.state is IncidentState.CLOSED:
        raise Refused(
            Text(
                "Cet incident est clos : rouvrez-le pour le modifier.",
                "This incident is closed: open it again to change it.",
            )
        )
    return row, place


def thing_of(row: Incident) -> Thing:
    """The incident, for the trail."""
    return Thing(THING, row.id, row.establishment_id)


def facts_of(row: Incident) -> IncidentFacts:
    """What weighs on its gravity and on its declarations."""
    return IncidentFacts(
        kind=row.kind,
        patient_impact=row.patient_impact,
        confidentiality=row.confidentiality,
        integrity=row.integrity,
        availability=row.availability,
        degraded_mode=row.degraded_mode,
        personal_data=row.personal_data,
        extent=row.extent,
        others_exposed=row.others_exposed,
    )


def gravity_of(row: Incident) -> Gravity:
    """The gravity that holds: what a person decided, else what the facts say."""
    return row.gravity if row.gravity is not Gravity.UNKNOWN else assess(facts_of(row)).gravity


def who(scope: Scope) -> str:
    """The person, as lines are signed."""
    return scope.name or scope.actor


def touch(row: Incident, scope: Scope, now: datetime) -> int:
    """Count one more version of a locked incident; returns it."""
    row.version, row.changed_at, row.changed_by = row.version + 1, now, who(scope)
    return row.version


def write_event(
    session: Session,
    row: Incident,
    what: Happening,
    text: str,
    times: tuple[datetime, datetime],
    by: str,
    detail: Mapping[str, Any] | None = None,
) -> IncidentEvent:
    """Add a line to the timeline; `times` are when it happened and when it is written (UTC)."""
    happened_at, now = times
    event = IncidentEvent(
        incident_id=row.id,
        what=what.value,
        happened_at=happened_at,
        text=text,
        detail=dict(detail or {}),
        at=now,
        by=by,
    )
    session.add(event)
    session.flush()
    return event


def future_fault(moment: datetime | None, now: datetime) -> Text | None:
    """What is wrong with the hour of something that happened: in the future, or of another age."""
    if moment is None:
        return None
    if moment > now + AHEAD:
        return Text("Cette heure est dans le futur.", "This time is in the future.")
    if moment < now - OLDEST:
        return Text("Cette date est trop ancienne : vérifiez l’année.", "This date is too old: check the year.")
    return None


def told(platform: Platform, moment: datetime, lang: str) -> str:
    """A day and an hour on the clock of the installation, short: for a refusal or a title."""
    here = moment.astimezone(ZoneInfo(platform.settings.timezone))
    return f"{here:%Y-%m-%d, %H:%M}" if lang == "en" else f"{here:%d/%m/%Y à %H:%M}"
