"""Indicators as pictures: month after month, establishments by answer, and one of them among the others.

Drawn like `reports.charts`: presentation attributes only, the same figures give the same bytes, and every picture
comes with its table. A line stops where nothing is known and where the definition changes: values of two versions are
never joined.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from xml.etree import ElementTree as ET

from reports.charts import Chart
from reports.words import COLON, SEMICOLON, Lang, counted, number, percent, whole_percent

_INK, _GUIDE, _LINE, _GOAL, _BREAK = "#1b2733", "#d5dde5", "#0b4f8a", "#17633a", "#8a5a00"
_FONT = "Inter, system-ui, sans-serif"
_WIDTH, _HEIGHT = 760, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 744, 20, 246
_LABELS = 7
"""Months named under a trend, at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """A month of a trend: the version of the definition it follows (empty: no figure), its value (a share between 0
    and 1 when it is a float, else a number; None: unknown), and how the table says it."""

    month: int
    version: str
    value: float | int | None
    said: str


def month_name(month: int) -> str:
    """A month as charts write it: 11/2026."""
    return f"{month % 100:02}/{month // 100}"


def month_chart(title: str, points: Sequence[Point], goals: Sequence[tuple[date, int]], lang: Lang) -> Chart:
    """Months of one indicator, oldest first. `goals` are (since, percent), drawn over shares only."""
    breaks = version_breaks(points)
    header = ("Mois", "Valeur", "Définition") if lang == "fr" else ("Month", "Value", "Definition")
    rows = tuple((month_name(one.month), one.said, one.version and f"version {one.version}") for one in points)
    root = _root(title, _told(points, breaks, lang), (_WIDTH, _HEIGHT))
    shares = any(isinstance(one.value, float) for one in points) or all(one.value is None for one in points)
    top = 1.0 if shares else _top(max((one.value or 0 for one in points), default=0))
    _draw_scale(root, top, lang, shares=shares)
    _draw_months(root, points)
    if shares:
        _draw_goals(root, points, goals, lang)
    for rank in breaks:
        _draw_break(root, _across(rank, points), lang)
    _draw_lines(root, points, top)
    return Chart(ET.tostring(root, encoding="unicode"), title, _told(points, breaks, lang), header, rows)


def version_breaks(points: Sequence[Point]) -> tuple[int, ...]:
    """The ranks of the points whose definition is no longer that of the one before."""
    known = [(rank, one.version) for rank, one in enumerate(points) if one.version]
    return tuple(rank for (_, before), (rank, now) in pairwise(known) if now != before)


def _told(points: Sequence[Point], breaks: Sequence[int], lang: Lang) -> str:
    """The first and the last value, and where the definition changed: the table says the rest."""
    known = [one for one in points if one.value is not None]
    if not known:
        return "Aucune valeur sur la période." if lang == "fr" else "No value over the period."
    ends = [known[0], known[-1]] if len(known) > 1 else known
    told = SEMICOLON[lang].join(f"{month_name(one.month)}{COLON[lang]}{one.said}" for one in ends)
    many = counted(len(known), "mois connu", "mois connus", lang) if lang == "fr" else f"{len(known)} known months"
    changed = ", ".join(month_name(points[rank].month) for rank in breaks)
    words = "La définition change en" if lang == "fr" else "The definition changes in"
    return f"{told} ({many})." + (f" {words} {changed}." if changed else "")


