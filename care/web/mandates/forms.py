"""The form of a mandate."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask_babel import lazy_gettext as _
from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.services.mandates import MandateDraft
from care.web.days import DayField
from care.web.forms import Form
from care.web.uploads import UploadForm

LINES = {"rows": 4, "spellcheck": "false"}


class MandateForm(UploadForm):
    """A written authorisation to test."""

    authorised_by = StringField(
        _("Autorisé par"),
        [InputRequired(), Length(max=300)],
        description=_("La personne qui peut engager l’établissement sur ces adresses."),
    )
    role = StringField(_("Sa fonction"), [InputRequired(), Length(max=300)])
    reference = StringField(
        _("Référence du document"), [InputRequired(), Length(max=300)], description=_("Par exemple : note DSI-2026-12.")
    )
    scope = TextAreaField(
        _("Périmètre autorisé"),
        [InputRequired(), Length(max=200_000)],
        description=_("Un par ligne : 203.0.113.0/28, portail.hopital.fr ou *.hopital.fr."),
        render_kw=LINES,
    )
    excluded = TextAreaField(
        _("Exclusions"),
        [Optional(), Length(max=200_000)],
        description=_("Ce qu’il ne faut jamais toucher, un par ligne."),
        render_kw=LINES,
    )
    valid_from = DayField(_("Du"), [InputRequired()])
    valid_to = DayField(_("Au (inclus)"), [InputRequired()])
    hours = StringField(
        _("Heures permises"),
        [Optional(), Length(max=11)],
        description=_("Par exemple 20:00-06:00. Vide : toute la journée."),
    )
    file = FileField(
        _("Document signé"),
        [Optional()],
        description=_("Conservé comme preuve avec son empreinte. Sans lui, aucun audit ne part."),
    )

    def draft(self) -> MandateDraft:
        """What was typed in; the form is valid."""
        return MandateDraft(
            authorised_by=str(self.authorised_by.data),
            role=str(self.role.data),
            reference=str(self.reference.data),
            scope=lines(self.scope.data),
            excluded=lines(self.excluded.data),
            valid_from=cast(date, self.valid_from.data),
            valid_to=cast(date, self.valid_to.data),
            hours=(self.hours.data or "").strip(),
            document=self.kept_file,
        )


class SigningForm(UploadForm):
    """The signed document of a mandate recorded without it."""

    file = FileField(_("Fichier signé"), [InputRequired()], description=_("Conservé comme preuve avec son empreinte."))


class UnsignedForm(Form):
    """Answering for audits without the signed document."""

    why = TextAreaField(
        _("Pourquoi l’audit part sans le document signé"),
        [InputRequired(), Length(max=500)],
        description=_("Par exemple : accord donné par écrit le 12 mars, original en signature. Votre nom y est joint."),
        render_kw={"rows": 2},
    )


def lines(text: str | None) -> tuple[str, ...]:
    """The lines of a text area that hold something."""
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())
