"""Who of the establishment is told about a visit: those in charge of the programme nearest to who is visited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import RIGHTS, Level, Right, place_at
from care.services.notices import address, relayed
from care.services.outbox import Letter, post
from care.services.places import node, place_name
from care.services.platform import Platform
from care.services.readers import readers
from care.store.accounts import Account
from care.store.programme import Visit

Wording = Callable[[str, str, str], tuple[str, str]]
"""Language, name of who is visited, address of the visit's page: subject and body."""
_NARROW_FIRST = tuple(reversed(Level))


def tell_managers(platform: Platform, session: Session, row: Visit, now: datetime, key: str, wording: Wording) -> int:
    """Write to each of them once per `key`, in the caller's transaction; how many letters. None without a relay."""
    if not relayed(platform):
        return 0
    path = page_of(row)
    told = readers(platform, session, in_charge(session, row, now))
    for one in told.values():
        holder = place_name(session, place_at(row.holder), one.lang)
        subject, body = wording(one.lang, holder, address(platform, path))
        purpose = f"{key}:{one.account_id}"
        post(platform, session, Letter(one.email, subject, body, row.scope["establishments"][0], purpose))
    return len(told)


def page_of(row: Visit) -> str:
    """The page of a visit, from the root of the platform."""
    return f"/establishments/{row.scope['establishments'][0]}/visits/{row.id}"


def in_charge(session: Session, row: Visit, now: datetime) -> frozenset[int]:
    """The accounts in charge at the narrowest level that has some; those with an address, when there are any."""
    above = node(session, place_at(row.holder)).lineage
    accounts = session.scalars(
        select(Account).where(Account.active, Account.email != "").options(selectinload(Account.grants))
    ).all()
    for level in _NARROW_FIRST:
        found = {
            account.id
            for account in accounts
            for grant in (one.grant for one in account.grants)
            if grant.current(now)
            and Right.MANAGE_PROGRAMME in RIGHTS[grant.role]
            and grant.place.level is level
            and grant.place in above
        }
        if found:
            return frozenset(found)
    return frozenset()
