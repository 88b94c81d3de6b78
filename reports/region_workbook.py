"""A regional report as a workbook: a note to read first, a summary, then one sheet per indicator.

The sheet of an indicator is one table to filter: its months, its categories, its regions and, for entitled readers
only, its establishments. An establishment that did not answer has no number, never a zero.
"""

from __future__ import annotations

from fractions import Fraction

from reports.region_model import NamedValue, OwnValue, Reckoning, RegionFigure, RegionIndicator, RegionReport
from reports.region_words import (
    WORDS,
    cut_percent,
    establishments_text,
    form_text,
    goal_text,
    levels_text,
    month_name,
    report_title,
)
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from reports.words import Lang, instant


def region_workbook(report: RegionReport) -> bytes:
    """The workbook; the same report gives the same bytes. ReportError when a sheet would be too long."""
    sheets = [_note(report), _summary(report), *(_sheet(one, report) for one in report.indicators)]
    return xlsx_bytes(sheets, report_title(report))


def _note(report: RegionReport) -> Sheet:
    words, lang = _WORDS[report.lang], report.lang
    rows: list[list[Cell]] = [
        [words["document"], report_title(report)],
        [words["place"], report.place],
        [words["month"], month_name(report.month, lang)],
        [words["computed"], instant(report.issued_at, lang)],
        [words["size"], establishments_text(report.establishments, lang)],
        [words["form"], form_text(report)],
    ]
    if report.establishment:
        rows.insert(2, [words["establishment"], f"{report.establishment} ({report.finess})"])
    rows.extend([words["read"], line] for line in _READING[lang])
    return Sheet(words["note"], [words["what"], words["value"]], rows)


def _summary(report: RegionReport) -> Sheet:
    words = _WORDS[report.lang]
    header = [words[name] for name in ("family", "code", "title", *_NUMBERS, "goal", "formula", "source", "remark")]
    rows = [
        [
            family.name,
            one.code,
            one.title,
            *_numbers(one, one.figure),
            goal_text(one.goal, report.lang) if one.goal else None,
            one.formula,
            f"{one.source} ({one.doubt})" if one.doubt else one.source,
            _remark(one, one.figure, report.lang),
        ]
        for family in report.families
        for one in family.indicators
    ]
    return Sheet(words["summary"], header, rows)


def _sheet(one: RegionIndicator, report: RegionReport) -> Sheet:
    words, lang = _WORDS[report.lang], report.lang
    header = [words[name] for name in ("detail", "label", "finess", "month", *_NUMBERS, "version", "remark")]
    rows: list[list[Cell]] = []
    rows += [_figure(words["series"], month_name(each.month, lang), one, each, lang) for each in one.series]
    rows += [
        _figure(words["category"], each.category or words["no_category"], one, each, lang) for each in one.categories
    ]
    rows += [_figure(words["region"], part.name, one, part.figure, lang) for part in one.parts]
    rows += [_own(words["own"], report, each, one) for each in one.own]
    rows += [_named(words["by_establishment"], report, each, one) for each in one.named]
    return Sheet(one.code, header, rows)


_NUMBERS = (
    "numerator",
    "denominator",
    "percent",
    "asked",
    "answered",
    "silent",
    "other_version",
    "measured",
    "oldest",
)


def _numbers(one: RegionIndicator, figure: RegionFigure | None) -> list[Cell]:
    if figure is None or figure.counts is None:
        return [None] * len(_NUMBERS)
    counts = figure.counts
    return [
        *one.sums(counts),
        None if counts.share is None or not one.is_share else cut_percent(counts.share, 1),
        counts.asked,
        counts.answered,
        counts.silent,
        counts.other_version,
        counts.measured,
        counts.oldest_on,
    ]


def _figure(detail: str, label: str, one: RegionIndicator, figure: RegionFigure, lang: Lang) -> list[Cell]:
    numbers = _numbers(one, figure)
    return [detail, label, None, _month(figure.month), *numbers, figure.version, _remark(one, figure, lang)]


def _remark(one: RegionIndicator, figure: RegionFigure | None, lang: Lang) -> str | None:
    words = WORDS[lang]
    if figure is None:
        return words["not_computed"]
    if figure.counts is None:
        return words["withheld"]
    parts = []
    if one.reckoning is Reckoning.LEVEL and figure.counts.measured:
        parts.append(levels_text(one, figure.counts, lang))
    if not figure.counts.measured:
        parts.append(words["no_measure"])
    if figure.hidden:
        parts.append(_WORDS[lang]["not_public"])
    return " · ".join(parts) or None


def _own(detail: str, report: RegionReport, value: OwnValue, one: RegionIndicator) -> list[Cell]:
    label = report.establishment
    cells = _value(value.numerator, value.denominator, one)
    remark = WORDS[report.lang]["other_version"] if value.other_version else None
    return [detail, label, report.finess, _month(value.month), *cells, *_blank(), value.as_of, value.version, remark]


