"""Following the exposure audits of a campaign, declining one, planning again what failed or can newly be done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.jobs import JobState
from care.domain.regional import (
    AUDIT_STATES,
    EXPOSURE_NAMES,
    AuditState,
    CampaignKind,
    ExposureProgress,
    Said,
)
from care.domain.restraints import StopCause
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.place_choices import SeenSite, seen_sites
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.regional.campaigns import MAX_REASON, campaign_row, days_of
from care.services.regional.elsewhere import Elsewhere, asker, elsewhere
from care.services.regional.planning import MOST_TRIES, plan, possible, targets_of
from care.services.regional.reading import CampaignLine, campaign_lines
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.jobs import Job
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.support import CampaignAudit
from care.store.targets import Target
from reports.spreadsheets import Cell, csv_bytes
from scanners.model import Text

_HEADER = (
    Text("Établissement", "Establishment"), Text("GHT", "GHT"), Text("Avancement", "Progress"),
    Text("Dispense", "Excused"), Text("Cible", "Target"), Text("État", "State"), Text("Prévu le", "Due on"),
    Text("Pourquoi", "Why"),
)  # fmt: skip
_FAILED = (JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One audit of a campaign. `told` says why it did not start, or why it failed, and which try this is."""

    target_id: int
    name: str
    state: AuditState
    due_at: datetime
    run_id: int | None
    told: str
    declined: str


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """How far one establishment is. `why` says for each target that cannot be planned what is missing. `elsewhere`: its
    own installation, and when what that one says of the campaign was so."""

    establishment_id: int
    name: str
    ght: str
    progress: ExposureProgress
    excused: str
    audits: tuple[AuditLine, ...]
    why: tuple[tuple[str, str], ...]
    elsewhere: Elsewhere | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExposureView:
    """A campaign of exposure audits, establishment by establishment, those that are least far first."""

    campaign: CampaignLine
    places: tuple[ExposureLine, ...]
    counts: Mapping[ExposureProgress, int]
    states: Mapping[AuditState, int]


@dataclass(frozen=True, slots=True)
class AskedAudits:
    """A campaign of exposure audits as an establishment sees it: when each of its targets will be audited. `to_decide`:
    a region asks from its own installation, nothing is planned before somebody here agrees; `said`: what was decided.
    """

    id: int
    title: str
    place: str
    note: str
    opens_on: date
    closes_on: date
    over: bool
    line: ExposureLine
    may_decline: bool
    to_decide: bool
    said: Said | None


def follow_exposures(platform: Platform, scope: Scope, campaign_id: int) -> ExposureView:
    """A campaign of exposure audits, for who runs it. NotFound."""
    with platform.database.read() as session:
        row = campaign_row(session, scope, campaign_id, kind=CampaignKind.EXPOSURE)
        places = exposure_lines(platform, session, row, scope.lang)
        line = campaign_lines(platform, session, scope, [row])[0]
    rank = list(EXPOSURE_NAMES)
    places.sort(key=lambda one: (rank.index(one.progress), one.name))
    return ExposureView(
        campaign=line,
        places=tuple(places),
        counts=Counter(one.progress for one in places),
        states=Counter(audit.state for one in places for audit in one.audits),
    )


def exposure_lines(
    platform: Platform, session: Session, row: RegionalCampaign, lang: str, only: int | None = None
) -> list[ExposureLine]:
    """Every establishment of a campaign, or one, in four queries however many they are."""
    now = platform.clock.now()
    asked = {
        one.establishment_id: one
        for one in session.scalars(select(CampaignPlace).where(CampaignPlace.campaign_id == row.id))
    }
    others = elsewhere(session, asked) if row.link_id is None else {}
    mine = select(CampaignPlace.establishment_id).where(CampaignPlace.campaign_id == row.id)
    if only is not None:
        mine = mine.where(CampaignPlace.establishment_id == only)
    sites = seen_sites(session, [Establishment.id.in_(mine)])
    audits = _audits(session, row, now, lang)
    planned = {one.target_id for found in audits.values() for one in found}
    why: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for target, mandate in targets_of(session, row, now):
        if (
            only in (None, target.establishment_id)
            and target.id not in planned
            and (reason := possible(platform, session, target, mandate, row, now).why_not)
        ):
            why[target.establishment_id].append((target.name, reason.render(lang)))
    return [
        _line(row, one, asked[one.id], audits.get(one.id, ()), why.get(one.id, ()), others.get(one.id)) for one in sites
    ]


