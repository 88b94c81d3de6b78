"""Writing a regional campaign: opened by a GRADeS or a GHT, joined by establishments, some excused."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Reach, Right, Scope, place_at
from care.domain.exercises import ExerciseStage
from care.domain.regional import FEWEST, CampaignKind
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.rooms import exercise_row
from care.services.library import today
from care.services.places import place_lineage
from care.services.platform import Platform
from care.services.regional.planning import plan, plan_again
from care.services.stale import refuse_stale
from care.services.territories import check_territory
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, line_of, lines_of
from care.store.exercises import Exercise, ExerciseLesson
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment, still_open, visible
from care.store.support import CampaignAnswer
from scanners.model import Scalar, Text

MAX_NOTE = 4_000
MAX_REASON = 300
_LEVELS = (Level.REGION, Level.GHT)
_NAMES = {
    "title": Text("le titre", "the title"),
    "about": Text("le kit", "the kit"),
    "opens_on": Text("le début", "the beginning"),
    "closes_on": Text("la fin", "the end"),
    "note": Text("le message", "the message"),
}


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A campaign as typed. `about` is the id of a kit shipped, empty when any will do and for what is no exercise; both
    days are included. The kind is chosen once: a campaign that is changed keeps its own."""

    title: str
    opens_on: date
    closes_on: date
    about: str = ""
    note: str = ""
    kind: CampaignKind = CampaignKind.EXERCISE


def create_campaign(platform: Platform, scope: Scope, place: Place, draft: CampaignDraft) -> int:
    """Ask something of every open establishment of a region or of a GHT; the number of the campaign. Invalid, NotFound,
    Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        check_territory(session, scope, place, Right.RUN_CAMPAIGN, _LEVELS)
        opens_at, closes_at = _checked(platform, draft)
        row = RegionalCampaign(
            place=place.key,
            title=line_of(draft.title),
            kind=draft.kind,
            identifier=str(uuid.uuid4()),
            about=draft.about if draft.kind is CampaignKind.EXERCISE else "",
            opens_at=opens_at,
            closes_at=closes_at,
            note=lines_of(draft.note),
            created_at=now,
            created_by=scope.actor,
            changed_at=now,
            changed_by=scope.actor,
        )
        session.add(row)
        session.flush()
        asked = _ask(session, row, today(platform))
        if row.kind is CampaignKind.EXPOSURE:
            plan(platform, session, row, now)
        detail: dict[str, Scalar] = {
            "title": row.title,
            "kind": row.kind.value,
            "place": row.place,
            "establishments": asked,
            "version": row.version,
        }
        record(session, scope, "regional_campaign.created", Thing("regional_campaign", row.id), now, detail)
        return row.id


def _checked(platform: Platform, draft: CampaignDraft) -> tuple[datetime, datetime]:
    title, faults = line_of(draft.title), {}
    if not 0 < len(title) <= MAX_LINE:
        faults["title"] = Text(f"Un titre de 1 à {MAX_LINE} signes.", f"A title of 1 to {MAX_LINE} characters.")
    if draft.closes_on < draft.opens_on:
        faults["closes_on"] = Text("La fin précède le début.", "The end comes before the beginning.")
    if draft.about and draft.about not in platform.kits.exercises:
        faults["about"] = Text("Ce kit n’existe pas.", "There is no such kit.")
    if len(draft.note) > MAX_NOTE:
        faults["note"] = Text(f"{MAX_NOTE} signes au plus.", f"At most {MAX_NOTE} characters.")
    if faults:
        raise Invalid(faults)
    zone = ZoneInfo(platform.settings.timezone)
    return (
        datetime.combine(draft.opens_on, time.min, zone).astimezone(UTC),
        datetime.combine(draft.closes_on, time.max, zone).astimezone(UTC),
    )


def _ask(session: Session, row: RegionalCampaign, day: date) -> int:
    """Ask the open establishments of the place that are not asked yet; how many were."""
    known = select(CampaignPlace.establishment_id).where(CampaignPlace.campaign_id == row.id)
    inside = visible(Reach.of(place_at(row.place)))
    found = session.scalars(
        select(Establishment.id).where(inside, still_open(day), Establishment.id.not_in(known))
    ).all()
    session.add_all(CampaignPlace(campaign_id=row.id, establishment_id=one) for one in found)
    session.flush()
    return len(found)


def campaign_row(
    session: Session, scope: Scope, campaign_id: int, *, lock: bool = False, kind: CampaignKind | None = None
) -> RegionalCampaign:
    """The campaign, of that kind, for who runs it: NotFound for anybody else, and for one that a region sent here."""
    row = session.get(RegionalCampaign, campaign_id, with_for_update=lock or None)
    if row is None or row.link_id is not None or kind not in (None, row.kind):
        raise NotFound
    if not scope.allows(Right.RUN_CAMPAIGN, place_lineage(session, place_at(row.place))):
        raise NotFound
    return row


def change_campaign(platform: Platform, scope: Scope, campaign_id: int, draft: CampaignDraft, version: int) -> None:
    """Change a campaign seen at `version`; establishments registered since are asked too. Invalid, Refused when
    somebody changed it since, NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = campaign_row(session, scope, campaign_id, lock=True)
        thing = Thing("regional_campaign", row.id)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, _NAMES)
        opens_at, closes_at = _checked(platform, draft)
        if row.closes_at < now and closes_at > row.closes_at and _counts_told(session, row):
            raise Invalid({"closes_on": _TOLD_ONCE})
        new = {
            "title": line_of(draft.title),
            "about": draft.about if row.kind is CampaignKind.EXERCISE else "",
            "opens_on": opens_at,
            "closes_on": closes_at,
            "note": lines_of(draft.note),
        }
        fields = [name for name in new if getattr(row, _COLUMNS.get(name, name)) != new[name]]
        for name in fields:
            setattr(row, _COLUMNS.get(name, name), new[name])
        added = _ask(session, row, today(platform))
        if row.kind is CampaignKind.EXPOSURE:
            (plan_again if {"opens_on", "closes_on"} & set(fields) else plan)(platform, session, row, now)
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        detail: dict[str, Scalar] = {"fields": ", ".join(fields), "version": row.version, "added": added}
        record(session, scope, "regional_campaign.changed", thing, now, detail)


