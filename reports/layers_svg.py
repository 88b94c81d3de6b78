"""Paints a layered picture whose boxes and lines have their places (`reports.layers`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from reports.plain import one_line
from reports.words import Lang

BOX, BETWEEN, MARGIN = 168.0, 60.0, 6.0
"""Width of a box, of the space between layers, and around the picture, in pixels."""
_PAD, _SMALL, _NAME, _NOTE, _LINE = 11.0, 10.5, 13.0, 11.0, 16.0
_ROOM = BOX - 2 * _PAD - 8
_MOST_LINES, _MOST_NOTE_LINES = 3, 2
_FONT = "Inter, system-ui, sans-serif"
_INK, _SOFT, _PAPER = "#1b2733", "#4a5b61", "#ffffff"
_COLOURS = {
    "normal": ("#82949a", "#ffffff", _SOFT),
    "chosen": ("#0b5a60", "#e1efee", "#0b5a60"),
    "lost": ("#8c1c2f", "#fae7ea", "#8c1c2f"),
    "stopped": ("#a63a08", "#fdeee3", "#a63a08"),
    "degraded": ("#745200", "#faf1d2", "#745200"),
    "hampered": ("#1c5a85", "#e5f0f8", "#1c5a85"),
}
"""By state: border, background, words."""
_DASHES = {"essential": "", "spare": "9 4", "useful": "2 4", "loop": "1 3 6 3"}
_QUIET, _STRONG, _LOOP = "#a9b6ba", "#a63a08", "#574588"
LEGEND: dict[Lang, dict[str, str]] = {
    "fr": {
        "essential": "indispensable",
        "spare": "l’un remplace l’autre",
        "useful": "utile",
        "loop": "ferme une boucle",
        "strong": "la panne se propage",
    },
    "en": {
        "essential": "essential",
        "spare": "one stands in for the other",
        "useful": "useful",
        "loop": "closes a loop",
        "strong": "the outage spreads",
    },
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A box at its layer, `y` being its middle."""

    layer: int
    y: float
    name: str
    kind: str
    note: str
    family: str
    state: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line from the right of a layer to the left of the next, or straight across a layer when `end` is None.

    An arrow ends it at the right, or begins it at the left.
    """

    layer: int
    start: float
    end: float | None
    style: str
    strong: bool
    arrow: bool
    arrow_back: bool


def height_of(name: str, kind: str, note: str) -> float:
    """The height of a box with these words, in pixels."""
    lines = len(wrapped(name, _ROOM, _NAME))
    notes = len(wrapped(note, _ROOM, _NOTE, _MOST_NOTE_LINES)) if note else 0
    return 2 * _PAD - 4 + _SMALL + 3 + lines * _LINE + notes * (_LINE - 2) + (0 if kind else -_SMALL)


def wrapped(text: str, width: float, size: float, most: int = _MOST_LINES) -> list[str]:
    """`text` on at most so many lines of that width; what does not fit is cut with an ellipsis."""
    lines = [""]
    for word in text.split() or ["–"]:
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] = f"{kept[-1]} …"
    return [_cut(line, width, size) for line in kept]


def _cut(line: str, width: float, size: float) -> str:
    if width_of(line, size) <= width:
        return line
    line = line.removesuffix("…").rstrip()
    while line and width_of(f"{line}…", size) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def width_of(text: str, size: float) -> float:
    """About how wide it is set, never less than it is: widths of Inter Semi Bold by sorts of letters."""
    return size * sum(map(_WIDTHS.__getitem__, text))


class _Widths(dict[str, float]):
    """Widths by letter, each worked out once."""

    def __missing__(self, char: str) -> float:
        self[char] = _width(char)
        return self[char]


_WIDTHS = _Widths()


def _width(char: str) -> float:
    if char in " .,:;'’|!iljI()[]·-":
        return 0.32
    if char in "mwMW@%—":
        return 0.93
    if char in "frt":
        return 0.42
    return 0.74 if char.isupper() else 0.63


@dataclass(frozen=True, slots=True)
class Words:
    """The language of a picture and what it calls each sort of line."""

    lang: Lang
    lines: Mapping[str, str]


def drawn(title: str, description: str, boxes: Sequence[Placed], strokes: Sequence[Stroke], words: Words) -> str:
    """The picture as an `<svg>` element, named for people who do not see it."""
    layers = 1 + max(box.layer for box in boxes)
    wide = 2 * MARGIN + layers * BOX + (layers - 1) * BETWEEN
    tall = MARGIN + max(
        [box.y + height_of(box.name, box.kind, box.note) / 2 for box in boxes] + [one.start for one in strokes]
    )
    name = "layers-" + hashlib.sha256(f"{title}{description}{wide}{tall}".encode()).hexdigest()[:12]
    legend = _legend(strokes)
    full = tall + (34 if legend else 0) + 2 * MARGIN
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {wide:.0f} {full:.0f}",
            "role": "img",
            "class": f"layers layers-{min(layers, 9)}",
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": _FONT,
            "font-size": f"{_NAME:g}",
            "fill": _INK,
        },
    )
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = description
    for stroke in sorted(strokes, key=lambda one: one.strong):
        _draw_stroke(root, stroke)
    for box in boxes:
        _draw_box(root, box, words.lang)
    _draw_legend(root, legend, tall + 24, wide, words.lines)
    return ET.tostring(root, encoding="unicode")


def _left(layer: int) -> float:
    return MARGIN + layer * (BOX + BETWEEN)


def _paint(stroke: Stroke) -> dict[str, str]:
    colour = _LOOP if stroke.style == "loop" else _STRONG if stroke.strong else _QUIET
    sort = "loop" if stroke.style == "loop" else "strong" if stroke.strong else "quiet"
    dashes = {"stroke-dasharray": _DASHES[stroke.style]} if _DASHES[stroke.style] else {}
    width = "2" if stroke.strong else "1.4"
    return {"class": f"tie tie-{sort}", "fill": "none", "stroke": colour, "stroke-width": width, **dashes}


def _draw_stroke(root: ET.Element, stroke: Stroke) -> None:
    left, start = _left(stroke.layer) + BOX, stroke.start + MARGIN
    paint = _paint(stroke)
    if stroke.end is None:
        ET.SubElement(root, "path", {"d": f"M{left - BOX:.1f} {start:.1f}H{left:.1f}", **paint})
        return
    right, end = left + BETWEEN, stroke.end + MARGIN
    first, last = left + 5 * stroke.arrow_back, right - 5 * stroke.arrow
    bend = (right - left) * 0.5
    curve = f"M{first:.1f} {start:.1f}C{left + bend:.1f} {start:.1f} {right - bend:.1f} {end:.1f} {last:.1f} {end:.1f}"
    ET.SubElement(root, "path", {"d": curve, **paint})
    head = {"class": paint["class"].replace("tie ", "head "), "fill": paint["stroke"]}
    if stroke.arrow:
        ET.SubElement(root, "path", {"d": f"M{right:.1f} {end:.1f}l-8 -4.5v9z", **head})
    if stroke.arrow_back:
        ET.SubElement(root, "path", {"d": f"M{left:.1f} {start:.1f}l8 -4.5v9z", **head})


def _draw_box(root: ET.Element, box: Placed, lang: Lang) -> None:
    high = height_of(box.name, box.kind, box.note)
    x, y = _left(box.layer), box.y - high / 2 + MARGIN
    border, back, words = _COLOURS[box.state]
    group = ET.SubElement(root, "g", {"class": f"box box-{box.state}"})
    ET.SubElement(
        group,
        "path",
        {
            "d": _outline(box.family, x, y, BOX, high),
            "fill": back,
            "stroke": border,
            "stroke-width": "1.2" if box.state == "normal" else "2",
        },
    )
    inside, line = x + _PAD + 4, y + _PAD + _SMALL - 4
    _write(group, inside, line, wrapped(one_line(box.kind, lang, 60), _ROOM, _SMALL, 1)[0], "kind", _SOFT)
    line += 1
    for part in wrapped(one_line(box.name, lang, 200), _ROOM, _NAME):
        line += _LINE
        _write(group, inside, line, part, "name", _INK)
    for part in wrapped(one_line(box.note, lang, 80), _ROOM, _NOTE, _MOST_NOTE_LINES) if box.note else ():
        line += _LINE - 2
        _write(group, inside, line + 1, part, "note", words)


def _write(group: ET.Element, x: float, y: float, text: str, sort: str, colour: str) -> None:
    sizes = {
        "kind": {"font-size": f"{_SMALL:g}"},
        "name": {"font-weight": "600"},
        "note": {"font-size": f"{_NOTE:g}", "font-weight": "600"},
    }
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": colour, "class": f"word-{sort}", **sizes[sort]}
    ET.SubElement(group, "text", place).text = text


def _outline(family: str, x: float, y: float, wide: float, high: float) -> str:
    """The shape of a family: rounded, square, cut at the corners, slanted, with a roof, or a pill."""
    right, low = x + wide, y + high
    if family == "infrastructure":
        cut = 9
        top, bottom = f"M{x + cut:.1f} {y:.1f}H{right - cut:.1f}", f"L{right - cut:.1f} {low:.1f}H{x + cut:.1f}"
        return f"{top}L{right:.1f} {y + cut:.1f}V{low - cut:.1f}{bottom}L{x:.1f} {low - cut:.1f}V{y + cut:.1f}Z"
    if family == "supplier":
        return f"M{x + 8:.1f} {y:.1f}H{right:.1f}L{right - 8:.1f} {low:.1f}H{x:.1f}Z"
    if family == "premises":
        return f"M{x:.1f} {y + 8:.1f}L{x + wide / 2:.1f} {y:.1f}L{right:.1f} {y + 8:.1f}V{low:.1f}H{x:.1f}Z"
    radius = {"activity": 12.0, "people": high / 2}.get(family, 2.0)
    arc = f"a{radius:.1f} {radius:.1f} 0 0 1"
    return (
        f"M{x + radius:.1f} {y:.1f}H{right - radius:.1f}{arc} {radius:.1f} {radius:.1f}V{low - radius:.1f}"
        f"{arc} -{radius:.1f} {radius:.1f}H{x + radius:.1f}{arc} -{radius:.1f} -{radius:.1f}V{y + radius:.1f}"
        f"{arc} {radius:.1f} -{radius:.1f}Z"
    )


def _legend(strokes: Sequence[Stroke]) -> list[tuple[str, Stroke]]:
    """A sample of each sort of line there is, when there is more than one."""
    found: dict[str, Stroke] = {}
    for style in _DASHES:
        quiet = next((one for one in strokes if one.style == style), None)
        if quiet is not None:
            found[style] = Stroke(0, 0, None, style, False, False, False)
    if any(one.strong and one.style != "loop" for one in strokes):
        found["strong"] = Stroke(0, 0, None, "essential", True, False, False)
    return list(found.items()) if len(found) > 1 else []


def _draw_legend(
    root: ET.Element, legend: Sequence[tuple[str, Stroke]], y: float, wide: float, lines: Mapping[str, str]
) -> None:
    x = MARGIN
    for sort, stroke in legend:
        words = lines[sort]
        ET.SubElement(root, "path", {"d": f"M{x:.1f} {y - 4:.1f}h30", **_paint(stroke)})
        _write(root, x + 36, y, words, "kind", _SOFT)
        x += 36 + width_of(words, _SMALL) + 18
        if x > wide - 120:
            x, y = MARGIN, y + 16