def _audits(session: Session, row: RegionalCampaign, now: datetime, lang: str) -> Mapping[int, list[AuditLine]]:
    query = (
        select(CampaignAudit, Target.name, Run.recorded_at, Run.stopped, Job)
        .join(Target, Target.id == CampaignAudit.target_id)
        .outerjoin(Run, Run.id == CampaignAudit.run_id)
        .outerjoin(Job, Job.id == Run.job_id)
        .where(CampaignAudit.campaign_id == row.id)
        .order_by(CampaignAudit.due_at)
    )
    found: dict[int, list[AuditLine]] = defaultdict(list)
    for audit, name, recorded_at, stopped, job in session.execute(query):
        whole = None if stopped is StopCause.PERSON else recorded_at  # a part that somebody stopped is no audit
        state = _state(audit, whole, job, now, over=row.closes_at <= now)
        found[audit.establishment_id].append(
            AuditLine(
                target_id=audit.target_id,
                name=name,
                state=state,
                due_at=audit.due_at,
                run_id=audit.run_id,
                told=" ".join(one.render(lang) for one in _told(audit, state, job) if one.fr),
                declined=audit.declined,
            )
        )
    return found


def _told(audit: CampaignAudit, state: AuditState, job: Job | None) -> Iterator[Text]:
    """Why it failed or could not start, then which try this is and why the one before failed."""
    if state is not AuditState.FAILED or job is None:
        yield Text(audit.told_fr, audit.told_en)
    elif job.state is JobState.CANCELLED:
        who = job.cancel_requested_by or ""
        yield Text(f"Annulé par {who}.", f"Cancelled by {who}.")
    else:
        yield Text(job.error_fr or "", job.error_en or "")
    if audit.tries:
        number = audit.tries + 1
        yield Text(
            f"Essai {number} sur {MOST_TRIES} ; le précédent a échoué : {audit.failed_fr}",
            f"Try {number} out of {MOST_TRIES}; the one before failed: {audit.failed_en}",
        )


def _state(
    audit: CampaignAudit, recorded_at: datetime | None, job: Job | None, now: datetime, *, over: bool
) -> AuditState:
    if recorded_at is not None:
        return AuditState.DONE
    if audit.run_id is not None:
        return AuditState.FAILED if job is None or job.state in _FAILED else AuditState.RUNNING
    if audit.declined:
        return AuditState.DECLINED
    if over:
        return AuditState.MISSED
    return AuditState.PLANNED if audit.due_at > now else AuditState.WAITING


def _line(
    row: RegionalCampaign,
    site: SeenSite,
    place: CampaignPlace,
    audits: Iterable[AuditLine],
    why: Sequence[tuple[str, str]],
    other: Elsewhere | None,
) -> ExposureLine:
    found = tuple(audits)
    here = _progress([one.state for one in found], has_targets=bool(why))
    speaks = other is not None and not other.pseudonymous
    return ExposureLine(
        establishment_id=site.id,
        name=site.name,
        ght=site.ght or "",
        progress=_standing(row, place, here, planned=bool(found), speaks=speaks),
        excused=place.excused,
        audits=found,
        why=() if speaks else tuple(why),
        elsewhere=other,
        said_at=place.said_at,
    )


def _standing(
    row: RegionalCampaign, place: CampaignPlace, here: ExposureProgress, *, planned: bool, speaks: bool
) -> ExposureProgress:
    """Once an establishment: what is planned here, unless its installation did it or speaks alone; where a region of
    another installation asks, what was decided, then what is planned."""
    if place.excused:
        return ExposureProgress.EXCUSED
    if row.link_id is not None:
        return here if place.said is Said.BEGUN else _SAID[place.said]
    if place.said is Said.DONE or (not planned and (speaks or place.said is not None)):
        return _SAID[place.said]
    return here


