"""The form that asks again who is there."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from care.web.forms import Form


class ProofForm(Form):
    """The password, or a code."""

    proof = PasswordField(
        _("Mot de passe, ou code du second facteur"),
        [InputRequired(), Length(max=1000)],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )
