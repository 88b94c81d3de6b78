"""The inventory of backups read: the board of all systems, the worst first, and one system explained copy by copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import ResourceKind
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.backups.advice import STATES, Advice, Known, State, advice
from care.services.backups.handing import Asked, Inventory, inventory_of, told_apart
from care.services.backups.inventory import COPIES, STEPS, SYSTEMS, CopyDraft, StepDraft, SystemDraft
from care.services.backups.targets import Read, backup_targets, last_read, reading_target
from care.services.backups.trend import Lapse, Trend, longest_lapse, points_seen, year_of
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import rows_of, visible_row
from care.store.backups import BackupCopy, BackupMilestone, BackupReading, BackupSystem
from care.store.continuity import Resource
from scanners.backup.account import Account, CopyAccount, Verified, account
from scanners.backup.facts import BackupFacts, Repository, RestoreTest
from scanners.backup.fresh import By, Fresh
from scanners.backup.strategy import copy_points, last_told, measured_points, points_ahead, restore_ahead

PER_PAGE = 50
TREND_DAYS = 90
_STEADY = timedelta(days=5)
"""A trend compares with a reading at least that old."""


@dataclass(frozen=True, slots=True)
class SystemLine:
    """One system on the board. `by` says who tells of its last good backup: CaRE, the jobs, nothing. `trend` is how the
    conditions met moved since some weeks, `lapse` the longest time without a good point of the last 90 days; None when
    nothing tells."""

    id: int
    name: str
    critical: bool
    advice: Advice
    first: str
    by: By
    last: datetime | None
    said: date | None
    age: int | None
    pdma: int | None
    late: bool
    verified: Verified
    tested: date | None
    test_good: bool
    test_ahead: bool
    met: int
    account: Account
    trend: int | None
    lapse: Lapse | None


@dataclass(frozen=True, slots=True)
class Board:
    """All the systems in use, the worst first, and what is known of them as a whole.

    `read_at` is when the last audit read the repositories; `unread` says that its archive cannot be opened; `year` is
    how the last year went, None when too few audits tell.
    """

    establishment_id: int
    name: str
    lines: tuple[SystemLine, ...]
    page: Page[SystemLine]
    counts: Mapping[State, int]
    ended: tuple[tuple[int, str, date], ...]
    read_at: datetime | None
    unread: bool
    run_id: int | None
    late_steps: int
    uncovered: tuple[str, ...]
    followed: bool
    plans: tuple[tuple[int, str], ...]
    year: Trend | None
    may_manage: bool
    may_export: bool
    may_audit: bool


@dataclass(frozen=True, slots=True)
class CopyView:
    """One copy, what it counts for, and what was read of its repository (None: not read). `ahead` counts the points
    dated in the future, which never count."""

    id: int
    draft: CopyDraft
    told: CopyAccount
    repository: Repository | None
    points: int | None
    ahead: int
    version: int


@dataclass(frozen=True, slots=True)
class StepView:
    """One dated step; `late` when its day is over and it was not reached."""

    id: int
    draft: StepDraft
    system: str
    done_on: date | None
    late: bool
    version: int
    establishment_id: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class SystemView:
    """One system with its copies and steps; `line` is None once it is closed. `drill` is the run of the drill that is
    its last restore test, None when there is none or what a person wrote says more."""

    id: int
    establishment_id: int
    draft: SystemDraft
    line: SystemLine | None
    asked: Asked | None
    copies: tuple[CopyView, ...]
    over_copies: tuple[tuple[int, str, date], ...]
    steps: tuple[StepView, ...]
    drill: int | None
    read_at: datetime | None
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What a reader asked to see: words of the name, one state."""

    words: str = ""
    state: State | None = None
    number: int = 1


