"""Cost lines of an action: typed, shared, versioned; who sees the whole and who sees a part."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.actions import ActionState, CostKind
from care.services import costs
from care.services.action_view import open_action
from care.services.costs import CostDraft, action_costs, add_cost, change_cost, remove_cost, share_costs
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.investment import Period, investment_plan
from care.services.platform import Platform
from care.store.actions import Action, ActionCost, ActionEvent
from care.store.trail import TrailEvent
from tests.support.costs import plant_action, set_state
from tests.support.people import Hospitals, person

BASTION = CostDraft("2026", "investment", "12 500,50", "Bastion", "care-d2:O3.A")


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def group_ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.GHT, hospitals.ght)


@pytest.fixture
def alone(platform: Platform, hospitals: Hospitals) -> int:
    """An action of the valley."""
    return plant_action(platform, [hospitals.valley], "Bastion", funding="own")


@pytest.fixture
def shared(platform: Platform, hospitals: Hospitals) -> int:
    """An action of both hospitals of the group."""
    return plant_action(platform, {hospitals.valley: 2, hospitals.hill: 1}, "Bastion du GHT")


@pytest.mark.both_databases
def test_a_line_is_added_changed_and_removed(platform: Platform, hospitals: Hospitals, alone: int) -> None:
    who = ciso(hospitals)
    assert not action_costs(platform, who, alone).priced
    line_id = add_cost(platform, who, alone, 1, BASTION)
    found = action_costs(platform, who, alone)
    assert (found.version, found.cents, found.editable, found.priced) == (2, 1_250_050, True, True)
    (line,) = found.lines
    assert (line.year, line.kind, line.label, line.whole_cents) == (2026, CostKind.INVESTMENT, "Bastion", 1_250_050)
    assert line.funding_name.startswith("CaRE D2.O3.A")
    change_cost(platform, who, line_id, 2, CostDraft("2027", "running", "1 k€"))
    (line,) = action_costs(platform, who, alone).lines
    assert (line.year, line.kind, line.cents, line.funding_name, line.own_funding) == (
        2027, CostKind.RUNNING, 100_000, "Budget propre", "",
    )  # fmt: skip
    remove_cost(platform, who, line_id, 3)
    assert action_costs(platform, who, alone).lines == ()
    with platform.database.read() as session:
        action = session.get(Action, alone)
        assert action is not None
        assert (action.version, action.changed_by) == (4, who.actor)
        events = session.scalars(select(ActionEvent).where(ActionEvent.action_id == alone)).all()
        assert [list(event.detail["fields"]) for event in events] == [["costs"]] * 3
        assert events[1].detail["fields"]["costs"] == [
            "2026 investment 12500.50 EUR care-d2:O3.A (Bastion)", "2027 running 1000.00 EUR",
        ]  # fmt: skip
        actions = [row.action for row in session.scalars(select(TrailEvent).order_by(TrailEvent.number))][-3:]
        assert actions == ["action.cost_added", "action.cost_changed", "action.cost_removed"]


def test_the_history_of_the_action_tells_it(platform: Platform, hospitals: Hospitals, alone: int) -> None:
    add_cost(platform, ciso(hospitals), alone, 1, BASTION)
    assert open_action(platform, ciso(hospitals), alone).events[-1].text == "Modifiée : coûts"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (CostDraft("26", "investment", "1"), "year"),
        (CostDraft("1999", "investment", "1"), "year"),
        (CostDraft("２０２６", "investment", "1"), "year"),
        (CostDraft("", "investment", "1"), "year"),
        (CostDraft("2026", "gift", "1"), "kind"),
        (CostDraft("2026", "investment", "-1"), "amount"),
        (CostDraft("2026", "investment", "12,500"), "amount"),
        (CostDraft("2026", "investment", ""), "amount"),
        (CostDraft("2026", "investment", "1", label="x" * 201), "label"),
        (CostDraft("2026", "investment", "1", label="a\u202eb"), "label"),
        (CostDraft("2026", "investment", "1", funding="x" * 101), "funding"),
    ],
)
def test_a_faulty_line_is_refused_field_by_field(
    platform: Platform, hospitals: Hospitals, alone: int, draft: CostDraft, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        add_cost(platform, ciso(hospitals), alone, 1, draft)
    assert set(caught.value.fields) == {field}
    assert action_costs(platform, ciso(hospitals), alone).version == 1


def test_every_fault_is_said_at_once(platform: Platform, hospitals: Hospitals, alone: int) -> None:
    with pytest.raises(Invalid) as caught:
        add_cost(platform, ciso(hospitals), alone, 1, CostDraft("", "", "", "x" * 300, "y" * 300))
    assert set(caught.value.fields) == {"year", "kind", "amount", "label", "funding"}


@pytest.mark.both_databases
def test_two_people_at_once_the_second_is_told_who_and_what(
    platform: Platform, hospitals: Hospitals, alone: int
) -> None:
    line_id = add_cost(platform, group_ciso(hospitals), alone, 1, BASTION)
    for write in (
        lambda: add_cost(platform, ciso(hospitals), alone, 1, BASTION),
        lambda: change_cost(platform, ciso(hospitals), line_id, 1, BASTION),
        lambda: remove_cost(platform, ciso(hospitals), line_id, 1),
        lambda: share_costs(platform, ciso(hospitals), alone, 1, {hospitals.valley: 5}),
    ):
        with pytest.raises(Refused) as caught:
            write()
        assert "ciso-ght a modifié les coûts" in caught.value.text.fr
    assert len(action_costs(platform, ciso(hospitals), alone).lines) == 1


def test_saving_the_same_thing_changes_nothing(platform: Platform, hospitals: Hospitals, alone: int) -> None:
    line_id = add_cost(platform, ciso(hospitals), alone, 1, BASTION)
    change_cost(platform, ciso(hospitals), line_id, 2, BASTION)
    share_costs(platform, ciso(hospitals), alone, 2, {hospitals.valley: 1})
    assert action_costs(platform, ciso(hospitals), alone).version == 2


class TestShared:
    @pytest.mark.both_databases
    def test_one_cost_is_split_by_share(self, platform: Platform, hospitals: Hospitals, shared: int) -> None:
        add_cost(platform, group_ciso(hospitals), shared, 1, CostDraft("2026", "investment", "100"))
        found = action_costs(platform, group_ciso(hospitals), shared)
        assert {share.name: share.cents for share in found.shares} == {
            "Hôpital de la Colline": 3_333, "Hôpital de la Vallée": 6_667,
        }  # fmt: skip
        share_costs(platform, group_ciso(hospitals), shared, 2, {hospitals.valley: 0, hospitals.hill: 4})
        again = action_costs(platform, group_ciso(hospitals), shared)
        assert [share.cents for share in again.shares] == [10_000, 0]
        assert again.version == 3

    def test_the_ciso_of_one_site_sees_its_part_and_changes_nothing(
        self, platform: Platform, hospitals: Hospitals, shared: int
    ) -> None:
        line_id = add_cost(platform, group_ciso(hospitals), shared, 1, CostDraft("2026", "investment", "100"))
        found = action_costs(platform, ciso(hospitals), shared)
        assert (found.cents, found.others, found.editable) == (6_667, 1, False)
        assert (found.lines[0].cents, found.lines[0].whole_cents) == (6_667, None)
        assert [share.name for share in found.shares] == ["Hôpital de la Vallée"]
        for write in (
            lambda: add_cost(platform, ciso(hospitals), shared, 2, BASTION),
            lambda: change_cost(platform, ciso(hospitals), line_id, 2, BASTION),
            lambda: remove_cost(platform, ciso(hospitals), line_id, 2),
            lambda: share_costs(platform, ciso(hospitals), shared, 2, {hospitals.valley: 0, hospitals.hill: 1}),
        ):
            with pytest.raises(Forbidden, match="every establishment"):
                write()

    def test_the_page_and_the_plan_agree_to_the_cent(
        self, platform: Platform, hospitals: Hospitals, shared: int
    ) -> None:
        who = group_ciso(hospitals)
        for version, amount in enumerate(("100", "0,01", "33,34", "7"), start=1):
            add_cost(platform, who, shared, version, CostDraft("2026", "investment", amount))
        plan = investment_plan(platform, who, Place(Level.GHT, hospitals.ght), Period())
        shares = {share.name: share.cents for share in action_costs(platform, who, shared).shares}
        assert {row.name: row.total for row in plan.by_entity} == shares

    def test_a_site_that_gave_up_bears_nothing(self, platform: Platform, hospitals: Hospitals, shared: int) -> None:
        add_cost(platform, group_ciso(hospitals), shared, 1, CostDraft("2026", "investment", "100"))
        set_state(platform, shared, hospitals.valley, ActionState.ABANDONED)
        found = action_costs(platform, group_ciso(hospitals), shared)
        assert [(share.cents, share.gave_up) for share in found.shares] == [(10_000, False), (0, True)]
        set_state(platform, shared, hospitals.hill, ActionState.ABANDONED)
        assert action_costs(platform, group_ciso(hospitals), shared).cents == 0

    @pytest.mark.parametrize("shares", [{}, {1: 1}, {1: -1, 2: 1}, {1: 0, 2: 0}, {1: 1, 2: 1, 3: 1}, {1: 10**7, 2: 1}])
    def test_senseless_shares_are_refused(
        self, platform: Platform, hospitals: Hospitals, shared: int, shares: dict[int, int]
    ) -> None:
        known = {1: hospitals.valley, 2: hospitals.hill, 3: hospitals.far}
        with pytest.raises(Invalid) as caught:
            share_costs(platform, group_ciso(hospitals), shared, 1, {known[key]: one for key, one in shares.items()})
        assert set(caught.value.fields) == {"share"}


class TestRights:
    def test_a_stranger_finds_nothing(self, platform: Platform, hospitals: Hospitals, alone: int) -> None:
        line_id = add_cost(platform, ciso(hospitals), alone, 1, BASTION)
        stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
        for use in (
            lambda: action_costs(platform, stranger, alone),
            lambda: add_cost(platform, stranger, alone, 2, BASTION),
            lambda: change_cost(platform, stranger, line_id, 2, BASTION),
            lambda: remove_cost(platform, stranger, line_id, 2),
            lambda: share_costs(platform, stranger, alone, 2, {hospitals.valley: 1}),
            lambda: action_costs(platform, ciso(hospitals), 999_999),
            lambda: remove_cost(platform, ciso(hospitals), 999_999, 1),
        ):
            with pytest.raises(NotFound):
                use()

    def test_a_director_reads_and_changes_nothing(self, platform: Platform, hospitals: Hospitals, alone: int) -> None:
        director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
        assert not action_costs(platform, director, alone).editable
        with pytest.raises(Forbidden):
            add_cost(platform, director, alone, 1, BASTION)


def test_an_action_has_a_bounded_number_of_lines(
    platform: Platform, hospitals: Hospitals, alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "MOST_LINES", 1)
    add_cost(platform, ciso(hospitals), alone, 1, BASTION)
    with pytest.raises(Refused, match="cost lines at most"):
        add_cost(platform, ciso(hospitals), alone, 2, BASTION)
    with platform.database.read() as session:
        assert len(session.scalars(select(ActionCost)).all()) == 1
