"""Tests of continuity and recovery to write: planned, changed, recorded, corrected, cancelled. Never deleted.

What is put to the test keeps the name it had: that of the day of the record, even when it is renamed or ends later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import TestKind, TestResult, TestState
from care.domain.durations import LONGEST
from care.domain.exercises import ExerciseStage
from care.services.action_query import today
from care.services.continuity_test_rows import check_seen, locked_test, plan_names, thing_of
from care.services.errors import Invalid, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, MAX_TEXT, length_faults, line_of, lines_of
from care.store.continuity import ContinuityTest, ContinuityTestNode, Node
from care.store.exercises import Exercise
from scanners.model import Scalar, Text

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""Outside of these a date is a slip of the keyboard."""
MAX_REASON = 300
MOST_PARTICIPANTS = 100_000
MEASURES = ("recovery_minutes", "data_loss_minutes", "restore_minutes", "held_minutes")
"""What may be measured of a node: back in service, data lost, data restored, degraded mode held."""


@dataclass(frozen=True, slots=True)
class TestDraft:
    """A test as planned. `node_ids` are the activities and resources put to the test, `plan_series` the plan."""

    __test__ = False

    kind: TestKind
    title: str
    planned_on: date
    scope: str = ""
    leader: str = ""
    plan_series: int | None = None
    node_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """What was measured of one node, in whole minutes; None for what nobody measured."""

    recovery_minutes: int | None = None
    data_loss_minutes: int | None = None
    restore_minutes: int | None = None
    held_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class ResultDraft:
    """What a test showed. `gaps` holds one gap a line; `times` what was measured, by node."""

    done_on: date
    result: TestResult
    observed: str = ""
    gaps: str = ""
    participants: int | None = None
    cyber_triggered: bool = False
    degraded_played: bool = False
    management_present: bool = False
    directorates: str = ""
    in_maintenance: bool = False
    times: Mapping[int, Times] = field(default_factory=dict)


def plan_test(platform: Platform, scope: Scope, establishment_id: int, draft: TestDraft) -> int:
    """Plan a test and return its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        row = write_plan(session, place.id, draft, scope.actor, now)
        detail: dict[str, Scalar] = {"title": row.title, "on": row.planned_on.isoformat(), "version": 1}
        record(session, scope, "continuity_test.planned", thing_of(row), now, detail)
        return row.id


def write_plan(session: Session, establishment_id: int, draft: TestDraft, actor: str, now: datetime) -> ContinuityTest:
    """The planned test, written in the caller's transaction. Invalid names each faulty field."""
    values, nodes = _checked(session, establishment_id, draft, ())
    row = ContinuityTest(
        establishment_id=establishment_id,
        state=TestState.PLANNED,
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
        version=1,
        **values,
    )
    session.add(row)
    session.flush()
    session.add_all(ContinuityTestNode(test_id=row.id, node_id=node.id, name=node.name) for node in nodes)
    session.flush()
    return row


def change_test(platform: Platform, scope: Scope, test_id: int, draft: TestDraft, version: int) -> None:
    """Change what a test is about, seen at `version`; one that is done is corrected, and the trail says from what.

    Refused when it was cancelled, or when somebody changed it since.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _changeable(platform, session, scope, test_id, version)
        changed = rewrite_plan(session, row, draft, scope.actor, now)
        if not changed:
            return
        done = row.state is TestState.DONE
        action = "continuity_test.corrected" if done else "continuity_test.changed"
        record(session, scope, action, thing_of(row), now, _detail(row, changed, with_former=done))


def rewrite_plan(
    session: Session, row: ContinuityTest, draft: TestDraft, actor: str, now: datetime
) -> Mapping[str, str]:
    """Change a locked test in the caller's transaction: the former values, in words, of what differs.

    Invalid names each faulty field.
    """
    known = _tested(session, row.id)
    values, nodes = _checked(session, row.establishment_id, draft, known)
    changed = _write(row, values)
    if {node.id for node in nodes} != set(known):
        changed["nodes"] = _names(known.values())
        _replace_nodes(session, row.id, known, nodes)
    if row.state is TestState.PLANNED:
        _refresh_names(session, row.id)
    if changed:
        _touch(row, actor, now)
    return changed


def record_result(platform: Platform, scope: Scope, test_id: int, draft: ResultDraft, version: int) -> None:
    """Say what a test showed; said again, it is corrected, and the trail keeps what was said before.

    Invalid for a day to come, an impossible duration or a number out of bounds; Refused when it was cancelled.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _changeable(platform, session, scope, test_id, version)
        told = write_result(platform, session, row, draft, scope.actor, now)
        if told is not None:
            record(session, scope, told.action, thing_of(row), now, told.detail)


@dataclass(frozen=True, slots=True)
class Told:
    """What the trail is to say of a result just written."""

    action: str
    detail: dict[str, Scalar]


