"""The form of a name of a job tied to a system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.services.backups.job_ties import MAX_NAME, MAX_REASON, TieDraft
from care.web.forms import Form, options
from care.web.pages import row_number


class TieForm(Form):
    """What a console calls a system; without a system, why the job is none of ours."""

    name = StringField(
        _("Travail ou machine"),
        [InputRequired(), Length(max=MAX_NAME)],
        description=_("Tel que l’historique le nomme. « * » vaut n’importe quoi : « VM-LABO-* »."),
        render_kw={"spellcheck": "false"},
    )
    system_id = SelectField(
        _("Système"),
        [Optional()],
        coerce=row_number,
        default=0,
        description=_("Un travail qui sauve plusieurs systèmes a une ligne pour chacun."),
    )
    reason = StringField(
        _("Sinon, pourquoi"),
        [Optional(), Length(max=MAX_REASON)],
        description=_("Sans système : « machine d’essai », « réplique »…"),
    )
    version = HiddenField()

    def prepare(self, systems: Sequence[tuple[int, str]]) -> None:
        """Offer the systems."""
        self.system_id.choices = options([(0, _("Aucun des nôtres")), *systems])

    def show(self, draft: TieDraft) -> None:
        """Start from what is known."""
        self.name.data, self.reason.data, self.system_id.data = draft.name, draft.reason, draft.system_id or 0

    def draft(self) -> TieDraft:
        """What was typed in; the form is valid."""
        return TieDraft(str(self.name.data), cast("int", self.system_id.data) or None, self.reason.data or "")
