"""Attacks the tables that are published: whatever can be worked out by adding and subtracting speaks of nobody."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.domain.disclosure import DOMINANT, Cell, hidden_breakdowns, hidden_figures
from tests.support.attacks import Table, all_keys, attacks, small_joint_groups


def everybody(asked: int) -> Cell:
    """A group in which all answered and weigh the same."""
    return Cell(asked, asked, asked)


def test_a_large_table_is_shown_whole() -> None:
    assert hidden_figures({(1, "CH"): everybody(6), (1, "HAD"): everybody(5), (2, "CH"): everybody(30)}) == frozenset()


def test_a_small_group_takes_a_second_figure_with_it_in_each_line() -> None:
    hidden = hidden_figures({
        (1, "CH"): everybody(3), (1, "HAD"): everybody(9), (1, "SSR"): everybody(20),
        (2, "CH"): everybody(8), (2, "HAD"): everybody(7), (2, "SSR"): everybody(30),
    })  # fmt: skip
    assert hidden == {(1, "CH"), (1, "HAD"), (2, "CH"), (2, "HAD")}


def test_groups_of_nobody_are_shown() -> None:
    assert hidden_figures({(1, "CH"): everybody(6), (2, "CH"): Cell(0, 0, 0)}) == frozenset()


def test_a_region_whose_every_group_is_small_may_still_show_its_total() -> None:
    small = {(1, "CH"): everybody(3), (1, "HAD"): everybody(3)}
    hidden = hidden_figures({**small, (2, "CH"): everybody(40), (2, "HAD"): everybody(40)})
    assert {key for key in hidden if key[0] == 1} == set(small)
    assert not [key for key in hidden if None in key]


def test_few_answers_of_many_asked_are_few() -> None:
    assert (1, "CH") in hidden_figures({(1, "CH"): Cell(30, 4, 4), (1, "HAD"): everybody(50), (2, "CH"): everybody(50)})
    assert (1, "CH") in hidden_figures({(1, "CH"): Cell(30, 9, 4), (1, "HAD"): everybody(50), (2, "CH"): everybody(50)})
    assert (1, "CH") not in hidden_figures({(1, "CH"): Cell(30, 0, 0), (1, "HAD"): everybody(50)})


def test_a_figure_that_leaves_out_a_few_is_hidden() -> None:
    """Beside the figure of all, it would tell of those few."""
    table = {(1, "CH"): Cell(20, 20, 20, others=3), (1, "HAD"): Cell(20, 20, 20, others=9)}
    assert (1, "CH") in hidden_figures(table)


@pytest.mark.parametrize(("largest", "is_hidden"), [(DOMINANT * 100, False), (DOMINANT * 100 + 1, True)])
def test_a_figure_that_one_establishment_makes_is_hidden(largest: float, is_hidden: bool) -> None:
    one = Cell(9, 9, 9, weight=100, largest=largest)
    assert ((1, "CH") in hidden_figures({(1, "CH"): one, (1, "HAD"): Cell(9, 9, 9, 900, 90)})) is is_hidden


def group(asked: int, silent: int, others: int, largest: int) -> Cell:
    """A group whose largest establishment makes `largest` of its figure and the others `others` together."""
    answered = max(0, asked - silent)
    return Cell(asked, answered, answered // 2 * 2, weight=others + largest, largest=largest)


GROUPS = st.builds(group, st.integers(0, 9), st.integers(0, 5), st.integers(0, 20), st.integers(0, 30))
TABLES = st.dictionaries(
    st.tuples(st.integers(1, 5), st.sampled_from(["CH", "HAD", "SSR", "EHPAD", "CLCC"])),
    GROUPS,
    min_size=1,
    max_size=20,
)


@settings(max_examples=400, deadline=None)
@given(TABLES)
def test_nothing_small_can_be_worked_out(table: Table) -> None:
    assert list(attacks(table, hidden_figures(table))) == []


LEVELS = st.dictionaries(
    st.tuples(st.integers(1, 4), st.sampled_from(["CH", "HAD", "SSR", "EHPAD"])),
    st.tuples(*[st.one_of(st.just(0), st.integers(0, 12))] * 3),
    min_size=1,
    max_size=16,
)


@settings(max_examples=200, deadline=None)
@given(LEVELS)
def test_no_level_of_a_few_can_be_worked_out(table: Mapping[tuple[int, str], tuple[int, ...]]) -> None:
    hidden = hidden_figures({key: everybody(sum(counts)) for key, counts in table.items()})
    kept = hidden_breakdowns(table, hidden)
    assert hidden <= kept
    for rank in range(3):  # all are known to be there, nobody knows at which level
        cells = {key: Cell(100, counts[rank], counts[rank]) for key, counts in table.items() if sum(counts)}
        assert list(attacks(cells, kept)) == []


def test_levels_that_are_all_large_are_told_and_a_small_one_takes_another_with_it() -> None:
    large = {(region, "CH"): (8, 9, 0) for region in (1, 2, 3)}
    assert hidden_breakdowns(large, ()) == frozenset()
    kept = hidden_breakdowns({**large, (4, "CH"): (8, 2, 0)}, ())
    assert (4, "CH") in kept
    assert (4, None) in kept
    assert kept & {(None, None), (None, "CH"), (1, "CH")}, "the nation minus the others would tell of the two"


SOME = st.tuples(st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from(["CH", "HAD", "SSR"])), SOME, min_size=1))
def test_a_figure_of_some_beside_that_of_all_tells_of_nobody(table: Mapping[tuple[int, str], tuple[int, int]]) -> None:
    some = {key: everybody(mine) for key, (mine, _left_out) in table.items()}
    others = {key: everybody(left_out) for key, (_mine, left_out) in table.items()}
    hidden = hidden_figures({key: everybody(sum(counts)) for key, counts in table.items()})
    beside = {key: Cell(mine, mine, mine, others=rest) for key, (mine, rest) in table.items()}
    hidden_of_some = hidden_figures(beside, hidden)
    every = all_keys(sorted(table))
    shown = [key for key in every if key not in hidden]
    shown_of_some = [key for key in every if key not in hidden_of_some]
    assert small_joint_groups(some, others, shown, shown_of_some) == []


def test_who_alone_answers_outside_the_figure_of_some_is_not_told() -> None:
    """Ten others are asked, one of them answered: both figures side by side would tell its answer."""
    one = Cell(20, 20, 20, others=10, others_answered=1, others_measured=1)
    assert hidden_figures({(1, "CH"): one}) >= {(1, "CH")}
    assert hidden_figures({(1, "CH"): Cell(20, 20, 20, others=10, others_answered=6, others_measured=6)}) == frozenset()


def test_what_is_hidden_does_not_move_with_the_answers() -> None:
    """Were the smallest number of answers to choose, the month after would tell what this one hides."""
    months = [
        {
            (1, "CH"): Cell(3, 3, 3),
            (1, "HAD"): Cell(9, had, had),
            (1, "SSR"): Cell(10, ssr, ssr),
            (2, "CH"): everybody(9),
        }
        for had, ssr in ((9, 8), (8, 10))
    ]
    first, second = map(hidden_figures, months)
    assert first == second


def test_the_attack_finds_what_is_only_hidden_by_itself() -> None:
    """The attack is worth its name: without secondary suppression it finds the figure at once."""
    table = {(1, "CH"): everybody(3), (1, "HAD"): everybody(9), (2, "CH"): everybody(8), (2, "HAD"): everybody(7)}
    assert [(1, "CH")] in list(attacks(table, frozenset({(1, "CH")})))


@pytest.mark.parametrize("seed", range(6))
def test_a_nation_of_eighteen_regions_resists(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same tables every time
    sizes = {name: chance.choice([1, 2, 6, 15, 40]) for name in ["CHU", "CH", "HAD", "SSR", "EHPAD", "CLCC", "dialyse"]}
    table = {
        (region, name): Cell(asked, asked - silent, asked - silent)
        for region in range(1, 19)
        for name, size in sizes.items()
        if (asked := chance.randint(0, size)) and (silent := chance.randint(0, asked // 3)) >= 0
    }
    hidden = hidden_figures(table)
    assert list(attacks(table, hidden, at_once=2)) == []
    assert (None, None) not in hidden
