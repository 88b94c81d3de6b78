"""What was measured of activities and resources, whoever measured it: one function a source, in `SOURCES`.

Exercises (and whatever comes next) add their own there. A node without any measure is “not yet measured”.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.continuity import TestState
from care.domain.node_names import folded
from care.services.backups.targets import reading_target
from care.services.drills.keeping import last_good
from care.services.platform import Platform
from care.store.backups import BackupSystem
from care.store.continuity import ContinuityTest, ContinuityTestNode, Resource
from care.store.evidence import Evidence
from care.store.runs import Run
from scanners.archive import read_archive
from scanners.backup.facts import BackupFacts, RestoreTest, System
from scanners.backup.fresh import Fresh, LastGood
from scanners.continuity.facts import Measure, What
from scanners.errors import SaidError

Measures = Mapping[int, tuple[Measure, ...]]
"""By the number of the node."""
_MOST_RESOURCES = 5_000
_COLUMNS: tuple[tuple[What, str], ...] = (
    ("recovery", "recovery_minutes"),
    ("data_loss", "data_loss_minutes"),
    ("restore", "restore_minutes"),
    ("held", "held_minutes"),
)


def measures_of(platform: Platform, session: Session, establishment_id: int) -> Measures:
    """Everything measured in an establishment, who asks was checked before. In as many statements as sources."""
    found: dict[int, list[Measure]] = defaultdict(list)
    for source in SOURCES:
        for node_id, measure in source(platform, session, establishment_id):
            found[node_id].append(measure)
    return {node_id: tuple(measures) for node_id, measures in found.items()}


def _tests(_platform: Platform, session: Session, establishment_id: int) -> Iterator[tuple[int, Measure]]:
    rows = session.execute(
        select(ContinuityTestNode, ContinuityTest.title, ContinuityTest.done_on)
        .join(ContinuityTest, ContinuityTest.id == ContinuityTestNode.test_id)
        .where(
            ContinuityTest.establishment_id == establishment_id,
            ContinuityTest.state == TestState.DONE,
            ContinuityTest.done_on.is_not(None),
        )
        .order_by(ContinuityTest.done_on, ContinuityTest.id)
    )
    for row, title, done_on in rows:
        for what, column in _COLUMNS:
            minutes = getattr(row, column)
            if minutes is not None and done_on is not None:
                yield row.node_id, Measure(what, minutes, done_on, title)


def _backups(platform: Platform, session: Session, establishment_id: int) -> Iterator[tuple[int, Measure]]:
    """What the last audit of backups read or was told of the system that each resource is: the one of its name in the
    backup target of the resource, or the one that the inventory ties to it."""
    tied = _tied(session, establishment_id)
    by_archive: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for node_id, name, sha256 in session.execute(_audited(establishment_id)):
        if tied.get(folded(name), node_id) == node_id:
            by_archive[str(sha256)].add((node_id, folded(name)))
    if tied and (target := reading_target(session, establishment_id)) is not None:
        sha256 = session.scalar(_last_archive(target.id))
        by_archive[str(sha256 or "")].update((node_id, name) for name, node_id in tied.items() if sha256)
    for digest, resources in by_archive.items():
        facts = _backup_facts(platform, digest) if resources else None
        if facts is None:
            continue
        systems, fresh = {folded(system.name): system for system in facts.plan.systems}, Fresh(facts)
        for node_id, name in sorted(resources):
            if system := systems.get(name):
                yield from ((node_id, measure) for measure in _of_system(fresh.last_good(system), system))


def _tied(session: Session, establishment_id: int) -> dict[str, int]:
    """The resource that somebody chose for each system of the inventory, by folded name."""
    rows = session.execute(
        select(BackupSystem.name, BackupSystem.resource_id).where(
            BackupSystem.establishment_id == establishment_id,
            BackupSystem.ended_on.is_(None),
            BackupSystem.resource_id.is_not(None),
        )
    )
    return {folded(name): node_id for name, node_id in rows if node_id is not None}


def _last_archive(target_id: int) -> Select[str | None]:
    """The hash of the facts of the last recorded audit of a target."""
    return (
        select(Evidence.sha256)
        .join(Run, Run.facts_id == Evidence.id)
        .where(Run.target_id == target_id, Evidence.sha256.is_not(None))
        .order_by(Run.id.desc())
        .limit(1)
    )


def _audited(establishment_id: int) -> Select[int, str, str | None]:
    """(resource, its name, hash of the facts) of the last recorded backup audit of the target of each resource."""
    last = (
        select(func.max(Run.id))
        .where(Run.establishment_id == establishment_id, Run.scanner == "backup", Run.facts_id.is_not(None))
        .group_by(Run.target_id)
    )
    return (
        select(Resource.id, Resource.name, Evidence.sha256)
        .join(Run, Run.target_id == Resource.target_id)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(Resource.establishment_id == establishment_id, Run.id.in_(last), Evidence.sha256.is_not(None))
        .limit(_MOST_RESOURCES)
    )


def _backup_facts(platform: Platform, sha256: str) -> BackupFacts | None:
    """None when the archive is no longer there or no longer readable: its own audit says so, nothing is measured."""
    try:
        return cast("BackupFacts", read_archive(platform.evidence.path(sha256)).facts)
    except (SaidError, OSError):
        return None


def _of_system(good: LastGood, system: System) -> Iterator[Measure]:
    test = system.last_restore_test
    if isinstance(test, RestoreTest) and test.success and test.duration_hours:
        yield Measure("restore", round(test.duration_hours * 60), test.date, "Plan de sauvegarde")
    if good.at is not None and good.settled:
        minutes = max(0, round((good.known_at - good.at).total_seconds() / 60))
        source = "Historique des travaux de sauvegarde" if good.by == "job" else "Audit des sauvegardes"
        yield Measure("data_loss", minutes, good.known_at.date(), source)


def _drills(_platform: Platform, session: Session, establishment_id: int) -> Iterator[tuple[int, Measure]]:
    """How long the last good drill of a system says that restoring it takes, for the resource that the inventory ties
    to it, else the one of that name."""
    names: dict[str, list[int]] = defaultdict(list)
    resources = select(Resource.id, Resource.name).where(Resource.establishment_id == establishment_id)
    for node_id, name in session.execute(resources.limit(_MOST_RESOURCES)):
        names[folded(name)].append(node_id)
    names |= {name: [node_id] for name, node_id in _tied(session, establishment_id).items()}
    for drill in session.scalars(last_good(establishment_id)):
        if drill.full_minutes is not None:
            source = "Essai de restauration" if drill.mode == "whole" else "Essai de restauration, extrapolé"
            measure = Measure("restore", drill.full_minutes, drill.done_at.date(), source)
            yield from ((node_id, measure) for node_id in names.get(folded(drill.system), ()))


Source = Callable[[Platform, Session, int], Iterator[tuple[int, Measure]]]
SOURCES: tuple[Source, ...] = (_tests, _backups, _drills)
"""Exercises add theirs (issue 5)."""
