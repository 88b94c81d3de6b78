"""Forms of regional reports: one asked for, one ordered for every month or quarter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.months import Month
from care.domain.regional_reports import EVERY_NAMES, FORM_NAMES, Every, ReportForm
from care.services.regional_reports.asking import month_words
from care.services.regional_reports.ordered import OrderDraft, OrderView
from care.services.typed_texts import MAX_LINE
from care.web.evidence.forms import MultiCheckboxField
from care.web.forms import Form, options
from care.web.language import current_language
from care.web.pages import row_number

PUBLIC, RESERVED = "public", "reserved"
_MOST_ADDRESSES = 13_000
"""Signs: fifty addresses of 254, one a line."""


class AskForm(Form):
    """A report to make now."""

    place = SelectField(_("Territoire"), [InputRequired()])
    month = SelectField(_("Mois"), [InputRequired()], coerce=row_number)
    audience = SelectField(_("Diffusion"), [InputRequired()])
    forms = MultiCheckboxField(_("Formes"), [Optional()])

    def prepare(
        self, places: Iterable[tuple[str, str]], months: Iterable[Month], allowed: Sequence[ReportForm]
    ) -> None:
        """Offer the places, the months with figures and the forms that some of them have."""
        self.place.choices = options(places)
        self.month.choices = options((one, month_words(one, current_language())) for one in months)
        self.audience.choices = options(audiences())
        self.forms.choices = form_choices(allowed)

    @property
    def chosen(self) -> tuple[ReportForm, ...]:
        """The forms that were ticked; the form is valid."""
        return tuple(ReportForm(one) for one in self.forms.data or ())


class OrderForm(Form):
    """A report that comes by itself; `version` is the one that was read, empty for a new one."""

    place = SelectField(_("Territoire"), [InputRequired()])
    title = StringField(_("Titre"), [InputRequired(), Length(max=MAX_LINE)])
    every = SelectField(_("Rythme"), [InputRequired()])
    public = SelectField(_("Diffusion"), [InputRequired()])
    forms = MultiCheckboxField(_("Formes"), [Optional()])
    recipients = TextAreaField(
        _("Destinataires"),
        [InputRequired(), Length(max=_MOST_ADDRESSES)],
        description=_("Une adresse par ligne."),
        render_kw={"rows": 4},
    )
    lang = SelectField(_("Langue"), [InputRequired()])
    version = HiddenField()

    def prepare(self, places: Iterable[tuple[str, str]]) -> None:
        """Offer the places and every choice."""
        lang = current_language()
        self.place.choices = options(places)
        self.every.choices = options((one.value, name.render(lang)) for one, name in EVERY_NAMES.items())
        self.public.choices = options(audiences())
        self.forms.choices = form_choices(tuple(ReportForm))
        self.lang.choices = options((("fr", "Français"), ("en", "English")))

    def show(self, order: OrderView) -> None:
        """Fill it with an order as it is."""
        self.title.data, self.every.data, self.lang.data = order.title, order.every.value, order.lang
        self.public.data = PUBLIC if order.public else RESERVED
        self.forms.data = [one.value for one in order.forms]
        self.recipients.data = "\n".join(order.recipients)
        self.version.data = str(order.version)

    def draft(self) -> OrderDraft:
        """What was typed in; the form is valid."""
        return OrderDraft(
            title=self.title.data or "",
            forms=tuple(ReportForm(one) for one in self.forms.data or ()),
            public=self.public.data == PUBLIC,
            every=Every(self.every.data),
            recipients=tuple((self.recipients.data or "").replace(",", "\n").replace(";", "\n").splitlines()),
            lang=self.lang.data or "fr",
        )


def audiences() -> list[tuple[str, str]]:
    """For whom a report is."""
    return [
        (RESERVED, gettext("Réservée : établissements nommés, tous les chiffres")),
        (PUBLIC, gettext("Publique : personne n’est nommé, petits effectifs masqués")),
    ]


def form_choices(allowed: Sequence[ReportForm]) -> list[Any]:
    """Forms to tick, in the order of their names."""
    lang = current_language()
    return options((one.value, name.render(lang)) for one, name in FORM_NAMES.items() if one in allowed)
