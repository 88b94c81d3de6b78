"""What may be published of a table of figures without telling of anybody: region by category, with its totals. Pure.

A figure is hidden when it speaks of too few establishments, or when one of them makes nearly all of it (*primary*).
Whoever subtracts what is shown from a total would find it again: more figures are hidden until nobody can
(*secondary*).

Every line of the table (a region, a category, the totals of either) says that its parts add up to its total. Seen as a
network, lines are nodes and figures are edges along which numbers flow: at each node as much comes in as goes out. The
groups that can be worked out of hidden figures are then those that flow across a cut of the network, all the same way.
A cut that lets through too few is found by looking for the largest flow beside a hidden figure, and closed by hiding
one of the figures shown across it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from care.domain.regional import FEWEST

DOMINANT = 0.85
"""The share of a figure above which the one establishment that makes it could be told. Our choice, after the usage of
public statistics on enterprises; to be checked."""

Key = tuple[int | None, str | None]
"""A figure of the table: a region and a category, None for all of them."""
_Line = tuple[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of establishments: how many are asked, how many answered, and how many of these had something to measure;
    what their answers add up to, and the largest part of it (both zero where every establishment weighs the same).

    `others`, `others_answered`, `others_measured`: of a figure that asks only some of those whom another figure asks,
    the same counts of whom it leaves out, which subtracting it tells; zero where there is no such other figure.
    """

    asked: int
    answered: int
    measured: int
    weight: float = 0.0
    largest: float = 0.0
    others: int = 0
    others_answered: int = 0
    others_measured: int = 0

    def __add__(self, other: Cell) -> Cell:
        """Both groups together, which have no establishment in common."""
        return Cell(
            self.asked + other.asked,
            self.answered + other.answered,
            self.measured + other.measured,
            self.weight + other.weight,
            max(self.largest, other.largest),
            self.others + other.others,
            self.others_answered + other.others_answered,
            self.others_measured + other.others_measured,
        )

    @property
    def needs(self) -> Mapping[Amount, float]:
        """How much a group with it in must come to before it may be known; empty when it may be known itself."""
        found = {amount: float(FEWEST) for amount in _COUNTS if 0 < amount(self) < FEWEST}
        if self.largest > DOMINANT * self.weight:
            found[_WEIGHT] = self.largest / DOMINANT
        return found


Amount = Callable[[Cell], float]
_COUNTS: tuple[Amount, ...] = tuple(
    attrgetter(name) for name in ("asked", "answered", "measured", "others", "others_answered", "others_measured")
)
_WEIGHT: Amount = attrgetter("weight")
_NOBODY = Cell(0, 0, 0)


def hidden_figures(inside: Mapping[tuple[int, str], Cell], already: Collection[Key] = ()) -> frozenset[Key]:
    """The figures that may not be shown, of the groups of each region and category and of all their totals. `already`:
    those that are hidden in any case."""
    cells = _with_totals(inside)
    network = _Network()
    for key in sorted({*already, *(key for key, cell in cells.items() if cell.needs)}, key=str):
        network.add(key)
    for key in tuple(network.edges):
        # What is hidden besides widens every cut: a figure that is safe stays so.
        for amount, least in cells.get(key, _NOBODY).needs.items():
            while (more := _one_more(cells, network, key, amount, least)) is not None:
                network.add(more)
    return frozenset(network.edges)


def hidden_breakdowns(inside: Mapping[tuple[int, str], Sequence[int]], hidden: Collection[Key]) -> frozenset[Key]:
    """Of which figures the establishments by level may not be told: of those that are hidden themselves, and of those
    where a level has too few, or that would give such a level of another away. `inside`: the establishments of each
    group by level, as many numbers for each."""
    found = frozenset(hidden)
    for rank in range(max((len(one) for one in inside.values()), default=0)):
        found = hidden_figures({key: Cell(*(counts[rank],) * 3) for key, counts in inside.items()}, found)
    return found


