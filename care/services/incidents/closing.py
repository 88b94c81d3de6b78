"""What an incident teaches, the actions that follow, and its closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Lineage, Right, Scope
from care.domain.actions import ActionSource
from care.domain.incidents import Happening
from care.domain.programme import Gravity, IncidentState
from care.services.action_writing import ActionDraft, add_action, short_title
from care.services.continuity_test_gaps import GapAction, GapLine, gap_lines
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.incidents.clocks import DutyClocks, clocks_here
from care.services.incidents.rows import (
    FIELD_NAMES,
    MAX_TEXT,
    find,
    find_open,
    gravity_of,
    thing_of,
    touch,
    who,
    write_event,
)
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import length_faults, lines_of
from care.store.actions import Action, ActionSite
from care.store.incidents import Incident
from scanners.model import Scalar, Severity, Text

_PREFIX = "incident"


@dataclass(frozen=True, slots=True)
class IncidentRef:
    """The incident that an action comes from."""

    id: int
    establishment_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What is learnt of an incident and what still stands against closing it (`left`, in words)."""

    incident_id: int
    establishment_id: int
    number: int
    title: str
    closed: bool
    lessons: str
    lines: tuple[GapLine, ...]
    left: tuple[str, ...]
    version: int
    may_change: bool
    may_act: bool


def open_ending(platform: Platform, scope: Scope, incident_id: int) -> Ending:
    """The lessons of an incident and what closing it waits for. NotFound, Forbidden."""
    with platform.database.read() as session:
        row, place = find(session, scope, incident_id)
        duties = clocks_here(platform, session, [row], scope.lang)[row.id]
        return Ending(
            incident_id=row.id,
            establishment_id=place.id,
            number=row.number,
            title=row.title,
            closed=row.state is IncidentState.CLOSED,
            lessons=row.lessons,
            lines=_with_actions(session, scope, row, place.lineage),
            left=tuple(one.render(scope.lang) for one in left_to_do(row, duties)),
            version=row.version,
            may_change=scope.allows(Right.MANAGE_INCIDENTS, place.lineage),
            may_act=scope.allows(Right.MANAGE_ACTIONS, place.lineage),
        )


def left_to_do(row: Incident, duties: tuple[DutyClocks, ...]) -> tuple[Text, ...]:
    """What closing waits for: gravity known, duties settled, lessons written."""
    left = []
    if gravity_of(row) is Gravity.UNKNOWN:
        left.append(Text("La gravité n’est pas évaluée.", "The gravity is not assessed."))
    for duty in duties:
        title = duty.duty.draft.title
        waiting = [clock.label for clock in duty.clocks if not clock.state.settled]
        left.extend(Text(f"« {title} » : {step}.", f"“{title}”: {step}.") for step in waiting)
    if not row.lessons:
        left.append(Text("Aucun enseignement n’est écrit.", "No lesson is written."))
    return tuple(left)


def write_lessons(platform: Platform, scope: Scope, incident_id: int, lessons: str, version: int) -> None:
    """Write what the incident teaches, one line each. Refused when somebody was quicker, or once closed."""
    now, lessons = platform.clock.now(), lines_of(lessons)
    if faults := length_faults({"lessons": (lessons, MAX_TEXT)}):
        raise Invalid(faults)
    with platform.database.write() as session:
        row, _place = find_open(session, scope, incident_id)
        check_version(platform, session, row, version, thing_of(row), FIELD_NAMES)
        if row.lessons == lessons:
            return
        row.lessons = lessons
        detail: dict[str, Scalar] = {FIELDS: "lessons", "version": touch(row, scope, now)}
        record(session, scope, "incident.lessons_written", thing_of(row), now, detail)


def act_on_lesson(platform: Platform, scope: Scope, incident_id: int, key: str) -> int:
    """The action that a lesson calls for, created unless there is one already; its number.

    NotFound when the incident has no such lesson (anymore); Forbidden for who does not manage actions there.
    """
    with platform.database.write() as session:
        row, place = find(session, scope, incident_id, lock=True)
        visible_establishment(session, scope, place.id, Right.MANAGE_ACTIONS)
        lesson = next((one for one in gap_lines(row.lessons) if one.key == key), None)
        if lesson is None:
            raise NotFound(
                Text(
                    "Cet enseignement vient d’être réécrit : rechargez la page.",
                    "This lesson has just been rewritten: reload the page.",
                )
            )
        known = _actions(session, row).get(key)
        if known is not None:
            return known.id
        return add_action(platform, session, scope, [place.id], _draft(row, lesson))