def read_board(platform: Platform, scope: Scope, establishment_id: int, wanted: BoardFilter | None = None) -> Board:
    """The board of an establishment; NotFound, Forbidden."""
    asked = wanted or BoardFilter()
    day, now = today(platform), platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        kept, read = inventory_of(session, place.id, day), last_read(platform, session, place.id)
        lines = _lines(session, kept, read, now, day, scope)
        ended = tuple(
            (row.id, row.name, row.ended_on) for row in rows_of(session, BackupSystem, place.id) if row.ended_on
        )
        targets = backup_targets(session, place.id)
        rights = [scope.allows(right, place.lineage) for right in (Right.MANAGE_TARGETS, Right.EXPORT, Right.RUN_AUDIT)]
        followed = reading_target(session, place.id) is not None
        year = year_of(session, place.id, now, scope.lang)
    shown = [one for one in lines if _matches(one, asked)]
    planned = {folded(name) for name in kept.names.values()}
    return Board(
        place.id,
        place.name,
        lines,
        _page(shown, asked.number),
        Counter(one.advice.state for one in lines),
        ended,
        read.facts.collected_at if read.facts else None,
        read.run_id is not None and read.facts is None,
        read.run_id,
        sum(_late(row, day) for row in kept.steps),
        tuple(name for name in kept.critical or () if folded(name) not in planned),
        followed,
        tuple((one.id, one.name) for one in targets if one.request.get("plan", {}).get("systems")),
        year,
        *rights,
    )


def open_system(platform: Platform, scope: Scope, system_id: int) -> SystemView:
    """One system; NotFound outside the scope."""
    day, now = today(platform), platform.clock.now()
    with platform.database.read() as session:
        row = visible_row(session, scope, BackupSystem, system_id, see=Right.SEE_FINDINGS)
        place = row.establishment_id
        kept, read = inventory_of(session, place, day), last_read(platform, session, place)
        line = None
        copies: tuple[CopyView, ...] = ()
        if row.ended_on is None:
            facts = read.with_plan(kept.plan(), now)
            (line,) = _lines(session, kept, read, now, day, scope, only=row.id)
            copies = tuple(_copies(facts, kept, row, line))
        over = [one for one in rows_of(session, BackupCopy, place) if one.system_id == row.id and one.ended_on]
        asked, drill = kept.asked.get(row.id), kept.telling_drill(row) if row.ended_on is None else None
        steps = [one for one in kept.steps if one.system_id in (None, row.id)]
        return SystemView(
            row.id,
            place,
            SYSTEMS.draft_of(row),
            line,
            asked,
            copies,
            tuple((one.id, one.name, one.ended_on) for one in over if one.ended_on),
            tuple(_step(one, kept.names, day) for one in steps),
            drill.run_id if drill else None,
            read.facts.collected_at if read.facts else None,
            row.ended_on,
            row.changed_at,
            row.changed_by,
            row.version,
        )


@dataclass(frozen=True, slots=True)
class OneCopy:
    """A copy to change."""

    id: int
    establishment_id: int
    draft: CopyDraft
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int


def open_copy(platform: Platform, scope: Scope, copy_id: int) -> OneCopy:
    """One copy; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, BackupCopy, copy_id, see=Right.SEE_FINDINGS)
        return OneCopy(
            row.id,
            row.establishment_id,
            COPIES.draft_of(row),
            row.ended_on,
            row.changed_at,
            row.changed_by,
            row.version,
        )


def open_step(platform: Platform, scope: Scope, step_id: int) -> StepView:
    """One dated step; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, BackupMilestone, step_id, see=Right.SEE_FINDINGS)
        system = session.get(BackupSystem, row.system_id) if row.system_id else None
        return _step(row, {system.id: system.name} if system else {}, today(platform))


def read_steps(platform: Platform, scope: Scope, establishment_id: int) -> tuple[StepView, ...]:
    """The trajectory of an establishment: steps to come and late, then those reached."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        kept = inventory_of(session, place.id, day)
    steps = [_step(row, kept.names, day) for row in kept.steps]
    return tuple(sorted(steps, key=lambda one: (one.done_on is not None, one.draft.due_on or date.max)))


def system_choices(platform: Platform, scope: Scope, establishment_id: int) -> tuple[tuple[int, str], ...]:
    """The systems in use, by name, for a form."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = [row for row in rows_of(session, BackupSystem, place.id) if row.ended_on is None]
    return tuple(sorted(((row.id, row.name) for row in rows), key=lambda one: folded(one[1])))


def resource_choices(platform: Platform, scope: Scope, establishment_id: int) -> tuple[tuple[int, str], ...]:
    """The applications and infrastructure in use, by name, for a form."""
    kinds = (ResourceKind.APPLICATION, ResourceKind.INFRASTRUCTURE)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        query = select(Resource.id, Resource.name).where(
            Resource.establishment_id == place.id, Resource.kind.in_(kinds), Resource.ended_on.is_(None)
        )
        return tuple(
            sorted(((number, name) for number, name in session.execute(query)), key=lambda one: folded(one[1]))
        )


