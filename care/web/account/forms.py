"""Forms of one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.web.forms import Form, options
from care.web.language import NAMES


class SignInForm(Form):
    """Login and password."""

    login = StringField(
        _("Identifiant"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(_("Mot de passe"), [InputRequired()], render_kw={"autocomplete": "current-password"})


class PasswordForm(Form):
    """A change of one's own password."""

    current = PasswordField(_("Mot de passe actuel"), [InputRequired()], render_kw={"autocomplete": "current-password"})
    password = PasswordField(
        _("Nouveau mot de passe"),
        [InputRequired()],
        description=_("Douze signes au moins. Une phrase de quelques mots se retient mieux qu’un mot compliqué."),
        render_kw={"autocomplete": "new-password"},
    )


class ProfileForm(Form):
    """What a person says of themselves."""

    name = StringField(_("Nom affiché"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "name"})
    email = EmailField(_("Adresse de messagerie"), [Optional(), Length(max=254)], render_kw={"autocomplete": "email"})
    lang = RadioField(_("Langue"), choices=options(NAMES.items()))
