"""Forms of the second factor."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from care.web.forms import Form

_TYPED = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}


class CodeForm(Form):
    """The code asked for after the password."""

    code = StringField(
        _("Code"),
        [InputRequired(), Length(max=100)],
        description=_("Les six chiffres de l’application, ou un code de récupération imprimé."),
        render_kw={**_TYPED, "autofocus": True},
    )


class ConfirmForm(Form):
    """The password, and a code: of the application, or a recovery code where one is taken."""

    password = PasswordField(
        _("Mot de passe actuel"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
    code = StringField(_("Code"), [InputRequired(), Length(max=100)], render_kw=_TYPED)


class KeyForm(Form):
    """A new security key: what to call it, the password, and what the key answered."""

    name = StringField(
        _("Nom de la clé"),
        [InputRequired(), Length(max=60)],
        description=_("Par exemple « clé bleue, bureau »."),
        render_kw={"autocomplete": "off"},
    )
    password = PasswordField(
        _("Mot de passe actuel"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
    answer = HiddenField()


class KeyEndForm(Form):
    """The password, to take a key away."""

    password = PasswordField(
        _("Mot de passe actuel"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
