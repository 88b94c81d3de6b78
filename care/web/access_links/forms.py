"""The forms of links to suppliers and of reviews."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.access_reviews import RHYTHMS, YEARLY
from care.services.access_links.reviews import ReviewDraft
from care.services.access_links.supplier_links import DAYS, MAX_NOTE, MOST_DAYS, LinkDraft
from care.web.days import DayField
from care.web.forms import Form, options


class LinkForm(Form):
    """A link for a supplier."""

    supplier = SelectField(_("Fournisseur"), validate_choice=False)
    email = StringField(
        _("Adresse de courriel"),
        [Optional(), Length(max=254)],
        description=_("Sans adresse, vous remettrez le lien vous-même."),
    )
    days = IntegerField(_("Valable, en jours"), [InputRequired(), NumberRange(1, MOST_DAYS)], default=DAYS)
    note = TextAreaField(_("Message au fournisseur"), [Optional(), Length(max=MAX_NOTE)], render_kw={"rows": 2})

    def draft(self) -> LinkDraft:
        """What was typed in; the form is valid."""
        return LinkDraft(self.supplier.data or "", self.email.data or "", self.note.data or "", self.days.data or DAYS)


class ReviewForm(Form):
    """A review to open."""

    title = StringField(
        _("Titre"), [InputRequired(), Length(max=200)], description=_("Par exemple : « Revue annuelle 2026 ».")
    )
    due_on = DayField(_("Réponses attendues pour le"), [InputRequired()])

    def draft(self) -> ReviewDraft:
        """What was typed in; the form is valid."""
        return ReviewDraft(self.title.data or "", self.due_on.data)


class RhythmForm(Form):
    """How often accesses are reviewed."""

    months = SelectField(
        _("Revoir les accès"),
        choices=options(
            (months, _("tous les ans") if months == YEARLY else _("tous les %(num)s mois", num=months))
            for months in reversed(RHYTHMS)
        ),
        coerce=int,
        validate_choice=False,
    )
    opens = BooleanField(
        _("Ouvrir la revue d’elle-même un mois avant"),
        description=_("Chaque responsable reçoit alors son lien par courriel."),
    )
