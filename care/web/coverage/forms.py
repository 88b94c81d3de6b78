"""The form of the declaration of a candidate."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms.validators import Optional

from care.web.days import DayField
from care.web.forms import Form


class DeclaredForm(Form):
    """When the candidate declared."""

    declared_on = DayField(
        _("Jour de la déclaration"),
        [Optional()],
        description=_("Vide tant que le candidat n’a pas déclaré : la phase reste ouverte."),
    )