def write_result(
    platform: Platform, session: Session, row: ContinuityTest, draft: ResultDraft, actor: str, now: datetime
) -> Told | None:
    """Write a result in the caller's transaction, which holds the row locked; None when nothing changed. Invalid."""
    tested = _tested(session, row.id)
    values = _result_values(draft)
    faults = _result_faults(values, today(platform)) | _time_faults(draft.times, tested)
    if faults:
        raise Invalid(faults)
    first = row.state is not TestState.DONE
    if first:
        _refresh_names(session, row.id)
    row.state, row.cancel_reason = TestState.DONE, ""
    changed = _write(row, values)
    if former := _write_times(tested, draft.times):
        changed["times"] = former
    if not first and not changed:
        return None
    _touch(row, actor, now)
    action = "continuity_test.recorded" if first else "continuity_test.corrected"
    return Told(action, _detail(row, changed, with_former=not first))


def times_of(session: Session, test_id: int) -> dict[int, Times]:
    """What was measured so far in a test, by node."""
    return {
        number: Times(*(getattr(row, name) for name in MEASURES)) for number, row in _tested(session, test_id).items()
    }


def cancel_test(platform: Platform, scope: Scope, test_id: int, reason: str, version: int) -> None:
    """Say that a planned test will not take place, and why: it stays on the list. Refused once it is done."""
    now, said = platform.clock.now(), line_of(reason)
    with platform.database.write() as session:
        row = _changeable(platform, session, scope, test_id, version)
        if row.state is TestState.DONE:
            raise Refused(
                Text(
                    "Cet essai a eu lieu : il ne s’annule plus, son résultat se corrige.",
                    "This test took place: it is no longer cancelled, its result may be corrected.",
                )
            )
        _refuse_exercise(session, row.id)
        call_off(row, said, scope.actor, now)
        detail: dict[str, Scalar] = {
            "title": row.title,
            "reason": said,
            "fields": "state",
            "version": row.version,
        }
        record(session, scope, "continuity_test.cancelled", thing_of(row), now, detail)


def _refuse_exercise(session: Session, test_id: int) -> None:
    """A test that an exercise brought is cancelled with it: alone, the exercise would go on and count for nothing."""
    going_on = (ExerciseStage.PREPARED, ExerciseStage.LIVE, ExerciseStage.DEBRIEF)
    query = select(Exercise.title).where(Exercise.test_id == test_id, Exercise.stage.in_(going_on))
    if (title := session.scalars(query).one_or_none()) is not None:
        raise Refused(
            Text(
                f"Cet essai est celui de l’exercice « {title} » : annulez l’exercice, l’essai le sera avec lui.",
                f"This test is that of the exercise “{title}”: cancel the exercise, the test goes with it.",
            )
        )


def call_off(row: ContinuityTest, reason: str, actor: str, now: datetime) -> None:
    """Cancel a locked test in the caller's transaction. Invalid (`reason`) when nothing, or too much, is said."""
    if not 0 < len(reason) <= MAX_REASON:
        raise Invalid({"reason": SAY_WHY})
    row.state, row.cancel_reason = TestState.CANCELLED, reason
    _touch(row, actor, now)


SAY_WHY = Text(
    f"Dites pourquoi en une phrase de {MAX_REASON} signes au plus.",
    f"Say why in one sentence of at most {MAX_REASON} characters.",
)


def _changeable(platform: Platform, session: Session, scope: Scope, test_id: int, version: int) -> ContinuityTest:
    row = locked_test(session, scope, test_id)
    check_seen(platform, session, row, version)
    if row.state is TestState.CANCELLED:
        raise Refused(
            Text("Cet essai a été annulé : prévoyez-en un autre.", "This test was cancelled: plan another one.")
        )
    return row


def _touch(row: ContinuityTest, actor: str, now: datetime) -> None:
    row.version += 1
    row.changed_at, row.changed_by = now, actor


def _write(row: ContinuityTest, values: Mapping[str, Any]) -> dict[str, str]:
    """Write the values that differ; the former ones, in words, by field."""
    former = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    for name in former:
        setattr(row, name, values[name])
    return {name: _words(value) for name, value in former.items()}


def _words(value: object) -> str:
    return "" if value is None else str(value)


def _detail(row: ContinuityTest, changed: Mapping[str, str], *, with_former: bool) -> dict[str, Scalar]:
    """What the trail keeps: the fields, and for a correction what each said before."""
    detail: dict[str, Scalar] = {"title": row.title, "fields": ", ".join(changed), "version": row.version}
    if with_former:
        detail |= {f"before_{name}": former for name, former in changed.items()}
    return detail


def _tested(session: Session, test_id: int) -> dict[int, ContinuityTestNode]:
    rows = session.scalars(select(ContinuityTestNode).where(ContinuityTestNode.test_id == test_id))
    return {row.node_id: row for row in rows}


def _names(rows: Iterable[ContinuityTestNode]) -> str:
    return ", ".join(sorted(row.name for row in rows))


