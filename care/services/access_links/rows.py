"""The rows of links: made with a token that is shown once, found by it, told in the trail."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access_links import LinkKind
from care.domain.remote_access import TECHNOLOGIES
from care.services.errors import Gone, NotFound
from care.services.exercises.seats import hashed
from care.services.notices import address, relayed
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.access_links import AccessAnswer, AccessLink
from care.store.remote_access import RemoteAccess
from scanners.model import Lang, Text

LINK = "/acces/"
"""Where links lead."""
MAX_ACCESSES = 200
"""Accesses that one link asks about at most: our choice."""
_OVER = Text(
    "Ce lien n’ouvre plus rien : son délai est passé, ou l’établissement l’a retiré. Demandez-en un autre à votre "
    "contact.",
    "This link opens nothing any more: its time is over, or the establishment withdrew it. Ask your contact for "
    "another.",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A link just made, never shown again. `mailed`: it also leaves by mail."""

    link_id: int
    name: str
    email: str
    link: str
    mailed: bool
    expires_at: datetime


def add_link(session: Session, link: AccessLink, accesses: Iterable[RemoteAccess], lang: Lang) -> str:
    """Write a link down with the accesses it asks about; returns its token."""
    token = new_token(link)
    session.add(link)
    session.flush()
    session.add_all(
        AccessAnswer(link_id=link.id, access_id=one.id, shown=shown(one, lang), said={}) for one in accesses
    )
    session.flush()
    return token


def new_token(link: AccessLink) -> str:
    """Give a link another token: the former one opens nothing any more."""
    token = secrets.token_urlsafe(24)
    link.token_hash = hashed(token)
    return token


def shown(access: RemoteAccess, lang: Lang) -> dict[str, Any]:
    """How an access is called to whoever is asked about it: what tells it apart, nothing that helps to enter."""
    return {
        "supplier": access.supplier,
        "equipment": access.equipment,
        "purpose": access.purpose,
        "technology": TECHNOLOGIES[access.technology].render(lang) if access.technology else "",
    }


def by_token(session: Session, token: str, now: datetime, *, lock: bool = False) -> AccessLink:
    """The link behind a token. NotFound when there is none, Gone when it is over or was withdrawn."""
    query = select(AccessLink).where(AccessLink.token_hash == hashed(token))
    link = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if link is None:
        raise NotFound
    if link.revoked_at is not None or link.expires_at <= now:
        raise Gone(_OVER)
    return link


def answers_of(session: Session, link_ids: Iterable[int]) -> Sequence[AccessAnswer]:
    """What links ask about, in the order in which it was asked."""
    query = select(AccessAnswer).where(AccessAnswer.link_id.in_(list(link_ids)))
    return session.scalars(query.order_by(AccessAnswer.link_id, AccessAnswer.id)).all()


def handed(platform: Platform, session: Session, link: AccessLink, token: str, letter: tuple[str, str] | None) -> Made:
    """What is shown once of a link; its letter leaves when there is an address, a relay and a public name."""
    mailed = letter is not None and can_mail(platform, link)
    if letter is not None and mailed:
        post(platform, session, Letter(link.email, *letter, link.establishment_id))
    return Made(link.id, link.name, link.email, platform.settings.at(f"{LINK}{token}"), mailed, link.expires_at)


def can_mail(platform: Platform, link: AccessLink) -> bool:
    """Whether a letter with that link can leave and be followed."""
    return bool(link.email and relayed(platform) and public_link(platform, "x"))


def public_link(platform: Platform, token: str) -> str:
    """The full address of a token; "" when nobody outside this machine could follow it."""
    return address(platform, f"{LINK}{token}")


def thing_of(link: AccessLink) -> Thing:
    """A link as the trail names it."""
    kind = "supplier_link" if link.kind is LinkKind.SUPPLIER else "review_link"
    return Thing(kind, link.id, link.establishment_id)
