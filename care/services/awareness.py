"""The awareness plan to write: sessions, campaigns, trainings and tests of phishing; what is known of a year.

Nothing is deleted: what does not take place is cancelled. Attendance is kept as counts by profession, the results of a
test of phishing as counts, and nobody's name anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.awareness import (
    MOST_PEOPLE,
    SMALLEST_GROUP,
    Attendance,
    Headcount,
    PhishingCounts,
    PhishingResults,
    SessionKind,
    attendance_fault,
    headcount_fault,
    phishing_faults,
)
from care.services.action_query import today
from care.services.errors import Invalid, NotFound, Refused
from care.services.frameworks.marks import mark_establishment
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_TEXT, length_faults, line_of, lines_of
from care.store.governance import AwarenessSession, AwarenessYear
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_TITLE = 200
MAX_SOURCE = 300
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_COUNT = Text("Un nombre entier de personnes est attendu.", "A whole number of people is expected.")
SESSION_FIELDS: Mapping[str, Text] = {
    "kind": Text("la nature", "the kind"),
    "title": Text("le titre", "the title"),
    "held_on": Text("la date", "the date"),
    "planned": Text("s’il a eu lieu", "whether it was held"),
    "digital_risk": Text("le lien avec le risque numérique", "whether it is about digital risk"),
    "people": Text("les présences", "the attendance"),
    "results": Text("les résultats", "the results"),
    "note": Text("les précisions", "the note"),
    "cancelled_at": Text("son annulation", "its being cancelled"),
}
YEAR_FIELDS: Mapping[str, Text] = {
    "people": Text("les effectifs", "the head count"),
    "source": Text("leur source", "its source"),
}


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """What was typed of a session. `people` counts by profession; `results` only for a test of phishing."""

    kind: SessionKind
    title: str
    held_on: date
    planned: bool = False
    digital_risk: bool = True
    people: Mapping[str, Attendance] = field(default_factory=dict)
    note: str = ""
    results: PhishingResults | None = None


@dataclass(frozen=True, slots=True)
class YearDraft:
    """What the establishment knows of a year, by profession, and where it comes from."""

    people: Mapping[str, Headcount]
    source: str = ""


def add_session(platform: Platform, scope: Scope, establishment_id: int, draft: SessionDraft) -> int:
    """Write down a session, held or planned; returns its number. Invalid names each faulty field."""
    now, values = platform.clock.now(), _checked(platform, draft)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        _refuse_twin(session, place.id, values)
        row = AwarenessSession(establishment_id=place.id, changed_at=now, changed_by=scope.actor, version=1, **values)
        session.add(row)
        session.flush()
        detail: dict[str, Scalar] = {"title": row.title, "kind": row.kind, "on": row.held_on.isoformat(), "version": 1}
        mark_establishment(session, place.id, now)
        record(session, scope, "awareness.added", thing_of(row), now, detail)
        return row.id


def _refuse_twin(session: Session, establishment_id: int, values: Mapping[str, Any]) -> None:
    """The results of one test imported twice would count its people twice."""
    if values["kind"] != SessionKind.PHISHING or not values["results"]:
        return
    known = session.scalars(
        select(AwarenessSession).where(
            AwarenessSession.establishment_id == establishment_id,
            AwarenessSession.kind == SessionKind.PHISHING.value,
            AwarenessSession.held_on == values["held_on"],
            AwarenessSession.cancelled_at.is_(None),
        )
    )
    for one in known:
        if one.results.get("all") == values["results"]["all"]:
            raise Refused(
                Text(
                    f"Ces résultats sont déjà enregistrés, sous « {one.title} » à la même date : corrigez cette fiche "
                    "si besoin.",
                    f"These results are already recorded, as “{one.title}” on the same day: correct that sheet if need "
                    "be.",
                )
            )


def change_session(platform: Platform, scope: Scope, session_id: int, draft: SessionDraft, version: int) -> None:
    """Change a session seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    now, values = platform.clock.now(), _checked(platform, draft)
    with platform.database.write() as session:
        row = _changeable(platform, session, scope, session_id, version)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return
        for name in changed:
            setattr(row, name, values[name])
        _touch(row, scope, now)
        detail: dict[str, Scalar] = {"fields": ", ".join(changed), "version": row.version}
        mark_establishment(session, row.establishment_id, now)
        record(session, scope, "awareness.changed", thing_of(row), now, detail)


