"""Planning a meeting, saying what became of it, and turning its decisions into actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.actions import ActionSource
from care.services.action_query import today
from care.services.action_writing import ActionDraft, add_action, short_title
from care.services.continuity_test_gaps import gap_lines
from care.services.errors import Invalid, NotFound, Refused
from care.services.frameworks.assessing import mark_due
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.committees import PREFIX
from care.services.governance.holding import thing
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import record
from care.services.typed_texts import MAX_TEXT, length_faults, lines_of
from care.store.actions import Action
from care.store.governance import Committee
from scanners.model import Scalar, Severity, Text

MAX_ATTENDEES = 2_000
FIELDS: Mapping[str, Text] = {
    "kind": Text("le comité", "the committee"),
    "held_on": Text("la date", "the day"),
    "held": Text("la tenue de la réunion", "whether it took place"),
    "attendees": Text("les participants", "who attended"),
    "decisions": Text("les décisions", "the decisions"),
}


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A meeting as typed; `held` is None while nobody said whether it took place. One decision a line."""

    kind: str
    held_on: date
    held: bool | None = None
    attendees: str = ""
    decisions: str = ""


def add_meeting(platform: Platform, scope: Scope, place: Place, draft: MeetingDraft) -> int:
    """Plan a meeting, or note one that took place; its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = _managed(platform, session, scope, place)
        values = _checked(platform, draft)
        row = Committee(holder=holder.key, changed_at=now, changed_by=scope.actor, version=1, **values)
        session.add(row)
        session.flush()
        mark_due(session, place, now)
        detail: dict[str, Scalar] = {"kind": row.kind, "held_on": row.held_on.isoformat(), "version": 1}
        record(session, scope, "committee.added", thing("committee", row.id, holder), now, detail)
        return row.id


def change_meeting(
    platform: Platform, scope: Scope, place: Place, committee_id: int, draft: MeetingDraft, version: int
) -> None:
    """Correct a meeting seen at `version`. NotFound when it is not of that holder."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = _managed(platform, session, scope, place)
        row = _locked(session, holder, committee_id)
        about = thing("committee", row.id, holder)
        if row.version != version:
            refuse_stale(platform, session, about, (row.changed_at, row.changed_by), version, FIELDS)
        values = _checked(platform, draft)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return
        for name in changed:
            setattr(row, name, values[name])
        row.version, row.changed_at, row.changed_by = version + 1, now, scope.actor
        mark_due(session, place, now)
        detail: dict[str, Scalar] = {"fields": ", ".join(changed), "version": row.version}
        record(session, scope, "committee.changed", about, now, detail)


def act_on_decision(
    platform: Platform, scope: Scope, place: Place, committee_id: int, key: str, establishment_ids: Sequence[int]
) -> tuple[int, int]:
    """The action that carries a decision out in some establishments of the holder, created unless there is one: its
    number, and an establishment to read it in.

    NotFound when there is no such decision (anymore); Forbidden for who does not manage actions there.
    """
    with platform.database.write() as session:
        holder = _managed(platform, session, scope, place)
        row = _locked(session, holder, committee_id)
        words = next((one.words for one in gap_lines(row.decisions) if one.key == key), None)
        if words is None or not set(establishment_ids) <= set(holder.sites):
            raise NotFound
        if not establishment_ids:
            raise Refused(Text("Choisissez au moins un établissement.", "Choose at least one establishment."))
        ref = f"{PREFIX}:{row.id}:{key}"
        known = session.scalar(select(Action.id).where(Action.source == ActionSource.OTHER, Action.source_ref == ref))
        if known is not None:
            return known, establishment_ids[0]
        draft = ActionDraft(
            title=short_title(words),
            description=words,
            source=ActionSource.OTHER,
            source_ref=ref,
            severity=Severity.MEDIUM,
        )
        return add_action(platform, session, scope, establishment_ids, draft), establishment_ids[0]


def _managed(platform: Platform, session: Session, scope: Scope, place: Place) -> Holder:
    return seen_holder(session, scope, place, today(platform), Right.MANAGE_PROGRAMME)


def _locked(session: Session, holder: Holder, committee_id: int) -> Committee:
    row = session.scalars(
        select(Committee)
        .where(Committee.id == committee_id, Committee.holder == holder.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _checked(platform: Platform, draft: MeetingDraft) -> dict[str, object]:
    attendees, decisions = lines_of(draft.attendees), lines_of(draft.decisions)
    faults = length_faults({"attendees": (attendees, MAX_ATTENDEES), "decisions": (decisions, MAX_TEXT)})
    if draft.kind not in platform.kits.governance.committees:
        faults["kind"] = Text("Choisissez un comité de la liste.", "Choose a committee of the list.")
    if draft.held is not None and draft.held_on > today(platform):
        faults["held"] = Text(
            "Cette réunion est à venir : attendez son jour pour dire si elle s’est tenue.",
            "This meeting is to come: wait for its day to say whether it took place.",
        )
    if draft.held is not True and decisions:
        faults["decisions"] = Text(
            "Des décisions supposent une réunion tenue : dites-le, ou effacez-les.",
            "Decisions suppose that the meeting took place: say so, or erase them.",
        )
    if faults:
        raise Invalid(faults)
    return {
        "kind": draft.kind,
        "held_on": draft.held_on,
        "held": draft.held,
        "attendees": attendees,
        "decisions": decisions,
    }
