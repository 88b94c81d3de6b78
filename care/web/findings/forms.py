"""Decisions about a finding."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from care.domain.findings import Verdict
from care.services.findings import DecisionDraft
from care.web.days import DayField, end_of
from care.web.forms import Form

ROWS = {"rows": 3}


class FalsePositiveForm(Form):
    """The rule is wrong about this subject."""

    reason = TextAreaField(
        _("Pourquoi ce n’est pas une faiblesse"), [InputRequired(), Length(max=2000)], render_kw=ROWS
    )

    def draft(self) -> DecisionDraft:
        """The decision typed in."""
        return DecisionDraft(Verdict.FALSE_POSITIVE, str(self.reason.data))


class AcceptedForm(Form):
    """Someone signs to live with it for a while."""

    reason = TextAreaField(
        _("Pourquoi le risque est accepté"),
        [InputRequired(), Length(max=2000)],
        description=_("Et ce qui le limite en attendant."),
        render_kw=ROWS,
    )
    signatory = StringField(
        _("Signataire"),
        [InputRequired(), Length(max=200)],
        description=_("La personne qui accepte le risque pour l’établissement, avec sa fonction."),
    )
    until = DayField(
        _("Accepté jusqu’au"), [InputRequired()], description=_("Un an au plus ; le constat se rouvre ensuite.")
    )

    def draft(self) -> DecisionDraft:
        """The decision typed in."""
        return DecisionDraft(Verdict.ACCEPTED, str(self.reason.data), end_of(self.until.data), str(self.signatory.data))


class PostponedForm(Form):
    """It will be fixed, later."""

    reason = TextAreaField(_("Ce qui est prévu"), [InputRequired(), Length(max=2000)], render_kw=ROWS)
    until = DayField(_("Reporté jusqu’au"), [InputRequired()])

    def draft(self) -> DecisionDraft:
        """The decision typed in."""
        return DecisionDraft(Verdict.POSTPONED, str(self.reason.data), end_of(self.until.data))


class ReasonForm(Form):
    """A reason alone: to take a decision back, or to close by hand."""

    reason = TextAreaField(_("Pourquoi"), [InputRequired(), Length(max=2000)], render_kw=ROWS)


DecisionForm = FalsePositiveForm | AcceptedForm | PostponedForm
FORMS: dict[str, type[DecisionForm]] = {
    Verdict.POSTPONED: PostponedForm,
    Verdict.ACCEPTED: AcceptedForm,
    Verdict.FALSE_POSITIVE: FalsePositiveForm,
}