_SAID: Mapping[Said | None, ExposureProgress] = {
    None: ExposureProgress.NOTHING_SAID,
    Said.BEGUN: ExposureProgress.PLANNED,
    Said.DONE: ExposureProgress.DONE,
    Said.DECLINED: ExposureProgress.DECLINED,
}


def _progress(states: Sequence[AuditState], *, has_targets: bool) -> ExposureProgress:
    if not states:
        return ExposureProgress.NO_MANDATE if has_targets else ExposureProgress.NO_TARGET
    to_come = {AuditState.PLANNED, AuditState.WAITING, AuditState.RUNNING}
    done = states.count(AuditState.DONE)
    if done == len(states):
        return ExposureProgress.DONE
    if done:
        return ExposureProgress.PARTLY
    return ExposureProgress.PLANNED if to_come & set(states) else ExposureProgress.NOT_DONE


def yet_to_allow(session: Session, row: RegionalCampaign) -> set[int]:
    """The establishments asked of which nothing could be planned: their target or their mandate is missing, and their
    own installation, if they have one, said nothing."""
    planned = select(CampaignAudit.establishment_id).where(CampaignAudit.campaign_id == row.id)
    asked = select(CampaignPlace.establishment_id).where(
        CampaignPlace.campaign_id == row.id,
        CampaignPlace.excused == "",
        CampaignPlace.said.is_(None),
        CampaignPlace.establishment_id.not_in(planned),
    )
    return set(session.scalars(asked))


def plan_missing(platform: Platform, scope: Scope, campaign_id: int) -> int:
    """Plan what can newly be audited and, anew, what failed; how many audits. Refused once it is over; NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = campaign_row(session, scope, campaign_id, lock=True, kind=CampaignKind.EXPOSURE)
        if row.closes_at <= now:
            raise Refused(Text("La campagne est terminée : prolongez-la d’abord.", "The campaign is over: extend it."))
        failed = session.scalars(
            select(CampaignAudit)
            .join(Run, Run.id == CampaignAudit.run_id)
            .join(Job, Job.id == Run.job_id)
            .where(CampaignAudit.campaign_id == row.id, Run.recorded_at.is_(None), Job.state.in_(_FAILED))
            .with_for_update(of=CampaignAudit)
        ).all()
        for one in failed:
            session.delete(one)
        session.flush()
        count = plan(platform, session, row, now)
        record(session, scope, "regional_campaign.planned", Thing("regional_campaign", row.id), now, {"audits": count})
        return count


def asked_audits(platform: Platform, scope: Scope, establishment_id: int) -> tuple[AskedAudits, ...]:
    """The campaigns that audit the exposure of an establishment, the latest first. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = session.scalars(
            select(RegionalCampaign)
            .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
            .where(CampaignPlace.establishment_id == place.id, RegionalCampaign.kind == CampaignKind.EXPOSURE)
            .order_by(RegionalCampaign.opens_at.desc(), RegionalCampaign.id.desc())
        ).all()
        runs = scope.allows(Right.RUN_AUDIT, place.lineage)
        return tuple(_asked(platform, session, scope, row, place.id, runs=runs) for row in rows)


def _asked(
    platform: Platform, session: Session, scope: Scope, row: RegionalCampaign, establishment_id: int, *, runs: bool
) -> AskedAudits:
    opens_on, closes_on = days_of(row, ZoneInfo(platform.settings.timezone))
    (line,) = exposure_lines(platform, session, row, scope.lang, establishment_id)
    over = row.closes_at < platform.clock.now()
    return AskedAudits(
        id=row.id,
        title=row.title,
        place=asker(session, row, scope.lang),
        note=row.note,
        opens_on=opens_on,
        closes_on=closes_on,
        over=over,
        line=line,
        may_decline=runs and not over,
        to_decide=row.link_id is not None,
        said=session.get_one(CampaignPlace, (row.id, establishment_id)).said,
    )


