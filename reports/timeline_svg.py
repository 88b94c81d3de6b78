"""The timeline of an exercise as pictures: for each stimulus when it was planned and when it was played.

Shapes speak, not colours: a hollow diamond for what was planned, a full disc for what was played, a line between them,
a cross for what was not played. A long timeline goes on over several pictures with one and the same scale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from reports.charts import Chart
from reports.plain import one_line
from reports.sheets.ink import REGULAR, fitted
from reports.words import Lang, number

MOST_LINES = 34
"""Stimuli on one picture at most: what a page holds with its title."""
_WIDTH, _LINE, _TOP, _BOTTOM = 760.0, 19.0, 30.0, 12.0
_NAMES, _RIGHT = 268.0, 16.0
_INK, _SOFT, _GUIDE, _PLAYED, _LATE = "#1b2733", "#51606f", "#d5dde5", "#0b4f8a", "#b93a0b"
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120)
_MOST_TICKS = 12
_LATE_AFTER = 5.0
"""Minutes from the plan beyond which the line is drawn thick: what a director would ask about."""

_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Chronogramme prévu et joué",
        "part": "partie",
        "stimulus": "Stimulus",
        "planned": "Prévu",
        "played": "Joué",
        "not": "non joué",
        "reserve": "réserve",
        "axis": "minutes d’exercice",
    },
    "en": {
        "title": "Timeline planned and played",
        "part": "part",
        "stimulus": "Stimulus",
        "planned": "Planned",
        "played": "Played",
        "not": "not played",
        "reserve": "reserve",
        "axis": "minutes of exercise",
    },
}


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One stimulus: minutes of the exercise clock, None when it was not planned, or not played."""

    id: str
    title: str
    planned: float | None
    played: float | None


def timeline_charts(marks: Sequence[TimelineMark], minutes: float, lang: Lang) -> tuple[Chart, ...]:
    """The pictures of a timeline of so many minutes at least, in the order given."""
    last = max([minutes, *(at for one in marks for at in (one.planned, one.played) if at is not None)])
    parts = [marks[start : start + MOST_LINES] for start in range(0, len(marks), MOST_LINES)]
    return tuple(_chart(part, last, lang, (rank, len(parts))) for rank, part in enumerate(parts, 1))


def _chart(marks: Sequence[TimelineMark], last: float, lang: Lang, part: tuple[int, int]) -> Chart:
    words = _WORDS[lang]
    title = words["title"] + (f" ({words['part']} {part[0]}/{part[1]})" if part[1] > 1 else "")
    rows = tuple(
        (_name(one, lang), _said(one.planned, "reserve", lang), _said(one.played, "not", lang)) for one in marks
    )
    described = "; ".join(
        f"{row[0]}, {words['planned'].lower()} {row[1]}, {words['played'].lower()} {row[2]}" for row in rows
    )
    header = (words["stimulus"], words["planned"], words["played"])
    return Chart(_svg(marks, last, lang, title, described), title, described, header, rows)


def _name(mark: TimelineMark, lang: Lang) -> str:
    return one_line(f"{mark.id} {mark.title}", lang, 200)


def _said(minute: float | None, absent: str, lang: Lang) -> str:
    return _WORDS[lang][absent] if minute is None else f"{number(round(minute), lang)}\u00a0min"


def _svg(marks: Sequence[TimelineMark], last: float, lang: Lang, title: str, described: str) -> str:
    height = _TOP + _LINE * len(marks) + _BOTTOM
    name = "timeline-" + hashlib.sha256(f"{title}{described}".encode()).hexdigest()[:12]
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH:.0f} {height:.0f}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": "Inter, system-ui, sans-serif",
            "font-size": "12",
            "fill": _INK,
        },
    )
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = described
    _axis(root, last, height, lang)
    for rank, mark in enumerate(marks):
        _line(root, mark, last, _TOP + _LINE * (rank + 0.5), lang)
    return ET.tostring(root, encoding="unicode")


def _x(minute: float, last: float) -> float:
    return _NAMES + (_WIDTH - _NAMES - _RIGHT) * minute / max(last, 1.0)


def _axis(root: ET.Element, last: float, height: float, lang: Lang) -> None:
    step = next((one for one in _STEPS if last / one <= _MOST_TICKS), _STEPS[-1])
    for minute in range(0, int(last) + 1, step):
        x = _x(minute, last)
        _stroke(root, (x, _TOP - 6, x, height - _BOTTOM), _GUIDE, 1)
        _text(root, (x, _TOP - 11), str(minute), "middle", _SOFT)
    _text(root, (_NAMES - 14, _TOP - 11), _WORDS[lang]["axis"], "end", _SOFT)


def _line(root: ET.Element, mark: TimelineMark, last: float, y: float, lang: Lang) -> None:
    name = fitted(_name(mark, lang), REGULAR, 12.0, _NAMES - 18)
    _text(root, (0, y + 4.2), name, "start", _INK)
    planned = None if mark.planned is None else _x(mark.planned, last)
    played = None if mark.played is None else _x(mark.played, last)
    if planned is not None and played is not None:
        far = abs((mark.played or 0) - (mark.planned or 0)) > _LATE_AFTER
        _stroke(root, (planned, y, played, y), _LATE if far else _PLAYED, 3 if far else 1.5)
    if planned is not None:
        ET.SubElement(
            root,
            "path",
            {
                "d": f"M{planned - 5:.1f} {y:.1f}L{planned:.1f} {y - 5:.1f}L{planned + 5:.1f} {y:.1f}"
                f"L{planned:.1f} {y + 5:.1f}Z",
                "fill": "#ffffff",
                "stroke": _INK,
                "stroke-width": "1.3",
            },
        )
    if played is not None:
        ET.SubElement(root, "circle", {"cx": f"{played:.1f}", "cy": f"{y:.1f}", "r": "3.6", "fill": _PLAYED})
    elif planned is not None:
        beside = planned + (13 if planned < _WIDTH - _RIGHT - 4 else -13)
        _stroke(root, (beside - 4, y - 4, beside + 4, y + 4), _LATE, 1.6)
        _stroke(root, (beside - 4, y + 4, beside + 4, y - 4), _LATE, 1.6)


def _stroke(root: ET.Element, ends: tuple[float, float, float, float], colour: str, width: float) -> None:
    names = dict(zip(("x1", "y1", "x2", "y2"), (f"{one:.1f}" for one in ends), strict=True))
    ET.SubElement(root, "line", {**names, "stroke": colour, "stroke-width": f"{width:g}"})


def _text(root: ET.Element, place: tuple[float, float], said: str, anchor: str, colour: str) -> None:
    x, y = place
    where = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": colour}
    ET.SubElement(root, "text", where).text = said
