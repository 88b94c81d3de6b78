"""Forms of the library: a new piece, a newer version, its sheet, its withdrawal, the choice of a book."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from care.domain.evidence import FILED_BY_PEOPLE, EvidenceKind, ThingKind, ThingRef
from care.services.evidence import Details, Source
from care.services.library import EvidenceFilter, EvidenceView
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.people import scope
from care.web.uploads import UploadForm

ROWS = {"rows": 3}


class SheetForm(Form):
    """What people say of a piece of evidence."""

    title = StringField(_("Titre"), [InputRequired(), Length(max=200)])
    owner = StringField(
        _("Responsable"),
        [Optional(), Length(max=200)],
        description=_("Qui la tient à jour et reçoit le rappel avant son terme."),
    )
    effective_from = DayField(_("Vaut à partir du"), [Optional()])
    effective_to = DayField(_("Vaut jusqu’au (inclus)"), [Optional()])
    note = TextAreaField(_("Précisions"), [Optional(), Length(max=10_000)], render_kw=ROWS)

    def details(self, kind: EvidenceKind, former: EvidenceView | None = None) -> Details:
        """What was typed in; the form is valid. An owner who was not changed keeps their account."""
        owner, who = (self.owner.data or "").strip(), scope()
        account = former.owner_account_id if former is not None and owner == former.line.owner else None
        return Details(
            kind=kind,
            title=str(self.title.data),
            owner=owner,
            owner_account_id=who.account_id if owner == who.name else account,
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
            note=self.note.data or "",
        )

    def fill(self, view: EvidenceView) -> None:
        """Start from what is known."""
        line = view.line
        self.title.data, self.owner.data, self.note.data = line.title, line.owner, view.note
        self.effective_from.data, self.effective_to.data = line.effective_from, line.effective_to


class ChangeForm(SheetForm):
    """The sheet corrected; `version` is the one that was read."""

    version = HiddenField()


class SourceForm(UploadForm):
    """A file or an address."""

    link = StringField(
        _("Ou son adresse"),
        [Optional(), Length(max=2000)],
        description=_(
            "Pour un document qui reste dans votre gestion documentaire : CaRE garde l’adresse, pas la page."
        ),
    )

    def source(self) -> Source:
        """The file, else the address, empty when neither was given."""
        return self.kept_file or (self.link.data or "").strip()


class NewForm(SheetForm, SourceForm):
    """A new piece of evidence."""

    kind = SelectField(_("Type"), [InputRequired()])

    def prepare(self) -> None:
        """Offer the kinds that people file."""
        self.kind.choices = options(
            [("", _("Choisissez")), *((kind, labels.EVIDENCE[kind]) for kind in FILED_BY_PEOPLE)]
        )


class VersionForm(SheetForm, SourceForm):
    """A newer version; `version` is that of the sheet that was read."""

    version = HiddenField()


class WithdrawForm(Form):
    """Taking a piece out of use."""

    why = StringField(_("Pourquoi"), [InputRequired(), Length(max=1000)])
    version = HiddenField()


class MultiCheckboxField(SelectMultipleField):
    """Several choices, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class BookForm(Form):
    """What a sealed book holds."""

    kind = MultiCheckboxField(_("Types"), [Optional()], description=_("Aucun choix : tous les types."))
    since = DayField(_("En vigueur à partir du"), [Optional()])
    until = DayField(_("En vigueur jusqu’au"), [Optional()])
    former = BooleanField(_("Avec les versions remplacées et les preuves retirées"))
    thing = HiddenField()

    def prepare(self) -> None:
        """Offer every kind."""
        self.kind.choices = options((kind, labels.EVIDENCE[kind]) for kind in EvidenceKind)

    def wanted(self) -> EvidenceFilter:
        """The choice; the form is valid."""
        return EvidenceFilter(
            kinds=tuple(EvidenceKind(kind) for kind in self.kind.data or ()),
            thing=thing_of(self.thing.data or ""),
            since=self.since.data,
            until=self.until.data,
            former=bool(self.former.data),
        )


def thing_of(written: str) -> ThingRef | None:
    """A thing as addresses write it, `finding:12`; None when it is none."""
    kind, _colon, number = written.partition(":")
    return ThingRef(ThingKind(kind), number[:200]) if kind in list(ThingKind) and number else None
