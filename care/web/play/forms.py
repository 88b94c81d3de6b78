"""How people come in, and what they write."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from care.services.exercises.playing import Message
from care.services.exercises.seats import Arrival
from care.web.forms import Form


class ArrivalForm(Form):
    """Who comes in with a QR."""

    name = StringField(
        _("Votre nom"), default="", render_kw={"autocomplete": "name", "required": True, "maxlength": 200}
    )
    function = StringField(
        _("Votre fonction"),
        [Optional()],
        default="",
        render_kw={"autocomplete": "organization-title", "maxlength": 200},
    )
    mail = EmailField(
        _("Votre adresse de messagerie"),
        [Optional()],
        default="",
        description=_("Pour recevoir aussi dans votre messagerie les mails de l’exercice."),
        render_kw={"autocomplete": "email", "maxlength": 254},
    )

    def arrival(self) -> Arrival:
        """What was typed."""
        return Arrival(self.name.data or "", self.function.data or "", self.mail.data or "")


class CodeForm(ArrivalForm):
    """Who comes in with a code and a PIN."""

    code = StringField(
        _("Code de l’exercice"),
        default="",
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 12},
    )
    pin = StringField(
        _("PIN du badge"), default="", render_kw={"autocomplete": "off", "inputmode": "numeric", "maxlength": 12}
    )


class MessageForm(Form):
    """What a cell writes; `key` makes a message sent twice one message."""

    key = HiddenField(default="")
    body = TextAreaField(_("Votre réponse"), default="", render_kw={"rows": 4, "maxlength": 5000, "required": True})

    def message(self, stimulus: str | None = None) -> Message:
        """What was typed."""
        return Message(self.body.data or "", self.key.data or "", stimulus)