def _draft(row: Incident, lesson: GapLine) -> ActionDraft:
    title = short_title(lesson.words)
    return ActionDraft(
        title=title,
        description=lesson.words if title != lesson.words else "",
        source=ActionSource.INCIDENT,
        source_ref=f"{_PREFIX}:{row.id}:{lesson.key}",
        severity=Severity.HIGH if gravity_of(row) in (Gravity.GRAVE, Gravity.SIGNIFICANT) else Severity.MEDIUM,
    )


def _with_actions(session: Session, scope: Scope, row: Incident, where: Lineage) -> tuple[GapLine, ...]:
    known = _actions(session, row) if scope.allows(Right.SEE_ACTIONS, where) else {}
    return tuple(GapLine(one.key, one.words, known.get(one.key)) for one in gap_lines(row.lessons))


def _actions(session: Session, row: Incident) -> Mapping[str, GapAction]:
    query = (
        select(Action, ActionSite.state)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(
            Action.source == ActionSource.INCIDENT,
            Action.source_ref.startswith(f"{_PREFIX}:{row.id}:"),
            ActionSite.establishment_id == row.establishment_id,
        )
        .order_by(Action.id)
    )
    found = {}
    for one, state in session.execute(query):
        key = one.source_ref.rpartition(":")[2]
        found[key] = GapAction(one.id, one.title, state, one.due_on, one.owner, key)
    return found


def origin_incident(platform: Platform, scope: Scope, source: ActionSource, source_ref: str) -> IncidentRef | None:
    """The incident that an action comes from; None when it comes from something else, or is not the reader’s to see."""
    parts = source_ref.split(":")
    if source is not ActionSource.INCIDENT or len(parts) != 3 or parts[0] != _PREFIX or not parts[1].isdecimal():
        return None
    with platform.database.read() as session:
        try:
            row, place = find(session, scope, int(parts[1]))
        except (NotFound, Forbidden):
            return None
        return IncidentRef(row.id, place.id, row.title)


def close_incident(platform: Platform, scope: Scope, incident_id: int, reason: str, version: int) -> None:
    """Close an incident: everything settled, else with a reason. Refused when somebody was quicker."""
    now, reason = platform.clock.now(), lines_of(reason)
    if faults := length_faults({"reason": (reason, MAX_TEXT)}):
        raise Invalid(faults)
    with platform.database.write() as session:
        row, _place = find_open(session, scope, incident_id)
        check_version(platform, session, row, version, thing_of(row), FIELD_NAMES)
        left = left_to_do(row, clocks_here(platform, session, [row], scope.lang)[row.id])
        if left and not reason:
            raise Invalid({"reason": _not_yet(left)})
        row.state, row.closed_at = IncidentState.CLOSED, now
        said = Text("Incident clos.", "Incident closed.").render(scope.lang)
        write_event(session, row, Happening.STATE, f"{said} {reason}".strip(), (now, now), who(scope))
        detail: dict[str, Scalar] = {
            FIELDS: "state", "reason": reason[:200], "count": len(left), "version": touch(row, scope, now)
        }  # fmt: skip
        record(session, scope, "incident.closed", thing_of(row), now, detail)


def _not_yet(left: tuple[Text, ...]) -> Text:
    return Text(
        f"Il reste {len(left)} point(s) à régler : réglez-les, ou dites pourquoi l’incident se clôt ainsi.",
        f"{len(left)} point(s) remain: settle them, or say why the incident is closed as it is.",
    )


def reopen_incident(platform: Platform, scope: Scope, incident_id: int, version: int) -> None:
    """Open a closed incident again. Refused when it is not closed."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, _place = find(session, scope, incident_id, Right.MANAGE_INCIDENTS, lock=True)
        if row.state is not IncidentState.CLOSED:
            raise Refused(Text("Cet incident n’est pas clos.", "This incident is not closed."))
        check_version(platform, session, row, version, thing_of(row), FIELD_NAMES)
        row.state = IncidentState.CONTAINED if row.contained_at is not None else IncidentState.OPEN
        row.closed_at = None
        said = Text("Incident rouvert.", "Incident opened again.").render(scope.lang)
        write_event(session, row, Happening.STATE, said, (now, now), who(scope))
        detail: dict[str, Scalar] = {FIELDS: "state", "version": touch(row, scope, now)}
        record(session, scope, "incident.reopened", thing_of(row), now, detail)
