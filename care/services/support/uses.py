"""Services of the regional centre in use: an establishment asks, the region agrees, begins, ends or declines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Place, Right, Scope
from care.domain.support import NEXT_STATES, UseState
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.library import today as local_day
from care.services.place_choices import PlaceChoice, SeenSite, choices_among
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.support.following import supported_sites
from care.services.support.offers import entries_of, offered_to
from care.services.support.reading import UseLine, uses_of
from care.services.trail import Thing, record
from care.services.typed_texts import length_faults, line_of, lines_of
from care.store.registry import Establishment
from care.store.support import ServiceUse
from scanners.model import Scalar, Text

USE = "service_use"
MAX_NOTE = 2_000
GOING_ON = tuple(state for state in UseState if not state.over)
_FIELDS: Mapping[str, Text] = {
    "state": Text("l’état", "the state"),
    "note": Text("le message", "the message"),
    "day": Text("la date", "the date"),
}


@dataclass(frozen=True, slots=True)
class UseOfPlace:
    """The use of a service by one establishment of the region."""

    establishment_id: int
    establishment: str
    use: UseLine


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service and how many establishments stand at each state of its use; `reached` are those that use it or did, of
    `total` open establishments it is meant for: those of its region."""

    service: str
    title: str
    counts: Mapping[UseState, int]
    reached: int
    total: int
    offered: bool


@dataclass(frozen=True, slots=True)
class ServicesView:
    """The services of a place: what each reaches, and the uses that wait for an answer or go on, requests first."""

    services: tuple[ServiceLine, ...]
    uses: tuple[UseOfPlace, ...]
    places: tuple[PlaceChoice, ...]
    establishments: int
    today: date


def ask_service(platform: Platform, scope: Scope, establishment_id: int, service: str, note: str = "") -> int:
    """Ask for a service of one's region; the number of the request. Who runs the region writes down a request it was
    told. Refused when it is already asked for or in use, NotFound for a service that is not offered there."""
    now, note = platform.clock.now(), _note(note)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id)
        if not any(scope.allows(right, place.lineage) for right in (Right.MANAGE_PROGRAMME, Right.MANAGE_REGION)):
            raise Forbidden
        session.get_one(Establishment, place.id, with_for_update=True)  # of two requests at once, one waits
        titles = {one.id: one.title for one in offered_to(session, place.region_id)}
        if service not in titles:
            raise NotFound
        _refuse_twice(session, place.id, service)
        row = ServiceUse(
            service=service, establishment_id=place.id, state=UseState.ASKED, asked_on=local_day(platform), note=note,
            changed_at=now, changed_by=scope.name or scope.actor, version=1,
        )  # fmt: skip
        session.add(row)
        session.flush()
        detail: dict[str, Scalar] = {"service": titles[service], "version": 1}
        record(session, scope, "service.asked", Thing(USE, row.id, place.id), now, detail)
        return row.id


def _refuse_twice(session: Session, establishment_id: int, service: str) -> None:
    same = select(ServiceUse.id).where(
        ServiceUse.establishment_id == establishment_id,
        ServiceUse.service == service,
        ServiceUse.state.in_(GOING_ON),
    )
    if session.scalar(same.limit(1)) is not None:
        raise Refused(
            Text("Ce service est déjà demandé ou en cours.", "This service is already asked for or in use."),
        )


def move_use(
    platform: Platform, scope: Scope, use_id: int, state: UseState, day: date, note: str, version: int
) -> None:
    """Say what becomes of a use seen at `version`: agreed, running since `day`, ended on `day`, declined.

    Refused for a step that does not follow, or when somebody was quicker; Invalid, NotFound, Forbidden.
    """
    now, note = platform.clock.now(), _note(note)
    with platform.database.write() as session:
        row = _use_row(session, scope, use_id, Right.MANAGE_REGION)
        thing = Thing(USE, row.id, row.establishment_id)
        check_version(platform, session, row, version, thing, _FIELDS)
        if state not in NEXT_STATES.get(row.state, ()):
            raise Refused(Text("Cette étape ne suit pas l’état actuel.", "This does not follow the present state."))
        _check_day(row, state, day)
        row.state = state
        if state is UseState.RUNNING:
            row.began_on = day
        if state.over:
            row.ended_on = day
        row.note = note or row.note
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.name or scope.actor
        detail: dict[str, Scalar] = {FIELDS: "state", "state": state.value, "version": row.version}
        record(session, scope, "service.moved", thing, now, detail)


