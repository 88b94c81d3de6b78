"""Writing the follow-up of an establishment: the next step, and each visit or other contact, planned then told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.support import ContactKind
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Invalid, NotFound, Refused
from care.services.library import today as local_day
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, MAX_TEXT, length_faults, line_of, lines_of
from care.store.registry import Establishment
from care.store.support import SupportContact, SupportFile
from scanners.model import Scalar, Text

FILE, CONTACT = "support_file", "support_contact"
MAX_STEP = 300
FILE_FIELDS: Mapping[str, Text] = {
    "owner": Text("qui accompagne", "who supports"),
    "next_step": Text("la prochaine étape", "the next step"),
    "next_on": Text("sa date", "its date"),
    "note": Text("la note interne", "the internal note"),
}
CONTACT_FIELDS: Mapping[str, Text] = {
    "kind": Text("la nature", "the kind"),
    "held_on": Text("la date", "the date"),
    "held": Text("s’il a eu lieu", "whether it took place"),
    "by": Text("qui y était", "who took part"),
    "summary": Text("ce qui a été convenu", "what was agreed"),
}


@dataclass(frozen=True, slots=True)
class FileDraft:
    """The follow-up of an establishment as typed. `note` is read by the region alone."""

    owner: str = ""
    next_step: str = ""
    next_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A visit or another contact as typed: planned, or held with what was agreed, which the establishment reads."""

    kind: ContactKind
    held_on: date
    by: str
    held: bool = False
    summary: str = ""


def save_file(platform: Platform, scope: Scope, establishment_id: int, draft: FileDraft, version: int) -> None:
    """Write the follow-up of an establishment, seen at `version` (0 when there was none yet).

    Invalid, Refused when somebody changed it since, NotFound, Forbidden.
    """
    now, new = platform.clock.now(), _file(draft)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_REGION)
        session.get_one(Establishment, place.id, with_for_update=True)  # of two who begin it at once, one waits
        row = session.get(SupportFile, place.id, with_for_update=True)
        thing = Thing(FILE, place.id, place.id)
        check_version(platform, session, row, version, thing, FILE_FIELDS)
        if row is None:
            row = SupportFile(establishment_id=place.id, changed_at=now, changed_by=scope.actor, version=0, note="",
                              owner="", next_step="")  # fmt: skip
            session.add(row)
        changed = _apply(row, new)
        if not changed:
            return
        row.version, row.changed_at, row.changed_by = row.version + 1, now, _who(scope)
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": row.version}
        record(session, scope, "support.followed", thing, now, detail)


def add_contact(platform: Platform, scope: Scope, establishment_id: int, draft: ContactDraft) -> int:
    """Write down a contact, planned or held; its number. Invalid, NotFound, Forbidden."""
    now, new = platform.clock.now(), _contact(platform, draft)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_REGION)
        row = SupportContact(establishment_id=place.id, changed_at=now, changed_by=_who(scope), version=1, **new)
        session.add(row)
        session.flush()
        detail: dict[str, Scalar] = {"kind": draft.kind.value, "held": draft.held, "version": 1}
        record(session, scope, "support.contact_added", Thing(CONTACT, row.id, place.id), now, detail)
        return row.id


def change_contact(platform: Platform, scope: Scope, contact_id: int, draft: ContactDraft, version: int) -> None:
    """Change a contact seen at `version`: this is also how a planned one is told as held. Invalid, Refused when
    somebody changed it since, NotFound, Forbidden."""
    now, new = platform.clock.now(), _contact(platform, draft)
    with platform.database.write() as session:
        row = contact_row(session, scope, contact_id, lock=True)
        thing = Thing(CONTACT, row.id, row.establishment_id)
        check_version(platform, session, row, version, thing, CONTACT_FIELDS)
        changed = _apply(row, new)
        if not changed:
            return
        row.version, row.changed_at, row.changed_by = row.version + 1, now, _who(scope)
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": row.version}
        record(session, scope, "support.contact_changed", thing, now, detail)


def drop_contact(platform: Platform, scope: Scope, contact_id: int, version: int) -> None:
    """Give up a contact that was planned. Refused for one that was held: it is history; or when it changed since."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = contact_row(session, scope, contact_id, lock=True)
        thing = Thing(CONTACT, row.id, row.establishment_id)
        check_version(platform, session, row, version, thing, CONTACT_FIELDS)
        if row.held:
            raise Refused(
                Text("Ce contact a eu lieu : corrigez-le, il ne s’efface pas.",
                     "This contact took place: correct it, it cannot be removed.")
            )  # fmt: skip
        detail: dict[str, Scalar] = {"kind": row.kind.value, "day": row.held_on.isoformat()}
        session.delete(row)
        record(session, scope, "support.contact_dropped", thing, now, detail)


def contact_row(session: Session, scope: Scope, contact_id: int, *, lock: bool = False) -> SupportContact:
    """A contact, for who writes the follow-up of its establishment. NotFound, Forbidden."""
    row = session.get(SupportContact, contact_id, with_for_update=lock or None)
    if row is None:
        raise NotFound
    visible_establishment(session, scope, row.establishment_id, Right.MANAGE_REGION)
    return row


def _apply(row: SupportFile | SupportContact, new: Mapping[str, object]) -> list[str]:
    """Set what differs; the names of it."""
    changed = [name for name in new if getattr(row, name) != new[name]]
    for name in changed:
        setattr(row, name, new[name])
    return changed


def _who(scope: Scope) -> str:
    return scope.name or scope.actor


def _file(draft: FileDraft) -> dict[str, object]:
    owner, step, note = line_of(draft.owner), line_of(draft.next_step), lines_of(draft.note)
    faults = length_faults({"owner": (owner, MAX_LINE), "next_step": (step, MAX_STEP), "note": (note, MAX_TEXT)})
    if draft.next_on is not None and not step:
        faults["next_step"] = Text("Dites quelle est cette étape.", "Say what this step is.")
    if faults:
        raise Invalid(faults)
    return {"owner": owner, "next_step": step, "next_on": draft.next_on, "note": note}


def _contact(platform: Platform, draft: ContactDraft) -> dict[str, object]:
    by, summary = line_of(draft.by), lines_of(draft.summary)
    faults = length_faults({"by": (by, MAX_LINE), "summary": (summary, MAX_TEXT)})
    if not by:
        faults["by"] = Text("Dites qui est en contact avec l’établissement.", "Say who is in touch.")
    if draft.held and draft.held_on > local_day(platform):
        faults["held_on"] = Text("Ce qui a eu lieu ne peut pas être à venir.", "What took place cannot be to come.")
    if faults:
        raise Invalid(faults)
    return {"kind": draft.kind, "held_on": draft.held_on, "held": draft.held, "by": by, "summary": summary}
