"""A regional report as an accessible PDF: cover, the state in words, map, then a part per subject.

Everything drawn stands beside its figures; every figure says its n/N, who answered, of which day it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.region_charts import figure_of, is_told, level_chart, trend_chart
from reports.region_maps import main_map, part_map, site_text
from reports.region_model import OwnValue, Reckoning, RegionFamily, RegionFigure, RegionIndicator, RegionReport
from reports.region_state import state_of
from reports.region_words import (
    NOTHING,
    WORDS,
    base_text,
    counts_ratio,
    establishments_text,
    form_text,
    goal_text,
    month_code,
    month_name,
    months_of,
    ratio_text,
    report_title,
    share_text,
    short_text,
    value_text,
)
from reports.words import Lang, day, instant, number, percent, whole_percent

Json = dict[str, Any]
MOST_DETAILED = 8
"""Indicators of a subject drawn one by one; the others are in its table and in the workbook."""
MOST_CATEGORIES = 15


def render_region(report: RegionReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The report as PDF/UA-1 and PDF/A-2a; the same report gives the same bytes. ReportError when out of bounds."""
    return typeset("region", compose(report), report.issued_at, limits)


def compose(report: RegionReport) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang, words = report.lang, _WORDS[report.lang]
    return {
        "lang": lang,
        "words": words,
        "title": report_title(report),
        "place": name_line(report.establishment or report.place, lang),
        "around": name_line(report.place, lang) if report.establishment else "",
        "finess": one_line(report.finess, lang),
        "month": month_name(report.month, lang),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
        "form": form_text(report),
        "facts": _facts(report),
        "state": [plain(sentence, lang) for sentence in state_of(report)],
        "map": asdict(drawn) if (drawn := main_map(report)) else None,
        "families": [_family(family, report) for family in report.families],
        "sites": _sites(report),
        "definitions": _definitions(report),
    }


def _facts(report: RegionReport) -> list[list[str]]:
    lang, words = report.lang, _WORDS[report.lang]
    place = [words["region"], name_line(report.place, lang)] if report.establishment else None
    rows = [
        place,
        [words["told_month"], month_name(report.month, lang)],
        [words["computed"], instant(report.issued_at, lang)],
        [words["open"], establishments_text(report.establishments, lang)],
        [words["indicators"], number(len(report.indicators), lang)],
    ]
    return [row for row in rows if row]


def _family(family: RegionFamily, report: RegionReport) -> Json:
    drawn = [one for one in family.indicators if _has_more_to_say(one)][:MOST_DETAILED]
    left = len(family.indicators) - len(drawn)
    return {
        "name": name_line(family.name, report.lang),
        "summary": _summary(family, report),
        "details": [_detail(one, report) for one in drawn],
        "left": _left(left, report.lang),
    }


def _has_more_to_say(one: RegionIndicator) -> bool:
    """Whether an indicator is worth more than its line of the table: a month tells something of it, or its own line."""
    return any(is_told(figure) for figure in one.series) or one.own_now is not None


def _left(count: int, lang: Lang) -> str:
    """How many indicators of a subject are not drawn."""
    if not count:
        return ""
    return _WORDS[lang]["left_one" if count == 1 else "left"].format(count=number(count, lang))


def _summary(family: RegionFamily, report: RegionReport) -> Json:
    lang, words = report.lang, _WORDS[report.lang]
    own = bool(report.establishment)
    names = ("indicator", "figure", *(("own",) if own else ()), "ratio", "answers", "silent", "goal")
    return {
        "header": [words[name] for name in names],
        "rows": [_summary_row(one, report) for one in family.indicators],
        "notes": _notes(family, lang),
    }


def _notes(family: RegionFamily, lang: Lang) -> list[str]:
    """How sure the definitions of a subject are, each degree once with the indicators it speaks of."""
    doubted: dict[str, list[str]] = {}
    for one in family.indicators:
        if one.doubt:
            doubted.setdefault(one.doubt, []).append(name_line(one.title, lang))
    return [
        f"{doubt[:1].upper()}{doubt[1:]}{_WORDS[lang]['colon']}{' · '.join(names)}" for doubt, names in doubted.items()
    ]


