"""What a bundle answers to the campaigns of the region, written where those campaigns ask it, once an establishment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.asked_campaigns import questions_mark
from care.domain.bundles import Bundle
from care.domain.campaign_words import CampaignWord, answers_to
from care.domain.regional import CampaignKind, Said
from care.services.federation.judging import AHEAD
from care.services.federation.sorting import Aside, Sorted, Spoken
from care.services.regional.questions import questions_of
from care.store.federation import Installation
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.support import CampaignAnswer


@dataclass(frozen=True, slots=True)
class _Asked:
    campaign: RegionalCampaign
    place: CampaignPlace


def take_campaign_words(
    session: Session, row: Installation, bundle: Bundle, spoken: Mapping[str, Spoken], found: Sorted, now: datetime
) -> None:
    """Write where establishments stand with campaigns; what cannot be taken is set aside, with why. The row of the
    installation is locked by the caller."""
    if not bundle.campaigns:
        return
    numbers = {finess: one.establishment_id for finess, one in spoken.items()}
    asked = _asked(session, {one.campaign for one in bundle.campaigns}, set(numbers.values()))
    for word in bundle.campaigns:
        one = asked.get((word.campaign, numbers.get(word.finess, 0)))
        why = Aside.CAMPAIGN if one is None else _take(session, row, one, word, now)
        if why is not None:
            found.aside[why, f"{word.finess} {word.campaign[:8]}"] += 1


def _asked(session: Session, campaigns: set[str], establishments: set[int]) -> dict[tuple[str, int], _Asked]:
    """Our own campaigns that ask those establishments; their questions stay as they are until the commit."""
    query = (
        select(RegionalCampaign, CampaignPlace)
        .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
        .where(
            RegionalCampaign.identifier.in_(campaigns),
            RegionalCampaign.link_id.is_(None),
            CampaignPlace.establishment_id.in_(establishments),
        )
        .order_by(RegionalCampaign.id)
        .with_for_update(read=True, of=RegionalCampaign)
    )
    rows = session.execute(query)
    return {(row.identifier or "", place.establishment_id): _Asked(row, place) for row, place in rows}


def _take(session: Session, row: Installation, one: _Asked, word: CampaignWord, now: datetime) -> Aside | None:
    place = one.place
    if word.at > now + AHEAD:
        return Aside.CAMPAIGN_FUTURE
    if (place.said, place.said_at) == (word.said, word.at):
        return None  # told again, as every bundle does
    if place.said_at is not None and word.at < place.said_at:
        return Aside.CAMPAIGN_OLDER
    if bool(word.questions) is not (one.campaign.kind is CampaignKind.QUESTIONNAIRE):
        return Aside.CAMPAIGN_IMPOSSIBLE
    if one.campaign.kind is CampaignKind.QUESTIONNAIRE:
        why = _write_sheet(session, row, one, word, now)
        if why is not None:
            return why
    place.said, place.said_at = word.said, word.at
    return None


def _write_sheet(session: Session, row: Installation, one: _Asked, word: CampaignWord, now: datetime) -> Aside | None:
    if one.campaign.closes_at < now:
        return Aside.CAMPAIGN_LATE
    questions = questions_of(session, one.campaign.id)
    if word.questions != questions_mark(questions):
        return Aside.CAMPAIGN_QUESTIONS
    answers = answers_to(questions, word) if word.said is Said.DONE else {}
    if answers is None or word.said is Said.DECLINED:
        return Aside.CAMPAIGN_IMPOSSIBLE
    sheet = session.get(CampaignAnswer, (one.campaign.id, one.place.establishment_id), with_for_update=True)
    if sheet is not None and sheet.sent_at is not None and one.place.said is not Said.DONE:
        if word.said is Said.BEGUN:
            return None  # sent from here before the establishment had an installation: it counts until replaced
        if word.at < sheet.sent_at:
            return Aside.CAMPAIGN_OLDER
    if sheet is None:
        sheet = CampaignAnswer(campaign_id=one.campaign.id, establishment_id=one.place.establishment_id, version=0)
        session.add(sheet)
    sheet.answers, sheet.sent_at = dict(answers), word.at if word.said is Said.DONE else None
    sheet.version, sheet.changed_at, sheet.changed_by = sheet.version + 1, now, row.name
    session.flush()
    return None
