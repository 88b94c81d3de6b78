"""Exposure audits of a campaign: planned over its days within each mandate, then asked for when they are due.

Planning says when; the engine of jobs is fair between establishments. A mandate that was withdrawn or narrowed since
refuses the audit at the last moment, here and again in the worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Session

from care.domain.access import Reach, machine_scope
from care.domain.campaign_calendar import Allowed, Window, due
from care.domain.jobs import JobState
from care.domain.regional import CampaignKind, Said
from care.services import audits
from care.services.audit_hours import open_windows
from care.services.errors import Refused
from care.services.mandates import check_scope, row_mapping, unsigned_refusal
from care.services.platform import Platform
from care.services.work import Hold
from care.store.jobs import Job
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment, visible
from care.store.runs import Run
from care.store.support import CampaignAudit
from care.store.targets import Mandate, Target
from scanners.exposure.mandate import Mandate as Authorisation
from scanners.exposure.mandate import parse_mandate
from scanners.model import Text

SCANNER = "exposure"
NOTICE = timedelta(days=1)
"""How long before its audit an establishment can read when it is, and decline: our choice, kept while time allows."""
SOON = timedelta(hours=1)
"""The shortest time before a failed audit is tried again, when a day would be too late: our choice."""
MOST_TRIES = 3
"""Times an audit of a campaign is tried by itself: our choice. People may plan it again after that."""
_NO_MANDATE = Text(
    "Aucun mandat n’est rattaché à cette cible.",
    "No mandate is linked to this target.",
)
_WITHDRAWN = Text("Le mandat a été retiré.", "The mandate was withdrawn.")
_NEVER_OPEN = Text(
    "Le mandat n’autorise aucun moment d’ici à la fin de la campagne.",
    "The mandate allows no moment before the end of the campaign.",
)
_GONE = Text(
    "L’établissement a fermé ou quitté ce territoire.",
    "The establishment has closed or left this territory.",
)
_ARCHIVED = Text("La cible a été archivée.", "The target was archived.")


@dataclass(frozen=True, slots=True)
class Possible:
    """When a target may be audited for a campaign; no window and the reason when it may not."""

    target: Target
    open_in: tuple[Window, ...]
    why_not: Text | None = None


def possible(
    platform: Platform,
    session: Session,
    target: Target,
    mandate: Mandate | None,
    campaign: RegionalCampaign,
    now: datetime,
) -> Possible:
    """When a target may be audited from now to the end of a campaign, within its mandate and outside the quiet hours
    and freezes of its establishment."""
    if mandate is None:
        return Possible(target, (), _NO_MANDATE)
    if mandate.withdrawn_at is not None:
        return Possible(target, (), _WITHDRAWN)
    unsigned = unsigned_refusal(session, mandate)
    if unsigned is not None:
        return Possible(target, (), unsigned)
    authorisation = parse_mandate(row_mapping(mandate))
    try:
        check_scope(authorisation, target.request["targets"])
    except Refused as refusal:
        return Possible(target, (), refusal.text)
    allowed, start = _allowed(authorisation), max(now, campaign.opens_at)
    open_in = open_windows(platform, session, target.establishment_id, allowed, start, campaign.closes_at)
    return Possible(target, open_in, None if open_in else _NEVER_OPEN)


def _with_notice(
    platform: Platform,
    session: Session,
    target: Target,
    mandate: Mandate | None,
    campaign: RegionalCampaign,
    now: datetime,
) -> Possible:
    later = possible(platform, session, target, mandate, campaign, now + NOTICE)
    return later if later.open_in else possible(platform, session, target, mandate, campaign, now)


def _allowed(mandate: Authorisation) -> Allowed:
    return Allowed(mandate.valid_from, mandate.valid_to, mandate.hours, mandate.timezone)


def plan(platform: Platform, session: Session, campaign: RegionalCampaign, now: datetime) -> int:
    """Plan the audits of the targets that have none yet and may be audited; how many were."""
    known = select(CampaignAudit.target_id).where(CampaignAudit.campaign_id == campaign.id)
    found = [
        one
        for target, mandate in targets_of(session, campaign, now)
        if (one := _with_notice(platform, session, target, mandate, campaign, now)).open_in
    ]
    planned = set(session.scalars(known))
    missing = _in_turn([one for one in found if one.target.id not in planned])
    session.add_all(
        CampaignAudit(
            campaign_id=campaign.id,
            target_id=one.target.id,
            establishment_id=one.target.establishment_id,
            due_at=due(rank, len(missing), one.open_in),
            told_fr="",
            told_en="",
            tries=0,
            failed_fr="",
            failed_en="",
            declined="",
        )
        for rank, one in enumerate(missing)
    )
    session.flush()
    return len(missing)


def targets_of(session: Session, campaign: RegionalCampaign, now: datetime) -> list[tuple[Target, Mandate | None]]:
    """The exposure targets of the establishments that a campaign asks, with their mandates; those that closed or left
    its place since are no longer its business."""
    asked = select(CampaignPlace.establishment_id).where(
        CampaignPlace.campaign_id == campaign.id, CampaignPlace.excused == "", _agreed(campaign.link_id)
    )
    query = (
        select(Target, Mandate)
        .outerjoin(Mandate, Mandate.id == Target.mandate_id)
        .join(Establishment, Establishment.id == Target.establishment_id)
        .where(
            Target.scanner == SCANNER,
            Target.archived_at.is_(None),
            Target.establishment_id.in_(asked),
            visible(Reach.of(campaign.where)),
            or_(Establishment.closed_on.is_(None), Establishment.closed_on > now.date()),
        )
        .order_by(Target.establishment_id, Target.id)
    )
    return [(target, mandate) for target, mandate in session.execute(query)]


def _agreed(link_id: int | None) -> ColumnElement[bool]:
    """Whether an establishment lets a campaign plan its audits: ours do, until they decline one; what a region asks
    from its own installation waits for their word."""
    return true() if link_id is None else CampaignPlace.said == Said.BEGUN


def _in_turn(found: Sequence[Possible]) -> list[Possible]:
    """The first target of every establishment, then the second of each: one with many does not come first."""
    ranks: dict[int, int] = defaultdict(int)
    keyed = []
    for one in found:
        site = one.target.establishment_id
        keyed.append((ranks[site], site, one))
        ranks[site] += 1
    return [one for _rank, _site, one in sorted(keyed, key=lambda key: key[:2])]


def plan_again(platform: Platform, session: Session, campaign: RegionalCampaign, now: datetime) -> int:
    """Plan anew what was not asked for yet, after the dates of a campaign changed; what was declined stays so."""
    rows = session.scalars(
        select(CampaignAudit)
        .where(CampaignAudit.campaign_id == campaign.id, CampaignAudit.run_id.is_(None), CampaignAudit.declined == "")
        .with_for_update()
    ).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return plan(platform, session, campaign, now)


def ask_due(platform: Platform, hold: Hold) -> None:
    """The job: plan what can newly be audited, then ask for every audit that is due, each in its own transaction."""
    planned = sum(_plan_one(platform, number) for number in _open_campaigns(platform))
    again = sum(_try_again(platform, number) for number in _open_campaigns(platform))
    asked = sum(_ask(platform, *key) for key in _due(platform))
    said = Text(
        f"Audits de campagne planifiés : {planned} ; repris après un échec : {again} ; lancés : {asked}.",
        f"Campaign audits planned: {planned}; planned again after a failure: {again}; started: {asked}.",
    )
    with platform.database.write() as session:
        hold.finish(session, said)


def _open_campaigns(platform: Platform) -> Sequence[int]:
    now = platform.clock.now()
    query = select(RegionalCampaign.id).where(
        RegionalCampaign.kind == CampaignKind.EXPOSURE,
        RegionalCampaign.opens_at <= now,
        RegionalCampaign.closes_at > now,
    )
    with platform.database.read() as session:
        return session.scalars(query.order_by(RegionalCampaign.id)).all()


def _plan_one(platform: Platform, campaign_id: int) -> int:
    with platform.database.write() as session:
        row = session.get_one(RegionalCampaign, campaign_id, with_for_update=True)
        return plan(platform, session, row, platform.clock.now())


def _try_again(platform: Platform, campaign_id: int) -> int:
    """Plan anew the audits of a campaign that failed, a few times each, within its days and the hours of mandates; how
    many. One that a person cancelled stays so, and so does one that nothing allows any more: its reason is shown."""
    now = platform.clock.now()
    with platform.database.write() as session:
        campaign = session.get_one(RegionalCampaign, campaign_id, with_for_update=True)
        rows = session.execute(_failed(campaign_id)).all()
        return sum(_plan_anew(platform, session, campaign, audit, job, now) for audit, job in rows)


def _failed(campaign_id: int) -> Select[CampaignAudit, Job]:
    return (
        select(CampaignAudit, Job)
        .join(Run, Run.id == CampaignAudit.run_id)
        .join(Job, Job.id == Run.job_id)
        .join(
            CampaignPlace,
            (CampaignPlace.campaign_id == CampaignAudit.campaign_id)
            & (CampaignPlace.establishment_id == CampaignAudit.establishment_id),
        )
        .where(
            CampaignAudit.campaign_id == campaign_id,
            CampaignAudit.tries < MOST_TRIES - 1,
            CampaignPlace.excused == "",
            Run.recorded_at.is_(None),
            Job.state == JobState.FAILED,
        )
        .with_for_update(of=CampaignAudit)
    )


def _plan_anew(
    platform: Platform, session: Session, campaign: RegionalCampaign, row: CampaignAudit, job: Job, now: datetime
) -> bool:
    target = session.get_one(Target, row.target_id)
    if target.archived_at is not None or not _still_there(session, campaign, target, now):
        return False
    mandate = session.get(Mandate, target.mandate_id) if target.mandate_id is not None else None
    found = possible(platform, session, target, mandate, campaign, now + NOTICE)
    if not found.open_in:
        found = possible(platform, session, target, mandate, campaign, now + SOON)
    if not found.open_in:
        return False
    row.run_id, row.tries = None, row.tries + 1
    row.failed_fr, row.failed_en = job.error_fr or "", job.error_en or ""
    row.due_at = due(target.id, 1, found.open_in[:1])
    _tell(row, Text("", ""))
    return True


def _due(platform: Platform) -> Sequence[tuple[int, int]]:
    """Campaign and target of what is due, the longest due first."""
    now = platform.clock.now()
    query = (
        select(CampaignAudit.campaign_id, CampaignAudit.target_id)
        .join(RegionalCampaign, RegionalCampaign.id == CampaignAudit.campaign_id)
        .join(
            CampaignPlace,
            (CampaignPlace.campaign_id == CampaignAudit.campaign_id)
            & (CampaignPlace.establishment_id == CampaignAudit.establishment_id),
        )
        .where(
            CampaignAudit.due_at <= now,
            CampaignAudit.run_id.is_(None),
            CampaignAudit.declined == "",
            CampaignPlace.excused == "",
            or_(RegionalCampaign.link_id.is_(None), CampaignPlace.said == Said.BEGUN),
            RegionalCampaign.opens_at <= now,
            RegionalCampaign.closes_at > now,
        )
        .order_by(CampaignAudit.due_at, CampaignAudit.target_id)
    )
    with platform.database.read() as session:
        return [(campaign, target) for campaign, target in session.execute(query)]


def _ask(platform: Platform, campaign_id: int, target_id: int) -> bool:
    """Ask for one audit; whether it was. What refuses it is kept beside it, and it is tried again within its hours."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.get_one(CampaignAudit, (campaign_id, target_id), with_for_update=True, populate_existing=True)
        if row.run_id is not None or row.declined:
            return False  # asked for or declined meanwhile
        campaign, target = session.get_one(RegionalCampaign, campaign_id), session.get_one(Target, target_id)
        if target.archived_at is not None or not _still_there(session, campaign, target, now):
            _tell(row, _ARCHIVED if target.archived_at is not None else _GONE)
            return False
        slot = f"regional:{campaign_id}:{target_id}:{row.due_at:%Y%m%dT%H%M%S}"
        try:
            started = audits.submit_audit(platform, session, machine_scope(_actor(campaign)), target, None, slot)
        except Refused as refusal:
            _put_off(platform, session, row, campaign, target, now, refusal.text)
            return False
        if started is None:
            return False
        row.run_id = started.run_id
        _tell(row, Text("", ""))
        return True


def _still_there(session: Session, campaign: RegionalCampaign, target: Target, now: datetime) -> bool:
    site = session.get_one(Establishment, target.establishment_id)
    return (site.closed_on is None or site.closed_on > now.date()) and campaign.where in site.lineage


def _put_off(
    platform: Platform,
    session: Session,
    row: CampaignAudit,
    campaign: RegionalCampaign,
    target: Target,
    now: datetime,
    why: Text,
) -> None:
    """Say why it could not start; due again in the next window when this is only a matter of hours."""
    mandate = session.get(Mandate, target.mandate_id) if target.mandate_id is not None else None
    found = possible(platform, session, target, mandate, campaign, now)
    if found.open_in and found.open_in[0][0] > now:
        row.due_at = due(target.id, 1, found.open_in[:1])
    _tell(row, why)


def _tell(row: CampaignAudit, why: Text) -> None:
    row.told_fr, row.told_en = why.fr, why.en


def _actor(campaign: RegionalCampaign) -> str:
    return f"CaRE · {campaign.title}"[:200]
