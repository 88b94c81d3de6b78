"""Forms of the second factor."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField
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
