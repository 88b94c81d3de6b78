"""Forms of the crisis organisation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, FileField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.continuity import CellKind
from care.services.crisis_contacts import LENGTHS, ContactDraft
from care.web import labels
from care.web.forms import Form, options


class ContactForm(Form):
    """A contact of the directory; `version` is the one that was read."""

    cell = SelectField(_("Cellule"), [InputRequired()])
    function = StringField(
        _("Fonction"), [InputRequired(), Length(max=LENGTHS["function"])], description=_("Ce qu’on cherche en crise.")
    )
    name = StringField(_("Nom"), [Optional(), Length(max=LENGTHS["name"])])
    organisation = StringField(
        _("Organisme"), [Optional(), Length(max=LENGTHS["organisation"])], description=_("S’il n’est pas d’ici.")
    )
    phone = StringField(_("Téléphone"), [Optional(), Length(max=LENGTHS["phone"])], render_kw={"inputmode": "tel"})
    fallback = StringField(
        _("Numéro de secours"),
        [Optional(), Length(max=LENGTHS["fallback"])],
        description=_("Qui ne passe pas par le téléphone de l’établissement."),
        render_kw={"inputmode": "tel"},
    )
    mail = StringField(
        _("Messagerie"),
        [Optional(), Length(max=LENGTHS["mail"])],
        description=_("Hors de l’établissement, de préférence."),
        render_kw={"inputmode": "email"},
    )
    deputy = StringField(
        _("Suppléant"), [Optional(), Length(max=LENGTHS["deputy"])], description=_("Son nom et son numéro.")
    )
    note = StringField(_("Remarque"), [Optional(), Length(max=LENGTHS["note"])])
    checked_on = DateField(
        _("Numéros vérifiés le"), [Optional()], description=_("Le dernier jour où quelqu’un a vraiment appelé.")
    )
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the cells."""
        self.cell.choices = options((cell.value, labels.CELL[cell]) for cell in CellKind)

    def fill(self, draft: ContactDraft, version: int) -> None:
        """Start from what is known."""
        for name in LENGTHS:
            self[name].data = getattr(draft, name)
        self.cell.data, self.checked_on.data = draft.cell.value, draft.checked_on
        self.version.data = str(version)

    def draft(self) -> ContactDraft:
        """What was typed in; the form is valid."""
        texts = {name: self[name].data or "" for name in LENGTHS}
        return ContactDraft(cell=CellKind(self.cell.data), checked_on=self.checked_on.data, **texts)


class ImportForm(Form):
    """The directory as CSV: a file, or its lines pasted."""

    file = FileField(_("Fichier CSV"), [Optional()], render_kw={"accept": ".csv,.txt,.tsv"})
    lines = TextAreaField(
        _("Ou ses lignes, collées"), [Optional()], render_kw={"rows": 6, "spellcheck": "false", "autocomplete": "off"}
    )
    removing = BooleanField(
        _("Le fichier remplace tout l’annuaire"),
        description=_("Les contacts qu’il ne contient pas sont alors effacés."),
    )
