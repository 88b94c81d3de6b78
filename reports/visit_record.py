"""What the visitors of a certification visit read, as an accessible PDF: who came, and page by page what was opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from reports.plain import name_line, one_line
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import Lang, counted, day, instant, number

MOST_VIEWS = 3_000
"""Pages listed in a document at most, the first ones; the workbook holds them all."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PrintedVisitor:
    """Somebody who was invited; times in the zone of the establishment."""

    name: str
    organisation: str
    opened_at: datetime | None
    closed_at: datetime | None
    views: int
    refused: int


@dataclass(frozen=True, slots=True)
class PrintedView:
    """One page that was asked for."""

    at: datetime
    visitor: str
    page: str
    thing: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """The record of a visit, times in the zone of the establishment. `left_out` pages are in the workbook only."""

    lang: Lang
    issued_at: datetime
    title: str
    holder: str
    state: str
    starts_at: datetime
    ends_at: datetime
    establishments: tuple[str, ...]
    frameworks: tuple[str, ...]
    visitors: tuple[PrintedVisitor, ...]
    views: tuple[PrintedView, ...]
    left_out: int = 0


def render_visit_record(report: VisitRecord, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The record as PDF/UA-1 and PDF/A-2a; the same gives the same bytes. ReportError when out of bounds."""
    return typeset("visit_record", compose(report), report.issued_at, limits)


def compose(report: VisitRecord) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang, words = report.lang, _WORDS[report.lang]
    return {
        "lang": lang,
        "words": words,
        "place": name_line(report.holder, lang),
        "title": name_line(report.title, lang, 200),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
        "facts": [
            [words["state"], one_line(report.state, lang)],
            [words["opened"], instant(report.starts_at, lang)],
            [words["closed"], instant(report.ends_at, lang)],
            [words["establishments"], one_line(", ".join(report.establishments), lang, 2_000)],
            [words["frameworks"], one_line(", ".join(report.frameworks), lang, 2_000)],
        ],
        "conclusion": _conclusion(report),
        "visitors": [_visitor(one, lang) for one in report.visitors],
        "visitors_header": [words[name] for name in ("visitor", "organisation", "entered", "shut", "shown", "refused")],
        "days": [_day(at, list(lines), lang) for at, lines in groupby(report.views, key=lambda one: one.at.date())],
        "header": [words[name] for name in ("hour", "visitor", "page", "thing", "answer")],
        "cut": words["cut"].format(number(report.left_out, lang)) if report.left_out else "",
    }


def _conclusion(report: VisitRecord) -> str:
    words, lang = _WORDS[report.lang], report.lang
    shown = counted(sum(one.views for one in report.visitors), words["page_shown"], words["pages_shown"], lang)
    refused = counted(sum(one.refused for one in report.visitors), words["request"], words["requests"], lang)
    people = counted(sum(one.opened_at is not None for one in report.visitors), words["came"], words["came_many"], lang)
    return f"{people} · {shown} · {refused}"


def _visitor(one: PrintedVisitor, lang: Lang) -> list[str]:
    words = _WORDS[lang]
    return [
        name_line(one.name, lang, 120),
        one_line(one.organisation, lang, 120),
        instant(one.opened_at, lang) if one.opened_at else words["never"],
        instant(one.closed_at, lang) if one.closed_at else "–",
        number(one.views, lang),
        number(one.refused, lang),
    ]


def _day(at: Any, lines: list[PrintedView], lang: Lang) -> Json:  # noqa: ANN401 - what groupby gives
    words = _WORDS[lang]
    return {
        "day": day(at, lang),
        "lines": [
            [
                f"{one.at:%H:%M:%S}",
                name_line(one.visitor, lang, 120),
                one_line(one.page, lang, 80),
                one_line(one.thing, lang, 300),
                words["yes"] if one.allowed else words["no"],
            ]
            for one in lines
        ],
    }


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Relevé des consultations d’une visite",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "issued": "Édité le",
        "of": "sur",
        "colon": " : ",
        "state": "État",
        "opened": "Ouverte le",
        "closed": "Fermée le",
        "establishments": "Établissements",
        "frameworks": "Référentiels",
        "synthesis": "Synthèse",
        "visitors": "Visiteurs",
        "views": "Consultations",
        "visitor": "Visiteur",
        "organisation": "Organisme",
        "entered": "Entré le",
        "shut": "Accès fermé le",
        "shown": "Pages montrées",
        "refused": "Refus",
        "hour": "Heure",
        "page": "Page",
        "thing": "Objet",
        "answer": "Réponse",
        "yes": "montré",
        "no": "refusé",
        "never": "jamais",
        "none": "Rien n’a été consulté.",
        "nobody": "Personne n’a été invité.",
        "page_shown": "page montrée",
        "pages_shown": "pages montrées",
        "request": "demande refusée",
        "requests": "demandes refusées",
        "came": "visiteur entré",
        "came_many": "visiteurs entrés",
        "cut": "Et {} autres : le classeur les contient toutes.",
    },
    "en": {
        "title": "Record of what was read during a visit",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "issued": "Issued on",
        "of": "of",
        "colon": ": ",
        "state": "State",
        "opened": "Opened on",
        "closed": "Closed on",
        "establishments": "Establishments",
        "frameworks": "Frameworks",
        "synthesis": "Summary",
        "visitors": "Visitors",
        "views": "What was read",
        "visitor": "Visitor",
        "organisation": "Organisation",
        "entered": "Entered on",
        "shut": "Access closed on",
        "shown": "Pages shown",
        "refused": "Refusals",
        "hour": "Time",
        "page": "Page",
        "thing": "Thing",
        "answer": "Answer",
        "yes": "shown",
        "no": "refused",
        "never": "never",
        "none": "Nothing was read.",
        "nobody": "Nobody was invited.",
        "page_shown": "page shown",
        "pages_shown": "pages shown",
        "request": "request refused",
        "requests": "requests refused",
        "came": "visitor came in",
        "came_many": "visitors came in",
        "cut": "And {} more: the workbook holds them all.",
    },
}
