"""Actions over time and by effort: every action once, at its place, only those of the reader."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from care.domain.access import PLATFORM, Level, Place, Role, Scope
from care.domain.actions import ActionState, CareCriticality
from care.domain.quadrants import Quadrant
from care.services import action_boards
from care.services.action_boards import SOON, Moment, matrix, timeline
from care.services.action_query import EVERYTHING, ActionFilter, today
from care.services.errors import Forbidden, NotFound
from care.services.platform import Platform
from care.store.actions import ActionSite
from scanners.model import Severity
from tests.support.costs import plant_action, set_state
from tests.support.people import Hospitals, person
from tests.support.queries import counted

DAY = timedelta(days=1)


@pytest.fixture
def valley(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


def close(platform: Platform, action_id: int, establishment_id: int, at: datetime) -> None:
    with platform.database.write() as session:
        site = session.get(ActionSite, (action_id, establishment_id))
        assert site is not None
        site.state, site.closed_at = ActionState.CLOSED, at


@pytest.mark.both_databases
def test_each_action_has_one_moment(platform: Platform, machine: Scope, hospitals: Hospitals, valley: Place) -> None:
    day = today(platform)
    for title, due in (
        ("hier", day - DAY), ("aujourd’hui", day), ("bientôt", day + SOON), ("après", day + SOON + DAY),
        ("dans un an", date(day.year + 1, 12, 31)),
    ):  # fmt: skip
        plant_action(platform, [hospitals.valley], title, due_on=due)
    done = plant_action(platform, [hospitals.valley], "faite", due_on=day - 40 * DAY)
    close(platform, done, hospitals.valley, datetime(2026, 1, 20, tzinfo=UTC))
    board = timeline(platform, machine, valley, EVERYTHING)
    assert [(one.line.title, one.moment) for one in board.late] == [("hier", Moment.LATE)]
    assert [(one.line.title, one.day) for one in board.done] == [("faite", date(2026, 1, 20))]
    coming = [one for month in board.months for one in month.actions]
    assert [(one.line.title, one.moment) for one in coming] == [
        ("aujourd’hui", Moment.SOON), ("bientôt", Moment.SOON), ("après", Moment.LATER), ("dans un an", Moment.LATER),
    ]  # fmt: skip
    assert (board.soon, board.later, board.cut, board.empty) == (2, 2, False, False)


def test_empty_months_are_counted(platform: Platform, machine: Scope, hospitals: Hospitals, valley: Place) -> None:
    first = today(platform).replace(day=1)
    later = date(first.year + 1, 4, 10)
    plant_action(platform, [hospitals.valley], "un", due_on=later)
    plant_action(platform, [hospitals.valley], "deux", due_on=date(first.year + 1, 7, 10))
    months = timeline(platform, machine, valley, EVERYTHING).months
    assert [month.first for month in months] == [later.replace(day=1), date(first.year + 1, 7, 1)]
    assert months[0].gap == (later.year - first.year) * 12 + later.month - first.month
    assert months[1].gap == 2


def test_an_action_half_done_is_pending_once(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    shared = plant_action(platform, [hospitals.valley, hospitals.hill], "partagée", due_on=today(platform) + DAY)
    close(platform, shared, hospitals.hill, datetime(2026, 2, 20, tzinfo=UTC))
    board = timeline(platform, machine, Place(Level.GHT, hospitals.ght), EVERYTHING)
    assert (len(board.months), board.done) == (1, ())
    alone = timeline(platform, machine, Place(Level.ESTABLISHMENT, hospitals.hill), EVERYTHING)
    assert (alone.months, len(alone.done)) == ((), 1)


def test_the_filter_of_the_list_holds(platform: Platform, machine: Scope, hospitals: Hospitals, valley: Place) -> None:
    plant_action(platform, [hospitals.valley], "grave", severity=Severity.CRITICAL)
    closed = plant_action(platform, [hospitals.valley], "finie", severity=Severity.CRITICAL)
    set_state(platform, closed, hospitals.valley, ActionState.CLOSED)
    plant_action(platform, [hospitals.valley], "mineure", severity=Severity.LOW)
    board = timeline(platform, machine, valley, ActionFilter(severities=(Severity.CRITICAL,)))
    assert [one.line.title for month in board.months for one in month.actions] == ["grave"]
    assert board.done == ()  # open states only, unless asked otherwise
    only_over = timeline(platform, machine, valley, ActionFilter(states=(ActionState.CLOSED,)))
    assert ([one.line.title for one in only_over.done], only_over.months) == (["finie"], ())


@pytest.mark.both_databases
def test_quick_wins_first(platform: Platform, machine: Scope, hospitals: Hospitals, valley: Place) -> None:
    grave = {"severity": Severity.CRITICAL, "criticality": CareCriticality.VITAL}
    light = {"severity": Severity.LOW, "criticality": CareCriticality.MINOR, "due_on": date(2026, 12, 31)}
    plant_action(platform, [hospitals.valley], "court et grave", effort_days=1.0, **grave)
    plant_action(platform, [hospitals.valley], "long et grave", effort_days=40.0, **grave)
    plant_action(platform, [hospitals.valley], "court et léger", effort_days=2.0, **light)
    plant_action(platform, [hospitals.valley], "long et léger", effort_days=30.0, **light)
    plant_action(platform, [hospitals.valley], "inconnu", **grave)
    plant_action(platform, [hospitals.valley], "finie", state=ActionState.CLOSED, effort_days=1.0)
    board = matrix(platform, machine, valley, ActionFilter())
    assert {cell: [line.title for line in lines] for cell, lines in board.cells.items()} == {
        Quadrant.QUICK_WIN: ["court et grave"],
        Quadrant.PROJECT: ["long et grave"],
        Quadrant.FILL_IN: ["court et léger"],
        Quadrant.LATER: ["long et léger"],
        Quadrant.UNKNOWN: ["inconnu"],
    }
    assert next(iter(board.cells)) is Quadrant.QUICK_WIN
    assert matrix(platform, machine, valley, ActionFilter(states=(ActionState.CLOSED,))).empty


def test_boards_are_bounded_and_say_so(
    platform: Platform, machine: Scope, hospitals: Hospitals, valley: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action_boards, "MOST", 3)
    for rank in range(5):
        plant_action(platform, [hospitals.valley], f"action {rank}", due_on=today(platform) + rank * DAY)
    board = timeline(platform, machine, valley, EVERYTHING)
    assert [one.line.title for month in board.months for one in month.actions] == ["action 0", "action 1", "action 2"]
    assert board.cut
    effort = matrix(platform, machine, valley, EVERYTHING)
    assert (sum(map(len, effort.cells.values())), effort.cut) == (3, True)


def test_few_statements_whatever_the_size(
    platform: Platform, machine: Scope, hospitals: Hospitals, valley: Place
) -> None:
    for rank in range(40):
        plant_action(platform, [hospitals.valley], f"action {rank}")
    for board in (timeline, matrix):
        with counted(platform.database) as statements:
            board(platform, machine, valley, EVERYTHING)
        assert len(statements) <= 12


@pytest.mark.parametrize("board", [timeline, matrix])
class TestRights:
    def test_a_stranger_finds_nothing(
        self, platform: Platform, hospitals: Hospitals, valley: Place, board: Any
    ) -> None:
        stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
        with pytest.raises(NotFound):
            board(platform, stranger, valley, EVERYTHING)

    def test_a_visitor_is_told_no(self, platform: Platform, hospitals: Hospitals, valley: Place, board: Any) -> None:
        with pytest.raises(Forbidden):
            board(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), valley, EVERYTHING)

    def test_each_sees_their_own(self, platform: Platform, hospitals: Hospitals, valley: Place, board: Any) -> None:
        plant_action(platform, [hospitals.far], "ailleurs")
        ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
        assert board(platform, ciso, PLATFORM, EVERYTHING).empty
