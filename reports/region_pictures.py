"""A regional report as pictures for slides: 1920 × 1080, one zip, with a text that describes each for its readers.

A picture cannot be read aloud: `descriptions.txt` says what each shows, to be pasted as the alternative text of its
slide.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from reports.charts import Chart
from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, pictures
from reports.region_charts import level_chart, trend_chart
from reports.region_document import own_line
from reports.region_maps import main_map, part_map
from reports.region_model import RegionFamily, RegionIndicator, RegionReport
from reports.region_state import state_of
from reports.region_words import base_text, form_text, goal_text, month_name, report_title, short_text, value_text
from reports.words import Lang, day

Json = dict[str, Any]
PPI = 144
"""960 × 540 points at 144 points an inch: 1920 × 1080."""
MOST_SENTENCES, MOST_CARDS, MOST_PICTURES = 5, 6, 40
DESCRIPTIONS = "descriptions.txt"
_BOM = b"\xef\xbb\xbf"
_WIDE = 620
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def region_pictures(report: RegionReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """A zip of PNG pictures and their descriptions; the same report gives the same bytes. ReportError out of bounds."""
    slides = list(_slides(report))[:MOST_PICTURES]
    pages = pictures("region_pictures", _document(report, slides), PPI, limits)
    described = [
        f"{_file(rank, slide)}\r\n{slide['title']}\r\n{slide['described']}\r\n" for rank, slide in _ranked(slides)
    ]
    files = [(_file(rank, slide), page) for (rank, slide), page in zip(_ranked(slides), pages, strict=True)]
    return _zipped([*files, (DESCRIPTIONS, _BOM + "\r\n".join(described).encode())])


def _ranked(slides: Sequence[Json]) -> list[tuple[int, Json]]:
    return list(enumerate(slides, start=1))


def _file(rank: int, slide: Json) -> str:
    return f"{rank:02}-{slide['name']}.png"


def _zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _ZIP_DAY)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _document(report: RegionReport, slides: Sequence[Json]) -> Json:
    lang = report.lang
    return {
        "lang": lang,
        "title": report_title(report),
        "place": name_line(report.establishment or report.place, lang),
        "month": month_name(report.month, lang),
        "foot": f"{form_text(report)} · {_COMPUTED[lang]} {day(report.issued_at, lang)}",
        "slides": list(slides),
    }


def _slides(report: RegionReport) -> Iterator[Json]:
    yield _slide("couverture", report_title(report), kind="cover", described=form_text(report))
    said = [plain(one, report.lang) for one in state_of(report)[:MOST_SENTENCES]]
    yield _slide("etat", _STATE[report.lang], kind="words", lines=said, described=" ".join(said))
    who = main_map(report)
    if who is not None:
        yield _drawn("carte", who, kind="map")
    for family in report.families:
        yield from _of_family(family, report)


def _of_family(family: RegionFamily, report: RegionReport) -> Iterator[Json]:
    cards = [_card(one, report) for one in family.indicators[:MOST_CARDS]]
    described = " ".join(f"{one['title']}{_COLON[report.lang]}{one['value']} ({one['base']})." for one in cards)
    yield _slide(family.code, name_line(family.name, report.lang), kind="cards", cards=cards, described=described)
    for one in family.indicators:
        drawn = trend_chart(one, report, _WIDE) or level_chart(one, report.lang)
        if drawn is not None and (one.goal is not None or not _requirement(one)):
            yield _drawn(_safe(one.code), drawn, kind="chart", **_said(one, report))
        painted = part_map(one, report.lang)
        if painted is not None and not _requirement(one):
            yield _drawn(f"{_safe(one.code)}-regions", painted, kind="map", **_said(one, report))


def _requirement(one: RegionIndicator) -> bool:
    """Whether it is one requirement of a framework: there are dozens, a picture each would bury the others."""
    return ":" in one.code


def _safe(code: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in code).lower()


def _slide(name: str, title: str, **more: object) -> Json:
    return {"name": name, "title": title, **more}


def _drawn(name: str, drawn: Chart, **more: object) -> Json:
    return _slide(name, drawn.title, drawn=asdict(drawn), described=drawn.description, **more)


def _said(one: RegionIndicator, report: RegionReport) -> Json:
    lang, counts = report.lang, one.figure.counts if one.figure else None
    lines = [
        base_text(one.figure, lang),
        own_line(one, report),
        one_line(goal_text(one.goal, lang), lang) if one.goal else "",
    ]
    value = value_text(one, counts, lang) if counts else short_text(one, one.figure, lang)
    return {"value": value, "lines": [line for line in lines if line], "doubt": one_line(one.doubt, lang)}


def _card(one: RegionIndicator, report: RegionReport) -> Json:
    lang = report.lang
    return {
        "title": name_line(one.title, lang, 120),
        "value": short_text(one, one.figure, lang),
        "base": base_text(one.figure, lang),
        "goal": f"{_GOAL[lang]} {one.goal.percent}\u00a0%" if one.goal else "",
        "own": own_line(one, report),
        "doubt": one_line(one.doubt, lang),
    }


_COMPUTED: dict[Lang, str] = {"fr": "chiffres calculés le", "en": "figures computed on"}
_STATE: dict[Lang, str] = {"fr": "L’état en mots", "en": "The state in words"}
_GOAL: dict[Lang, str] = {"fr": "objectif", "en": "goal"}
_COLON: dict[Lang, str] = {"fr": "\u00a0: ", "en": ": "}
