"""What the facilitation sees and does: what waits and why, the last word of two, choices after an outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.exercises import ExerciseStage, MessageKind
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.directing import board
from care.services.exercises.facilitating import (
    Impromptu,
    Seen,
    Speech,
    When,
    discount_interruption,
    improvise,
    observe,
    say,
    shift_by_lateness,
    thread_of,
)
from care.services.exercises.memory import Rooms
from care.services.exercises.playing import Message, answer, inbox
from care.services.exercises.seats import Arrival, Sitting, badges, put_out, sit_with_token, sitting
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseEvent, ExerciseMessage
from exercises.decide import Decide, End, Note, Pause, Play, Shift, Skip, Start, Tell
from exercises.events import Verdict, Why
from exercises.kit import Channel
from exercises.state import Stage, Standing
from tests.support.big_exercise import plant_big_exercise, play_some
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.queries import counted

pytestmark = pytest.mark.both_databases
DRAFT = Impromptu("Standard", ("ward",), Channel.SMS, "Appel", "Un journaliste attend.")


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


@pytest.fixture
def started(stage: Platform, machine: Scope, exercise: int) -> int:
    obey(stage, machine, exercise, Start())
    return exercise


def seated(platform: Platform, scope: Scope, exercise_id: int, name: str = "Aline") -> Sitting:
    token = badges(platform, scope, exercise_id)[0].token
    found = sitting(platform, sit_with_token(platform, token, Arrival(name)))
    assert found is not None
    return found


def wait(conductor: Conductor, clock: FixedClock, minutes: float) -> None:
    for _ in range(round(minutes * 12)):
        clock.forward(seconds=5)
        conductor.tick()


def after_an_outage(stage: Platform, clock: FixedClock, minutes: float) -> Conductor:
    """Five minutes kept, then nobody for so long, then a tick."""
    wait(Conductor(stage), clock, 5)
    clock.forward(minutes=minutes)
    conductor = Conductor(replace(stage, rooms=Rooms()))
    conductor.tick()
    return conductor


def events(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(ExerciseEvent)) or 0


def test_before_the_start_it_says_what_is_missing(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    seated(stage, machine, exercise)
    seen = board(stage, machine, exercise)
    assert (seen.stage, seen.second, seen.number) == (Stage.READY, 0.0, 0)
    assert seen.ready.empty_cells == ("Informatique",)
    assert (seen.ready.players, seen.ready.observers) == (1, 0)
    assert seen.ready.kit_words == ("Logiciel du laboratoire",)
    assert [one.present for one in seen.cells] == [1, 0]
    clock.forward(minutes=3)
    assert [(one.present, one.joined) for one in board(stage, machine, exercise).cells] == [(0, 1), (0, 0)]


def test_people_are_counted_not_sign_ins(stage: Platform, machine: Scope, exercise: int, clock: FixedClock) -> None:
    seated(stage, machine, exercise, "Aline")
    clock.forward(minutes=3)
    seated(stage, machine, exercise, "ALINE")  # through another browser
    intruder = seated(stage, machine, exercise, "Zoé")
    put_out(stage, machine, exercise, intruder.participant_id)
    seen = board(stage, machine, exercise)
    assert [(one.present, one.joined) for one in seen.cells] == [(1, 1), (0, 0)]
    assert seen.ready.players == 1


def test_the_timeline_says_where_each_stimulus_stands(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    wait(Conductor(stage), clock, 31)
    obey(stage, machine, started, Skip("S05"))
    seen = board(stage, machine, started)
    assert [(one.id, one.standing) for one in seen.timeline] == [
        ("S01", Standing.PLAYED), ("S02", Standing.PLAYED), ("S03", Standing.PLAYED), ("S04", Standing.HELD),
        ("S05", Standing.SKIPPED),
    ]  # fmt: skip
    assert [one.id for one in seen.reserve] == ["R1"]
    assert [(one.id, one.why) for one in seen.held] == [("S04", Why.UNDECIDED)]
    assert (seen.phase, seen.next, seen.late) == ("Crise", None, 0.0)
    assert [(one.id, one.waiting) for one in seen.pressing] == [("cut", ("S04",))]
    branch = seen.stimulus("S03")
    assert branch is not None
    assert [(one.reaction, one.wanted_seen, one.holds) for one in branch.conditions] == [("S01.a", False, True)]


def test_a_decision_is_asked_for_shortly_before_what_depends_on_it(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    conductor = Conductor(stage)
    wait(conductor, clock, 24)
    assert board(stage, machine, started).pressing == ()
    wait(conductor, clock, 1.5)
    assert [one.id for one in board(stage, machine, started).pressing] == ["cut"]
    obey(stage, machine, started, Decide("cut", "no"))
    assert board(stage, machine, started).pressing == ()


def test_expected_reactions_wait_until_somebody_speaks_of_them_and_the_last_word_counts(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    wait(Conductor(stage), clock, 3)
    (awaited,) = board(stage, machine, started).awaited
    assert (awaited.id, awaited.due, awaited.cell_name) == ("S01.a", pytest.approx(605), "Urgences")
    observe(stage, machine, started, Seen("S01.a", Verdict.MISSED))
    observe(stage, machine, started, Seen("S01.a", Verdict.PARTIAL, "Après relance.", minutes_ago=2))
    seen = board(stage, machine, started)
    assert seen.awaited == ()
    line = seen.stimulus("S01")
    assert line is not None
    assert [(one.verdict, one.note, one.seen_second) for one in line.reactions] == [
        (Verdict.PARTIAL, "Après relance.", pytest.approx(60))
    ]


@pytest.mark.parametrize(
    ("seen", "refusal"),
    [
        (Seen("S99.a", Verdict.SEEN), Refused),
        (Seen("S01.z", Verdict.SEEN), Refused),
        (Seen("", Verdict.SEEN), Refused),
        (Seen("S01.a", Verdict.SEEN, "x" * 1_000_000), Refused),
        (Seen("S01.a", Verdict.SEEN, minutes_ago=-1), Invalid),
        (Seen("S01.a", Verdict.SEEN, minutes_ago=100_000), Invalid),
    ],
)
def test_what_cannot_be_observed_is_refused(
    stage: Platform, machine: Scope, started: int, seen: Seen, refusal: type[Exception]
) -> None:
    before = events(stage)
    with pytest.raises(refusal):
        observe(stage, machine, started, seen)
    assert events(stage) == before


def test_what_people_act_waits_to_be_said(stage: Platform, machine: Scope, started: int) -> None:
    obey(stage, machine, started, Play("R1"))
    assert [one.id for one in board(stage, machine, started).to_tell] == ["R1"]
    obey(stage, machine, started, Tell("R1"))
    obey(stage, machine, started, Tell("R1"))
    assert board(stage, machine, started).to_tell == ()
    with pytest.raises(Refused, match="was not played"):
        obey(stage, machine, started, Tell("S05"))


def test_after_an_outage_the_rest_is_shifted_by_its_lateness(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    conductor = after_an_outage(stage, clock, 6)
    seen = board(stage, machine, started)
    assert ([one.id for one in seen.held], seen.late) == (["S02"], pytest.approx(60))
    assert seen.interrupted == pytest.approx(360, abs=6)
    assert "pendant 6 min" in seen.happenings[0].text
    shift_by_lateness(stage, machine, started)
    with pytest.raises(Refused, match="Nothing is late"):
        shift_by_lateness(stage, machine, started)
    wait(conductor, clock, 0.2)
    after = board(stage, machine, started)
    assert (after.held, after.interrupted) == ((), 0.0)
    assert after.next is not None
    assert after.next.second == pytest.approx(21 * 60)


def test_after_an_outage_the_interruption_is_taken_out_once(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    after_an_outage(stage, clock, 6)
    discount_interruption(stage, machine, started)
    seen = board(stage, machine, started)
    assert (seen.held, seen.second) == ((), pytest.approx(300, abs=6))
    with pytest.raises(Refused, match="no interruption"):
        discount_interruption(stage, machine, started)


def test_an_interruption_is_forgotten_once_something_is_played(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    after_an_outage(stage, clock, 6)
    obey(stage, machine, started, Play("S02"))
    assert board(stage, machine, started).interrupted == 0.0
    with pytest.raises(Refused):
        discount_interruption(stage, machine, started)


def test_a_machine_clock_that_goes_back_is_told(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    conductor = Conductor(stage)
    wait(conductor, clock, 5)
    clock.forward(hours=-3)
    conductor.tick()
    seen = board(stage, machine, started)
    assert seen.second == pytest.approx(300)
    assert "a reculé" in seen.happenings[0].text


def test_a_stimulus_of_the_facilitation_s_own(stage: Platform, machine: Scope, started: int, clock: FixedClock) -> None:
    assert improvise(stage, machine, started, DRAFT) == "I01"
    assert improvise(stage, machine, started, replace(DRAFT, when=When.RESERVE)) == "I02"
    assert improvise(stage, machine, started, replace(DRAFT, when=When.AT, minute=3)) == "I03"
    seen = board(stage, machine, started)
    assert [one.id for one in seen.played] == ["I01"]
    assert [one.id for one in seen.reserve] == ["R1", "I02"]
    wait(Conductor(stage), clock, 4)
    assert {one.id for one in board(stage, machine, started).played} == {"I01", "S01", "I03"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": "x" * 1_000_000}, "body"),
        ({"body": "  "}, "body"),
        ({"title": ""}, "title"),
        ({"sender": "x" * 201}, "sender"),
        ({"cells": ()}, "cells"),
        ({"when": When.AT, "minute": 1_000_000}, "minute"),
        ({"when": When.AT, "minute": -1}, "minute"),
    ],
)
def test_what_cannot_be_a_stimulus_is_said_by_field(
    stage: Platform, machine: Scope, started: int, changes: dict[str, object], field: str
) -> None:
    before = events(stage)
    with pytest.raises(Invalid) as refused:
        improvise(stage, machine, started, replace(DRAFT, **changes))  # type: ignore[arg-type]
    assert set(refused.value.fields) == {field}
    assert events(stage) == before


def test_neither_half_of_an_impromptu_is_written_without_the_other(
    stage: Platform, machine: Scope, started: int
) -> None:
    obey(stage, machine, started, End())
    before = events(stage)
    with pytest.raises(Refused):
        improvise(stage, machine, started, DRAFT)
    assert events(stage) == before


@pytest.mark.parametrize("command", [Shift(6e7), Shift(float("nan")), Shift(float("-inf")), Note(""), Note("x" * 601)])
def test_senseless_commands_are_refused(stage: Platform, machine: Scope, started: int, command: Shift | Note) -> None:
    with pytest.raises(Refused):
        obey(stage, machine, started, command)


@pytest.mark.parametrize("command", [Shift(60), Skip("S01"), Note("Trop tôt."), Play("S01"), Tell("S01")])
def test_nothing_is_commanded_before_the_start(
    stage: Platform, machine: Scope, exercise: int, command: Shift | Skip | Note | Play | Tell
) -> None:
    with pytest.raises(Refused):
        obey(stage, machine, exercise, command)
    assert events(stage) == 0


def test_a_remark_is_kept_for_the_debrief(stage: Platform, machine: Scope, started: int) -> None:
    obey(stage, machine, started, Pause())
    obey(stage, machine, started, Note(" La cellule attend un ordre. "))
    seen = board(stage, machine, started).happenings
    assert [(one.text, one.remark) for one in seen][:2] == [
        ("La cellule attend un ordre.", True), ("L’exercice a été mis en pause.", False),
    ]  # fmt: skip


def test_a_closed_exercise_obeys_nobody(stage: Platform, machine: Scope, started: int) -> None:
    obey(stage, machine, started, End())
    observe(stage, machine, started, Seen("S01.a", Verdict.SEEN))
    with stage.database.write() as session:
        session.get_one(Exercise, started).stage = ExerciseStage.CLOSED
    with pytest.raises(Refused, match="closed"):
        observe(stage, machine, started, Seen("S01.a", Verdict.MISSED))


def test_a_cancelled_exercise_does_not_start(stage: Platform, machine: Scope, exercise: int) -> None:
    with stage.database.write() as session:
        session.get_one(Exercise, exercise).stage = ExerciseStage.CANCELLED
    with pytest.raises(Refused, match="cancelled"):
        obey(stage, machine, exercise, Start())


def test_a_question_waits_for_one_answer(stage: Platform, machine: Scope, started: int) -> None:
    ward = seated(stage, machine, started)
    answer(stage, ward, Message("Qui est de garde ?", "k1"))
    (question,) = board(stage, machine, started).questions
    assert [one.unanswered for one in board(stage, machine, started).cells] == [1, 0]
    reply = Speech((), "Madame Roux.", "f1", question.id)
    say(stage, machine, started, reply)
    say(stage, machine, started, reply)  # the same click, sent again
    assert board(stage, machine, started).questions == ()
    with pytest.raises(Refused, match="Madame Roux"):
        say(stage, machine, started, replace(reply, key="f2"))
    assert [one.kind for one in inbox(stage, ward).said] == [MessageKind.QUESTION, MessageKind.FACILITATION]


def test_words_to_several_cells_reach_each_once(stage: Platform, machine: Scope, started: int) -> None:
    for _ in range(2):
        say(stage, machine, started, Speech(("ward", "it"), "Point de situation à 10 h.", "f1"))
    assert [one.body for one in thread_of(stage, machine, started, "it")] == ["Point de situation à 10 h."]
    with stage.database.read() as session:
        assert len(session.scalars(select(ExerciseMessage)).all()) == 2


def test_a_reply_to_what_is_no_question_of_this_exercise(
    stage: Platform, machine: Scope, hospitals: Hospitals, started: int
) -> None:
    other = prepared(stage, machine, hospitals.far)
    obey(stage, machine, other, Start())
    answer(stage, seated(stage, machine, other), Message("Ailleurs ?", "k1"))
    (foreign,) = board(stage, machine, other).questions
    for number in (foreign.id, 10**9):
        with pytest.raises(NotFound):
            say(stage, machine, started, Speech((), "Réponse.", "f1", number))


@pytest.mark.parametrize(
    "words", [Speech(("ward",), " ", "f1"), Speech(("ward",), "x" * 1_000_000, "f1"), Speech((), "Oui.", "f1"),
              Speech(("kitchen",), "Oui.", "f1"), Speech(("ward",), "Oui.", ""), Speech(("ward",), "Oui.", "f" * 80)]
)  # fmt: skip
def test_what_cannot_be_said_is_refused(stage: Platform, machine: Scope, started: int, words: Speech) -> None:
    with pytest.raises(Invalid):
        say(stage, machine, started, words)


def test_the_mark_changes_with_what_people_see(
    stage: Platform, machine: Scope, started: int, clock: FixedClock
) -> None:
    def mark() -> str:
        return board(stage, machine, started).mark

    first = mark()
    clock.forward(seconds=20)
    assert mark() == first
    obey(stage, machine, started, Note("Un mot."))
    second = mark()
    assert second != first
    answer(stage, seated(stage, machine, started), Message("Allô ?", "k1"))
    assert mark() not in (first, second)


def test_only_who_runs_exercises_sees_the_board(
    stage: Platform, hospitals: Hospitals, started: int, machine: Scope
) -> None:
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    assert board(stage, ciso, started).id == started
    for scope, refusal in ((reader, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            board(stage, scope, started)
        with pytest.raises(refusal):
            thread_of(stage, scope, started, "ward")
        with pytest.raises(refusal):
            say(stage, scope, started, Speech(("ward",), "Oui.", "f1"))


def test_a_large_exercise_costs_as_many_queries_as_a_small_one(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    large = plant_big_exercise(platform, machine, hospitals.valley)
    small = prepared(with_one_kit(platform), machine, hospitals.valley)
    play_some(platform, machine, large, 20)
    obey(platform, machine, small, Start())
    board(platform, machine, large), board(platform, machine, small)
    with counted(platform.database) as many:
        seen = board(platform, machine, large)
    with counted(platform.database) as few:
        board(platform, machine, small)
    assert len(many) == len(few)
    assert (len(seen.timeline) + len(seen.reserve), sum(one.present for one in seen.cells)) == (260, 150)
    assert timedelta(seconds=seen.second) < timedelta(minutes=1)
