"""The profile of an establishment: operator of essential services, status, department, position on a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.months import month_of
from care.domain.profiles import LEGAL_STATUS_NAMES, Status
from care.domain.regions import REGION_OF_DEPARTMENT, insee_department
from care.services.errors import Forbidden, Invalid
from care.services.former_places import keep_former_profile
from care.services.indicators.marks import mark_since
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.store.indicators import EstablishmentProfile, FormerPlace, FormerProfile
from care.store.registry import Establishment, Ght, LegalEntity, Region
from scanners.model import Scalar, Text

FIELDS: Mapping[str, Text] = {
    "ose": Text("la qualité d’OSE", "whether it is an operator of essential services"),
    "status": Text("le statut", "the status"),
    "department": Text("le département", "the department"),
    "position": Text("la position", "the position"),
    "place": Text("le rattachement", "its place"),
    "name": Text("le nom", "its name"),
    "end": Text("la fermeture", "its closing"),
}
"""What changes of an establishment, as a conflict of two people says it."""
NO_DEPARTMENT = Text(
    "Indiquez le code d’un département français : 35, 2A, 974…", "Give the code of a French department: 35, 2A, 974…"
)
BOTH = Text("Donnez la longitude et la latitude, ou aucune.", "Give both longitude and latitude, or neither.")
LONGITUDE = Text(
    "Une longitude est un nombre de degrés entre −180 et 180.", "A longitude is a number of degrees from −180 to 180."
)
LATITUDE = Text(
    "Une latitude est un nombre de degrés entre −90 et 90.", "A latitude is a number of degrees from −90 to 90."
)


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """A profile as typed; None and the empty text mean unknown."""

    ose: bool | None = None
    status: str = ""
    department: str = ""
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From which day on a change holds, and the day it is."""

    since: date
    today: date


@dataclass(frozen=True, slots=True)
class FormerAnswersView:
    """What an establishment answered up to and including a day."""

    until: date
    ose: bool | None
    status_name: str


@dataclass(frozen=True, slots=True)
class FormerPlaceView:
    """Where an establishment was up to and including a day, and what it was called; empty where nobody kept it."""

    until: date
    name: str
    region: str
    ght: str
    legal_entity: str
    category: str


@dataclass(frozen=True, slots=True)
class ProfileView:
    """An establishment: where it is, where it was, its profile. `version` is given back with what changes it.

    `successor` is the establishment it was merged into, `successor_id` only when the reader may see it.
    """

    establishment_id: int
    name: str
    finess: str
    region_id: int
    region: str
    ght_id: int | None
    ght: str
    supports_ght: bool
    legal_entity_id: int
    legal_entity: str
    legal_entity_finess: str
    category: str
    closed_on: date | None
    ended_here: bool
    successor: str
    successor_id: int | None
    draft: ProfileDraft
    status_name: str
    changed_at: datetime | None
    changed_by: str
    version: int
    may_edit: bool
    former: tuple[FormerPlaceView, ...]
    former_answers: tuple[FormerAnswersView, ...]


def open_profile(platform: Platform, scope: Scope, establishment_id: int) -> ProfileView:
    """The profile of an establishment, its present place and its former ones; NotFound for a stranger."""
    with platform.database.read() as session:
        row = visible_establishment(session, scope, establishment_id)
        profile = session.get(EstablishmentProfile, row.id)
        return _view(session, scope, row, profile)


def save_profile(
    platform: Platform, scope: Scope, establishment_id: int, draft: ProfileDraft, seen: int, since: date | None = None
) -> None:
    """Write the profile of an establishment; whether it is an operator, and its status, from the day `since` on (today
    unless said). Refused when somebody changed it since version `seen`."""
    now, wanted, day = platform.clock.now(), checked(draft), today(platform)
    with platform.database.write() as session:
        row = managed_establishment(session, scope, establishment_id)
        profile = profile_to_change(platform, session, row, seen)
        span = Span(since or day, day)
        changed = write_profile(session, row, profile, wanted, span)
        if "ose" in changed:
            mark_since(session, month_of(span.since), now)
        if changed:
            touch(session, scope, profile, "establishment.profile_changed", changed, now)


def checked(draft: ProfileDraft) -> ProfileDraft:
    """The draft with its department as INSEE writes it; Invalid names what is wrong."""
    department, faults = insee_department(draft.department.strip().upper().zfill(2)), dict[str, Text]()
    department = "" if not draft.department.strip() else department
    if department and department not in REGION_OF_DEPARTMENT:
        faults["department"] = NO_DEPARTMENT
    if (draft.longitude is None) != (draft.latitude is None):
        faults["latitude" if draft.latitude is None else "longitude"] = BOTH
    if draft.longitude is not None and not -180 <= draft.longitude <= 180:
        faults["longitude"] = LONGITUDE
    if draft.latitude is not None and not -90 <= draft.latitude <= 90:
        faults["latitude"] = LATITUDE
    if draft.status and draft.status not in set(Status):
        faults["status"] = Text("Choisissez un statut.", "Choose a status.")
    if faults:
        raise Invalid(faults)
    return ProfileDraft(draft.ose, draft.status, department, draft.longitude, draft.latitude)


def managed_establishment(session: Session, scope: Scope, establishment_id: int) -> Establishment:
    """The establishment, locked, for who follows its region or keeps its registry; NotFound, Forbidden else."""
    session.execute(select(Establishment.id).where(Establishment.id == establishment_id).with_for_update())
    row = visible_establishment(session, scope, establishment_id)
    if not may_manage(scope, row):
        raise Forbidden
    return row


