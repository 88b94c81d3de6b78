"""Maps of the regions and of the establishments of one, as SVG, for pages and documents alike.

The shapes come with the package (`geography/regions-fr.json`, Natural Earth, public domain). They were drawn in a
conformal conic projection (parallels 44° and 49°, meridian 3° E) for the mainland and Corsica, and in a Mercator of
its own for each overseas region; both were found again from the coordinates of the source, to a tenth of a unit
(`tests/unit/reports/test_maps.py` checks known cities). Colour never speaks alone: figures are printed, spots differ by
their form, and every map comes with its table.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count
from xml.etree import ElementTree as ET

from reports.charts import Chart
from reports.words import COLON, SEMICOLON, Lang, counted

Point = tuple[float, float]

_INK = "#1b2733"
_ON_LIGHT, _ON_DARK = "#0e1f24", "#ffffff"
"""Ink on a painted region: not the ink of pages, which turns light in the dark."""
STEPS = ("#dcefee", "#a9d6d3", "#63aeae", "#2b7f83", "#0b5a60")
"""From the lowest fifth to the highest; the first three carry dark words, the others white ones (4.5 at least)."""
_FIRST_DARK = 3
_NO_FIGURE = "#c4cacd"
_AROUND_IT = "#e9edee"
"""The neighbours of a region: pages darken them in the dark."""
_EDGE = "#6b7d83"
_FONT = "Inter, system-ui, sans-serif"
_WIDTH, _HEIGHT = 690, 550
_NUMBER = re.compile(r"-?\d+\.?\d*")


@dataclass(frozen=True, slots=True)
class _Inset:
    """A Mercator: `scale` units a degree of longitude, then where degree 0 falls on both axes."""

    scale: float
    left: float
    top: float


_INSETS: Mapping[str, _Inset] = {
    "01": _Inset(86.1466, 5339.6993, 1463.8492),
    "02": _Inset(143.836, 8828.0558, 2290.203),
    "03": _Inset(19.1963, 1070.9345, 346.4555),
    "04": _Inset(112.2451, -6183.402, -2044.8704),
    "06": _Inset(200.3616, -8998.2716, -2098.568),
}
"""By INSEE code of the region."""
_NARROW = "94"
"""Corsica: its words stand beside it."""
_MERIDIAN, _PARALLELS = 3.0, (44.0, 49.0)
_SCALE, _LEFT, _TOP = 5777.8245, 403.9041, -2705.5116


@dataclass(frozen=True, slots=True)
class Shape:
    """A region as it is drawn: INSEE code, name, path, box (left, top, right, bottom), and where words go."""

    code: str
    name: str
    path: str
    box: tuple[float, float, float, float]
    middle: Point


@dataclass(frozen=True, slots=True)
class RegionFigure:
    """A region of the map: `share` (0 to 1) gives the colour, `text` is printed on it, `cells` follow its name in the
    table. No share: no figure, or one that may not be told, and `text` is empty. `address`: where it leads."""

    code: str
    name: str
    share: float | None
    text: str
    cells: tuple[str, ...]
    address: str = ""


@dataclass(frozen=True, slots=True)
class SpotKind:
    """What a form means: one of `FORMS`, with its colour and its words."""

    form: str
    colour: str
    label: str


FORMS = ("square", "diamond", "triangle", "wedge", "disc", "ring", "cross")
"""In the order in which a legend names them."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An establishment on the map of its region. Where it is not known, the middle of its department holds its place,
    else that of the region. `cells` follow its name in the table."""

    name: str
    kind: SpotKind
    cells: tuple[str, ...]
    longitude: float | None = None
    latitude: float | None = None
    department: str = ""
    address: str = ""


@cache
def shapes() -> Mapping[str, Shape]:
    """The 18 regions by INSEE code."""
    read = json.loads(files("reports").joinpath("geography/regions-fr.json").read_text("utf-8"))["regions"]
    return {code: _shape(code, one["nom"].replace("'", "’"), one["d"]) for code, one in sorted(read.items())}


@cache
def _departments() -> Mapping[str, Point]:
    read = json.loads(files("reports").joinpath("geography/departments-fr.json").read_text("utf-8"))["centres"]
    return {code: (longitude, latitude) for code, (longitude, latitude) in read.items()}


def _shape(code: str, name: str, path: str) -> Shape:
    rings = [_points(part) for part in path.split("M") if part]
    every = [point for ring in rings for point in ring]
    xs, ys = [x for x, _ in every], [y for _, y in every]
    return Shape(code, name, path, (min(xs), min(ys), max(xs), max(ys)), max(map(_middle, rings))[1])


def _points(ring: str) -> list[Point]:
    numbers = [float(one) for one in _NUMBER.findall(ring)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _middle(ring: Sequence[Point]) -> tuple[float, Point]:
    """The area of a closed ring and its centre of gravity."""
    crosses = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    area = sum(cross for _, _, cross in crosses) / 2
    x = sum((a[0] + b[0]) * cross for a, b, cross in crosses) / (6 * area)
    y = sum((a[1] + b[1]) * cross for a, b, cross in crosses) / (6 * area)
    return abs(area), (x, y)


def project(code: str, longitude: float, latitude: float) -> Point:
    """Where a place of the region `code` falls in the drawing of the 18 regions; degrees, WGS 84."""
    inset = _INSETS.get(code)
    if inset is not None:
        high = math.degrees(math.asinh(math.tan(math.radians(latitude))))
        return inset.left + inset.scale * longitude, inset.top - inset.scale * high
    cone = _cone()
    far = _from_pole(latitude) ** -cone
    angle = cone * math.radians(longitude - _MERIDIAN)
    return _LEFT + _SCALE * far * math.sin(angle), _TOP + _SCALE * far * math.cos(angle)


@cache
def _cone() -> float:
    low, high = _PARALLELS
    return math.log(math.cos(math.radians(low)) / math.cos(math.radians(high))) / math.log(
        _from_pole(high) / _from_pole(low)
    )


def _from_pole(latitude: float) -> float:
    return math.tan(math.pi / 4 + math.radians(latitude) / 2)


def region_map(
    title: str, header: Sequence[str], figures: Iterable[RegionFigure], legend: Sequence[str], lang: Lang
) -> Chart:
    """The 18 regions, each painted by its share; `legend` names the five steps, lowest first.

    A region that `figures` leaves out is drawn without a figure and has no line in the table.
    """
    given = {one.code: one for one in figures}
    rows = tuple((one.name, *one.cells) for one in given.values())
    description = _description(rows, header, lang)
    root = _root(title, description, (_WIDTH, _HEIGHT), linked=any(one.address for one in given.values()))
    for code, shape in shapes().items():
        _draw_region(root, shape, given.get(code), lang)
    _draw_steps(root, legend, lang)
    return Chart(ET.tostring(root, encoding="unicode"), title, description, tuple(header), rows)


def _description(rows: Sequence[Sequence[str]], header: Sequence[str], lang: Lang) -> str:
    def told(cells: Sequence[str]) -> str:
        if len(cells) == 1:
            return cells[0]
        return ", ".join(f"{name.lower()} {cell}" for name, cell in zip(header[1:], cells, strict=True) if cell)

    return SEMICOLON[lang].join(f"{row[0]}{COLON[lang]}{told(row[1:])}" for row in rows)


def _root(title: str, description: str, size: tuple[float, float], *, linked: bool) -> ET.Element:
    """The picture, named; a group when it holds links, which an image may not."""
    name = "map-" + hashlib.sha256(f"{title}{description}".encode()).hexdigest()[:12]
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {size[0]:g} {size[1]:g}",
        "role": "group" if linked else "img",
        "aria-labelledby": f"{name}-title",
        "aria-describedby": f"{name}-desc",
        "font-family": _FONT,
        "font-size": "13",
        "fill": _INK,
    }
    root = ET.Element("svg", attributes)
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = description
    return root


def _draw_region(root: ET.Element, shape: Shape, figure: RegionFigure | None, lang: Lang) -> None:
    text = (figure.text if figure else "") or "–"
    parent = _linked(root, figure.address, f"{shape.name}{COLON[lang]}{text}") if figure else root
    step = step_of(figure.share) if figure and figure.share is not None else None
    colour = _NO_FIGURE if step is None else STEPS[step]
    path = {"d": shape.path, "fill": colour, "stroke": _EDGE, "fill-rule": "evenodd"}
    ET.SubElement(ET.SubElement(parent, "path", path), "title").text = shape.name
    if shape.code in _INSETS:
        _write(parent, (4, shape.box[3] + 17), f"{shape.name}{COLON[lang]}{text}", {"class": "inset-name"})
    elif shape.code == _NARROW:
        _write(parent, (shape.box[0] - 6, shape.middle[1] + 5), text, {"text-anchor": "end", "font-weight": "600"})
    else:
        ink = _ON_DARK if step is not None and step >= _FIRST_DARK else _ON_LIGHT
        place = (shape.middle[0], shape.middle[1] + 5)
        _write(parent, place, text, {"text-anchor": "middle", "fill": ink, "font-weight": "600"})


def step_of(share: float) -> int:
    """Which of the five steps a share between 0 and 1 belongs to."""
    return min(len(STEPS) - 1, max(0, int(share * len(STEPS))))


def _linked(parent: ET.Element, address: str, label: str) -> ET.Element:
    return ET.SubElement(parent, "a", {"href": address, "aria-label": label}) if address else parent


def _write(parent: ET.Element, place: Point, text: str, more: Mapping[str, str]) -> None:
    where = {"x": f"{place[0]:.1f}", "y": f"{place[1]:.1f}"}
    ET.SubElement(parent, "text", where | {"fill": _INK} | dict(more)).text = text


def _draw_steps(root: ET.Element, legend: Sequence[str], lang: Lang) -> None:
    missing = "sans chiffre" if lang == "fr" else "no figure"
    for rank, (colour, words) in enumerate((*zip(STEPS, legend, strict=True), (_NO_FIGURE, missing))):
        y = 262 + 26 * rank
        box = {"x": "108", "y": f"{y}", "width": "20", "height": "16", "fill": colour, "stroke": _EDGE}
        ET.SubElement(root, "rect", box)
        _write(root, (134, y + 13), words, {"class": "legend"})


def place_map(title: str, code: str, header: Sequence[str], spots: Sequence[Spot], lang: Lang) -> Chart:
    """The region `code` and its establishments. Spots that would hide one another are set apart, side by side.

    The description says how many stand where they are, and how many at the middle of their department or of the region.
    """
    view = _View.of(shapes()[code])
    rows = tuple((one.name, *one.cells) for one in spots)
    kinds = sorted(dict.fromkeys(one.kind for one in spots), key=lambda one: FORMS.index(one.form))
    description = _where_they_stand(view, spots, kinds, lang)
    height = view.height + 16 + 26 * (len(kinds) + 1)
    root = _root(title, description, (_WIDTH, height), linked=any(one.address for one in spots))
    _draw_ground(root, view)
    _draw_spots(root, view, spots, lang)
    _draw_kinds(root, view.height + 16, kinds, lang)
    return Chart(ET.tostring(root, encoding="unicode"), title, description, tuple(header), rows)


@dataclass(frozen=True, slots=True)
class _View:
    """What of the drawing is shown: a region and what is around it, `zoom` times larger."""

    shape: Shape
    left: float
    top: float
    zoom: float
    height: float

    @classmethod
    def of(cls, shape: Shape) -> _View:
        left, top, right, bottom = shape.box
        wide, high = right - left, bottom - top
        zoom = min((_WIDTH - 40) / wide, 560 / high)
        return cls(shape, left - (_WIDTH / zoom - wide) / 2, top - 20 / zoom, zoom, high * zoom + 40)

    def at(self, point: Point) -> Point:
        """A point of the drawing in this view."""
        return (point[0] - self.left) * self.zoom, (point[1] - self.top) * self.zoom

    def stands(self, spot: Spot) -> tuple[str, Point]:
        """How well the place of a spot is known (`exact`, `department`, `region`), and where it is drawn."""
        code = self.shape.code
        if spot.longitude is not None and spot.latitude is not None and abs(spot.latitude) < 85:
            point = project(code, spot.longitude, spot.latitude)
            if self._inside(point):
                return "exact", self.at(point)
        centre = _departments().get(spot.department)
        if centre is not None and self._inside(project(code, *centre)):
            return "department", self.at(project(code, *centre))
        return "region", self.at(self.shape.middle)

    def _inside(self, point: Point) -> bool:
        """Whether a point lies in the box of the region, give or take a little: else its coordinates are wrong."""
        left, top, right, bottom = self.shape.box
        give = 8 / self.zoom
        return left - give <= point[0] <= right + give and top - give <= point[1] <= bottom + give


def _where_they_stand(view: _View, spots: Sequence[Spot], kinds: Sequence[SpotKind], lang: Lang) -> str:
    exact = [view.stands(one)[0] for one in spots].count("exact")
    by_kind = [(kind.label, sum(one.kind == kind for one in spots)) for kind in kinds]
    told = SEMICOLON[lang].join(f"{label}{COLON[lang]}{count}" for label, count in by_kind)
    if lang == "fr":
        where = counted(exact, "établissement à sa place", "établissements à leur place", lang)
        where += f", {len(spots) - exact} au centre de leur département ou de la région."
    else:
        where = counted(exact, "establishment where it is", "establishments where they are", lang)
        where += f", {len(spots) - exact} at the centre of their department or of the region."
    return f"{told}. {where}" if told else where


def _draw_ground(root: ET.Element, view: _View) -> None:
    """The region, and its neighbours in pale."""
    clip = {"x": "0", "y": "0", "width": f"{_WIDTH}", "height": f"{view.height:.1f}", "overflow": "hidden"}
    frame = ET.SubElement(root, "svg", clip)
    place = f"scale({view.zoom:.4f}) translate({-view.left:.2f} {-view.top:.2f})"
    ground = ET.SubElement(frame, "g", {"transform": place, "stroke": _EDGE, "stroke-width": f"{1 / view.zoom:.3f}"})
    inset = view.shape.code in _INSETS
    for shape in shapes().values():
        if shape is view.shape or not (inset or shape.code in _INSETS):
            own = shape is view.shape
            ET.SubElement(
                ground, "path", {"d": shape.path, "fill": STEPS[0] if own else _AROUND_IT, "fill-rule": "evenodd"}
            )


def _draw_spots(root: ET.Element, view: _View, spots: Sequence[Spot], lang: Lang) -> None:
    size = 8.0 if len(spots) <= 60 else 6.0 if len(spots) <= 200 else 4.5
    taken: list[Point] = []
    for spot in spots:
        known, wanted = view.stands(spot)
        place = next(one for one in _around(wanted, 1.2 * size) if _free(one, taken, 2.1 * size))
        taken.append(place)
        parent = _linked(root, spot.address, f"{spot.name}{COLON[lang]}{spot.kind.label}")
        drawn = ET.SubElement(parent, "g", _marked(spot.kind, approximate=known != "exact"))
        ET.SubElement(drawn, "title").text = spot.name
        _draw_form(drawn, spot.kind.form, place, size)


def _around(first: Point, step: float) -> Iterator[Point]:
    """Places around the first, nearest first: seeds of a sunflower."""
    for rank in count():
        far, angle = step * math.sqrt(rank), rank * math.pi * (3 - math.sqrt(5))
        yield first[0] + far * math.cos(angle), first[1] + far * math.sin(angle)


def _free(place: Point, taken: Sequence[Point], apart: float) -> bool:
    return all(math.dist(place, other) >= apart for other in taken)


def _marked(kind: SpotKind, *, approximate: bool) -> dict[str, str]:
    hollow = kind.form in ("ring", "cross")
    edge = _ON_LIGHT if approximate else "#ffffff"
    paint = {"fill": "#ffffff" if hollow else kind.colour, "stroke": kind.colour if hollow else edge}
    dashes = {"stroke-dasharray": "3 2"} if approximate else {}
    return paint | {"stroke-width": "2.5" if hollow else "1.5"} | dashes


def _draw_form(parent: ET.Element, form: str, centre: Point, size: float) -> None:
    x, y = centre
    if form in ("disc", "ring"):
        ET.SubElement(parent, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{size - (form == 'ring'):.1f}"})
        return
    outlines = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
        "triangle": ((0, -1.1), (1.1, 0.9), (-1.1, 0.9)),
        "wedge": ((-1.1, -0.9), (1.1, -0.9), (0, 1.1)),
        "cross": ((-1, -1), (0, -0.35), (1, -1), (0.35, 0), (1, 1), (0, 0.35), (-1, 1), (-0.35, 0)),
    }
    corners = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in outlines[form])
    ET.SubElement(parent, "polygon", {"points": corners})


def _draw_kinds(root: ET.Element, top: float, kinds: Sequence[SpotKind], lang: Lang) -> None:
    for rank, kind in enumerate(kinds):
        y = top + 26 * rank
        _draw_form(ET.SubElement(root, "g", _marked(kind, approximate=False)), kind.form, (16, y), 8)
        _write(root, (32, y + 5), kind.label, {})
    y = top + 26 * len(kinds)
    outline = {"fill": "none", "stroke": _EDGE, "stroke-width": "1.5", "stroke-dasharray": "3 2"}
    _draw_form(ET.SubElement(root, "g", outline), "disc", (16, y), 8)
    _write(root, (32, y + 5), _AROUND[lang], {})


_AROUND: Mapping[Lang, str] = {
    "fr": "Contour pointillé\u00a0: placé au centre du département",
    "en": "Dashed outline: placed at the centre of the department",
}
