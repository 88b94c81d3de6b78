"""Charts as SVG, for pages and documents alike.

pygal computes the geometry; `_redraw` keeps only that, painted with presentation attributes: no script, no style sheet
and no style attribute (strict content policies refuse them), no date, so that the same figures give the same bytes.
Colour never speaks alone: values are printed, lines differ by their dashes, and every chart comes with its table.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

from reports.plain import one_line
from reports.words import COLON, SEMICOLON, SEVERITY_COLOURS, SEVERITY_NAMES, Lang, Severity, euros, number, percent

# pygal leaves an import hook of an old protocol behind (for plug-ins we do not use), which Python warns about.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

Counts = Mapping[Severity, int]

_INK = "#1b2733"
_GUIDE = "#d5dde5"
_AMOUNT = "#0b4f8a"
_FONT = "Inter, system-ui, sans-serif"
NARROW, _WIDE = 520, 760
_BAR_HEIGHT = 34
_LABEL_LIMIT = 40
_LEFT_OUT_CLASSES = {"background", "tooltip-overlay", "text-overlay"}
_LEFT_OUT_TAGS = {"defs", "script", "style", "desc", "title"}
_GEOMETRY = ("x", "y", "width", "height", "d", "transform", "cx", "cy", "r", "text-anchor")
_DASHES = ("", "8 3", "3 3", "10 3 2 3", "1 4")
_DECIMAL = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture and the same figures as a table (`rows` are as wide as `header`; the first column names the row).

    `svg` is a complete `<svg>` element that may be inlined in a page: it has the role of an image, with `title` and
    `description` inside.
    """

    svg: str
    title: str
    description: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def severity_chart(findings: Counts, lang: Lang, called: tuple[str, str] | None = None) -> Chart:
    """Findings by severity, one bar each, worst on top; severities left out count for zero.

    `called` gives another title and another word for what is counted.
    """
    usual = ("Constats par gravité", "Constats") if lang == "fr" else ("Findings by severity", "Findings")
    title, unit = called or usual
    counted = [(severity, findings.get(severity, 0)) for severity in Severity]
    bars = _horizontal(pygal.HorizontalBar, [SEVERITY_NAMES[lang][severity] for severity, _ in reversed(counted)])
    bars.add("", [{"value": value, "color": SEVERITY_COLOURS[severity]} for severity, value in reversed(counted)])
    rows = tuple((SEVERITY_NAMES[lang][severity], number(value, lang)) for severity, value in counted)
    header = ("Gravité" if lang == "fr" else "Severity", unit)
    return _chart(bars, lang, title, header, rows)


def scanner_chart(findings: Sequence[tuple[str, Counts]], lang: Lang) -> Chart:
    """Findings of each scanner, stacked by severity, in the order given."""
    title = "Constats par domaine et gravité" if lang == "fr" else "Findings by domain and severity"
    bars = _horizontal(pygal.HorizontalStackedBar, [one_line(name, lang, _LABEL_LIMIT) for name, _ in findings[::-1]])
    for severity in Severity:
        colour = SEVERITY_COLOURS[severity]
        values = [{"value": counts.get(severity, 0), "color": colour} for _, counts in findings[::-1]]
        bars.add(SEVERITY_NAMES[lang][severity], values)
    header = _severity_header("Domaine" if lang == "fr" else "Domain", lang)
    return _chart(bars, lang, title, header, _rows(findings, lang))


def amount_chart(title: str, first: str, amounts: Sequence[tuple[str, int]], lang: Lang) -> Chart:
    """Cents by name, one bar each, in the order given from the top; `first` heads the column of names."""
    shown = [(one_line(name, lang, _LABEL_LIMIT), cents) for name, cents in amounts]
    bars = _horizontal(pygal.HorizontalBar, [name for name, _ in reversed(shown)])
    bars.formatter = lambda value: euros(int(value), lang)
    bars.add("", [{"value": cents, "color": _AMOUNT} for _, cents in reversed(shown)])
    rows = tuple((name, euros(cents, lang)) for name, cents in shown)
    return _chart(bars, lang, title, (first, "Montant" if lang == "fr" else "Amount"), rows)


