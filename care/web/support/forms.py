"""Forms of support: the next step, a contact, what becomes of a service."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.support import ContactKind
from care.services.support.editing import MAX_STEP, ContactDraft, FileDraft
from care.services.typed_texts import MAX_LINE, MAX_TEXT
from care.web import labels
from care.web.days import EARLIEST, DayField
from care.web.forms import Form, options


class FileForm(Form):
    """Who supports an establishment, and what comes next."""

    owner = StringField(
        _("Qui accompagne"), [Optional(), Length(max=MAX_LINE)], description=_("L’établissement lit ce nom.")
    )
    next_step = StringField(
        _("Prochaine étape"),
        [Optional(), Length(max=MAX_STEP)],
        description=_("Par exemple : « Relire ensemble le PCRA des urgences ». L’établissement la lit."),
    )
    next_on = DayField(_("Pour le"), [Optional()])
    note = TextAreaField(
        _("Note interne"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Lue par la région seule, jamais par l’établissement."),
        render_kw={"rows": 5},
    )
    version = HiddenField()

    def show(self, draft: FileDraft, version: int) -> None:
        """What is written."""
        for name in ("owner", "next_step", "next_on", "note"):
            self[name].data = getattr(draft, name)
        self.version.data = str(version)

    def draft(self) -> FileDraft:
        """What was typed in; the form is valid."""
        return FileDraft(self.owner.data or "", self.next_step.data or "", self.next_on.data, self.note.data or "")


class ContactForm(Form):
    """A visit or another contact, planned or held."""

    kind = SelectField(_("Nature"), [InputRequired()])
    held_on = DayField(_("Date"), [InputRequired()])
    by = StringField(
        _("Qui, pour la région"), [InputRequired(), Length(max=MAX_LINE)], description=_("L’établissement lit ce nom.")
    )
    held = BooleanField(_("A eu lieu"))
    summary = TextAreaField(
        _("Ordre du jour, puis ce qui a été convenu"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("L’établissement lit ce texte."),
        render_kw={"rows": 6},
    )
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the kinds."""
        self.kind.choices = options(labels.CONTACT_KIND.items())

    def show(self, draft: ContactDraft, version: int) -> None:
        """What is written."""
        for name in ("kind", "held_on", "by", "held", "summary"):
            self[name].data = getattr(draft, name)
        self.version.data = str(version)

    def draft(self) -> ContactDraft:
        """What was typed in; the form is valid."""
        return ContactDraft(
            ContactKind(self.kind.data),
            self.held_on.data or EARLIEST,
            self.by.data or "",
            bool(self.held.data),
            self.summary.data or "",
        )
