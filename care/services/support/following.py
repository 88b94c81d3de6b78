"""The establishments that a region supports: what comes next for each, what is overdue, who was not seen for long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Place, Right, Scope
from care.domain.node_names import folded
from care.domain.support import StepState, UseState, is_quiet, step_state
from care.services.errors import Forbidden, NotFound
from care.services.library import today as local_day
from care.services.paging import Page, bounds
from care.services.place_choices import PlaceChoice, SeenSite, choices_among, seen_sites
from care.services.platform import Platform
from care.store.registry import still_open, visible, visible_ids
from care.store.support import ServiceUse, SupportContact, SupportFile

PER_PAGE = 50
_IN_USE = (UseState.AGREED, UseState.RUNNING)


@dataclass(frozen=True, slots=True)
class SupportFilter:
    """What a reader asked to see; `owner` is a name as written, `quiet` keeps those not seen for long."""

    place: Place = PLATFORM
    words: str = ""
    owner: str = ""
    state: StepState | None = None
    quiet: bool = False
    number: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True, slots=True)
class SupportLine:
    """One establishment. `last_on` is the last contact held, `visit_on` the next one planned, None when there is none;
    `asked` counts the services it waits an answer for, `used` those agreed or running."""

    establishment_id: int
    name: str
    ght: str
    region: str
    owner: str
    next_step: str
    next_on: date | None
    state: StepState
    last_on: date | None
    visit_on: date | None
    quiet: bool
    asked: int
    used: int


@dataclass(frozen=True, slots=True)
class SupportList:
    """The establishments that fit, the overdue first; `counts` and `quiet` are those of the whole place."""

    page: Page[SupportLine]
    places: tuple[PlaceChoice, ...]
    owners: tuple[str, ...]
    counts: Mapping[StepState, int]
    quiet: int
    total: int
    today: date


def list_support(platform: Platform, scope: Scope, wanted: SupportFilter) -> SupportList:
    """The establishments this person supports: six queries, however many they are. Forbidden for who supports none,
    NotFound for a place without any."""
    if not scope.allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden
    today = local_day(platform)
    with platform.database.read() as session:
        sites = supported_sites(session, scope, today)
        here = [one for one in sites if one.within(wanted.place)]
        if not here and wanted.place != PLATFORM:
            raise NotFound
        lines = _lines(session, scope, here, today)
    kept = [one for one in lines if _keeps(wanted, one)]
    number, per_page = bounds(wanted.number, wanted.per_page)
    shown = tuple(kept[(number - 1) * per_page : number * per_page])
    return SupportList(
        page=Page(shown, number, per_page, len(kept)),
        places=choices_among(scope, sites, Right.MANAGE_REGION),
        owners=tuple(sorted({one.owner for one in lines if one.owner})),
        counts=Counter(one.state for one in lines),
        quiet=sum(one.quiet for one in lines),
        total=len(lines),
        today=today,
    )


def every_line(platform: Platform, scope: Scope, wanted: SupportFilter) -> tuple[SupportLine, ...]:
    """The same without pages, for files."""
    if not scope.allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden
    today = local_day(platform)
    with platform.database.read() as session:
        sites = supported_sites(session, scope, today)
        lines = _lines(session, scope, [one for one in sites if one.within(wanted.place)], today)
    return tuple(one for one in lines if _keeps(wanted, one))


def supported_sites(session: Session, scope: Scope, today: date) -> list[SeenSite]:
    """The open establishments that this person supports, by name."""
    return seen_sites(session, [visible(scope.reach(Right.MANAGE_REGION)), still_open(today)])


def _lines(session: Session, scope: Scope, sites: Collection[SeenSite], today: date) -> list[SupportLine]:
    mine = visible_ids(scope.reach(Right.MANAGE_REGION))
    files = {
        one.establishment_id: one
        for one in session.scalars(select(SupportFile).where(SupportFile.establishment_id.in_(mine)))
    }
    contacts = _contacts(session, scope)
    uses = _uses(session, scope)
    found = [_line(one, files.get(one.id), contacts.get(one.id, (None, None)), uses, today) for one in sites]
    order = list(StepState)
    return sorted(found, key=lambda one: (order.index(one.state), one.next_on or date.max, one.name))


def _contacts(session: Session, scope: Scope) -> dict[int, tuple[date | None, date | None]]:
    """By establishment: the day of the last contact held, and of the next one planned."""
    query = (
        select(
            SupportContact.establishment_id,
            SupportContact.held,
            func.max(SupportContact.held_on),
            func.min(SupportContact.held_on),
        )
        .where(SupportContact.establishment_id.in_(visible_ids(scope.reach(Right.MANAGE_REGION))))
        .group_by(SupportContact.establishment_id, SupportContact.held)
    )
    found: dict[int, tuple[date | None, date | None]] = {}
    for site, held, latest, earliest in session.execute(query):
        last, coming = found.get(site, (None, None))
        found[site] = (latest, coming) if held else (last, earliest)
    return found


def _uses(session: Session, scope: Scope) -> Counter[tuple[int, bool]]:
    """Services asked for, and in use, by establishment and whether it is still asked."""
    query = (
        select(ServiceUse.establishment_id, ServiceUse.state, func.count())
        .where(
            ServiceUse.establishment_id.in_(visible_ids(scope.reach(Right.MANAGE_REGION))),
            ServiceUse.state.in_((UseState.ASKED, *_IN_USE)),
        )
        .group_by(ServiceUse.establishment_id, ServiceUse.state)
    )
    found: Counter[tuple[int, bool]] = Counter()
    for site, state, count in session.execute(query):
        found[site, state is UseState.ASKED] += count
    return found


def _line(
    site: SeenSite,
    file: SupportFile | None,
    contacts: tuple[date | None, date | None],
    uses: Counter[tuple[int, bool]],
    today: date,
) -> SupportLine:
    step = (file.next_step, file.next_on) if file else ("", None)
    last, coming = contacts
    return SupportLine(
        establishment_id=site.id,
        name=site.name,
        ght=site.ght or "",
        region=site.region,
        owner=file.owner if file else "",
        next_step=step[0],
        next_on=step[1],
        state=step_state(*step, today),
        last_on=last,
        visit_on=coming,
        quiet=is_quiet(last, today),
        asked=uses[site.id, True],
        used=uses[site.id, False],
    )


def _keeps(wanted: SupportFilter, line: SupportLine) -> bool:
    if wanted.state is not None and line.state is not wanted.state:
        return False
    if wanted.owner and line.owner != wanted.owner:
        return False
    if wanted.quiet and not line.quiet:
        return False
    said = folded(f"{line.name} {line.ght} {line.owner} {line.next_step}")
    return all(word in said for word in folded(wanted.words).split())
