"""Questions on paper: big boxes to tick, room to write, and a code on each page by which the form is typed in.

Boxes bear the keys that the page of entry takes: 1 yes, 2 partly, 3 no, 4 not applicable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer

from reports.sheets.flow import Box, line
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, blank, fitted, marked, shown, style, width_of
from reports.sheets.ledger import Column, Ledger, Row
from reports.words import COLON, Lang

_MARGIN = 12 * mm
_FOOT = 8 * mm
_ROW = 84.0
_TICK = 15.0
"""Points of the boxes to tick: they are ticked standing, on a clipboard."""
_WORDS: dict[str, dict[Lang, str]] = {
    "sheet": {"fr": "Questions à poser sur place", "en": "Questions to ask on site"},
    "code": {"fr": "CODE", "en": "CODE"},
    "how": {
        "fr": "Une case par question ; laissez vide ce que vous ne savez pas. Pour saisir la feuille : « Questions », "
        "puis ce code ; les touches 1 à 4 cochent.",
        "en": "One box a question; leave empty what you do not know. To type the sheet in: “Questions”, then this "
        "code; keys 1 to 4 tick.",
    },
    "who": {
        "fr": "Rempli par : ……………………………………………………    Le : …… / …… / …………",
        "en": "Filled in by: ……………………………………………………    On: …… / …… / …………",
    },
    "question": {"fr": "Question, et où regarder", "en": "Question, and where to look"},
    "answer": {"fr": "Réponse", "en": "Answer"},
    "yes": {"fr": "1 Oui", "en": "1 Yes"},
    "partly": {"fr": "2 En partie", "en": "2 Partly"},
    "no": {"fr": "3 Non", "en": "3 No"},
    "never": {"fr": "3 Jamais", "en": "3 Never"},
    "none": {"fr": "3 Aucun", "en": "3 None"},
    "out": {"fr": "4 Sans objet", "en": "4 Not applicable"},
    "note": {"fr": "Précision", "en": "Detail"},
    "last": {"fr": "Dernière fois le", "en": "Last time on"},
    "page": {"fr": "Page", "en": "Page"},
    "printed": {"fr": "imprimé le", "en": "printed on"},
}


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A question on paper. `unit` is that of a number to write, `dated` asks for a day, `choices` are to be ticked.
    `ask` comes first where the question has a condition, and `absent` is then what to tick when it does not hold."""

    item: str
    title: str
    look: str
    ask: str = ""
    absent: str = ""
    unit: str = ""
    dated: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """A form to print; texts are in the reader's language."""

    establishment: str
    code: str
    printed: str
    questions: tuple[PaperQuestion, ...]
    lang: Lang


def question_form(form: QuestionForm) -> bytes:
    """The form as a PDF, A4; the same form gives the same bytes."""
    title = f"{_WORDS['sheet'][form.lang]} – {form.code}"
    pages = _drawn(blank(A4, title, form.lang)[0], form, 1)
    canvas, file = blank(A4, title, form.lang)
    _drawn(canvas, form, pages)
    canvas.save()
    return file.getvalue()


def _drawn(canvas: Canvas, form: QuestionForm, pages: int) -> int:
    def begin(number: int) -> Box:
        if number:
            canvas.showPage()
        _code(canvas, form)
        _foot(canvas, form, number, pages)
        bottom, top = _MARGIN + _FOOT, A4[1] - _MARGIN - 13 * mm
        return Box(_MARGIN, bottom, A4[0] - 2 * _MARGIN, top - bottom)

    lang = form.lang
    ledger = Ledger(canvas, begin, lang)
    ledger.flow(list(_head(form)))
    columns = (Column("", 7), Column(_WORDS["question"][lang], 48), Column(_WORDS["answer"][lang], 45))
    ledger.table(columns, [_row(rank, one, lang) for rank, one in enumerate(form.questions, 1)])
    return ledger.pages