def share_chart(title: str, first: str, shares: Sequence[tuple[str, float | None, float]], lang: Lang) -> Chart:
    """Shares between 0 and 1 by name, one bar each out of the whole, in the order given from the top.

    Each comes with the part it rests on; None, nobody knows, draws no bar and says so. `first` heads the names.
    """
    unknown = "non observé" if lang == "fr" else "not observed"
    shown = [(one_line(name, lang, _LABEL_LIMIT), share, rests) for name, share, rests in shares]
    bars = _horizontal(pygal.HorizontalBar, [name for name, _, _ in reversed(shown)], range=(0, 100))
    bars.formatter = lambda value: percent(round(value), lang)
    bars.add("", [_share_bar(share, unknown) for _, share, _ in reversed(shown)])
    rows = tuple(
        (name, unknown if share is None else percent(round(100 * share), lang), percent(round(100 * rests), lang))
        for name, share, rests in shown
    )
    header = (first, "Score", "Part observée" if lang == "fr" else "Share observed")
    return _chart(bars, lang, title, header, rows)


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of `bar_chart`: its name, its length (None draws nothing), what is printed on it, more cells beside it."""

    name: str
    length: float | None
    said: str
    more: tuple[str, ...] = ()


def bar_chart(title: str, header: tuple[str, ...], bars: Sequence[Bar], lang: Lang, top: float | None = None) -> Chart:
    """One bar each, in the order given from the top, out of `top` when there is a whole; `header` is as wide as a
    bar's name, what is printed, and its other cells."""
    shown = [(one_line(bar.name, lang, _LABEL_LIMIT), bar) for bar in bars]
    scale = {} if top is None else {"range": (0, top)}
    drawing = _horizontal(pygal.HorizontalBar, [name for name, _ in reversed(shown)], **scale)
    drawing.formatter = str
    drawing.add("", [_bar(bar) for _, bar in reversed(shown)])
    return _chart(drawing, lang, title, header, tuple((name, bar.said, *bar.more) for name, bar in shown))


def _bar(bar: Bar) -> dict[str, Any]:
    def said(_value: object) -> str:
        return bar.said

    return {"value": bar.length or 0, "color": _AMOUNT, "formatter": said}


def numbers_chart(
    title: str,
    first: str,
    name: str,
    points: Sequence[tuple[str, int | None, str]],
    lang: Lang,
    width: int = _WIDE,
    ticks: Sequence[int] = (),
) -> Chart:
    """Whole numbers over time, oldest first: label, number, how it is said; None breaks the line.

    `ticks` are the numbers of the scale when they are the same whatever is drawn.
    """
    highest = max((value for _, value, _ in points if value is not None), default=0)
    drawing = pygal.Line(
        **_common() | {"margin_right": 40},
        width=width,
        height=260,
        show_legend=False,
        x_labels=[one_line(label, lang, _LABEL_LIMIT) for label, _, _ in points],
        y_labels=list(ticks) or _ticks(highest),
        dots_size=3,
        allow_interruptions=True,
        formatter=lambda value: number(int(value), lang),
        show_minor_x_labels=len(points) <= 8,
        x_labels_major_count=6 if len(points) > 8 else None,
        truncate_label=-1,
    )
    drawing.add(name, [value for _, value, _ in points])
    rows = tuple((one_line(label, lang, _LABEL_LIMIT), said) for label, _, said in points)
    return _chart(drawing, lang, title, (first, name), rows)


def _share_bar(share: float | None, unknown: str) -> dict[str, Any]:
    if share is None:
        return {"value": 0, "formatter": lambda _value: unknown}
    return {"value": round(100 * share), "color": _AMOUNT}


def trend_chart(runs: Sequence[tuple[str, Counts]], lang: Lang) -> Chart:
    """Findings over the runs (label, counts), oldest first, one line per severity."""
    title = "Évolution des constats" if lang == "fr" else "Findings over time"
    highest = max((value for _, counts in runs for value in counts.values()), default=0)
    lines = pygal.Line(
        **_common(),
        width=_WIDE,
        height=280,
        show_legend=True,
        x_labels=[one_line(label, lang, _LABEL_LIMIT) for label, _ in runs],
        y_labels=_ticks(highest),
        dots_size=3,
        formatter=lambda value: number(int(value), lang),
        show_minor_x_labels=len(runs) <= 12,
        x_labels_major_count=6 if len(runs) > 12 else None,
        truncate_label=-1,
    )
    for severity in Severity:
        lines.add(SEVERITY_NAMES[lang][severity], [counts.get(severity, 0) for _, counts in runs])
    header = _severity_header("Audit" if lang == "fr" else "Run", lang)
    return _chart(lines, lang, title, header, _rows(runs, lang))


