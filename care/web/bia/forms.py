"""The forms of the guided entry. Every field may stay empty: what is missing is said, never demanded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from care.domain.bia import Objective
from care.domain.bia_content import Stage
from care.domain.durations import minutes_of, written
from care.services.bia_view import AxisView, BiaView
from care.services.bias import MAX_REASON, MAX_TEXT, About, Impact, Minimum, Times
from care.web.bia.words import QUESTION
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import current_language

OTHER = "other"
ASKED: Mapping[Stage, tuple[Objective, ...]] = {
    Stage.INTERRUPTION: (Objective.DMIA, Objective.RTO),
    Stage.DATA: (Objective.PDMA, Objective.DMARD),
}


class AboutForm(Form):
    """Who answers, and when it is worst."""

    interviewed = StringField(
        _("Qui répond à ces questions ?"),
        [Length(max=300)],
        description=_("Noms et fonctions, par exemple « Anne Roy, cadre ; Dr Leblanc ; un infirmier de nuit »."),
    )
    answered_on = DayField(_("Quel jour ?"), [Optional()])
    peaks = TextAreaField(
        _("Quand un arrêt tombe-t-il le plus mal ?"),
        [Optional(), Length(max=500)],
        description=_("Heures, jours ou saisons : la relève de 21 h, le lundi, l’hiver, la fin du mois…"),
        render_kw={"rows": 2},
    )

    def show(self, view: BiaView) -> None:
        """Fill the fields from what is recorded."""
        self.interviewed.data, self.answered_on.data, self.peaks.data = view.interviewed, view.answered_on, view.peaks

    def entry(self) -> About:
        """What was typed in."""
        return About(str(self.interviewed.data or ""), str(self.peaks.data or ""), self.answered_on.data)


class ImpactForm(Form):
    """The answers of one axis: `after-<minutes>` holds a level; blank keeps the answer of the line above."""

    why = TextAreaField(
        _("En une phrase, pourquoi ?"),
        [Optional(), Length(max=MAX_REASON)],
        description=_("Ce qui vous fait dire cela : un fait, un chiffre, un souvenir de panne."),
        render_kw={"rows": 2},
    )
    axis = ""
    levels: Mapping[int, int] = {}

    def about(self, axis: AxisView, sent: MultiDict[str, str] | None = None) -> None:
        """Which axis it asks about; the levels are those sent, else those recorded."""
        self.axis = axis.key
        if sent is None:
            self.levels = {cell.minutes: cell.level for cell in axis.cells if cell.level}
            self.why.data = axis.why
            return
        typed = {cell.minutes: sent.get(f"after-{cell.minutes}", "") for cell in axis.cells}
        self.levels = {minutes: int(level) for minutes, level in typed.items() if level.isdecimal() and len(level) == 1}

    def entry(self) -> Impact:
        """What was ticked."""
        return Impact(self.axis, self.levels, str(self.why.data or ""))


class TimesForm(Form):
    """Durations as buttons, with a free text beside for any other.

    A text that differs from what is recorded wins over a button: without JavaScript, somebody may type a duration and
    forget to press “another”.
    """

    kept: Mapping[Objective, int | None] = {}

    def about(self, view: BiaView) -> None:
        """The buttons to offer, and what is recorded."""
        lang = current_language()
        self.kept = {one: view.durations[one].minutes for one in self.asked}
        for one in self.asked:
            usual = [
                (str(minutes), written(minutes, lang) if minutes else _("Rien")) for minutes in QUESTION[one].usual
            ]
            buttons: Any = self[one]
            buttons.choices = options([*usual, (OTHER, _("Autre durée"))])

    def show(self, view: BiaView) -> None:
        """Press the button of what is recorded, or write it."""
        for one in self.asked:
            minutes = self.kept[one]
            if minutes is None:
                continue
            usual = minutes in QUESTION[one].usual
            self[one].data = str(minutes) if usual else OTHER
            self[f"{one}_other"].data = "" if usual else written(minutes, current_language())

    @property
    def asked(self) -> list[Objective]:
        """The objectives of this page."""
        return [one for one in Objective if one in self._fields]

    def entry(self) -> Times:
        """What was pressed or typed."""
        return Times({one: self._typed(one) for one in self.asked})

    def _typed(self, one: Objective) -> str:
        button, text = str(self[one].data or ""), str(self[f"{one}_other"].data or "").strip()
        if button in ("", OTHER) or (text and not self._recorded(one, text)):
            return text
        return f"{button} min" if button.isdecimal() else button

    def _recorded(self, one: Objective, text: str) -> bool:
        try:
            return minutes_of(text) == self.kept[one]
        except ValueError:
            return False


def _other() -> StringField:
    return StringField(
        _("La durée, si c’en est une autre"),
        [Optional(), Length(max=40)],
        description=_("Par exemple : 45 min, 6 h, 1 jour et demi."),
        render_kw={"autocomplete": "off"},
    )


class InterruptionForm(TimesForm):
    """How long it holds, and when it must be back."""

    dmia = RadioField(validators=[Optional()], validate_choice=False)
    dmia_other = _other()
    rto = RadioField(validators=[Optional()], validate_choice=False)
    rto_other = _other()


class DataForm(TimesForm):
    """How many entries may be lost, and how fast data must be back."""

    pdma = RadioField(validators=[Optional()], validate_choice=False)
    pdma_other = _other()
    dmard = RadioField(validators=[Optional()], validate_choice=False)
    dmard_other = _other()


class MinimumForm(Form):
    """What must be kept whatever happens."""

    minimum_service = TextAreaField(
        _("Si vous ne pouviez garder que l’essentiel, que garderiez-vous ?"),
        [Length(max=MAX_TEXT)],
        description=_("Par exemple : trier les patients graves, obtenir les examens urgents, donner les traitements."),
        render_kw={"rows": 4},
    )  # fmt: skip
    minimum_percent = StringField(
        _("Quelle part de l’activité habituelle cela fait-il, en pourcentage ?"),
        [Optional(), Length(max=5)],
        description=_("Au jugé : la moitié, c’est 50."),
        render_kw={"inputmode": "numeric", "size": 4},
    )
    notes = TextAreaField(_("Autre chose à savoir ?"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})

    def show(self, view: BiaView) -> None:
        """Fill the fields from what is recorded."""
        self.minimum_service.data, self.notes.data = view.minimum_service, view.notes
        self.minimum_percent.data = "" if view.minimum_percent is None else str(view.minimum_percent)

    def entry(self) -> Minimum:
        """What was typed in."""
        return Minimum(
            str(self.minimum_service.data or ""), str(self.minimum_percent.data or ""), str(self.notes.data or "")
        )


StageForm = AboutForm | ImpactForm | TimesForm | MinimumForm
"""One page of the guided entry; `entry()` is what was typed in, for the service, once the form is valid."""
FORMS: Mapping[Stage, type[StageForm]] = {
    Stage.ABOUT: AboutForm,
    Stage.IMPACTS: ImpactForm,
    Stage.INTERRUPTION: InterruptionForm,
    Stage.DATA: DataForm,
    Stage.MINIMUM: MinimumForm,
}


def form_of(stage: Stage, view: BiaView, axis: AxisView | None, sent: Any = None) -> StageForm:  # noqa: ANN401 - form data
    """The form of a page: with what was sent, else with what is recorded."""
    form = FORMS[stage](sent) if sent is not None else FORMS[stage]()
    if isinstance(form, ImpactForm):
        if axis is not None:
            form.about(axis, sent)
        return form
    if isinstance(form, TimesForm):
        form.about(view)
    if sent is None:
        form.show(view)
    return form
