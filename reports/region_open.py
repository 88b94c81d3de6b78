"""Regional figures as open data: a CSV of figures with its CSV of definitions, and one JSON document that holds both.

Open data is the public form only. A figure that may not be published keeps its line, without numbers and with the
reason, so that nobody takes its absence for a zero. `docs/care-region-1.schema.json` describes the JSON.
"""

from __future__ import annotations

import json
from typing import Any

from reports.errors import ReportError
from reports.region_model import Counts, RegionFigure, RegionIndicator, RegionReport
from reports.region_words import WORDS, cut_percent, month_code, report_title
from reports.spreadsheets import Cell, csv_bytes

FORMAT = "care-region/1"
SMALL = "small_numbers"
"""The reason why a figure is left out; the only one there is."""
Json = dict[str, Any]
_FIGURES = (
    "place_level",
    "place_code",
    "place",
    "indicator",
    "version",
    "month",
    "category",
    "numerator",
    "denominator",
    "percent",
    "asked",
    "answered",
    "not_answering",
    "other_version",
    "measured",
    "oldest_on",
    "withheld",
)
_DEFINITIONS = (
    "indicator",
    "version",
    "family",
    "title",
    "formula",
    "unit",
    "measure",
    "better",
    "threshold",
    "audience",
    "source",
    "to_check",
    "goals",
    "note",
)


def figures_csv(report: RegionReport) -> bytes:
    """One line per place, indicator, month and category. ReportError when the report is not in its public form."""
    _check(report)
    return csv_bytes(_FIGURES, (_line(report, one, figure) for one in report.indicators for figure in _all(one)))


def definitions_csv(report: RegionReport) -> bytes:
    """What each indicator of the report counts, one line each."""
    _check(report)
    return csv_bytes(_DEFINITIONS, (_definition_line(one, family.name) for family, one in _by_family(report)))


def open_json(report: RegionReport) -> bytes:
    """Definitions, figures and what was left out, as `care-region/1`; UTF-8, sorted keys, one final line feed."""
    _check(report)
    document = {
        "format": FORMAT,
        "title": report_title(report),
        "lang": report.lang,
        "place": {"level": report.extent.value, "code": report.place_code, "name": report.place},
        "month": month_code(report.month),
        "first_month": month_code(report.first),
        "computed_at": report.issued_at.isoformat(timespec="seconds"),
        "establishments": report.establishments,
        "definitions": [_definition(one, family.code, family.name) for family, one in _by_family(report)],
        "figures": [_figure(one, figure, figure.counts) for one, figure in _pairs(report) if figure.counts],
        "withheld": [_withheld(one, figure) for one, figure in _pairs(report) if figure.counts is None],
        "reasons": {SMALL: WORDS[report.lang]["withheld"]},
        **({"notice": report.notice} if report.notice else {}),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _check(report: RegionReport) -> None:
    if not report.public or report.establishment:
        raise ReportError(
            "Les données ouvertes n’existent que sous la forme publique ; demandez-la pour une région ou la nation.",
            "Open data exists in its public form only; ask for that of a region or of the nation.",
        )


def _by_family(report: RegionReport) -> list[tuple[Any, RegionIndicator]]:
    return [(family, one) for family in report.families for one in family.indicators]


def _pairs(report: RegionReport) -> list[tuple[RegionIndicator, RegionFigure]]:
    return [(one, figure) for one in report.indicators for figure in _all(one)]


def _all(indicator: RegionIndicator) -> tuple[RegionFigure, ...]:
    """The months, then the categories of the last one."""
    return indicator.series + indicator.categories


def _percent(indicator: RegionIndicator, counts: Counts) -> float | None:
    if counts.share is None or not indicator.is_share:
        return None
    return cut_percent(counts.share, 2)


def _line(report: RegionReport, indicator: RegionIndicator, figure: RegionFigure) -> list[Cell]:
    counts = figure.counts
    place = [report.extent.value, report.place_code, report.place]
    known = [indicator.code, figure.version, month_code(figure.month), figure.category]
    if counts is None:
        return [*place, *known, *(None for _ in range(9)), SMALL]
    return [
        *place,
        *known,
        *indicator.sums(counts),
        _percent(indicator, counts),
        counts.asked,
        counts.answered,
        counts.silent,
        counts.other_version,
        counts.measured,
        counts.oldest_on,
        None,
    ]


def _definition_line(one: RegionIndicator, family: str) -> list[Cell]:
    goals = "; ".join(f"{goal.percent} % {goal.since.isoformat()}" for goal in one.goals)
    return [
        one.code,
        one.version,
        family,
        one.title,
        one.formula,
        one.unit,
        one.reckoning.value,
        one.better,
        one.threshold,
        one.audience,
        one.source,
        "yes" if one.doubt else "no",
        goals,
        one.note,
    ]


def _definition(one: RegionIndicator, family: str, family_name: str) -> Json:
    return {
        "code": one.code,
        "version": one.version,
        "family": family,
        "family_name": family_name,
        "title": one.title,
        "formula": one.formula,
        "unit": one.unit,
        "measure": one.reckoning.value,
        "better": one.better,
        "threshold": one.threshold,
        "audience": one.audience,
        "source": one.source,
        "to_check": bool(one.doubt),
        "levels": [{"value": value, "name": name} for value, name in one.level_names],
        "goals": [
            {
                "percent": goal.percent,
                "since": goal.since.isoformat(),
                "source": goal.source,
                "to_check": bool(goal.doubt),
            }
            for goal in one.goals
        ],
        "note": one.note,
    }


def _figure(indicator: RegionIndicator, figure: RegionFigure, counts: Counts) -> Json:
    numerator, denominator = indicator.sums(counts)
    return {
        **_named(indicator, figure),
        "version": figure.version,
        "numerator": numerator,
        "denominator": denominator,
        "percent": _percent(indicator, counts),
        "asked": counts.asked,
        "answered": counts.answered,
        "not_answering": counts.silent,
        "other_version": counts.other_version,
        "measured": counts.measured,
        "oldest_on": counts.oldest_on.isoformat() if counts.oldest_on else None,
        "levels": [{"value": level, "establishments": count} for level, count in counts.levels],
        "quartiles": list(counts.quartiles) if counts.quartiles else None,
    }


def _withheld(indicator: RegionIndicator, figure: RegionFigure) -> Json:
    return {**_named(indicator, figure), "reason": SMALL}


def _named(indicator: RegionIndicator, figure: RegionFigure) -> Json:
    return {"indicator": indicator.code, "month": month_code(figure.month), "category": figure.category}
