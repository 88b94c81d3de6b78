"""Incidents to write: the first words of one, its sheet completed later, its timeline, its gravity, its logbook."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.durations import YEAR
from care.domain.incidents import GRAVITY_NAMES, WRITTEN, Happening, assess
from care.domain.programme import Extent, Gravity, IncidentKind, IncidentState, PatientImpact
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Invalid, NotFound, Refused
from care.services.incidents.rows import (
    FIELD_NAMES,
    MAX_TEXT,
    facts_of,
    find,
    find_open,
    future_fault,
    thing_of,
    told,
    touch,
    who,
    write_event,
)
from care.services.logbooks.writing import open_logbook
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of, lines_of
from care.store.exercises import Logbook
from care.store.incidents import Incident, IncidentEvent, IncidentNotice
from care.store.registry import Establishment
from scanners.model import Scalar, Text

MAX_CAUSE = 60
MOST_PEOPLE = 100_000_000
_SAY_TITLE = Text("Dites en quelques mots ce qui se passe.", "Say in a few words what is happening.")
_LONGEST_DEGRADED = 3 * YEAR


@dataclass(frozen=True, slots=True)
class FirstWords:
    """What is known in the first minute. `detected_at` is aware; `logbook_id` when a logbook is already open."""

    title: str
    detected_at: datetime
    services: str = ""
    logbook_id: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """The sheet of an incident; moments are aware, None and UNKNOWN are not known yet."""

    title: str
    detected_at: datetime
    began_at: datetime | None = None
    contained_at: datetime | None = None
    kind: IncidentKind = IncidentKind.UNKNOWN
    cause: str = ""
    description: str = ""
    services: str = ""
    degraded_mode: bool | None = None
    degraded_minutes: int | None = None
    patient_impact: PatientImpact = PatientImpact.UNKNOWN
    confidentiality: bool | None = None
    integrity: bool | None = None
    availability: bool | None = None
    personal_data: bool | None = None
    people_concerned: int | None = None
    extent: Extent = Extent.UNKNOWN
    others_exposed: bool | None = None


@dataclass(frozen=True, slots=True)
class EventDraft:
    """A line of the timeline as typed; `corrects` is the id of the line that this one corrects, the kind is then that
    of a correction."""

    what: Happening
    text: str
    happened_at: datetime | None = None
    corrects: int | None = None


def register_incident(platform: Platform, scope: Scope, establishment_id: int, words: FirstWords) -> int:
    """Register an incident and return its id; sent twice, the same words of the same person register one.

    Invalid names the fields; NotFound for a logbook of another establishment.
    """
    now = platform.clock.now()
    draft = _cleaned(IncidentDraft(words.title, words.detected_at, services=words.services), now)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_INCIDENTS)
        visible_establishment(session, scope, establishment_id, Right.MANAGE_INCIDENTS)
        session.get(Establishment, place.id, with_for_update=True)
        known = _same(session, scope, place.id, draft)
        if known is not None:
            return known
        if words.logbook_id is not None:
            _check_logbook(session, place.id, words.logbook_id)
        row = _new(session, scope, place.id, draft, now)
        row.logbook_id = words.logbook_id
        session.add(row)
        session.flush()
        said = Text("Incident détecté.", "Incident detected.").render(scope.lang)
        write_event(session, row, Happening.STATE, said, (row.detected_at, now), who(scope))
        detail: dict[str, Scalar] = {"title": row.title, "number": row.number, "version": 1}
        record(session, scope, "incident.registered", thing_of(row), now, detail)
        return row.id


def _same(session: Session, scope: Scope, establishment_id: int, draft: IncidentDraft) -> int | None:
    query = select(Incident.id).where(
        Incident.establishment_id == establishment_id,
        Incident.title == draft.title,
        Incident.detected_at == draft.detected_at,
        Incident.created_by == who(scope),
    )
    return session.scalars(query).first()


def _new(session: Session, scope: Scope, establishment_id: int, draft: IncidentDraft, now: datetime) -> Incident:
    last = session.scalar(select(func.max(Incident.number)).where(Incident.establishment_id == establishment_id))
    return Incident(
        establishment_id=establishment_id,
        number=(last or 0) + 1,
        state=IncidentState.OPEN,
        gravity=Gravity.UNKNOWN,
        created_at=now,
        created_by=who(scope),
        changed_at=now,
        changed_by=who(scope),
        version=1,
        **asdict(draft),
    )


def change_incident(platform: Platform, scope: Scope, incident_id: int, draft: IncidentDraft, version: int) -> None:
    """Complete or correct the sheet of an incident seen at `version`. Refused, saying who changed what, when somebody
    was quicker, and once closed; Invalid names the fields."""
    now = platform.clock.now()
    draft = _cleaned(draft, now)
    with platform.database.write() as session:
        row, _place = find_open(session, scope, incident_id)
        check_version(platform, session, row, version, thing_of(row), FIELD_NAMES)
        _check_lines(platform, session, row, draft)
        changed = [name for name, value in asdict(draft).items() if value != getattr(row, name)]
        if not changed:
            return
        for name in changed:
            setattr(row, name, getattr(draft, name))
        if "contained_at" in changed:
            _contain(session, scope, row, now)
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": touch(row, scope, now)}
        record(session, scope, "incident.changed", thing_of(row), now, detail)


def _contain(session: Session, scope: Scope, row: Incident, now: datetime) -> None:
    """The state follows the hour at which the incident was contained; the timeline says so."""
    contained = row.contained_at is not None
    row.state = IncidentState.CONTAINED if contained else IncidentState.OPEN
    said = Text("Incident contenu.", "Incident contained.") if contained else _NOT_CONTAINED
    times = (row.contained_at or now, now)
    write_event(session, row, Happening.STATE, said.render(scope.lang), times, who(scope))


_NOT_CONTAINED = Text("L’incident n’est plus dit contenu.", "The incident is no longer said to be contained.")


def _check_lines(platform: Platform, session: Session, row: Incident, draft: IncidentDraft) -> None:
    """Invalid when what is already written would lie before the beginning or the detection."""
    faults: dict[str, Text] = {}
    events = select(func.min(IncidentEvent.happened_at)).where(
        IncidentEvent.incident_id == row.id, IncidentEvent.what.in_([one.value for one in WRITTEN])
    )
    first = session.scalar(events)
    if draft.began_at is not None and first is not None and first < draft.began_at:
        faults["began_at"] = Text(
            f"La chronologie a déjà une ligne du {told(platform, first, 'fr')}, avant ce début.",
            f"The timeline already holds a line of {told(platform, first, 'en')}, before this beginning.",
        )
    sent = session.scalar(select(func.min(IncidentNotice.sent_at)).where(IncidentNotice.incident_id == row.id))
    if sent is not None and sent < draft.detected_at:
        faults["detected_at"] = Text(
            f"Une déclaration est déjà notée le {told(platform, sent, 'fr')}, avant cette détection.",
            f"A declaration is already noted on {told(platform, sent, 'en')}, before this detection.",
        )
    if faults:
        raise Invalid(faults)


def _cleaned(draft: IncidentDraft, now: datetime) -> IncidentDraft:
    """The draft, texts made fit. Invalid names the fields that cannot be used."""
    title, cause = line_of(draft.title), line_of(draft.cause)
    description, services = lines_of(draft.description), lines_of(draft.services)
    faults = length_faults(
        {
            "title": (title, MAX_LINE),
            "cause": (cause, MAX_CAUSE),
            "description": (description, MAX_TEXT),
            "services": (services, MAX_TEXT),
        }
    )
    if not title:
        faults["title"] = _SAY_TITLE
    faults |= _moment_faults(draft, now) | _number_faults(draft)
    if faults:
        raise Invalid(faults)
    return replace(draft, title=title, cause=cause, description=description, services=services)


def _moment_faults(draft: IncidentDraft, now: datetime) -> dict[str, Text]:
    moments = {name: getattr(draft, name) for name in ("detected_at", "began_at", "contained_at")}
    faults = {name: fault for name, moment in moments.items() if (fault := future_fault(moment, now))}
    began = draft.began_at
    if "began_at" not in faults and began is not None and began > draft.detected_at:
        faults["began_at"] = Text("Le début ne peut pas suivre la détection.", "The beginning cannot follow detection.")
    contained = draft.contained_at
    if "contained_at" not in faults and contained is not None and contained < (began or draft.detected_at):
        faults["contained_at"] = Text(
            "Un incident n’est pas contenu avant d’avoir commencé.",
            "An incident is not contained before it has begun.",
        )
    return faults


def _number_faults(draft: IncidentDraft) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if draft.degraded_minutes is not None:
        if not 0 < draft.degraded_minutes <= _LONGEST_DEGRADED:
            faults["degraded_minutes"] = Text("D’une minute à trois ans.", "From a minute to three years.")
        elif not draft.degraded_mode:
            faults["degraded_minutes"] = Text(
                "Une durée est donnée : répondez « oui » au mode dégradé, ou effacez-la.",
                "A duration is given: answer “yes” to degraded mode, or clear it.",
            )
    if draft.people_concerned is not None:
        if not 0 <= draft.people_concerned <= MOST_PEOPLE:
            faults["people_concerned"] = Text("Ce nombre est invraisemblable.", "This number cannot be right.")
        elif draft.people_concerned and draft.personal_data is False:
            faults["people_concerned"] = Text(
                "Des personnes sont comptées alors qu’aucune donnée personnelle n’est touchée : accordez les deux.",
                "People are counted while no personal data is affected: correct one or the other.",
            )
    return faults


def note_event(platform: Platform, scope: Scope, incident_id: int, draft: EventDraft) -> int:
    """Write a line of the timeline and return its id; nothing ever changes a line, another corrects it.

    Invalid names the fields (in the future, before the beginning of the incident); Refused once closed.
    """
    now, text = platform.clock.now(), lines_of(draft.text)
    with platform.database.write() as session:
        row, _place = find_open(session, scope, incident_id)
        happened_at = draft.happened_at
        corrected = None if draft.corrects is None else _correctable(session, row, draft.corrects)
        if corrected is not None:
            happened_at = happened_at or corrected.happened_at
        happened_at = happened_at or now
        _check_event(platform, row, draft, text, happened_at, now)
        what = draft.what if corrected is None else Happening.CORRECTION
        detail = {} if corrected is None else {"corrects": corrected.id}
        event = write_event(session, row, what, text, (happened_at, now), who(scope), detail)
        record(session, scope, "incident.noted", thing_of(row), now, {"what": what.value, "text": text[:200]})
        return event.id


def _check_event(
    platform: Platform, row: Incident, draft: EventDraft, text: str, happened_at: datetime, now: datetime
) -> None:
    faults = length_faults({"text": (text, MAX_TEXT)})
    if not text:
        faults["text"] = Text("Écrivez ce qui s’est passé.", "Write what happened.")
    if draft.corrects is None and draft.what not in WRITTEN:
        faults["what"] = Text("Choisissez fait, décision ou mesure.", "Choose fact, decision or measure.")
    if fault := future_fault(happened_at, now):
        faults["hour"] = fault
    elif row.began_at is not None and happened_at < row.began_at:
        faults["hour"] = Text(
            f"L’incident a commencé le {told(platform, row.began_at, 'fr')} : corrigez l’heure, ou la fiche.",
            f"The incident began on {told(platform, row.began_at, 'en')}: correct the time, or the sheet.",
        )
    if faults:
        raise Invalid(faults)


def _correctable(session: Session, row: Incident, event_id: int) -> IncidentEvent:
    """The line that is corrected: one of this incident that people wrote and that no other corrects."""
    found = session.get(IncidentEvent, event_id)
    if found is None or found.incident_id != row.id:
        raise NotFound(Text("Cette ligne n’existe pas.", "There is no such line."))
    if found.what in (Happening.STATE, Happening.GRAVITY):
        raise Refused(
            Text(
                "Cette ligne vient de la fiche : c’est la fiche qui se corrige.",
                "This line comes from the sheet: correct the sheet instead.",
            )
        )
    query = select(IncidentEvent).where(
        IncidentEvent.incident_id == row.id, IncidentEvent.what == Happening.CORRECTION.value
    )
    if any(one.detail.get("corrects") == event_id for one in session.scalars(query)):
        raise Refused(
            Text(
                "Cette ligne vient d’être corrigée par une autre : corrigez celle-là.",
                "This line has just been corrected by another: correct that one.",
            )
        )
    return found


def decide_gravity(
    platform: Platform, scope: Scope, incident_id: int, gravity: Gravity, why: str, version: int
) -> None:
    """Confirm the gravity, or decide another with a reason; UNKNOWN goes back to what the facts say.

    Invalid without a reason when it differs from the assessment; Refused when somebody was quicker, or once closed.
    """
    now, why = platform.clock.now(), lines_of(why)
    faults = length_faults({"why": (why, MAX_TEXT)})
    if faults:
        raise Invalid(faults)
    with platform.database.write() as session:
        row, _place = find_open(session, scope, incident_id)
        check_version(platform, session, row, version, thing_of(row), FIELD_NAMES)
        computed = assess(facts_of(row)).gravity
        if gravity not in (computed, Gravity.UNKNOWN) and not why:
            raise Invalid({"why": _SAY_WHY})
        row.gravity, row.gravity_why = gravity, why if gravity is not Gravity.UNKNOWN else ""
        words = GRAVITY_NAMES[gravity]
        said = Text(f"Gravité : {words.fr.lower()}.", f"Gravity: {words.en.lower()}.").render(scope.lang)
        write_event(session, row, Happening.GRAVITY, f"{said} {why}".strip(), (now, now), who(scope))
        detail: dict[str, Scalar] = {
            FIELDS: "gravity,gravity_why", "to": gravity.value, "reason": why[:200], "version": touch(row, scope, now)
        }  # fmt: skip
        record(session, scope, "incident.gravity_decided", thing_of(row), now, detail)


_SAY_WHY = Text(
    "Dites pourquoi vous vous écartez de ce que CaRE déduit de la fiche.",
    "Say why you depart from what CaRE reads on the sheet.",
)


def tie_logbook(platform: Platform, scope: Scope, incident_id: int, logbook_id: int) -> None:
    """Tie the logbook of a real crisis of the same establishment to an incident."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, place = find_open(session, scope, incident_id)
        visible_establishment(session, scope, place.id, Right.SEE_CONTACTS)
        _check_logbook(session, place.id, logbook_id)
        if row.logbook_id == logbook_id:
            return
        row.logbook_id = logbook_id
        detail: dict[str, Scalar] = {FIELDS: "logbook_id", "logbook": logbook_id, "version": touch(row, scope, now)}
        record(session, scope, "incident.logbook_tied", thing_of(row), now, detail)


def open_logbook_of(platform: Platform, scope: Scope, incident_id: int) -> int:
    """The logbook of an incident: the one it has, else the one already open in the establishment, else a new one."""
    with platform.database.read() as session:
        row, place = find(session, scope, incident_id, Right.MANAGE_INCIDENTS)
        known, where, title = row.logbook_id, place.id, row.title
        already = select(Logbook.id).where(
            Logbook.establishment_id == where, Logbook.exercise_id.is_(None), Logbook.closed_at.is_(None)
        )
        opened = session.scalars(already.limit(1)).first()
    if known is not None:
        return known
    number = open_logbook(platform, scope, where, "" if opened is not None else title)
    tie_logbook(platform, scope, incident_id, number)
    return number


def _check_logbook(session: Session, establishment_id: int, logbook_id: int) -> None:
    found = session.get(Logbook, logbook_id)
    if found is None or found.establishment_id != establishment_id or found.exercise_id is not None:
        raise NotFound(Text("Cette main courante n’existe pas ici.", "There is no such logbook here."))
