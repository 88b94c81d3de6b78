"""What people add to a restore sheet."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.services.drills.sheets import SheetDraft
from care.web.forms import Form


class SheetForm(Form):
    """The fields of PGSSI-S 7.4.5.3 that a machine cannot fill."""

    operator = StringField(_("Opérateur"), [InputRequired(), Length(max=300)])
    requester = StringField(_("Demandeur"), [InputRequired(), Length(max=300)])
    rights_by = StringField(
        _("Droits d’accès vérifiés par"),
        [InputRequired(), Length(max=300)],
        description=_("Qui a vérifié que ce qui revient n’est lisible que par ceux qui y ont droit, et quand."),
    )
    remark = TextAreaField(_("Remarque"), [Optional(), Length(max=4_000)], render_kw={"rows": 3})

    def draft(self) -> SheetDraft:
        """What was typed."""
        typed = {name: str(self._fields[name].data or "") for name in ("operator", "requester", "rights_by", "remark")}
        return SheetDraft(**typed)