def _summary_row(one: RegionIndicator, report: RegionReport) -> list[str]:
    lang, counts = report.lang, one.figure.counts if one.figure else None
    own = [own_text(one, one.own_now, lang)] if report.establishment else []
    ratio = answers = silent = NOTHING
    if counts is not None:
        ratio = counts_ratio(counts, lang) if one.is_share else NOTHING
        answers, silent = ratio_text(counts.answered, counts.asked, lang), number(counts.silent, lang)
    goal = f"{one.goal.percent}\u00a0%" if one.goal else NOTHING
    return [name_line(one.title, lang, 160), short_text(one, one.figure, lang), *own, ratio, answers, silent, goal]


def own_text(one: RegionIndicator, own: OwnValue | None, lang: Lang) -> str:
    """The line of the establishment itself: yes or no, a share with its n/N, a number, a level."""
    if own is None:
        return WORDS[lang]["unanswered"]
    if own.other_version:
        return WORDS[lang]["other_version"]
    if own.denominator == 0:
        return WORDS[lang]["no_measure"]
    if one.reckoning is Reckoning.REACHED and own.denominator == 1:
        return _WORDS[lang]["yes" if own.numerator else "no"]
    if one.reckoning is Reckoning.LEVEL:
        return dict(one.level_names).get(own.numerator, number(own.numerator, lang))
    if one.reckoning is Reckoning.COUNT:
        return number(own.numerator, lang)
    cut = percent(100 * own.numerator // own.denominator, lang)
    return f"{cut} ({ratio_text(own.numerator, own.denominator, lang)})"


def _detail(one: RegionIndicator, report: RegionReport) -> Json:
    lang = report.lang
    counts = one.figure.counts if one.figure else None
    trend, levels = trend_chart(one, report), level_chart(one, lang)
    return {
        "title": name_line(one.title, lang),
        "code": f"{one.code} · v{one.version}",
        "value": value_text(one, counts, lang) if counts else short_text(one, one.figure, lang),
        "base": base_text(one.figure, lang),
        "own": own_line(one, report),
        "goal": one_line(goal_text(one.goal, lang), lang, 300) if one.goal else "",
        "formula": plain(one.formula, lang, 600),
        "doubt": one_line(one.doubt, lang),
        "hidden": _WORDS[lang]["not_public"] if one.figure and one.figure.hidden and is_told(one.figure) else "",
        "spread": spread_text(one, lang),
        "trend": asdict(trend) if trend else None,
        "levels": asdict(levels) if levels else None,
        "months": _months(one, report),
        "categories": _categories(one, report),
        "parts": _parts(one, report),
        "map": asdict(drawn) if (drawn := part_map(one, lang)) else None,
    }


def own_line(one: RegionIndicator, report: RegionReport) -> str:
    """The establishment's own line as a sentence; nothing in the report of another place."""
    if not report.establishment:
        return ""
    words, own = _WORDS[report.lang], one.own_now
    said = f"{words['own']}{words['colon']}{own_text(one, own, report.lang)}"
    return said if own is None else f"{said} ({day(own.as_of, report.lang)})"


def spread_text(one: RegionIndicator, lang: Lang) -> str:
    """How establishments are spread, without any of them: the quartiles of their shares or numbers."""
    counts = one.figure.counts if one.figure else None
    if counts is None or counts.quartiles is None:
        return ""
    shown = [_quartile(each, one, lang) for each in counts.quartiles]
    return _WORDS[lang]["spread"].format(low=shown[0], middle=shown[1], high=shown[2])


def _quartile(value: float, one: RegionIndicator, lang: Lang) -> str:
    if one.reckoning is Reckoning.SHARE:
        return percent(whole_percent(value), lang)
    text = f"{value:g}"
    return text.replace(".", ",") if lang == "fr" else text


def _months(one: RegionIndicator, report: RegionReport) -> Json:
    """The figures of the trend, month by month, latest first."""
    words = _WORDS[report.lang]
    shares = one.is_share
    names = ("month", "ratio", "figure", "answers") if shares else ("month", "figure", "answers")
    rows = [_month_row(month, one, report, shares=shares) for month in reversed(months_of(report))]
    return {"header": [words[name] for name in names], "rows": rows}


def _month_row(month: int, one: RegionIndicator, report: RegionReport, *, shares: bool) -> list[str]:
    lang, figure = report.lang, figure_of(one.series, month)
    counts = figure.counts if figure else None
    label = month_code(month)
    if counts is None:
        why = WORDS[lang]["withheld_short"] if figure else _WORDS[lang]["no_figure"]
        return [label, *([why, NOTHING] if shares else [why]), NOTHING]
    answers = ratio_text(counts.answered, counts.asked, lang)
    if shares:
        ratio = counts_ratio(counts, lang)
        return [label, ratio, share_text(counts.share, lang), answers]
    return [label, short_text(one, figure, lang), answers]


def _categories(one: RegionIndicator, report: RegionReport) -> Json | None:
    if not one.categories:
        return None
    rows = [(each.category, each) for each in one.categories[:MOST_CATEGORIES]]
    return _grouped(_WORDS[report.lang]["category"], rows, one, report.lang)


def _parts(one: RegionIndicator, report: RegionReport) -> Json | None:
    if not one.parts:
        return None
    return _grouped(_WORDS[report.lang]["region"], [(part.name, part.figure) for part in one.parts], one, report.lang)


def _grouped(first: str, rows: Sequence[tuple[str, RegionFigure]], one: RegionIndicator, lang: Lang) -> Json:
    words = _WORDS[lang]
    header = [first, *(words[name] for name in ("figure", "ratio", "answers", "silent"))]
    return {"header": header, "rows": [_group_row(name, figure, one, lang) for name, figure in rows]}


def _group_row(name: str, figure: RegionFigure, one: RegionIndicator, lang: Lang) -> list[str]:
    counts, label = figure.counts, name_line(name, lang, 120)
    if counts is None:
        return [label, WORDS[lang]["withheld_short"], NOTHING, NOTHING, NOTHING]
    ratio = counts_ratio(counts, lang) if one.is_share else NOTHING
    answers = ratio_text(counts.answered, counts.asked, lang)
    return [label, short_text(one, figure, lang), ratio, answers, number(counts.silent, lang)]


def _sites(report: RegionReport) -> Json | None:
    """The figures of the map of establishments, for entitled readers."""
    if not report.sites:
        return None
    lang, words = report.lang, _WORDS[report.lang]
    rows = [[name_line(one.name, lang, 160), site_text(one, lang)] for one in report.sites]
    return {"header": [words["establishment"], words["told"]], "rows": rows}


def _definitions(report: RegionReport) -> Json:
    lang, words = report.lang, _WORDS[report.lang]
    return {
        "header": [words[name] for name in ("code", "indicator", "formula", "source")],
        "rows": [
            [
                f"{one.code} · v{one.version}",
                name_line(one.title, lang),
                plain(one.formula, lang, 600),
                one_line(", ".join(filter(None, (one.source, one.doubt))), lang),
            ]
            for one in report.indicators
        ],
    }


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "page": "Page",
        "of": "sur",
        "finess": "FINESS",
        "colon": "\u00a0: ",
        "marking": "CaRE",
        "issued": "Chiffres calculés le",
        "region": "Région",
        "told_month": "Mois",
        "computed": "Chiffres calculés le",
        "open": "Établissements ouverts",
        "establishment": "Établissement",
        "told": "Indicateurs répondus",
        "sites": "Établissements, par ordre alphabétique",
        "indicators": "Indicateurs",
        "fact": "Repère",
        "value": "Valeur",
        "state": "L’état en mots",
        "contents": "Sommaire",
        "indicator": "Indicateur",
        "figure": "Chiffre",
        "own": "Votre établissement",
        "ratio": "n / N",
        "answers": "Répondants",
        "silent": "Sans réponse",
        "goal": "Objectif",
        "goal_now": "Objectif en vigueur",
        "month": "Mois",
        "category": "Catégorie",
        "trend": "Évolution",
        "by_category": "Par catégorie",
        "by_region": "Par région",
        "levels": "Établissements par niveau",
        "no_figure": "non calculé",
        "not_public": "Chiffre non diffusable : il porte sur trop peu d’établissements, ou en laisserait deviner "
        "d’autres.",
        "spread": "La moitié des établissements se tient entre {low} et {high} ; la médiane est {middle}.",
        "left": "{count} indicateurs de ce sujet ne sont que dans ce tableau et dans le classeur.",
        "left_one": "Un indicateur de ce sujet n’est que dans ce tableau et dans le classeur.",
        "yes": "oui",
        "no": "non",
        "counted": "Ce qui est compté",
        "definitions": "Définitions et sources",
        "code": "Code",
        "formula": "Ce qui est compté",
        "source": "Source",
        "reading": "Comment lire ce rapport",
        "reading_lines": "Chaque chiffre est un rapport de deux nombres entiers, n sur N, additionnés sur les "
        "établissements qui ont répondu. « Répondants » dit combien l’ont fait parmi ceux que l’indicateur concerne. "
        "Ne pas répondre n’est jamais compté comme un zéro.\n"
        "Un dénominateur nul veut dire qu’il n’y a rien à mesurer là : ni bien, ni mal.\n"
        "« Masqué » : le chiffre porte sur moins de cinq établissements, ou se déduirait des autres par soustraction.\n"
        "« Autre version » : la définition a changé ; les valeurs de l’ancienne sont mises de côté, jamais mélangées.\n"
        "Les lignes sont dans l’ordre des sujets, des catégories ou des numéros de région : ce rapport ne classe "
        "personne.",
    },
    "en": {
        "page": "Page",
        "of": "of",
        "finess": "FINESS",
        "colon": ": ",
        "marking": "CaRE",
        "issued": "Figures computed on",
        "region": "Region",
        "told_month": "Month",
        "computed": "Figures computed on",
        "open": "Open establishments",
        "establishment": "Establishment",
        "told": "Indicators answered",
        "sites": "Establishments, in alphabetical order",
        "indicators": "Indicators",
        "fact": "Landmark",
        "value": "Value",
        "state": "The state in words",
        "contents": "Contents",
        "indicator": "Indicator",
        "figure": "Figure",
        "own": "Your establishment",
        "ratio": "n / N",
        "answers": "Answered",
        "silent": "Not answering",
        "goal": "Goal",
        "goal_now": "Goal in force",
        "month": "Month",
        "category": "Category",
        "trend": "Trend",
        "by_category": "By category",
        "by_region": "By region",
        "levels": "Establishments by level",
        "no_figure": "not computed",
        "not_public": "Not to be published: too few establishments, or it would give others away.",
        "spread": "Half of the establishments stand between {low} and {high}; the median is {middle}.",
        "left": "{count} indicators of this subject are in this table and in the workbook only.",
        "left_one": "One indicator of this subject is in this table and in the workbook only.",
        "yes": "yes",
        "no": "no",
        "counted": "What is counted",
        "definitions": "Definitions and sources",
        "code": "Code",
        "formula": "What is counted",
        "source": "Source",
        "reading": "How to read this report",
        "reading_lines": "Each figure is a ratio of two whole numbers, n over N, added up over the establishments that "
        "answered. “Answered” says how many did among those the indicator concerns. Not answering is never counted as "
        "a zero.\n"
        "A denominator of zero means that there is nothing to measure there: neither good nor bad.\n"
        "“Hidden”: the figure rests on fewer than five establishments, or would follow from others by subtraction.\n"
        "“Other version”: the definition changed; values of the former one are set aside, never mixed in.\n"
        "Lines stand in the order of subjects, categories or numbers of regions: this report ranks nobody.",
    },
}
