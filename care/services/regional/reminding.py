"""Reminders of a campaign: one letter a day at most to each CISO, naming the establishments that have still to play."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import Role, Scope
from care.domain.regional import Progress
from care.services.errors import Refused
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.services.regional.campaigns import campaign_row, days_of
from care.services.regional.reading import places_of
from care.services.trail import Thing, record
from care.store.accounts import Account
from care.store.regional import RegionalCampaign
from care.store.registry import Establishment
from scanners.model import Text

TO_REMIND = (Progress.NOTHING, Progress.PLANNED, Progress.PREPARING)


def remind(platform: Platform, scope: Scope, campaign_id: int) -> int:
    """Write to the CISO of each establishment that has not played; returns how many letters are new.

    A second press on the same day sends nothing more. Refused once the campaign is over; NotFound.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = campaign_row(session, scope, campaign_id)
        if row.closes_at < now:
            raise Refused(Text("La campagne est terminée : prolongez-la d’abord.", "The campaign is over: extend it."))
        late = {one.establishment_id for one in places_of(session, row) if one.progress in TO_REMIND}
        told = _told(session, late, now)
        sent = sum(_write(platform, session, row, account, names, now) for account, names in told)
        record(session, scope, "regional_campaign.reminded", Thing("regional_campaign", row.id), now, {"letters": sent})
        return sent


def _told(session: Session, late: Iterable[int], now: datetime) -> list[tuple[Account, list[tuple[int, str]]]]:
    """Each CISO who may be written to, with the establishments to speak of."""
    places = session.scalars(
        select(Establishment)
        .where(Establishment.id.in_(late))
        .options(selectinload(Establishment.legal_entity))
        .order_by(Establishment.name)
    ).all()
    accounts = session.scalars(
        select(Account).where(Account.active, Account.email != "").options(selectinload(Account.grants))
    )
    found = defaultdict(list)
    people = {account.id: account for account in accounts}
    for account in people.values():
        grants = [one.grant for one in account.grants if one.grant.role is Role.CISO and one.grant.current(now)]
        mine = frozenset(grant.place for grant in grants)
        found[account.id] = [(one.id, one.name) for one in places if mine & one.lineage]
    return [(people[key], names) for key, names in found.items() if names]


def _write(
    platform: Platform,
    session: Session,
    row: RegionalCampaign,
    account: Account,
    places: list[tuple[int, str]],
    now: datetime,
) -> bool:
    zone = ZoneInfo(platform.settings.timezone)
    _opens_on, closes_on = days_of(row, zone)
    names = "\n".join(f"- {name}" for _number, name in places)
    subject = Text(f"Exercice de crise à jouer : {row.title}", f"Crisis exercise to play: {row.title}")
    body = Text(
        f"Bonjour {account.name},\n\nLa campagne « {row.title} » attend encore un exercice de crise, à jouer d’ici au "
        f"{closes_on:%d/%m/%Y} :\n\n{names}\n\n{row.note}\n\nDans CaRE : S’exercer, Exercices, Campagnes régionales.",
        f"Hello {account.name},\n\nCampaign “{row.title}” still waits for a crisis exercise, to be played by "
        f"{closes_on:%Y-%m-%d}:\n\n{names}\n\n{row.note}\n\nIn CaRE: Exercise, Exercises, Regional campaigns.",
    )
    letter = Letter(
        recipient=account.email,
        subject=subject.render("en" if account.lang == "en" else "fr"),
        body=body.render("en" if account.lang == "en" else "fr"),
        establishment_id=places[0][0],
        purpose_key=f"campaign:{row.id}:{account.id}:{now.astimezone(zone).date().isoformat()}",
        account_id=account.id,
    )
    return post(platform, session, letter) is not None
