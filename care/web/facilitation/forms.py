"""What the facilitation types while an exercise runs."""

from __future__ import annotations

import secrets
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.exercises import MAX_KEY
from care.services.exercises.directing import Board
from care.services.exercises.facilitating import Impromptu, Seen, Speech, When
from care.services.exercises.playing import MAX_BODY
from care.services.typed_texts import MAX_LINE
from care.web import labels
from care.web.evidence.forms import MultiCheckboxField
from care.web.forms import Form, options
from exercises.decide import MAX_NOTE, MAX_REMARK
from exercises.events import Verdict
from exercises.kit import LONGEST_MINUTES, Channel

MAX_STIMULUS = 20_000
MINUTE = NumberRange(0, LONGEST_MINUTES)


def _cells(board: Board) -> list[Any]:
    return options((one.id, one.name) for one in board.cells)


class ImpromptuForm(Form):
    """A stimulus that the kit does not hold."""

    channel = SelectField(_("Par quel moyen"), choices=lambda: options(labels.CHANNEL.items()))
    sender = StringField(
        _("Qui parle"),
        [InputRequired(), Length(max=MAX_LINE)],
        description=_("Par exemple : le cadre de nuit, Radio Val FM."),
    )
    cells = MultiCheckboxField(_("À qui"))
    title = StringField(_("Titre"), [InputRequired(), Length(max=MAX_LINE)])
    body = TextAreaField(_("Texte"), [InputRequired(), Length(max=MAX_STIMULUS)], render_kw={"rows": 5})
    when = RadioField(
        _("Quand"),
        choices=options(
            (
                (When.NOW.value, _("Tout de suite")),
                (When.AT.value, _("À une minute de l’exercice")),
                (When.RESERVE.value, _("Plus tard : le garder en réserve")),
            )
        ),
        default=When.NOW,
    )
    minute = IntegerField(_("Minute de l’exercice"), [Optional(), MINUTE])

    def of(self, board: Board) -> ImpromptuForm:
        """The form, its cells those of the exercise."""
        self.cells.choices = _cells(board)
        return self

    def draft(self) -> Impromptu:
        """What was typed."""
        return Impromptu(
            sender=self.sender.data or "",
            cells=tuple(self.cells.data or ()),
            channel=Channel(self.channel.data),
            title=self.title.data or "",
            body=self.body.data or "",
            when=When(self.when.data),
            minute=self.minute.data if self.minute.data is not None else -1,
        )


class SayForm(Form):
    """Words to some cells. `question` is the message they answer; `key` counts them once."""

    cells = MultiCheckboxField(_("À qui"))
    body = TextAreaField(_("Message"), [InputRequired(), Length(max=MAX_BODY)], render_kw={"rows": 4})
    question = HiddenField()
    key = HiddenField(default=lambda: secrets.token_hex(8))

    def of(self, board: Board) -> SayForm:
        """The form, its cells those of the exercise."""
        self.cells.choices = _cells(board)
        return self

    def words(self) -> Speech:
        """What was typed."""
        number = self.question.data or ""
        question = int(number) if number.isdecimal() and len(number) <= 9 else None
        return Speech(tuple(self.cells.data or ()), self.body.data or "", (self.key.data or "")[:MAX_KEY], question)


class RemarkForm(Form):
    """A remark for the debrief."""

    text = TextAreaField(_("Ce que vous remarquez"), [InputRequired(), Length(max=MAX_REMARK)], render_kw={"rows": 3})


class SeenForm(Form):
    """What was seen of an expected reaction, with a note."""

    reaction = HiddenField()
    verdict = RadioField(
        _("Qu’avez-vous vu ?"), choices=lambda: options(labels.REACTION_VERDICT.items()), default=Verdict.SEEN
    )
    minutes_ago = IntegerField(
        _("Il y a combien de minutes"),
        [Optional(), MINUTE],
        description=_("Vide : à l’instant, ou l’heure déjà notée si le verdict reste le même."),
    )
    note = TextAreaField(_("Note"), [Optional(), Length(max=MAX_NOTE)], render_kw={"rows": 3})

    def seen(self) -> Seen:
        """What was typed."""
        return Seen(self.reaction.data or "", Verdict(self.verdict.data), self.note.data or "", self.minutes_ago.data)


class ShiftForm(Form):
    """By how many minutes what follows moves."""

    minutes = IntegerField(
        _("Autre durée, en minutes"),
        [InputRequired(), NumberRange(-LONGEST_MINUTES, LONGEST_MINUTES)],
        description=_("Un nombre négatif avance la suite."),
    )
