"""Installations that may send, as the region follows them: changed, withdrawn, their keys revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from care.domain.access import Scope, place_at
from care.domain.federation import InstallationState, KeyState
from care.services.errors import Invalid, NotFound, Refused
from care.services.federation.enrolling import checked_draft
from care.services.federation.places import installation_row
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.federation import Enrolment, Installation, InstallationEstablishment, InstallationKey
from scanners.model import Scalar, Text

MAX_CONTACT = 300
MAX_WHY = 300
LONGEST_WAIT = 400
"""Days without a bundle after which anybody is late."""
_NAMES = {
    "name": Text("le nom", "the name"),
    "contact": Text("le contact", "the contact"),
    "expected_days": Text("le délai attendu", "the expected delay"),
    "finess": Text("les établissements", "the establishments"),
}


@dataclass(frozen=True, slots=True)
class InstallationDraft:
    """What may be changed of an installation; `finess` as for an enrolment."""

    name: str
    contact: str
    expected_days: int
    finess: tuple[str, ...]


def change_installation(
    platform: Platform, scope: Scope, installation_id: int, draft: InstallationDraft, version: int
) -> None:
    """Change an installation seen at `version`. Invalid, Refused when somebody changed it since, NotFound.

    Establishments taken from it keep their values: its bundles say nothing more of them.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = installation_row(session, scope, installation_id, lock=True)
        thing = Thing("installation", row.id)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, _NAMES)
        name, ids = checked_draft(session, draft.name, place_at(row.place), draft.finess, own=row.id)
        new: dict[str, object] = {"name": name, "contact": _contact(draft), "expected_days": draft.expected_days}
        fields = [field for field, value in new.items() if getattr(row, field) != value]
        for field in fields:
            setattr(row, field, new[field])
        if _speak(session, row, ids, now):
            fields.append("finess")
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        detail: dict[str, Scalar] = {"fields": ", ".join(fields), "version": row.version, "name": row.name}
        record(session, scope, "installation.changed", thing, now, detail)


def _contact(draft: InstallationDraft) -> str:
    faults = {}
    contact = line_of(draft.contact)
    if len(contact) > MAX_CONTACT:
        faults["contact"] = Text(f"{MAX_CONTACT} signes au plus.", f"At most {MAX_CONTACT} characters.")
    if not 1 <= draft.expected_days <= LONGEST_WAIT:
        faults["expected_days"] = Text(f"De 1 à {LONGEST_WAIT} jours.", f"From 1 to {LONGEST_WAIT} days.")
    if faults:
        raise Invalid(faults)
    return contact


def _speak(session: Session, row: Installation, ids: Sequence[int], now: datetime) -> bool:
    """Have an installation speak for these establishments and no others; whether that changes anything."""
    mine = InstallationEstablishment.installation_id == row.id
    former = set(session.scalars(select(InstallationEstablishment.establishment_id).where(mine)))
    if former == set(ids):
        return False
    new = set(ids) - former
    table = InstallationEstablishment.establishment_id
    session.execute(delete(InstallationEstablishment).where(mine, table.not_in(ids)))
    session.execute(delete(InstallationEstablishment).where(table.in_(new)))  # of installations withdrawn since
    session.add_all(
        InstallationEstablishment(establishment_id=one, installation_id=row.id, since=now) for one in sorted(new)
    )
    session.flush()
    return True


def withdraw_installation(platform: Platform, scope: Scope, installation_id: int, why: str) -> None:
    """Take nothing more from an installation: its keys are revoked, its codes worthless. What it told stays. Invalid,
    NotFound."""
    now, why = platform.clock.now(), _reason(why)
    with platform.database.write() as session:
        row = installation_row(session, scope, installation_id, lock=True)
        if row.state is InstallationState.WITHDRAWN:
            return
        row.state, row.changed_at, row.changed_by = InstallationState.WITHDRAWN, now, scope.actor
        row.version += 1
        for key in _active_keys(session, row):
            key.state, key.until, key.why = KeyState.REVOKED, now, why
        session.execute(
            update(Enrolment)
            .where(Enrolment.installation_id == row.id, Enrolment.used_at.is_(None), Enrolment.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
        detail: dict[str, Scalar] = {"name": row.name, "why": why, "version": row.version}
        record(session, scope, "installation.withdrawn", Thing("installation", row.id), now, detail)


def revoke_key(platform: Platform, scope: Scope, installation_id: int, key_row: int, why: str) -> None:
    """Believe a key no more, from now on. Invalid, NotFound; Refused when it is not the active one."""
    now, why = platform.clock.now(), _reason(why)
    with platform.database.write() as session:
        row = installation_row(session, scope, installation_id, lock=True)
        key = session.get(InstallationKey, key_row)
        if key is None or key.installation_id != row.id:
            raise NotFound
        if key.state is not KeyState.ACTIVE:
            raise Refused(
                Text("Cette clé ne signe déjà plus rien.", "This key already signs nothing any more."),
            )
        key.state, key.until, key.why = KeyState.REVOKED, now, why
        detail: dict[str, Scalar] = {"name": row.name, "key": key.key_id, "why": why}
        record(session, scope, "installation.key_revoked", Thing("installation", row.id), now, detail)


def _active_keys(session: Session, row: Installation) -> Sequence[InstallationKey]:
    mine = InstallationKey.installation_id == row.id
    return session.scalars(select(InstallationKey).where(mine, InstallationKey.state == KeyState.ACTIVE)).all()


def _reason(typed: str) -> str:
    why = line_of(typed)
    if not 0 < len(why) <= MAX_WHY:
        raise Invalid(
            {"why": Text(f"Dites pourquoi, en {MAX_WHY} signes au plus.", f"Say why, in {MAX_WHY} characters.")}
        )
    return why