def _top(highest: float) -> float:
    """A round number at least as high, four steps of which are whole numbers."""
    step = max(1, -(-int(highest) // 4))
    return float(step * 4)


def _root(title: str, description: str, size: tuple[int, int]) -> ET.Element:
    name = "trend-" + hashlib.sha256(f"{title}{description}".encode()).hexdigest()[:12]
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {size[0]} {size[1]}",
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-desc",
        "font-family": _FONT,
        "font-size": "13",
        "fill": _INK,
    }
    root = ET.Element("svg", attributes)
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = description
    return root


def _write(root: ET.Element, place: tuple[float, float], text: str, anchor: str = "start") -> None:
    where = {"x": f"{place[0]:.1f}", "y": f"{place[1]:.1f}", "text-anchor": anchor, "fill": _INK}
    ET.SubElement(root, "text", where).text = text


def _stroke(root: ET.Element, path: str, colour: str, dashes: str = "") -> None:
    more = {"stroke-dasharray": dashes} if dashes else {}
    ET.SubElement(root, "path", {"d": path, "stroke": colour, "stroke-width": "2", "fill": "none"} | more)


def _high(part: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * part


def _across(rank: int, points: Sequence[Point]) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (rank + 0.5) / max(len(points), 1)


def _draw_scale(root: ET.Element, top: float, lang: Lang, *, shares: bool) -> None:
    for step in range(5):
        y = _high(step / 4)
        ET.SubElement(root, "path", {"d": f"M{_LEFT} {y:.1f}H{_RIGHT}", "stroke": _GUIDE, "fill": "none"})
        label = percent(25 * step, lang) if shares else number(int(top * step / 4), lang)
        _write(root, (_LEFT - 8, y + 4.5), label, "end")


def _draw_months(root: ET.Element, points: Sequence[Point]) -> None:
    every = -(-len(points) // _LABELS)
    for rank, one in enumerate(points):
        if (len(points) - 1 - rank) % every == 0:
            _write(root, (_across(rank, points), _BOTTOM + 24), month_name(one.month), "middle")


def _draw_goals(root: ET.Element, points: Sequence[Point], goals: Sequence[tuple[date, int]], lang: Lang) -> None:
    """What should be reached, from its month on: a dashed line that goes up with its days."""
    ordered = sorted(goals)
    wanted = [next((part for since, part in reversed(ordered) if _month(since) <= one.month), None) for one in points]
    for part, run in groupby(enumerate(wanted), key=lambda pair: pair[1]):
        ranks = [rank for rank, _ in run]
        if part is None:
            continue
        half = (_RIGHT - _LEFT) / max(len(points), 1) / 2
        left, right, y = _across(ranks[0], points) - half, _across(ranks[-1], points) + half, _high(part / 100)
        _stroke(root, f"M{left:.1f} {y:.1f}H{right:.1f}", _GOAL, "8 4")
        words = "objectif" if lang == "fr" else "goal"
        below = y + 18 if y < _TOP + 20 else y - 6
        _write(root, (left + 4, below), f"{words} {percent(part, lang)}")


def _month(day: date) -> int:
    return day.year * 100 + day.month


def _draw_break(root: ET.Element, x: float, lang: Lang) -> None:
    half = (_RIGHT - _LEFT) / 120
    _stroke(root, f"M{x - half:.1f} {_TOP}V{_BOTTOM}", _BREAK, "3 4")
    _write(root, (x - half, _BOTTOM + 46), "définition changée" if lang == "fr" else "definition changed", "middle")


def _draw_lines(root: ET.Element, points: Sequence[Point], top: float) -> None:
    for run in _runs(points):
        corners = [(_across(rank, points), _high(value / top)) for rank, value in run]
        if len(corners) > 1:
            _stroke(root, "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners), _LINE)
        for x, y in corners:
            ET.SubElement(root, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4", "fill": _LINE})


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[int, float]]]:
    """Points that may be joined: neighbours of one version, all with a value."""
    run: list[tuple[int, float]] = []
    version = ""
    for rank, one in enumerate(points):
        if run and (one.value is None or one.version != version):
            yield run
            run = []
        if one.value is not None:
            run.append((rank, float(one.value)))
            version = one.version
    if run:
        yield run


_BAR = 34


def distribution_chart(title: str, parts: Sequence[tuple[str, int]], lang: Lang) -> Chart:
    """Establishments by what they answered, one bar each, in the order given; the longest fills the width."""
    first, unit = ("Réponse", "Établissements") if lang == "fr" else ("Answer", "Establishments")
    rows = tuple((name, number(many, lang)) for name, many in parts)
    described = SEMICOLON[lang].join(f"{name}{COLON[lang]}{many}" for name, many in rows)
    root = _root(title, described, (_WIDTH, _BAR * 2 * len(parts) + 8))
    longest = max((many for _, many in parts), default=0) or 1
    for rank, (name, many) in enumerate(parts):
        y = _BAR * 2 * rank
        _write(root, (2, y + 20), f"{name}{COLON[lang]}{number(many, lang)}")
        box = {
            "x": "2",
            "y": f"{y + 30}",
            "width": f"{(_WIDTH - 4) * many / longest:.1f}",
            "height": "20",
            "fill": _LINE,
        }
        if many:
            ET.SubElement(root, "rect", box | {"class": "plain-bar"})
    return Chart(ET.tostring(root, encoding="unicode"), title, described, (first, unit), rows)


def standing_chart(title: str, quartiles: Sequence[float], mine: float, lang: Lang, *, percent: bool) -> Chart:
    """One establishment among the quartiles (first, median, third) of the others: parts between 0 and 1, or numbers."""
    q1, median, q3 = quartiles
    top = 1.0 if percent else _top(max(q3, mine))

    def said(value: float) -> str:
        return _cut(value, lang) if percent else number(round(value), lang)

    names = _QUARTILES[lang]
    rows = tuple(zip(names, map(said, (mine, q1, median, q3)), strict=True))
    described = SEMICOLON[lang].join(f"{name}{COLON[lang]}{value}" for name, value in rows)
    root = _root(title, described, (_WIDTH, 150))

    def at(value: float) -> float:
        return 20 + (_WIDTH - 40) * min(1.0, value / top)

    ET.SubElement(root, "path", {"d": f"M20 70H{_WIDTH - 20}", "stroke": _GUIDE, "fill": "none"})
    box = {
        "x": f"{at(q1):.1f}",
        "y": "54",
        "width": f"{max(2.0, at(q3) - at(q1)):.1f}",
        "height": "32",
        "fill": "#b9cfe2",
    }
    ET.SubElement(root, "rect", box)
    _stroke(root, f"M{at(median):.1f} 48V92", _LINE)
    x = at(mine)
    ET.SubElement(root, "polygon", {"points": f"{x:.1f},58 {x + 12:.1f},70 {x:.1f},82 {x - 12:.1f},70", "fill": _BREAK})
    _write(root, (min(max(x, 110), _WIDTH - 110), 36), f"{names[0]}{COLON[lang]}{said(mine)}", "middle")
    _write(root, (20, 124), said(0))
    _write(root, (_WIDTH - 20, 124), said(top), "end")
    _write(root, (min(max(at(median), 150), _WIDTH - 150), 124), f"{names[2]}{COLON[lang]}{said(median)}", "middle")
    return Chart(ET.tostring(root, encoding="unicode"), title, described, _STANDING_HEADER[lang], rows)


def _cut(share: float, lang: Lang) -> str:
    return percent(whole_percent(share), lang)


_QUARTILES: dict[Lang, tuple[str, str, str, str]] = {
    "fr": ("Vous", "Premier quart", "Médiane", "Dernier quart"),
    "en": ("You", "First quarter", "Median", "Last quarter"),
}
_STANDING_HEADER: dict[Lang, tuple[str, str]] = {"fr": ("Repère", "Valeur"), "en": ("Mark", "Value")}
