"""Forms to administer accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.access import Role
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import NAMES

FIRST_PASSWORD = _("Donnez-le à la personne de vive voix ; elle le changera dans « Mon compte ».")


class GrantForm(Form):
    """A role on a place. `place` is written `level:id`."""

    role = SelectField(
        _("Rôle"), choices=options((role.value, labels.ROLE[role].text) for role in Role), default=Role.CISO.value
    )
    place = SelectField(_("Périmètre"), [InputRequired()])
    expires_on = DayField(
        _("Jusqu’au"), [Optional()], description=_("Vide : sans limite. Utile pour un visiteur ou un intérim.")
    )


class AccountForm(GrantForm):
    """A new account and its first role."""

    name = StringField(_("Nom de la personne"), [InputRequired(), Length(max=200)])
    login = StringField(
        _("Identifiant"),
        [InputRequired(), Length(max=100)],
        description=_("En minuscules, sans accent ni espace, par exemple c.martin."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    email = EmailField(_("Adresse de messagerie"), [Optional(), Length(max=254)])
    lang = RadioField(_("Langue"), choices=options(NAMES.items()), default="fr")
    password = PasswordField(
        _("Premier mot de passe"),
        [InputRequired()],
        description=FIRST_PASSWORD,
        render_kw={"autocomplete": "new-password"},
    )


class ResetForm(Form):
    """A new password for someone."""

    password = PasswordField(
        _("Nouveau mot de passe"),
        [InputRequired()],
        description=FIRST_PASSWORD,
        render_kw={"autocomplete": "new-password"},
    )
