"""What tells live pages that there is something new, for whom, and for whom not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from care.domain.access import Scope
from care.domain.exercises import Seat
from care.services.exercises.conducting import obey
from care.services.exercises.facilitating import Speech, say
from care.services.exercises.memory import Rooms
from care.services.exercises.news import EXERCISE, LOGBOOK, News
from care.services.exercises.playing import Message, answer
from care.services.exercises.seats import Arrival, badges, sit_with_token, sitting
from care.services.hub import Topic
from care.services.platform import Platform
from care.store.exercises import ExerciseEvent, Logbook
from exercises.decide import Pause, Play, Start
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals
from tests.support.queries import counted
from tests.unit.exercises.sample_kit import kit

pytestmark = pytest.mark.both_databases
FIRST, SECOND = (cell.id for cell in kit().cells[:2])


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


def changed(news: News, exercise_id: int, before: dict[str, str]) -> set[str]:
    """The parts of an exercise whose mark is another one since; `before` is brought up to date."""
    found = news(frozenset(Topic(EXERCISE, exercise_id, part) for part in ("", FIRST, SECOND)))
    now = {topic.part: mark for topic, mark in found.items()}
    parts = {part for part, mark in now.items() if before.get(part) != mark}
    before.update(now)
    return parts


def test_each_thing_that_happens_is_news_for_those_it_concerns(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    news, marks = News(stage), dict[str, str]()
    everyone = {"", FIRST, SECOND}
    assert changed(news, exercise, marks) == everyone
    assert changed(news, exercise, marks) == set()
    obey(stage, machine, exercise, Start())
    assert changed(news, exercise, marks) == everyone
    one = next(one for one in kit().stimuli if FIRST in one.to and SECOND not in one.to)
    obey(stage, machine, exercise, Play(one.id))
    assert changed(news, exercise, marks) == {"", FIRST}
    token = next(
        b.token for b in badges(stage, machine, exercise) if (b.seat, b.cell) == (Seat.PLAYER, kit().cells[1].name)
    )
    who = sitting(stage, sit_with_token(stage, token, Arrival("Mme Petit")))
    assert changed(news, exercise, marks) == {""}, "who arrives is of interest to the facilitation"
    assert who is not None
    answer(stage, who, Message("Nous isolons.", "k1"))
    assert changed(news, exercise, marks) == {"", SECOND}
    say(stage, machine, exercise, Speech((FIRST,), "Continuez.", "k2"))
    assert changed(news, exercise, marks) == {"", FIRST}
    obey(stage, machine, exercise, Pause())
    assert changed(news, exercise, marks) == everyone


def test_a_logbook_is_told_of_alone_and_with_its_exercise(
    stage: Platform, machine: Scope, exercise: int, hospitals: Hospitals, clock: FixedClock
) -> None:
    with stage.database.write() as session:
        row = Logbook(
            establishment_id=hospitals.valley, exercise_id=exercise, title="Nuit", opened_at=clock.now(), opened_by="x"
        )
        session.add(row)
        session.flush()
        number = row.id
    news, topics = News(stage), frozenset({Topic(EXERCISE, exercise), Topic(LOGBOOK, number)})
    before = news(topics)
    with stage.database.write() as session:
        session.get_one(Logbook, number).last_entry += 1
    after = news(topics)
    assert {topic.kind for topic in topics if before[topic] != after[topic]} == {EXERCISE, LOGBOOK}


def test_what_does_not_exist_has_no_mark(stage: Platform) -> None:
    assert News(stage)(frozenset({Topic(EXERCISE, 999), Topic(EXERCISE, 999, FIRST), Topic(LOGBOOK, 999)})) == {}


@pytest.mark.parametrize("content", [{"what": "nothing"}, {"what": "played", "stimulus": "S99", "how": "now"}])
def test_an_altered_exercise_does_not_silence_the_others(
    stage: Platform, machine: Scope, exercise: int, hospitals: Hospitals, content: dict[str, str]
) -> None:
    other = prepared(stage, machine, hospitals.valley)
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, Play(kit().stimuli[0].id))
    with stage.database.write() as session:
        session.execute(
            update(ExerciseEvent)
            .where(ExerciseEvent.exercise_id == exercise, ExerciseEvent.number == 2)
            .values(content=content)
        )
    topics = frozenset(Topic(EXERCISE, one, FIRST) for one in (exercise, other))
    assert News(replace(stage, rooms=Rooms()))(topics)[Topic(EXERCISE, other, FIRST)] not in {"", "."}


def test_one_statement_however_many_listen(
    stage: Platform, machine: Scope, exercise: int, hospitals: Hospitals
) -> None:
    others = [prepared(stage, machine, hospitals.valley) for _ in range(3)]
    news = News(stage)
    topics = frozenset(Topic(EXERCISE, one, part) for one in (exercise, *others) for part in ("", FIRST, SECOND))
    news(topics)
    with counted(stage.database) as statements:
        assert len(news(topics)) == 12
    assert len(statements) == 1
