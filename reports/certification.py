"""Documents of a certification as accessible PDF: the evidence book of an establishment, the report of a place.

Both say of every figure what it is worth, of every piece its date and until when it is fresh, and begin with what is
to mend. The book goes into each element; the report compares establishments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import SEMICOLON, Lang, counted, day, instant, number, percent

Json = dict[str, Any]
MOST_GAPS = 400
"""Gaps in the table of a document at most, the gravest; the workbook holds them all."""
NO_DATE = "–"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One thing that shows a theme; `state` is one of `fresh`, `stale`, `undated`, `absent`, `state_name` its words."""

    title: str
    said: str
    day: date | None
    until: date | None
    state: str
    state_name: str


@dataclass(frozen=True, slots=True)
class PrintedSource:
    """A register, the methods by which it is looked at, what it shows. `hidden`: its author may not see it."""

    name: str
    by: str
    state: str
    state_name: str
    lines: tuple[PrintedLine, ...]
    more: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class PrintedTheme:
    """A theme with its rule of freshness."""

    title: str
    rule: str
    sources: tuple[PrintedSource, ...]


@dataclass(frozen=True, slots=True)
class PrintedPiece:
    """A document tied to an element; `number` is its place in the chain of evidence, None when it has none."""

    title: str
    kind: str
    day: date | None
    until: date | None
    number: int | None
    state: str
    state_name: str


@dataclass(frozen=True, slots=True)
class PrintedElement:
    """An element: what was answered, where it stands, why, and what is missing. `alarming`: imperative and not yes."""

    id: str
    title: str
    text: str
    level: str
    alarming: bool
    status: str
    answer: str
    note: str
    given: str
    why: tuple[str, ...]
    missing: tuple[str, ...]
    pieces: tuple[PrintedPiece, ...]


@dataclass(frozen=True, slots=True)
class PrintedScore:
    """A score in percent, None when there is none; how many elements were answered of how many."""

    title: str
    depth: int
    percent: int | None
    answered: int
    asked: int


@dataclass(frozen=True, slots=True)
class PrintedCriterion:
    """A criterion, its chapter and objective above it, its elements."""

    id: str
    title: str
    above: str
    score: PrintedScore
    elements: tuple[PrintedElement, ...]


@dataclass(frozen=True, slots=True)
class PrintedGap:
    """Something to mend: what sort, of what, in words. `grave`: an imperative element or a contradiction."""

    sort: str
    where: str
    words: str
    grave: bool


@dataclass(frozen=True, slots=True)
class PrintedMock:
    """A mock visit: when, how far it went, and what it contradicted."""

    title: str
    on: date
    noted: int
    expected: int
    gaps: int
    contradictions: tuple[tuple[str, str, str], ...]
    conclusion: str


@dataclass(frozen=True, slots=True)
class PrintedSite:
    """One establishment, with one manual."""

    name: str
    finess: str
    manual: str
    source: str
    notice: str
    scored: bool
    score: PrintedScore
    sections: tuple[PrintedScore, ...]
    criteria: tuple[PrintedCriterion, ...]
    themes: tuple[PrintedTheme, ...]
    gaps: tuple[PrintedGap, ...]
    mocks: tuple[PrintedMock, ...]

    @property
    def stale(self) -> int:
        """Sources that are stale."""
        return sum(one.state == "stale" for theme in self.themes for one in theme.sources if not one.hidden)

    @property
    def absent(self) -> int:
        """Sources with nothing to show."""
        return sum(one.state == "absent" for theme in self.themes for one in theme.sources if not one.hidden)

    @property
    def alarming(self) -> int:
        """Imperative elements that are not yes."""
        return sum(element.alarming for one in self.criteria for element in one.elements)


@dataclass(frozen=True, slots=True)
class CertificationReport:
    """A document on a place. `book`: every element and every piece, of one establishment; else a report."""

    lang: Lang
    issued_at: datetime
    place: str
    finess: str
    book: bool
    sites: tuple[PrintedSite, ...]
    seen: int = 1
    establishments: int = 1