def _code(canvas: Canvas, form: QuestionForm) -> None:
    """The code on every page: sheets of several forms end up in one pile."""
    top = A4[1] - _MARGIN
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setFont(BOLD, 24)
    canvas.drawRightString(A4[0] - _MARGIN, top - 20, f"{form.code[:3]} {form.code[3:]}")
    width = width_of(f"{form.code[:3]} {form.code[3:]}", BOLD, 24)
    canvas.setFont(REGULAR, SMALLEST)
    label = _WORDS["code"][form.lang]
    canvas.drawRightString(A4[0] - _MARGIN - width - 8, top - 18, label)
    canvas.setFont(BOLD, 14)
    room = A4[0] - 2 * _MARGIN - width - width_of(label, REGULAR, SMALLEST) - 24
    canvas.drawString(_MARGIN, top - 18, fitted(shown(form.establishment, form.lang), BOLD, 14, room))
    canvas.restoreState()


def _head(form: QuestionForm) -> Iterator[Flowable]:
    lang = form.lang
    yield line(_WORDS["sheet"][lang], 17, lang, bold=True)
    yield Spacer(1, 4)
    yield line(_WORDS["how"][lang], SMALLEST, lang)
    yield Spacer(1, 12)
    yield line(_WORDS["who"][lang], 12, lang)
    yield Spacer(1, 10)


def _row(rank: int, one: PaperQuestion, lang: Lang) -> Row:
    said = [line(f"{one.item}  {one.title}", 12, lang, bold=True), Spacer(1, 2)]
    said.append(Paragraph(marked(one.look, lang), style(SMALLEST)))
    return Row(((line(str(rank), 15, lang, bold=True),), tuple(said), tuple(_answers(one, lang))), _ROW)


def _answers(one: PaperQuestion, lang: Lang) -> Iterator[Flowable]:
    if one.absent:
        yield Paragraph(marked(one.ask, lang), style(SMALLEST, after=2))
        yield from _boxes((f"4 {one.absent}",), lang)
    yield from _asked(one, lang)
    yield Spacer(1, 4)
    yield line(f"{_WORDS['note'][lang]}{COLON[lang]}{'…' * 17}", SMALLEST, lang)


def _asked(one: PaperQuestion, lang: Lang) -> Iterator[Flowable]:
    """What there is to tick or to write, by what the question wants."""
    out = () if one.absent else (_WORDS["out"][lang],)
    if one.unit:
        yield line(f"………………  {one.unit}", _TICK, lang)
        yield from _boxes((_WORDS["no"][lang], *out), lang)
    elif one.dated:
        yield line(f"{_WORDS['last'][lang]} …… / …… / …………", 12, lang)
        yield from _boxes((_WORDS["never"][lang], *out), lang)
    elif one.choices:
        for letter, name in zip(ascii_lowercase, one.choices, strict=False):
            yield from _boxes((f"{letter} {name}",), lang, 12)
        yield from _boxes((_WORDS["none"][lang], *out), lang)
    else:
        yield from _boxes((_WORDS["yes"][lang], _WORDS["partly"][lang]), lang)
        yield from _boxes((_WORDS["no"][lang], *out), lang)


def _boxes(words: tuple[str, ...], lang: Lang, size: float = _TICK) -> Iterator[Flowable]:
    """Boxes on one line, each with its words."""
    said = "&nbsp;&nbsp;&nbsp; ".join(f"□&nbsp;{marked(one, lang)}" for one in words)
    yield Paragraph(said, style(size, after=2))


def _foot(canvas: Canvas, form: QuestionForm, number: int, pages: int) -> None:
    lang = form.lang
    page = f"{_WORDS['page'][lang]} {number + 1}/{pages}"
    words = f"{_WORDS['sheet'][lang]} · {form.establishment} · {_WORDS['printed'][lang]} {form.printed}"
    room = A4[0] - 2 * _MARGIN - width_of(page, BOLD, SMALLEST) - 6 * mm
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setFont(BOLD, SMALLEST)
    canvas.drawRightString(A4[0] - _MARGIN, _MARGIN, page)
    canvas.setFont(REGULAR, SMALLEST)
    canvas.drawString(_MARGIN, _MARGIN, fitted(shown(words, lang), REGULAR, SMALLEST, room))
    canvas.restoreState()
