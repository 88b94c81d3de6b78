"""The forms of an application file: its opening, its steps, what people write of it, a correction."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.application_files import NEXT, STATE_NAMES, FileState
from care.services.application_files.moving import FileDraft, Standpoint, Step
from care.services.application_files.reading import FileView
from care.web.days import DayField
from care.web.formats import typed_amount
from care.web.forms import Form, options
from care.web.language import current_language


def _states(states: tuple[FileState, ...] = tuple(FileState)) -> Any:  # noqa: ANN401 - choices of a form
    lang = current_language()
    return options([(state.value, STATE_NAMES[state].render(lang)) for state in states])


class StepForm(Form):
    """The next step of a file."""

    state = SelectField(_("Étape"))
    on = DayField(_("Jour où elle a eu lieu"), [InputRequired()])
    note = StringField(
        _("Note"),
        [Optional(), Length(max=300)],
        description=_("Par exemple le numéro de l’accusé de réception, ou le motif d’un renvoi."),
    )

    def __init__(self, before: FileState, *values: Any) -> None:  # noqa: ANN401 - as WTForms takes them
        """Offer the steps that may follow."""
        super().__init__(*values)
        self.state.choices = _states(NEXT[before])

    def step(self) -> Step:
        """What was typed."""
        return Step(FileState(self.state.data), self.on.data or date.min, str(self.note.data or ""))


class StandForm(Form):
    """Where a file stands."""

    state = SelectField(_("Où en est le dossier ?"))
    candidacy_on = DayField(_("Candidature déposée le"), [Optional()])
    declaration_on = DayField(_("Déclaration déposée le"), [Optional()])
    paid_on = DayField(_("Payé le"), [Optional()])

    def __init__(self, *values: Any) -> None:  # noqa: ANN401 - as WTForms takes them
        """Offer every step: a file may have lived elsewhere before."""
        super().__init__(*values)
        self.state.choices = _states()

    def stands(self) -> Standpoint:
        """What was typed."""
        return Standpoint(
            FileState(self.state.data), self.candidacy_on.data, self.declaration_on.data, self.paid_on.data
        )


class OpenForm(StandForm):
    """The opening of a file."""

    def show(self, declared_on: date | None) -> None:
        """Begin at the beginning, unless a declaration is known already."""
        self.state.data = FileState.DECLARATION_FILED if declared_on else FileState.CANDIDACY_IN_PREPARATION
        self.declaration_on.data = declared_on


class CorrectForm(StandForm):
    """A correction: the same, with its reason."""

    why = StringField(
        _("Ce qui était faux"),
        [InputRequired(), Length(max=300)],
        description=_("Une phrase. L’historique garde ce qui était écrit, ce qui est corrigé, et cette raison."),
    )

    def show(self, view: FileView) -> None:
        """Fill in what is recorded."""
        self.state.data = view.state
        self.candidacy_on.data, self.declaration_on.data = view.candidacy_on, view.declaration_on
        self.paid_on.data = view.paid_on

    def stands(self) -> Standpoint:
        """What was typed."""
        said = super().stands()
        return Standpoint(said.state, said.candidacy_on, said.declaration_on, said.paid_on, str(self.why.data or ""))


_MONEY = _("En euros entiers : 12 500 ou 12,5 k€. Vide si ce n’est pas connu.")


class FileForm(Form):
    """What people write of a file."""

    reference = StringField(
        _("Référence du portail"),
        [Optional(), Length(max=100)],
        description=_("Le numéro donné par le guichet de l’ANS."),
    )
    owner = StringField(_("Responsable du dossier"), [Optional(), Length(max=200)])
    declare_until = DayField(
        _("Date limite de déclaration"),
        [Optional()],
        description=_("Celle de votre notification. Vide : la date du domaine, quand un texte la donne."),
    )
    asked = StringField(_("Montant demandé"), [Optional(), Length(max=40)], description=_MONEY)
    obtained = StringField(_("Montant obtenu"), [Optional(), Length(max=40)], description=_MONEY)
    paid = StringField(_("Montant payé"), [Optional(), Length(max=40)], description=_MONEY)
    note = TextAreaField(_("Note"), [Optional(), Length(max=5_000)])

    def show(self, view: FileView) -> None:
        """Fill in what is recorded."""
        self.reference.data, self.owner.data, self.note.data = view.reference, view.owner, view.note
        self.declare_until.data = view.declare_until
        for field, amount in ((self.asked, view.asked), (self.obtained, view.obtained), (self.paid, view.paid)):
            field.data = "" if amount is None else typed_amount(amount * 100)

    def draft(self) -> FileDraft:
        """What was typed."""
        return FileDraft(
            str(self.reference.data or ""),
            str(self.owner.data or ""),
            self.declare_until.data,
            str(self.asked.data or ""),
            str(self.obtained.data or ""),
            str(self.paid.data or ""),
            str(self.note.data or ""),
        )