def rate_chart(
    title: str,
    first: str,
    names: Sequence[str],
    points: Sequence[tuple[str, Sequence[float | None]]],
    lang: Lang,
) -> Chart:
    """Rates between 0 and 1 over time, one line for each of `names` (five at most), oldest first.

    A rate that nobody knows leaves a hole in its line and says so in the table; `first` heads the column of points.
    """
    unknown = "non mesuré" if lang == "fr" else "not measured"
    lines = pygal.Line(
        **_common() | {"legend_at_bottom_columns": len(names), "margin_right": 40},
        width=_WIDE,
        height=280,
        show_legend=True,
        x_labels=[one_line(label, lang, _LABEL_LIMIT) for label, _ in points],
        range=(0, 100),
        y_labels=(0, 25, 50, 75, 100),
        dots_size=3,
        formatter=lambda value: percent(round(value), lang),
        show_minor_x_labels=len(points) <= 8,
        x_labels_major_count=6 if len(points) > 8 else None,
        truncate_label=-1,
        allow_interruptions=True,
    )
    for rank, name in enumerate(names):
        rates = [values[rank] for _, values in points]
        lines.add(name, [None if rate is None else round(100 * rate, 1) for rate in rates])
    rows = tuple(
        (label, *(unknown if rate is None else percent(round(100 * rate), lang) for rate in values))
        for label, values in points
    )
    return _chart(lines, lang, title, (first, *names), rows)


