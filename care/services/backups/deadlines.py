"""The deadlines of backups: steps towards 3-2-1, restore tests and isolation drills to make again, PDMA exceeded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.node_names import folded
from care.services.backups.handing import last_test, names_of
from care.services.backups.isolation import due_on, last_of
from care.services.deadline_source import Source, Wanted, at_site, there
from care.services.drills.proving import drills_by_place
from care.store.backups import BackupBreach, BackupMilestone, BackupSystem, IsolationDrill
from care.store.restore_drills import RestoreDrill
from scanners.backup.facts import RestoreTest
from scanners.model import Text

TESTED_EVERY = timedelta(days=365)
"""A full restore test is made at least yearly (PGSSI-S 7.4.5.2, ReCyF 13.2)."""
_NAMED = 3
"""Systems never tested that are named; the others are counted."""


def backups(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """What falls due of the inventory of backups."""
    systems = _in_use(session, wanted)
    yield from _steps(session, wanted)
    yield from _tests(session, wanted, systems)
    yield from _isolation(session, wanted, systems)
    yield from _breaches(session, wanted)


def _steps(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    query = (
        select(BackupMilestone, BackupSystem.name, BackupSystem.ended_on)
        .outerjoin(BackupSystem, BackupSystem.id == BackupMilestone.system_id)
        .where(BackupMilestone.ended_on.is_(None), BackupMilestone.due_on <= wanted.until)
    )
    for row, name, over in session.execute(query.where(*there(BackupMilestone.establishment_id, wanted))):
        if over is not None:
            continue
        what = f"{row.title} ({name})" if name else row.title
        yield Deadline(
            kind=DeadlineKind.BACKUP,
            identity=f"backup_step:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Jalon de sauvegarde : {what}", f"Backup milestone: {what}"),
            due_on=row.due_on,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/backups/steps/{row.id}",
            owner=row.owner,
        )


def _in_use(session: Session, wanted: Wanted) -> Mapping[int, Sequence[BackupSystem]]:
    """The systems in use of each establishment."""
    query = select(BackupSystem).where(BackupSystem.ended_on.is_(None), *there(BackupSystem.establishment_id, wanted))
    rows = session.scalars(query.order_by(BackupSystem.establishment_id, BackupSystem.name, BackupSystem.id))
    return {place: tuple(systems) for place, systems in groupby(rows, key=lambda row: row.establishment_id)}


def _tests(session: Session, wanted: Wanted, found: Mapping[int, Sequence[BackupSystem]]) -> Iterator[Deadline]:
    drills = drills_by_place(session, *there(RestoreDrill.establishment_id, wanted))
    for place, systems in found.items():
        yield from _tests_at(systems, drills.get(place, {}), wanted)


def _tests_at(
    systems: Sequence[BackupSystem], drills: Mapping[str, RestoreDrill], wanted: Wanted
) -> Iterator[Deadline]:
    """The tests of an establishment: a year after a success, at once after a failure; those never made are told as one,
    not to be a flood. A system that somebody called not critical may go without."""
    names, never = names_of(systems), []
    for row in systems:
        test = last_test(row, drills.get(folded(names[row.id])))
        if isinstance(test, RestoreTest):
            yield from _again(row, test, wanted)
        elif row.critical is not False:
            never.append(row)
    if never:
        yield _never_tested(never, names, wanted)


def _again(row: BackupSystem, test: RestoreTest, wanted: Wanted) -> Iterator[Deadline]:
    due_on = test.date + TESTED_EVERY if test.success else test.date
    if due_on > wanted.until:
        return
    said = Text("à refaire", "to make again") if test.success else Text("en échec, à refaire", "failed, to make again")
    yield Deadline(
        kind=DeadlineKind.BACKUP,
        identity=f"backup_test:{row.id}",
        place=at_site(row.establishment_id),
        title=Text(f"Essai de restauration {said.fr} : {row.name}", f"Restore test {said.en}: {row.name}"),
        due_on=due_on,
        changed_at=row.changed_at,
        address=f"/establishments/{row.establishment_id}/backups/systems/{row.id}",
    )


def _never_tested(systems: Sequence[BackupSystem], names: Mapping[int, str], wanted: Wanted) -> Deadline:
    shown, more = ", ".join(names[row.id] for row in systems[:_NAMED]), len(systems) - _NAMED
    place, since = systems[0].establishment_id, min(row.changed_at for row in systems)
    said = f"{shown} (+{more})" if more > 0 else shown
    return Deadline(
        kind=DeadlineKind.BACKUP,
        identity=f"backup_untested:{place}",
        place=at_site(place),
        title=Text(f"Aucun essai complet de restauration connu : {said}", f"No full restore test known: {said}"),
        due_on=wanted.day(since),
        changed_at=since,
        address=f"/establishments/{place}/backups",
        dated=False,
    )


def _isolation(session: Session, wanted: Wanted, systems: Mapping[int, Sequence[BackupSystem]]) -> Iterator[Deadline]:
    """The next try of the “red button”: a year after a success, at once after a failure, and at once where backups are
    written down and nobody noted any."""
    query = select(IsolationDrill).where(*there(IsolationDrill.establishment_id, wanted))
    noted: dict[int, list[IsolationDrill]] = defaultdict(list)
    for row in session.scalars(query):
        noted[row.establishment_id].append(row)
    for place in sorted({*noted, *systems}):
        last = last_of(noted[place])
        if last is not None and due_on(last) <= wanted.until:
            yield _isolate_again(last)
        elif last is None and place in systems:
            yield _never_isolated(place, min(row.changed_at for row in systems[place]), wanted)


def _isolate_again(last: IsolationDrill) -> Deadline:
    return Deadline(
        kind=DeadlineKind.BACKUP,
        identity=f"isolation_drill:{last.establishment_id}",
        place=at_site(last.establishment_id),
        title=Text(
            "Exercice d’isolement des sauvegardes (« bouton rouge ») à refaire",
            "Backup isolation drill (“red button”) to make again",
        ),
        due_on=due_on(last),
        changed_at=last.changed_at,
        address=f"/establishments/{last.establishment_id}/isolation-drills",
    )


def _never_isolated(place: int, since: datetime, wanted: Wanted) -> Deadline:
    return Deadline(
        kind=DeadlineKind.BACKUP,
        identity=f"isolation_never:{place}",
        place=at_site(place),
        title=Text(
            "Aucun exercice d’isolement des sauvegardes (« bouton rouge ») noté",
            "No backup isolation drill (“red button”) written down",
        ),
        due_on=wanted.day(since),
        changed_at=since,
        address=f"/establishments/{place}/isolation-drills",
        dated=False,
    )


def _breaches(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    query = (
        select(BackupBreach, BackupSystem.name)
        .join(BackupSystem, BackupSystem.id == BackupBreach.system_id)
        .where(BackupBreach.ended_at.is_(None), BackupSystem.ended_on.is_(None))
    )
    for row, name in session.execute(query.where(*there(BackupBreach.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.BACKUP,
            identity=f"backup_breach:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Sauvegarde plus ancienne que la PDMA : {name}", f"Backup older than the PDMA: {name}"),
            due_on=wanted.day(row.began_at),
            changed_at=row.began_at,
            address=f"/establishments/{row.establishment_id}/backups/systems/{row.system_id}",
            dated=False,
        )


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.BACKUP, backups, Right.SEE_FINDINGS, Right.MANAGE_TARGETS, (30, 7), weekly=True),
)
"""The source of the inventory of backups."""
