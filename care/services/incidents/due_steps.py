"""The steps of declarations still to be settled, over many incidents at once: what deadlines read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.crisis import Duty
from care.domain.declaration_clocks import ClockState, called_for, clock_state, until
from care.services.incidents.clocks import Noted, notices_of
from care.services.incidents.rows import facts_of, gravity_of
from care.store.crisis import DeclarationDuty
from care.store.incidents import Incident
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class DueStep:
    """One step to settle; `until` None is “without delay”."""

    duty: str
    step: int
    title: Text
    state: ClockState
    until: datetime | None


_Known = tuple[str, Text, tuple[int | None, ...]]
"""A duty as clocks need it: its name, its title, the minutes of each step."""


def due_steps(
    session: Session, rows: Sequence[Incident], kit: Sequence[Duty], now: datetime
) -> Iterator[tuple[Incident, DueStep]]:
    """Each step that is not settled, of incidents that may belong to several establishments."""
    if not rows:
        return
    noted = notices_of(session, [row.id for row in rows])
    own = _own(session, {row.establishment_id for row in rows})
    for row in rows:
        for duty, title, steps in _duties(kit, own.get(row.establishment_id, ())):
            call = called_for(duty, facts_of(row), gravity_of(row))
            for step, minutes in enumerate(steps):
                done = noted.get((row.id, duty, step), Noted(())).settlement
                state = clock_state(step, minutes, row.detected_at, now, call.called, done)
                if not state.settled:
                    yield row, DueStep(duty, step, title, state, until(row.detected_at, minutes))


def _own(session: Session, sites: Iterable[int]) -> Mapping[int, Sequence[DeclarationDuty]]:
    """The duties that establishments rewrote or added."""
    found: dict[int, list[DeclarationDuty]] = {}
    query = select(DeclarationDuty).where(DeclarationDuty.establishment_id.in_(tuple(sites)))
    for one in session.scalars(query.order_by(DeclarationDuty.duty)):
        found.setdefault(one.establishment_id, []).append(one)
    return found


def _duties(kit: Sequence[Duty], own: Sequence[DeclarationDuty]) -> list[_Known]:
    known: dict[str, _Known] = {one.id: (one.id, one.title, tuple(step.minutes for step in one.steps)) for one in kit}
    for row in own:
        title = str(row.content["title"])
        known[row.duty] = (row.duty, Text(title, title), tuple(step["minutes"] for step in row.content["steps"]))
    return list(known.values())
