"""The form of a hosting of health data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.services.hostings import LENGTHS, HostingDraft
from care.services.typed_texts import MAX_TEXT
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.pages import row_number
from care.web.registers import answer_of, three_way, typed_as

ANSWERS = ("internal", "hds_certified", "outside_eea", "foreign_control", "secnumcloud")
DAYS = ("hds_until", "secnumcloud_until", "migrate_by")
TEXTS = ("name", "host", "hds_certificate", "location", "mitigation", "note")


class HostingForm(Form):
    """A hosting; what nobody knows stays empty."""

    name = StringField(
        _("Hébergement"),
        [InputRequired(), Length(max=LENGTHS["name"])],
        description=_("L’application ou le service : « DPI en mode SaaS », « Sauvegarde externalisée »."),
    )
    hosted = StringField(
        _("Données hébergées"),
        [Optional(), Length(max=LENGTHS["data"])],
        description=_("Par exemple : « dossiers patients, imagerie »."),
    )
    internal = three_way(_("Hébergé par l’établissement lui-même"))
    host = StringField(_("Hébergeur"), [Optional(), Length(max=LENGTHS["host"])])
    contract = SelectField(_("Contrat lié"), [Optional()], coerce=row_number, default=0)
    hds_certified = three_way(_("Certifié HDS"))
    hds_certificate = StringField(_("Numéro du certificat HDS"), [Optional(), Length(max=LENGTHS["hds_certificate"])])
    hds_until = DayField(_("Certificat HDS valable jusqu’au"), [Optional()])
    location = StringField(
        _("Lieu de stockage"),
        [Optional(), Length(max=LENGTHS["location"])],
        description=_("Ville et pays, sauvegardes comprises."),
    )
    outside_eea = three_way(_("Données hors de l’Espace économique européen"))
    foreign_control = three_way(
        _("Contrôle extra-européen"),
        _("L’hébergeur, ou la société qui le contrôle, relève de la loi d’un pays hors d’Europe."),
    )
    mitigation = TextAreaField(
        _("Mesures de réduction du risque"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Chiffrement dont l’établissement garde la clé, clauses, hébergeur européen de secours…"),
        render_kw={"rows": 3},
    )
    secnumcloud = three_way(_("Qualifié SecNumCloud"))
    secnumcloud_until = DayField(_("SecNumCloud valable jusqu’au"), [Optional()])
    migrate_by = DayField(_("Migration prévue le"), [Optional()])
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})
    version = HiddenField()

    def prepare(self, contracts: Sequence[tuple[int, str]]) -> None:
        """Offer the contracts."""
        self.contract.choices = options([(0, _("Aucun")), *contracts])

    def show(self, draft: HostingDraft) -> None:
        """Start from what is known."""
        for name in (*TEXTS, *DAYS):
            self[name].data = getattr(draft, name)
        for name in ANSWERS:
            self[name].data = typed_as(getattr(draft, name))
        self.hosted.data, self.contract.data = draft.data, draft.contract_id or 0

    def draft(self) -> HostingDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: self[name].data or "" for name in TEXTS}
        values |= {name: self[name].data for name in DAYS}
        values |= {name: answer_of(self[name].data) for name in ANSWERS}
        return HostingDraft(**values, data=self.hosted.data or "", contract_id=self.contract.data or None)