def render_certification(report: CertificationReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The document as PDF/UA-1 and PDF/A-2a; the same gives the same bytes. ReportError when out of bounds."""
    return typeset("certification", compose(report), report.issued_at, limits)


def compose(report: CertificationReport) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang, words = report.lang, _WORDS[report.lang]
    return {
        "lang": lang,
        "words": words,
        "title": words["book"] if report.book else words["report"],
        "place": name_line(report.place, lang),
        "finess": one_line(report.finess, lang),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
        "book": report.book,
        "notice": one_line(report.sites[0].notice, lang) if report.sites else words["nothing"],
        "limits": _limits(report),
        "compared": None if [one.name for one in report.sites] == [report.place] else _compared(report),
        "sites": [_site(one, report) for one in report.sites],
    }


def _limits(report: CertificationReport) -> str:
    """What the document does not hold."""
    if report.seen >= report.establishments:
        return ""
    seen, among = number(report.seen, report.lang), number(report.establishments, report.lang)
    if report.lang == "fr":
        return f"Ce document porte sur {seen} établissements parmi les {among} de ce périmètre."
    return f"This document covers {seen} establishments of the {among} of this place."


def _compared(report: CertificationReport) -> Json:
    lang, words = report.lang, _WORDS[report.lang]
    names = ("establishment", "manual", "score", "answered", "alarming", "stale", "absent")
    return {
        "header": [words[name] for name in names],
        "rows": [
            [
                name_line(one.name, lang, 120),
                name_line(one.manual, lang, 120),
                _percent(one.score, lang),
                _of(one.score, lang),
                number(one.alarming, lang),
                number(one.stale, lang),
                number(one.absent, lang),
            ]
            for one in report.sites
        ],
    }


def _percent(score: PrintedScore, lang: Lang) -> str:
    return NO_DATE if score.percent is None else percent(score.percent, lang)


def _of(score: PrintedScore, lang: Lang) -> str:
    return f"{number(score.answered, lang)} / {number(score.asked, lang)}"


def _site(site: PrintedSite, report: CertificationReport) -> Json:
    lang, words = report.lang, _WORDS[report.lang]
    return {
        "name": name_line(site.name, lang),
        "finess": one_line(site.finess, lang),
        "facts": _facts(site, lang),
        "notice": one_line(site.notice, lang),
        "tone": "alert" if site.alarming else "warning" if site.gaps else "good",
        "conclusion": _conclusion(site, lang),
        "gaps": _gaps(site.gaps, lang),
        "gaps_cut": _cut(len(site.gaps), lang),
        "scored": site.scored,
        "sections": {
            "header": [words["section"], words["score"], words["answered"]],
            "rows": [
                ["\u2003" * one.depth + name_line(one.title, lang), _percent(one, lang), _of(one, lang)]
                for one in site.sections
            ],
        },
        "criteria": [_criterion(one, site, lang) for one in site.criteria] if report.book else [],
        "themes": [_theme(one, lang, whole=report.book) for one in site.themes],
        "mocks": [_mock(one, lang) for one in site.mocks],
    }


def _facts(site: PrintedSite, lang: Lang) -> list[list[str]]:
    words = _WORDS[lang]
    facts = [[words["manual"], name_line(site.manual, lang)], [words["source"], name_line(site.source, lang)]]
    if site.scored:
        facts.append([words["score"], _percent(site.score, lang)])
    facts.append([words["answered"], _of(site.score, lang)])
    facts.append([words["alarming"], number(site.alarming, lang)])
    facts.append([words["stale"], number(site.stale, lang)])
    facts.append([words["absent"], number(site.absent, lang)])
    return facts


def _conclusion(site: PrintedSite, lang: Lang) -> str:
    """What to handle first, in one sentence."""
    counts = (site.alarming, site.stale, site.absent, site.score.asked - site.score.answered)
    parts = [
        counted(count, one, many, lang) for count, (one, many) in zip(counts, _COUNTED[lang], strict=True) if count
    ]
    if not parts:
        return _WORDS[lang]["nothing_to_do"]
    return _WORDS[lang]["first"] + SEMICOLON[lang].join(parts) + "."


def _gaps(gaps: Sequence[PrintedGap], lang: Lang) -> list[Json]:
    ordered = sorted(gaps, key=lambda one: not one.grave)
    return [
        {
            "sort": one_line(one.sort, lang),
            "where": name_line(one.where, lang, 200),
            "words": plain(one.words, lang, 600),
            "grave": one.grave,
        }
        for one in ordered[:MOST_GAPS]
    ]


def _cut(found: int, lang: Lang) -> str:
    if found <= MOST_GAPS:
        return ""
    rest = number(found - MOST_GAPS, lang)
    if lang == "fr":
        return f"{rest} écarts de plus ne sont pas imprimés ; le classeur du rapport les donne tous."
    return f"{rest} more gaps are not printed; the workbook of the report gives them all."


def _criterion(one: PrintedCriterion, site: PrintedSite, lang: Lang) -> Json:
    return {
        "title": name_line(f"{one.id} {one.title}".strip(), lang),
        "above": one_line(one.above, lang),
        "score": _percent(one.score, lang) if site.scored else "",
        "answered": _of(one.score, lang),
        "elements": [_element(element, lang) for element in one.elements],
    }


def _element(one: PrintedElement, lang: Lang) -> Json:
    return {
        "title": name_line(f"{one.id} {one.title}".strip(), lang),
        "text": plain(one.text, lang),
        "level": one_line(one.level, lang),
        "alarming": one.alarming,
        "status": one_line(one.status, lang),
        "answer": one_line(one.answer, lang),
        "given": one_line(one.given, lang),
        "note": plain(one.note, lang),
        "why": _lines(one.why, lang),
        "missing": _lines(one.missing, lang),
        "pieces": [_piece(piece, lang) for piece in one.pieces],
    }


def _lines(texts: Iterable[str], lang: Lang) -> list[str]:
    return [plain(one, lang, 600) for one in texts]


def _piece(one: PrintedPiece, lang: Lang) -> list[str]:
    return [
        name_line(one.title, lang, 200),
        SEMICOLON[lang].join(filter(None, (one_line(one.kind, lang), _numbered(one, lang)))),
        _dates(one.day, one.until, lang),
        f"{_MARKS[one.state]} {one.state_name}",
    ]


def _numbered(one: PrintedPiece, lang: Lang) -> str:
    """Its number in the chain of evidence, by which the sealed archive finds it."""
    return "" if one.number is None else f"{_WORDS[lang]['number']}\u00a0{number(one.number, lang)}"


def _theme(one: PrintedTheme, lang: Lang, *, whole: bool) -> Json:
    sources = [source for source in one.sources if whole or source.state != "fresh" or source.hidden]
    return {
        "title": name_line(one.title, lang),
        "rule": one_line(one.rule, lang),
        "sources": [_source(source, lang) for source in sources],
    }


def _source(one: PrintedSource, lang: Lang) -> Json:
    return {
        "name": name_line(one.name, lang),
        "by": one_line(one.by, lang),
        "state": one.state,
        "state_name": f"{_MARKS[one.state]} {one.state_name}",
        "hidden": one.hidden,
        "more": "" if not one.more else f"+ {number(one.more, lang)}",
        "lines": [
            [
                name_line(line.title, lang, 200),
                one_line(line.said, lang),
                _dates(line.day, line.until, lang),
                f"{_MARKS[line.state]} {line.state_name}",
            ]
            for line in one.lines
        ],
    }


def _mock(one: PrintedMock, lang: Lang) -> Json:
    words = _WORDS[lang]
    return {
        "title": name_line(one.title, lang),
        "facts": [
            [words["held"], day(one.on, lang)],
            [words["noted"], f"{number(one.noted, lang)} / {number(one.expected, lang)}"],
            [words["gaps"], number(one.gaps, lang)],
        ],
        "contradictions": [
            [name_line(title, lang, 200), one_line(words_, lang), plain(note, lang, 600)]
            for title, words_, note in one.contradictions
        ],
        "conclusion": plain(one.conclusion, lang),
    }


def _dates(since: date | None, until: date | None, lang: Lang) -> str:
    """Of when it is, and until when it is fresh; in one cell, since a book of 500 pages has thousands of them."""
    if until is None:
        return NO_DATE if since is None else day(since, lang)
    return f"{'…' if since is None else day(since, lang)} → {day(until, lang)}"


_COUNTED: dict[Lang, tuple[tuple[str, str], ...]] = {
    "fr": (
        ("impératif sans « oui »", "impératifs sans « oui »"),
        ("source périmée", "sources périmées"),
        ("source sans rien au dossier", "sources sans rien au dossier"),
        ("élément sans réponse", "éléments sans réponse"),
    ),
    "en": (
        ("imperative element without “yes”", "imperative elements without “yes”"),
        ("stale source", "stale sources"),
        ("source with nothing on file", "sources with nothing on file"),
        ("element without an answer", "elements without an answer"),
    ),
}
_MARKS = {"fresh": "✓", "stale": "✗", "undated": "?", "absent": "○"}
"""Shapes, so that freshness is told without its colour."""
_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "book": "Livre de preuves",
        "report": "Rapport de certification",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "issued": "Édité le",
        "page": "Page",
        "of": "sur",
        "colon": "\u00a0: ",
        "contents": "Sommaire",
        "synthesis": "Synthèse",
        "compared": "Par établissement",
        "establishment": "Établissement",
        "manual": "Manuel",
        "source": "Source",
        "score": "Score indicatif",
        "answered": "Éléments répondus",
        "alarming": "Impératifs sans « oui »",
        "stale": "Sources périmées",
        "absent": "Sources sans rien au dossier",
        "gaps": "Écarts",
        "gaps_title": "Tableau des écarts",
        "no_gap": "Aucun écart dans ce que la plateforme peut voir.",
        "sort": "Nature",
        "where": "Où",
        "what": "Quoi",
        "grave": "grave",
        "sections": "Par chapitre et objectif",
        "section": "Chapitre ou objectif",
        "criteria": "Critères et éléments",
        "imperative": "Impératif sans « oui »",
        "status": "État",
        "answer": "Réponse",
        "unanswered": "sans réponse",
        "why": "Pourquoi",
        "missing": "Ce qui manque",
        "pieces": "Pièces rattachées",
        "no_piece": "Aucune pièce rattachée.",
        "number": "n°",
        "piece": "Pièce",
        "dates": "Du → valable jusqu’au",
        "state": "Fraîcheur",
        "themes": "Ce que les registres montrent",
        "themes_worst": "Ce qui est périmé, sans date ou absent",
        "shown": "Ce qui est montré",
        "hidden": "Non visible par l’auteur de ce document.",
        "nothing": "Rien au dossier.",
        "first": "À traiter d’abord\u00a0: ",
        "nothing_to_do": "Rien à signaler dans ce que la plateforme peut voir.",
        "mark": "Repère",
        "value": "Valeur",
        "all_fresh": "À jour.",
        "mocks": "Visites à blanc",
        "held": "Date",
        "noted": "Constats notés",
        "contradictions": "Contredit l’autoévaluation",
        "element": "Élément",
        "seen": "Vu, déclaré",
        "note": "Note",
        "conclusion": "Conclusion",
    },
    "en": {
        "book": "Evidence book",
        "report": "Certification report",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "issued": "Issued on",
        "page": "Page",
        "of": "of",
        "colon": ": ",
        "contents": "Contents",
        "synthesis": "Summary",
        "compared": "By establishment",
        "establishment": "Establishment",
        "manual": "Manual",
        "source": "Source",
        "score": "Indicative score",
        "answered": "Elements answered",
        "alarming": "Imperatives without “yes”",
        "stale": "Stale sources",
        "absent": "Sources with nothing on file",
        "gaps": "Gaps",
        "gaps_title": "Table of gaps",
        "no_gap": "No gap in what the platform can see.",
        "sort": "Nature",
        "where": "Where",
        "what": "What",
        "grave": "grave",
        "sections": "By chapter and objective",
        "section": "Chapter or objective",
        "criteria": "Criteria and elements",
        "imperative": "Imperative without “yes”",
        "status": "State",
        "answer": "Answer",
        "unanswered": "no answer",
        "why": "Why",
        "missing": "What is missing",
        "pieces": "Pieces tied",
        "no_piece": "No piece tied.",
        "number": "no.",
        "piece": "Piece",
        "dates": "From → good until",
        "state": "Freshness",
        "themes": "What registers show",
        "themes_worst": "What is stale, undated or absent",
        "shown": "What is shown",
        "hidden": "Not visible to the author of this document.",
        "nothing": "Nothing on file.",
        "first": "To handle first: ",
        "nothing_to_do": "Nothing to report in what the platform can see.",
        "mark": "Mark",
        "value": "Value",
        "all_fresh": "Up to date.",
        "mocks": "Mock visits",
        "held": "Date",
        "noted": "Findings noted",
        "contradictions": "Contradicts the self-assessment",
        "element": "Element",
        "seen": "Seen, declared",
        "note": "Note",
        "conclusion": "Conclusion",
    },
}
