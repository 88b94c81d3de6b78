"""Deadlines between a region and its establishments: what a campaign waits for, contacts planned, support steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.exercises import ExerciseStage
from care.domain.regional import CampaignKind, Said
from care.domain.support import CONTACT_NAMES
from care.services.deadline_source import Source, Wanted, at_site, there
from care.store.exercises import Exercise
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.support import CampaignAnswer, CampaignAudit, CampaignQuestion, SupportContact, SupportFile
from care.store.targets import Target
from scanners.model import Text

_PLAYED = (ExerciseStage.DEBRIEF, ExerciseStage.CLOSED)
_WAITS = {
    CampaignKind.EXERCISE: Text("Exercice à jouer", "Exercise to play"),
    CampaignKind.QUESTIONNAIRE: Text("Questionnaire à envoyer", "Questionnaire to send"),
    CampaignKind.EXPOSURE: Text("Cible ou mandat à enregistrer", "Target or mandate to record"),
}


def campaigns(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """What campaigns under way still wait for, establishment by establishment; once over, nothing can be done."""
    query = (
        select(RegionalCampaign, CampaignPlace.establishment_id)
        .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
        .where(
            RegionalCampaign.opens_at <= wanted.now,
            RegionalCampaign.closes_at > wanted.now,
            RegionalCampaign.closes_at <= wanted.until_instant,
            CampaignPlace.excused == "",
            _still_waits(),
            *there(CampaignPlace.establishment_id, wanted),
        )
    )
    for row, site in session.execute(query):
        waits = _WAITS[row.kind]
        yield Deadline(
            kind=DeadlineKind.CAMPAIGN,
            identity=f"regional-campaign:{row.id}:{site}",
            place=at_site(site),
            title=Text(f"{waits.fr} : « {row.title} »", f"{waits.en}: “{row.title}”"),
            due_on=wanted.day(row.closes_at),
            changed_at=row.changed_at,
            address=f"/establishments/{site}/regional-campaigns",
        )


def _still_waits() -> ColumnElement[bool]:
    """Whether the establishment of a row has not done what its campaign asks."""
    campaign, site = RegionalCampaign, CampaignPlace.establishment_id
    played = select(Exercise.id).where(
        Exercise.campaign_id == campaign.id, Exercise.establishment_id == site, Exercise.stage.in_(_PLAYED)
    )
    asked = select(CampaignQuestion.number).where(CampaignQuestion.campaign_id == campaign.id)
    sent = select(CampaignAnswer.campaign_id).where(
        CampaignAnswer.campaign_id == campaign.id,
        CampaignAnswer.establishment_id == site,
        CampaignAnswer.sent_at.is_not(None),
    )
    planned = select(CampaignAudit.target_id).where(
        CampaignAudit.campaign_id == campaign.id, CampaignAudit.establishment_id == site
    )
    return or_(
        and_(campaign.kind == CampaignKind.EXERCISE, ~played.exists()),
        and_(campaign.kind == CampaignKind.QUESTIONNAIRE, asked.exists(), ~sent.exists()),
        and_(campaign.kind == CampaignKind.EXPOSURE, ~planned.exists(), _undecided()),
    )


def _undecided() -> ColumnElement[bool]:
    """Whether the establishment of a row said nothing yet of the audits it is asked for, or agreed here and is still to
    record a target."""
    agreed_here = and_(RegionalCampaign.link_id.is_not(None), CampaignPlace.said == Said.BEGUN)
    return or_(CampaignPlace.said.is_(None), agreed_here)


def planned(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """The exposure audits that campaigns plan, on their day: time to prepare, or to decline."""
    query = (
        select(CampaignAudit, RegionalCampaign.title, Target.name)
        .join(RegionalCampaign, RegionalCampaign.id == CampaignAudit.campaign_id)
        .join(Target, Target.id == CampaignAudit.target_id)
        .join(
            CampaignPlace,
            and_(
                CampaignPlace.campaign_id == CampaignAudit.campaign_id,
                CampaignPlace.establishment_id == CampaignAudit.establishment_id,
            ),
        )
        .where(
            CampaignAudit.run_id.is_(None),
            CampaignAudit.declined == "",
            CampaignPlace.excused == "",
            CampaignAudit.due_at > wanted.now,
            CampaignAudit.due_at <= wanted.until_instant,
            *there(CampaignAudit.establishment_id, wanted),
        )
    )
    for row, campaign, name in session.execute(query):
        yield Deadline(
            kind=DeadlineKind.CAMPAIGN,
            identity=f"campaign-audit:{row.campaign_id}:{row.target_id}",
            place=at_site(row.establishment_id),
            title=Text(
                f"Audit d’exposition planifié : {name} (« {campaign} »)",
                f"Exposure audit planned: {name} (“{campaign}”)",
            ),
            due_on=wanted.day(row.due_at),
            changed_at=row.due_at,
            address=f"/establishments/{row.establishment_id}/regional-campaigns",
        )


def asked_here(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Both, for the establishment."""
    yield from campaigns(session, wanted)
    yield from planned(session, wanted)


