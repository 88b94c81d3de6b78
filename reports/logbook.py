"""A logbook (main courante) as an accessible PDF: every line in the order of the facts, day by day, and its seal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import Lang, counted, day, instant

LONGEST_LINE = 5_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line; `written_at` only when it was written well after. `event`: the exercise itself wrote it."""

    number: str
    at: datetime
    written_at: datetime | None
    kind: str
    cell: str
    text: str
    by: str
    corrects: int | None
    corrected_by: int | None
    event: bool = False


@dataclass(frozen=True, slots=True)
class LogbookReport:
    """A logbook, its times in the zone of the establishment. `opened` is when, by whom, and when it was closed; `seal`
    the hash of the last line; `fault` what is wrong with the chain, "" when it holds."""

    lang: Lang
    issued_at: datetime
    place: str
    finess: str
    title: str
    opened: tuple[datetime | None, str, datetime | None]
    exercise: bool
    lines: tuple[PrintedLine, ...]
    seal: str
    fault: str = ""


def render_logbook(report: LogbookReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The logbook as PDF/UA-1 and PDF/A-2a; the same gives the same bytes. ReportError when out of bounds."""
    return typeset("logbook", compose(report), report.issued_at, limits)


def compose(report: LogbookReport) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang = report.lang
    words = _WORDS[lang]
    return {
        "lang": lang,
        "words": words,
        "place": name_line(report.place, lang),
        "finess": one_line(report.finess, lang),
        "title": name_line(report.title, lang, 200),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
        "kind": words["of_exercise"] if report.exercise else words["of_crisis"],
        "facts": _facts(report),
        "fault": one_line(report.fault, lang, 300),
        "header": [words[name] for name in ("number", "hour", "kind", "text", "by")],
        "days": [_day(moment, list(lines), lang) for moment, lines in _by_day(report)],
        "seal": one_line(report.seal, lang),
    }


def _by_day(report: LogbookReport) -> Any:  # noqa: ANN401 - what groupby gives
    return groupby(report.lines, key=lambda line: line.at.date())


def _facts(report: LogbookReport) -> list[list[str]]:
    lang, words = report.lang, _WORDS[report.lang]
    opened, by, closed = report.opened
    facts = [[words["lines"], counted(len(report.lines), words["line"], words["lines_of"], lang)]]
    if opened is not None:
        facts.append([words["opened"], f"{instant(opened, lang)}, {name_line(by, lang, 120)}"])
    if closed is not None:
        facts.append([words["closed"], instant(closed, lang)])
    return facts


def _day(moment: datetime, lines: Sequence[PrintedLine], lang: Lang) -> Json:
    return {"day": day(moment, lang), "lines": [_line(line, lang) for line in lines]}


def _line(line: PrintedLine, lang: Lang) -> Json:
    return {
        "number": line.number,
        "hour": f"{line.at:%H:%M}",
        "kind": one_line(line.kind, lang),
        "cell": name_line(line.cell, lang, 80),
        "text": plain(line.text, lang, LONGEST_LINE),
        "by": name_line(line.by, lang, 120),
        "notes": _notes(line, lang),
        "event": line.event,
        "corrected": line.corrected_by is not None,
    }


def _notes(line: PrintedLine, lang: Lang) -> list[str]:
    words, notes = _WORDS[lang], []
    if line.corrects is not None:
        notes.append(f"{words['corrects']} {line.corrects}")
    if line.corrected_by is not None:
        notes.append(f"{words['corrected_by']} {line.corrected_by}")
    if line.written_at is not None:
        same = line.written_at.date() == line.at.date()
        notes.append(f"{words['written']} {line.written_at:%H:%M}" if same else instant(line.written_at, lang))
    return notes


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Main courante",
        "of_exercise": "Exercice",
        "of_crisis": "Crise réelle",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "issued": "Édité le",
        "page": "Page",
        "of": "sur",
        "lines": "Contenu",
        "line": "ligne",
        "lines_of": "lignes",
        "opened": "Ouverte le",
        "closed": "Close le",
        "number": "N°",
        "hour": "Heure",
        "kind": "Nature",
        "text": "Texte",
        "by": "Par",
        "corrects": "corrige la ligne",
        "corrected_by": "corrigée par la ligne",
        "written": "écrit à",
        "none": "Aucune ligne.",
        "seal": "Empreinte de la dernière ligne",
        "seal_help": "Chaque ligne porte l’empreinte de la précédente : recopiez celle-ci dans un procès-verbal, "
        "et plus aucune ligne ne peut changer sans que cela se voie.",
        "signature": "Nom, date et signature",
    },
    "en": {
        "title": "Logbook",
        "of_exercise": "Exercise",
        "of_crisis": "Real crisis",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "issued": "Issued on",
        "page": "Page",
        "of": "of",
        "lines": "Contents",
        "line": "line",
        "lines_of": "lines",
        "opened": "Opened on",
        "closed": "Closed on",
        "number": "No.",
        "hour": "Time",
        "kind": "Kind",
        "text": "Text",
        "by": "By",
        "corrects": "corrects line",
        "corrected_by": "corrected by line",
        "written": "written at",
        "none": "No line.",
        "seal": "Hash of the last line",
        "seal_help": "Each line carries the hash of the one before: copy this one into minutes, and no line can change "
        "any more without being seen.",
        "signature": "Name, date and signature",
    },
}
