"""The investment plan: hand-made tables, what each person sees, what nobody has priced."""

from __future__ import annotations

import pytest

from care.domain.access import PLATFORM, Grant, Level, Place, Right, Role, Scope
from care.domain.actions import ActionState, CostKind
from care.services.errors import Forbidden, NotFound
from care.services.investment import MOST_YEARS, InvestmentPlan, Period, PlanRow, investment_plan
from care.services.platform import Platform
from tests.support.costs import plant_action, set_state
from tests.support.people import Hospitals, person
from tests.support.queries import counted

ALL = Period()


def table(rows: tuple[PlanRow, ...]) -> dict[str, tuple[int, ...]]:
    return {row.name: row.cents for row in rows}


def check_sums(plan: InvestmentPlan) -> None:
    """Whatever the axis, the total is the same, year by year."""
    for rows in (plan.by_entity, plan.by_funding, plan.by_kind, tuple(action.row for action in plan.actions)):
        for place, cents in enumerate(plan.by_year.cents):
            assert sum(row.cents[place] for row in rows) == cents
    assert sum(line.cents for line in plan.lines) == plan.total


def ght(hospitals: Hospitals) -> Place:
    return Place(Level.GHT, hospitals.ght)


def valley(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Hospitals:
    """A shared action (an odd cent, then a running cost), one of the valley alone, one of another region."""
    plant_action(platform, [hospitals.valley, hospitals.hill], "Bastion du GHT", [(2026, 100_001)], funding="care-d2")
    plant_action(platform, {hospitals.valley: 3, hospitals.hill: 1}, "Licences", [(2027, 4_000)], kind=CostKind.RUNNING)
    plant_action(platform, [hospitals.valley], "Coffre-fort", [(2026, 5_000), (2028, 700)], funding="own")
    plant_action(platform, [hospitals.far], "Ailleurs", [(2026, 999)])
    return hospitals


@pytest.mark.both_databases
def test_a_ght_by_year_entity_funding_and_kind(platform: Platform, machine: Scope, planted: Hospitals) -> None:
    plan = investment_plan(platform, machine, ght(planted), ALL)
    assert (plan.name, plan.years, plan.partial) == ("GHT des Deux Rives", (2026, 2027, 2028), False)
    assert plan.by_year.cents == (105_001, 4_000, 700)
    assert table(plan.by_entity) == {
        "Hôpital de la Colline": (50_000, 1_000, 0),
        "Hôpital de la Vallée": (55_001, 3_000, 700),
    }
    assert [(row.key, row.cents) for row in plan.by_funding] == [
        ("own", (5_000, 0, 700)), ("care-d2", (100_001, 0, 0)), ("", (0, 4_000, 0)),
    ]  # fmt: skip
    assert [(row.key, row.total) for row in plan.by_kind] == [("investment", 105_701), ("running", 4_000)]
    assert [(action.title, action.row.total, action.shared) for action in plan.actions] == [
        ("Bastion du GHT", 100_001, False), ("Coffre-fort", 5_700, False), ("Licences", 4_000, False),
    ]  # fmt: skip
    check_sums(plan)


@pytest.mark.both_databases
def test_the_ciso_of_one_site_sees_its_share_alone(platform: Platform, planted: Hospitals) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, planted.valley)
    for place in (valley(planted), ght(planted), Place(Level.REGION, planted.region), PLATFORM):
        plan = investment_plan(platform, ciso, place, ALL)
        assert plan.by_year.cents == (55_001, 3_000, 700)
        assert {line.establishment for line in plan.lines} == {"Hôpital de la Vallée"}
        assert [action.shared for action in plan.actions] == [True, False, True]
        assert plan.partial == (place != valley(planted))
        assert (plan.name == "Tous vos établissements") == (place == PLATFORM)
        check_sums(plan)


def test_shares_of_both_sites_make_the_whole(platform: Platform, planted: Hospitals) -> None:
    totals = [
        investment_plan(
            platform, person(Role.CISO, Level.ESTABLISHMENT, site), Place(Level.ESTABLISHMENT, site), ALL
        ).total
        for site in (planted.valley, planted.hill)
    ]
    assert sum(totals) == 109_701


def test_a_region_is_told_by_legal_entity(platform: Platform, machine: Scope, planted: Hospitals) -> None:
    plan = investment_plan(platform, machine, PLATFORM, ALL)
    assert [row.name for row in plan.by_entity] == ["CH de la Colline", "CH de la Vallée", "CH du Lointain"]
    check_sums(plan)


def test_a_funding_of_a_line_wins_over_that_of_the_action(
    platform: Platform, machine: Scope, planted: Hospitals
) -> None:
    from care.store.actions import ActionCost

    action = plant_action(platform, [planted.hill], "Mixte", [(2026, 100)], funding="own")
    with platform.database.write() as session:
        session.add(ActionCost(action_id=action, year=2026, kind=CostKind.RUNNING, cents=50, funding="Région Bretagne"))
    plan = investment_plan(platform, machine, Place(Level.ESTABLISHMENT, planted.hill), ALL)
    assert table(plan.by_funding)["Région Bretagne"] == (50, 0)
    assert table(plan.by_funding)["Budget propre"] == (100, 0)
    mixed = next(row for row in plan.actions if row.title == "Mixte")
    assert mixed.fundings == ("Budget propre", "Région Bretagne")


