"""Restore drills as people read them: the list, and one drill with what its sheet says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.durations import written
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.continuity_graph import load_graph
from care.services.errors import NotFound
from care.services.inherited import NOTHING, objectives_in
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.store.backups import BackupSystem
from care.store.evidence import Evidence
from care.store.restore_drills import RestoreDrill
from care.store.runs import Run
from scanners.archive import read_archive
from scanners.errors import SaidError
from scanners.model import Lang, Text
from scanners.restore.facts import RestoreFacts

PER_PAGE = 50
MODES: Mapping[str, Text] = {
    "sample": Text("échantillon tiré au sort", "random sample"),
    "named": Text("fichiers nommés", "files named"),
    "whole": Text("point entier", "whole point"),
}


@dataclass(frozen=True, slots=True)
class DrillLine:
    """One drill. `full` is how long all of it would take, "" when it cannot be told; `extrapolated` when computed."""

    run_id: int
    done_at: datetime
    system: str
    repository: str
    mode: str
    good: bool | None
    point: str
    point_at: datetime | None
    sampled: int
    compared: int
    wrong: int
    size: int
    seconds: float
    full: str
    extrapolated: bool
    operator: str
    requester: str
    rights_by: str
    remark: str
    evidence_id: int | None
    filed_at: datetime | None
    filed_by: str

    @property
    def name(self) -> str:
        """What was tried."""
        return f"{self.system} / {self.repository}" if self.system else self.repository


@dataclass(frozen=True, slots=True)
class DrillList:
    """The drills of an establishment, the last first, and what people have to know of them.

    `good` and `failed` count systems and repositories by their last drill that told; `untold` those whose last drill
    told nothing.
    """

    page: Page[DrillLine]
    good: int
    failed: int
    untold: int
    unfiled: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A duration promised or asked: in minutes, as written, and by whom."""

    minutes: int
    said: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class DrillView:
    """One drill with its facts. `dmard` comes from the plan, `dmia` from the impact analyses of what the system serves;
    None when nobody said. `facts_sha256` is the identity of the facts archive."""

    line: DrillLine
    establishment_id: int
    facts: RestoreFacts
    facts_sha256: str
    full_minutes: int | None
    dmard: Limit | None
    dmia: Limit | None

    def over(self, limit: Limit | None) -> bool | None:
        """Whether the full restore takes longer than a limit; None when one of them is not known."""
        return None if limit is None or self.full_minutes is None else self.full_minutes > limit.minutes


def list_drills(platform: Platform, scope: Scope, establishment_id: int, number: int = 1) -> DrillList:
    """The drills of an establishment. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        here = RestoreDrill.establishment_id == establishment_id
        query = select(RestoreDrill).where(here).order_by(RestoreDrill.done_at.desc(), RestoreDrill.run_id.desc())
        page_number, size = bounds(number, PER_PAGE)
        rows = session.scalars(query.offset((page_number - 1) * size).limit(size)).all()
        total = session.scalar(select(func.count()).select_from(RestoreDrill).where(here)) or 0
        told = _latest(session, here, RestoreDrill.good.is_not(None))
        unfiled = session.scalar(
            select(func.count())
            .select_from(RestoreDrill)
            .where(here, RestoreDrill.good.is_not(None), RestoreDrill.evidence_id.is_(None))
        )
        return DrillList(
            Page(tuple(line_of(one, scope.lang) for one in rows), page_number, size, total),
            sum(one.good is True for one in told),
            sum(one.good is False for one in told),
            sum(one.good is None for one in _latest(session, here)),
            unfiled or 0,
        )


def _latest(session: Session, *which: ColumnElement[bool]) -> list[RestoreDrill]:
    """The last drill of each system and repository among these."""
    last = select(func.max(RestoreDrill.run_id)).where(*which).group_by(RestoreDrill.system, RestoreDrill.repository)
    return list(session.scalars(select(RestoreDrill).where(RestoreDrill.run_id.in_(last))))


def open_drill(platform: Platform, scope: Scope, run_id: int) -> DrillView:
    """One drill; NotFound outside the scope, or when its facts are no longer readable."""
    with platform.database.read() as session:
        row, sha256 = _row(session, scope, run_id)
        facts = _facts(platform, sha256)
        dmard = facts.asked.dmard_hours
        return DrillView(
            line_of(row, scope.lang),
            row.establishment_id,
            facts,
            sha256,
            row.full_minutes,
            _limit(round(dmard * 60), scope.lang) if dmard else None,
            _dmia(platform, session, row, scope.lang),
        )


def _row(session: Session, scope: Scope, run_id: int) -> tuple[RestoreDrill, str]:
    query: Select[RestoreDrill, str | None] = (
        select(RestoreDrill, Evidence.sha256)
        .join(Run, Run.id == RestoreDrill.run_id)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(RestoreDrill.run_id == run_id, within(scope, Right.SEE_FINDINGS, RestoreDrill.establishment_id))
    )
    found = session.execute(query).one_or_none()
    if found is None or found[1] is None:
        raise NotFound
    return found[0], found[1]


def _facts(platform: Platform, sha256: str) -> RestoreFacts:
    try:
        return cast("RestoreFacts", read_archive(platform.evidence.path(sha256)).facts)
    except (SaidError, OSError) as error:
        raise NotFound from error


def _limit(minutes: int, lang: Lang, by: str = "") -> Limit:
    return Limit(minutes, written(minutes, lang), by)


def _dmia(platform: Platform, session: Session, row: RestoreDrill, lang: Lang) -> Limit | None:
    """What the impact analyses ask of the resource that the system is: the one the inventory of backups names, else
    that of its name."""
    if not row.system:
        return None
    graph, number = load_graph(session, row.establishment_id, today(platform)), _chosen_resource(session, row)
    node = next((one for one in graph.nodes if number is not None and one.id == number), None) or next(
        (one for one in graph.nodes if folded(one.name) == folded(row.system)), None
    )
    demand = objectives_in(graph).get(node.id, NOTHING).dmia if node else None
    return _limit(demand.minutes, lang, demand.by) if demand else None


def _chosen_resource(session: Session, row: RestoreDrill) -> int | None:
    query = select(BackupSystem).where(
        BackupSystem.establishment_id == row.establishment_id,
        BackupSystem.ended_on.is_(None),
        BackupSystem.resource_id.is_not(None),
    )
    return next((one.resource_id for one in session.scalars(query) if folded(one.name) == folded(row.system)), None)


def line_of(row: RestoreDrill, lang: Lang) -> DrillLine:
    """A row as people read it."""
    return DrillLine(
        run_id=row.run_id,
        done_at=row.done_at,
        system=row.system,
        repository=row.repository,
        mode=MODES[row.mode].render(lang),
        good=row.good,
        point=row.point,
        point_at=row.point_at,
        sampled=row.sampled,
        compared=row.compared,
        wrong=row.wrong,
        size=row.size,
        seconds=row.seconds,
        full=written(row.full_minutes, lang) if row.full_minutes is not None else "",
        extrapolated=row.mode != "whole",
        operator=row.operator,
        requester=row.requester,
        rights_by=row.rights_by,
        remark=row.remark,
        evidence_id=row.evidence_id,
        filed_at=row.filed_at,
        filed_by=row.filed_by,
    )