def _with_totals(inside: Mapping[tuple[int, str], Cell]) -> Mapping[Key, Cell]:
    """The groups with their totals; those of nobody are left out: they tell of nobody."""
    found: dict[Key, Cell] = defaultdict(lambda: _NOBODY)
    for (region, category), cell in inside.items():
        if cell.asked or cell.answered:
            for key in ((region, category), (region, None), (None, category), (None, None)):
                found[key] += cell
    return dict(found)


def _one_more(cells: Mapping[Key, Cell], network: _Network, key: Key, amount: Amount, least: float) -> Key | None:
    """A figure to hide besides; None once nobody can work out a group with `key` in it that comes to less than
    `least`. A cell is hidden rather than a total, and a small one rather than a large one."""
    side = network.narrow_side([amount(cells.get(one, _NOBODY)) for one in network.edges], key, least)
    if side is None:
        return None
    shown = [one for one in cells if one not in network.edges and (_from(one) in side) != (_to(one) in side)]
    # By those asked, who are the same from one month to the next and from one indicator to another: were the choice to
    # move with the answers, what one month hides would be read in the next.
    return min(shown, key=lambda one: (None in one, cells[one].asked, str(one)))


class _Network:
    """The hidden figures as edges between lines; both are numbered as they come."""

    def __init__(self) -> None:
        self.edges: dict[Key, int] = {}
        self._lines: dict[_Line, int] = {}
        self._near: list[list[tuple[int, int, bool]]] = []

    def add(self, key: Key) -> None:
        """Hide one more figure."""
        start, goal, edge = self._line(_from(key)), self._line(_to(key)), len(self.edges)
        self.edges[key] = edge
        self._near[start].append((goal, edge, True))
        self._near[goal].append((start, edge, False))

    def _line(self, line: _Line) -> int:
        if line not in self._lines:
            self._lines[line] = len(self._lines)
            self._near.append([])
        return self._lines[line]

    def narrow_side(self, left: list[float], key: Key, least: float) -> Collection[_Line] | None:
        """The lines on one side of a cut across `key` that lets less than `least` out and nothing in; None when there
        is no such cut. `left`: how much each edge lets through."""
        start, goal, out = self._lines[_from(key)], self._lines[_to(key)], 0.0
        while out < least:
            came = self._ways(left, start, goal)
            if goal not in came:
                return {line for line, number in self._lines.items() if number in came}
            out += _pushed(left, _path(came, goal), least)
        return None

    def _ways(self, left: Sequence[float], start: int, goal: int) -> Mapping[int, _Step | None]:
        """The lines that can be reached, up to `goal`, and by which step: along edges with something left, or against
        any edge."""
        came: dict[int, _Step | None] = {start: None}
        ahead = [start]
        for here in ahead:
            for line, edge, along in self._near[here]:
                if line not in came and (not along or left[edge] > 0):
                    came[line] = (here, edge, along)
                    if line == goal:
                        return came
                    ahead.append(line)
        return came


_Step = tuple[int, int, bool]
"""From which line, by which edge, and whether along it."""


def _path(came: Mapping[int, _Step | None], goal: int) -> Iterator[tuple[int, bool]]:
    """The edges that led to a line, from there back."""
    step = came[goal]
    while step is not None:
        before, edge, along = step
        yield edge, along
        step = came[before]


def _pushed(left: list[float], path: Iterable[tuple[int, bool]], most: float) -> float:
    """Send as much as goes along a path; how much it was."""
    steps = tuple(path)
    amount = min((left[edge] for edge, along in steps if along), default=most)
    for edge, along in steps:
        left[edge] += -amount if along else amount
    return amount


def _from(key: Key) -> _Line:
    """The line that a figure flows out of: a region gives to its categories, which give to the totals, and these give
    back to the regions."""
    return _ends(key)[0]


def _to(key: Key) -> _Line:
    return _ends(key)[1]


def _ends(key: Key) -> tuple[_Line, _Line]:
    region, category = key
    ends: tuple[_Line, _Line] = (("region", region), ("category", category))
    return ends if (region is None) == (category is None) else (ends[1], ends[0])
