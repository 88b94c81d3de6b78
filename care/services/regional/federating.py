"""Campaigns between installations: a region asks with a signed document, which a hospital takes in; what it answers
goes back in its bundle.

Taken in, a campaign is one of those that ask something of our establishments, with the same pages and rules; it is not
ours to change. An audit is only planned once the establishment agreed, and within its own mandates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Scope
from care.domain.asked_campaigns import (
    MOST_CAMPAIGNS,
    OFFERED,
    AskedCampaign,
    AskedDocument,
    AskedPlace,
    questions_mark,
    read_asked,
    write_asked,
    written_campaign,
)
from care.domain.campaign_words import CampaignWord
from care.domain.questionnaires import Question
from care.domain.regional import CampaignKind, Said
from care.domain.signed_documents import DocumentError, canonical, raw_public_key
from care.services.alerts.federating import who_asks
from care.services.couriers import MAX_ANSWER_BYTES
from care.services.federation.region_keys import signer_for
from care.services.platform import Platform
from care.services.regional.planning import plan_again
from care.services.regional.questions import questions_of, shown_answers
from care.services.trail import Thing, record
from care.services.typed_texts import line_of, lines_of
from care.store.federation import Installation, InstallationEstablishment, RegionLink
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.support import CampaignAnswer, CampaignAudit, CampaignQuestion
from scanners.model import Scalar

PATH = "/federation/campaigns"
TOLD_AFTER = timedelta(days=30)
"""How long after its end a campaign and its answers are still told: a hospital that was cut off learns of new dates."""
AHEAD = timedelta(days=1)
"""How far ahead the clock of the region may be."""
_ROOM = 4096


# The region


def answer(platform: Platform, asked: Mapping[str, str]) -> bytes:
    """The region's signed document for the installation that proves who it is. Forbidden for anybody else."""
    with platform.database.read() as session:
        return campaigns_for(platform, session, who_asks(session, asked, platform.clock.now()), asked.get("region", ""))


def campaigns_for(platform: Platform, session: Session, installation: Installation, known: str = "") -> bytes:
    """The signed document of what is asked of the establishments that an installation speaks for, those that end last
    first; as many as one answer holds. Who speaks under pseudonyms is asked nothing. `known` is the key of ours that it
    knows: that one signs."""
    now = platform.clock.now()
    rows = [] if installation.pseudonymous else _asked_rows(session, installation, now)
    places: dict[int, list[AskedPlace]] = {}
    campaigns: dict[int, RegionalCampaign] = {}
    for row, excused, finess in rows:
        campaigns[row.id] = row
        places.setdefault(row.id, []).append(AskedPlace(finess, excused))
    told = (_asked(session, row, places[number]) for number, row in campaigns.items())
    return write_asked(installation.identifier, now, _bounded(told), signer_for(platform, known))


def _asked_rows(
    session: Session, installation: Installation, now: datetime
) -> Sequence[tuple[RegionalCampaign, str, str]]:
    mine = select(InstallationEstablishment.establishment_id).where(
        InstallationEstablishment.installation_id == installation.id
    )
    rows = session.execute(
        select(RegionalCampaign, CampaignPlace.excused, Establishment.finess)
        .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
        .join(Establishment, Establishment.id == CampaignPlace.establishment_id)
        .where(
            CampaignPlace.establishment_id.in_(mine),
            RegionalCampaign.link_id.is_(None),
            RegionalCampaign.identifier.is_not(None),
            RegionalCampaign.kind.in_(OFFERED),
            RegionalCampaign.closes_at > now - TOLD_AFTER,
        )
        .order_by(RegionalCampaign.closes_at.desc(), RegionalCampaign.id.desc(), Establishment.finess)
    )
    return [(row, excused, finess) for row, excused, finess in rows]


def _asked(session: Session, row: RegionalCampaign, places: list[AskedPlace]) -> AskedCampaign:
    return AskedCampaign(
        identifier=row.identifier or "",
        kind=row.kind,
        title=row.title,
        note=row.note,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        questions=questions_of(session, row.id) if row.kind is CampaignKind.QUESTIONNAIRE else (),
        places=tuple(places),
    )


def _bounded(told: Iterable[AskedCampaign]) -> list[dict[str, Any]]:
    """As many as fit in one answer; a questionnaire without a question asks nothing yet."""
    kept, size = list[dict[str, Any]](), 0
    for one in told:
        if one.kind is CampaignKind.QUESTIONNAIRE and not one.questions:
            continue
        entry = written_campaign(one)
        size += len(canonical(entry)) + 1
        if len(kept) == MOST_CAMPAIGNS or size > MAX_ANSWER_BYTES - _ROOM:
            break
        kept.append(entry)
    return kept


# The hospital