def _replace_nodes(
    session: Session, test_id: int, known: Mapping[int, ContinuityTestNode], nodes: Iterable[Node]
) -> None:
    wanted = {node.id: node for node in nodes}
    for number, row in known.items():
        if number not in wanted:
            session.delete(row)
    added = [node for number, node in wanted.items() if number not in known]
    session.add_all(ContinuityTestNode(test_id=test_id, node_id=node.id, name=node.name) for node in added)
    session.flush()


def _refresh_names(session: Session, test_id: int) -> None:
    """The names of the day, until the test is done."""
    rows = session.execute(
        select(ContinuityTestNode, Node.name)
        .join(Node, Node.id == ContinuityTestNode.node_id)
        .where(ContinuityTestNode.test_id == test_id)
    )
    for row, name in rows:
        row.name = name


def _checked(
    session: Session, establishment_id: int, draft: TestDraft, known: Collection[int]
) -> tuple[dict[str, Any], list[Node]]:
    """The columns of a draft and the nodes it names; those in `known` may have ended."""
    values: dict[str, Any] = {one.name: getattr(draft, one.name) for one in fields(TestDraft) if one.name != "node_ids"}
    values |= {"title": line_of(draft.title), "leader": line_of(draft.leader), "scope": lines_of(draft.scope)}
    faults = length_faults(
        {"title": (values["title"], MAX_LINE), "leader": (values["leader"], MAX_LINE)}
        | {"scope": (values["scope"], MAX_TEXT)}
    )
    if not values["title"]:
        faults["title"] = Text("Donnez un titre à l’essai.", "Give the test a title.")
    if not EARLIEST <= draft.planned_on <= LATEST:
        faults["planned_on"] = _IMPOSSIBLE_DAY
    if draft.plan_series is not None and draft.plan_series not in plan_names(session, [establishment_id]):
        faults["plan"] = Text("Choisissez un plan de la liste.", "Choose a plan of the list.")
    nodes = _nodes(session, establishment_id, set(draft.node_ids))
    if len(nodes) != len(set(draft.node_ids)) or any(one.ended_on and one.id not in known for one in nodes):
        faults["nodes"] = Text(
            "Choisissez des activités et des ressources de la liste : l’une d’elles n’est plus en service.",
            "Choose activities and resources of the list: one of them is no longer in use.",
        )
    if faults:
        raise Invalid(faults)
    return values, nodes


_IMPOSSIBLE_DAY = Text("Cette date est invraisemblable : vérifiez l’année.", "This date is unlikely: check the year.")


def _nodes(session: Session, establishment_id: int, ids: Collection[int]) -> list[Node]:
    query = select(Node).where(Node.establishment_id == establishment_id, Node.id.in_(ids)).order_by(Node.id)
    return list(session.scalars(query)) if ids else []


def _result_values(draft: ResultDraft) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: getattr(draft, one.name) for one in fields(ResultDraft) if one.name != "times"}
    texts = {"observed": lines_of(draft.observed), "gaps": lines_of(draft.gaps)}
    return values | texts | {"directorates": line_of(draft.directorates)}


def _result_faults(values: Mapping[str, Any], day: date) -> dict[str, Text]:
    faults = length_faults(
        {name: (values[name], MAX_TEXT) for name in ("observed", "gaps")}
        | {"directorates": (values["directorates"], 300)}
    )
    if values["done_on"] > day:
        faults["done_on"] = Text(
            "Cette date est à venir : notez le jour où l’essai a eu lieu.",
            "This date is to come: give the day when the test took place.",
        )
    elif values["done_on"] < EARLIEST:
        faults["done_on"] = _IMPOSSIBLE_DAY
    people = values["participants"]
    if people is not None and not 0 < people <= MOST_PARTICIPANTS:
        faults["participants"] = Text(
            "Un nombre de personnes, au moins une. Laissez vide si personne ne les a comptées.",
            "A number of people, at least one. Leave it empty if nobody counted.",
        )
    return faults


def _time_faults(times: Mapping[int, Times], tested: Collection[int]) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    for number, measured in times.items():
        if number not in tested:
            faults["times"] = Text(
                "Une mesure porte sur ce que l’essai n’éprouve pas : rechargez la page.",
                "A measure is about something the test is not of: reload the page.",
            )
        for name in MEASURES:
            minutes = getattr(measured, name)
            if minutes is not None and not 0 <= minutes <= LONGEST:
                faults[f"{name}_{number}"] = Text(
                    "Une durée entre 0 et un an. Laissez vide si personne ne l’a mesurée.",
                    "A duration between 0 and one year. Leave it empty if nobody measured it.",
                )
    return faults


def _write_times(tested: Mapping[int, ContinuityTestNode], times: Mapping[int, Times]) -> str:
    """Write what was measured; what was recorded before, in words, for the nodes that differ."""
    former = []
    for number, row in tested.items():
        measured = times.get(number, Times())
        before = Times(*(getattr(row, name) for name in MEASURES))
        if before != measured:
            said = "/".join(_words(getattr(before, name)) or "–" for name in MEASURES)
            former.append(f"{row.name} : {said}")
            for name in MEASURES:
                setattr(row, name, getattr(measured, name))
    return "; ".join(former)
