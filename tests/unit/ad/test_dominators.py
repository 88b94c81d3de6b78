"""Dominators and shortest ways against what removing nodes and walking says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ad.control_paths.dominators import ROOT, Dominators, dominators
from scanners.ad.control_paths.sparse import UNREACHED, nearest

Edges = list[tuple[int, int]]


def arrivals(edges: Edges, count: int, without: int = -1) -> dict[int, int]:
    """Steps from each node to the root, walking backwards, one node taken out."""
    steps, waiting = {ROOT: 0}, [ROOT]
    for here in waiting:
        for source, target in edges:
            if target == here and source not in steps and source != without:
                steps[source] = steps[here] + 1
                waiting.append(source)
    return steps


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges]:
    """Edges among a few nodes, of which only those that reach the root are kept."""
    count = draw(st.integers(1, 9))
    some = st.tuples(st.integers(1, max(1, count - 1)), st.integers(0, count - 1))
    edges = draw(st.lists(some, max_size=28)) if count > 1 else []
    kept = {old: new for new, old in enumerate(sorted(arrivals(edges, count)))}
    return len(kept), [(kept[one], kept[other]) for one, other in edges if one in kept and other in kept]


def made(count: int, edges: Edges) -> Dominators:
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return dominators(count, ends[:, 0], ends[:, 1])


@given(graphs())
def test_a_node_dominates_what_does_not_arrive_without_it(graph: tuple[int, Edges]) -> None:
    count, edges = graph
    tree = made(count, edges)
    for node in range(1, count):
        lost = set(range(count)) - set(arrivals(edges, count, without=node))
        assert set(tree.branch(node).tolist()) == lost
        assert set(np.flatnonzero(tree.within(np.arange(count), np.full(count, node))).tolist()) == lost
        assert tree.totals(np.ones(count, dtype=np.int64))[node] == len(lost)
    assert set(tree.branch(ROOT).tolist()) == set(range(count))


@given(graphs())
def test_distances_are_the_shortest(graph: tuple[int, Edges]) -> None:
    count, edges = graph
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    distance, via = nearest(count + 1, ends[:, 0], ends[:, 1], np.array([ROOT]))
    steps = arrivals(edges, count)
    assert distance.tolist() == [steps[node] for node in range(count)] + [UNREACHED]
    for node in range(1, count):
        source, target = edges[int(via[node])]
        assert (source, steps[target]) == (node, steps[node] - 1)


def test_a_long_chain_and_a_wide_fan() -> None:
    chain = [(node, node - 1) for node in range(1, 3000)]
    assert made(3000, chain).size[1] == 2999
    fan = [(node, target) for node in range(2, 3000) for target in (ROOT, 1)] + [(1, ROOT)]
    assert made(3000, fan).size[1] == 1


def test_a_node_that_does_not_arrive_is_refused() -> None:
    with pytest.raises(ValueError, match="does not reach"):
        made(3, [(1, 0)])
