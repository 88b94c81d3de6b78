"""What is kept of every requirement of every holder: written again after what changes it, and every night as days pass.

Only differences are written, so that `since` says when a requirement came to stand as it does. A requirement that was
never begun has no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, place_at
from care.domain.frameworks import Framework, Unit
from care.domain.jobs import JobKind
from care.domain.judging import RequirementStatus
from care.services import jobs
from care.services.errors import NotFound
from care.services.frameworks.assessing import assess_on
from care.services.frameworks.ground import Ground
from care.services.frameworks.holders import holder_at
from care.services.frameworks.library import Library, read_library
from care.services.platform import Platform
from care.services.work import Hold
from care.store.frameworks import AssessmentMark, FrameworkCount, RequirementStanding
from care.store.registry import Establishment, Ght, LegalEntity
from care.store.upsert import conflict_insert
from scanners.model import Text

EVERYTHING = "everything"
"""The argument of the nightly job: every holder, as days pass and evidence ages."""
_Key = tuple[str, str]
_Standing = tuple[RequirementStatus, str]


@dataclass(frozen=True, slots=True)
class _Computed:
    """What was computed of a holder: status and version of each requirement begun, counts of each framework."""

    holder: str
    standings: Mapping[_Key, _Standing]
    counts: Mapping[str, Mapping[str, int]]


def assess_due(platform: Platform, hold: Hold) -> None:
    """The job: compute again every holder marked, or all of them; one short transaction each."""
    now = platform.clock.now()
    day = now.astimezone(ZoneInfo(platform.settings.timezone)).date()
    with platform.database.read() as session:
        due = _due(session, everything=bool(hold.claim.args.get(EVERYTHING)))
        library = read_library(platform, session, day)
    done = 0
    for place in due:
        if hold.cancelled():
            return
        done += _assess(platform, place, library, day, now)
        hold.progress(done / (len(due) + 1), _progress(done, len(due)))  # the whole is told once, by the end
    with platform.database.write() as session:
        hold.finish(session, _progress(done, len(due)))


def ask(platform: Platform, session: Session, actor: str) -> None:
    """Have what is marked computed as soon as a worker is free; asked many times in a minute, once."""
    minute = platform.clock.now().astimezone(UTC)
    order = jobs.Order(JobKind.ASSESS, slot_key=f"assess@{minute:%Y-%m-%dT%H:%M}+")
    jobs.submit(platform, session, order, actor)


def _progress(done: int, total: int) -> Text:
    return Text(f"Exigences recalculées : {done} sur {total}.", f"Requirements computed again: {done} of {total}.")


def _due(session: Session, *, everything: bool) -> Sequence[Place]:
    """The holders to compute, each once, those below before those above."""
    if everything:
        return [
            *(Place(Level.ESTABLISHMENT, one) for one in session.scalars(select(Establishment.id))),
            *(Place(Level.LEGAL_ENTITY, one) for one in session.scalars(select(LegalEntity.id))),
            *(Place(Level.GHT, one) for one in session.scalars(select(Ght.id))),
        ]
    marked = session.scalars(select(AssessmentMark.holder).where(AssessmentMark.due_since.is_not(None)))
    found: dict[Place, None] = {}
    for key in marked:
        if key.partition(":")[0] in set(Level):
            place = place_at(key)
            found |= dict.fromkeys((place, *_around(session, place)))
    return sorted(found, key=lambda place: (-_ORDER[place.level], place.id))


_ORDER = {level: rank for rank, level in enumerate(Level)}


def _around(session: Session, place: Place) -> Iterable[Place]:
    try:
        holder = holder_at(session, place, date.max)
    except NotFound:
        return ()
    return (*holder.above, *holder.below)


def _assess(platform: Platform, place: Place, library: Library, day: date, now: datetime) -> int:
    """Compute one holder, then write what differs; the mark stays when something changed in between."""
    with platform.database.read() as session:
        marked = session.get(AssessmentMark, place.key)
        since = marked.due_since if marked else None
        try:
            holder = holder_at(session, place, day)
        except NotFound:
            return 1
        computed = _compute(Ground(platform, session, holder, day, library))
    with platform.database.write() as session:
        _write(session, computed, now)
        _count(session, computed, day)
        _settle(session, computed.holder, since, now)
    return 1


def _compute(ground: Ground) -> _Computed:
    holder = ground.holder
    standings: dict[_Key, _Standing] = {}
    counts: dict[str, Mapping[str, int]] = {}
    for framework in ground.frameworks.values():
        if _answers(framework, holder.place.level):
            found = assess_on(ground, framework)
            counts[framework.id] = Counter(one.status.value for one in found)
            standings |= {
                (framework.id, one.item.id): (one.status, framework.version)
                for one in found
                if one.status is not RequirementStatus.NOT_STARTED
            }
    return _Computed(holder.key, standings, counts)


def _answers(framework: Framework, level: Level) -> bool:
    """An establishment follows everything but what suppliers answer; those above what is answered at their level."""
    if framework.unit is Unit.SUPPLIER:
        return False
    wide = {Level.LEGAL_ENTITY: (Unit.LEGAL_ENTITY, Unit.CANDIDATE), Level.GHT: (Unit.LEGAL_ENTITY, Unit.CANDIDATE)}
    return level is Level.ESTABLISHMENT or framework.unit in wide[level]


def _write(session: Session, computed: _Computed, now: datetime) -> None:
    """Rows of what was never begun are not made; of what is no longer begun, they go back to the start."""
    known = _known(session, computed.holder)
    gone = {
        key: (RequirementStatus.NOT_STARTED, version)
        for key, (_status, version) in known.items()
        if key not in computed.standings
    }
    differing = [(key, now_is) for key, now_is in {**gone, **computed.standings}.items() if known.get(key) != now_is]
    new = [_row(computed.holder, key, now_is, now) for key, now_is in differing if key not in known]
    if new:
        session.execute(insert(RequirementStanding), new)
    moved = [one for one in differing if one[0] in known and known[one[0]][0] is not one[1][0]]
    same = [one for one in differing if one[0] in known and known[one[0]][0] is one[1][0]]
    for some, columns in ((moved, ("status", "since", "version")), (same, ("version",))):
        if some:
            _update(session, [_bound(_row(computed.holder, key, now_is, now)) for key, now_is in some], columns)


def _known(session: Session, holder: str) -> Mapping[_Key, _Standing]:
    columns = (RequirementStanding.framework, RequirementStanding.item, RequirementStanding.status)
    rows = session.execute(select(*columns, RequirementStanding.version).where(RequirementStanding.holder == holder))
    return {(framework, item): (status, version) for framework, item, status, version in rows}


def _row(holder: str, key: _Key, standing: _Standing, now: datetime) -> dict[str, object]:
    names = ("holder", "framework", "item", "status", "version", "since")
    return dict(zip(names, (holder, *key, *standing, now), strict=True))


def _bound(row: Mapping[str, object]) -> dict[str, object]:
    """A row as the update binds it: under names that are not those of columns."""
    return {f"n_{name}": value for name, value in row.items()}


def _update(session: Session, rows: Sequence[dict[str, object]], columns: Sequence[str]) -> None:
    statement = (
        update(RequirementStanding)
        .where(
            RequirementStanding.holder == bindparam("n_holder"),
            RequirementStanding.framework == bindparam("n_framework"),
            RequirementStanding.item == bindparam("n_item"),
        )
        .values({name: bindparam(f"n_{name}") for name in columns})
    )
    session.connection().execute(statement, list(rows))


def _count(session: Session, computed: _Computed, day: date) -> None:
    """The counts of the day, only where they differ from the last ones kept."""
    last = (
        select(FrameworkCount.framework, func.max(FrameworkCount.day).label("day"))
        .where(FrameworkCount.holder == computed.holder)
        .group_by(FrameworkCount.framework)
        .subquery()
    )
    rows = session.execute(
        select(FrameworkCount.framework, FrameworkCount.counts)
        .join(last, (last.c.framework == FrameworkCount.framework) & (last.c.day == FrameworkCount.day))
        .where(FrameworkCount.holder == computed.holder)
    )
    known = {framework: dict(counts) for framework, counts in rows}
    for framework, counts in computed.counts.items():
        if dict(counts) != known.get(framework):
            values = {"holder": computed.holder, "framework": framework, "day": day, "counts": dict(counts)}
            insertion = conflict_insert(session.get_bind().dialect.name, FrameworkCount).values(**values)
            session.execute(
                insertion.on_conflict_do_update(
                    index_elements=[FrameworkCount.holder, FrameworkCount.framework, FrameworkCount.day],
                    set_={"counts": dict(counts)},
                )
            )


def _settle(session: Session, holder: str, since: datetime | None, now: datetime) -> None:
    values = {"holder": holder, "due_since": None, "assessed_at": now}
    insertion = conflict_insert(session.get_bind().dialect.name, AssessmentMark).values(**values)
    session.execute(insertion.on_conflict_do_update(index_elements=[AssessmentMark.holder], set_={"assessed_at": now}))
    if since is not None:
        session.execute(
            update(AssessmentMark)
            .where(AssessmentMark.holder == holder, AssessmentMark.due_since == since)
            .values(due_since=None)
        )
