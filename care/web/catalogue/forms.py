"""An offer that a region, or the platform, adds to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.catalogue import OfferKind, Theme
from care.services.catalogue import EntryDraft, RegionChoice
from care.web import labels
from care.web.evidence.forms import MultiCheckboxField
from care.web.forms import Form, options
from care.web.pages import row_number

_TEXTS = ("title", "summary", "offered_by", "audience", "cost", "address", "source")


class EntryForm(Form):
    """An offer; `version` is the one that was read."""

    region = SelectField(_("Pour"), [Optional()], coerce=row_number)
    kind = SelectField(_("Nature"), [InputRequired()])
    title = StringField(_("Titre"), [InputRequired(), Length(max=200)])
    summary = TextAreaField(_("Ce que c’est"), [Optional(), Length(max=2_000)], render_kw={"rows": 4})
    offered_by = StringField(_("Qui l’offre"), [Optional(), Length(max=200)])
    audience = StringField(_("Pour qui"), [Optional(), Length(max=200)])
    cost = StringField(_("Coût"), [Optional(), Length(max=200)], description=_("Laissez vide s’il n’est pas connu."))
    address = StringField(
        _("Adresse"),
        [Optional(), Length(max=300)],
        description=_("Elle commence par https:// et s’affiche en entier."),
        render_kw={"inputmode": "url"},
    )
    source = StringField(_("D’où vient l’information"), [Optional(), Length(max=300)])
    themes = MultiCheckboxField(_("Thèmes"))
    helps = TextAreaField(
        _("Aide pour"),
        [Optional()],
        description=_("Une exigence (care-d2:O3.A) ou une règle (rule:exposure.*) par ligne ; * pour un chapitre."),
        render_kw={"rows": 3, "spellcheck": "false"},
    )
    base = BooleanField(_("Fait partie du socle minimal du centre régional de ressources"))
    version = HiddenField()

    def prepare(self, places: Sequence[RegionChoice]) -> None:
        """Offer the places, none when it already has one; the kinds and the themes."""
        if places:
            self.region.choices = options((one.id, one.name) for one in places)
        else:
            del self.region
        self.kind.choices = options((one.value, labels.OFFER_KIND[one]) for one in OfferKind)
        self.themes.choices = options((one.value, labels.OFFER_THEME[one]) for one in Theme)

    def fill(self, draft: EntryDraft, version: int) -> None:
        """Start from what is known."""
        for name in _TEXTS:
            self[name].data = getattr(draft, name)
        self.kind.data, self.themes.data = draft.kind.value, [one.value for one in draft.themes]
        self.helps.data, self.base.data = "\n".join(draft.helps), draft.base
        self.version.data = str(version)

    def draft(self) -> EntryDraft:
        """What was typed in; the form is valid."""
        return EntryDraft(
            kind=OfferKind(self.kind.data),
            themes=tuple(map(Theme, self.themes.data or ())),
            helps=tuple((self.helps.data or "").splitlines()),
            base=bool(self.base.data),
            region_id=(self.region.data or None) if "region" in self else None,
            **{name: self[name].data or "" for name in _TEXTS},
        )
