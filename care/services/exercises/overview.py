"""One exercise as a whole, for its first page: what it is made of, what it puts to the test, what is still to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import Seat
from care.services.continuity_test_rows import plan_names
from care.services.exercises.attendees import attendees
from care.services.exercises.kit_shelf import name_of, serves
from care.services.exercises.mails import has_mails
from care.services.exercises.preparing import ExercisePlan, tested_nodes
from care.services.exercises.reading import ExerciseLine, line_of_row
from care.services.exercises.rooms import exercise_row, kit_of_row
from care.services.node_rows import NodeLink, node_links
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise, ExerciseKit
from exercises.kit import Kit


@dataclass(frozen=True, slots=True)
class CellSeats:
    """A cell: its name, what it is for, who sits there, how many took a seat."""

    name: str
    mission: str
    functions: tuple[str, ...]
    seated: int


@dataclass(frozen=True, slots=True)
class Overview:
    """An exercise and what its preparation stands on.

    `code` is what players type to come in, `unsaid` how many words are still those of the kit out of `words`: both for
    who conducts only. `kit_name` is the kit in the library, "" when it is no longer there.
    `mails`: some were posted, and this person may look at them.
    """

    line: ExerciseLine
    code: str
    words: int
    unsaid: int
    cells: tuple[CellSeats, ...]
    observers: int
    objectives: tuple[str, ...]
    stimuli: int
    plan_title: str
    nodes: tuple[NodeLink, ...]
    plan: ExercisePlan
    cancel_reason: str
    kit_name: str
    changed_by: str
    mails: bool

    @property
    def seated(self) -> int:
        """Players who took a seat."""
        return sum(one.seated for one in self.cells)


def open_overview(platform: Platform, scope: Scope, exercise_id: int) -> Overview:
    """One exercise as a whole. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        place = visible_establishment(session, scope, row.establishment_id)
        may_run = scope.allows(Right.RUN_EXERCISE, place.lineage)
        kit, test = Kit.model_validate(row.content), session.get_one(ContinuityTest, row.test_id)
        told = kit_of_row(row)
        nodes = tested_nodes(session, row)
        links = node_links(session, nodes, scope.lang)
        plans = plan_names(session, [row.establishment_id]) if test.plan_series is not None else {}
        plan = plans.get(test.plan_series or 0)
        seated = Counter((one.seat, one.cell) for one in attendees(session, row.id))
        return Overview(
            line=line_of_row(row, may_run),
            code=row.code if may_run else "",
            words=len(kit.variables),
            unsaid=sum(not row.words.get(one.key) for one in kit.variables),
            cells=tuple(
                CellSeats(one.name, one.mission, one.functions, seated[Seat.PLAYER, one.id]) for one in told.cells
            ),
            observers=sum(count for (seat, _cell), count in seated.items() if seat is Seat.OBSERVER),
            objectives=tuple(one.text for one in told.objectives),
            stimuli=sum(not one.reserve for one in kit.stimuli),
            plan_title=plan.title if plan else "",
            nodes=tuple(links[one] for one in nodes),
            plan=ExercisePlan(row.title, row.planned_at, row.place, row.director, test.plan_series, nodes),
            cancel_reason=test.cancel_reason,
            kit_name=_kit_name(platform, session, row),
            changed_by=row.changed_by,
            mails=may_run and has_mails(session, row.id),
        )


def _kit_name(platform: Platform, session: Session, row: Exercise) -> str:
    """The kit that an exercise was made from, as the library names it today."""
    shipped = platform.kits.exercises.get(row.kit)
    if shipped is not None and shipped.kit.version == row.kit_version:
        return row.kit
    query = select(ExerciseKit).where(
        ExerciseKit.kit == row.kit, ExerciseKit.kit_version == row.kit_version, serves(row.establishment_id)
    )
    found = session.scalars(query.order_by(ExerciseKit.id.desc())).first()
    return name_of(found) if found else ""
