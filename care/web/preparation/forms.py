"""Forms of those invited."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.exercises import GuestRole
from care.services.exercises.guests import MAX_MAIL, MAX_PHONE, GuestDraft
from care.services.typed_texts import MAX_LINE
from care.web import labels
from care.web.forms import Form, options


class PlacedForm(Form):
    """What people are invited for."""

    role = SelectField(_("Rôle"), [InputRequired()])
    cell = SelectField(_("Cellule"), [Optional()], description=_("Pour les joueurs."))

    def prepare(self, cells: Mapping[str, str]) -> None:
        """Offer the roles and the cells."""
        self.role.choices = options((one.value, labels.GUEST_ROLE[one]) for one in GuestRole)
        self.cell.choices = options([("", "–"), *cells.items()])

    @property
    def placed(self) -> GuestDraft:
        """Nobody yet, with this role and this cell."""
        return GuestDraft("", role=GuestRole(self.role.data), cell=self.cell.data or "")


class GuestForm(PlacedForm):
    """Someone to invite; `version` is the one that was read."""

    name = StringField(_("Nom"), [InputRequired(), Length(max=MAX_LINE)], render_kw={"autocomplete": "off"})
    function = StringField(_("Fonction"), [Optional(), Length(max=MAX_LINE)])
    mail = StringField(_("Adresse mail"), [Optional(), Length(max=MAX_MAIL)], render_kw={"inputmode": "email"})
    phone = StringField(_("Téléphone"), [Optional(), Length(max=MAX_PHONE)], render_kw={"inputmode": "tel"})
    version = HiddenField()

    def fill(self, draft: GuestDraft, version: int) -> None:
        """Start from what is known."""
        for name in ("name", "function", "mail", "phone", "cell"):
            self[name].data = getattr(draft, name)
        self.role.data, self.version.data = draft.role.value, str(version)

    def draft(self) -> GuestDraft:
        """What was typed in; the form is valid."""
        texts = {name: self[name].data or "" for name in ("name", "function", "mail", "phone", "cell")}
        return GuestDraft(role=GuestRole(self.role.data), **texts)


class PasteForm(PlacedForm):
    """A list pasted from a spreadsheet or a mail."""

    lines = TextAreaField(
        _("Une personne par ligne"),
        [InputRequired()],
        description=_(
            "Nom ; fonction ; mail ; téléphone ; rôle ; cellule. Le nom d’abord, le reste dans n’importe quel ordre ; "
            "ce qui manque est pris ci-dessous."
        ),
        render_kw={"rows": 6, "spellcheck": "false"},
    )