def decide_audits(platform: Platform, scope: Scope, establishment_id: int, campaign_id: int, *, agree: bool) -> None:
    """Say whether this establishment does the audits that a region asks from its own installation: agreed, they are
    planned within its mandates; declined, none that was not started is.

    Refused once the campaign is over or excuses the establishment; NotFound, Forbidden.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        site = visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        row = session.get(RegionalCampaign, campaign_id, with_for_update=True)
        place = session.get(CampaignPlace, (campaign_id, site.id), with_for_update=True)
        if row is None or place is None or row.link_id is None or row.kind is not CampaignKind.EXPOSURE:
            raise NotFound
        if row.closes_at <= now:
            raise Refused(Text("La campagne est terminée.", "The campaign is over."))
        if place.excused:
            raise Refused(
                Text("Votre établissement est dispensé de cette campagne.", "This campaign excuses your establishment.")
            )
        place.said, place.said_at = Said.BEGUN if agree else Said.DECLINED, now
        session.flush()
        if agree:
            plan(platform, session, row, now)
        else:
            _drop_planned(session, row, site.id)
        thing = Thing("regional_campaign", row.id, site.id)
        record(session, scope, "regional_campaign.decided", thing, now, {"agreed": agree})


def _drop_planned(session: Session, row: RegionalCampaign, establishment_id: int) -> None:
    session.execute(
        delete(CampaignAudit).where(
            CampaignAudit.campaign_id == row.id,
            CampaignAudit.establishment_id == establishment_id,
            CampaignAudit.run_id.is_(None),
        )
    )


def decline_audit(
    platform: Platform, scope: Scope, establishment_id: int, campaign_id: int, target_id: int, reason: str
) -> None:
    """Refuse an audit that is planned, with a reason, or allow it again with an empty one, by the establishment.

    Refused once it was started; Invalid, NotFound, Forbidden.
    """
    now, reason = platform.clock.now(), line_of(reason)
    if len(reason) > MAX_REASON:
        raise Invalid({"declined": Text(f"{MAX_REASON} signes au plus.", f"At most {MAX_REASON} characters.")})
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        row = session.get(CampaignAudit, (campaign_id, target_id), with_for_update=True)
        if row is None or row.establishment_id != place.id:
            raise NotFound
        if row.run_id is not None:
            raise Refused(Text("Cet audit est déjà lancé.", "This audit was already started."))
        row.declined = reason
        thing = Thing("regional_campaign", campaign_id, place.id)
        detail = {"target": target_id, "declined": bool(reason)}
        record(session, scope, "regional_campaign.audit_declined", thing, now, detail)


def audits_csv(platform: Platform, scope: Scope, campaign_id: int) -> bytes:
    """One line an audit, and one for each establishment or target without any, with why. NotFound, Forbidden."""
    view = follow_exposures(platform, scope, campaign_id)
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    zone, lang = ZoneInfo(platform.settings.timezone), scope.lang
    with platform.database.write() as session:
        thing = Thing("regional_campaign", campaign_id)
        record(session, scope, "regional_campaign.exported", thing, platform.clock.now(), {"form": "csv"})
    rows = [row for one in view.places for row in _rows(one, zone, lang)]
    return csv_bytes([one.render(lang) for one in _HEADER], rows)


def _rows(one: ExposureLine, zone: ZoneInfo, lang: str) -> list[list[Cell]]:
    first: list[Cell] = [one.name, one.ght, EXPOSURE_NAMES[one.progress].render(lang), one.excused]
    audits: list[list[Cell]] = [
        [*first, audit.name, AUDIT_STATES[audit.state].render(lang), audit.due_at.astimezone(zone),
         audit.declined or audit.told]
        for audit in one.audits
    ]  # fmt: skip
    without: list[list[Cell]] = [[*first, name, "", None, why] for name, why in one.why]
    return audits + without or [[*first, "", "", None, _by_whom(one).render(lang)]]


def _by_whom(one: ExposureLine) -> Text:
    if one.elsewhere is None:
        return Text("", "")
    name = one.elsewhere.name
    return Text(f"Par son installation : {name}", f"By its own installation: {name}")
