"""The forms of an action: what it is, what proves it, who signs, the due policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import FileField, FloatField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.actions import ActionSource, CareCriticality
from care.domain.evidence import FILED_BY_PEOPLE, EvidenceKind
from care.services.action_closing import Proof
from care.services.action_view import ActionView
from care.services.action_writing import MAX_EFFORT, MAX_TEXT, MAX_TITLE, ActionDraft
from care.web import labels
from care.web.days import DayField
from care.web.formats import number
from care.web.forms import Form, options
from care.web.funding import FundingForm
from care.web.pages import row_number
from care.web.uploads import UploadForm
from scanners.model import Severity

AUTOMATIC = ""
SOMEBODY_ELSE = 0
ROWS = {"rows": 4}


class DaysField(FloatField):
    """A number of days, with a comma or a point."""

    def _value(self) -> str:
        """As people write it: 5 rather than 5.0."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else number(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The number, however it is written."""
        super().process_formdata([str(one).replace(",", ".") for one in valuelist])


class ActionForm(FundingForm):
    """An action as people fill it in."""

    title = StringField(
        _("Intitulé"),
        [InputRequired(), Length(max=MAX_TITLE)],
        description=_("Le geste attendu, par exemple « Renouveler deux fois le mot de passe de krbtgt »."),
    )
    description = TextAreaField(_("Précisions"), [Optional(), Length(max=MAX_TEXT)], render_kw=ROWS)
    severity = SelectField(_("Gravité"), validate_choice=True)
    criticality = SelectField(
        _("Importance pour les soins"), description=_("Ce que les soins perdent si la faiblesse est exploitée.")
    )
    due_on = DayField(
        _("Échéance"),
        [Optional()],
        description=_("Vide : calculée d’après la gravité et l’importance pour les soins."),
    )
    effort_days = DaysField(
        _("Effort, en jours de travail"),
        [Optional(), NumberRange(min=0.1, max=MAX_EFFORT)],
        render_kw={"inputmode": "decimal"},
    )
    owner_account = SelectField(_("Responsable"), coerce=row_number)
    owner = StringField(
        _("Nom du responsable sans compte"),
        [Optional(), Length(max=MAX_TITLE)],
        description=_("Si la personne n’est pas dans la liste."),
    )
    source = SelectField(_("Origine"))
    source_ref = StringField(
        _("Référence de l’origine"),
        [Optional(), Length(max=MAX_TITLE)],
        description=_("Par exemple : exercice du 12 février, ticket 4812."),
    )
    sheet = HiddenField()
    _people: frozenset[int] | set[int] = frozenset()

    def offer(self, people: list[tuple[int, str]], *, automatic: bool) -> None:
        """Fill the lists. `automatic` lets severity and criticality follow the findings."""
        self._people = {number for number, _name in people}
        follow = [(AUTOMATIC, _("D’après les constats"))] if automatic else []
        self.severity.choices = options([*follow, *labels.SEVERITY.items()])
        self.criticality.choices = options([*follow, *labels.CARE_HELP.items()])
        self.owner_account.choices = options([*people, (SOMEBODY_ELSE, _("Une autre personne, à nommer"))])
        self.source.choices = options(labels.ACTION_SOURCE.items())

    def show(self, action: ActionView) -> None:
        """Fill the fields from an action."""
        line = action.line
        self.title.data, self.description.data = line.title, action.description
        self.severity.data, self.criticality.data = line.severity.value, line.criticality.value
        self.due_on.data = line.due_on if line.due_chosen else None
        self.effort_days.data = line.effort_days
        known = line.owner_account_id in self._people
        self.owner_account.data = line.owner_account_id if known else SOMEBODY_ELSE
        self.owner.data = "" if known else line.owner
        self.show_funding(line.funding)
        self.sheet.data = line.sheet
        self.source.data, self.source_ref.data = line.source.value, action.source_ref

    def draft(self) -> ActionDraft:
        """What was typed in; the form is valid."""
        return ActionDraft(
            title=str(self.title.data),
            description=str(self.description.data or ""),
            source=ActionSource(self.source.data),
            source_ref=str(self.source_ref.data or ""),
            severity=Severity(self.severity.data) if self.severity.data else None,
            criticality=CareCriticality(self.criticality.data) if self.criticality.data else None,
            due_on=self.due_on.data,
            effort_days=self.effort_days.data,
            owner=str(self.owner.data or ""),
            owner_account_id=self.owner_account.data or None,
            funding=self.chosen_funding,
            sheet=str(self.sheet.data or "")[:100],
        )


class ClosingForm(UploadForm):
    """What proves that the work is done."""

    file = FileField(_("Fichier"), [Optional()], description=_("Capture, compte rendu, export."))
    link = StringField(
        _("Ou une adresse"),
        [Optional(), Length(max=2000)],
        description=_("D’un document de votre gestion documentaire, par exemple https://ged.hopital.fr/42."),
        render_kw={"inputmode": "url", "spellcheck": "false"},
    )
    evidence_id = SelectField(_("Ou une preuve déjà déposée"), coerce=row_number, default=0)
    title = StringField(
        _("Titre de la preuve"), [Optional(), Length(max=MAX_TITLE)], description=_("Vide : l’intitulé de l’action.")
    )
    kind = SelectField(_("Type"), default=EvidenceKind.REPORT.value)
    effective_from = DayField(_("La preuve parle du"), [Optional()], description=_("Vide : aujourd’hui."))
    note = TextAreaField(_("Ce qui a été fait"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})

    def offer(self, known: list[tuple[int, str]]) -> None:
        """Fill the lists."""
        self.evidence_id.choices = options([(0, _("Aucune")), *known])
        self.kind.choices = options((kind.value, labels.EVIDENCE[kind]) for kind in FILED_BY_PEOPLE)

    def proof(self, today: date) -> Proof:
        """What was given: a file wins over an address, an address over evidence already there."""
        source = self.kept_file or str(self.link.data or "").strip() or None
        return Proof(
            source=source,
            evidence_id=(self.evidence_id.data or None) if source is None else None,
            kind=EvidenceKind(self.kind.data),
            title=str(self.title.data or ""),
            effective_from=self.effective_from.data or today,
        )


class SignForm(Form):
    """Who vouches that it is done, when no audit can tell."""

    signatory = StringField(
        _("Signataire"),
        [InputRequired(), Length(max=MAX_TITLE)],
        description=_("La personne qui répond de cette vérification, avec sa fonction."),
    )
    reason = TextAreaField(_("Comment vous le savez"), [InputRequired(), Length(max=2000)], render_kw={"rows": 3})


def typed_days(sent: Mapping[str, str]) -> dict[Severity, dict[CareCriticality, int | None]]:
    """The cells of the due policy; None where no whole number was typed."""
    return {
        severity: {one: _whole(sent.get(f"{severity}.{one}", "")) for one in CareCriticality} for severity in Severity
    }


def _whole(text: str) -> int | None:
    try:
        return int(text.strip())
    except ValueError:
        return None