def withdraw_use(platform: Platform, scope: Scope, use_id: int, version: int) -> None:
    """Give up a request that is not running yet, by the establishment. Refused once it runs; NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _use_row(session, scope, use_id, Right.MANAGE_PROGRAMME)
        thing = Thing(USE, row.id, row.establishment_id)
        check_version(platform, session, row, version, thing, _FIELDS)
        if row.state not in (UseState.ASKED, UseState.AGREED):
            raise Refused(
                Text("Ce service est en cours ou terminé : voyez avec votre région.",
                     "This service is running or over: talk to your region.")
            )  # fmt: skip
        row.state, row.ended_on = UseState.WITHDRAWN, local_day(platform)
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.name or scope.actor
        record(session, scope, "service.withdrawn", thing, now, {FIELDS: "state", "version": row.version})


def _use_row(session: Session, scope: Scope, use_id: int, right: Right) -> ServiceUse:
    row = session.get(ServiceUse, use_id, with_for_update=True)
    if row is None:
        raise NotFound
    visible_establishment(session, scope, row.establishment_id, right)
    return row


def _check_day(row: ServiceUse, state: UseState, day: date) -> None:
    begun = row.began_on or row.asked_on
    if state is UseState.ENDED and day < begun:
        raise Invalid({"day": Text("La fin précède le début du service.", "The end comes before the service began.")})


def _note(note: str) -> str:
    kept = lines_of(note)
    if faults := length_faults({"note": (kept, MAX_NOTE)}):
        raise Invalid(faults)
    return kept


def read_services(platform: Platform, scope: Scope, place: Place = PLATFORM) -> ServicesView:
    """The services of the regional centre over a place this person supports. Forbidden, NotFound."""
    if not scope.allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden
    today = local_day(platform)
    with platform.database.read() as session:
        sites = supported_sites(session, scope, today)
        here = [one for one in sites if one.within(place)]
        if not here and place != PLATFORM:
            raise NotFound
        return ServicesView(
            services=_services(session, here),
            uses=_going_on(session, here),
            places=choices_among(scope, sites, Right.MANAGE_REGION),
            establishments=len(here),
            today=today,
        )


def _services(session: Session, sites: list[SeenSite]) -> tuple[ServiceLine, ...]:
    """What is offered there, and what was used of what no longer is."""
    offered = {one.id for region in {site.region_id for site in sites} for one in offered_to(session, region)}
    reached, counts = _reached(session, sites), _counts(session, sites)
    services = offered | {service for service, _state in counts}
    known, regions = entries_of(session, services), Counter(site.region_id for site in sites)
    lines = [
        ServiceLine(
            service=service,
            title=known[service][0] if service in known else service,
            counts={state: counts[service, state] for state in UseState if counts[service, state]},
            reached=reached[service],
            total=_meant_for(known.get(service), regions),
            offered=service in offered,
        )
        for service in services
    ]
    return tuple(sorted(lines, key=lambda one: (not one.offered, line_of(one.title).casefold())))


def _meant_for(entry: tuple[str, int | None] | None, regions: Counter[int]) -> int:
    region = entry[1] if entry else None
    return regions.total() if region is None else regions[region]


def _counts(session: Session, sites: list[SeenSite]) -> Counter[tuple[str, UseState]]:
    ids = {one.id for one in sites}
    query = select(ServiceUse.service, ServiceUse.state, ServiceUse.establishment_id)
    rows = session.execute(query)
    return Counter((service, state) for service, state, site in rows if site in ids)


def _reached(session: Session, sites: list[SeenSite]) -> Counter[str]:
    """Establishments that use each service or did, each once."""
    ids = {one.id for one in sites}
    query = (
        select(ServiceUse.service, ServiceUse.establishment_id, func.count())
        .where(ServiceUse.began_on.is_not(None))
        .group_by(ServiceUse.service, ServiceUse.establishment_id)
    )
    return Counter(service for service, site, _times in session.execute(query) if site in ids)


def _going_on(session: Session, sites: list[SeenSite]) -> tuple[UseOfPlace, ...]:
    names = {one.id: one.name for one in sites}
    going_on = select(ServiceUse.establishment_id).where(ServiceUse.state.in_(GOING_ON)).distinct()
    places = [site for site in session.scalars(going_on) if site in names]
    found = [
        UseOfPlace(site, names[site], use)
        for site, uses in uses_of(session, places).items()
        for use in uses
        if not use.state.over
    ]
    order = list(UseState)
    return tuple(sorted(found, key=lambda one: (order.index(one.use.state), one.use.asked_on, one.establishment)))
