"""The investment plan of a place as an accessible PDF: how much, when, for whom, paid by what; what nobody priced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from reports.charts import amount_chart
from reports.plain import name_line, one_line
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import SEVERITY_NAMES, Lang, Severity, counted, day, euros, instant, number

MOST_ACTIONS = 400
"""Actions in the table of a document at most, the dearest; the workbook holds them all."""
MOST_UNPRICED = 200
MOST_ROWS = 400
"""Establishments or fundings in one table at most."""
NARROW_YEARS = 4
"""Up to that many years side by side fit an upright page."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A name and one amount (in cents) per year of the plan."""

    name: str
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PricedAction:
    """An action that has a cost. `shared`: others bear a part that the plan does not count."""

    number: int
    title: str
    sites: tuple[str, ...]
    fundings: tuple[str, ...]
    shared: bool
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnpricedAction:
    """An open action that nobody has priced; `effort_days` in days of work, None when unknown."""

    number: int
    title: str
    severity: Severity
    due_on: date
    effort_days: float | None
    owner: str
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvestmentReport:
    """The plan of a place over `years`, texts in `lang`, amounts in cents, tax included.

    `outside_cents` is what the same actions cost in other years. `seen` of the `establishments` of the place are in
    this plan.
    """

    lang: Lang
    issued_at: datetime
    place: str
    finess: str
    years: tuple[int, ...]
    by_year: tuple[int, ...]
    by_kind: tuple[PlanRow, ...]
    by_entity: tuple[PlanRow, ...]
    by_funding: tuple[PlanRow, ...]
    actions: tuple[PricedAction, ...]
    unpriced: tuple[UnpricedAction, ...]
    outside_cents: int = 0
    seen: int = 1
    establishments: int = 1


