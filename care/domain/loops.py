"""Loops of a graph given as lists of neighbours: strongly connected components, and the ties that close them. Pure.

Nodes are positions 0…n-1; `needs[one]` lists what `one` needs. Nothing here recurses: a chain may be thousands long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence

Neighbours = Sequence[Sequence[int]]

MOST_STARTS = 200
"""Nodes of one component from which a shortest loop is sought: beyond, the loop named may not be the shortest."""


def components(needs: Neighbours) -> list[list[int]]:
    """The strongly connected components, each after those it needs (Tarjan). O(V + E)."""
    search = _Tarjan(needs)
    for root in range(len(needs)):
        if search.order[root] < 0:
            search.walk(root)
    return search.found


def core(needs: Neighbours) -> list[list[int]]:
    """The same without the ties of nodes in no loop: those that, one after the other, need nothing. O(V + E)."""
    left = [len(one) for one in needs]
    dependents: list[list[int]] = [[] for _ in needs]
    for node, needed in enumerate(needs):
        for other in needed:
            dependents[other].append(node)
    free = [node for node, count in enumerate(left) if not count]
    for node in free:  # grows while it is read
        for other in dependents[node]:
            left[other] -= 1
            if not left[other]:
                free.append(other)
    return [[other for other in needed if left[other]] if left[node] else [] for node, needed in enumerate(needs)]


class _Tarjan:
    """One walk through the whole graph; `order` is when a node was met, `low` the earliest node it leads to."""

    def __init__(self, needs: Neighbours) -> None:
        self.needs = needs
        self.order = [-1] * len(needs)
        self.low = [0] * len(needs)
        self.open = [False] * len(needs)
        self.waiting: list[int] = []
        self.found: list[list[int]] = []
        self.met = 0

    def walk(self, root: int) -> None:
        """Visit what `root` leads to, with our own stack of (node, its needs left to see)."""
        path = [(root, self._meet(root))]
        low, order, opened = self.low, self.order, self.open
        while path:
            node, left = path[-1]
            for other in left:
                if order[other] < 0:
                    path.append((other, self._meet(other)))
                    break
                if opened[other] and order[other] < low[node]:
                    low[node] = order[other]
            else:
                path.pop()
                self._leave(node, path[-1][0] if path else node)

    def _meet(self, node: int) -> Iterator[int]:
        self.order[node] = self.low[node] = self.met
        self.met += 1
        self.open[node] = True
        self.waiting.append(node)
        return iter(self.needs[node])

    def _leave(self, node: int, above: int) -> None:
        self.low[above] = min(self.low[above], self.low[node])
        if self.low[node] < self.order[node]:
            return
        found = [self.waiting.pop()]
        while found[-1] != node:
            found.append(self.waiting.pop())
        for one in found:
            self.open[one] = False
        self.found.append(found)


def closing_ties(needs: Neighbours, component: Collection[int], first: int) -> list[tuple[int, int]]:
    """The ties (dependent, needed) that close a loop when `component` is walked from `first`, needs in their order.

    Without them the component has no loop left. O(ties of the component).
    """
    inside, closing = set(component), []
    begun, on_path = {first}, {first}
    path = [(first, iter(needs[first]))]
    while path:
        node, left = path[-1]
        for other in left:
            if other in on_path:
                closing.append((node, other))
            elif other in inside and other not in begun:
                begun.add(other)
                on_path.add(other)
                path.append((other, iter(needs[other])))
                break
        else:
            path.pop()
            on_path.discard(node)
    return closing


def shortest_path(needs: Neighbours, inside: Collection[int], start: int, end: int, most: int) -> list[int]:
    """The nodes of a shortest path of one tie at least from `start` to `end`, all `inside`; [] beyond `most` ties.

    From a node to itself, it is the shortest loop through it, the node at both ends.
    """
    before, queue = {start: start}, deque([(start, 1)])
    while queue:
        node, length = queue.popleft()
        if length > most:
            break
        if end in needs[node]:
            return [*_traced(before, start, node), end]
        for other in needs[node]:
            if other not in before and other in inside:
                before[other] = node
                queue.append((other, length + 1))
    return []


def _traced(before: dict[int, int], start: int, end: int) -> list[int]:
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]


def short_loop(needs: Neighbours, component: Collection[int]) -> list[int]:
    """A shortest loop of a component, its first node not repeated; a node that needs itself is a loop of one."""
    members, best = set(component), list[int]()
    for start in sorted(component)[:MOST_STARTS]:
        most = len(best) - 1 if best else len(members)
        path = shortest_path(needs, members, start, start, most)
        best = path[:-1] or best
        if len(best) == 1:
            break
    return best
