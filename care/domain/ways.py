"""The shortest way from one node to another along dependencies: names a cycle at the moment it is made. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence


def shortest_way(needs: Mapping[int, Sequence[int]], start: int, goal: int) -> tuple[int, ...]:
    """The nodes from `start` to `goal`, both included, through what each needs; empty when there is no way."""
    came_from = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == goal:
            return _walked(came_from, start, goal)
        for there in needs.get(here, ()):
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    return ()


def _walked(came_from: Mapping[int, int], start: int, goal: int) -> tuple[int, ...]:
    way = [goal]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