def take_campaigns(platform: Platform, session: Session, scope: Scope, link: RegionLink, document: bytes) -> int:
    """Take in what a region asks, in the caller's write transaction; how many campaigns are new or changed.

    Only the region's own signature is believed, only what is meant for this installation and its establishments, and
    nothing that is older than what was taken. DocumentError says what is wrong: nothing of it is then taken.
    """
    now = platform.clock.now()
    told = read_asked(document, raw_public_key(link.region_key))
    _check(link, told, now)
    link.asked_at, link.wrong_fr, link.wrong_en = told.at, "", ""
    return sum(_take(platform, session, scope, link, one, now) for one in told.campaigns)


def _check(link: RegionLink, told: AskedDocument, now: datetime) -> None:
    if told.audience != link.identifier:
        raise DocumentError(
            "Ces campagnes sont destinées à une autre installation : redemandez-les.",
            "These campaigns are meant for another installation: ask for them again.",
        )
    if told.at > now + AHEAD:
        raise DocumentError(
            "Ces campagnes sont datées de l’avenir : vérifiez l’horloge ici et celle de la région.",
            "These campaigns are dated in the future: check the clock here and that of the region.",
        )
    if link.asked_at is not None and told.at < link.asked_at:
        raise DocumentError(
            f"Ces campagnes sont plus anciennes que celles prises ici (écrites le {link.asked_at:%d/%m/%Y à %H:%M} UTC)"
            " : demandez à la région les dernières.",
            f"These campaigns are older than those taken here (written on {link.asked_at:%Y-%m-%d at %H:%M} UTC): ask"
            " the region for the latest.",
        )
    if link.pseudonymous and told.campaigns:
        raise DocumentError(
            "Vous envoyez sous pseudonymes : la région ne peut rien demander à un établissement nommé. Prévenez-la.",
            "You send under pseudonyms: the region can ask nothing of an establishment by its name. Tell it.",
        )


def _take(
    platform: Platform, session: Session, scope: Scope, link: RegionLink, one: AskedCampaign, now: datetime
) -> bool:
    one = replace(one, title=line_of(one.title), note=lines_of(one.note))
    row = session.scalars(
        select(RegionalCampaign).where(RegionalCampaign.identifier == one.identifier).with_for_update()
    ).one_or_none()
    if row is not None and (row.link_id != link.id or row.kind is not one.kind):
        return False  # of another region, or ours: its identifier is not this one's to use
    ours = _ours(session, link, one)
    if row is None and not ours:
        return False
    fields = _written(session, link, row, one, now) if row is not None else []
    row = row or _new(session, link, one, now)
    if questions_of(session, row.id) != one.questions:
        _ask_again(session, row, one.questions, link, now)
        fields.append("questions")
    asked = _place(session, row, ours)
    if {"opens_at", "closes_at"} & set(fields) and row.kind is CampaignKind.EXPOSURE:
        plan_again(platform, session, row, now)
    if not fields and not asked:
        return False
    detail: dict[str, Scalar] = {"title": row.title, "kind": row.kind.value, "from": link.name, "version": row.version,
                                 "fields": ", ".join(fields)}  # fmt: skip
    record(session, scope, "regional_campaign.received", Thing("regional_campaign", row.id), now, detail)
    return True


def _ours(session: Session, link: RegionLink, one: AskedCampaign) -> Mapping[int, str]:
    """Those of our establishments that are asked, by number, with why they are excused; the others, and those that
    this region does not speak with us about, are not ours to answer for."""
    excused = {each.finess: line_of(each.excused) for each in one.places if each.finess in set(link.establishments)}
    rows = session.execute(select(Establishment.id, Establishment.finess).where(Establishment.finess.in_(excused)))
    return {number: excused[finess] for number, finess in rows}


def _new(session: Session, link: RegionLink, one: AskedCampaign, now: datetime) -> RegionalCampaign:
    row = RegionalCampaign(
        identifier=one.identifier,
        link_id=link.id,
        place=PLATFORM.key,
        kind=one.kind,
        title=one.title,
        note=one.note,
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        created_at=now,
        created_by=link.name,
        changed_at=now,
        changed_by=link.name,
        version=1,
    )
    session.add(row)
    session.flush()
    return row


def _written(session: Session, link: RegionLink, row: RegionalCampaign, one: AskedCampaign, now: datetime) -> list[str]:
    """Write what the region changed; the fields that did."""
    names = ("title", "note", "opens_at", "closes_at")
    fields = [name for name in names if getattr(row, name) != getattr(one, name)]
    for name in fields:
        setattr(row, name, getattr(one, name))
    if fields:
        row.version, row.changed_at, row.changed_by = row.version + 1, now, link.name
        session.flush()
    return fields


