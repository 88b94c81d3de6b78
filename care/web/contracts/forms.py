"""The form of a contract with a supplier."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.services.contracts import LENGTHS, MAX_NOTICE, ContractDraft
from care.services.typed_texts import MAX_TEXT
from care.web.days import DayField
from care.web.forms import Form
from care.web.registers import answer_of, three_way, typed_as

ANSWERS = ("critical", "health_data", "remote_access")
TEXTS = ("supplier", "subject", "reference", "contact", "note")
PLAIN = ("starts_on", "ends_on", "notice_days")


class ContractForm(Form):
    """A contract; what nobody knows stays empty."""

    supplier = StringField(_("Fournisseur"), [InputRequired(), Length(max=LENGTHS["supplier"])])
    subject = StringField(
        _("Objet"),
        [InputRequired(), Length(max=LENGTHS["subject"])],
        description=_("Par exemple : « Maintenance du logiciel de laboratoire »."),
    )
    reference = StringField(_("Référence"), [Optional(), Length(max=LENGTHS["reference"])])
    contact = StringField(
        _("Contact"),
        [Optional(), Length(max=LENGTHS["contact"])],
        description=_("Le référent sécurité du fournisseur, et comment le joindre."),
    )
    critical = three_way(_("Critique"), _("Sans lui, une activité essentielle s’arrête."))
    health_data = three_way(_("Touche des données de santé"))
    remote_access = three_way(_("Ouvre un accès à distance"))
    starts_on = DayField(_("Début"), [Optional()])
    ends_on = DayField(_("Fin"), [Optional()])
    notice_days = IntegerField(
        _("Préavis, en jours"),
        [Optional(), NumberRange(0, MAX_NOTICE)],
        description=_("CaRE en déduit le dernier jour pour dénoncer."),
    )
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})
    version = HiddenField()

    def show(self, draft: ContractDraft) -> None:
        """Start from what is known."""
        for name in (*TEXTS, *PLAIN):
            self[name].data = getattr(draft, name)
        for name in ANSWERS:
            self[name].data = typed_as(getattr(draft, name))

    def draft(self) -> ContractDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: self[name].data or "" for name in TEXTS}
        values |= {name: self[name].data for name in PLAIN}
        values |= {name: answer_of(self[name].data) for name in ANSWERS}
        return ContractDraft(**values)
