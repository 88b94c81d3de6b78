"""The form of a cost line."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from care.domain.actions import CostKind
from care.services.costs import LABEL_LENGTH, CostDraft, CostLine
from care.web import labels
from care.web.forms import options
from care.web.funding import FundingForm


class CostForm(FundingForm):
    """One cost line, as people type it: the service reads the amount."""

    year = StringField(
        lazy_gettext("Année"), [InputRequired(), Length(max=10)], render_kw={"inputmode": "numeric", "maxlength": 4}
    )
    kind = RadioField(lazy_gettext("Nature"), [InputRequired()], default=CostKind.INVESTMENT.value)
    amount = StringField(
        lazy_gettext("Montant TTC"),
        [InputRequired(), Length(max=40)],
        description=lazy_gettext("En euros : 12 500,50 ou 12,5 k€. Ce que tous les établissements paient ensemble."),
        render_kw={"inputmode": "decimal"},
    )
    label = StringField(
        lazy_gettext("Quoi"),
        [Length(max=LABEL_LENGTH)],
        description=lazy_gettext("Par exemple : licences du bastion, trois ans."),
    )

    def __init__(self, *values: Any, **named: Any) -> None:  # noqa: ANN401 - as WTForms takes them
        """As a form, its choices in the reader's language."""
        super().__init__(*values, unsaid=gettext("Celui de l’action"), **named)
        self.kind.choices = options((kind, str(label)) for kind, label in labels.COST_KIND.items())

    def show(self, line: CostLine, amount: str) -> None:
        """Fill the form with a known line; `amount` is the whole, as written."""
        self.year.data, self.kind.data, self.label.data = str(line.year), line.kind.value, line.label
        self.amount.data = amount
        self.show_funding(line.own_funding)

    def draft(self) -> CostDraft:
        """What was typed."""
        return CostDraft(
            year=str(self.year.data or ""),
            kind=str(self.kind.data or ""),
            amount=str(self.amount.data or ""),
            label=str(self.label.data or ""),
            funding=self.chosen_funding,
        )
