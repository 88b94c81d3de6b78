"""What is filled by hand during an exercise: observation grids, message forms, an empty logbook, an attendance list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer

from reports.sheets.chronogram import BOX
from reports.sheets.exercise_paper import (
    A4_ACROSS,
    Criterion,
    Frame,
    PaperExercise,
    Reaction,
    Stimulus,
    band,
    pages_of,
)
from reports.sheets.flow import line
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, fitted, marked, shown, style, width_of
from reports.sheets.ledger import Column, Ledger, Row, Title
from reports.words import COLON, Lang

_HAND = 30.0
_LOG_ROWS, _LOG_ROW = 13, 34.0
_PEOPLE_ROWS, _PEOPLE_ROW = 21, 31.0
_HALF = A4[1] / 2
_EDGE = 10 * mm

_WORDS: dict[str, dict[Lang, str]] = {
    "grid": {"fr": "Grille d’observation", "en": "Observation grid"},
    "cell": {"fr": "Cellule", "en": "Cell"},
    "observer": {"fr": "Observateur", "en": "Observer"},
    "criterion": {"fr": "Critère", "en": "Criterion"},
    "mark": {"fr": "Note", "en": "Mark"},
    "note": {"fr": "Ce que j’ai vu", "en": "What I saw"},
    "scale": {
        "fr": "0 : pas vu. 1 : essayé, sans effet. 2 : fait, avec un manque. 3 : fait, et bien. Jamais de nom.",
        "en": "0: not seen. 1: tried, without effect. 2: done, something missing. 3: done well. Never a name.",
    },
    "reactions": {"fr": "Réactions attendues", "en": "Expected reactions"},
    "stimulus": {"fr": "Stimulus", "en": "Stimulus"},
    "due": {"fr": "Prévu", "en": "Due"},
    "reaction": {"fr": "Réaction, et en combien de temps", "en": "Reaction, and how soon"},
    "seen": {"fr": "Vu", "en": "Seen"},
    "at": {"fr": "À", "en": "At"},
    "yes": {"fr": "oui", "en": "yes"},
    "partly": {"fr": "en partie", "en": "in part"},
    "no": {"fr": "non", "en": "no"},
    "message": {"fr": "Fiche message", "en": "Message form"},
    "number": {"fr": "N°", "en": "No."},
    "hour": {"fr": "Heure", "en": "Time"},
    "from": {"fr": "De", "en": "From"},
    "to": {"fr": "À", "en": "To"},
    "answers": {"fr": "En réponse à la carte n°", "en": "In answer to card no."},
    "text": {"fr": "Message ou question", "en": "Message or question"},
    "decision": {"fr": "Décision, suite donnée, par qui", "en": "Decision, follow-up, by whom"},
    "received": {"fr": "Reçu par l’animation à", "en": "Received by the facilitators at"},
    "by": {"fr": "par", "en": "by"},
    "log": {"fr": "Main courante", "en": "Logbook"},
    "kind": {"fr": "Nature", "en": "Kind"},
    "kinds": {
        "fr": "Nature : F fait, D décision, A action, C contact. On n’efface rien : une erreur se corrige à la ligne "
        "suivante, avec le numéro de la ligne fausse.",
        "en": "Kind: F fact, D decision, A action, C contact. Nothing is erased: an error is put right on the next "
        "line, with the number of the wrong one.",
    },
    "what": {"fr": "Ce qui se passe, ce qui est décidé", "en": "What happens, what is decided"},
    "who": {"fr": "Qui le fait, pour quand", "en": "Who does it, by when"},
    "writer": {"fr": "Rédacteur", "en": "Writer"},
    "attendance": {"fr": "Feuille de présence", "en": "Attendance list"},
    "duty": {
        "fr": "L’exercice ne compte que si la direction générale et les directions métiers y étaient : faites signer.",
        "en": "The exercise counts only if general management and business directorates were there: have them sign.",
    },
    "name": {"fr": "Nom, prénom", "en": "Name"},
    "function": {"fr": "Fonction", "en": "Position"},
    "arrival": {"fr": "Arrivée", "en": "Arrival"},
    "signature": {"fr": "Signature", "en": "Signature"},
    "cut": {"fr": "À photocopier", "en": "To photocopy"},
}


def observation_grids(exercise: PaperExercise) -> bytes:
    """A grid for each cell: the criteria to mark, then the reactions to look for, by time."""
    lang = exercise.lang
    name = _WORDS["grid"][lang]

    def draw(canvas: Canvas, pages: int) -> int:
        frame = Frame(canvas, A4_ACROSS, name, exercise, pages)
        done = 0
        for cell in exercise.cells:
            ledger = Ledger(canvas, lambda number, done=done: frame.begin(done + number), lang)  # type: ignore[misc]
            _grid(ledger, exercise, cell.name)
            done += ledger.pages
        return done

    return pages_of(A4_ACROSS, name, exercise, draw)


def _grid(ledger: Ledger, exercise: PaperExercise, cell: str) -> None:
    lang = exercise.lang
    observer = f"{_WORDS['observer'][lang]}{COLON[lang]}{'…' * 28}"
    ledger.flow([line(cell, 16, lang, bold=True), Spacer(1, 4), line(observer, SMALLEST, lang), Spacer(1, 4)])
    ledger.flow([line(_WORDS["scale"][lang], SMALLEST, lang), Spacer(1, 6)])
    heads = (Column(_WORDS["criterion"][lang], 50), Column(_WORDS["mark"][lang], 17), Column(_WORDS["note"][lang], 33))
    ledger.table(heads, [_marked(one, lang) for one in exercise.criteria if one.cell in ("", cell)])
    found = [(one, each) for one in exercise.stimuli for each in one.reactions if each.cell == cell]
    if found:
        ledger.space(10)
        ledger.table(_looked_for(lang), [Title(_WORDS["reactions"][lang]), *(_expected(*one, lang) for one in found)])


def _marked(one: Criterion, lang: Lang) -> Row:
    words = (line(one.text, SMALLEST, lang, bold=True), _small(one.objective, lang))
    return Row((words, (line("□ 0   □ 1   □ 2   □ 3".replace("   ", "\u00a0 "), 12, lang),), ()), _HAND)


def _small(said: str, lang: Lang) -> Flowable:
    return Paragraph(f"<i>{marked(said, lang)}</i>", style(SMALLEST))


def _looked_for(lang: Lang) -> Sequence[Column]:
    parts = (("due", 8), ("stimulus", 24), ("reaction", 33), ("seen", 12), ("at", 9), ("note", 24))
    return tuple(Column(_WORDS[key][lang], part) for key, part in parts)


def _expected(of: Stimulus, one: Reaction, lang: Lang) -> Row:
    seen = tuple(
        Paragraph(marked(_WORDS[key][lang], lang), style(SMALLEST, indent=14), bulletText=BOX)
        for key in ("yes", "partly", "no")
    )
    reaction = Paragraph(f"<b>{one.within}&nbsp;min</b> {marked(one.text, lang)}", style(SMALLEST))
    due = line(of.clock or "–", SMALLEST, lang, bold=True)
    return Row(((due,), (line(f"{of.id} {of.title}", SMALLEST, lang),), (reaction,), seen, (), ()), _HAND)


def message_forms(exercise: PaperExercise) -> bytes:
    """Two message forms on a sheet to photocopy: an answer, a question, a decision, when there is no screen."""
    name = _WORDS["message"][exercise.lang]

    def draw(canvas: Canvas, _pages: int) -> int:
        for bottom in (_HALF, 0.0):
            _message(canvas, exercise, name, bottom)
        canvas.saveState()
        canvas.setDash(3, 3)
        canvas.setLineWidth(0.5)
        canvas.line(0, _HALF, A4[0], _HALF)
        canvas.restoreState()
        return 1

    return pages_of(A4, name, exercise, draw)


def _message(canvas: Canvas, exercise: PaperExercise, name: str, bottom: float) -> None:
    lang = exercise.lang
    width, top = A4[0] - 2 * _EDGE, bottom + _HALF - _EDGE + 2 * mm
    band(canvas, (_EDGE, top - 8 * mm, width, 8 * mm), name, lang)
    at = top - 15 * mm
    half = width / 2 - 3 * mm
    _field(canvas, _WORDS["from"][lang], _EDGE, at, half)
    _field(canvas, _WORDS["to"][lang], _EDGE + half + 6 * mm, at, half)
    third = width / 4 - 3 * mm
    _field(canvas, _WORDS["number"][lang], _EDGE, at - 9 * mm, third)
    _field(canvas, _WORDS["hour"][lang], _EDGE + third + 4 * mm, at - 9 * mm, third)
    rest = _EDGE + 2 * third + 8 * mm
    _field(canvas, _WORDS["answers"][lang], rest, at - 9 * mm, _EDGE + width - rest)
    foot = bottom + _EDGE + 8 * mm
    tall = at - 14 * mm - foot
    _ruled(canvas, _WORDS["text"][lang], (_EDGE, foot + tall * 0.42, width, tall * 0.58 - 2 * mm))
    _ruled(canvas, _WORDS["decision"][lang], (_EDGE, foot, width, tall * 0.42 - 2 * mm))
    canvas.setFont(REGULAR, SMALLEST)
    received = f"{_WORDS['received'][lang]} ……… h ……… {_WORDS['by'][lang]} ………………………"
    canvas.drawString(_EDGE, bottom + _EDGE + 1.5 * mm, received)
    said = fitted(shown(exercise.title, lang), REGULAR, SMALLEST, width)
    canvas.drawString(_EDGE, bottom + _EDGE - 4 * mm, said)


def _field(canvas: Canvas, label: str, x: float, y: float, width: float) -> None:
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setFont(BOLD, SMALLEST)
    canvas.drawString(x, y, label)
    canvas.setLineWidth(0.5)
    canvas.line(x + width_of(label, BOLD, SMALLEST) + 2 * mm, y - 1, x + width, y - 1)
    canvas.restoreState()


def _ruled(canvas: Canvas, label: str, place: tuple[float, float, float, float]) -> None:
    """A frame with a label and lines to write on, eight millimetres apart."""
    x, y, width, height = place
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setLineWidth(0.8)
    canvas.rect(x, y, width, height)
    canvas.setFont(BOLD, SMALLEST)
    canvas.drawString(x + 2 * mm, y + height - 5 * mm, label)
    canvas.setLineWidth(0.3)
    at = y + height - 14 * mm
    while at > y + 4 * mm:
        canvas.line(x + 2 * mm, at, x + width - 2 * mm, at)
        at -= 8 * mm
    canvas.restoreState()


def logbook_sheet(exercise: PaperExercise) -> bytes:
    """An empty sheet of the logbook, to photocopy, kept by hand when there is no screen."""
    parts = (("number", 6), ("hour", 9), ("kind", 8), ("what", 46), ("who", 21), ("writer", 10))
    return _empty(exercise, A4_ACROSS, ("log", "kinds"), parts, (_LOG_ROWS, _LOG_ROW))


def attendance_list(exercise: PaperExercise) -> bytes:
    """Who is there, in which cell, signed: what shows that the exercise counts."""
    parts = (("name", 30), ("function", 26), ("cell", 20), ("arrival", 11), ("signature", 21))
    return _empty(exercise, A4, ("attendance", "duty"), parts, (_PEOPLE_ROWS, _PEOPLE_ROW))


def _empty(
    exercise: PaperExercise,
    paper: tuple[float, float],
    keys: tuple[str, str],
    parts: Sequence[tuple[str, float]],
    rows: tuple[int, float],
) -> bytes:
    lang = exercise.lang
    name, advice = (_WORDS[key][lang] for key in keys)

    def draw(canvas: Canvas, pages: int) -> int:
        frame = Frame(canvas, paper, f"{name} – {_WORDS['cut'][lang].lower()}", exercise, pages)
        ledger = Ledger(canvas, frame.begin, lang)
        ledger.flow([line(advice, SMALLEST, lang), Spacer(1, 6)])
        ledger.table([Column(_WORDS[key][lang], part) for key, part in parts], list(_blanks(len(parts), *rows)))
        return ledger.pages

    return pages_of(paper, name, exercise, draw)


def _blanks(columns: int, count: int, height: float) -> Iterator[Row]:
    for _rank in range(count):
        yield Row(((),) * columns, height)
