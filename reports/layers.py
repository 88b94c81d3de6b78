"""A layered picture of a dependency graph as SVG, for pages and documents alike: what depends stands at the left, what
it needs at the right.

Layers by longest path once loops are opened; ties to one node that cross several layers share one line; order within
layers by barycentres, the one with fewest crossings kept; heights by least squares. Colour, shape and words say the
same thing. Painted with presentation attributes, and classes that a page may paint for dark screens. Same input, same
bytes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from reports.charts import Chart
from reports.layers_svg import LEGEND, Placed, Stroke, Words, drawn, height_of
from reports.plain import one_line
from reports.words import COLON, SEMICOLON, Lang

MOST_BOXES = 120
"""More cannot be read: the caller chooses a neighbourhood (60 are comfortable)."""
_SWEEPS = 16
_PASSES = 24
_GAP = 18.0
_LINE_GAP = 9.0
_LINE = 4.0
_ASIDE = 13.0


class Family(StrEnum):
    """What a box is, which gives its shape."""

    ACTIVITY = "activity"
    APPLICATION = "application"
    INFRASTRUCTURE = "infrastructure"
    SUPPLIER = "supplier"
    PREMISES = "premises"
    PEOPLE = "people"


class State(StrEnum):
    """How a box stands, which gives its colour; its note says it in words."""

    NORMAL = "normal"
    LOST = "lost"
    STOPPED = "stopped"
    DEGRADED = "degraded"
    HAMPERED = "hampered"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Box:
    """One node. `kind` says what it is in words, `note` how it stands (nothing when as usual)."""

    key: int
    name: str
    family: Family
    kind: str
    state: State = State.NORMAL
    note: str = ""


class Style(StrEnum):
    """What a tie is: without which nothing, one of several, a help; or one that closes a loop."""

    ESSENTIAL = "essential"
    SPARE = "spare"
    USEFUL = "useful"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Tie:
    """`dependent` needs `needed` (keys). `strong` ties stand out: those along which an outage spreads."""

    dependent: int
    needed: int
    style: Style = Style.ESSENTIAL
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What a picture calls its columns (node, nature, ties, state) and its lines (each `Style`, and `strong`)."""

    header: tuple[str, str, str, str]
    lines: Mapping[str, str]


def layered(title: str, boxes: Sequence[Box], ties: Iterable[Tie], lang: Lang, wording: Wording | None = None) -> Chart:
    """The picture, and the same as a table. Ties of unknown keys and of a node to itself are not drawn.

    It speaks of dependencies unless it is given other words.
    ValueError with more boxes than can be read, or none.
    """
    if not 0 < len(boxes) <= MOST_BOXES:
        raise ValueError(f"{len(boxes)} boxes: between 1 and {MOST_BOXES} can be drawn")
    place = {box.key: rank for rank, box in enumerate(boxes)}
    kept = [tie for tie in ties if tie.dependent in place and tie.needed in place and tie.dependent != tie.needed]
    layout = _Layout(
        [height_of(box.name, box.kind, box.note) for box in boxes],
        [(place[tie.dependent], place[tie.needed], tie.style, tie.strong) for tie in kept],
    )
    usual, rows = _table(boxes, kept, lang)
    header = wording.header if wording else usual
    description = SEMICOLON[lang].join(f"{row[0]}{COLON[lang]}{row[2] or '–'}" for row in rows)
    placed = [
        Placed(layout.layer[rank], layout.y[rank], box.name, box.kind, box.note, box.family, box.state)
        for rank, box in enumerate(boxes)
    ]
    lines = wording.lines if wording else LEGEND[lang]
    picture = drawn(title, description, placed, layout.strokes(), Words(lang, lines))
    return Chart(picture, title, description, header, rows)


