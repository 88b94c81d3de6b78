"""Forms of visits: what a visit is, who is invited, why something is withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.access import Level, Place, place_at
from care.domain.frameworks import FrameworkKind
from care.services.typed_texts import MAX_LINE
from care.services.visits.planning import MAX_WHY, VisitDraft
from care.services.visits.reading import Choices, VisitSheet
from care.services.visits.visitors import MAX_MAIL, VisitorDraft
from care.web.evidence.forms import MultiCheckboxField
from care.web.exercises.forms import MOMENT, MomentField
from care.web.forms import Form, options
from care.web.pages import row_number

_FIRST = (FrameworkKind.CERTIFICATION, FrameworkKind.PROGRAMME)
"""What visits look at most often comes first."""


class VisitForm(Form):
    """A visit: who is visited, what may be read, when. `version` is the one that was read."""

    title = StringField(_("Intitulé"), [InputRequired(), Length(max=MAX_LINE)])
    holder = SelectField(_("Qui est visité"), [InputRequired()])
    establishments = MultiCheckboxField(_("Établissements montrés"), coerce=row_number)
    frameworks = MultiCheckboxField(
        _("Référentiels montrés"),
        description=_("Les visiteurs lisent leurs exigences et les pièces qui y sont jointes ; rien d’autre."),
    )
    starts_at = MomentField(_("S’ouvre le"), [InputRequired()], format=MOMENT)
    ends_at = MomentField(
        _("Se ferme le"),
        [InputRequired()],
        format=MOMENT,
        description=_("À cette heure, tous les accès se ferment d’eux-mêmes. Six semaines au plus."),
    )
    downloads = BooleanField(
        _("Remettre aussi les fichiers qui ne peuvent pas porter de filigrane"),
        description=_(
            "Bureautique, tableurs, archives : ils partent alors tels quels. Sinon, les visiteurs les voient sur place."
        ),
    )
    version = HiddenField()

    def offer(self, known: Choices, sheet: VisitSheet | None = None) -> None:
        """Fill the lists; those of a visit that exists keep what it already shows."""
        self.holder.choices = options((one.key, name) for one, name in known.holders.items())
        if sheet is not None:
            self.holder.choices = options([(sheet.place.key, sheet.line.holder)])
        places = [sheet.place] if sheet and sheet.place in known.sites else list(known.sites)
        self.establishments.choices = list({n: s for one in places for n, s in known.sites[one].items()}.items())
        kinds = [*_FIRST, *(one for one in known.frameworks if one not in _FIRST)]
        self.frameworks.choices = [pair for kind in kinds for pair in known.frameworks.get(kind, {}).items()]

    def begin(self, establishment_id: int, starts_at: datetime, ends_at: datetime) -> None:
        """Start a new visit: this establishment, the themes of certification, three days from next week."""
        self.holder.data = Place(Level.ESTABLISHMENT, establishment_id).key
        self.establishments.data, self.frameworks.data = [establishment_id], ["has"]
        self.starts_at.show(starts_at)
        self.ends_at.show(ends_at)

    def show(self, sheet: VisitSheet) -> None:
        """Start from what is recorded."""
        self.title.data, self.downloads.data = sheet.line.title, sheet.downloads
        self.holder.data = sheet.place.key
        self.establishments.data = list(sheet.scope_establishments)
        self.frameworks.data = list(sheet.scope_frameworks)
        self.starts_at.show(sheet.line.starts_at)
        self.ends_at.show(sheet.line.ends_at)
        self.version.data = str(sheet.version)

    def draft(self, sheet: VisitSheet | None = None) -> VisitDraft:
        """What was typed; the form is valid. A beginning shown to the minute and left alone keeps its seconds."""
        starts_at: Any = self.starts_at.moment
        if sheet is not None and sheet.line.starts_at.replace(second=0, microsecond=0) == starts_at:
            starts_at = sheet.line.starts_at
        return VisitDraft(
            self.title.data or "",
            place_at(self.holder.data),
            tuple(self.establishments.data or ()),
            tuple(self.frameworks.data or ()),
            starts_at,
            self.ends_at.moment,
            bool(self.downloads.data),
        )


class VisitorForm(Form):
    """Somebody to invite."""

    name = StringField(_("Nom"), [InputRequired(), Length(max=MAX_LINE)], render_kw={"autocomplete": "off"})
    organisation = StringField(_("Organisme"), [Optional(), Length(max=MAX_LINE)])
    email = StringField(
        _("Adresse mail"),
        [Optional(), Length(max=MAX_MAIL)],
        description=_("Sans adresse, le lien se remet en main propre."),
        render_kw={"inputmode": "email", "autocomplete": "off"},
    )

    def draft(self) -> VisitorDraft:
        """What was typed; the form is valid."""
        return VisitorDraft(self.name.data or "", self.organisation.data or "", self.email.data or "")


class WhyForm(Form):
    """Why an access or a whole visit is withdrawn."""

    why = StringField(_("Pourquoi"), [InputRequired(), Length(max=MAX_WHY)])
