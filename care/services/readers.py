"""People who may be written to: their address, their language, what they want to be told and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.notices import Choice, Digest, after_quiet
from care.services.platform import Platform
from care.store.accounts import Account
from care.store.notices import NoticeChoice


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be written to: their address, their language, what they want and the zone of their clock."""

    account_id: int
    name: str
    email: str
    lang: str
    choice: Choice
    zone: ZoneInfo


def readers(platform: Platform, session: Session, account_ids: frozenset[int]) -> dict[int, Reader]:
    """Those of these accounts that are open and have an address, by number."""
    query = (
        select(Account, NoticeChoice)
        .outerjoin(NoticeChoice, NoticeChoice.account_id == Account.id)
        .where(Account.active, Account.email != "")
    )
    return {
        account.id: reader(platform, account, row)
        for account, row in session.execute(query)
        if account.id in account_ids
    }


def reader(platform: Platform, account: Account, row: NoticeChoice | None) -> Reader:
    """An account as somebody to write to."""
    choice = choice_of(row)
    zone = choice.timezone if known_zone(choice.timezone) else platform.settings.timezone
    return Reader(account.id, account.name, account.email, account.lang, choice, ZoneInfo(zone))


def end_of_quiet(platform: Platform, session: Session, account_id: int, now: datetime) -> datetime:
    """`now`, or when the quiet hours of that account end."""
    account = session.get_one(Account, account_id)
    known = reader(platform, account, session.get(NoticeChoice, account_id))
    return after_quiet(now, known.choice, known.zone)


def choice_of(row: NoticeChoice | None) -> Choice:
    """What a row says; the usual choice when there is none."""
    if row is None:
        return Choice()
    return Choice(
        digest=Digest(row.digest),
        weekday=row.weekday,
        at_minute=row.at_minute,
        immediate=row.immediate,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        timezone=row.timezone,
    )


def known_zone(zone: str) -> bool:
    """Whether it is the name of a time zone."""
    if not zone:
        return False
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: “Europe” is a folder
        return False
    return True