def contacts(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Visits and other contacts that the region planned, for the establishment that expects them."""
    query = select(SupportContact).where(
        SupportContact.held.is_(False),
        SupportContact.held_on >= wanted.today,
        SupportContact.held_on <= wanted.until,
        *there(SupportContact.establishment_id, wanted),
    )
    for row in session.scalars(query):
        name = CONTACT_NAMES[row.kind]
        yield Deadline(
            kind=DeadlineKind.SUPPORT_CONTACT,
            identity=f"support-contact:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"{name.fr} avec la région : {row.by}", f"{name.en} with the region: {row.by}"),
            due_on=row.held_on,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/support",
            owner=row.by,
        )


def steps(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """For the region: the next step of each establishment, and the contacts that took place or not, nobody told."""
    query = select(SupportFile).where(
        SupportFile.next_on <= wanted.until, SupportFile.next_step != "", *there(SupportFile.establishment_id, wanted)
    )
    for row in session.scalars(query):
        yield Deadline(
            kind=DeadlineKind.SUPPORT_STEP,
            identity=f"support-step:{row.establishment_id}",
            place=at_site(row.establishment_id),
            title=Text(f"Accompagnement : {row.next_step}", f"Support: {row.next_step}"),
            due_on=row.next_on or wanted.today,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/support",
            owner=row.owner,
        )


def untold(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """For the region: contacts planned for a day that is over, of which nobody said how they went."""
    query = select(SupportContact).where(
        SupportContact.held.is_(False),
        SupportContact.held_on < wanted.today,
        *there(SupportContact.establishment_id, wanted),
    )
    for row in session.scalars(query):
        name = CONTACT_NAMES[row.kind]
        yield Deadline(
            kind=DeadlineKind.SUPPORT_STEP,
            identity=f"support-untold:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"{name.fr}, compte rendu à écrire : {row.by}", f"{name.en} to be written up: {row.by}"),
            due_on=row.held_on,
            changed_at=datetime.combine(row.held_on, time.max, wanted.zone).astimezone(UTC),
            address=f"/establishments/{row.establishment_id}/support",
            owner=row.by,
        )


def region_steps(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Both, for who follows the establishments."""
    yield from steps(session, wanted)
    yield from untold(session, wanted)


SOURCES = (
    Source(DeadlineKind.CAMPAIGN, asked_here, Right.SEE_ACTIONS, Right.MANAGE_PROGRAMME, (14, 7, 1)),
    Source(DeadlineKind.SUPPORT_CONTACT, contacts, Right.SEE_ACTIONS, Right.MANAGE_PROGRAMME, (7, 1)),
    Source(DeadlineKind.SUPPORT_STEP, region_steps, Right.MANAGE_REGION, Right.MANAGE_REGION, (7, 1), weekly=True),
)