class TestUnpriced:
    def test_what_has_no_cost_is_listed_and_never_zero(
        self, platform: Platform, machine: Scope, planted: Hospitals
    ) -> None:
        plant_action(platform, [planted.valley, planted.hill], "Segmenter le réseau", effort_days=12.0)
        plan = investment_plan(platform, machine, ght(planted), ALL)
        assert [(one.title, one.sites, one.effort_days) for one in plan.unpriced] == [
            ("Segmenter le réseau", ("Hôpital de la Colline", "Hôpital de la Vallée"), 12.0)
        ]
        assert "Segmenter le réseau" not in {action.title for action in plan.actions}

    def test_what_is_known_to_cost_nothing_is_priced(
        self, platform: Platform, machine: Scope, planted: Hospitals
    ) -> None:
        plant_action(platform, [planted.valley], "Changer un réglage", [(2026, 0)])
        plan = investment_plan(platform, machine, valley(planted), ALL)
        assert plan.unpriced == ()
        assert next(row for row in plan.actions if row.title == "Changer un réglage").row.total == 0

    def test_what_is_over_needs_no_price(self, platform: Platform, machine: Scope, planted: Hospitals) -> None:
        plant_action(platform, [planted.valley], "Fermée", state=ActionState.CLOSED)
        plant_action(platform, [planted.valley], "Abandonnée", state=ActionState.ABANDONED)
        assert investment_plan(platform, machine, valley(planted), ALL).unpriced == ()


class TestAbandoned:
    def test_an_abandoned_action_costs_nothing(self, platform: Platform, machine: Scope, planted: Hospitals) -> None:
        before = investment_plan(platform, machine, valley(planted), ALL).total
        plant_action(platform, [planted.valley], "Abandonnée", [(2026, 12_345)], state=ActionState.ABANDONED)
        assert investment_plan(platform, machine, valley(planted), ALL).total == before

    def test_the_others_share_the_part_of_a_site_that_gave_up(
        self, platform: Platform, machine: Scope, hospitals: Hospitals
    ) -> None:
        action = plant_action(platform, [hospitals.valley, hospitals.hill], "Partagée", [(2026, 1_000)])
        set_state(platform, action, hospitals.hill, ActionState.ABANDONED)
        assert investment_plan(platform, machine, valley(hospitals), ALL).total == 1_000
        hill = Place(Level.ESTABLISHMENT, hospitals.hill)
        assert investment_plan(platform, machine, hill, ALL).total == 0


class TestYears:
    def test_only_those_asked_for_and_the_rest_is_said(
        self, platform: Platform, machine: Scope, planted: Hospitals
    ) -> None:
        plan = investment_plan(platform, machine, ght(planted), Period(2027, 2027))
        assert (plan.years, plan.total, plan.outside_cents) == ((2027,), 4_000, 105_701)
        check_sums(plan)

    def test_in_any_order_and_not_too_many(self, platform: Platform, machine: Scope, planted: Hospitals) -> None:
        plan = investment_plan(platform, machine, ght(planted), Period(2060, 2020))
        assert plan.years == tuple(range(2020, 2020 + MOST_YEARS))
        assert (plan.total, plan.outside_cents) == (109_001, 700)

    def test_without_any_cost_three_years_to_fill(
        self, platform: Platform, machine: Scope, hospitals: Hospitals
    ) -> None:
        plan = investment_plan(platform, machine, valley(hospitals), ALL)
        assert (plan.years, plan.total, plan.actions) == ((2026, 2027, 2028), 0, ())


class TestRights:
    def test_a_stranger_finds_nothing(self, platform: Platform, planted: Hospitals) -> None:
        stranger = person(Role.CISO, Level.ESTABLISHMENT, planted.far)
        for place in (valley(planted), ght(planted), Place(Level.REGION, planted.region)):
            with pytest.raises(NotFound):
                investment_plan(platform, stranger, place, ALL)

    def test_a_visitor_is_told_no(self, platform: Platform, planted: Hospitals) -> None:
        with pytest.raises(Forbidden):
            investment_plan(platform, person(Role.VISITOR, Level.ESTABLISHMENT, planted.valley), valley(planted), ALL)

    def test_an_export_counts_only_where_exporting_is_allowed(self, platform: Platform, planted: Hospitals) -> None:
        grants = {
            Grant(Role.CISO, Place(Level.ESTABLISHMENT, planted.valley)),
            Grant(Role.FACILITATOR, Place(Level.ESTABLISHMENT, planted.hill)),
        }
        both = Scope("both", "fr", frozenset(grants))
        assert investment_plan(platform, both, ght(planted), ALL).total == 109_701
        assert investment_plan(platform, both, ght(planted), ALL, Right.EXPORT).total == 58_701
        with pytest.raises(Forbidden):
            investment_plan(platform, both, Place(Level.ESTABLISHMENT, planted.hill), ALL, Right.EXPORT)


def test_few_statements_whatever_the_size(platform: Platform, machine: Scope, planted: Hospitals) -> None:
    for rank in range(60):
        plant_action(platform, [planted.valley, planted.hill], f"Action {rank}", [(2026, 100), (2027, 50)][: rank % 3])
    with counted(platform.database) as statements:
        plan = investment_plan(platform, machine, ght(planted), ALL)
    assert len(plan.actions) == 43
    assert len(plan.unpriced) == 20
    assert len(statements) <= 9
