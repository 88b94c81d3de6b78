"""Figures of places against tables made by hand, on both databases, and what must hold whatever the values."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from care.domain.access import Level, Role, Scope
from care.domain.indicators import IndicatorDefinition
from care.domain.jobs import APART, Claim, JobKind, JobState, Lane
from care.domain.schedule import Slot
from care.services import jobs
from care.services.errors import Forbidden, ServiceError
from care.services.indicators.aggregating import Asked, month_figures
from care.services.indicators.figures import keep_figures, make_all_again
from care.services.indicators.figuring import make_month
from care.services.indicators.marks import figured_months, known_months, mark_months, mark_since
from care.services.indicators.places_then import Registry
from care.services.platform import Platform
from care.services.schedules import submit_slot
from care.services.work import Hold
from care.store.indicators import FormerPlace, IndicatorFigure, IndicatorMark, IndicatorValue
from care.store.jobs import Job
from care.store.registry import Establishment, LegalEntity, Region
from tests.support.clock import FixedClock
from tests.support.indicators import (
    ACCESSES,
    EXERCISES,
    INCIDENTS,
    MATURITY,
    plant_establishment,
    plant_ght,
    plant_holder,
    plant_installation,
    plant_pseudonym,
    plant_value,
    region_id,
)
from tests.support.people import person

both = pytest.mark.both_databases
OCTOBER, NOVEMBER = 202410, 202411
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALL = (EXERCISES, ACCESSES, INCIDENTS, MATURITY)


@dataclass(frozen=True)
class Ten:
    """Ten establishments: seven of one region (six CH, the first three in a GHT; an EHPAD), three of another (a CH, an
    EHPAD, one without category). `holders` are theirs, in that order."""

    region: int
    other: int
    ght: int
    sites: tuple[int, ...]
    holders: tuple[int, ...]


@pytest.fixture
def ten(platform: Platform) -> Ten:
    with platform.database.write() as session:
        region, other = region_id(session, "84"), region_id(session, "53")
        ght = plant_ght(session, "GHT des Dix", region)
        sites = [plant_establishment(session, n, region, "CH", ght if n < 3 else None) for n in range(6)]
        sites.append(plant_establishment(session, 6, region, "EHPAD"))
        sites += [plant_establishment(session, 7 + n, other, one) for n, one in enumerate(("CH", " EHPAD ", ""))]
        return Ten(region, other, ght, tuple(sites), tuple(plant_holder(session, one) for one in sites))


def give(platform: Platform, ten: Ten, definition: IndicatorDefinition, month: int, values: Sequence[object]) -> None:
    """Write what each of the ten answers: a number, a numerator over a denominator, or nothing; mark the month."""
    with platform.database.write() as session:
        for holder, value in zip(ten.holders, values, strict=True):
            numbers = value if isinstance(value, tuple) else (value, 1)
            if value is not None:
                plant_value(session, definition, month, holder, *numbers)
        mark_months(session, [month], NOW)


def make(platform: Platform, month: int, *asked: IndicatorDefinition | Asked) -> bool:
    with platform.database.read() as session:
        registry = Registry(session)
    wanted = [one if isinstance(one, Asked) else Asked(one) for one in asked]
    return make_month(platform, registry, month, wanted)


Numbers = tuple[int, int, int, int, int, int]


def table(platform: Platform, definition: IndicatorDefinition, month: int) -> dict[tuple[str, str], Numbers]:
    """Asked, answered, measured, other version, numerator, denominator of each group."""
    wanted = (IndicatorFigure.indicator == definition.code, IndicatorFigure.month == month)
    with platform.database.read() as session:
        return {
            (one.place, one.category): (
                *(one.asked, one.answered, one.measured, one.other_version),
                *(one.numerator, one.denominator),
            )
            for one in session.scalars(select(IndicatorFigure).where(*wanted))
        }


def figure(
    platform: Platform, definition: IndicatorDefinition, month: int, place: str, category: str = ""
) -> IndicatorFigure:
    with platform.database.read() as session:
        return session.get_one(IndicatorFigure, (place, month, definition.code, category))


@both
def test_figures_are_those_counted_by_hand(platform: Platform, ten: Ten) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1, 0, None, 1, 1, 1, 0, 1, None, 0])
    assert make(platform, OCTOBER, *ALL)
    region, other, ght = f"region:{ten.region}", f"region:{ten.other}", f"ght:{ten.ght}"
    assert table(platform, EXERCISES, OCTOBER) == {
        ("platform:0", ""): (10, 8, 8, 0, 5, 8),
        ("platform:0", "CH"): (7, 6, 6, 0, 5, 6),
        ("platform:0", "EHPAD"): (2, 1, 1, 0, 0, 1),
        ("platform:0", "?"): (1, 1, 1, 0, 0, 1),
        (region, ""): (7, 6, 6, 0, 4, 6),
        (region, "CH"): (6, 5, 5, 0, 4, 5),
        (region, "EHPAD"): (1, 1, 1, 0, 0, 1),
        (other, ""): (3, 2, 2, 0, 1, 2),
        (other, "CH"): (1, 1, 1, 0, 1, 1),
        (other, "EHPAD"): (1, 0, 0, 0, 0, 0),
        (other, "?"): (1, 1, 1, 0, 0, 1),
        (ght, ""): (3, 2, 2, 0, 1, 2),
    }
    silent = table(platform, ACCESSES, OCTOBER)
    assert silent["platform:0", ""] == (10, 0, 0, 0, 0, 0)
    assert figure(platform, ACCESSES, OCTOBER, "platform:0").oldest_on is None


@both
def test_nothing_to_measure_is_an_answer_and_weighs_nothing(platform: Platform, ten: Ten) -> None:
    shares = [(1, 4), (4, 4), (0, 0), (3, 4), (2, 4), None, (0, 2), (9, 10), (0, 0), None]
    give(platform, ten, ACCESSES, OCTOBER, shares)
    make(platform, OCTOBER, *ALL)
    found = table(platform, ACCESSES, OCTOBER)
    assert found["platform:0", ""] == (10, 8, 6, 0, 19, 28)
    assert found[f"region:{ten.region}", "CH"] == (6, 5, 4, 0, 10, 16)
    # 0, 1/4, 2/4, 3/4, 9/10, 1 in order: a quarter of the way between the second and the third, and so on
    assert figure(platform, ACCESSES, OCTOBER, "platform:0").spread == {"quartiles": [0.3125, 0.625, 0.8625]}
    assert figure(platform, ACCESSES, OCTOBER, f"region:{ten.region}", "CH").spread == {}  # four could be told apart


@both
def test_levels_are_counted_and_numbers_added_up(platform: Platform, ten: Ten) -> None:
    give(platform, ten, MATURITY, OCTOBER, [2, 0, 2, 3, None, 1, 0, 2, 2, None])
    give(platform, ten, INCIDENTS, OCTOBER, [5, 0, 0, 1, None, 2, 0, 0, 1, 2_000_000_000])
    make(platform, OCTOBER, *ALL)
    whole = {"levels": {"0": 2, "1": 1, "2": 4, "3": 1}, "hidden": True}  # three levels of a few
    assert figure(platform, MATURITY, OCTOBER, "platform:0").spread == whole
    assert figure(platform, MATURITY, OCTOBER, f"ght:{ten.ght}").spread == {"levels": {"0": 1, "2": 2}}
    found = table(platform, INCIDENTS, OCTOBER)
    assert found["platform:0", ""] == (10, 9, 9, 0, 2_000_000_009, 9)
    assert found[f"region:{ten.region}", ""] == (7, 6, 6, 0, 8, 6)


@both
def test_sums_pass_what_one_number_holds(platform: Platform, ten: Ten) -> None:
    give(platform, ten, ACCESSES, OCTOBER, [(2_000_000_000, 2_000_000_000)] * 10)
    make(platform, OCTOBER, ACCESSES)
    assert figure(platform, ACCESSES, OCTOBER, "platform:0").denominator == 20_000_000_000


@both
def test_values_of_another_version_are_set_aside_and_counted(platform: Platform, ten: Ten) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1, 1, None, None, None, None, None, None, None, None])
    with platform.database.write() as session:
        for holder in ten.holders[2:5]:
            plant_value(session, EXERCISES, OCTOBER, holder, 1, version="0", as_of=date(2020, 1, 1))
    make(platform, OCTOBER, EXERCISES)
    assert table(platform, EXERCISES, OCTOBER)["platform:0", ""] == (10, 2, 2, 3, 2, 2)
    assert figure(platform, EXERCISES, OCTOBER, "platform:0").oldest_on == date(2024, 10, 31)
    with platform.database.write() as session:
        mark_months(session, [OCTOBER], NOW)
    make(platform, OCTOBER, replace(EXERCISES, version="0"))
    assert table(platform, EXERCISES, OCTOBER)["platform:0", ""] == (10, 3, 3, 2, 3, 3)


@both
def test_the_oldest_value_dates_the_figure(platform: Platform, ten: Ten) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1, *[None] * 9])
    with platform.database.write() as session:
        plant_value(session, EXERCISES, OCTOBER, ten.holders[7], 1, as_of=date(2024, 10, 3))
    make(platform, OCTOBER, EXERCISES)
    assert figure(platform, EXERCISES, OCTOBER, "platform:0").oldest_on == date(2024, 10, 3)
    assert figure(platform, EXERCISES, OCTOBER, f"region:{ten.region}").oldest_on == date(2024, 10, 31)


@both
def test_only_those_concerned_are_asked_and_who_answers_is(platform: Platform, ten: Ten) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1, *[None] * 6, 0, None, None])
    make(platform, OCTOBER, Asked(EXERCISES, frozenset(ten.sites[:3])), Asked(ACCESSES, frozenset()))
    found = table(platform, EXERCISES, OCTOBER)
    assert found["platform:0", ""] == (4, 2, 2, 0, 1, 2)
    assert found[f"region:{ten.other}", ""] == (1, 1, 1, 0, 0, 1)
    assert (f"region:{ten.region}", "EHPAD") not in found
    assert table(platform, ACCESSES, OCTOBER) == {}


@both
def test_an_establishment_counts_where_it_was(platform: Platform, ten: Ten) -> None:
    """The first moved to the other region, out of its GHT, and became a clinic, on the 15th of November 2024."""
    for month in (OCTOBER, NOVEMBER):
        give(platform, ten, EXERCISES, month, [1, *[0] * 9])
    with platform.database.write() as session:
        first = session.get_one(Establishment, ten.sites[0])
        session.add(
            FormerPlace(
                establishment_id=first.id,
                until=date(2024, 11, 14),
                region_id=ten.region,
                ght_id=ten.ght,
                legal_entity_id=first.legal_entity_id,
                category="CH",
            )
        )
        first.region_id, first.category = ten.other, "Clinique"
        session.get_one(LegalEntity, first.legal_entity_id).ght_id = None
    make(platform, OCTOBER, EXERCISES)
    make(platform, NOVEMBER, EXERCISES)
    then, now = table(platform, EXERCISES, OCTOBER), table(platform, EXERCISES, NOVEMBER)
    assert then[f"region:{ten.region}", ""] == (7, 7, 7, 0, 1, 7)
    assert then[f"ght:{ten.ght}", ""] == (3, 3, 3, 0, 1, 3)
    assert then["platform:0", "CH"] == (7, 7, 7, 0, 1, 7)
    assert now[f"region:{ten.region}", ""] == (6, 6, 6, 0, 0, 6)
    assert now[f"region:{ten.other}", "Clinique"] == (1, 1, 1, 0, 1, 1)
    assert now[f"ght:{ten.ght}", ""] == (2, 2, 2, 0, 0, 2)
    assert then["platform:0", ""] == now["platform:0", ""] == (10, 10, 10, 0, 1, 10)


@both
def test_of_two_moves_the_one_that_follows_the_month_tells_the_place(platform: Platform, ten: Ten) -> None:
    with platform.database.write() as session:
        first = session.get_one(Establishment, ten.sites[0])
        for until, category in (
            (date(2024, 10, 31), "then"),
            (date(2025, 6, 1), "later"),
            (date(2023, 1, 1), "before"),
        ):
            place = {"region_id": ten.region, "ght_id": None, "legal_entity_id": first.legal_entity_id}
            session.add(FormerPlace(establishment_id=first.id, until=until, category=category, **place))
        mark_months(session, [OCTOBER, NOVEMBER], NOW)
    make(platform, OCTOBER, EXERCISES)
    make(platform, NOVEMBER, EXERCISES)
    assert ("platform:0", "then") in table(platform, EXERCISES, OCTOBER)
    assert ("platform:0", "later") in table(platform, EXERCISES, NOVEMBER)


@both
def test_who_closed_or_was_merged_no_longer_counts(platform: Platform, ten: Ten) -> None:
    for month in (OCTOBER, NOVEMBER):
        give(platform, ten, EXERCISES, month, [1] * 10)
    with platform.database.write() as session:
        session.get_one(Establishment, ten.sites[0]).closed_on = date(2024, 11, 1)
        session.get_one(Establishment, ten.sites[1]).closed_on = date(2024, 10, 31)
    make(platform, OCTOBER, EXERCISES)
    make(platform, NOVEMBER, EXERCISES)
    assert table(platform, EXERCISES, OCTOBER)["platform:0", ""] == (9, 9, 9, 0, 9, 9)
    assert table(platform, EXERCISES, NOVEMBER)["platform:0", ""] == (8, 8, 8, 0, 8, 8)


@both
def test_pseudonyms_answer_in_place_of_their_establishments(platform: Platform, ten: Ten) -> None:
    """The installation of the last CH and the EHPAD speaks for both; an older value of one of them is not added."""
    give(platform, ten, EXERCISES, OCTOBER, [*[None] * 7, 1, 1, 1])
    give(platform, ten, EXERCISES, NOVEMBER, [*[None] * 7, 1, 1, 1])
    with platform.database.write() as session:
        sender = plant_installation(session, "un", f"region:{ten.other}", ten.sites[7:9])
        gone, ehpad, ch = (plant_pseudonym(session, sender, one, one) for one in ("CH", "EHPAD", "CH "))
        for holder in (gone, ehpad, ch):
            plant_value(session, EXERCISES, OCTOBER, holder, 0)
    make(platform, OCTOBER, EXERCISES)
    make(platform, NOVEMBER, EXERCISES)
    found = table(platform, EXERCISES, OCTOBER)
    assert found[f"region:{ten.other}", ""] == (3, 3, 3, 0, 1, 3)
    assert found[f"region:{ten.other}", "CH"] == (1, 1, 1, 0, 0, 1)
    assert found[f"region:{ten.other}", "EHPAD"] == (1, 1, 1, 0, 0, 1)
    assert found["platform:0", ""] == (10, 3, 3, 0, 1, 3)
    assert table(platform, EXERCISES, NOVEMBER)["platform:0", ""] == (10, 3, 3, 0, 3, 3)  # no pseudonym spoke then


@both
def test_small_groups_and_those_of_a_ght_are_hidden(platform: Platform, ten: Ten) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1] * 10)
    make(platform, OCTOBER, EXERCISES)
    with platform.database.read() as session:
        shown = {(one.place, one.category) for one in session.scalars(select(IndicatorFigure)) if not one.hidden}
    assert shown == {("platform:0", "")}  # whoever knew the region of seven would know the one of three


@both
def test_a_month_is_made_again_only_while_it_is_marked(platform: Platform, ten: Ten) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1] * 10)
    assert make(platform, OCTOBER, EXERCISES)
    assert not make(platform, OCTOBER, EXERCISES)
    with platform.database.write() as session:
        session.execute(delete(IndicatorValue))
        mark_since(session, 202401, NOW)
    assert make(platform, OCTOBER, EXERCISES)
    assert table(platform, EXERCISES, OCTOBER)["platform:0", ""] == (10, 0, 0, 0, 0, 0)


@both
def test_a_value_written_meanwhile_has_the_month_made_once_more(
    platform: Platform, ten: Ten, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1] * 10)

    def now() -> datetime:  # read after the values are, before figures are written
        with platform.database.write() as session:
            mark_months(session, [OCTOBER], NOW + timedelta(seconds=1))
        return NOW

    monkeypatch.setattr(platform.clock, "now", now)
    assert make(platform, OCTOBER, EXERCISES)
    with platform.database.read() as session:
        assert session.get_one(IndicatorMark, OCTOBER).due_since == NOW + timedelta(seconds=1)


@both
def test_who_comes_second_leaves_fresher_figures_alone(
    platform: Platform, ten: Ten, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(platform, ten, EXERCISES, OCTOBER, [1] * 10)
    raced = []

    def now() -> datetime:
        if not raced:
            raced.append(True)
            with platform.database.write() as session:
                session.execute(delete(IndicatorValue))
                mark_months(session, [OCTOBER], NOW + timedelta(seconds=1))
            assert make(platform, OCTOBER, EXERCISES)
        return NOW

    monkeypatch.setattr(platform.clock, "now", now)
    assert not make(platform, OCTOBER, EXERCISES)
    assert table(platform, EXERCISES, OCTOBER)["platform:0", ""] == (10, 0, 0, 0, 0, 0)


@both
def test_months_are_found_by_steps(platform: Platform, ten: Ten) -> None:
    for month in (OCTOBER, 202603):
        give(platform, ten, EXERCISES, month, [1] * 10)
    give(platform, ten, ACCESSES, NOVEMBER, [1] * 10)
    with platform.database.read() as session:
        assert known_months(session) == (OCTOBER, NOVEMBER, 202603)
        assert figured_months(session) == ()
    make(platform, OCTOBER, EXERCISES)
    make(platform, 202603, EXERCISES)
    with platform.database.read() as session:
        assert figured_months(session) == (OCTOBER, 202603)
        assert figured_months(session, NOVEMBER) == (202603,)


MEASURES = ("asked", "answered", "measured", "other_version", "numerator", "denominator", "weight")


def plant_at_random(session: Session, chance: random.Random, many: int) -> None:
    """Establishments with moves, closings, silences and answers of two versions."""
    regions = session.scalars(select(Region.id).order_by(Region.id)).all()[:4]
    ghts = [plant_ght(session, f"GHT {one}", one) for one in regions]
    for number in range(many):
        where = chance.randrange(4)
        category, ght = chance.choice(["CH", "EHPAD", "", "Clinique"]), chance.choice([None, ghts[where]])
        closed = date(2024, chance.choice([10, 11]), chance.randint(1, 30)) if chance.random() < 0.3 else None
        site = plant_establishment(session, number, regions[where], category, ght, closed_on=closed)
        if chance.random() < 0.3:
            entity, until = session.get_one(Establishment, site).legal_entity_id, date(2024, chance.randint(9, 12), 15)
            place = {"region_id": chance.choice(regions), "category": chance.choice(["CH", ""])}
            session.add(FormerPlace(establishment_id=site, until=until, legal_entity_id=entity, **place))
        holder = plant_holder(session, site)
        for one in ALL:
            if chance.random() < 0.7:
                numbers = chance.randint(0, 3), chance.choice([0, 1, 9])
                plant_value(session, one, OCTOBER, holder, *numbers, version=chance.choice(["1", "1", "0"]))
    session.flush()


def check_sums(figures: pd.DataFrame) -> None:
    """Regions make the nation, categories of a region the region, those of the nation the nation; GHTs never more."""
    level = figures["place"].str.partition(":")[0]
    whole = figures["category"] == ""
    nation = figures[(level == "platform") & whole][[*MEASURES]].sum()
    assert (figures[(level == "region") & whole][[*MEASURES]].sum() == nation).all()
    assert (figures[(level == "platform") & ~whole][[*MEASURES]].sum() == nation).all()
    for place, rows in figures[level == "region"].groupby("place"):
        inside, total = rows[rows["category"] != ""], rows[rows["category"] == ""]
        assert (inside[[*MEASURES]].sum() == total[[*MEASURES]].sum()).all(), place
    assert (figures[level == "ght"][[*MEASURES]].sum() <= nation).all()
    assert (figures["answered"] + figures["other_version"] <= figures["asked"]).all()
    assert (figures["measured"] <= figures["answered"]).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False), many=st.integers(1, 40))
def test_regions_add_up_to_the_nation_and_categories_to_both(
    platform: Platform, chance: random.Random, many: int
) -> None:
    with platform.database.write() as session, session.begin_nested() as undone:
        plant_at_random(session, chance, many)
        figures = month_figures(session, Registry(session), OCTOBER, [Asked(one) for one in ALL])
        undone.rollback()
    for _code, rows in figures.groupby("indicator"):
        check_sums(rows)


def work(platform: Platform) -> int:
    """Do every job of figures that waits; how many."""
    done = 0
    while claim := jobs.claim(platform, Lane.SERVICE, "tests"):
        keep_figures(platform, Hold(platform, claim))
        done += 1
    return done


def packaged(platform: Platform, code: str) -> IndicatorDefinition:
    return max((one for one in platform.kits.indicators if one.code == code), key=lambda one: one.since)


def everything(platform: Platform) -> list[tuple[object, ...]]:
    """Every figure but the hour it was made at, in order."""
    columns = [one for one in IndicatorFigure.__table__.columns if one.name != "computed_at"]
    with platform.database.read() as session:
        return sorted((tuple(row) for row in session.execute(select(*columns))), key=str)


@both
def test_the_chore_hands_marked_months_over_and_they_are_made_once(
    platform: Platform, clock: FixedClock, ten: Ten
) -> None:
    played = packaged(platform, "EXO-TX")
    give(platform, ten, played, 202602, [1, 0, *[None] * 8])
    for expected in (2, 1):
        submit_slot(platform, Slot("figures", platform.clock.now()))
        assert work(platform) == expected
        clock.forward(hours=1)
    assert table(platform, played, 202602)["platform:0", ""] == (10, 2, 2, 0, 1, 2)


@both
def test_a_full_recomputation_finds_the_same_figures(platform: Platform, machine: Scope, ten: Ten) -> None:
    played = packaged(platform, "EXO-TX")
    for month in (202601, 202602):
        give(platform, ten, played, month, [1, 0, *[None] * 8])
    submit_slot(platform, Slot("figures", platform.clock.now()))
    work(platform)
    before = everything(platform)
    with platform.database.write() as session:
        session.execute(delete(IndicatorFigure).where(IndicatorFigure.place != "platform:0"))
        session.execute(update(IndicatorFigure).values(numerator=99))
    assert make_all_again(platform, machine) is not None
    assert work(platform) == 1
    assert everything(platform) == before
    with pytest.raises(Forbidden):
        make_all_again(platform, person(Role.REGIONAL, Level.REGION, ten.region))


@both
def test_two_jobs_at_once_end_on_the_same_figures(platform: Platform, ten: Ten) -> None:
    played = packaged(platform, "EXO-TX")
    for month in (202511, 202512, 202601):
        give(platform, ten, played, month, [1, 0, *[None] * 8])
    with platform.database.write() as session:
        for number in range(2):
            jobs.submit(platform, session, jobs.Order(JobKind.FIGURES, {APART: True}, slot_key=str(number)), "tests")
    claims = [jobs.claim(platform, Lane.SERVICE, name) for name in ("one", "two")]
    start, faults = threading.Barrier(2), []

    def run(claim: Claim) -> None:
        start.wait(30)
        try:
            keep_figures(platform, Hold(platform, claim))
        except ServiceError as fault:
            faults.append(fault)

    workers = [threading.Thread(target=run, args=(claim,)) for claim in claims if claim]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert (len(workers), faults) == (2, [])
    for month in (202511, 202512, 202601):
        assert table(platform, played, month)["platform:0", ""] == (10, 2, 2, 0, 1, 2)
    with platform.database.read() as session:
        assert session.scalars(select(IndicatorMark)).all() == []
        assert set(session.scalars(select(Job.state))) == {JobState.DONE}
