"""The minutes of a review of remote accesses, as an accessible PDF: who decided what, what is to be closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports.plain import name_line, one_line
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import Lang, counted, day, instant

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PrintedDecision:
    """One access; `verdict` in the words of the reader, "" when nobody decided. Times in the zone of the place."""

    supplier: str
    equipment: str
    verdict: str
    to_close: bool
    note: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PrintedOwner:
    """What one owner decided; `name` is "" for accesses without an owner."""

    name: str
    signed_by: str
    decisions: tuple[PrintedDecision, ...]


@dataclass(frozen=True, slots=True)
class ReviewMinutes:
    """A review as it was closed."""

    lang: Lang
    issued_at: datetime
    place: str
    title: str
    opened_at: datetime
    opened_by: str
    due_on: date
    closed_by: str
    owners: tuple[PrintedOwner, ...]


def render_review_minutes(minutes: ReviewMinutes, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The minutes as PDF/UA-1 and PDF/A-2a; the same gives the same bytes. ReportError when out of bounds."""
    return typeset("access_review", compose(minutes), minutes.issued_at, limits)


def compose(minutes: ReviewMinutes) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang, words = minutes.lang, _WORDS[minutes.lang]
    everything = [one for owner in minutes.owners for one in owner.decisions]
    return {
        "lang": lang,
        "words": words,
        "place": name_line(minutes.place, lang),
        "title": name_line(minutes.title, lang, 200),
        "issued": instant(minutes.issued_at, lang),
        "issued_day": day(minutes.issued_at, lang),
        "facts": [
            [words["opened"], f"{instant(minutes.opened_at, lang)} – {one_line(minutes.opened_by, lang, 120)}"],
            [words["due"], day(minutes.due_on, lang)],
            [words["closed"], f"{instant(minutes.issued_at, lang)} – {one_line(minutes.closed_by, lang, 120)}"],
        ],
        "conclusion": _conclusion(everything, lang),
        "complete": all(one.verdict for one in everything),
        "to_close": [_access(one, lang) for one in everything if one.to_close],
        "undecided": [_access(one, lang) for one in everything if not one.verdict],
        "owners": [_owner(one, lang) for one in minutes.owners],
        "header": [words[name] for name in ("access", "decision", "note", "by")],
    }


def _conclusion(everything: list[PrintedDecision], lang: Lang) -> str:
    words = _WORDS[lang]
    done = sum(bool(one.verdict) for one in everything)
    closing = sum(one.to_close for one in everything)
    return " · ".join(
        (
            counted(done, words["reviewed"], words["reviewed_many"], lang),
            counted(len(everything) - done, words["left"], words["left_many"], lang),
            counted(closing, words["closing"], words["closing_many"], lang),
        )
    )


def _access(one: PrintedDecision, lang: Lang) -> str:
    return f"{name_line(one.supplier, lang, 120)} – {one_line(one.equipment, lang, 200)}"


def _owner(one: PrintedOwner, lang: Lang) -> Json:
    words = _WORDS[lang]
    return {
        "name": name_line(one.name, lang, 120) if one.name else words["no_owner"],
        "signed": f"{words['signed']} {name_line(one.signed_by, lang, 120)}" if one.signed_by else "",
        "lines": [_decision(decision, lang) for decision in one.decisions],
    }


def _decision(one: PrintedDecision, lang: Lang) -> list[str]:
    words = _WORDS[lang]
    who = f"{name_line(one.decided_by, lang, 120)}, {instant(one.decided_at, lang)}" if one.decided_at else "–"
    return [_access(one, lang), one.verdict or words["none"], one_line(one.note, lang, 500), who]


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Revue des accès à distance : compte rendu",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "issued": "Édité le",
        "page": "Page",
        "of": "sur",
        "colon": " : ",
        "opened": "Ouverte le",
        "due": "Attendue pour le",
        "closed": "Close le",
        "synthesis": "Synthèse",
        "closing_title": "Accès à fermer",
        "closing_none": "Aucun accès n’est à fermer.",
        "undecided_title": "Accès sans décision",
        "undecided_why": "Personne ne s’est prononcé : ces accès ne comptent pas comme revus.",
        "decisions": "Décisions",
        "access": "Accès",
        "decision": "Décision",
        "note": "Remarque",
        "by": "Par, le",
        "none": "aucune",
        "no_owner": "Sans responsable",
        "signed": "Signé :",
        "reviewed": "accès revu",
        "reviewed_many": "accès revus",
        "left": "sans décision",
        "left_many": "sans décision",
        "closing": "à fermer",
        "closing_many": "à fermer",
    },
    "en": {
        "title": "Review of remote accesses: minutes",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "issued": "Issued on",
        "page": "Page",
        "of": "of",
        "colon": ": ",
        "opened": "Opened on",
        "due": "Due on",
        "closed": "Closed on",
        "synthesis": "Summary",
        "closing_title": "Accesses to close",
        "closing_none": "No access is to be closed.",
        "undecided_title": "Accesses without a decision",
        "undecided_why": "Nobody decided: these accesses do not count as reviewed.",
        "decisions": "Decisions",
        "access": "Access",
        "decision": "Decision",
        "note": "Remark",
        "by": "By, on",
        "none": "none",
        "no_owner": "Without an owner",
        "signed": "Signed:",
        "reviewed": "access reviewed",
        "reviewed_many": "accesses reviewed",
        "left": "without a decision",
        "left_many": "without a decision",
        "closing": "to close",
        "closing_many": "to close",
    },
}
