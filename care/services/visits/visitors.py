"""The visitors of a certification visit: invited by a link shown once, given a new one, shut out.

The link holds 192 random bits, the database their SHA-256: a lost link is not found again, it is replaced.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, place_at
from care.domain.mail import deliverable
from care.domain.programme import VisitState
from care.domain.visits import MOST_VISITORS
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.seats import hashed
from care.services.notices import address, relayed
from care.services.outbox import Letter, post
from care.services.places import place_name
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of
from care.services.visits.letters import invitation
from care.services.visits.planning import MAX_WHY
from care.services.visits.rows import stands, thing_of, visit_row
from care.store.programme import Visit, VisitAccess
from scanners.model import Text

MAX_MAIL = 254
LINK = "/visite/link/"
"""Where the links of visitors lead."""


@dataclass(frozen=True, slots=True)
class VisitorDraft:
    """Somebody to invite; without an address the link is handed over."""

    name: str
    organisation: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """A visitor and the link, which is never shown again. `mailed`: it also leaves by mail."""

    access_id: int
    name: str
    organisation: str
    email: str
    link: str
    mailed: bool
    visit: str
    holder: str
    starts_at: datetime
    ends_at: datetime


def invite_visitor(platform: Platform, scope: Scope, where: tuple[int, int], draft: VisitorDraft) -> Invited:
    """Let somebody in, for the time of the visit. Invalid by field; Refused once the visit is over."""
    now = platform.clock.now()
    one = _checked(draft)
    with platform.database.write() as session:
        row = _open_row(session, scope, where, now)
        _check_place(session, row, one)
        token = secrets.token_urlsafe(24)
        access = VisitAccess(
            visit_id=row.id, name=one.name, organisation=one.organisation, email=one.email, token_hash=hashed(token),
            created_at=now, created_by=scope.actor,
        )  # fmt: skip
        session.add(access)
        session.flush()
        made = _made(platform, session, scope, row, access, token)
        record(session, scope, "visit.visitor_invited", thing_of(row), now, _told(access, made.mailed))
        return made


def renew_link(platform: Platform, scope: Scope, where: tuple[int, int], access_id: int) -> Invited:
    """A new link for somebody who lost theirs: the former one and the browser that used it open nothing any more."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _open_row(session, scope, where, now)
        access = _access(session, row, access_id)
        if access.revoked_at is not None:
            raise Refused(
                Text(
                    f"L’accès de {access.name} a été retiré : invitez de nouveau cette personne.",
                    f"The access of {access.name} was withdrawn: invite this person again.",
                )
            )
        token = secrets.token_urlsafe(24)
        access.token_hash, access.session_hash = hashed(token), None
        made = _made(platform, session, scope, row, access, token)
        record(session, scope, "visit.link_renewed", thing_of(row), now, _told(access, made.mailed))
        return made


def revoke_visitor(platform: Platform, scope: Scope, where: tuple[int, int], access_id: int, why: str) -> str:
    """Shut one visitor out at once, for a reason; the name. Doing it twice changes nothing."""
    why = line_of(why)
    if not 0 < len(why) <= MAX_WHY:
        raise Invalid({"why": Text("Dites pourquoi en une phrase.", "Say why in one sentence.")})
    now = platform.clock.now()
    with platform.database.write() as session:
        row = visit_row(session, scope, where, Right.MANAGE_PROGRAMME, lock=True)
        access = _access(session, row, access_id)
        if access.revoked_at is None:
            access.revoked_at, access.revoked_by, access.revoked_why = now, scope.actor, why
            detail = {"visitor": access.name, "why": why}
            record(session, scope, "visit.visitor_revoked", thing_of(row), now, detail)
        return access.name


def _open_row(session: Session, scope: Scope, where: tuple[int, int], now: datetime) -> Visit:
    row = visit_row(session, scope, where, Right.MANAGE_PROGRAMME, lock=True)
    if stands(row, now) not in (VisitState.PLANNED, VisitState.OPEN):
        raise Refused(
            Text(
                "Cette visite est terminée : personne n’y entre plus. Planifiez-en une nouvelle.",
                "This visit is over: nobody enters any more. Plan a new one.",
            )
        )
    return row


def _access(session: Session, row: Visit, access_id: int) -> VisitAccess:
    access = session.get(VisitAccess, access_id, with_for_update=True)
    if access is None or access.visit_id != row.id:
        raise NotFound
    return access


def _checked(draft: VisitorDraft) -> VisitorDraft:
    one = VisitorDraft(line_of(draft.name), line_of(draft.organisation), line_of(draft.email))
    faults = length_faults(
        {
            "name": (one.name, MAX_LINE),
            "organisation": (one.organisation, MAX_LINE),
            "email": (one.email, MAX_MAIL),
        }
    )
    if not one.name:
        faults["name"] = Text("Dites le nom : il est écrit sur chaque page lue.", "Say the name: each page read bears it.")  # fmt: skip  # noqa: E501
    if one.email and not deliverable(one.email):
        faults["email"] = Text(f"« {one.email} » n’est pas une adresse.", f"“{one.email}” is no address.")
    if faults:
        raise Invalid(faults)
    return one


def _check_place(session: Session, row: Visit, one: VisitorDraft) -> None:
    mine = VisitAccess.visit_id == row.id, VisitAccess.revoked_at.is_(None)
    query = select(func.count()).select_from(VisitAccess)
    if (session.scalar(query.where(VisitAccess.visit_id == row.id)) or 0) >= MOST_VISITORS:
        raise Refused(Text(f"{MOST_VISITORS} visiteurs au plus.", f"{MOST_VISITORS} visitors at most."))
    same = VisitAccess.name == one.name, VisitAccess.organisation == one.organisation, VisitAccess.email == one.email
    if session.scalar(query.where(*mine, *same)):
        raise Invalid(
            {
                "name": Text(
                    f"{one.name} est déjà invité : si le lien est perdu, donnez-en un nouveau depuis la liste.",
                    f"{one.name} is invited already: if the link is lost, give a new one from the list.",
                )
            }
        )


def _made(platform: Platform, session: Session, scope: Scope, row: Visit, access: VisitAccess, token: str) -> Invited:
    path, holder = f"{LINK}{token}", place_name(session, place_at(row.holder), scope.lang)
    link = address(platform, path)
    mailed = bool(access.email and link and relayed(platform))
    if mailed:
        subject, body = invitation(
            scope.lang, row.title, holder, access.name, link, row.starts_at, row.ends_at, platform.settings.timezone
        )
        post(platform, session, Letter(access.email, subject, body, row.scope["establishments"][0]))
    return Invited(
        access.id, access.name, access.organisation, access.email, platform.settings.at(path), mailed, row.title,
        holder, row.starts_at, row.ends_at,
    )  # fmt: skip


def _told(access: VisitAccess, mailed: bool) -> dict[str, str | int | bool]:
    return {"visitor": access.name, "organisation": access.organisation, "access": access.id, "mailed": mailed}
