"""Loops of a graph: components, what closes them, a shortest witness."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from care.domain.loops import closing_ties, components, short_loop, shortest_path

Needs = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Needs:
    size = draw(st.integers(1, 9))
    return [draw(st.lists(st.integers(0, size - 1), max_size=4, unique=True)) for _ in range(size)]


def reached(needs: Needs, start: int) -> set[int]:
    found, left = set(needs[start]), list(needs[start])
    while left:
        for other in needs[left.pop()]:
            if other not in found:
                found.add(other)
                left.append(other)
    return found


@given(graphs())
def test_a_component_holds_what_leads_to_one_another_and_comes_after_what_it_needs(needs: Needs) -> None:
    found = components(needs)
    assert sorted(one for component in found for one in component) == list(range(len(needs)))
    rank = {one: number for number, component in enumerate(found) for one in component}
    for one in range(len(needs)):
        for other in range(len(needs)):
            together = one == other or (other in reached(needs, one) and one in reached(needs, other))
            assert (rank[one] == rank[other]) == together
        assert all(rank[other] <= rank[one] for other in needs[one])


@given(graphs())
def test_without_its_closing_ties_a_component_has_no_loop(needs: Needs) -> None:
    for component in components(needs):
        closing = set(closing_ties(needs, component, component[0]))
        kept = [[other for other in needs[one] if (one, other) not in closing] for one in range(len(needs))]
        assert all(one not in reached(kept, one) for one in component if len(component) > 1)
        assert all(other in needs[one] and one in reached(needs, other) | {other} for one, other in closing)


@given(graphs())
def test_the_witness_is_a_shortest_loop(needs: Needs) -> None:
    for component in components(needs):
        loop = short_loop(needs, component)
        if len(component) == 1 and component[0] not in needs[component[0]]:
            assert loop == []
            continue
        assert set(loop) <= set(component)
        assert all(after in needs[one] for one, after in zip(loop, loop[1:] + loop[:1], strict=True))
        every = [shortest_path(needs, range(len(needs)), one, one, 99) for one in component]
        assert len(loop) == min(len(path) - 1 for path in every if path)


def test_a_chain_of_thousands_needs_no_recursion() -> None:
    size = 5_000
    ring = [[(one + 1) % size] for one in range(size)]
    assert len(components(ring)) == 1
    assert len(closing_ties(ring, range(size), 0)) == 1
    assert components([[one + 1] if one + 1 < size else [] for one in range(size)])[0] == [size - 1]
