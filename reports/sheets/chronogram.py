"""The timeline of an exercise to pin up and follow by hand, A3 or A4 across: one row for each stimulus, by phase."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from reports.sheets.exercise_paper import (
    A3_ACROSS,
    A4_ACROSS,
    Frame,
    PaperExercise,
    Phase,
    Stimulus,
    pages_of,
    receivers,
)
from reports.sheets.flow import line
from reports.sheets.ink import SMALLEST, marked, style
from reports.sheets.ledger import Column, Ledger, Row, Title
from reports.sheets.poster import Size
from reports.words import COLON, Lang

BOX = "□"
_HAND = 34.0
"""Least height of a row, in points: an hour is written there by hand."""
_WORDS: dict[str, dict[Lang, str]] = {
    "name": {"fr": "Chronogramme – animateurs seulement", "en": "Chronogram – facilitators only"},
    "done": {"fr": "Fait", "en": "Done"},
    "id": {"fr": "N°", "en": "No."},
    "minute": {"fr": "Min.", "en": "Min."},
    "clock": {"fr": "Prévu", "en": "Due"},
    "real": {"fr": "Réel", "en": "Actual"},
    "sender": {"fr": "De", "en": "From"},
    "cells": {"fr": "À", "en": "To"},
    "between": {"fr": "De → à, canal", "en": "From → to, channel"},
    "channel": {"fr": "Canal", "en": "Channel"},
    "title": {"fr": "Stimulus", "en": "Stimulus"},
    "expected": {"fr": "Réactions attendues, et en combien de temps", "en": "Expected reactions, and how soon"},
    "phase": {"fr": "Phase", "en": "Phase"},
    "reserve": {"fr": "En réserve, si l’animateur le décide", "en": "In reserve, if the facilitator decides"},
    "decisions": {"fr": "À trancher d’après ce que disent les joueurs", "en": "To settle from what players say"},
    "question": {"fr": "Décision", "en": "Decision"},
    "options": {"fr": "Issue retenue", "en": "Outcome"},
    "at": {"fr": "Tranchée à", "en": "Settled at"},
    "if": {"fr": "Si", "en": "If"},
    "mandatory": {"fr": "obligatoire", "en": "mandatory"},
}


def word(key: str, lang: Lang) -> str:
    """The words that the papers of facilitators share."""
    return _WORDS[key][lang]


def chronogram(exercise: PaperExercise, size: Size = Size.A3) -> bytes:
    """The timeline as a PDF; as many pages as it takes, letters never get smaller."""
    paper = A3_ACROSS if size is Size.A3 else A4_ACROSS
    lang = exercise.lang
    name = word("name", lang)

    def draw(canvas: Canvas, pages: int) -> int:
        frame = Frame(canvas, paper, name, exercise, pages)
        ledger = Ledger(frame.canvas, frame.begin, lang)
        ledger.table(_columns(size, lang), list(_rows(exercise, size)))
        if exercise.decisions:
            ledger.space(10)
            heads = (
                Column(word("question", lang), 42),
                Column(word("options", lang), 44),
                Column(word("at", lang), 14),
            )
            ledger.table(heads, [Title(word("decisions", lang)), *_decisions(exercise)])
        return ledger.pages

    return pages_of(paper, name, exercise, draw)


def _columns(size: Size, lang: Lang) -> tuple[Column, ...]:
    """All apart on A3, in millimetres; on A4 what belongs together stands one above the other."""
    if size is Size.A3:
        wide = (("done", 11), ("id", 14), ("minute", 13), ("clock", 16), ("real", 22), ("sender", 44), ("cells", 46),
                ("channel", 25), ("title", 68), ("expected", 141))  # fmt: skip
        return tuple(Column(word(key, lang), part) for key, part in wide)
    narrow = (("done", 11), ("id", 14), ("clock", 18), ("real", 22), ("between", 56), ("title", 54), ("expected", 102))
    return tuple(Column(word(key, lang), part) for key, part in narrow)


def _rows(exercise: PaperExercise, size: Size) -> Iterator[Row | Title]:
    for phase in exercise.phases:
        yield Title(_phase(phase, exercise.lang))
        yield from (_row(one, size, exercise) for one in phase.stimuli)
    if exercise.reserve:
        yield Title(word("reserve", exercise.lang))
        yield from (_row(one, size, exercise) for one in exercise.reserve)


def _phase(phase: Phase, lang: Lang) -> str:
    start = f"T+{phase.minute} min" + (f", {phase.clock}" if phase.clock else "")
    return f"{word('phase', lang)}{COLON[lang]}{phase.title} ({start})"


def _row(one: Stimulus, size: Size, exercise: PaperExercise) -> Row:
    lang, to = exercise.lang, receivers(one, exercise)
    minute = "–" if one.minute is None else str(one.minute)
    tick, number = _words(BOX, 16, lang), _words(one.id, SMALLEST, lang, bold=True)
    title = _title(one, lang)
    expected = tuple(_reactions(one, lang))
    channel = one.channel_name
    if size is Size.A3:
        cells: tuple[tuple[Flowable, ...], ...] = (
            tick, number, _words(minute, SMALLEST, lang), _words(one.clock or "–", SMALLEST, lang, bold=True), (),
            _words(one.sender, SMALLEST, lang), _words(to, SMALLEST, lang),
            _words(channel, SMALLEST, lang), title, expected,
        )  # fmt: skip
    else:
        due = (*_words(one.clock or "–", SMALLEST, lang, bold=True), *_words(f"{minute} min", SMALLEST, lang))
        who = (*_words(f"{one.sender} → {to}", SMALLEST, lang), *_words(channel, SMALLEST, lang))
        cells = (tick, number, due if one.minute is not None else _words("–", SMALLEST, lang), (), who, title, expected)
    return Row(cells, _HAND)


def _title(one: Stimulus, lang: Lang) -> tuple[Flowable, ...]:
    found = list(_words(one.title, SMALLEST, lang, bold=True))
    if one.mandatory:
        found += _words(word("mandatory", lang), SMALLEST, lang)
    if one.conditions:
        found.append(condition(one, lang))
    return tuple(found)


def condition(one: Stimulus, lang: Lang) -> Flowable:
    """What a stimulus depends on, in italics."""
    said = f"{word('if', lang)} {' ; '.join(one.conditions)}"
    return Paragraph(f"<i>{marked(said, lang)}</i>", style(SMALLEST))


def _reactions(one: Stimulus, lang: Lang) -> Iterator[Flowable]:
    for reaction in one.reactions:
        said = expected(one, reaction.text, reaction.within, reaction.cell, lang)
        yield Paragraph(said, style(SMALLEST, indent=14, after=2), bulletText=BOX)


def expected(one: Stimulus, text: str, within: int, cell: str, lang: Lang) -> str:
    """A reaction as markup: how soon, what, and the cell unless only one receives the stimulus."""
    where = f" <i>({marked(cell, lang)})</i>" if (cell,) != one.cells and cell else ""
    return f"<b>{within}&nbsp;min</b> {marked(text, lang)}{where}"


def _words(said: str, size: float, lang: Lang, *, bold: bool = False) -> tuple[Flowable, ...]:
    return (line(said, size, lang, bold=bold),)


def _decisions(exercise: PaperExercise) -> Iterator[Row]:
    lang = exercise.lang
    for one in exercise.decisions:
        options = tuple(
            Paragraph(marked(each, lang), style(SMALLEST, indent=14, after=2), bulletText=BOX) for each in one.options
        )
        yield Row(((line(one.question, SMALLEST, lang),), options, ()), _HAND)
