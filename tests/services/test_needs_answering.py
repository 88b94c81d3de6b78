"""Answers to requirements: what is kept, what is refused, who was quicker, whose holder it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Place, Role, Scope
from care.domain.frameworks import Method
from care.domain.programme import AnswerVerdict
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.frameworks.answering import (
    MAX_NOTE,
    AnswerDraft,
    answer_requirement,
    answer_requirements,
    framework_in_use,
    last_answers,
    withdraw_answer,
    write_answers,
)
from care.services.frameworks.choosing import ChoiceDraft, choose_framework
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import verify
from care.store.frameworks import AssessmentMark, FrameworkChoice, RequirementAnswer
from care.store.trail import TrailEvent
from tests.support.people import Hospitals, person

YES, NO, PARTLY = AnswerVerdict.YES, AnswerVerdict.NO, AnswerVerdict.PARTLY


@pytest.fixture
def place(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


def last(platform: Platform, holder: str, item: str, method: Method = Method.DECLARATION) -> RequirementAnswer:
    with platform.database.read() as session:
        return last_answers(session, holder, "anssi-hygiene")[item, method, None]


def count(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(RequirementAnswer)) or 0


@pytest.mark.both_databases
def test_an_answer_is_kept_with_the_wording_that_was_read(platform: Platform, machine: Scope, place: Place) -> None:
    draft = AnswerDraft("1", PARTLY, Method.INTERVIEW, "  Deux équipes\r\nsur trois ", date(2026, 3, 2))
    assert answer_requirement(platform, machine, place, "anssi-hygiene", draft)
    row = last(platform, f"establishment:{place.id}", "1", Method.INTERVIEW)
    with platform.database.read() as session:
        framework = framework_in_use(platform, session, "anssi-hygiene")
        mark = session.get_one(AssessmentMark, f"establishment:{place.id}")
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "requirement.answered")).one()
    assert (row.verdict, row.note, row.given_on) == (PARTLY, "Deux équipes\nsur trois", date(2026, 3, 2))
    assert (row.item_hash, row.framework_version) == (framework.by_id["1"].wording, framework.version)
    assert mark.due_since == platform.clock.now()
    assert (event.establishment_id, event.detail["items"], event.detail["verdict"]) == (place.id, "1", "partly")
    assert verify(platform).sound


@pytest.mark.both_databases
def test_saying_the_same_again_keeps_nothing_and_saying_otherwise_keeps_both(
    platform: Platform, machine: Scope, place: Place
) -> None:
    first = AnswerDraft("1", YES, given_on=date(2026, 1, 5))
    assert answer_requirement(platform, machine, place, "anssi-hygiene", first)
    assert not answer_requirement(platform, machine, place, "anssi-hygiene", first)  # a double click
    seen = last(platform, f"establishment:{place.id}", "1").id
    changed = AnswerDraft("1", NO, note="Plus depuis le départ du formateur", given_on=date(2026, 2, 5), seen=seen)
    assert answer_requirement(platform, machine, place, "anssi-hygiene", changed)
    assert count(platform) == 2
    assert last(platform, f"establishment:{place.id}", "1").verdict is NO


@pytest.mark.both_databases
def test_who_answers_second_is_told_and_nothing_is_kept(platform: Platform, machine: Scope, place: Place) -> None:
    answer_requirement(platform, machine, place, "anssi-hygiene", AnswerDraft("3", YES))
    drafts = [AnswerDraft("2", YES), AnswerDraft("3", NO, note="Non")]
    with pytest.raises(Refused, match=r"tests answered “Yes” to requirement 3") as refusal:
        answer_requirements(platform, machine, place, "anssi-hygiene", drafts)
    assert "a répondu « Oui » à l’exigence 3" in refusal.value.text.fr
    assert count(platform) == 1
    by_interview = AnswerDraft("3", NO, Method.INTERVIEW, "Entretien")
    with pytest.raises(Refused):  # another method, the same requirement: it was not read either
        answer_requirement(platform, machine, place, "anssi-hygiene", by_interview)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (AnswerDraft("1", None), "verdict"),
        (AnswerDraft("1", AnswerVerdict.INADEQUATE, note="x"), "verdict"),
        (AnswerDraft("1", YES, Method.DOCUMENT), "method"),
        (AnswerDraft("1", NO), "note"),
        (AnswerDraft("1", PARTLY, note="  \n"), "note"),
        (AnswerDraft("1", AnswerVerdict.NOT_APPLICABLE), "note"),
        (AnswerDraft("1", YES, note="x" * (MAX_NOTE + 1)), "note"),
        (AnswerDraft("1", YES, given_on=date(2099, 1, 1)), "given_on"),
        (AnswerDraft("1", YES, given_on=date(2026, 1, 2), valid_until=date(2026, 1, 1)), "valid_until"),
    ],
)
def test_what_is_no_answer_is_said_on_its_field(
    platform: Platform, machine: Scope, place: Place, draft: AnswerDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        answer_requirement(platform, machine, place, "anssi-hygiene", draft)
    assert list(refusal.value.fields) == [field]
    with pytest.raises(Invalid) as several:
        answer_requirements(platform, machine, place, "anssi-hygiene", [AnswerDraft("2", YES), draft])
    assert list(several.value.fields) == [f"{field}-1"]
    assert count(platform) == 0


def test_the_last_day_is_today_and_the_first_the_day_itself(platform: Platform, machine: Scope, place: Place) -> None:
    day = today(platform)
    assert answer_requirement(
        platform, machine, place, "anssi-hygiene", AnswerDraft("1", YES, given_on=day, valid_until=day)
    )
    late = AnswerDraft("2", YES, given_on=day + timedelta(days=1))
    with pytest.raises(Invalid):
        answer_requirement(platform, machine, place, "anssi-hygiene", late)


def test_what_is_not_asked_does_not_exist(platform: Platform, machine: Scope, place: Place) -> None:
    for framework, item in (("anssi-hygiene", "99"), ("unknown", "1"), ("care-d2", "O1")):
        with pytest.raises(NotFound):
            answer_requirement(platform, machine, place, framework, AnswerDraft(item, YES))


@pytest.mark.both_databases
def test_an_answer_is_taken_back_and_stays_readable(platform: Platform, machine: Scope, place: Place) -> None:
    holder = f"establishment:{place.id}"
    answer_requirement(platform, machine, place, "anssi-hygiene", AnswerDraft("1", YES))
    first = last(platform, holder, "1").id
    withdraw_answer(platform, machine, place, "anssi-hygiene", first, "Répondu à la place d’un autre")
    taken = last(platform, holder, "1")
    assert (taken.withdrawn, taken.note, count(platform)) == (True, "Répondu à la place d’un autre", 2)
    withdraw_answer(platform, machine, place, "anssi-hygiene", taken.id)
    assert count(platform) == 2
    with pytest.raises(Refused, match="withdrew the answer"):
        withdraw_answer(platform, machine, place, "anssi-hygiene", first)
    assert answer_requirement(platform, machine, place, "anssi-hygiene", AnswerDraft("1", YES, seen=taken.id))


def test_nobody_takes_back_the_answer_of_another_place(
    platform: Platform, machine: Scope, place: Place, hospitals: Hospitals
) -> None:
    answer_requirement(platform, machine, place, "anssi-hygiene", AnswerDraft("1", YES))
    number = last(platform, f"establishment:{place.id}", "1").id
    other = Place(Level.ESTABLISHMENT, hospitals.hill)
    for where, framework in ((other, "anssi-hygiene"), (place, "care-d2")):
        with pytest.raises(NotFound):
            withdraw_answer(platform, machine, where, framework, number)
    with pytest.raises(NotFound):
        withdraw_answer(platform, machine, place, "anssi-hygiene", number + 1)


def test_who_may_answer(platform: Platform, place: Place, hospitals: Hospitals) -> None:
    def scope(role: Role, level: Level = Level.ESTABLISHMENT, number: int = hospitals.valley) -> Scope:
        return person(role, level, number)

    def attempt(who: Scope, where: Place = place) -> bool:
        return answer_requirement(platform, who, where, "anssi-hygiene", AnswerDraft("1", YES))

    assert attempt(scope(Role.QUALITY))
    assert not attempt(scope(Role.CISO))  # the same answer again
    for role in (Role.DIRECTION, Role.VISITOR, Role.REGIONAL):
        with pytest.raises(Forbidden):
            attempt(scope(role))
    with pytest.raises(NotFound):
        attempt(scope(Role.CISO, number=hospitals.far))
    group = Place(Level.GHT, hospitals.ght)
    assert attempt(scope(Role.CISO, Level.GHT, hospitals.ght), group)
    with pytest.raises(NotFound):  # who sees a part of a group does not answer for it
        attempt(scope(Role.CISO), group)


def test_the_clauses_of_a_contract_are_answered_through_the_same_door(platform: Platform, machine: Scope) -> None:
    with platform.database.write() as session:
        clauses = framework_in_use(platform, session, "clausier-sante")
        item = clauses.requirements[0].id
        draft = AnswerDraft(item, NO, note="Refusée par le fournisseur")
        assert write_answers(platform, session, machine, "contract:9", clauses, [draft]) == 1
    with platform.database.read() as session:
        assert list(last_answers(session, "contract:9", "clausier-sante")) == [(item, Method.DECLARATION, None)]
        assert session.get_one(AssessmentMark, "contract:9").due_since is None


@pytest.mark.both_databases
def test_a_place_chooses_its_profile_or_says_why_it_is_not_concerned(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    entity = Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
    choose_framework(platform, machine, entity, "recyf", ChoiceDraft("EE"), 0)
    choose_framework(platform, machine, entity, "recyf", ChoiceDraft("EE"), 1)  # nothing new
    with pytest.raises(Refused, match="the profile"):
        choose_framework(platform, machine, entity, "recyf", ChoiceDraft("EI"), 0)
    away = ChoiceDraft("EE", concerned=False, reason="  Hors du champ :\n avis du juriste ")
    choose_framework(platform, machine, entity, "recyf", away, 1)
    with platform.database.read() as session:
        row = session.get_one(FrameworkChoice, (f"legal_entity:{entity.id}", "recyf"))
        assert (row.profile, row.concerned, row.reason, row.version) == (
            "EE",
            False,
            "Hors du champ : avis du juriste",
            2,
        )
        assert session.get_one(AssessmentMark, f"legal_entity:{entity.id}").due_since is not None


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ChoiceDraft("XX"), "profile"),
        (ChoiceDraft(concerned=False), "reason"),
        (ChoiceDraft(concerned=False, reason="x" * 301), "reason"),
    ],
)
def test_a_choice_that_cannot_be_kept_says_why(
    platform: Platform, machine: Scope, place: Place, draft: ChoiceDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        choose_framework(platform, machine, place, "recyf", draft, 0)
    assert list(refusal.value.fields) == [field]


def test_who_may_choose(platform: Platform, place: Place, hospitals: Hospitals) -> None:
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(Forbidden):
        choose_framework(platform, reader, place, "recyf", ChoiceDraft("EE"), 0)
    with pytest.raises(NotFound):
        choose_framework(platform, stranger, place, "recyf", ChoiceDraft("EE"), 0)