def cancel_session(platform: Platform, scope: Scope, session_id: int, version: int) -> None:
    """Say that a session does not take place, or was written down by mistake: it counts for nothing any more."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _changeable(platform, session, scope, session_id, version)
        row.cancelled_at = now
        _touch(row, scope, now)
        detail: dict[str, Scalar] = {"title": row.title, "fields": "cancelled_at", "version": row.version}
        mark_establishment(session, row.establishment_id, now)
        record(session, scope, "awareness.cancelled", thing_of(row), now, detail)


def set_year(
    platform: Platform, scope: Scope, establishment_id: int, year: int, draft: YearDraft, version: int
) -> None:
    """Say what is known of the people of a year, seen at `version` (0: nothing was). Invalid names faulty fields."""
    now = platform.clock.now()
    people, source = _checked_year(platform, year, draft), line_of(draft.source)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        key = (place.id, year)
        insert_missing(session, AwarenessYear, establishment_id=place.id, year=year, people={}, source="", version=0,
                       changed_at=now, changed_by=scope.actor)  # fmt: skip
        row = session.get_one(AwarenessYear, key, with_for_update=True, populate_existing=True)
        thing = Thing("awareness_year", f"{place.id}-{year}", place.id)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, YEAR_FIELDS)
        changed = [name for name, value in (("people", people), ("source", source)) if getattr(row, name) != value]
        row.people, row.source = people, source
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        session.flush()
        detail: dict[str, Scalar] = {"year": year, "fields": ", ".join(changed), "version": row.version}
        mark_establishment(session, place.id, now)
        record(session, scope, "awareness.year_set", thing, now, detail)


def visible_session(session: Session, scope: Scope, session_id: int, *, lock: bool = False) -> AwarenessSession:
    """A session that the reader may see; NotFound otherwise."""
    query = select(AwarenessSession).where(
        AwarenessSession.id == session_id, within(scope, Right.SEE_PROGRAMME, AwarenessSession.establishment_id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def thing_of(row: AwarenessSession) -> Thing:
    """The session as the trail names it."""
    return Thing("awareness", row.id, row.establishment_id)


def _changeable(platform: Platform, session: Session, scope: Scope, session_id: int, version: int) -> AwarenessSession:
    row = visible_session(session, scope, session_id, lock=True)
    visible_establishment(session, scope, row.establishment_id, Right.MANAGE_PROGRAMME)
    if row.version != version:
        refuse_stale(platform, session, thing_of(row), (row.changed_at, row.changed_by), version, SESSION_FIELDS)
    if row.cancelled_at is not None:
        raise Refused(
            Text(
                "Cette action a été annulée : elle ne se modifie plus. Notez-en une nouvelle.",
                "This was cancelled: it changes no more. Write down a new one.",
            )
        )
    return row


def _touch(row: AwarenessSession, scope: Scope, now: datetime) -> None:
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor


def _checked(platform: Platform, draft: SessionDraft) -> dict[str, Any]:
    """The values of a row. Invalid names each faulty field."""
    title, note = line_of(draft.title), lines_of(draft.note)
    faults = length_faults({"title": (title, MAX_TITLE), "note": (note, MAX_TEXT)})
    if not title:
        faults["title"] = _NEEDED
    if not draft.planned and draft.held_on > today(platform):
        faults["held_on"] = Text(
            "Cette date est à venir : cochez « prévu », ou corrigez-la.",
            "This date is to come: tick “planned”, or correct it.",
        )
    faults |= _people_faults(platform, draft)
    if draft.results is not None:
        faults |= _result_faults(draft.results)
    if faults:
        raise Invalid(faults)
    people = {name: kept for name, one in draft.people.items() if (kept := _known(one))}
    return {
        "kind": draft.kind.value,
        "title": title,
        "held_on": draft.held_on,
        "planned": draft.planned,
        "digital_risk": draft.digital_risk,
        "people": people if draft.kind is not SessionKind.PHISHING else {},
        "results": written_results(draft.results) if draft.results and draft.kind is SessionKind.PHISHING else {},
        "note": note,
    }


def _known(one: Attendance | Headcount) -> dict[str, int]:
    return {name: value for name, value in asdict(one).items() if value is not None}


def _people_faults(platform: Platform, draft: SessionDraft) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    for name, one in draft.people.items():
        if name not in platform.kits.professions or _wrong_count(one):
            faults[f"people-{name}"] = _COUNT
        elif draft.planned and one.came is not None:
            faults[f"people-{name}"] = Text(
                "Ce qui est prévu n’a pas encore de présents : décochez « prévu ».",
                "What is planned has nobody present yet: untick “planned”.",
            )
        elif (said := attendance_fault(one)) is not None:
            faults[f"people-{name}"] = said
    return faults


def _wrong_count(one: Attendance | Headcount) -> bool:
    return any(not 0 <= value <= MOST_PEOPLE for value in _known(one).values())


def _result_faults(results: PhishingResults) -> dict[str, Text]:
    """Counts that cannot be right, and groups that would tell who did what."""
    faults = dict(phishing_faults(results.all))
    groups = [*results.groups.values(), *([results.others] if results.others else [])]
    if any(one.sent < SMALLEST_GROUP for one in groups):
        faults["groups"] = Text(
            f"Un groupe compte moins de {SMALLEST_GROUP} personnes : relisez le fichier.",
            f"A group holds fewer than {SMALLEST_GROUP} people: read the file again.",
        )
    for name, whole in results.all.facts().items():
        if sum(one.facts().get(name, 0) for one in groups) > whole:
            faults.setdefault(
                name,
                Text(
                    "Ce nombre est plus petit que la somme des groupes du fichier.",
                    "This number is smaller than the sum of the groups of the file.",
                ),
            )
    return faults


def _checked_year(platform: Platform, year: int, draft: YearDraft) -> dict[str, dict[str, int]]:
    faults = length_faults({"source": (line_of(draft.source), MAX_SOURCE)})
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise NotFound
    for name, one in draft.people.items():
        if name not in platform.kits.professions or _wrong_count(one):
            faults[f"people-{name}"] = _COUNT
        elif (said := headcount_fault(one)) is not None:
            faults[f"people-{name}"] = said
    if faults:
        raise Invalid(faults)
    return {name: kept for name, one in draft.people.items() if (kept := _known(one))}


def written_results(results: PhishingResults) -> dict[str, Any]:
    """Results as a row and a form hold them."""
    kept: dict[str, Any] = {"all": results.all.facts()}
    if results.groups:
        kept["groups"] = {name: counts.facts() for name, counts in results.groups.items()}
    if results.others:
        kept["others"] = results.others.facts()
    return kept


def results_of(kept: Mapping[str, Any]) -> PhishingResults | None:
    """The same read back; None when there is none. ValueError when it is none of ours."""
    if not kept:
        return None
    try:
        groups = {str(name): _counts(one) for name, one in kept.get("groups", {}).items()}
        others = _counts(kept["others"]) if "others" in kept else None
        return PhishingResults(_counts(kept["all"]), groups, others)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no results of a phishing test") from error


def _counts(kept: Mapping[str, Any]) -> PhishingCounts:
    if any(isinstance(value, bool) or not isinstance(value, int) for value in kept.values()):
        raise ValueError("counts are whole numbers")
    return PhishingCounts(**kept)
