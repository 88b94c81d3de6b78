"""What players see and say: their own cell only, nothing before its time, nothing twice."""

from __future__ import annotations

import pytest

from care.domain.access import Level, Role, Scope
from care.domain.exercises import MessageKind
from care.services.errors import Forbidden, Invalid, Refused
from care.services.exercises import playing, seats
from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.facilitating import Speech, say
from care.services.exercises.playing import Message, answer, inbox, standing
from care.services.exercises.seats import Arrival, Sitting, badges, sit_with_token, sitting
from care.services.platform import Platform
from exercises.decide import End, Play, Start
from exercises.state import Stage
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


def seated(platform: Platform, scope: Scope, exercise_id: int, badge: int, name: str) -> Sitting:
    token = badges(platform, scope, exercise_id)[badge].token
    found = sitting(platform, sit_with_token(platform, token, Arrival(name)))
    assert found is not None
    return found


@pytest.fixture
def ward(stage: Platform, machine: Scope, exercise: int) -> Sitting:
    return seated(stage, machine, exercise, 0, "Aline")


def test_a_cell_receives_what_is_sent_to_it_when_it_is_played(
    stage: Platform, machine: Scope, exercise: int, ward: Sitting, clock: FixedClock
) -> None:
    assert inbox(stage, ward).received == ()
    obey(stage, machine, exercise, Start())
    conductor = Conductor(stage)
    for _ in range(11 * 12):
        clock.forward(seconds=5)
        conductor.tick()
    seen = inbox(stage, ward)
    assert [one.id for one in seen.received] == ["S01"]
    assert (seen.stage, seen.cell) == (Stage.RUNNING, "Urgences")
    assert seen.second == pytest.approx(11 * 60)
    other = inbox(stage, seated(stage, machine, exercise, 1, "Bruno"))
    assert [one.id for one in other.received] == ["S02"]
    assert other.received[0].body == "le SIL ne répond plus."


def test_answers_and_questions_of_a_cell_are_its_own(
    stage: Platform, machine: Scope, exercise: int, ward: Sitting
) -> None:
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, Play("S01"))
    answer(stage, ward, Message("Nous appelons l’astreinte.", "k1", "S01"))
    answer(stage, ward, Message(" Qui est le directeur de garde ? ", "k2"))
    answer(stage, ward, Message("Nous appelons l’astreinte.", "k1", "S01"))
    question = inbox(stage, ward).said[-1]
    say(stage, machine, exercise, Speech((), "C’est madame Roux.", "f1", question.id))
    said = inbox(stage, ward).said
    assert [(one.kind, one.author) for one in said[:2]] == [
        (MessageKind.ANSWER, "Aline"), (MessageKind.QUESTION, "Aline"),
    ]  # fmt: skip
    assert said[1].body == "Qui est le directeur de garde ?"
    assert (said[2].kind, said[2].reply_to) == (MessageKind.FACILITATION, question.id)
    assert inbox(stage, seated(stage, machine, exercise, 1, "Bruno")).said == ()


def test_a_flood_is_refused_and_what_is_older_stays_within_reach(
    stage: Platform, machine: Scope, exercise: int, ward: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "SAID", 2)
    monkeypatch.setattr(seats, "MOST_WRITTEN", 5)
    obey(stage, machine, exercise, Start())
    for number in range(5):
        answer(stage, ward, Message(f"n° {number}", f"k{number}"))
    answer(stage, ward, Message("n° 4", "k4"))  # sent again: recorded, not refused
    with pytest.raises(Refused, match="tell the facilitators"):
        answer(stage, ward, Message("n° 5", "k5"))
    answer(stage, seated(stage, machine, exercise, 1, "Bruno"), Message("À moi.", "k6"))  # each seat has its own
    pages: list[list[str]] = []
    before = 0
    while not pages or before:
        found = inbox(stage, ward, before)
        assert (found.number, found.last_message) == standing(stage, ward)
        pages.append([one.body for one in found.said])
        before = found.older
    assert pages == [["n° 3", "n° 4"], ["n° 1", "n° 2"], ["n° 0"]]


@pytest.mark.parametrize(
    "message", [Message("  ", "k"), Message("x" * 5001, "k"), Message("x", ""), Message("x", "k", "S99")]
)
def test_what_cannot_be_a_message_is_said(
    stage: Platform, machine: Scope, exercise: int, ward: Sitting, message: Message
) -> None:
    obey(stage, machine, exercise, Start())
    with pytest.raises(Invalid):
        answer(stage, ward, message)
    assert inbox(stage, ward).said == ()


def test_nobody_answers_before_the_start_or_after_the_end(
    stage: Platform, machine: Scope, exercise: int, ward: Sitting
) -> None:
    with pytest.raises(Refused):
        answer(stage, ward, Message("Déjà ?", "k1"))
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, End())
    with pytest.raises(Refused):
        answer(stage, ward, Message("Trop tard.", "k2"))


def test_only_the_facilitation_speaks_to_a_cell(
    stage: Platform, hospitals: Hospitals, machine: Scope, exercise: int, ward: Sitting
) -> None:
    obey(stage, machine, exercise, Start())
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        say(stage, director, exercise, Speech(("ward",), "Bravo.", "k1"))
    with pytest.raises(Invalid):
        say(stage, machine, exercise, Speech(("kitchen",), "Bravo.", "k1"))
    assert inbox(stage, ward).said == ()
