"""Dominators of a graph that runs to one root: what every way from a node to the root must pass.

A tree of real ways is lowered, all nodes at once, until each node hangs below the nearest node that all its edges have
in common above them; what is above a node in that last tree is what no way of its own avoids. Each round keeps two
things true: what dominates a node stays above it, and what is above a node only grows less. So the rounds end, on the
dominators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scanners.ad.columns import Ints, Mask
from scanners.ad.control_paths.sparse import grouped, nearest, ranges

ROOT = 0


@dataclass(frozen=True)
class Dominators:
    """The tree of dominators: `above` its edges (the root is above itself), `first` the place of each node when the
    tree is read from its root down, `size` how many nodes each branch has, itself included."""

    above: Ints
    first: Ints
    size: Ints

    def within(self, nodes: Ints, branches: Ints) -> Mask:
        """Which of these nodes are in these branches, pair by pair."""
        begin = self.first[branches]
        inside: Mask = (self.first[nodes] >= begin) & (self.first[nodes] < begin + self.size[branches])
        return inside

    def totals(self, weights: Ints) -> Ints:
        """The sum of the weights of each branch."""
        sums = np.zeros(len(weights) + 1, dtype=np.int64)
        np.cumsum(weights[np.argsort(self.first)], out=sums[1:])
        branches: Ints = sums[self.first + self.size] - sums[self.first]
        return branches

    def branch(self, node: int) -> Ints:
        """The nodes of one branch."""
        begin = int(self.first[node])
        return np.argsort(self.first)[begin : begin + int(self.size[node])]


def dominators(node_count: int, source: Ints, target: Ints) -> Dominators:
    """Dominators of nodes that all reach `ROOT` by edges from source to target; the root has no edge of its own."""
    above = _some_tree(node_count, source, target)
    order, start = grouped(source, node_count)
    many = np.flatnonzero(np.diff(start) > 1)
    ends = target[order[ranges(start[many], start[many + 1])]]
    opening = np.cumsum(np.diff(start)[many]) - np.diff(start)[many]
    while True:
        depth = _depths(above)
        first, size = _numbered(above, depth)
        if not len(many):
            return Dominators(above, first, size)
        places, by_place = first[ends], np.argsort(first)
        low = by_place[np.minimum.reduceat(places, opening)]
        high = by_place[np.maximum.reduceat(places, opening)]
        met = _meeting(above, depth, _meeting(above, depth, low, high), above[many])
        if (met == above[many]).all():
            return Dominators(above, first, size)
        above[many] = met


def _some_tree(node_count: int, source: Ints, target: Ints) -> Ints:
    """The shortest way of each node to the root, one step of it."""
    _, via = nearest(node_count, source, target, np.array([ROOT]))
    if (via[1:] < 0).any():
        raise ValueError("a node does not reach the root")
    above = np.zeros(node_count, dtype=np.int64)
    above[1:] = target[via[1:]]
    return above


def _depths(above: Ints) -> Ints:
    """How far each node is below the root, by leaps that double."""
    depth: Ints = (np.arange(len(above)) != ROOT).astype(np.int64)
    leap = above
    while leap.any():
        depth = depth + depth[leap]
        leap = leap[leap]
    return depth


def _numbered(above: Ints, depth: Ints) -> tuple[Ints, Ints]:
    """The place of each node from the root down, and the size of its branch."""
    order, start = grouped(depth, int(depth.max()) + 1)
    levels = [order[start[level] : start[level + 1]] for level in range(1, len(start) - 1)]
    size = np.ones(len(above), dtype=np.int64)
    for nodes in reversed(levels):
        size += np.bincount(above[nodes], weights=size[nodes], minlength=len(above)).astype(np.int64)
    first = np.zeros(len(above), dtype=np.int64)
    for nodes in levels:
        beside = nodes[np.argsort(above[nodes], kind="stable")]
        before = np.concatenate([[0], np.cumsum(size[beside])[:-1]])
        parents = above[beside]
        opening = np.flatnonzero(np.concatenate([[True], parents[1:] != parents[:-1]]))
        offset = np.repeat(before[opening], np.diff(np.append(opening, len(beside))))
        first[beside] = first[parents] + 1 + before - offset
    return first, size


def _meeting(above: Ints, depth: Ints, one: Ints, other: Ints) -> Ints:
    """The lowest node above (or at) both, pair by pair."""
    one, other = one.copy(), other.copy()
    apart = np.flatnonzero(one != other)
    while len(apart):
        here, there = one[apart], other[apart]
        climbs, waits = depth[here] >= depth[there], depth[there] >= depth[here]
        one[apart] = np.where(climbs, above[here], here)
        other[apart] = np.where(waits, above[there], there)
        apart = apart[one[apart] != other[apart]]
    return one
