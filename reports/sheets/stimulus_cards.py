"""The stimuli on cards, two to an A4 sheet to cut, a whole sheet for a long one.

Those to hand out look like what they stand for (a mail, a screen, a newspaper); those of the facilitator hold what to
say and what to expect, and say that nobody else may have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, Paragraph, Spacer

from reports.sheets.chronogram import BOX, condition, expected, word
from reports.sheets.exercise_paper import (
    ACTED,
    BANNER,
    Channel,
    PaperExercise,
    Stimulus,
    band,
    pages_of,
    receivers,
    what,
)
from reports.sheets.flow import Box, heading, height_of, line, pour, text
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, blank, fitted, marked, shown, style, width_of
from reports.words import COLON, Lang

_HALF = A4[1] / 2
_MARGIN = 7 * mm
"""Printers leave five millimetres around a sheet."""
_BAND = 8 * mm
_HEAD = 7.5 * mm
_INSET = 5 * mm
_BODY = 12.5
_SIZES = (16.0, 14.0, _BODY)
"""Sizes of the text of a card to hand out, the largest that its half sheet holds: it is read by several at a table."""
_WIDTH = A4[0] - 2 * _MARGIN
_SCREEN_BAR = 9 * mm

_WORDS: dict[str, dict[Lang, str]] = {
    "handed": {"fr": "Cartes à remettre", "en": "Cards to hand out"},
    "facilitator": {"fr": "Fiches de l’animateur", "en": "Facilitator’s cards"},
    "secret": {"fr": "Animateur – ne pas remettre", "en": "Facilitator – do not hand out"},
    "from": {"fr": "De", "en": "From"},
    "to": {"fr": "À", "en": "To"},
    "subject": {"fr": "Objet", "en": "Subject"},
    "attached": {"fr": "Pièces jointes", "en": "Attached"},
    "given": {"fr": "Remis à", "en": "Given at"},
    "played": {"fr": "Joué à", "en": "Played at"},
    "due": {"fr": "Prévu", "en": "Due"},
    "reserve": {"fr": "en réserve", "en": "in reserve"},
    "say": {"fr": "À dire", "en": "To say"},
    "handing": {"fr": "Remettez la carte {0}.", "en": "Hand out card {0}."},
    "hint": {"fr": "Conseil", "en": "Hint"},
    "expects": {"fr": "Ce qui est attendu", "en": "What is expected"},
    "card": {"fr": "Carte", "en": "Card"},
    "none": {
        "fr": "Aucune carte : l’animation joue tout de vive voix.",
        "en": "No card: everything is played by voice.",
    },
}


def handed_cards(exercise: PaperExercise, cell: str = "") -> bytes:
    """The cards to hand out, in the order of the timeline, then the reserve; those of one cell when it is named."""
    chosen = [one for one in exercise.stimuli if one.channel not in ACTED and (not cell or cell in one.cells)]
    name = _WORDS["handed"][exercise.lang] + (f" – {cell}" if cell else "")
    return _cards(exercise, name, chosen, _handed)


def facilitator_cards(exercise: PaperExercise) -> bytes:
    """A card for each stimulus, for who plays it: what to say, what to expect, whether it depends on something."""
    return _cards(exercise, _WORDS["facilitator"][exercise.lang], exercise.stimuli, _told)


_Story = Callable[[Stimulus, PaperExercise, float], list[Flowable]]


def _cards(exercise: PaperExercise, name: str, chosen: Sequence[Stimulus], story: _Story) -> bytes:
    def draw(canvas: Canvas, _pages: int) -> int:
        table = _Table(canvas, exercise, len(chosen), secret=story is _told)
        for rank, one in enumerate(chosen, 1):
            table.lay(one, story, rank)
        if not chosen:
            table.empty(_WORDS["none"][exercise.lang])
        return table.pages

    return pages_of(A4, name, exercise, draw)


class _Table:
    """Where the next card lies: the upper half of a sheet, the lower one, or sheets of its own."""

    def __init__(self, canvas: Canvas, exercise: PaperExercise, count: int, *, secret: bool) -> None:
        self._canvas, self._exercise, self._count, self._secret = canvas, exercise, count, secret
        self.pages, self._lower = 0, False

    def lay(self, one: Stimulus, story: _Story, rank: int) -> None:
        """Lay one card down; its story is told again each time it is measured."""
        exercise, half = self._exercise, self._inner(one, 0, _HALF)
        fits = [size for size in _SIZES if height_of(story(one, exercise, size), half.width) <= half.height - 8]
        if fits:
            box = self._card(one, rank, self._half(), _HALF, "")
            pour(story(one, exercise, fits[0]), self._canvas, lambda _number: box)
            return
        nowhere = blank(A4, "", exercise.lang)[0]
        pages = pour(story(one, exercise, _BODY), nowhere, lambda _number: self._inner(one, 0, A4[1]))

        def begin(number: int) -> Box:
            self._sheet()
            return self._card(one, rank, 0, A4[1], f" ({number + 1}/{pages})" if pages > 1 else "")

        pour(story(one, exercise, _BODY), self._canvas, begin)

    def empty(self, words: str) -> None:
        """A file without a card still says so."""
        self._sheet()
        said = line(words, _BODY, self._exercise.lang)
        said.wrapOn(self._canvas, _WIDTH, _HALF)
        said.drawOn(self._canvas, _MARGIN, _HALF)

    def _sheet(self) -> None:
        if self.pages:
            self._canvas.showPage()
        self.pages += 1
        self._lower = False

    def _half(self) -> float:
        """The bottom of the next half sheet."""
        if self._lower:
            self._lower = False
            return 0
        self._sheet()
        self._lower = True
        _cut_line(self._canvas)
        return _HALF

    def _card(self, one: Stimulus, rank: int, bottom: float, height: float, part: str) -> Box:
        """Everything around the text of a card; where its text stands."""
        canvas, lang = self._canvas, self._exercise.lang
        top = bottom + height - _MARGIN - _BAND
        name = _WORDS["secret"][lang] if self._secret else one.channel_name
        band(canvas, (_MARGIN, top, _WIDTH, _BAND), name, lang)
        self._head(one, top - _HEAD)
        self._foot(bottom, f"{_WORDS['card'][lang]} {rank}/{self._count}{part}")
        outer = _outer(bottom, height)
        if not self._secret and one.channel in _FRAMES:
            _FRAMES[one.channel](canvas, outer)
        return self._inner(one, bottom, height)

    def _inner(self, one: Stimulus, bottom: float, height: float) -> Box:
        """Where the text of a card stands: within the frame of its channel."""
        outer = _outer(bottom, height)
        if self._secret:
            return outer
        bar = _SCREEN_BAR if one.channel is Channel.SCREEN else 0
        return Box(outer.x + _INSET, outer.y + 2 * mm, outer.width - 2 * _INSET, outer.height - 5 * mm - bar)

    def _head(self, one: Stimulus, y: float) -> None:
        """Its number, when it is due, and a blank for the true hour."""
        canvas, lang = self._canvas, self._exercise.lang
        canvas.saveState()
        canvas.setFillGray(0)
        canvas.setFont(BOLD, 17)
        canvas.drawString(_MARGIN, y, shown(one.id, lang))
        left = _MARGIN + width_of(one.id, BOLD, 17) + 6 * mm
        canvas.setFont(REGULAR, 12)
        canvas.drawString(left, y, shown(due(one, lang), lang))
        blank_hour = f"{_WORDS['played' if self._secret else 'given'][lang]} ……… h ………"
        canvas.drawRightString(_MARGIN + _WIDTH, y, blank_hour)
        canvas.restoreState()

    def _foot(self, bottom: float, said: str) -> None:
        canvas, lang = self._canvas, self._exercise.lang
        y = bottom + _MARGIN
        room = _WIDTH - width_of(said, BOLD, SMALLEST) - 6 * mm
        canvas.saveState()
        canvas.setFillGray(0)
        canvas.setFont(BOLD, SMALLEST)
        canvas.drawRightString(_MARGIN + _WIDTH, y, said)
        canvas.setFont(REGULAR, SMALLEST)
        canvas.drawString(_MARGIN, y, fitted(shown(what(self._exercise, dated=False), lang), REGULAR, SMALLEST, room))
        canvas.restoreState()


def _outer(bottom: float, height: float) -> Box:
    """What the head and the foot of a card leave."""
    low, top = bottom + _MARGIN + 5.5 * mm, bottom + height - _MARGIN - _BAND - _HEAD - 2.5 * mm
    return Box(_MARGIN, low, _WIDTH, top - low)


def due(one: Stimulus, lang: Lang) -> str:
    """When it is due: the hour and the minute of the exercise."""
    if one.minute is None:
        return _WORDS["reserve"][lang]
    return f"{_WORDS['due'][lang]} {one.clock} (T + {one.minute} min)".replace("  ", " ")


def _cut_line(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setLineWidth(0.5)
    canvas.setDash(3, 3)
    canvas.line(0, _HALF, A4[0], _HALF)
    canvas.restoreState()


def _screen_frame(canvas: Canvas, box: Box) -> None:
    """A window: a thick border, a bar with its three buttons."""
    canvas.saveState()
    canvas.setLineWidth(2.4)
    canvas.roundRect(box.x, box.y, box.width, box.height, 4 * mm)
    canvas.setLineWidth(1.2)
    bar = box.y + box.height - _SCREEN_BAR
    canvas.line(box.x, bar, box.x + box.width, bar)
    for rank in range(3):
        canvas.circle(box.x + 6 * mm + rank * 5 * mm, bar + _SCREEN_BAR / 2, 1.5 * mm)
    canvas.restoreState()


def _mail_frame(canvas: Canvas, box: Box) -> None:
    canvas.saveState()
    canvas.setLineWidth(0.8)
    canvas.rect(box.x, box.y, box.width, box.height)
    canvas.restoreState()


def _sms_frame(canvas: Canvas, box: Box) -> None:
    """A bubble, its tail at the bottom left."""
    canvas.saveState()
    canvas.setLineWidth(1.6)
    canvas.roundRect(box.x, box.y, box.width, box.height, 7 * mm)
    canvas.restoreState()


_FRAMES: dict[Channel, Callable[[Canvas, Box], None]] = {
    Channel.SCREEN: _screen_frame,
    Channel.MAIL: _mail_frame,
    Channel.SMS: _sms_frame,
    Channel.PAPER: _mail_frame,
}


def _handed(one: Stimulus, exercise: PaperExercise, size: float) -> list[Flowable]:
    """The text of a card to hand out, laid out as what it stands for."""
    lang = exercise.lang
    if one.channel is Channel.PRESS:
        return list(_press(one, exercise, size))
    if one.channel is Channel.MAIL:
        return [*_mail(one, exercise), *text(_said(one), size, lang), *_attached(one, lang)]
    head = Paragraph(f"{marked(one.sender, lang)} → {marked(receivers(one, exercise), lang)}", style(SMALLEST, after=6))
    title = line(one.title, size + 3, lang, bold=True)
    return [head, title, Spacer(1, 6), *text(_said(one), size, lang), *_attached(one, lang)]


def _said(one: Stimulus) -> str:
    """The text of a stimulus without the banner some begin with: it stands on the card already."""
    return one.body.strip().removeprefix(BANNER).strip()


def _mail(one: Stimulus, exercise: PaperExercise) -> Iterator[Flowable]:
    lang = exercise.lang
    for key, said in (("from", one.sender), ("to", receivers(one, exercise)), ("subject", one.title)):
        label = f"{_WORDS[key][lang]}{COLON[lang]}"
        yield Paragraph(f"{marked(label, lang)}<b>{marked(said, lang)}</b>", style(12, after=2))
    yield HRFlowable(width="100%", thickness=0.8, color=(0, 0, 0), spaceBefore=4, spaceAfter=6)


def _press(one: Stimulus, exercise: PaperExercise, size: float) -> Iterator[Flowable]:
    """A page of a newspaper: who publishes, in large letters between two rules, the headline, the article."""
    lang = exercise.lang
    for thickness, words in ((2.4, one.sender), (0.8, "")):
        yield HRFlowable(width="100%", thickness=thickness, color=(0, 0, 0), spaceBefore=3, spaceAfter=3)
        if words:
            yield line(words, 20, lang, bold=True)
    yield Spacer(1, 5)
    yield line(one.title, size + 4, lang, bold=True)
    yield Spacer(1, 6)
    yield from text(_said(one), size, lang)
    yield from _attached(one, lang)
    yield Paragraph(f"→ {marked(receivers(one, exercise), lang)}", style(SMALLEST, before=4))


def _attached(one: Stimulus, lang: Lang) -> Iterator[Flowable]:
    if one.attachments:
        label = f"{_WORDS['attached'][lang]}{COLON[lang]}"
        names = ", ".join(one.attachments)
        yield Paragraph(f"<b>{marked(label, lang)}</b>{marked(names, lang)}", style(SMALLEST, before=4))


def _told(one: Stimulus, exercise: PaperExercise, _size: float) -> list[Flowable]:
    """The text of a facilitator's card. What is handed out stands on the other card; what is played stands here."""
    lang = exercise.lang
    facts = [one.channel_name] + ([word("mandatory", lang)] if one.mandatory else [])
    story: list[Flowable] = [line(one.title, 14, lang, bold=True), Spacer(1, 2)]
    story.append(line(f"{' · '.join(facts)} · {one.sender} → {receivers(one, exercise)}", SMALLEST, lang))
    if one.conditions:
        story.append(condition(one, lang))
    if one.channel in ACTED:
        story += [*_part("say", lang), *text(_said(one), 12, lang)]
    else:
        story += [Spacer(1, 4), line(_WORDS["handing"][lang].format(one.id), SMALLEST, lang)]
    story += _attached(one, lang)
    if one.hint:
        label = f"{_WORDS['hint'][lang]}{COLON[lang]}"
        story += [Spacer(1, 4), Paragraph(f"<b>{marked(label, lang)}</b>{marked(one.hint, lang)}", style(SMALLEST))]
    if one.reactions:
        story += [*_part("expects", lang), *_reactions(one, lang)]
    return story


def _part(key: str, lang: Lang) -> list[Flowable]:
    return [Spacer(1, 4), heading(_WORDS[key][lang], SMALLEST)]


def _reactions(one: Stimulus, lang: Lang) -> Iterator[Flowable]:
    for each in one.reactions:
        said = expected(one, each.text, each.within, each.cell, lang)
        yield Paragraph(said, style(SMALLEST, indent=14, after=2), bulletText=BOX)
