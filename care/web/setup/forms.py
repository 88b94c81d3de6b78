"""The form of the first run."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.web.forms import Form


class SetupForm(Form):
    """The first administrator."""

    name = StringField(_("Votre nom"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "name"})
    login = StringField(
        _("Identifiant"),
        [InputRequired(), Length(max=100)],
        description=_("En minuscules, sans accent ni espace, par exemple c.martin."),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    email = EmailField(_("Adresse de messagerie"), [Optional(), Length(max=254)], render_kw={"autocomplete": "email"})
    password = PasswordField(
        _("Mot de passe"),
        [InputRequired()],
        description=_("Douze signes au moins. Une phrase de quelques mots se retient mieux qu’un mot compliqué."),
        render_kw={"autocomplete": "new-password"},
    )
