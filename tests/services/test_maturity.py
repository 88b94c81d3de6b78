"""The self-assessment of crisis maturity: what answers add up to, what exercises showed, who was quicker."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises.conducting import obey
from care.services.maturity import MaturityView, QuestionView, maturity_of_exercise, read_maturity
from care.services.maturity_answering import AnswerDraft, answer_questions
from care.services.maturity_exports import maturity_csv, maturity_xlsx
from care.services.platform import Platform
from care.store.exercises import Exercise, MaturityAnswer
from exercises.decide import End, Observe, Play, Start
from exercises.events import Verdict
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def played(stage: Platform, machine: Scope, hospitals: Hospitals) -> int:
    """An exercise whose only observed reaction was seen; its objectives refer to questions 5.2 and 2.9."""
    number = prepared(stage, machine, hospitals.valley)
    with stage.database.write() as session:
        row = session.get_one(Exercise, number)
        content = dict(row.content)
        first, *others = content["objectives"]
        content["objectives"] = [{**first, "references": ["anssi-crisis:5.2", "anssi-crisis:2.9", "has:x"]}, *others]
        row.content, row.version = content, row.version + 1
        objective = first["id"]
    obey(stage, machine, number, Start())
    with stage.database.read() as session:
        stimuli = session.get_one(Exercise, number).content["stimuli"]
    stimulus, letter = next(
        (one["id"], seen["id"]) for one in stimuli for seen in one["expects"] if seen["objective"] == objective
    )
    obey(stage, machine, number, Play(stimulus))
    seen_at = stage.clock.now()
    obey(stage, machine, number, Observe(f"{stimulus}.{letter}", Verdict.SEEN, seen_at, "", "k1"))
    obey(stage, machine, number, End())
    return number


def question(view: MaturityView, number: str) -> QuestionView:
    return next(one for theme in view.themes for one in theme.questions if one.id == number)


@pytest.mark.both_databases
def test_answers_add_up_and_what_does_not_apply_is_left_out(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    empty = read_maturity(platform, machine, hospitals.valley)
    assert (empty.mean, empty.answered, empty.asked, empty.improve) == (None, 0, 57, ())
    drafts = [AnswerDraft("2.1", 1, "à revoir"), AnswerDraft("2.2", 3), AnswerDraft("2.9", None), AnswerDraft("1.1", 2)]
    assert answer_questions(platform, machine, hospitals.valley, drafts) == 4
    view = read_maturity(platform, machine, hospitals.valley)
    assert (view.mean, view.strategic, view.operational, view.answered) == (2.0, 1.5, 3.0, 4)
    means = [(one.id, one.mean, one.answered) for one in view.themes[:3]]
    assert means == [("1", 2.0, 1), ("2", 2.0, 3), ("3", None, 0)]
    assert [one.id for one in view.improve] == ["2.1", "1.1"]
    assert read_maturity(platform, machine, hospitals.hill).answered == 0


@pytest.mark.both_databases
def test_an_answer_is_never_lost(platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock) -> None:
    answer_questions(platform, machine, hospitals.valley, [AnswerDraft("4.1", 0)])
    first = question(read_maturity(platform, machine, hospitals.valley), "4.1")
    clock.forward(days=1)
    again = [AnswerDraft("4.1", 0, seen=first.seen), AnswerDraft("4.2", 3)]
    assert answer_questions(platform, machine, hospitals.valley, again) == 1  # the same answer says nothing new
    answer_questions(platform, machine, hospitals.valley, [AnswerDraft("4.1", 2, "astreinte", seen=first.seen)])
    view = read_maturity(platform, machine, hospitals.valley)
    one = question(view, "4.1")
    assert one.answer is not None
    assert (one.answer.score, [old.score for old in one.before]) == (2, [0])
    assert [(moment.mean, moment.answered) for moment in view.evolution] == [(0.0, 1), (2.5, 2)]


@pytest.mark.both_databases
def test_who_answers_second_is_told_and_nothing_is_recorded(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    answer_questions(platform, machine, hospitals.valley, [AnswerDraft("3.1", 3)])
    with pytest.raises(Refused, match=r"answered 3 to question 3\.1"):
        answer_questions(platform, machine, hospitals.valley, [AnswerDraft("1.1", 1), AnswerDraft("3.1", 1)])
    with platform.database.read() as session:
        assert len(session.scalars(select(MaturityAnswer)).all()) == 1


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (AnswerDraft("1.1", 4), "score-1.1"),
        (AnswerDraft("1.1", -1), "score-1.1"),
        (AnswerDraft("1.1", None), "score-1.1"),
        (AnswerDraft("1.1", 1, "x" * 2001), "note-1.1"),
    ],
)
def test_what_is_no_answer_is_said_on_its_field(
    platform: Platform, machine: Scope, hospitals: Hospitals, draft: AnswerDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        answer_questions(platform, machine, hospitals.valley, [draft])
    assert list(refusal.value.fields) == [field]
    with pytest.raises(NotFound):
        answer_questions(platform, machine, hospitals.valley, [AnswerDraft("12.1", 1)])


@pytest.mark.both_databases
def test_what_an_exercise_showed_stands_beside_the_questions(
    stage: Platform, machine: Scope, hospitals: Hospitals, played: int
) -> None:
    view = read_maturity(stage, machine, hospitals.valley)
    assert [(one.exercise_id, one.share) for one in question(view, "5.2").shown] == [(played, 100)]
    assert question(view, "5.1").shown == ()
    own = maturity_of_exercise(stage, machine, played)
    assert [one.id for theme in own.themes for one in theme.questions] == ["2.9", "5.2"]
    answer_questions(stage, machine, hospitals.valley, [AnswerDraft("5.2", 3)], played)
    answer = question(maturity_of_exercise(stage, machine, played), "5.2").answer
    assert answer is not None
    assert (answer.exercise_id, answer.exercise) == (played, "Nuit d’essai")
    with pytest.raises(NotFound):
        answer_questions(stage, machine, hospitals.hill, [AnswerDraft("5.2", 3)], played)


def test_who_may_see_and_answer(platform: Platform, hospitals: Hospitals) -> None:
    def scope(role: Role, place: int = hospitals.valley) -> Scope:
        return person(role, Level.ESTABLISHMENT, place)

    assert not read_maturity(platform, scope(Role.VISITOR), hospitals.valley).may_answer
    answer_questions(platform, scope(Role.FACILITATOR), hospitals.valley, [AnswerDraft("1.1", 1)])
    for role in (Role.VISITOR, Role.DIRECTION):
        with pytest.raises(Forbidden):
            answer_questions(platform, scope(role), hospitals.valley, [AnswerDraft("1.1", 2)])
    with pytest.raises(NotFound):
        read_maturity(platform, scope(Role.CISO, hospitals.far), hospitals.valley)
    with pytest.raises(Forbidden):
        maturity_csv(platform, scope(Role.VISITOR), hospitals.valley)


def test_spreadsheets_hold_every_question(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    answer_questions(platform, machine, hospitals.valley, [AnswerDraft("1.1", 1, "=1+1"), AnswerDraft("2.9", None)])
    rows = maturity_csv(platform, machine, hospitals.valley).decode("utf-8-sig").splitlines()
    assert len(rows) == 58
    assert ";1;" in rows[1]
    assert "'=1+1" in rows[1]
    assert "sans objet" in rows[12]
    assert maturity_xlsx(platform, machine, hospitals.valley).startswith(b"PK")
