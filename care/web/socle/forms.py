"""The form of the amounts of a year."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from care.services.socle.amounts import MAX_NOTE, AmountsDraft
from care.services.socle.reading import Amounts
from care.web.days import DayField
from care.web.formats import typed_amount
from care.web.forms import Form

_MONEY = _("En euros entiers : 12 500 ou 12,5 k€. Vide si ce n’est pas connu.")


class AmountsForm(Form):
    """The amounts of a year."""

    asked = StringField(_("Montant demandé"), [Optional(), Length(max=40)], description=_MONEY)
    asked_on = DayField(_("Demandé le"), [Optional()])
    obtained = StringField(_("Montant obtenu"), [Optional(), Length(max=40)], description=_MONEY)
    obtained_on = DayField(_("Notifié le"), [Optional()])
    note = TextAreaField(_("Note"), [Optional(), Length(max=MAX_NOTE)])

    def show(self, known: Amounts) -> None:
        """Fill in what is recorded."""
        for field, amount in ((self.asked, known.asked), (self.obtained, known.obtained)):
            field.data = "" if amount is None else typed_amount(amount * 100)
        self.asked_on.data, self.obtained_on.data, self.note.data = known.asked_on, known.obtained_on, known.note

    def draft(self) -> AmountsDraft:
        """What was typed."""
        return AmountsDraft(
            str(self.asked.data or ""),
            self.asked_on.data,
            str(self.obtained.data or ""),
            self.obtained_on.data,
            str(self.note.data or ""),
        )
