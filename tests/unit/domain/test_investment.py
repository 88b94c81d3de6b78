"""Money: amounts as people type them, costs shared to the cent, sums that agree whatever the axis."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.actions import CostKind
from care.domain.funding import FUNDINGS, MOST_CHARACTERS, OBJECTIVES, funding_name
from care.domain.investment import AMBIGUOUS, MOST_CENTS, AmountError, Cost, parts, read_amount, split, sums

RUNNING, INVESTMENT = CostKind.RUNNING, CostKind.INVESTMENT


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12 500,50", 1_250_050), ("12\u202f500,50 €", 1_250_050), ("12\u00a0500,5", 1_250_050),
        ("12500.50", 1_250_050),
        ("12.500,50", 1_250_050), ("12,500.50", 1_250_050), ("1.200.000", 120_000_000), ("1,200,000", 120_000_000),
        ("12'500", 1_250_000), ("0", 0), ("0,5", 50), ("0,05", 5), ("00012", 1_200), ("7", 700), ("7,", 700),
        ("12 k€", 1_200_000), ("12,5 k€", 1_250_000), ("12,125k", 1_212_500), ("1,5 M€", 150_000_000),
        ("300 euros", 30_000), ("300 EUR", 30_000), (" 1 234 567,89 ", 123_456_789), ("10 000 000 000", MOST_CENTS),
        ("1,234,567.8", 123_456_780),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_type_them(typed: str, cents: int) -> None:
    assert read_amount(typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["", " ", "€", "douze", "-5", "+5", "12,345,6", "1,23,456", "12..5", ",5", "12,5005", "1e5", "=1+1", "12%", "١٢",
     "²", "12 500,50,3", "1.2.3", "10 000 000 000,01", "9" * 5_000, "12 500 k€ €", "NaN", "0,001", "1,50.000,2"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(AmountError) as caught:
        read_amount(typed)
    assert caught.value.text.fr
    assert caught.value.text.en


@pytest.mark.parametrize("typed", ["12,500", "12.500", "999,999", "1.000"])
def test_nothing_is_guessed(typed: str) -> None:
    with pytest.raises(AmountError) as caught:
        read_amount(typed)
    assert caught.value.text == AMBIGUOUS


@given(st.integers(0, MOST_CENTS))
def test_any_amount_written_the_french_way_comes_back(cents: int) -> None:
    grouped = f"{cents // 100:,}".replace(",", "\u202f")
    assert read_amount(f"{grouped},{cents % 100:02} €") == cents


@pytest.mark.parametrize(
    ("cents", "weights", "expected"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (100, [1], (100,)),
        (100, [3, 1], (75, 25)),
        (1, [1, 1], (1, 0)),
        (0, [1, 2], (0, 0)),
        (100, [0, 0], (50, 50)),
        (101, [0, 0], (51, 50)),
        (100, [0, 1], (0, 100)),
        (10, [6, 3, 2], (5, 3, 2)),  # 5.45, 2.73, 1.82: the two cents left go to .82 and .73
    ],
)
def test_a_cost_is_shared_to_the_cent(cents: int, weights: list[int], expected: tuple[int, ...]) -> None:
    assert split(cents, weights) == expected


@pytest.mark.parametrize("weights", [[], [-1, 2]])
def test_a_cost_without_a_bearer_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="at least one site"):
        split(100, weights)


WEIGHTS = st.lists(st.integers(0, 1_000), min_size=1, max_size=40)


@given(st.integers(0, MOST_CENTS), WEIGHTS)
def test_the_parts_make_the_whole_and_stay_within_a_cent(cents: int, weights: list[int]) -> None:
    shared = split(cents, weights)
    total = sum(weights)
    assert sum(shared) == cents
    assert shared == split(cents, weights)
    for part, weight in zip(shared, weights, strict=True):
        exact = Fraction(cents * weight, total) if total else Fraction(cents, len(weights))
        assert abs(part - exact) < 1


@given(st.integers(0, MOST_CENTS), WEIGHTS)
def test_who_weighs_more_never_pays_less(cents: int, weights: list[int]) -> None:
    shared = split(cents, weights)
    ranked = sorted(zip(weights, shared, strict=True))
    assert all(less <= more for (_, less), (_, more) in pairwise(ranked))


COSTS = st.lists(
    st.builds(
        Cost,
        action_id=st.integers(1, 5),
        year=st.integers(2025, 2028),
        kind=st.sampled_from(CostKind),
        funding=st.sampled_from(["", "own", "care-d2:O3.C", "Région"]),
        cents=st.integers(0, 10**9),
        shares=st.dictionaries(st.integers(1, 9), st.integers(0, 5), min_size=1, max_size=6),
    ),
    max_size=20,
)


@given(COSTS)
def test_every_axis_gives_the_same_total(costs: list[Cost]) -> None:
    shared = parts(costs)
    total = sum(cost.cents for cost in costs)
    for by in (
        sums(shared, lambda part: part.year),
        sums(shared, lambda part: part.establishment_id),
        sums(shared, lambda part: part.funding),
        sums(shared, lambda part: part.kind),
        sums(shared, lambda part: (part.year, part.establishment_id, part.funding, part.kind)),
    ):
        assert sum(by.values()) == total


@given(COSTS)
def test_the_order_of_sites_changes_nothing(costs: list[Cost]) -> None:
    turned = [
        Cost(cost.action_id, cost.year, cost.kind, cost.funding, cost.cents, dict(reversed(list(cost.shares.items()))))
        for cost in costs
    ]
    assert parts(turned) == parts(costs)


def test_sums_by_several_axes() -> None:
    costs = [
        Cost(1, 2026, INVESTMENT, "own", 100, {1: 1, 2: 1, 3: 1}),
        Cost(1, 2027, RUNNING, "own", 50, {1: 1}),
        Cost(2, 2026, INVESTMENT, "care-d2:O4", 30, {2: 1}),
    ]
    assert sums(parts(costs), lambda part: (part.year, part.establishment_id)) == {
        (2026, 1): 34, (2026, 2): 63, (2026, 3): 33, (2027, 1): 50,
    }  # fmt: skip


class TestFunding:
    def test_the_two_languages_name_everything_in_the_room_there_is(self) -> None:
        assert all(text.fr and text.en and len(value) <= MOST_CHARACTERS for value, text in FUNDINGS.items())

    def test_only_what_a_source_names_is_offered(self) -> None:
        assert {value for value in OBJECTIVES if value.startswith("care-d1")} == {"care-d1:O2.B"}
        assert len([value for value in OBJECTIVES if value.startswith("care-d2:O")]) == 11
        assert not [value for value in FUNDINGS if ":P" in value]

    def test_names(self) -> None:
        assert funding_name("own", "en") == "Own budget"
        assert funding_name("care-d2:O4", "fr").startswith("CaRE D2.O4")
        assert funding_name("Fonds du conseil régional", "en") == "Fonds du conseil régional"
        assert funding_name("", "fr") == "Financement non précisé"