def _ask_again(
    session: Session, row: RegionalCampaign, questions: Sequence[Question], link: RegionLink, now: datetime
) -> None:
    """Write its questions; a sheet that answered others is a draft again, which keeps what still answers them."""
    former = {one.number: one for one in questions_of(session, row.id)}
    session.execute(delete(CampaignQuestion).where(CampaignQuestion.campaign_id == row.id))
    session.add_all(
        CampaignQuestion(
            campaign_id=row.id, number=one.number, words=one.words, kind=one.kind.value, choices=list(one.choices)
        )
        for one in questions
    )
    same = {str(one.number) for one in questions if former.get(one.number) == one}
    sheets = session.scalars(select(CampaignAnswer).where(CampaignAnswer.campaign_id == row.id).with_for_update())
    for sheet in sheets:
        sheet.answers = {number: answer for number, answer in sheet.answers.items() if number in same}
        sheet.sent_at = None
        sheet.version, sheet.changed_at, sheet.changed_by = sheet.version + 1, now, link.name
    session.flush()


def _place(session: Session, row: RegionalCampaign, ours: Mapping[int, str]) -> bool:
    """Ask these establishments, and excuse those that are; whether that changes anything."""
    known = {
        one.establishment_id: one
        for one in session.scalars(select(CampaignPlace).where(CampaignPlace.campaign_id == row.id))
    }
    changed = [number for number, why in ours.items() if number not in known or known[number].excused != why]
    for number in changed:
        place = known.get(number)
        if place is None:
            session.add(CampaignPlace(campaign_id=row.id, establishment_id=number, excused=ours[number]))
        else:
            place.excused = ours[number]
    session.flush()
    return bool(changed)


# What is answered


def words_of(
    session: Session, link: RegionLink, told_as: Mapping[int, str], now: datetime
) -> Iterator[tuple[str, CampaignWord]]:
    """What our establishments answer to the campaigns of a region, each with the title of its campaign, in an order
    that never changes. Nothing under pseudonyms."""
    if link.pseudonymous:
        return
    words = [*_sheet_words(session, link, told_as, now), *_audit_words(session, link, told_as, now)]
    yield from sorted(words, key=lambda pair: (pair[1].campaign, pair[1].finess))


def _told_still(link: RegionLink, told_as: Mapping[int, str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        RegionalCampaign.link_id == link.id,
        RegionalCampaign.closes_at > now - TOLD_AFTER,
        CampaignPlace.establishment_id.in_(told_as),
    )


def _sheet_words(
    session: Session, link: RegionLink, told_as: Mapping[int, str], now: datetime
) -> Iterator[tuple[str, CampaignWord]]:
    rows = session.execute(
        select(RegionalCampaign, CampaignAnswer)
        .join(CampaignAnswer, CampaignAnswer.campaign_id == RegionalCampaign.id)
        .join(
            CampaignPlace,
            (CampaignPlace.campaign_id == RegionalCampaign.id)
            & (CampaignPlace.establishment_id == CampaignAnswer.establishment_id),
        )
        .where(*_told_still(link, told_as, now), RegionalCampaign.kind == CampaignKind.QUESTIONNAIRE)
    )
    for row, sheet in rows:
        questions, sent = questions_of(session, row.id), sheet.sent_at is not None
        word = CampaignWord(
            campaign=row.identifier or "",
            finess=told_as[sheet.establishment_id],
            said=Said.DONE if sent else Said.BEGUN,
            at=sheet.sent_at or sheet.changed_at,
            questions=questions_mark(questions),
            answers=shown_answers(questions, sheet.answers) if sent else {},
        )
        yield row.title, word


def _audit_words(
    session: Session, link: RegionLink, told_as: Mapping[int, str], now: datetime
) -> Iterator[tuple[str, CampaignWord]]:
    rows = session.execute(
        select(RegionalCampaign, CampaignPlace)
        .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
        .where(
            *_told_still(link, told_as, now),
            RegionalCampaign.kind == CampaignKind.EXPOSURE,
            CampaignPlace.said.is_not(None),
        )
    ).all()
    for row, place in rows:
        said, at = _audits_said(session, row, place)
        finess = told_as[place.establishment_id]
        yield row.title, CampaignWord(row.identifier or "", finess, said, at, "", {})


def _audits_said(session: Session, row: RegionalCampaign, place: CampaignPlace) -> tuple[Said, datetime]:
    """Where the audits that an establishment agreed to stand: done once each that it did not decline is recorded."""
    decided = place.said_at or row.changed_at
    if place.said is not Said.BEGUN:
        return Said.DECLINED, decided
    audits = session.execute(
        select(CampaignAudit.declined, Run.recorded_at)
        .outerjoin(Run, Run.id == CampaignAudit.run_id)
        .where(CampaignAudit.campaign_id == row.id, CampaignAudit.establishment_id == place.establishment_id)
    ).all()
    recorded = [recorded_at for declined, recorded_at in audits if not declined]
    if audits and not recorded:
        return Said.DECLINED, decided
    done = [one for one in recorded if one is not None]
    return (Said.DONE, max(done)) if recorded and len(done) == len(recorded) else (Said.BEGUN, decided)
