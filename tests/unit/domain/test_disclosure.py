"""Attacks the tables that are published: whatever can be worked out by adding and subtracting speaks of nobody."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.domain.disclosure import DOMINANT, Cell, hidden_figures
from tests.support.attacks import Table, attacks


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
