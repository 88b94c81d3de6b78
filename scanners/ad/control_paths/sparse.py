"""Compressed sparse graphs in numpy: edges grouped by one of their ends, and the search of shortest ways."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad.columns import Ints

UNREACHED: Final = -1

Numbers = NDArray[np.int32]
"""Numbers of nodes or edges kept for long: half the memory."""


def grouped(ends: Ints | Numbers, node_count: int) -> tuple[Numbers, Ints]:
    """Edge numbers sorted by one of their ends, and where those of each node begin."""
    start = np.zeros(node_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=node_count), out=start[1:])
    return np.argsort(ends, kind="stable").astype(np.int32), start


def ranges(starts: Ints, ends: Ints) -> Ints:
    """All the numbers of several ranges, one after the other."""
    lengths = ends - starts
    total = int(lengths.sum())
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) if total else starts[:0]
    return offsets + np.arange(total)


def nearest(node_count: int, source: Ints, target: Ints, goals: Ints) -> tuple[Ints, Ints]:
    """For each node its distance to the nearest goal, in edges, and the first edge of its way there."""
    order, start = grouped(target, node_count)
    distance = np.full(node_count, UNREACHED, dtype=np.int64)
    via = np.full(node_count, UNREACHED, dtype=np.int64)
    distance[goals] = 0
    frontier, step = goals, 0
    while len(frontier):
        step += 1
        edges = order[ranges(start[frontier], start[frontier + 1])]
        edges = edges[distance[source[edges]] == UNREACHED]
        frontier, first = np.unique(source[edges], return_index=True)
        distance[frontier] = step
        via[frontier] = edges[first]
    return distance, via