def _table(
    boxes: Sequence[Box], ties: Sequence[Tie], lang: Lang
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    names = {box.key: one_line(box.name, lang, 120) for box in boxes}
    header = ("Élément", "Nature", "A besoin de", "État") if lang == "fr" else ("Item", "Nature", "Needs", "State")
    needs: dict[int, list[str]] = {}
    for tie in ties:
        needs.setdefault(tie.dependent, []).append(names[tie.needed])
    rows = ((names[box.key], box.kind, ", ".join(needs.get(box.key, [])), box.note) for box in boxes)
    return header, tuple(rows)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A piece of a line between two neighbouring layers, from one spot to another."""

    left: int
    right: int
    style: str
    strong: bool
    backward: bool


@dataclass
class _Layout:
    """Where everything stands. Spots are boxes first, then the points where long lines cross a layer."""

    heights: list[float]
    ties: list[tuple[int, int, Style, bool]]
    layer: list[int] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    segments: list[_Segment] = field(default_factory=list)
    layers: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.boxes = len(self.heights)
        loops = self._closing()
        forward = [
            (needed, one, Style.LOOP, strong) if (one, needed) in loops else (one, needed, style, strong)
            for one, needed, style, strong in self.ties
        ]
        self.layer = self._layered(forward)
        self._draw_lines(forward)
        self._fill_layers()
        self._order()
        self._level()

    # -- loops and layers ----------------------------------------------------------------------------------------

    def _closing(self) -> set[tuple[int, int]]:
        """The ties that close a loop on a walk from those nobody needs."""
        needs: list[list[int]] = [[] for _ in range(self.boxes)]
        needed = set()
        for one, other, _style, _strong in self.ties:
            needs[one].append(other)
            needed.add(other)
        closing: set[tuple[int, int]] = set()
        begun: set[int] = set()
        for root in sorted(range(self.boxes), key=lambda one: (one in needed, one)):
            if root not in begun:
                _walk(needs, root, begun, closing)
        return closing

    def _layered(self, forward: Sequence[tuple[int, int, Style, bool]]) -> list[int]:
        """The longest way from what nobody needs; then those roots come next to what they need."""
        after: list[list[int]] = [[] for _ in range(self.boxes)]
        before = [0] * self.boxes
        for one, other, _style, _strong in forward:
            after[one].append(other)
            before[other] += 1
        layer, free = [0] * self.boxes, [one for one in range(self.boxes) if not before[one]]
        roots = list(free)
        while free:
            one = free.pop()
            for other in after[one]:
                layer[other] = max(layer[other], layer[one] + 1)
                before[other] -= 1
                if not before[other]:
                    free.append(other)
        for one in roots:
            layer[one] = max(0, min((layer[other] for other in after[one]), default=1) - 1)
        return layer

    # -- lines ---------------------------------------------------------------------------------------------------

    def _draw_lines(self, forward: Sequence[tuple[int, int, Style, bool]]) -> None:
        """Cut long lines at each layer; those that end at one box the same way share their points."""
        points: dict[tuple[object, ...], int] = {}
        found: dict[tuple[int, int, str, bool], bool] = {}
        for one, other, style, strong in forward:
            backward = style is Style.LOOP
            last = one
            for layer in range(self.layer[one] + 1, self.layer[other]):
                key = (one if backward else None, other, style, layer)
                if key not in points:
                    points[key] = len(self.layer)
                    self.layer.append(layer)
                    self.heights.append(_LINE)
                found[last, points[key], style, backward] = (
                    found.get((last, points[key], style, backward), False) or strong
                )
                last = points[key]
            found[last, other, style, backward] = found.get((last, other, style, backward), False) or strong
        self.segments = [
            _Segment(left, right, style, strong, back) for (left, right, style, back), strong in found.items()
        ]

    def _fill_layers(self) -> None:
        self.layers = [[] for _ in range(max(self.layer) + 1)]
        for spot, layer in enumerate(self.layer):
            self.layers[layer].append(spot)
        self.lefts: list[list[int]] = [[] for _ in self.layer]
        self.rights: list[list[int]] = [[] for _ in self.layer]
        for segment in self.segments:
            self.lefts[segment.right].append(segment.left)
            self.rights[segment.left].append(segment.right)

    # -- order within layers -------------------------------------------------------------------------------------

    def _order(self) -> None:
        """Sweep to and fro by barycentres; keep the order with fewest crossings."""
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(_SWEEPS):
            rightward = sweep % 2 == 0
            numbers = range(1, len(self.layers)) if rightward else range(len(self.layers) - 2, -1, -1)
            for number in numbers:
                self._sort(number, self.lefts if rightward else self.rights, number - 1 if rightward else number + 1)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _sort(self, number: int, sides: Sequence[Sequence[int]], beside: int) -> None:
        rank = {spot: float(place) for place, spot in enumerate(self.layers[beside])}
        own = {spot: float(place) for place, spot in enumerate(self.layers[number])}
        middle = {
            spot: sum(rank[other] for other in sides[spot]) / len(sides[spot]) if sides[spot] else own[spot]
            for spot in self.layers[number]
        }
        self.layers[number].sort(key=lambda spot: (middle[spot], own[spot]))

    def _crossings(self) -> int:
        rank = {spot: place for layer in self.layers for place, spot in enumerate(layer)}
        gaps: dict[int, list[tuple[int, int]]] = {}
        for segment in self.segments:
            gaps.setdefault(self.layer[segment.left], []).append((rank[segment.left], rank[segment.right]))
        return sum(_inversions(sorted(pairs)) for pairs in gaps.values())

    # -- heights -------------------------------------------------------------------------------------------------

    def _level(self) -> None:
        """Bring each spot level with those it is tied to, as far as order and room allow."""
        self.y = [0.0] * len(self.layer)
        for layer in self.layers:
            self._stack(layer, [0.0] * len(layer))
        for turn in range(_PASSES):
            layers = self.layers if turn % 2 else self.layers[::-1]
            sides = (self.lefts, self.rights, None)[turn % 3 if turn < _PASSES - 3 else 2]
            for layer in layers:
                self._stack(layer, [self._wanted(spot, sides) for spot in layer])
        top = min(self.y[spot] - self.heights[spot] / 2 for spot in range(len(self.layer)))
        self.y = [y - top for y in self.y]

    def _wanted(self, spot: int, sides: Sequence[Sequence[int]] | None) -> float:
        beside = sides[spot] if sides else [*self.lefts[spot], *self.rights[spot]]
        return sum(self.y[other] for other in beside) / len(beside) if beside else self.y[spot]

    def _stack(self, layer: Sequence[int], wanted: Sequence[float]) -> None:
        """The heights nearest to those wanted that keep order and room (least squares)."""
        room = [0.0]
        for above, below in pairwise(layer):
            gap = _GAP if above < self.boxes and below < self.boxes else _LINE_GAP
            room.append(room[-1] + (self.heights[above] + self.heights[below]) / 2 + gap)
        settled = _isotonic([one - taken for one, taken in zip(wanted, room, strict=True)])
        for spot, one, taken in zip(layer, settled, room, strict=True):
            self.y[spot] = one + taken

    def strokes(self) -> list[Stroke]:
        """What to draw of lines: pieces between layers, and straight ones across a layer."""
        found = [
            Stroke(
                self.layer[one.left],
                self.y[one.left] + self._aside(one, one.left),
                self.y[one.right] + self._aside(one, one.right),
                one.style,
                one.strong,
                one.right < self.boxes and not one.backward,
                one.left < self.boxes and one.backward,
            )
            for one in self.segments
        ]
        through = {one.right: one for one in self.segments if one.right >= self.boxes}
        strong = {one.right for one in self.segments if one.strong}
        return found + [
            Stroke(self.layer[spot], self.y[spot], None, one.style, spot in strong, False, False)
            for spot, one in through.items()
        ]

    def _aside(self, segment: _Segment, spot: int) -> float:
        """How far from the middle of a box a line ends: those that close a loop keep clear of the tie they answer."""
        return _ASIDE if segment.backward and spot < self.boxes else 0.0


def _walk(needs: Sequence[Sequence[int]], root: int, begun: set[int], closing: set[tuple[int, int]]) -> None:
    begun.add(root)
    on_path, path = {root}, [(root, iter(needs[root]))]
    while path:
        node, left = path[-1]
        for other in left:
            if other in on_path:
                closing.add((node, other))
            elif other not in begun:
                begun.add(other)
                on_path.add(other)
                path.append((other, iter(needs[other])))
                break
        else:
            path.pop()
            on_path.discard(node)


def _inversions(pairs: Sequence[tuple[int, int]]) -> int:
    """How many pairs cross: lines sorted by their left end, met again by their right end."""
    seen: list[int] = []
    crossings = 0
    for _left, right in pairs:
        crossings += len(seen) - bisect_right(seen, right)
        insort(seen, right)
    return crossings


def _isotonic(wanted: Sequence[float]) -> list[float]:
    """The growing numbers nearest to those wanted, by least squares (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for one in wanted:
        total, count = one, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, many = blocks.pop()
            total, count = total + before, count + many
        blocks.append((total, count))
    return [total / count for total, count in blocks for _ in range(count)]
