"""The forms of exclusions, quiet hours and freezes."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from care.domain.restraints import ExclusionMode
from care.services.restraints import ExclusionDraft, FreezeDraft, QuietDraft
from care.web.days import DayField
from care.web.evidence.forms import MultiCheckboxField
from care.web.forms import Form, options
from care.web.labels import EXCLUSION_MODE_HELP, WEEKDAYS
from care.web.pages import row_number

_REASON = [InputRequired(), Length(max=500)]


class ExclusionForm(Form):
    """Something to spare for a while."""

    what = StringField(
        _("Adresse, réseau ou nom"),
        [InputRequired(), Length(max=300)],
        description=_(
            "Par exemple 203.0.113.7, 203.0.113.0/28, portail.hopital.fr ou *.hopital.fr. Un motif n’épargne que les "
            "adresses des noms que CaRE connaît ; pour un équipement fragile, écrivez son adresse."
        ),
        render_kw={"spellcheck": "false"},
    )
    mode = SelectField(_("Que faut-il en épargner"), choices=options(EXCLUSION_MODE_HELP.items()))
    reason = StringField(_("Pourquoi"), _REASON)
    until = DayField(
        _("Jusqu’au (inclus)"), [InputRequired()], description=_("Un an au plus : une exclusion se relit.")
    )

    def draft(self) -> ExclusionDraft:
        """What was typed in; the form is valid."""
        until = cast(date, self.until.data)
        return ExclusionDraft(str(self.what.data), ExclusionMode(self.mode.data), str(self.reason.data), until)


class QuietForm(Form):
    """Hours that come back, without audits."""

    weekdays = MultiCheckboxField(_("Jours"), choices=options(enumerate(WEEKDAYS)), coerce=row_number)
    hours = StringField(
        _("Heures sans audit"),
        [InputRequired(), Length(max=11)],
        description=_("Par exemple 07:30-18:00, ou 22:00-06:00 à cheval sur deux jours."),
    )
    reason = StringField(_("Pourquoi"), _REASON)

    def draft(self) -> QuietDraft:
        """What was typed in; the form is valid."""
        days = frozenset(int(day) for day in self.weekdays.data or ())
        return QuietDraft(days, str(self.hours.data).strip(), str(self.reason.data))


class FreezeForm(Form):
    """Days without audits."""

    first_day = DayField(_("Du"), [InputRequired()])
    last_day = DayField(_("Au (inclus)"), [InputRequired()])
    reason = StringField(
        _("Pourquoi"), _REASON, description=_("Par exemple : visite de certification, bascule du dossier patient.")
    )

    def draft(self) -> FreezeDraft:
        """What was typed in; the form is valid."""
        first, last = cast(date, self.first_day.data), cast(date, self.last_day.data)
        return FreezeDraft(first, last, str(self.reason.data))
