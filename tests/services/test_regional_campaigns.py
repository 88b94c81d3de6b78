"""Regional campaigns: who is asked, how far they are, what counts, what is told of lessons, reminders sent once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from care.domain.access import PLATFORM, Grant, Level, Place, Role, Scope
from care.domain.continuity import TestKind, TestResult, TestState
from care.domain.eligibility import Duty, Phase, Played, answers
from care.domain.exercises import ExerciseStage, LessonKind
from care.domain.regional import FEWEST, Progress, furthest, missing_for
from care.services import accounts
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises.conducting import obey
from care.services.platform import Platform
from care.services.regional.campaigns import (
    CampaignDraft,
    change_campaign,
    create_campaign,
    excuse,
    join_campaign,
)
from care.services.regional.files import follow_up_csv
from care.services.regional.lessons import read_lessons
from care.services.regional.rate import by_category, read_rate
from care.services.regional.reading import (
    asked_of,
    counts_between,
    follow_campaign,
    list_campaigns,
    places_to_run,
)
from care.services.regional.reminding import remind
from care.services.registry import EstablishmentDraft, create_establishment
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise, ExerciseLesson
from care.store.outbox import Mail
from exercises.decide import End, Start
from tests.support.clock import FixedClock
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person, valid_finess
from tests.support.queries import counted

TODAY = date(2026, 3, 2)
DRAFT = CampaignDraft("Printemps", TODAY, date(2026, 6, 30), note="À jouer avant l’été.")


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def campaign(stage: Platform, grades: Scope, hospitals: Hospitals) -> int:
    return create_campaign(stage, grades, Place(Level.REGION, hospitals.region), DRAFT)


def progress(platform: Platform, scope: Scope, campaign: int, establishment_id: int) -> Progress:
    view = follow_campaign(platform, scope, campaign)
    return next(one.progress for one in view.places if one.establishment_id == establishment_id)


def record_result(platform: Platform, exercise: int, *, counts: bool = True) -> None:
    """Close an exercise as the debriefing does, its continuity test counting or not."""
    with platform.database.write() as session:
        row = session.get_one(Exercise, exercise)
        row.stage, row.closed_at = ExerciseStage.CLOSED, platform.clock.now()
        session.execute(
            update(ContinuityTest)
            .where(ContinuityTest.id == row.test_id)
            .values(
                state=TestState.DONE,
                result=TestResult.PASSED,
                done_on=platform.clock.now().date(),
                cyber_triggered=True,
                degraded_played=True,
                management_present=counts,
                directorates="Soins",
            )
        )


@pytest.mark.both_databases
def test_every_open_establishment_of_the_place_is_asked(
    stage: Platform, grades: Scope, hospitals: Hospitals, campaign: int
) -> None:
    view = follow_campaign(stage, grades, campaign)
    assert {one.establishment_id for one in view.places} == {hospitals.valley, hospitals.hill}
    assert view.counts == {Progress.NOTHING: 2}
    assert (view.campaign.asked, view.campaign.joined, view.campaign.counting) == (2, 0, 0)
    later = EstablishmentDraft(valid_finess("01000005"), "Hôpital de la Plaine", hospitals.valley_entity)
    create_establishment(stage, person(Role.ADMINISTRATOR), later)
    change_campaign(stage, grades, campaign, DRAFT, view.campaign.version)
    assert len(follow_campaign(stage, grades, campaign).places) == 3


@pytest.mark.both_databases
def test_an_establishment_goes_from_nothing_to_what_counts(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals, campaign: int, clock: FixedClock
) -> None:
    exercise = prepared(stage, machine, hospitals.valley)
    assert [one.others for one in asked_of(stage, machine, hospitals.valley)] == [((exercise, "Nuit d’essai"),)]
    join_campaign(stage, machine, exercise, campaign)
    seen = [progress(stage, grades, campaign, hospitals.valley)]
    obey(stage, machine, exercise, Start())
    seen.append(progress(stage, grades, campaign, hospitals.valley))
    clock.forward(hours=2)
    obey(stage, machine, exercise, End())
    seen.append(progress(stage, grades, campaign, hospitals.valley))
    record_result(stage, exercise, counts=False)
    seen.append(progress(stage, grades, campaign, hospitals.valley))
    record_result(stage, exercise)
    seen.append(progress(stage, grades, campaign, hospitals.valley))
    assert seen == [Progress.PLANNED, Progress.LIVE, Progress.PLAYED, Progress.DEBRIEFED, Progress.COUNTS]
    line = list_campaigns(stage, grades)[0]
    assert (line.asked, line.joined, line.counting) == (2, 1, 1)
    assert "Hôpital de la Vallée;" in follow_up_csv(stage, grades, campaign).decode("utf-8-sig")
    join_campaign(stage, machine, exercise, None)
    assert progress(stage, grades, campaign, hospitals.valley) is Progress.NOTHING


@pytest.mark.both_databases
def test_the_furthest_exercise_tells_and_a_cancelled_one_does_not(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals, campaign: int
) -> None:
    first, second, third = (prepared(stage, machine, hospitals.valley) for _ in range(3))
    for one in (first, second, third):
        join_campaign(stage, machine, one, campaign)
    obey(stage, machine, second, Start())
    with stage.database.write() as session:
        session.get_one(Exercise, third).stage = ExerciseStage.CANCELLED
    assert progress(stage, grades, campaign, hospitals.valley) is Progress.LIVE
    assert list_campaigns(stage, grades)[0].joined == 1
    assert furthest(Progress.COUNTS, Progress.PLANNED) is furthest(Progress.PLANNED, Progress.COUNTS)


def test_who_is_excused_is_not_counted(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals, campaign: int
) -> None:
    exercise = prepared(stage, machine, hospitals.hill)
    join_campaign(stage, machine, exercise, campaign)
    excuse(stage, grades, campaign, hospitals.hill, "Travaux")
    view = follow_campaign(stage, grades, campaign)
    assert view.counts == {Progress.NOTHING: 1, Progress.EXCUSED: 1}
    assert (view.campaign.asked, view.campaign.joined) == (1, 0)
    with pytest.raises(Refused, match="excuses"):
        join_campaign(stage, machine, exercise, campaign)
    excuse(stage, grades, campaign, hospitals.hill, "")
    assert progress(stage, grades, campaign, hospitals.hill) is Progress.PLANNED
    with pytest.raises(NotFound):
        excuse(stage, grades, campaign, hospitals.far, "x")
    with pytest.raises(Invalid):
        excuse(stage, grades, campaign, hospitals.hill, "x" * 301)


def test_a_campaign_that_asks_for_a_kit_takes_no_other(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals, campaign: int
) -> None:
    exercise = prepared(stage, machine, hospitals.valley)
    with stage.database.write() as session:
        session.get_one(Exercise, exercise).kit = "autre"
    change_campaign(stage, grades, campaign, replace(DRAFT, about=BUNDLE.kit.id), 1)
    with pytest.raises(Refused, match="asks for kit"):
        join_campaign(stage, machine, exercise, campaign)
    assert asked_of(stage, machine, hospitals.valley)[0].others == ()
    far = prepared(stage, machine, hospitals.far)
    with pytest.raises(NotFound):
        join_campaign(stage, machine, far, campaign)


@pytest.mark.both_databases
def test_who_changes_second_is_told(stage: Platform, grades: Scope, machine: Scope, campaign: int) -> None:
    change_campaign(stage, machine, campaign, replace(DRAFT, title="Autre titre"), 1)
    with pytest.raises(Refused, match="tests changed the title"):
        change_campaign(stage, grades, campaign, DRAFT, 1)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(DRAFT, title=" "), "title"),
        (replace(DRAFT, closes_on=TODAY - timedelta(days=1)), "closes_on"),
        (replace(DRAFT, about="nul"), "about"),
        (replace(DRAFT, note="x" * 4001), "note"),
    ],
)
def test_what_makes_no_campaign_is_said(
    stage: Platform, grades: Scope, hospitals: Hospitals, draft: CampaignDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_campaign(stage, grades, Place(Level.REGION, hospitals.region), draft)
    assert list(refusal.value.fields) == [field]


def test_who_may_run_a_campaign_and_where(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals, campaign: int
) -> None:
    ght = person(Role.REGIONAL, Level.GHT, hospitals.ght)
    assert [place for place, _name in places_to_run(stage, grades)] == [
        Place(Level.REGION, hospitals.region), Place(Level.GHT, hospitals.ght),
    ]  # fmt: skip
    assert [place for place, _name in places_to_run(stage, ght)] == [Place(Level.GHT, hospitals.ght)]
    with pytest.raises(NotFound):
        create_campaign(stage, grades, Place(Level.REGION, hospitals.other_region), DRAFT)
    for place in (PLATFORM, Place(Level.ESTABLISHMENT, hospitals.valley)):
        with pytest.raises(NotFound):
            create_campaign(stage, machine, place, DRAFT)
    with pytest.raises(Forbidden):
        create_campaign(
            stage, person(Role.CISO, Level.REGION, hospitals.region), Place(Level.GHT, hospitals.ght), DRAFT
        )
    for stranger in (ght, person(Role.REGIONAL, Level.REGION, hospitals.other_region), person(Role.CISO)):
        with pytest.raises(NotFound):
            follow_campaign(stage, stranger, campaign)
        with pytest.raises(NotFound):
            read_lessons(stage, stranger, campaign)
    assert list_campaigns(stage, ght) == ()
    with pytest.raises(Forbidden):
        list_campaigns(stage, person(Role.CISO))
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    assert [one.id for one in asked_of(stage, ciso, hospitals.valley)] == [campaign]


# The rate


@pytest.mark.both_databases
def test_what_counts_in_sql_is_what_counts_in_the_domain(stage: Platform, machine: Scope, hospitals: Hospitals) -> None:
    exercise = prepared(stage, machine, hospitals.valley)
    names = ("cyber_triggered", "degraded_played", "management_present", "in_maintenance")
    cases = itertools.product(
        (TestKind.TABLE_TOP, TestKind.RESTORE, TestKind.FAILOVER),
        (TestState.PLANNED, TestState.DONE),
        (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31)),
        ("", "Soins"),
        itertools.product((False, True), repeat=len(names)),
    )
    with stage.database.write() as session:
        row = session.get_one(ContinuityTest, session.get_one(Exercise, exercise).test_id)
        for kind, state, day, directorates, flags in cases:
            said = dict(zip(names, flags, strict=True))
            row.kind, row.state, row.done_on, row.directorates = kind, state, day, directorates
            for name, value in said.items():
                setattr(row, name, value)
            session.flush()
            counted = session.scalar(
                select(counts_between(date(2026, 1, 1), date(2026, 12, 31))).where(ContinuityTest.id == row.id)
            )
            played = Played(kind, state, day, directorates_present=bool(directorates), **said)
            yearly = next(one for one in answers(played, Phase(), 2026) if one.duty is Duty.YEARLY)
            assert bool(counted) is yearly.counts


@pytest.mark.both_databases
def test_the_rate_counts_establishments_not_exercises(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals
) -> None:
    for _ in range(2):
        record_result(stage, prepared(stage, machine, hospitals.valley))
    rate = read_rate(stage, grades, Place(Level.REGION, hospitals.region), 2026)
    assert (rate.whole.done, rate.whole.asked, rate.whole.percent) == (1, 2, 50)
    assert [(one.percent, one.missing) for one in rate.targets] == [(50, 0), (100, 1)]
    assert [(one.name, one.done, one.asked) for one in rate.by_ght] == [("GHT des Deux Rives", 1, 2)]
    assert rate.by_category == (), "two establishments"
    assert read_rate(stage, grades, Place(Level.REGION, hospitals.region), 2025).whole.done == 0
    with pytest.raises(NotFound):
        read_rate(stage, grades, Place(Level.REGION, hospitals.other_region), 2026)
    assert (missing_for(50, 0, 3), missing_for(100, 3, 3), missing_for(50, 0, 0)) == (2, 0, 0)


@pytest.mark.parametrize(
    ("categories", "told"),
    [
        ("A" * 6 + "B" * 5, [("A", 6), ("B", 5)]),
        ("A" * 9 + "B" * 3 + "C" * 3, [("A", 9), ("Other categories", 6)]),
        ("A" * 9 + "B" * 6 + "C", [("A", 9), ("Other categories", 7)]),  # else C is what the others leave
        ("A" * 9 + "B", []),
        ("A" * 6 + "C" * 4 + "B", [("A", 6), ("Other categories", 5)]),
    ],
)
def test_no_category_of_few_is_told_nor_found_by_difference(categories: str, told: list[tuple[str, int]]) -> None:
    lines = by_category([(one, False) for one in categories], "en")
    assert [(one.name, one.asked) for one in lines] == told


# Lessons


def region_of(platform: Platform, machine: Scope, hospitals: Hospitals, size: int) -> list[int]:
    """So many establishments more in the region."""
    return [
        create_establishment(
            platform,
            machine,
            EstablishmentDraft(valid_finess(f"01{number:06}"), f"Site {number}", hospitals.valley_entity),
        ).id
        for number in range(100, 100 + size)
    ]


def lesson(platform: Platform, exercise: int, kind: LessonKind, text: str) -> None:
    with platform.database.write() as session:
        row = session.get_one(Exercise, exercise)
        content = dict(row.content)
        first = content["objectives"][0]
        content["objectives"] = [{**first, "references": ["anssi-crisis:5.2", "has:x"]}, *content["objectives"][1:]]
        row.content = content
        session.add(
            ExerciseLesson(
                exercise_id=exercise,
                kind=kind,
                text=text,
                objective=first["id"],
                created_at=platform.clock.now(),
                created_by="x",
            )
        )


@pytest.mark.both_databases
def test_lessons_are_told_without_names_and_not_below_five(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals
) -> None:
    sites = region_of(stage, machine, hospitals, FEWEST)
    ended = replace(stage, clock=FixedClock(datetime(2026, 7, 1, tzinfo=UTC)))
    campaign = create_campaign(stage, grades, Place(Level.REGION, hospitals.region), DRAFT)
    for rank, site in enumerate(sites):
        exercise = prepared(stage, machine, site)
        join_campaign(stage, machine, exercise, campaign)
        if rank == 0:
            lesson(stage, exercise, LessonKind.STRENGTH, f"Bravo au site {site}")
        if rank == FEWEST - 1:
            view = read_lessons(ended, grades, campaign)
            assert (view.over, view.establishments, view.themes) == (True, None, ())
        for _ in range(2):
            lesson(stage, exercise, LessonKind.GAP, f"Secret du site {site}")
    early = read_lessons(stage, grades, campaign)
    assert (early.over, early.establishments, early.themes) == (False, None, ()), "each day would tell of one more"
    view = read_lessons(ended, grades, campaign)
    assert view.establishments == FEWEST
    assert [(one.title, one.strengths, one.gaps) for one in view.themes] == [("Conduite de la crise", None, FEWEST)]
    assert "site" not in repr(view).lower()
    excuse(stage, grades, campaign, sites[0], "Travaux")
    assert read_lessons(ended, grades, campaign) == view  # the difference would be what this one said
    with pytest.raises(Invalid) as caught:  # told a second time, the same
        change_campaign(ended, grades, campaign, replace(DRAFT, closes_on=date(2026, 7, 31)), 1)
    assert set(caught.value.fields) == {"closes_on"}


def test_a_region_of_eighty_is_followed_in_few_queries(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals
) -> None:
    sites = region_of(stage, machine, hospitals, 80)
    campaign = create_campaign(stage, grades, Place(Level.REGION, hospitals.region), DRAFT)
    for site in sites[:12]:
        join_campaign(stage, machine, prepared(stage, machine, site), campaign)
    with counted(stage.database) as queries:
        view = follow_campaign(stage, grades, campaign)
    assert len(view.places) == 82
    assert len([one for one in queries if one.lstrip().upper().startswith("SELECT")]) <= 20
    with counted(stage.database) as queries:
        read_rate(stage, grades, Place(Level.REGION, hospitals.region), 2026)
        list_campaigns(stage, grades)
        read_lessons(stage, grades, campaign)
    assert len([one for one in queries if one.lstrip().upper().startswith("SELECT")]) <= 20


# Reminders


@pytest.mark.both_databases
def test_each_ciso_is_reminded_once_a_day_of_what_is_still_to_play(
    stage: Platform, grades: Scope, machine: Scope, hospitals: Hospitals, campaign: int, clock: FixedClock
) -> None:
    for login, role, place in (
        ("vallee", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley)),
        ("ght", Role.CISO, Place(Level.GHT, hospitals.ght)),
        ("dir", Role.DIRECTION, Place(Level.ESTABLISHMENT, hospitals.hill)),
        ("loin", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.far)),
    ):
        draft = accounts.AccountDraft(
            login, login, "une phrase de passe solide", (Grant(role, place),), email=f"{login}@example.org"
        )
        accounts.open_account(stage, machine, draft)
    exercise = prepared(stage, machine, hospitals.valley)
    join_campaign(stage, machine, exercise, campaign)
    obey(stage, machine, exercise, Start())  # the valley plays: only the hill is late
    assert remind(stage, grades, campaign) == 1
    assert remind(stage, grades, campaign) == 0
    with stage.database.read() as session:
        mail = session.scalars(select(Mail)).one()
    assert mail.recipient == "ght@example.org"
    assert "Hôpital de la Colline" in mail.body
    assert "Hôpital de la Vallée" not in mail.body
    assert "À jouer avant l’été." in mail.body
    clock.forward(days=1)
    assert remind(stage, grades, campaign) == 1
    clock.forward(days=365)
    with pytest.raises(Refused, match="over"):
        remind(stage, grades, campaign)