def _counts_told(session: Session, row: RegionalCampaign) -> bool:
    """Whether counts of a campaign that is over may have been read: those of a questionnaire, or of lessons."""
    told = {
        CampaignKind.QUESTIONNAIRE: select(func.count(CampaignAnswer.sent_at)).where(
            CampaignAnswer.campaign_id == row.id
        ),
        CampaignKind.EXERCISE: select(func.count(Exercise.establishment_id.distinct()))
        .join(ExerciseLesson, ExerciseLesson.exercise_id == Exercise.id)
        .where(Exercise.campaign_id == row.id),
    }
    query = told.get(row.kind)
    return query is not None and (session.scalar(query) or 0) >= FEWEST


_TOLD_ONCE = Text(
    "Cette campagne est terminée et ses comptes ont été donnés : prolongée, elle les donnerait une seconde fois, et"
    " l’écart dirait ce qu’ont répondu les derniers. Ouvrez une autre campagne.",
    "This campaign is over and its counts were told: extended, it would tell them twice, and the difference would say"
    " what the last ones answered. Open another campaign.",
)
_COLUMNS = {"opens_on": "opens_at", "closes_on": "closes_at"}


def excuse(platform: Platform, scope: Scope, campaign_id: int, establishment_id: int, reason: str) -> None:
    """Excuse an establishment with a reason, or ask it again with an empty one. Invalid, NotFound."""
    now, reason = platform.clock.now(), line_of(reason)
    if len(reason) > MAX_REASON:
        raise Invalid({"excused": Text(f"{MAX_REASON} signes au plus.", f"At most {MAX_REASON} characters.")})
    with platform.database.write() as session:
        row = campaign_row(session, scope, campaign_id)
        place = session.get(CampaignPlace, (row.id, establishment_id), with_for_update=True)
        if place is None:
            raise NotFound
        place.excused = reason
        thing = Thing("regional_campaign", row.id, establishment_id)
        record(session, scope, "regional_campaign.excused", thing, now, {"excused": bool(reason)})


def join_campaign(platform: Platform, scope: Scope, exercise_id: int, campaign_id: int | None) -> None:
    """Tie an exercise to a campaign that asks for it, or untie it with None.

    Refused when the campaign asks for another kit, or no longer asks this establishment; NotFound, Forbidden.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        if row.stage is ExerciseStage.CANCELLED:
            raise Refused(Text("Cet exercice est annulé.", "This exercise is cancelled."))
        if campaign_id is not None:
            _check_asked(session, row, campaign_id)
        former, row.campaign_id = row.campaign_id, campaign_id
        if former == campaign_id:
            return
        action = "regional_campaign.left" if campaign_id is None else "regional_campaign.joined"
        thing = Thing("regional_campaign", campaign_id or former or 0, row.establishment_id)
        record(session, scope, action, thing, now, {"exercise": row.id})


def _check_asked(session: Session, row: Exercise, campaign_id: int) -> None:
    campaign = session.get(RegionalCampaign, campaign_id)
    place = session.get(CampaignPlace, (campaign_id, row.establishment_id))
    if campaign is None or place is None or campaign.kind is not CampaignKind.EXERCISE:
        raise NotFound
    if place.excused:
        raise Refused(
            Text("Votre établissement est dispensé de cette campagne.", "This campaign excuses your establishment.")
        )
    if campaign.about and campaign.about != row.kit:
        raise Refused(
            Text(
                f"La campagne demande le kit « {campaign.about} » ; cet exercice vient du kit « {row.kit} ».",
                f"The campaign asks for kit “{campaign.about}”; this exercise comes from kit “{row.kit}”.",
            )
        )


def days_of(row: RegionalCampaign, zone: ZoneInfo) -> tuple[date, date]:
    """The first and last day of a campaign where the installation is."""
    return row.opens_at.astimezone(zone).date(), row.closes_at.astimezone(zone).date()
