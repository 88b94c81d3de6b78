"""Reminders of a campaign: one letter a day at most to each CISO, naming the establishments that still have to do what
is asked of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import Role, Scope
from care.domain.regional import CampaignKind, Progress
from care.services.errors import Refused
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.services.regional.campaigns import campaign_row, days_of
from care.services.regional.exposures import yet_to_allow
from care.services.regional.questions import questions_of
from care.services.regional.reading import places_of
from care.services.trail import Thing, record
from care.store.accounts import Account
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment
from care.store.support import CampaignAnswer
from scanners.model import Text

_HEADS: Mapping[CampaignKind, Text] = {
    CampaignKind.EXERCISE: Text("Exercice de crise à jouer", "Crisis exercise to play"),
    CampaignKind.QUESTIONNAIRE: Text("Questionnaire à remplir", "Questionnaire to fill in"),
    CampaignKind.EXPOSURE: Text("Audit d’exposition à permettre", "Exposure audit to allow"),
}
_WAITS: Mapping[CampaignKind, Text] = {
    CampaignKind.EXERCISE: Text("un exercice de crise, à jouer", "a crisis exercise, to be played"),
    CampaignKind.QUESTIONNAIRE: Text("vos réponses, à envoyer", "your answers, to be sent"),
    CampaignKind.EXPOSURE: Text(
        "une cible d’exposition et un mandat en cours de validité, à enregistrer",
        "an exposure target and a valid mandate, to be recorded",
    ),
}
TO_REMIND = (Progress.NOTHING, Progress.PLANNED, Progress.PREPARING)


def remind(platform: Platform, scope: Scope, campaign_id: int) -> int:
    """Write to the CISO of each establishment that has not done what is asked; returns how many letters are new.

    A second press on the same day sends nothing more. Refused once the campaign is over; NotFound.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = campaign_row(session, scope, campaign_id)
        if row.closes_at < now:
            raise Refused(Text("La campagne est terminée : prolongez-la d’abord.", "The campaign is over: extend it."))
        late = _LATE[row.kind](session, row)
        told = _told(session, late, now)
        sent = sum(_write(platform, session, row, account, names, now) for account, names in told)
        record(session, scope, "regional_campaign.reminded", Thing("regional_campaign", row.id), now, {"letters": sent})
        return sent


def _yet_to_play(session: Session, row: RegionalCampaign) -> set[int]:
    return {one.establishment_id for one in places_of(session, row) if one.progress in TO_REMIND}


def _yet_to_send(session: Session, row: RegionalCampaign) -> set[int]:
    sent = select(CampaignAnswer.establishment_id).where(
        CampaignAnswer.campaign_id == row.id, CampaignAnswer.sent_at.is_not(None)
    )
    asked = select(CampaignPlace.establishment_id).where(
        CampaignPlace.campaign_id == row.id, CampaignPlace.excused == "", CampaignPlace.establishment_id.not_in(sent)
    )
    return set(session.scalars(asked)) if questions_of(session, row.id) else set()


_LATE: Mapping[CampaignKind, Callable[[Session, RegionalCampaign], set[int]]] = {
    CampaignKind.EXERCISE: _yet_to_play,
    CampaignKind.QUESTIONNAIRE: _yet_to_send,
    CampaignKind.EXPOSURE: yet_to_allow,
}


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
    head, waits = _HEADS[row.kind], _WAITS[row.kind]
    subject = Text(f"{head.fr} : {row.title}", f"{head.en}: {row.title}")
    body = Text(
        f"Bonjour {account.name},\n\nLa campagne « {row.title} » attend encore {waits.fr} d’ici au "
        f"{closes_on:%d/%m/%Y} :\n\n{names}\n\n{row.note}\n\nDans CaRE : Votre région, Ce que la région demande.",
        f"Hello {account.name},\n\nCampaign “{row.title}” still waits for {waits.en} by "
        f"{closes_on:%Y-%m-%d}:\n\n{names}\n\n{row.note}\n\nIn CaRE: Your region, What the region asks.",
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
