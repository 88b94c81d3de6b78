"""Read-models of territories: what a reader sees of a figure, where establishments were, who answers for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from care.domain.access import PLATFORM, Level, Place, Role
from care.domain.federation import InstallationState
from care.domain.frameworks import Confidence
from care.domain.indicators import Goal, Trend, goal_reached
from care.domain.months import last_day, month_of, moved
from care.services.errors import Forbidden, NotFound
from care.services.indicators import dashboards, one_indicator, own, sites
from care.services.indicators.dashboards import goal_shown, parts, version_breaks
from care.services.indicators.one_indicator import Split
from care.services.indicators.shown import Figure, FigureState, Shown, change, median_level, shown
from care.services.indicators.sites import Standing
from care.services.indicators.territories import list_territories
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.profiles import open_profile, save_profile
from care.store.federation import Installation, InstallationEstablishment
from care.store.indicators import FormerPlace, IndicatorFigure, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Region
from tests.support.indicators import ACCESSES, EXERCISES
from tests.support.people import MACHINE, person
from tests.web.region import PlantedRegion, make_figures, plant_region


@pytest.fixture
def region(platform: Platform) -> PlantedRegion:
    return plant_region(platform, months=2)


def place_of(region: PlantedRegion) -> Place:
    return Place(Level.REGION, region.region)


def figure(**changed: object) -> Figure:
    known = {
        "place": "region:1",
        "indicator": "EXO-TX",
        "month": 202611,
        "category": "",
        "version": "1",
        "asked": 12,
        "answered": 10,
        "measured": 9,
        "other_version": 1,
        "numerator": 6,
        "denominator": 9,
        "spread": {},
        "oldest_on": date(2026, 11, 2),
        "hidden": False,
        "computed_at": None,
    }
    return Figure(**{**known, **changed})  # type: ignore[arg-type]


def test_a_figure_says_how_many_did_not_answer(platform: Platform) -> None:
    definition = next(one for one in platform.kits.indicators if one.code == "EXO-TX")
    one = shown(definition, figure(), "fr", entitled=False)
    assert (one.value, one.counts, one.silent, one.unmeasured, one.other_version) == ("66\u00a0%", "6 / 9", 1, 1, 1)
    hidden = figure(hidden=True)
    assert shown(definition, hidden, "fr", entitled=False) == Shown(FigureState.HIDDEN, public=False, version="1")
    assert shown(definition, hidden, "fr", entitled=True).value == "66\u00a0%"
    assert shown(definition, None, "fr", entitled=True).state is FigureState.MISSING
    nobody = figure(answered=0, measured=0, numerator=0, denominator=0, other_version=0)
    silent = shown(definition, nobody, "fr", entitled=True)
    assert (silent.state, silent.value, silent.share, silent.silent) == (FigureState.SILENT, "", None, 12)
    nothing = figure(measured=0, numerator=0, denominator=0)
    assert shown(definition, nothing, "fr", entitled=True).state is FigureState.EMPTY


def test_what_few_establishments_make_is_not_told_to_the_others(platform: Platform) -> None:
    known = {one.code: one for one in platform.kits.indicators}
    quarters = {"quartiles": [0.1, 0.2, 0.4]}
    few = figure(indicator="PDT-OBS", measured=19, answered=19, asked=19, spread=quarters)
    assert shown(known["PDT-OBS"], few, "fr", entitled=False).quartiles == ()
    enough = replace(few, measured=20, answered=20, asked=20)
    assert shown(known["PDT-OBS"], enough, "fr", entitled=False).quartiles == (0.1, 0.2, 0.4)
    levels = figure(indicator="ADS-DIST", spread={"levels": {"1": 5, "3": 4}})
    assert shown(known["ADS-DIST"], levels, "fr", entitled=False).levels == ()
    assert dict(shown(known["ADS-DIST"], levels, "fr", entitled=True).levels)["Niveau 3"] == 4
    given_away = replace(levels, spread={"levels": {"1": 5, "3": 5}, "hidden": True})
    assert shown(known["ADS-DIST"], given_away, "fr", entitled=False).levels == ()
    assert dict(shown(known["ADS-DIST"], given_away, "fr", entitled=True).levels)["Niveau 3"] == 5


def test_medians_changes_and_breaks() -> None:
    assert median_level({}) is None
    assert median_level({1: 2, 4: 2}) == 1
    assert median_level({1: 1, 4: 2}) == 4
    now, before = (
        Shown(FigureState.TOLD, share=many / 100, numerator=many, denominator=100, version="1") for many in (50, 30)
    )
    assert change(now, before) == 20
    assert change(replace(now, share=0.29, numerator=29), before) == -1  # 0.29 × 100 falls short of 29
    assert change(now, replace(before, version="0")) is None
    assert change(now, Shown(FigureState.SILENT, version="1")) is None
    series = [replace(before, version="0"), Shown(FigureState.MISSING), now, now]
    assert version_breaks(series) == {2}
    assert parts(series) == (0.3, None, 0.5, 0.5)
    assert parts([replace(now, share=None, amount=2), replace(now, share=None, amount=8)]) == (0.25, 1.0)


@pytest.mark.parametrize(
    ("numbers", "reached", "hangs"),
    [
        ({"asked": 41, "answered": 5, "measured": 5, "numerator": 5, "denominator": 5}, None, True),
        ({"asked": 41, "answered": 34, "measured": 34, "numerator": 22, "denominator": 34}, False, False),
        ({"asked": 41, "answered": 41, "measured": 40, "numerator": 40, "denominator": 40}, True, False),
        (
            {"asked": 41, "answered": 40, "measured": 40, "numerator": 40, "denominator": 40, "other_version": 1},
            None,
            True,
        ),
        ({"asked": 41, "answered": 0, "measured": 0, "numerator": 0, "denominator": 0}, None, False),
        ({"asked": 41, "answered": 41, "measured": 0, "numerator": 0, "denominator": 0}, None, False),
    ],
)
def test_silence_reaches_no_goal(
    platform: Platform, numbers: dict[str, int], reached: bool | None, hangs: bool
) -> None:
    """The goal of 100 % is of everybody asked: five of five are not all while 36 are silent."""
    definition = next(one for one in platform.kits.indicators if one.code == "EXO-TX")
    now = shown(definition, figure(**{"other_version": 0, **numbers}), "fr", entitled=True)
    goal = goal_shown(definition, definition.goal_on(date(2026, 11, 30)), now)
    assert goal is not None
    assert (goal.percent, goal.reached, goal.hangs) == (100, reached, hangs)


def test_a_goal_of_a_share_or_to_stay_under() -> None:
    goal = Goal(29, date(2024, 1, 1), "", Confidence.OURS)
    under = replace(EXERCISES, trend=Trend.DOWN)
    assert [goal_reached(EXERCISES, goal, *numbers) for numbers in ((29, 100, 0), (28, 100, 0), (28, 99, 1))] == [
        True, False, None,
    ]  # fmt: skip
    assert [goal_reached(under, goal, *numbers) for numbers in ((28, 99, 1), (29, 99, 1), (30, 99, 1))] == [
        True, None, False,
    ]  # fmt: skip
    assert [goal_reached(ACCESSES, goal, *numbers) for numbers in ((99, 100, 0), (99, 100, 1))] == [True, None]


def test_the_day_of_the_oldest_value_is_one_establishment_s(platform: Platform) -> None:
    definition = next(one for one in platform.kits.indicators if one.code == "EXO-TX")
    assert shown(definition, figure(), "fr", entitled=False).oldest_on == date(2026, 11, 1)
    assert shown(definition, figure(), "fr", entitled=True).oldest_on == date(2026, 11, 2)


@pytest.mark.both_databases
def test_a_dashboard_reads_figures_only_in_one_query(platform: Platform, region: PlantedRegion) -> None:
    said: list[str] = []
    listening = lambda *given: said.append(given[2])  # noqa: E731
    event.listen(platform.database.engine, "before_cursor_execute", listening)
    view = dashboards.read_dashboard(platform, MACHINE, place_of(region))
    event.remove(platform.database.engine, "before_cursor_execute", listening)
    assert not any("indicator_value" in one for one in said)
    assert sum("indicator_figure" in one for one in said) == 1
    assert view.month == region.month
    assert view.establishments == 12
    line = next(one for family in view.families for one in family.lines if one.code == "EXO-TX")
    assert (line.now.asked, line.now.answered, line.now.silent) == (12, 10, 2)
    assert line.goal is not None
    assert line.goal.reached is False


@pytest.mark.both_databases
def test_what_is_listed_adds_up_to_the_figure(platform: Platform, region: PlantedRegion) -> None:
    place, month = place_of(region), region.month
    for where in (PLATFORM, place, Place(Level.GHT, region.ghts[0])):
        for code in ("EXO-TX", "EXO-OSE", "SAV-TEST", "TLM-MFA", "ADS-DIST", "INC-SIG"):
            with platform.database.read() as session:
                key = {"place": where.key, "indicator": code, "month": month, "category": ""}
                known = session.get(IndicatorFigure, key)
            counts = sites.list_sites(platform, MACHINE, where, code, month).counts
            if known is None:
                assert not counts, (where, code)
                continue
            measured = sum(counts[one] for one in (Standing.REACHED, Standing.NOT_REACHED, Standing.MEASURED))
            assert sum(counts.values()) == known.asked, (where, code)
            assert measured == known.measured
            assert measured + counts[Standing.NOTHING] == known.answered
            assert counts[Standing.OTHER_VERSION] == known.other_version


@pytest.mark.both_databases
def test_an_establishment_is_listed_where_it_was(platform: Platform, region: PlantedRegion) -> None:
    before, now = region.months
    gone = region.sites[0]
    with platform.database.write() as session:
        other = session.scalars(select(Region.id).where(Region.code == "53")).one()
        site = session.get_one(Establishment, gone)
        session.add(
            FormerPlace(
                establishment_id=gone,
                until=last_day(before),
                region_id=region.region,
                ght_id=region.ghts[0],
                legal_entity_id=site.legal_entity_id,
                category="CH",
            )
        )
        site.region_id = other
        session.get_one(Establishment, region.sites[1]).closed_on = last_day(now) - timedelta(days=1)

    def listed(month: int) -> set[int | None]:
        return {one.id for one in sites.list_sites(platform, MACHINE, place_of(region), "EXO-TX", month).page.lines}

    assert own.read_own(platform, MACHINE, gone, before).region == "Nouvelle-Aquitaine"
    assert own.read_own(platform, MACHINE, gone, now).region == "Bretagne"
    then = own.read_own_indicator(platform, MACHINE, gone, "EXO-TX", before)
    assert (then.region, then.of_region.asked, then.category) == ("Nouvelle-Aquitaine", 12, "CH")
    assert own.read_own_indicator(platform, MACHINE, gone, "EXO-TX", now).of_region.asked == 0
    assert gone in listed(before)
    assert gone not in listed(now)
    assert region.sites[1] in listed(before)
    assert region.sites[1] not in listed(now)
    reader = person(Role.REGIONAL, Level.REGION, region.region)
    lines = sites.list_sites(platform, reader, place_of(region), "EXO-TX", before).page.lines
    assert not next(one for one in lines if one.id == gone).reachable, "it is in another region now"


@pytest.mark.both_databases
def test_pseudonyms_stay_pseudonyms(platform: Platform, region: PlantedRegion) -> None:
    masked, now = region.sites[11], platform.clock.now()
    with platform.database.write() as session:
        installation = Installation(
            identifier="0b9c6a0e-0000-4000-8000-000000000001",
            name="Installation discrète",
            place=f"region:{region.region}",
            pseudonymous=True,
            state=next(iter(InstallationState)),
            enrolled_at=now,
            enrolled_by="tests",
            changed_at=now,
            changed_by="tests",
        )
        session.add(installation)
        session.flush()
        session.add(InstallationEstablishment(establishment_id=masked, installation_id=installation.id, since=now))
        holder = IndicatorHolder(
            installation_id=installation.id, pseudonym="a1b2c3d4e5f60718", region_id=region.region, category="CH"
        )
        session.add(holder)
        session.flush()
        session.add(
            IndicatorValue(
                indicator="EXO-TX",
                month=region.month,
                holder_id=holder.id,
                version="1",
                numerator=1,
                denominator=1,
                as_of=last_day(region.month),
            )
        )
    found = sites.list_sites(platform, MACHINE, place_of(region), "EXO-TX", region.month)
    by_name = {one.name: one for one in found.page.lines}
    assert by_name["Maison de soins"].standing is Standing.PSEUDONYM
    assert by_name["Maison de soins"].value == ""
    alias = by_name["Pseudonyme a1b2c3d4e5f60718"]
    assert (alias.id, alias.standing, alias.reachable) == (None, Standing.REACHED, False)
    answering = sites.list_answering(platform, MACHINE, place_of(region), region.month)
    line = next(one for one in answering.page.lines if one.id == masked)
    assert (line.masked, line.through) == (True, "Installation discrète")
    assert answering.silent == 1
    assert all(one.id is not None for one in sites.map_sites(platform, MACHINE, place_of(region), "EXO-TX").sites)


def test_cohorts_add_up(platform: Platform, region: PlantedRegion) -> None:
    for split in Split:
        view = one_indicator.compare(platform, MACHINE, place_of(region), "SAV-TEST", split, region.month)
        asked = sum(one.shown.asked for one in view.groups)
        assert asked == (9 if split is Split.GHT else view.whole.asked), split
        assert [one.name for one in view.groups], split


def test_a_past_split_stays_when_a_hospital_becomes_an_operator(platform: Platform, region: PlantedRegion) -> None:
    """Every establishment answers otherwise from today on: the split of the past month is the one it was."""

    def split(by: Split, month: int) -> dict[str, tuple[int, int]]:
        view = one_indicator.compare(platform, MACHINE, place_of(region), "EXO-TX", by, month)
        return {one.name: (one.shown.asked, one.shown.answered) for one in view.groups}

    past = region.months[-2]
    before = {by: split(by, past) for by in (Split.OSE, Split.STATUS)}
    operators = sites.list_sites(platform, MACHINE, place_of(region), "EXO-OSE", past).page.total
    assert operators
    for one in region.sites:
        known = open_profile(platform, MACHINE, one)
        draft = replace(known.draft, ose=not known.draft.ose, status="for_profit")
        save_profile(platform, MACHINE, one, draft, known.version)
    make_figures(platform, region.months)
    assert {by: split(by, past) for by in before} == before
    assert sites.list_sites(platform, MACHINE, place_of(region), "EXO-OSE", past).page.total == operators
    today = month_of(local_day(platform))
    assert list(split(Split.STATUS, today)) == ["Privé à but lucratif"]
    assert split(Split.OSE, today) != before[Split.OSE]


def test_a_year_of_an_indicator(platform: Platform, region: PlantedRegion) -> None:
    view = one_indicator.read_indicator(platform, MACHINE, place_of(region), "EXO-TX", span=36)
    assert (len(view.history), len(view.chart.rows), view.span) == (36, 36, 36)
    assert view.history[0].shown == view.now
    assert [one.percent for one in view.goals] == sorted(one.percent for one in view.goals)
    assert view.spread is not None
    assert ("Sans réponse", "2") in view.spread.rows
    assert {one.name for one in view.categories} == {"CH", "Clinique", "Soins de longue durée"}


def test_an_older_month_is_read_as_it_was(platform: Platform, region: PlantedRegion) -> None:
    quiet = moved(region.months[0], -1)
    assert dashboards.read_dashboard(platform, MACHINE, place_of(region), quiet).empty
    assert dashboards.read_dashboard(platform, MACHINE, place_of(region)).month == region.month
    with platform.database.write() as session:
        session.query(IndicatorValue).filter(IndicatorValue.month == region.month).delete()
    make_figures(platform, region.months)
    again = dashboards.read_dashboard(platform, MACHINE, place_of(region), region.month)
    assert not again.empty
    assert not any(family.told for family in again.families), "nobody answered: no zero"


def test_own_indicators(platform: Platform, region: PlantedRegion) -> None:
    reader = person(Role.CISO, Level.ESTABLISHMENT, region.sites[4])
    view = own.read_own(platform, reader, region.sites[4])
    lines = {one.code: one for family in view.families for one in family.lines}
    assert (view.month, view.answered) == (region.month, 6)
    assert lines["EXO-OSE"].standing is Standing.NOT_ASKED
    assert lines["PDT-OBS"].value
    assert lines["PDT-OBS"].region.told
    alone = person(Role.CISO, Level.ESTABLISHMENT, region.sites[11])
    category = own.read_own_indicator(platform, alone, region.sites[11], "PDT-OBS", region.month)
    assert category.of_category == Shown(FigureState.HIDDEN, public=False, version="1")
    assert own.read_own_indicator(platform, MACHINE, region.sites[11], "PDT-OBS", region.month).of_category.asked == 1
    one = own.read_own_indicator(platform, reader, region.sites[4], "PDT-OBS")
    assert one.value == lines["PDT-OBS"].value
    assert one.within is None
    assert one.chart.rows[-1][1] != "Pas calculé"
    seen = own.read_own_indicator(platform, MACHINE, region.sites[4], "PDT-OBS")
    assert seen.within is not None
    assert seen.within.rows[0][0] == "Vous"
    with pytest.raises(NotFound):
        own.read_own(platform, person(Role.CISO, Level.ESTABLISHMENT, region.sites[5]), region.sites[4])
    with pytest.raises(Forbidden):
        own.read_own(platform, person(Role.VISITOR, Level.ESTABLISHMENT, region.sites[4]), region.sites[4])


def test_which_places_are_seen(platform: Platform, region: PlantedRegion) -> None:
    every = list_territories(platform, MACHINE)
    assert every[0].place == PLATFORM
    assert sum(one.place.level is Level.REGION for one in every) == 18
    mine = list_territories(platform, person(Role.REGIONAL, Level.REGION, region.region))
    assert [one.place for one in mine][:1] == [place_of(region)]
    assert {one.place.id for one in mine if one.place.level is Level.GHT} == set(region.ghts)
    one = list_territories(platform, person(Role.REGIONAL, Level.GHT, region.ghts[0]))
    assert [seen.place for seen in one] == [Place(Level.GHT, region.ghts[0])]
    with pytest.raises(Forbidden):
        list_territories(platform, person(Role.CISO, Level.REGION, region.region))
    with pytest.raises(NotFound):
        dashboards.read_nation(platform, person(Role.REGIONAL, Level.REGION, region.region), "EXO-TX")