def _lines(
    session: Session,
    kept: Inventory,
    read: Read,
    now: datetime,
    day: date,
    scope: Scope,
    only: int | None = None,
) -> tuple[SystemLine, ...]:
    rows = [row for row in kept.systems if only in (None, row.id)]
    if not rows:
        return ()
    numbers = [row.id for row in rows]
    facts, past = read.with_plan(kept.plan(), now), _past(session, numbers, now)
    seen = points_seen(session, numbers, now)
    fresh = Fresh(facts, now)
    lines = [
        _line(facts, fresh, kept, row, read, now, day, scope, past.get(row.id), seen.get(row.id, ())) for row in rows
    ]
    return tuple(sorted(lines, key=_worst_first))


def _worst_first(one: SystemLine) -> tuple[int, bool, int, str]:
    return STATES.index(one.advice.state), not one.critical, one.met, folded(one.name)


def _line(
    facts: BackupFacts,
    fresh: Fresh,
    kept: Inventory,
    row: BackupSystem,
    read: Read,
    now: datetime,
    day: date,
    scope: Scope,
    before: int | None,
    seen: Sequence[datetime],
) -> SystemLine:
    system = kept.system(row)
    counted, good, points = account(facts, system, day), fresh.last_good(system), measured_points(facts, system)
    age = None if good.at is None else round((now - good.at).total_seconds() / 60)
    asked = kept.asked[row.id]
    read_age = round((now - facts.collected_at).total_seconds() / 60) if read.facts else None
    said = last_told(system, day)
    told_age = max(0, (day - said).days - 1) * 24 * 60 if said else None
    known = Known(counted, good, age, asked.pdma, read_age, day, told_age)
    told = advice(known)
    test = system.last_restore_test
    return SystemLine(
        row.id,
        kept.names[row.id],
        asked.critical,
        told,
        told.first.render(scope.lang),
        good.by,
        good.at,
        said,
        age,
        asked.pdma,
        known.late,
        counted.verified,
        test.date if isinstance(test, RestoreTest) else None,
        isinstance(test, RestoreTest) and test.success,
        restore_ahead(test, day),
        len(counted.met),
        counted,
        None if before is None else len(counted.met) - before,
        longest_lapse([*points, *seen], now) if points else None,
    )


def _past(session: Session, numbers: Sequence[int], now: datetime) -> Mapping[int, int]:
    """How many conditions each system met some weeks ago, as far as audits tell."""
    query = select(BackupReading.system_id, BackupReading.met).where(
        BackupReading.system_id.in_(numbers),
        BackupReading.read_at >= now - timedelta(days=TREND_DAYS),
        BackupReading.read_at <= now - _STEADY,
    )
    found: dict[int, int] = {}
    for number, met in session.execute(query.order_by(BackupReading.read_at)):
        found.setdefault(number, met)
    return found


def _copies(facts: BackupFacts, kept: Inventory, row: BackupSystem, line: SystemLine) -> Iterable[CopyView]:
    for (one, _name), told in zip(told_apart(kept.copies.get(row.id, ())), line.account.copies, strict=True):
        points = copy_points(facts, told.copy)
        yield CopyView(
            one.id,
            COPIES.draft_of(one),
            told,
            facts.repository(told.copy.repository),
            None if points is None else len(points),
            points_ahead(facts, told.copy),
            one.version,
        )


def _step(row: BackupMilestone, names: Mapping[int, str], day: date) -> StepView:
    return StepView(
        row.id,
        STEPS.draft_of(row),
        names.get(row.system_id or 0, ""),
        row.ended_on,
        _late(row, day),
        row.version,
        row.establishment_id,
        row.changed_at,
        row.changed_by,
    )


def _late(row: BackupMilestone, day: date) -> bool:
    return row.ended_on is None and row.due_on < day


def _matches(one: SystemLine, asked: BoardFilter) -> bool:
    words = folded(asked.words).split()
    return asked.state in (None, one.advice.state) and all(word in folded(one.name) for word in words)


def _page(lines: Sequence[SystemLine], number: int) -> Page[SystemLine]:
    at, size = bounds(number, PER_PAGE)
    return Page(tuple(lines[(at - 1) * size : at * size]), at, size, len(lines))
