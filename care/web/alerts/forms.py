"""The forms of alerts: what is looked for, line by line, and what an establishment answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.alerts import MAX_PRODUCT, MOST_CRITERIA, AlertAnswer
from care.services.alerts.answering import MAX_NOTE
from care.services.alerts.writing import MAX_LINK, MAX_REFERENCE, AlertDraft, TypedCriterion
from care.services.typed_texts import MAX_LINE, MAX_TEXT
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from scanners.model import Severity
from scanners.versions import MAX_VERSION

FEWEST_LINES = 3
_SPARE_LINES = 2
_PARTS = ("product", "since", "before")
_LONGEST = {"product": MAX_PRODUCT, "since": MAX_VERSION, "before": MAX_VERSION}


class AlertForm(Form):
    """An alert; `version` is the one that was read, empty for a new one. Products are typed line by line beside."""

    place = SelectField(_("Territoire"), [InputRequired()])
    title = StringField(_("Titre"), [InputRequired(), Length(max=MAX_LINE)])
    reference = StringField(
        _("Référence"),
        [Optional(), Length(max=MAX_REFERENCE)],
        description=_("Par exemple CVE-2026-1234 ou CERTFR-2026-ALE-003."),
    )
    severity = SelectField(_("Gravité"), [InputRequired()])
    message = TextAreaField(_("Ce qu’il faut faire"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 5})
    link = StringField(_("Lien vers le bulletin"), [Optional(), Length(max=MAX_LINK)], render_kw={"type": "url"})
    answer_by = DayField(_("Réponse attendue d’ici au"), [Optional()])
    version = HiddenField()

    def prepare(self, places: Mapping[str, str]) -> None:
        """Offer the places and the severities."""
        self.place.choices = options(places.items())
        self.severity.choices = options((one.value, labels.SEVERITY[one]) for one in Severity)

    def draft(self, criteria: Sequence[TypedCriterion]) -> AlertDraft:
        """What was typed in; the form is valid."""
        return AlertDraft(
            title=self.title.data or "",
            severity=Severity(self.severity.data),
            criteria=tuple(criteria),
            reference=self.reference.data or "",
            message=self.message.data or "",
            link=self.link.data or "",
            answer_by=self.answer_by.data,
        )

    def show(self, draft: AlertDraft, version: int) -> None:
        """Fill in an alert as it stands."""
        for name in ("title", "reference", "message", "link", "answer_by"):
            self[name].data = getattr(draft, name)
        self.severity.data, self.version.data = draft.severity.value, str(version)


def typed_criteria(sent: Mapping[str, str]) -> tuple[TypedCriterion, ...]:
    """The lines of products that were sent, `product-1`, `since-1`, `before-1`…"""
    lines = (
        TypedCriterion(*(sent.get(f"{part}-{number}", "")[: _LONGEST[part] + 1].strip() for part in _PARTS))
        for number in range(1, MOST_CRITERIA + _SPARE_LINES + 1)
    )
    return tuple(one for one in lines if not one.empty)


def shown_criteria(typed: Sequence[TypedCriterion]) -> tuple[TypedCriterion, ...]:
    """The lines to show: those typed, and a few empty ones."""
    wanted = min(MOST_CRITERIA, max(FEWEST_LINES, len(typed) + _SPARE_LINES))
    return (*typed, *[TypedCriterion("")] * (wanted - len(typed)))


class AnswerForm(Form):
    """What an establishment says of an alert."""

    answer = RadioField(_("Votre réponse"), [InputRequired()])
    note = TextAreaField(
        _("Précision"),
        [Optional(), Length(max=MAX_NOTE)],
        render_kw={"rows": 3},
        description=_(
            "Lue par les personnes qui ont diffusé l’alerte depuis cette plateforme ; elle ne part pas vers une autre."
        ),
    )
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the answers."""
        said = [one for one in AlertAnswer if one is not AlertAnswer.NONE]
        self.answer.choices = options((one.value, labels.ALERT_ANSWER[one]) for one in said)
