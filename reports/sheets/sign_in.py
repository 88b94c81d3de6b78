"""The sheet that people sign at an awareness session or a training: who, which profession, a signature; empty lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer

from reports.sheets.flow import Box, line
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, blank, fitted, shown, width_of
from reports.sheets.ledger import Column, Ledger, Row
from reports.words import COLON, Lang

_MARGIN = 12 * mm
_FOOT = 8 * mm
_ROWS, _ROW = 2 * 18, 28.0
"""Two pages: most sessions gather fewer than forty people."""
_WORDS: dict[str, dict[Lang, str]] = {
    "name": {"fr": "Nom, prénom", "en": "Name"},
    "profession": {"fr": "Métier", "en": "Profession"},
    "unit": {"fr": "Service", "en": "Ward or department"},
    "signature": {"fr": "Signature", "en": "Signature"},
    "sheet": {"fr": "Feuille d’émargement", "en": "Sign-in sheet"},
    "speaker": {
        "fr": "Intervenant : ………………………………………    Lieu : ………………………………    De ……… à ………",
        "en": "Speaker: ………………………………………    Room: ………………………………    From ……… to ………",
    },
    "families": {"fr": "Métiers à compter", "en": "Professions to count"},
    "kept": {
        "fr": "CaRE ne garde que des nombres par métier ; cette feuille se conserve comme preuve, et s’y dépose.",
        "en": "CaRE keeps numbers by profession alone; this sheet is kept as evidence, and filed there.",
    },
    "printed": {"fr": "imprimé le", "en": "printed on"},
    "page": {"fr": "Page", "en": "Page"},
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session to sign in to; texts are in the reader's language."""

    establishment: str
    kind: str
    title: str
    day: str
    printed: str
    professions: tuple[str, ...]
    lang: Lang


def sign_in_sheet(session: SignIn) -> bytes:
    """The sheet as a PDF, A4; the same session gives the same bytes."""
    title = f"{_WORDS['sheet'][session.lang]} – {session.title}"
    pages = _drawn(blank(A4, title, session.lang)[0], session, 1)
    canvas, file = blank(A4, title, session.lang)
    _drawn(canvas, session, pages)
    canvas.save()
    return file.getvalue()


def _drawn(canvas: Canvas, session: SignIn, pages: int) -> int:
    def begin(number: int) -> Box:
        if number:
            canvas.showPage()
        _foot(canvas, session, number, pages)
        bottom = _MARGIN + _FOOT
        return Box(_MARGIN, bottom, A4[0] - 2 * _MARGIN, A4[1] - _MARGIN - bottom)

    lang = session.lang
    ledger = Ledger(canvas, begin, lang)
    ledger.flow(list(_head(session)))
    parts = (("name", 34), ("profession", 24), ("unit", 20), ("signature", 22))
    columns = [Column(_WORDS[key][lang], part) for key, part in parts]
    ledger.table(columns, [Row(((),) * len(columns), _ROW) for _ in range(_ROWS)])
    return ledger.pages


def _head(session: SignIn) -> Iterator[Flowable]:
    lang = session.lang
    yield line(f"{_WORDS['sheet'][lang]} – {session.kind}", SMALLEST, lang)
    yield line(session.title, 16, lang, bold=True)
    yield line(f"{session.establishment} · {session.day}", 12, lang)
    yield Spacer(1, 8)
    yield line(_WORDS["speaker"][lang], SMALLEST, lang)
    yield Spacer(1, 6)
    yield line(f"{_WORDS['families'][lang]}{COLON[lang]}{' ; '.join(session.professions)}.", SMALLEST, lang)
    yield line(_WORDS["kept"][lang], SMALLEST, lang)
    yield Spacer(1, 8)


def _foot(canvas: Canvas, session: SignIn, number: int, pages: int) -> None:
    lang = session.lang
    page = f"{_WORDS['page'][lang]} {number + 1}/{pages}"
    words = f"{session.title} · {session.establishment} · {_WORDS['printed'][lang]} {session.printed}"
    room = A4[0] - 2 * _MARGIN - width_of(page, BOLD, SMALLEST) - 6 * mm
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setFont(BOLD, SMALLEST)
    canvas.drawRightString(A4[0] - _MARGIN, _MARGIN, page)
    canvas.setFont(REGULAR, SMALLEST)
    canvas.drawString(_MARGIN, _MARGIN, fitted(shown(words, lang), REGULAR, SMALLEST, room))
    canvas.restoreState()
