"""The forms of a new establishment and of a new GHT."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.web.forms import Form
from care.web.pages import row_number

FINESS = {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false", "maxlength": 11}


class EstablishmentForm(Form):
    """An establishment and, when it is not known yet, the legal entity above it."""

    finess = StringField(
        _("Numéro FINESS de l’établissement (ET)"),
        [InputRequired(), Length(max=20)],
        description=_("Neuf chiffres ; la clé est vérifiée."),
        render_kw=FINESS,
    )
    name = StringField(_("Nom de l’établissement"), [InputRequired(), Length(max=300)])
    city = StringField(_("Commune"), [Optional(), Length(max=200)])
    category = StringField(
        _("Catégorie"),
        [Optional(), Length(max=200)],
        description=_("Par exemple : centre hospitalier, clinique, EHPAD."),
    )
    legal_entity = SelectField(
        _("Entité juridique"), coerce=row_number, description=_("La personne morale qui le gère.")
    )
    entity_finess = StringField(
        _("Numéro FINESS de l’entité juridique (EJ)"), [Optional(), Length(max=20)], render_kw=FINESS
    )
    entity_name = StringField(_("Nom de l’entité juridique"), [Optional(), Length(max=300)])
    entity_region_id = SelectField(_("Région"), coerce=row_number, default=0)
    entity_ght_id = SelectField(_("GHT"), coerce=row_number, default=0, description=_("Si l’entité en est membre."))


class GhtForm(Form):
    """A GHT and its region."""

    name = StringField(
        _("Nom du GHT"),
        [InputRequired(), Length(max=200)],
        description=_("Tel que ses membres l’emploient, par exemple « GHT des Deux Rives »."),
    )
    region_id = SelectField(_("Région"), coerce=int)
