"""The chains of exercises and logbooks, all read again: what was changed shows before somebody opens the page."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from care.services.exercises.rooms import events_of
from care.services.logbooks.rows import event_fault, fault_of
from care.services.platform import Platform
from care.store.exercises import Exercise, Logbook, LogEntry
from scanners.model import Text


def faults_of_chains(platform: Platform) -> tuple[Text, ...]:
    """The first thing that does not hold in each chain, with the number of its exercise or of its logbook."""
    return (*_of_exercises(platform), *_of_logbooks(platform))


def _of_exercises(platform: Platform) -> Iterator[Text]:
    with platform.database.read() as session:
        numbers = session.scalars(select(Exercise.id).order_by(Exercise.id)).all()
    for number in numbers:  # one at a time: memory stays flat, and nobody waits behind a long reading
        with platform.database.read() as session:
            row = session.get_one(Exercise, number)
            fault = event_fault(row, events_of(session, number))
        if fault is not None:
            yield Text(f"Exercice {number} : {fault.fr}", f"Exercise {number}: {fault.en}")


def _of_logbooks(platform: Platform) -> Iterator[Text]:
    with platform.database.read() as session:
        numbers = session.scalars(select(Logbook.id).order_by(Logbook.id)).all()
    for number in numbers:
        with platform.database.read() as session:
            row = session.get_one(Logbook, number)
            lines = select(LogEntry).where(LogEntry.logbook_id == number).order_by(LogEntry.number)
            fault = fault_of(row, session.scalars(lines))
        if fault is not None:
            yield Text(f"Main courante {number} : {fault.fr}", f"Logbook {number}: {fault.en}")