def shares_chart(
    title: str,
    first: str,
    labels: Sequence[str],
    lines: Sequence[tuple[str, Sequence[Fraction | None]]],
    lang: Lang,
    width: int = _WIDE,
) -> Chart:
    """Shares between 0 and 1 over time, one line each, in the order given; `first` heads the column of `labels`.

    None, nobody knows, breaks its line and is said so. Shares are cut after a decimal, never rounded up.
    """
    highest = max((share for _, shares in lines for share in shares if share is not None), default=Fraction(0))
    top = next((step for step in _TOPS if highest * 100 <= step), 100)
    drawing = pygal.Line(
        **{**_common(), "legend_at_bottom_columns": 3 if len(lines) == 3 else 2, "margin_right": 40},
        width=width,
        height=260 + 22 * (-(-len(lines) // 2)),
        show_legend=len(lines) > 1,  # one line is what the title says
        x_labels=[one_line(label, lang, _LABEL_LIMIT) for label in labels],
        y_labels=[{"value": top * n / 4, "label": _share_text(Fraction(top * n, 400), lang)} for n in range(5)],
        range=(0, top),
        dots_size=3,
        allow_interruptions=True,
        formatter=lambda value: _share_text(Fraction(value).limit_denominator(10_000) / 100, lang),
        show_minor_x_labels=len(labels) <= 12,
        x_labels_major_count=6 if len(labels) > 12 else None,
        truncate_label=-1,
    )
    for name, shares in lines:
        drawing.add(one_line(name, lang, 60), [None if share is None else float(share * 100) for share in shares])
    rows = tuple(
        (one_line(label, lang, _LABEL_LIMIT), *(_share_text(shares[place], lang) for _, shares in lines))
        for place, label in enumerate(labels)
    )
    return _chart(drawing, lang, title, (first, *(name for name, _ in lines)), rows)


_TOPS = (2, 4, 8, 20, 40, 60, 80, 100)
"""Tops of the scale of shares, in percent."""


def _share_text(share: Fraction | None, lang: Lang) -> str:
    """A share cut after one decimal: 1,6 %."""
    if share is None:
        return "non renseigné" if lang == "fr" else "not given"
    whole, rest = divmod(int(share * 1000), 10)
    return f"{whole},{rest}\u00a0%" if lang == "fr" else f"{whole}.{rest}%"


def _severity_header(first: str, lang: Lang) -> tuple[str, ...]:
    return (first, *(SEVERITY_NAMES[lang][severity] for severity in Severity))


def _rows(findings: Sequence[tuple[str, Counts]], lang: Lang) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (one_line(name, lang, _LABEL_LIMIT), *(number(counts.get(severity, 0), lang) for severity in Severity))
        for name, counts in findings
    )


def _ticks(highest: int) -> list[int]:
    """Four or five whole numbers from 0 to at least `highest`."""
    step = max(1, -(-highest // 4))
    return list(range(0, max(highest, 1) + step, step))


def _common() -> dict[str, Any]:
    style = Style(
        font_family=_FONT,
        colors=tuple(SEVERITY_COLOURS[severity] for severity in Severity),
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        value_font_size=13,
    )
    return {
        "style": style,
        "js": [],
        "no_prefix": True,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": len(Severity),
        "truncate_legend": -1,
        "margin": 8,
    }


def _horizontal(kind: type[Any], labels: Sequence[str], **more: Any) -> Any:  # noqa: ANN401 - pygal is untyped
    legend = kind is pygal.HorizontalStackedBar
    return kind(
        **_common(),
        **more,
        width=_WIDE if legend else NARROW,
        height=40 + 40 * legend + _BAR_HEIGHT * max(len(labels), 1),
        show_legend=legend,
        x_labels=list(labels),
        show_x_labels=False,
        show_x_guides=False,
        truncate_label=-1,
    )


def _chart(
    drawing: Any,  # noqa: ANN401
    lang: Lang,
    title: str,
    header: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
) -> Chart:
    described = (f"{name}{COLON[lang]}{_described(values, header[1:])}" for name, *values in rows)
    description = SEMICOLON[lang].join(described)
    return Chart(_svg(drawing, title, description), title, description, header, rows)


def _described(values: Sequence[str], names: Sequence[str]) -> str:
    if len(values) == 1:
        return values[0]
    return ", ".join(f"{name.lower()} {value}" for name, value in zip(names, values, strict=True))


def _svg(drawing: Any, title: str, description: str) -> str:  # noqa: ANN401
    """The picture alone, named for people who do not see it; ids depend on the content only."""
    source = drawing.render_tree()
    name = "chart-" + hashlib.sha256(f"{title}{description}".encode()).hexdigest()[:12]
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": source.get("viewBox"),
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": _FONT,
            "font-size": "13",
            "fill": _INK,
        },
    )
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = description
    for child in source:
        _redraw(child, root, _Paint())
    return ET.tostring(root, encoding="unicode")


@dataclass(frozen=True, slots=True)
class _Paint:
    """What a group passes on to what it holds: where it stands in the drawing, and its colour."""

    place: str = ""
    colour: str = _INK
    dashes: str = ""
    alone: bool = True

    def within(self, classes: Sequence[str], style: str) -> _Paint:
        """The paint inside a group of these classes."""
        place = ("axis-y" if "y" in classes else "axis-x") if "axis" in classes else self.place
        alone = self.alone and "horizontalstackedbar-graph" not in classes
        rank = next((int(name[6:]) for name in classes if name.startswith(("color-", "serie-"))), None)
        if rank is not None:
            return _Paint(place, list(SEVERITY_COLOURS.values())[rank], _DASHES[rank], alone)
        fill = re.search(r"fill: (#[0-9a-f]{6})", style)
        return _Paint(place, fill[1] if fill else self.colour, self.dashes, alone)


def _redraw(node: Any, parent: ET.Element, paint: _Paint) -> None:  # noqa: ANN401 - lxml's or the standard library's
    if not isinstance(node.tag, str):
        return
    tag = node.tag.rpartition("}")[2]
    classes = (node.get("class") or "").split()
    if tag in _LEFT_OUT_TAGS or _LEFT_OUT_CLASSES.intersection(classes) or _is_empty_bar(tag, node):
        return
    inner = paint.within(classes, node.get("style") or "")
    attributes = {name: _rounded(node.get(name)) for name in _GEOMETRY if node.get(name) is not None}
    drawn = ET.SubElement(parent, tag, attributes | _painted(tag, classes, inner))
    drawn.text = node.text if tag == "text" else None
    for child in node:
        _redraw(child, drawn, inner)
    if "bar" in classes:
        _print_value(node, drawn, alone=inner.alone)


def _is_empty_bar(tag: str, node: Any) -> bool:  # noqa: ANN401
    return tag == "rect" and float(node.get("width") or "0") == 0


def _rounded(value: str) -> str:
    return _DECIMAL.sub(lambda match: f"{float(match[0]):.1f}", value)


def _painted(tag: str, classes: Sequence[str], paint: _Paint) -> dict[str, str]:
    if tag == "text":
        return {"text-anchor": {"axis-y": "end", "axis-x": "middle"}.get(paint.place, "start"), "fill": _INK}
    if tag == "path":
        if "line" in classes and "reactive" not in classes:
            return {"stroke": _INK if "axis" in classes else _GUIDE, "fill": "none"}
        return {"stroke": paint.colour, "fill": "none", "stroke-width": "2"} | _dashed(paint)
    if tag == "rect":
        return {"fill": paint.colour, "stroke": "#ffffff"}
    return {"fill": paint.colour} if tag == "circle" else {}


def _dashed(paint: _Paint) -> dict[str, str]:
    return {"stroke-dasharray": paint.dashes} if paint.dashes else {}


def _print_value(bar: Any, drawn: ET.Element, *, alone: bool) -> None:  # noqa: ANN401
    """Write a bar's value in white inside it when there is room, else beside it if it stands alone on its line."""
    rect = next(child for child in bar if child.tag.endswith("rect"))
    value = next((child.text for child in bar if child.get("class") == "value"), None) or "0"
    left, width = float(rect.get("x")), float(rect.get("width") or "0")
    middle = float(rect.get("y")) + float(rect.get("height")) / 2 + 4.5
    inside = width > 9 * len(value) + 6
    if not inside and not alone:
        return
    place = {
        "x": f"{left + width / 2 if inside else left + width + 4:.1f}",
        "y": f"{middle:.1f}",
        "text-anchor": "middle" if inside else "start",
        "fill": "#ffffff" if inside else _INK,
        "font-weight": "600",
    }
    ET.SubElement(drawn, "text", place).text = value
