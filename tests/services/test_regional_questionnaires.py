"""Questionnaire campaigns: questions, one sheet an establishment, what the region and the others may read."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pytest
from sqlalchemy import select

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.questionnaires import NO, UNKNOWN, YES, Question, QuestionKind
from care.domain.regional import FEWEST, CampaignKind, SheetProgress
from care.services import accounts
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, change_campaign, create_campaign, excuse
from care.services.regional.lessons import read_lessons
from care.services.regional.questions import set_questions
from care.services.regional.reading import asked_of, follow_campaign, list_campaigns, read_campaign
from care.services.regional.reminding import remind
from care.services.regional.results import answers_xlsx, follow_questionnaire
from care.services.regional.sheets import asked_sheets, open_sheet, save_sheet, take_back
from care.services.registry import EstablishmentDraft, create_establishment
from care.store.outbox import Mail
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person, valid_finess

DRAFT = CampaignDraft("EDR 2026", date(2026, 3, 2), date(2026, 6, 30), kind=CampaignKind.QUESTIONNAIRE, note="Merci.")
QUESTIONS = (
    Question(0, "Avez-vous un EDR ?", QuestionKind.YES_NO),
    Question(0, "Lequel ?", QuestionKind.CHOICE, ("Rouge", "Bleu")),
    Question(0, "Combien de postes ?", QuestionKind.NUMBER, ("reste",)),
    Question(0, "Depuis quand ?", QuestionKind.DATE),
)
FULL = {1: YES, 2: "1", 3: "1 200", 4: "2025-12-31"}


@pytest.fixture
def campaign(platform: Platform, grades: Scope, hospitals: Hospitals) -> int:
    number = create_campaign(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)
    set_questions(platform, grades, number, QUESTIONS, 1)
    return number


def members(platform: Platform, machine: Scope, hospitals: Hospitals, count: int) -> Iterable[int]:
    """More establishments of the region."""
    for number in range(count):
        draft = EstablishmentDraft(valid_finess(f"0100{number + 1000:04}"), f"Site {number}", hospitals.valley_entity)
        yield create_establishment(platform, machine, draft).id


@pytest.mark.both_databases
def test_an_establishment_drafts_then_sends_and_the_region_reads(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    (asked,) = asked_sheets(platform, ciso, hospitals.valley)
    assert (asked.progress, asked.questions, asked.over) == (SheetProgress.NOTHING, 4, False)
    save_sheet(platform, ciso, hospitals.valley, campaign, {1: YES, 3: ""}, 0)
    view = follow_questionnaire(platform, grades, campaign)
    assert view.counts == {SheetProgress.DRAFT: 1, SheetProgress.NOTHING: 1}
    assert (view.campaign.asked, view.campaign.joined, view.campaign.counting) == (2, 1, 0)
    assert [one.answers for one in view.places] == [{}, {}], "a draft is nobody else’s"
    with pytest.raises(Invalid) as missing:
        save_sheet(platform, ciso, hospitals.valley, campaign, {1: YES, 3: "x"}, 1, send=True)
    assert sorted(missing.value.fields) == ["question-2", "question-3", "question-4"]
    save_sheet(platform, ciso, hospitals.valley, campaign, FULL, 1, send=True)
    view = follow_questionnaire(platform, grades, campaign)
    assert view.campaign.counting == 1
    last = view.places[-1]
    assert (last.progress, last.answers) == (SheetProgress.SENT, {1: YES, 2: 1, 3: 1200, 4: "2025-12-31"})
    assert [one.answered for one in view.results] == [1, 1, 1, 1]
    with pytest.raises(Refused, match="take them back"):
        save_sheet(platform, ciso, hospitals.valley, campaign, FULL, 2)
    take_back(platform, ciso, hospitals.valley, campaign, 2)
    assert follow_questionnaire(platform, grades, campaign).campaign.counting == 0
    with pytest.raises(Refused, match="Nothing was sent"):
        take_back(platform, ciso, hospitals.valley, campaign, 3)


@pytest.mark.both_databases
def test_two_people_of_one_establishment_are_told_of_each_other(
    platform: Platform, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    other = replace(ciso, actor="qualite", name="Paul Qualité")
    save_sheet(platform, other, hospitals.valley, campaign, {1: NO}, 0)
    for stale in (0, 7):
        with pytest.raises(Refused, match=r"(?i)qualit. changed|qualite changed"):
            save_sheet(platform, ciso, hospitals.valley, campaign, {1: YES}, stale)
    assert open_sheet(platform, ciso, hospitals.valley, campaign).answers == {1: NO}


def test_questions_no_longer_change_once_somebody_answers(
    platform: Platform, grades: Scope, machine: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    with pytest.raises(Refused, match="changed the questions"):
        set_questions(platform, machine, campaign, QUESTIONS, 1)
    set_questions(platform, grades, campaign, QUESTIONS[:2], 2)
    assert len(open_sheet(platform, ciso, hospitals.valley, campaign).questions) == 2
    save_sheet(platform, ciso, hospitals.valley, campaign, {}, 0)
    with pytest.raises(Refused, match="begun to answer"):
        set_questions(platform, grades, campaign, QUESTIONS, 3)
    assert follow_questionnaire(platform, grades, campaign).locked


@pytest.mark.parametrize(
    ("questions", "fault"),
    [
        ([], "questions"),
        ([QUESTIONS[0]] * 41, "questions"),
        ([Question(0, " ", QuestionKind.YES_NO)], "question-0"),
        ([QUESTIONS[0], Question(0, "x" * 501, QuestionKind.DATE)], "question-1"),
        ([Question(0, "Lequel ?", QuestionKind.CHOICE, ("Un", " "))], "question-0"),
        ([Question(0, "Lequel ?", QuestionKind.CHOICE, ("Un", "Un"))], "question-0"),
        ([Question(0, "Lequel ?", QuestionKind.CHOICE, tuple(map(str, range(13))))], "question-0"),
        ([Question(0, "Lequel ?", QuestionKind.CHOICE, ("Un", "x" * 201))], "question-0"),
    ],
)
def test_what_is_no_question_is_said(
    platform: Platform, grades: Scope, campaign: int, questions: list[Question], fault: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        set_questions(platform, grades, campaign, questions, 2)
    assert list(refusal.value.fields) == [fault]


def test_nothing_is_asked_before_there_are_questions(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    number = create_campaign(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)
    assert asked_sheets(platform, ciso, hospitals.valley) == ()
    with pytest.raises(NotFound):
        open_sheet(platform, ciso, hospitals.valley, number)
    assert remind(platform, grades, number) == 0


def test_others_see_nothing(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    far = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    for who, error in ((far, NotFound), (visitor, Forbidden)):
        with pytest.raises(error):
            open_sheet(platform, who, hospitals.valley, campaign)
        with pytest.raises(error):
            asked_sheets(platform, who, hospitals.valley)
    with pytest.raises(NotFound):
        open_sheet(platform, far, hospitals.far, campaign)  # not asked of it
    with pytest.raises(Forbidden):
        save_sheet(platform, director, hospitals.valley, campaign, FULL, 0)
    with pytest.raises(Forbidden):
        save_sheet(platform, grades, hospitals.valley, campaign, FULL, 0)  # a region does not answer for its members
    assert not open_sheet(platform, director, hospitals.valley, campaign).may_answer
    for read in (follow_questionnaire, answers_xlsx):
        for who in (ciso, person(Role.REGIONAL, Level.REGION, hospitals.other_region)):
            with pytest.raises(NotFound):
                read(platform, who, campaign)


def test_a_campaign_is_of_one_kind(platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals,
                                   campaign: int) -> None:  # fmt: skip
    for read in (follow_campaign, read_lessons):
        with pytest.raises(NotFound):
            read(platform, grades, campaign)
    assert asked_of(platform, ciso, hospitals.valley) == ()
    exercise = create_campaign(platform, grades, Place(Level.REGION, hospitals.region), replace(
        DRAFT, kind=CampaignKind.EXERCISE
    ))  # fmt: skip
    with pytest.raises(NotFound):
        set_questions(platform, grades, exercise, QUESTIONS, 1)
    with pytest.raises(NotFound):
        open_sheet(platform, ciso, hospitals.valley, exercise)
    assert {one.kind for one in list_campaigns(platform, grades)} == {CampaignKind.EXERCISE, CampaignKind.QUESTIONNAIRE}
    change_campaign(platform, grades, campaign, replace(DRAFT, title="Autre", about=""), 2)
    assert read_campaign(platform, grades, campaign).kind is CampaignKind.QUESTIONNAIRE


def test_outside_its_dates_nothing_is_written(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    for day, said in ((datetime(2026, 2, 1, tzinfo=UTC), "not open yet"), (datetime(2026, 7, 2, tzinfo=UTC), "over")):
        with pytest.raises(Refused, match=said):
            save_sheet(replace(platform, clock=FixedClock(day)), ciso, hospitals.valley, campaign, FULL, 0, send=True)
    excuse(platform, grades, campaign, hospitals.valley, "Fusion")
    with pytest.raises(Refused, match="excuses"):
        save_sheet(platform, ciso, hospitals.valley, campaign, FULL, 0)
    assert follow_questionnaire(platform, grades, campaign).counts[SheetProgress.EXCUSED] == 1


@pytest.mark.both_databases
def test_establishments_read_counts_of_five_at_least_once_it_is_over(
    platform: Platform, grades: Scope, machine: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    sites = list(members(platform, machine, hospitals, 7))
    campaign = create_campaign(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)
    set_questions(platform, grades, campaign, QUESTIONS, 1)
    for rank, site in enumerate(sites):
        said = {1: YES if rank < FEWEST else NO, 2: UNKNOWN, 3: str(rank), 4: "2026-01-01"}
        save_sheet(platform, machine, site, campaign, said, 0, send=True)
    assert open_sheet(platform, ciso, hospitals.valley, campaign).results is None, "each day would tell of one more"
    ended = replace(platform, clock=FixedClock(datetime(2026, 7, 2, tzinfo=UTC)))
    results = open_sheet(ended, ciso, hospitals.valley, campaign).results
    assert results is not None
    assert [one.answered for one in results] == [7, 7, 7, 7]
    assert dict(results[0].counts) == {YES: None, NO: None, UNKNOWN: None}  # two said no: seven less five
    assert set(results[1].counts.values()) == {None}  # all said the same
    assert (results[2].middle, results[2].least, results[2].most) == (3, None, None)
    excuse(platform, grades, campaign, sites[0], "Après coup")
    assert open_sheet(ended, ciso, hospitals.valley, campaign).results == results
    assert dict(follow_questionnaire(platform, grades, campaign).results[0].counts) == {YES: 5, NO: 2, UNKNOWN: 0}


@pytest.mark.both_databases
def test_counts_are_told_once(
    platform: Platform, grades: Scope, machine: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    """Extended, a questionnaire that is over would tell its counts again: subtracting tells what the last one said."""
    sites = list(members(platform, machine, hospitals, 6))
    campaign = create_campaign(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)
    set_questions(platform, grades, campaign, QUESTIONS, 1)
    ended = replace(platform, clock=FixedClock(datetime(2026, 7, 2, tzinfo=UTC)))
    later = replace(DRAFT, closes_on=date(2026, 7, 31))
    version = read_campaign(platform, grades, campaign).version
    for site in sites[: FEWEST - 1]:
        save_sheet(platform, machine, site, campaign, FULL, 0, send=True)
    change_campaign(ended, grades, campaign, later, version)  # nothing was told of four answers
    july = replace(platform, clock=FixedClock(datetime(2026, 7, 5, tzinfo=UTC)))
    save_sheet(july, machine, sites[4], campaign, FULL, 0, send=True)
    over = replace(platform, clock=FixedClock(datetime(2026, 8, 2, tzinfo=UTC)))
    told = open_sheet(over, ciso, hospitals.valley, campaign).results
    assert told is not None
    assert told[0].answered == FEWEST
    with pytest.raises(Invalid) as caught:
        change_campaign(over, grades, campaign, replace(later, closes_on=date(2026, 8, 31)), version + 1)
    assert set(caught.value.fields) == {"closes_on"}
    change_campaign(over, grades, campaign, replace(later, title="EDR, fini"), version + 1)
    with pytest.raises(Refused, match="over"):
        save_sheet(over, machine, sites[5], campaign, FULL, 0, send=True)
    assert open_sheet(over, ciso, hospitals.valley, campaign).results == told


def test_the_workbook_holds_every_establishment(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    save_sheet(platform, ciso, hospitals.valley, campaign, FULL | {2: UNKNOWN}, 0, send=True)
    book = openpyxl.load_workbook(io.BytesIO(answers_xlsx(platform, grades, campaign)))
    answers, counts = ([[cell.value for cell in row] for row in sheet] for sheet in book)
    assert [row[0] for row in answers[1:]] == ["Hôpital de la Colline", "Hôpital de la Vallée"]
    assert answers[1][5:] == [None] * 4  # no answer is no zero
    assert answers[2][5:] == ["Oui", "Non connu", 1200, datetime(2025, 12, 31)]  # noqa: DTZ001 - a cell has no zone
    assert ["1. Avez-vous un EDR ?", "Oui", 1, 1] in counts


@pytest.mark.both_databases
def test_who_has_not_answered_is_reminded_once_a_day(
    platform: Platform, grades: Scope, machine: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    for login, place in (("vallee", hospitals.valley), ("colline", hospitals.hill)):
        grant = Grant(Role.CISO, Place(Level.ESTABLISHMENT, place))
        accounts.open_account(platform, machine, accounts.AccountDraft(
            login, login, "une phrase de passe solide", (grant,), email=f"{login}@example.org"
        ))  # fmt: skip
    save_sheet(platform, ciso, hospitals.valley, campaign, FULL, 0, send=True)
    assert [remind(platform, grades, campaign) for _ in range(2)] == [1, 0]
    with platform.database.read() as session:
        mail = session.scalars(select(Mail)).one()
    assert mail.recipient == "colline@example.org"
    assert mail.subject == "Questionnaire à remplir : EDR 2026"
    assert "Hôpital de la Colline" in mail.body
