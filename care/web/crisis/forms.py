"""Forms of the crisis organisation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from care.domain.continuity import CellKind
from care.domain.crisis import Confidence
from care.domain.durations import minutes_of
from care.services.crisis_contacts import LENGTHS, ContactDraft
from care.services.crisis_pack import Lock
from care.services.declaration_duties import LONGEST_TEXT, DutyDraft, StepDraft, limit_words
from care.services.errors import Invalid
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import current_language
from scanners.model import Text


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
    checked_on = DayField(
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


class DutyForm(Form):
    """A duty to declare in the words of the establishment; `version` is the one that was read."""

    title = StringField(_("Titre"), [InputRequired(), Length(max=300)])
    authority = StringField(_("À qui"), [Optional(), Length(max=LONGEST_TEXT)])
    who = StringField(_("Qui déclare"), [Optional(), Length(max=LONGEST_TEXT)])
    what = TextAreaField(_("Quoi"), [Optional(), Length(max=LONGEST_TEXT)], render_kw={"rows": 4})
    where = StringField(_("Où"), [Optional(), Length(max=LONGEST_TEXT)])
    steps = TextAreaField(
        _("Étapes et délais"),
        [InputRequired()],
        description=_(
            "Une par ligne : ce qu’il faut envoyer = le délai après la détection (72 h, 30 j). Sans « = » : sans délai."
        ),
        render_kw={"rows": 3},
    )
    needs = TextAreaField(
        _("À préparer"), [Optional()], description=_("Une ligne par renseignement."), render_kw={"rows": 6}
    )
    source = StringField(_("Texte qui le demande"), [Optional(), Length(max=LONGEST_TEXT)])
    confidence = SelectField(_("Certitude"), [InputRequired()])
    version = HiddenField()

    def prepare(self) -> None:
        """Offer how sure one may be."""
        self.confidence.choices = options((one.value, labels.CONFIDENCE[one]) for one in Confidence)

    def fill(self, draft: DutyDraft, version: int) -> None:
        """Start from what holds now."""
        for name in ("title", "authority", "who", "what", "where", "source"):
            self[name].data = getattr(draft, name)
        self.steps.data = "\n".join(_step_line(one) for one in draft.steps)
        self.needs.data = "\n".join(draft.needs)
        self.confidence.data, self.version.data = draft.confidence.value, str(version)

    def draft(self) -> DutyDraft:
        """What was typed in; the form is valid. Invalid on `steps` when a limit is no duration."""
        texts = {name: self[name].data or "" for name in ("title", "authority", "who", "what", "where", "source")}
        return DutyDraft(
            steps=tuple(_step(line) for line in (self.steps.data or "").splitlines() if line.strip()),
            needs=tuple(line.strip() for line in (self.needs.data or "").splitlines() if line.strip()),
            confidence=Confidence(self.confidence.data),
            **texts,
        )


def _step_line(step: StepDraft) -> str:
    return step.label if step.minutes is None else f"{step.label} = {limit_words(step.minutes, current_language())}"


def _step(line: str) -> StepDraft:
    label, mark, limit = line.rpartition("=")
    if not mark:
        return StepDraft(line.strip(), None)
    try:
        return StepDraft(label.strip(), minutes_of(limit))
    except ValueError as error:
        raise Invalid(
            {
                "steps": Text(
                    f"« {limit.strip()[:40]} » n’est pas une durée ; écrivez par exemple 72 h ou 30 j.",
                    f"“{limit.strip()[:40]}” is no duration; write 72 h or 30 d, for instance.",
                )
            }
        ) from error


class LockForm(Form):
    """A pack locked for a removable medium. The passphrase is never kept, nor shown again."""

    lock = RadioField(
        _("Format"),
        [InputRequired()],
        default=Lock.ZIP.value,
        choices=options(
            [
                (Lock.ZIP.value, _("Archive ZIP chiffrée (AES-256) : s’ouvre avec 7-Zip")),
                (Lock.AGE.value, _("Fichier age : s’ouvre avec la commande age")),
            ]
        ),
    )
    passphrase = PasswordField(
        _("Phrase de passe"),
        [InputRequired()],
        description=_("Douze caractères au moins. Personne ne pourra la retrouver : gardez-la à part du support."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(_("La même, encore"), [InputRequired()], render_kw={"autocomplete": "new-password"})
