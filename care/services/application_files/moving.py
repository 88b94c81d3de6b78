"""A file opened, moved along its steps, edited and corrected; each leaves an event that nobody changes.

The end of the operational phase of CaRE domain 2 is the day of its declaration: whenever a file says it, the 66 % rule
is told (`CandidatePhase`), so that both always agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.application_files import (
    DECLARED,
    NEXT,
    STATE_NAMES,
    FileState,
    date_faults,
    dates_after,
    in_future,
    may_follow,
)
from care.domain.funded_domains import FileDates, FundedDomain, remarks
from care.domain.investment import AmountError, read_amount
from care.services.action_query import today
from care.services.application_files.candidates import (
    domain_of,
    find_file,
    framework_of,
    ght_above,
    not_its_own,
    perhaps_not_its_own,
    sites_of,
)
from care.services.application_files.standing import stood_at
from care.services.errors import Invalid, NotFound, Refused
from care.services.frameworks.assessing import mark_due
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import length_faults, line_of, lines_of
from care.store.continuity import CandidatePhase
from care.store.programme import ApplicationEvent, ApplicationFile
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_REFERENCE, MAX_OWNER, MAX_NOTE = 100, 200, 5_000
PHASED = "care-d2"
"""The domain whose declaration ends the operational phase that the 66 % rule reads."""
FIELDS: Mapping[str, Text] = {
    "state": Text("l’étape du dossier", "the step of the file"),
    "candidacy_on": Text("le jour de la candidature", "the day of the candidacy"),
    "declaration_on": Text("le jour de la déclaration", "the day of the declaration"),
    "paid_on": Text("le jour du paiement", "the day of the payment"),
    "reference": Text("la référence du portail", "the reference of the portal"),
    "owner": Text("le responsable", "the owner"),
    "declare_until": Text("la date limite de déclaration", "the deadline of the declaration"),
    "asked": Text("le montant demandé", "the amount asked for"),
    "obtained": Text("le montant obtenu", "the amount obtained"),
    "paid": Text("le montant payé", "the amount paid"),
    "note": Text("la note", "the note"),
}
_NO_REASON = Text(
    "Dites en une phrase ce qui était faux : la correction reste dans l’historique avec sa raison.",
    "Say in one sentence what was wrong: the correction stays in the history with its reason.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a file and the day it happened."""

    state: FileState
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where a file stands as a person says: to open one that lives already elsewhere, or to correct a mistake."""

    state: FileState
    candidacy_on: date | None = None
    declaration_on: date | None = None
    paid_on: date | None = None
    why: str = ""

    def dates(self, declare_until: date | None = None) -> FileDates:
        """Its days."""
        return FileDates(self.candidacy_on, self.declaration_on, self.paid_on, declare_until)


@dataclass(frozen=True, slots=True)
class FileDraft:
    """What people write about a file, amounts as typed in euros."""

    reference: str = ""
    owner: str = ""
    declare_until: date | None = None
    asked: str = ""
    obtained: str = ""
    paid: str = ""
    note: str = ""


def open_file(platform: Platform, scope: Scope, place: Place, framework: str, stands: Standpoint) -> tuple[Text, ...]:
    """Open the file of a candidate, at its beginning or where it stands already; returns what is to be said of it.

    NotFound for who does not see the whole candidate; Refused for a legal entity whose GHT files for it, or when there
    is one already; Invalid names each faulty day.
    """
    domain, day, now = domain_of(framework), today(platform), platform.clock.now()
    with platform.database.write() as session:
        sites_of(session, scope, place, Right.MANAGE_PROGRAMME)
        said = _may_apply(session, place, domain)
        if faults := date_faults(stands.state, stands.dates(), day):
            raise Invalid(faults)
        _agreeing(session, place, domain, stands)
        row = _inserted(session, scope, place, domain, stands, now)
        _tell(session, row, "state", day, {"to": stands.state, "opened": True, **_days(row)}, (now, scope.actor))
        said += remarks(dates_of(row), framework_of(platform, session, domain))
        _settle(session, scope, place, row, now)
        record(session, scope, "application_file.opened", thing_of(row), now, _detail(place, row, "state"))
    return said


def move_file(
    platform: Platform, scope: Scope, place: Place, framework: str, step: Step, version: int
) -> tuple[Text, ...]:
    """Record the next step and the day it happened; returns what does not fit the calendar.

    Invalid for a day in the future or before the step before; Refused for a step that may not follow, with those that
    may, and when somebody changed the file since.
    """
    domain, day, now = domain_of(framework), today(platform), platform.clock.now()
    with platform.database.write() as session:
        sites_of(session, scope, place, Right.MANAGE_PROGRAMME)
        row = _locked(platform, session, place, domain, version)
        _check_step(session, row, step, day)
        detail: dict[str, Any] = {"from": row.state, "to": step.state, "note": _line(step.note)}
        if step.state is FileState.DECLARATION_FILED:
            detail["stood"] = stood_at(platform, session, place, domain, day)
        _stand(row, step.state, dates_after(step.state, step.on, dates_of(row)))
        _tell(session, row, "state", step.on, detail, (now, scope.actor))
        _touch(row, scope, now)
        said = remarks(dates_of(row), framework_of(platform, session, domain))
        _settle(session, scope, place, row, now)
        record(session, scope, "application_file.moved", thing_of(row), now, _detail(place, row, "state"))
    return said


def correct_file(
    platform: Platform, scope: Scope, place: Place, framework: str, stands: Standpoint, version: int
) -> tuple[Text, ...]:
    """Put a mistake right: any step, with the days as they really were, and why. The history keeps both.

    Invalid names each faulty field; Refused when somebody changed the file since.
    """
    domain, day, now = domain_of(framework), today(platform), platform.clock.now()
    why = _line(stands.why)
    with platform.database.write() as session:
        sites_of(session, scope, place, Right.MANAGE_PROGRAMME)
        row = _locked(platform, session, place, domain, version)
        faults = date_faults(stands.state, stands.dates(), day) | ({} if why else {"why": _NO_REASON})
        if faults:
            raise Invalid(faults)
        former = {"from": row.state, **{f"former_{name}": value for name, value in _days(row).items()}}
        changed = _changed(row, stands)
        _stand(row, stands.state, stands.dates(row.declare_until))
        detail = {**former, "to": stands.state, **_days(row), "note": why}
        _tell(session, row, "correction", day, detail, (now, scope.actor))
        _touch(row, scope, now)
        said = remarks(dates_of(row), framework_of(platform, session, domain))
        _settle(session, scope, place, row, now)
        record(session, scope, "application_file.corrected", thing_of(row), now, _detail(place, row, changed))
    return said


def edit_file(platform: Platform, scope: Scope, place: Place, framework: str, draft: FileDraft, version: int) -> None:
    """Keep what people write about a file. Invalid names each faulty field, Refused when somebody changed it since."""
    domain, now = domain_of(framework), platform.clock.now()
    with platform.database.write() as session:
        sites_of(session, scope, place, Right.MANAGE_PROGRAMME)
        row = _locked(platform, session, place, domain, version)
        values = _read(draft)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        _touch(row, scope, now)
        _settle(session, scope, place, row, now)
        record(session, scope, "application_file.edited", thing_of(row), now, _detail(place, row, ", ".join(changed)))


def dates_of(row: ApplicationFile) -> FileDates:
    """The days of a file."""
    return FileDates(row.candidacy_on, row.declaration_on, row.paid_on, row.declare_until)


def thing_of(row: ApplicationFile) -> Thing:
    """A file as the trail names it."""
    return Thing("application_file", row.id)


def _may_apply(session: Session, place: Place, domain: FundedDomain) -> tuple[Text, ...]:
    ght = ght_above(session, place)
    if ght is not None and domain.one_file_per_ght:
        raise Refused(not_its_own(domain, ght.name))
    return (perhaps_not_its_own(ght.name),) if ght is not None else ()


def _agreeing(session: Session, place: Place, domain: FundedDomain, stands: Standpoint) -> None:
    """A declaration already typed for the 66 % rule is not lost by opening a file that says another."""
    if domain.framework != PHASED:
        return
    known = session.get(CandidatePhase, place.key)
    day = known.declared_on if known else None
    if day is not None and stands.declaration_on != day:
        raise Refused(
            Text(
                f"La règle des 66 % dit que ce candidat a déclaré le {day:%d/%m/%Y} : ouvrez le dossier à "
                "« Déclaration déposée » ou plus loin avec cette date, ou videz-la d’abord sur la page de la règle.",
                f"The 66 % rule says that this candidate declared on {day}: open the file at “Declaration filed” or "
                "later with that date, or empty it first on the page of the rule.",
            )
        )


def _inserted(
    session: Session, scope: Scope, place: Place, domain: FundedDomain, stands: Standpoint, now: datetime
) -> ApplicationFile:
    blank = {"state": stands.state, "reference": "", "owner": "", "note": "", "created_at": now, "changed_at": now}
    insert_missing(
        session,
        ApplicationFile,
        holder=place.key,
        framework=domain.framework,
        changed_by=scope.actor,
        version=0,
        **blank,
    )
    row = find_file(session, place, domain.framework, lock=True)
    if row is None or row.version != 0:
        name = domain.name
        raise Refused(
            Text(
                f"Le dossier « {name.fr} » de ce candidat est déjà ouvert : rechargez la page pour le voir.",
                f"The file “{name.en}” of this candidate is already open: reload the page to see it.",
            )
        )
    _stand(row, stands.state, stands.dates())
    row.version = 1
    return row


def _locked(platform: Platform, session: Session, place: Place, domain: FundedDomain, version: int) -> ApplicationFile:
    """The file, locked and still as it was seen. NotFound when it was not opened."""
    row = find_file(session, place, domain.framework, lock=True)
    if row is None:
        raise NotFound
    if row.version != version:
        refuse_stale(platform, session, thing_of(row), (row.changed_at, row.changed_by), version, FIELDS)
    return row


def _check_step(session: Session, row: ApplicationFile, step: Step, day: date) -> None:
    if not may_follow(row.state, step.state):
        raise Refused(_only(row.state, step.state))
    if step.on > day:
        raise Invalid({"on": in_future(step.on)})
    known = [one for one in (_last_step(session, row), row.candidacy_on, row.declaration_on) if one is not None]
    if known and step.on < max(known):
        raise Invalid(
            {
                "on": Text(
                    f"L’étape précédente date du {max(known):%d/%m/%Y} : donnez un jour à partir de là, "
                    "ou corrigez-la.",
                    f"The step before is of {max(known)}: give a day from then on, or correct it.",
                )
            }
        )


def _last_step(session: Session, row: ApplicationFile) -> date | None:
    """The day of the last step. Nothing before a correction counts: it may be what was wrong; nor does an opening,
    dated by the day it was typed."""
    rows = session.scalars(
        select(ApplicationEvent).where(ApplicationEvent.file_id == row.id).order_by(ApplicationEvent.id.desc())
    )
    for event in rows:
        if event.what == "correction" or event.detail.get("opened"):
            return None
        if event.what == "state":
            return event.on
    return None


def _only(before: FileState, after: FileState) -> Text:
    fr = ", ".join(f"« {STATE_NAMES[one].fr} »" for one in NEXT[before])
    en = ", ".join(f"“{STATE_NAMES[one].en}”" for one in NEXT[before])
    if not NEXT[before]:
        return Text(
            f"Le dossier est terminé (« {STATE_NAMES[before].fr} ») : rien ne suit. S’il y a une erreur, corrigez-la.",
            f"The file is over (“{STATE_NAMES[before].en}”): nothing follows. If there is a mistake, correct it.",
        )
    return Text(
        f"« {STATE_NAMES[after].fr} » ne peut pas suivre « {STATE_NAMES[before].fr} ». Ce qui le peut : {fr}.",
        f"“{STATE_NAMES[after].en}” cannot follow “{STATE_NAMES[before].en}”. What can: {en}.",
    )


def _stand(row: ApplicationFile, state: FileState, dates: FileDates) -> None:
    row.state = state
    row.candidacy_on, row.declaration_on, row.paid_on = dates.candidacy_on, dates.declaration_on, dates.paid_on


def _tell(
    session: Session, row: ApplicationFile, what: str, on: date, detail: Mapping[str, Any], by: tuple[datetime, str]
) -> None:
    session.add(ApplicationEvent(file_id=row.id, what=what, on=on, detail=dict(detail), at=by[0], by=by[1]))


def _touch(row: ApplicationFile, scope: Scope, now: datetime) -> None:
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor


def _settle(session: Session, scope: Scope, place: Place, row: ApplicationFile, now: datetime) -> None:
    """What follows from any change of a file: the phase of the 66 % rule agrees, requirements are computed again."""
    session.flush()
    if row.framework == PHASED:
        _tell_phase(session, scope, place, row.declaration_on if row.state in DECLARED else None, now)
    mark_due(session, place, now)


def _tell_phase(session: Session, scope: Scope, place: Place, day: date | None, now: datetime) -> None:
    key = place.key
    insert_missing(session, CandidatePhase, candidate=key, changed_at=now, changed_by=scope.actor, version=0)
    phase = session.scalars(
        select(CandidatePhase)
        .where(CandidatePhase.candidate == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if phase.declared_on != day:
        phase.declared_on, phase.version = day, phase.version + 1
        phase.changed_at, phase.changed_by = now, scope.actor


def _days(row: ApplicationFile) -> dict[str, str]:
    named = {"candidacy_on": row.candidacy_on, "declaration_on": row.declaration_on, "paid_on": row.paid_on}
    return {name: day.isoformat() if day else "" for name, day in named.items()}


def _changed(row: ApplicationFile, stands: Standpoint) -> str:
    names = ("state", "candidacy_on", "declaration_on", "paid_on")
    return ", ".join(name for name in names if getattr(row, name) != getattr(stands, name))


def _detail(place: Place, row: ApplicationFile, fields: str) -> dict[str, Scalar]:
    return {
        "holder": place.key,
        "framework": row.framework,
        "state": row.state.value,
        "fields": fields,
        "version": row.version,
        **_days(row),
    }


def _line(text: str) -> str:
    return line_of(text)[:300]


def _read(draft: FileDraft) -> dict[str, Any]:
    """The columns that a draft gives. Invalid names each faulty field."""
    texts = {"reference": line_of(draft.reference), "owner": line_of(draft.owner), "note": lines_of(draft.note)}
    longest = {"reference": MAX_REFERENCE, "owner": MAX_OWNER, "note": MAX_NOTE}
    faults = length_faults({name: (text, longest[name]) for name, text in texts.items()})
    amounts: dict[str, int | None] = {}
    for name in ("asked", "obtained", "paid"):
        try:
            amounts[name] = euros_of(asdict(draft)[name])
        except AmountError as error:
            faults[name] = error.text
    if faults:
        raise Invalid(faults)
    return {**texts, **amounts, "declare_until": draft.declare_until}


_WHOLE = Text(
    "Écrivez un montant en euros entiers, par exemple 12 500.", "Write a whole number of euros, such as 12500."
)


def euros_of(typed: str) -> int | None:
    """The whole euros of an amount typed by a person; None when empty. AmountError says how to write it."""
    if not typed.strip():
        return None
    euros, cents = divmod(read_amount(typed), 100)
    if cents:
        raise AmountError(_WHOLE)
    return euros