def may_manage(scope: Scope, row: Establishment | LegalEntity | Region) -> bool:
    """Whether `scope` follows the region of a place, or keeps the registry there."""
    return scope.allows(Right.MANAGE_REGION, row.lineage) or scope.allows(Right.MANAGE_REGISTRY, row.lineage)


def profile_to_change(platform: Platform, session: Session, row: Establishment, seen: int) -> EstablishmentProfile:
    """The profile of an establishment already locked, made when it has none. Refused when it is not the one seen."""
    profile = kept_profile(session, row.id, platform.clock.now())
    if profile.version != seen:
        changed = (profile.changed_at, profile.changed_by)
        refuse_stale(platform, session, Thing("establishment", row.id, row.id), changed, seen, FIELDS)
    return profile


def kept_profile(session: Session, establishment_id: int, now: datetime) -> EstablishmentProfile:
    """The profile of an establishment already locked, made when it has none."""
    profile = session.get(EstablishmentProfile, establishment_id)
    if profile is None:
        profile = EstablishmentProfile(establishment_id=establishment_id, changed_at=now, changed_by="", version=0)
        session.add(profile)
    return profile


def write_profile(
    session: Session,
    row: Establishment,
    profile: EstablishmentProfile,
    draft: ProfileDraft,
    span: Span,
) -> tuple[str, ...]:
    """Write a checked draft; the names of what it changes. What figures are split by is kept as it was before the first
    day. Who is asked since then depends on who is an operator: the caller marks these months."""
    position = (draft.longitude, draft.latitude)
    differs = {
        "ose": profile.ose != draft.ose,
        "status": (profile.status or "") != draft.status,
        "department": (profile.department or "") != draft.department,
        "position": (profile.longitude, profile.latitude) != position,
    }
    if differs["ose"] or differs["status"]:
        keep_former_profile(session, row.name, profile, span.since, span.today)
    profile.ose, profile.status, profile.department = draft.ose, draft.status, draft.department
    profile.longitude, profile.latitude = position
    return tuple(name for name, changed in differs.items() if changed)


def touch(
    session: Session, scope: Scope, profile: EstablishmentProfile, action: str, fields: tuple[str, ...], now: datetime
) -> None:
    """Count a change and record it: the last words of a transaction."""
    profile.version += 1
    profile.changed_at, profile.changed_by = now, scope.actor
    number = profile.establishment_id
    detail: dict[str, Scalar] = {"fields": ", ".join(fields), "version": profile.version}
    record(session, scope, action, Thing("establishment", number, number), now, detail)


def _view(session: Session, scope: Scope, row: Establishment, profile: EstablishmentProfile | None) -> ProfileView:
    entity = row.legal_entity
    successor = session.get(Establishment, profile.successor_id) if profile and profile.successor_id else None
    seen = successor is not None and scope.allows(Right.SEE, successor.lineage)
    hidden = Text("un autre établissement", "another establishment").render(scope.lang)
    return ProfileView(
        establishment_id=row.id,
        name=row.name,
        finess=row.finess,
        region_id=row.region_id,
        region=row.region.name,
        ght_id=entity.ght_id,
        ght=entity.ght.name if entity.ght else "",
        supports_ght=entity.supports_ght,
        legal_entity_id=entity.id,
        legal_entity=entity.name,
        legal_entity_finess=entity.finess,
        category=row.category,
        closed_on=row.closed_on,
        ended_here=bool(profile and profile.ended_here),
        successor="" if successor is None else successor.name if seen else hidden,
        successor_id=successor.id if successor is not None and seen else None,
        draft=_draft(profile),
        status_name=_status_name(profile.status if profile else "", scope.lang),
        changed_at=profile.changed_at if profile else None,
        changed_by=profile.changed_by if profile else "",
        version=profile.version if profile else 0,
        may_edit=may_manage(scope, row),
        former=_former(session, row.id),
        former_answers=_former_answers(session, row.id, scope.lang),
    )


def _status_name(status: str, lang: str) -> str:
    return LEGAL_STATUS_NAMES[Status(status)].render(lang) if status else ""


def _former_answers(session: Session, establishment_id: int, lang: str) -> tuple[FormerAnswersView, ...]:
    query = select(FormerProfile).where(FormerProfile.establishment_id == establishment_id)
    rows = session.scalars(query.order_by(FormerProfile.until.desc()))
    return tuple(FormerAnswersView(row.until, row.ose, _status_name(row.status, lang)) for row in rows)


def _draft(profile: EstablishmentProfile | None) -> ProfileDraft:
    if profile is None:
        return ProfileDraft()
    return ProfileDraft(profile.ose, profile.status, profile.department, profile.longitude, profile.latitude)


def _former(session: Session, establishment_id: int) -> tuple[FormerPlaceView, ...]:
    query = (
        select(FormerPlace.until, FormerPlace.name, Region.name, Ght.name, LegalEntity.name, FormerPlace.category)
        .join(Region, Region.id == FormerPlace.region_id)
        .join(LegalEntity, LegalEntity.id == FormerPlace.legal_entity_id)
        .outerjoin(Ght, Ght.id == FormerPlace.ght_id)
        .where(FormerPlace.establishment_id == establishment_id)
        .order_by(FormerPlace.until.desc())
    )
    return tuple(
        FormerPlaceView(until, name, region, ght or "", entity, category)
        for until, name, region, ght, entity, category in session.execute(query)
    )