def _named(detail: str, report: RegionReport, value: NamedValue, one: RegionIndicator) -> list[Cell]:
    remark = _remark_on(value)
    cells = _value(value.numerator, value.denominator, one)
    label, month = value.name, _month(report.month)
    said = WORDS[report.lang][remark] if remark else None
    return [detail, label, value.finess, month, *cells, *_blank(), value.as_of, value.version or None, said]


def _remark_on(value: NamedValue) -> str:
    """Why the value of an establishment does not count, empty when it does."""
    if value.numerator is None:
        return "masked" if value.masked else "unanswered"
    if value.other_version:
        return "other_version"
    return "no_measure" if value.denominator == 0 else ""


def _value(numerator: int | None, denominator: int | None, one: RegionIndicator) -> list[Cell]:
    if numerator is None or not denominator:
        return [numerator if denominator else None, denominator, None]
    return [numerator, denominator, cut_percent(Fraction(numerator, denominator), 1) if one.is_share else None]


def _blank() -> list[Cell]:
    """The columns that count establishments, which one establishment has not."""
    return [None] * 5


def _month(month: int) -> str:
    return f"{month // 100}-{month % 100:02}"


_READING: dict[Lang, tuple[str, ...]] = {
    "fr": (
        (
            "Chaque chiffre se lit avec son n/N, le nombre d’établissements qui ont répondu et la date de la valeur la "
            "plus ancienne."
        ),
        "Un établissement qui n’a pas répondu n’a pas de valeur : ce n’est pas un zéro.",
        "Un dénominateur nul veut dire qu’il n’y a rien à mesurer là.",
        (
            "Une case vide avec la remarque « chiffre masqué » tait un effectif de moins de cinq établissements, ou un "
            "chiffre que les autres laisseraient deviner."
        ),
        "Aucun classement : l’ordre des lignes est alphabétique.",
    ),
    "en": (
        "Read each figure with its n/N, how many establishments answered and the day of the oldest value.",
        "An establishment that did not answer has no value: that is not a zero.",
        "A denominator of zero means that there is nothing to measure there.",
        (
            "An empty cell remarked as hidden keeps back a group of fewer than five establishments, or a figure that "
            "the others would give away."
        ),
        "No ranking: lines are in alphabetical order.",
    ),
}
_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "note": "À lire",
        "summary": "Synthèse",
        "what": "Quoi",
        "value": "Valeur",
        "document": "Document",
        "place": "Territoire",
        "establishment": "Établissement",
        "month": "Mois",
        "computed": "Chiffres calculés le",
        "size": "Établissements ouverts",
        "form": "Forme",
        "read": "Lecture",
        "family": "Sujet",
        "code": "Code",
        "title": "Indicateur",
        "numerator": "Numérateur (n)",
        "denominator": "Dénominateur (N)",
        "percent": "Part (%)",
        "asked": "Établissements concernés",
        "answered": "Répondants",
        "silent": "Sans réponse",
        "other_version": "Autre version (mis de côté)",
        "measured": "Avec quelque chose à mesurer",
        "oldest": "Valeur la plus ancienne",
        "goal": "Objectif en vigueur",
        "formula": "Ce qui est compté",
        "source": "Source",
        "remark": "Remarque",
        "detail": "Détail",
        "label": "Libellé",
        "finess": "FINESS",
        "version": "Version",
        "series": "Évolution",
        "category": "Catégorie",
        "region": "Région",
        "own": "Votre établissement",
        "by_establishment": "Établissement",
        "no_category": "Catégorie non renseignée",
        "not_public": "non diffusable",
    },
    "en": {
        "note": "Read first",
        "summary": "Summary",
        "what": "What",
        "value": "Value",
        "document": "Document",
        "place": "Place",
        "establishment": "Establishment",
        "month": "Month",
        "computed": "Figures computed on",
        "size": "Open establishments",
        "form": "Form",
        "read": "Reading",
        "family": "Subject",
        "code": "Code",
        "title": "Indicator",
        "numerator": "Numerator (n)",
        "denominator": "Denominator (N)",
        "percent": "Share (%)",
        "asked": "Establishments concerned",
        "answered": "Answered",
        "silent": "Not answering",
        "other_version": "Other version (set aside)",
        "measured": "With something to measure",
        "oldest": "Oldest value",
        "goal": "Goal in force",
        "formula": "What is counted",
        "source": "Source",
        "remark": "Remark",
        "detail": "Detail",
        "label": "Label",
        "finess": "FINESS",
        "version": "Version",
        "series": "Trend",
        "category": "Category",
        "region": "Region",
        "own": "Your establishment",
        "by_establishment": "Establishment",
        "no_category": "Category not given",
        "not_public": "not to be circulated",
    },
}
