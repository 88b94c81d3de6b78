"""The forms of a debrief: a lesson in one line, who mends a gap, the closing."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.continuity import TestResult
from care.domain.exercises import LessonKind
from care.services.action_writing import MAX_TITLE, Person
from care.services.continuity_tests import MOST_PARTICIPANTS
from care.services.exercises.lessons import MAX_LESSON, Duty, LessonDraft, Lessons
from care.services.exercises.outcome import Closing, Outcome
from care.services.typed_texts import MAX_TEXT
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.pages import row_number

NOBODY = 0


class LessonForm(Form):
    """A lesson: one line and Enter."""

    text = StringField(_("En une phrase"), [InputRequired(), Length(max=MAX_LESSON)])
    kind = RadioField(_("Nature"), choices=options(labels.LESSON_KIND.items()), default=LessonKind.GAP.value)
    objective = SelectField(_("Objectif"), [Optional()])
    cell = SelectField(_("Cellule"), [Optional()])
    seen = HiddenField()

    def offer(self, lessons: Lessons) -> LessonForm:
        """Give the objectives and the cells to choose among."""
        self.objective.choices = options([("", gettext("Tout l’exercice")), *lessons.objectives.items()])
        self.cell.choices = options([("", gettext("Toutes")), *lessons.cells.items()])
        return self

    def draft(self) -> LessonDraft:
        """What was typed."""
        return LessonDraft(
            LessonKind(self.kind.data), str(self.text.data), self.objective.data or "", self.cell.data or ""
        )


class ActionForm(Form):
    """Who mends a gap, and until when."""

    owner_account = SelectField(_("Responsable"), coerce=row_number)
    owner = StringField(_("ou son nom, sans compte"), [Optional(), Length(max=MAX_TITLE)])
    due_on = DayField(_("Pour le"), [Optional()])

    def offer(self, people: tuple[Person, ...]) -> ActionForm:
        """Give the accounts to choose among."""
        self.owner_account.choices = options([(NOBODY, "–"), *((one.account_id, one.name) for one in people)])
        return self

    def duty(self) -> Duty:
        """What was typed."""
        return Duty(self.owner_account.data or None, self.owner.data or "", self.due_on.data)


class ClosingForm(Form):
    """What is confirmed when an exercise is closed."""

    result = RadioField(_("Résultat"), choices=options(labels.TEST_RESULT.items()))
    participants = IntegerField(
        _("Nombre de participants"), [Optional(), NumberRange(1, MOST_PARTICIPANTS)], render_kw={"inputmode": "numeric"}
    )
    cyber_triggered = BooleanField(_("Le point de départ était un incident cyber"))
    degraded_played = BooleanField(_("Le mode dégradé numérique a été joué"))
    management_present = BooleanField(_("La direction générale était présente"))
    directorates = StringField(
        _("Directions métier présentes"),
        [Optional(), Length(max=300)],
        description=_("Par exemple : soins, finances, ressources humaines. La DSI n’en est pas une."),
    )
    in_maintenance = BooleanField(_("L’exercice profitait d’une maintenance programmée"))
    observed = TextAreaField(
        _("Ce qu’il faut en retenir"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Quelques phrases, pour qui n’était pas là."),
        render_kw={"rows": 5},
    )

    def show(self, closing: Closing) -> None:
        """Fill the form with the closing as recorded or proposed."""
        said = closing.outcome
        values: dict[str, Any] = {
            "result": said.result.value,
            "participants": said.participants,
            "cyber_triggered": said.cyber_triggered,
            "degraded_played": said.degraded_played,
            "management_present": said.management_present,
            "directorates": said.directorates,
            "in_maintenance": said.in_maintenance,
            "observed": said.observed,
        }
        self.process(data=values)

    def outcome(self) -> Outcome:
        """What was typed."""
        return Outcome(
            result=TestResult(self.result.data),
            participants=self.participants.data,
            cyber_triggered=self.cyber_triggered.data,
            degraded_played=self.degraded_played.data,
            management_present=self.management_present.data,
            directorates=self.directorates.data or "",
            in_maintenance=self.in_maintenance.data,
            observed=self.observed.data or "",
        )