def render_investment(report: InvestmentReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The plan as PDF/UA-1 and PDF/A-2a; the same plan gives the same bytes. ReportError when out of bounds."""
    return typeset("investment", compose(report), report.issued_at, limits)


def compose(report: InvestmentReport) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang = report.lang
    words = _WORDS[lang]
    return {
        "lang": lang,
        "words": words,
        "place": name_line(report.place, lang),
        "finess": one_line(report.finess, lang),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
        "period": _period(report.years, lang),
        "wide": len(report.years) > NARROW_YEARS,
        "conclusion": _conclusion(report),
        "notes": _notes(report),
        "chart": asdict(amount_chart(words["by_year"], words["year"], _yearly(report), lang)),
        "by_kind": _table(report, words["kind"], report.by_kind),
        "by_entity": _table(report, words["entity"], report.by_entity),
        "by_funding": _table(report, words["funding"], report.by_funding),
        "actions": [_action(report, action) for action in report.actions[:MOST_ACTIONS]],
        "years": [str(year) for year in report.years],
        "totals": _amounts(report, report.by_year),
        "actions_cut": _cut(len(report.actions), MOST_ACTIONS, lang),
        "unpriced": [_unpriced(action, lang) for action in report.unpriced[:MOST_UNPRICED]],
        "unpriced_cut": _cut(len(report.unpriced), MOST_UNPRICED, lang),
    }


def _yearly(report: InvestmentReport) -> list[tuple[str, int]]:
    return [(str(year), cents) for year, cents in zip(report.years, report.by_year, strict=True)]


def _period(years: Sequence[int], lang: Lang) -> str:
    if len(years) == 1:
        return str(years[0])
    return f"{years[0]} à {years[-1]}" if lang == "fr" else f"{years[0]} to {years[-1]}"


def _amounts(report: InvestmentReport, cents: Sequence[int]) -> list[str]:
    """Amounts and their sum for a table whose title says euros; all of a document have cents, or none has."""
    exact = any(one % 100 for action in report.actions for one in action.cents)
    return [_amount(one, report.lang, exact=exact) for one in (*cents, sum(cents))]


def _amount(cents: int, lang: Lang, *, exact: bool) -> str:
    mark = "," if lang == "fr" else "."
    return number(cents // 100, lang) + (f"{mark}{cents % 100:02}" if exact else "")


def _table(report: InvestmentReport, first: str, rows: Sequence[PlanRow]) -> Json:
    lang = report.lang
    return {
        "header": [first, *map(str, report.years), _WORDS[lang]["total"]],
        "rows": [[name_line(row.name, lang, 120), *_amounts(report, row.cents)] for row in rows[:MOST_ROWS]],
        "cut": _cut(len(rows), MOST_ROWS, lang),
    }


def _action(report: InvestmentReport, action: PricedAction) -> Json:
    lang = report.lang
    return {
        "number": number(action.number, lang),
        "title": name_line(action.title, lang, 200),
        "sites": _several(action.sites, lang),
        "fundings": _several(action.fundings, lang),
        "shared": action.shared,
        "cents": _amounts(report, action.cents),
    }


def _unpriced(action: UnpricedAction, lang: Lang) -> Json:
    return {
        "number": number(action.number, lang),
        "title": name_line(action.title, lang, 200),
        "severity": action.severity.value,
        "severity_name": SEVERITY_NAMES[lang][action.severity],
        "due": day(action.due_on, lang),
        "effort": "–" if action.effort_days is None else days_of_work(action.effort_days, lang),
        "owner": name_line(action.owner, lang, 80),
        "sites": _several(action.sites, lang),
    }


def days_of_work(days: float, lang: Lang) -> str:
    """An effort: 2,5 jours or 2.5 days."""
    written = f"{days:g}"
    if lang == "fr":
        return f"{written.replace('.', ',')} jour{'s' if days >= 2 else ''}"
    return f"{written} day{'' if days == 1 else 's'}"


def _several(names: Sequence[str], lang: Lang, most: int = 4) -> str:
    """A few names on one line, then how many more."""
    shown = ", ".join(name_line(name, lang, 80) for name in names[:most])
    return shown if len(names) <= most else f"{shown} + {number(len(names) - most, lang)}"


def _conclusion(report: InvestmentReport) -> Json:
    """How much, and whether that is all: what is not priced makes the true figure higher."""
    lang = report.lang
    total, priced, missing = sum(report.by_year), len(report.actions), len(report.unpriced)
    period = _period(report.years, lang)
    if lang == "fr":
        found = (
            f"{euros(total, lang)} de dépenses prévues ({period}) pour {counted(priced, 'action', 'actions', lang)}."
        )
        unsaid = (
            f"{counted(missing, 'action ouverte n’est pas chiffrée', 'actions ouvertes ne sont pas chiffrées', lang)}"
        )
        unsaid += "\u00a0: le besoin réel est plus élevé."
        nothing = "Aucune action n’est chiffrée sur cette période."
    else:
        found = f"{euros(total, lang)} planned ({period}) for {counted(priced, 'action', 'actions', lang)}."
        unsaid = f"{counted(missing, 'open action is', 'open actions are', lang)} not priced: the real need is higher."
        nothing = "No action is priced over this period."
    tone = "warning" if missing else "good" if priced else "unknown"
    return {"tone": tone, "findings": found if priced else nothing, "unseen": unsaid if missing else ""}


def _notes(report: InvestmentReport) -> list[str]:
    """What the figures do not hold."""
    lang = report.lang
    notes = [_WORDS[lang]["tax"]]
    if report.outside_cents:
        amount = euros(report.outside_cents, lang)
        notes.append(
            f"Ces actions coûtent aussi {amount} sur d’autres années, hors de ce plan."
            if lang == "fr"
            else f"These actions also cost {amount} in other years, not counted here."
        )
    if report.seen < report.establishments:
        seen = counted(report.seen, *_SITES[lang], lang)
        among = number(report.establishments, lang)
        notes.append(
            f"Ce plan porte sur {seen}, parmi les {among} de ce périmètre\u00a0: ce que suit son auteur."
            if lang == "fr"
            else f"This plan covers {seen}, of the {among} of this place: what its author follows."
        )
    if any(action.shared for action in report.actions):
        notes.append(_WORDS[lang]["shared_note"])
    return notes


def _cut(found: int, shown: int, lang: Lang) -> str:
    if found <= shown:
        return ""
    rest = number(found - shown, lang)
    if lang == "fr":
        return f"{rest} lignes de plus ne sont pas imprimées\u00a0; le classeur du plan les donne toutes."
    return f"{rest} more lines are not printed; the workbook of the plan gives them all."


_SITES: dict[Lang, tuple[str, str]] = {
    "fr": ("établissement", "établissements"),
    "en": ("establishment", "establishments"),
}
_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Plan d’investissement",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "issued": "Édité le",
        "period": "Années",
        "colon": "\u00a0: ",
        "page": "Page",
        "of": "sur",
        "synthesis": "Synthèse",
        "by_year": "Dépenses par année",
        "year": "Année",
        "by_kind": "Investissement et fonctionnement",
        "by_entity": "Par établissement",
        "by_funding": "Par financement",
        "kind": "Nature",
        "entity": "Établissement",
        "funding": "Financement",
        "total": "Total",
        "in_euros": "Montants en euros.",
        "tax": "Les montants sont toutes taxes comprises.",
        "shared": "part d’un coût partagé",
        "shared_note": "D’une action partagée, seule la part des établissements de ce plan est comptée.",
        "actions": "Actions chiffrées",
        "action": "Action",
        "sites": "Établissements",
        "no": "n°",
        "no_cost": "Aucun coût n’est saisi sur cette période.",
        "unpriced": "Actions non chiffrées",
        "unpriced_intro": "Personne n’a encore dit ce que coûtent ces actions ouvertes : elles ne comptent pas pour "
        "zéro, leur coût manque au plan.",
        "unpriced_none": "Toutes les actions ouvertes sont chiffrées.",
        "severity": "Gravité",
        "due": "Échéance",
        "effort": "Effort",
        "owner": "Responsable",
    },
    "en": {
        "title": "Investment plan",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "issued": "Issued on",
        "period": "Years",
        "colon": ": ",
        "page": "Page",
        "of": "of",
        "synthesis": "Summary",
        "by_year": "Spending by year",
        "year": "Year",
        "by_kind": "Investment and running costs",
        "by_entity": "By establishment",
        "by_funding": "By funding",
        "kind": "Nature",
        "entity": "Establishment",
        "funding": "Funding",
        "total": "Total",
        "in_euros": "Amounts in euros.",
        "tax": "Amounts include tax.",
        "shared": "part of a shared cost",
        "shared_note": "Of a shared action, only the part of the establishments of this plan is counted.",
        "actions": "Priced actions",
        "action": "Action",
        "sites": "Establishments",
        "no": "no.",
        "no_cost": "No cost is entered over this period.",
        "unpriced": "Actions not priced",
        "unpriced_intro": "Nobody has said yet what these open actions cost: they do not count as zero, their cost is "
        "missing from the plan.",
        "unpriced_none": "Every open action is priced.",
        "severity": "Severity",
        "due": "Due",
        "effort": "Effort",
        "owner": "Owner",
    },
}
