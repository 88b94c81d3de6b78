"""The form of a remote access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.remote_access import CRITICALITIES, SERVICES, TECHNOLOGIES, Service, Technology
from care.services.register_files import names_in
from care.services.remote_access.register import LENGTHS, LEVELS, MAX_TRACE_DAYS, AccessDraft
from care.services.typed_texts import MAX_TEXT
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import current_language
from care.web.pages import row_number
from care.web.registers import answer_of, three_way, typed_as
from scanners.model import Text

TEXTS = (
    "supplier", "equipment", "owner", "owner_email", "purpose", "gateway", "intervention", "emergency_contact",
    "emergency_how", "note",
)  # fmt: skip
ANSWERS = (
    "biomedical", "dedicated_gateway", "enabled", "on_demand", "second_factor", "recorded", "report_clause",
)  # fmt: skip
DAYS = (
    "starts_on", "ends_on", "reviewed_on", "flow_reviewed_on", "security_plan_on", "attested_on",
)  # fmt: skip
NAMES = ("accounts", "sources")
NUMBERS = ("criticality", "level")
_MOST_NAMES = 5_000


def _choice(label: Any, description: Any = "") -> SelectField:  # noqa: ANN401 - lazy words
    return SelectField(label, [Optional()], default="", description=description)


class AccessForm(Form):
    """A remote access; what nobody knows stays empty."""

    supplier = StringField(_("Fournisseur"), [InputRequired(), Length(max=LENGTHS["supplier"])])
    equipment = StringField(
        _("Équipement ou application"),
        [InputRequired(), Length(max=LENGTHS["equipment"])],
        description=_("Ce qu’il atteint : « IRM 3T », « Automate de biologie », « Gestion technique du bâtiment »."),
    )
    biomedical = three_way(_("Équipement biomédical"))
    criticality = _choice(_("Criticité pour les soins"), _("Sans réponse, l’équipement compte comme vital."))
    owner = StringField(
        _("Responsable dans l’établissement"),
        [Optional(), Length(max=LENGTHS["owner"])],
        description=_("Qui confirme, chaque année, que l’accès sert encore."),
    )
    owner_email = StringField(_("Son adresse de messagerie"), [Optional(), Length(max=LENGTHS["owner_email"])])
    purpose = StringField(_("Objet"), [Optional(), Length(max=LENGTHS["purpose"])])
    service = _choice(_("Service"))
    contract = SelectField(
        _("Contrat lié"),
        [Optional()],
        coerce=row_number,
        default=0,
        description=_("Ses clauses répondent alors pour l’accès."),
    )
    technology = _choice(_("Par où il entre"), _("Sans réponse, l’accès compte comme ouvert sur Internet."))
    gateway = StringField(
        _("Passerelle ou outil"),
        [Optional(), Length(max=LENGTHS["gateway"])],
        description=_("Son nom, et sa version si vous la connaissez : « WALLIX 12 », « TeamViewer »."),
    )
    dedicated_gateway = three_way(_("Passe par une passerelle dédiée"), _("Réservée à cet usage, impossible à éviter."))
    accounts = TextAreaField(
        _("Comptes"),
        [Optional(), Length(max=_MOST_NAMES)],
        description=_("Un par ligne, comme sur le bastion ou le VPN : l’audit les compare."),
        render_kw={"rows": 2, "spellcheck": "false"},
    )
    sources = TextAreaField(
        _("Adresses admises"),
        [Optional(), Length(max=_MOST_NAMES)],
        description=_("Les seules d’où le fournisseur peut entrer : 203.0.113.7 ou 203.0.113.0/28, une par ligne."),
        render_kw={"rows": 2, "spellcheck": "false"},
    )
    second_factor = three_way(_("Second facteur exigé"))
    on_demand = three_way(_("Ouvert à la demande"), _("Fermé par défaut, ouvert pour une intervention."))
    enabled = three_way(_("Ouvert en ce moment"))
    intervention = StringField(
        _("Intervention en cours"),
        [Optional(), Length(max=LENGTHS["intervention"])],
        description=_("Le numéro du ticket, s’il y en a une."),
    )
    recorded = three_way(_("Sessions enregistrées"))
    trace_days = IntegerField(
        _("Traces gardées, en jours"),
        [Optional(), NumberRange(0, MAX_TRACE_DAYS)],
        description=_("Un an au moins, chez l’établissement."),
    )
    level = _choice(_("Palier PGSSI-S du contrat"))
    security_plan_on = DayField(_("Plan d’assurance sécurité accepté le"), [Optional()])
    report_clause = three_way(_("Rapport dû après chaque intervention"))
    attested_on = DayField(_("Déclaration annuelle du fournisseur reçue le"), [Optional()])
    starts_on = DayField(_("Début"), [Optional()])
    ends_on = DayField(_("Fin"), [Optional()])
    reviewed_on = DayField(_("Dernière revue"), [Optional()])
    flow_reviewed_on = DayField(_("Ouverture des flux revalidée le"), [Optional()])
    emergency_contact = StringField(
        _("Coupure d’urgence : qui"),
        [Optional(), Length(max=LENGTHS["emergency_contact"])],
        description=_("Une personne ou une astreinte, et son numéro."),
    )
    emergency_how = StringField(
        _("Coupure d’urgence : comment"),
        [Optional(), Length(max=LENGTHS["emergency_how"])],
        description=_("Le geste, en une ligne : « désactiver le groupe VPN Medimage », « débrancher le modem »."),
    )
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})
    version = HiddenField()

    def prepare(self, contracts: Sequence[tuple[int, str]]) -> None:
        """Offer the contracts, and the words of the choices in the reader's language."""
        self.contract.choices = options([(0, _("Aucun")), *contracts])
        for field, words in _CHOICES.items():
            lang = current_language()
            named = [(str(value), text.render(lang)) for value, text in words.items()]
            chosen = cast("SelectField", self._fields[field])
            chosen.choices = options([("", labels.YES_NO[""].text), *named])

    def show(self, draft: AccessDraft) -> None:
        """Start from what is known."""
        for name in (*TEXTS, *DAYS, "trace_days"):
            self[name].data = getattr(draft, name)
        for name in ANSWERS:
            self[name].data = typed_as(getattr(draft, name))
        for name in NAMES:
            self[name].data = "\n".join(getattr(draft, name))
        for name in _CHOICES:
            value = getattr(draft, name)
            self[name].data = "" if value is None else str(value)
        self.contract.data = draft.contract_id or 0

    def draft(self) -> AccessDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: self[name].data or "" for name in TEXTS}
        values |= {name: self[name].data for name in (*DAYS, "trace_days")}
        values |= {name: answer_of(self[name].data) for name in ANSWERS}
        values |= {name: names_in(self[name].data or "") for name in NAMES}
        values |= {name: int(self[name].data) if self[name].data else None for name in NUMBERS}
        return AccessDraft(
            **values,
            service=Service(self.service.data) if self.service.data else None,
            technology=Technology(self.technology.data) if self.technology.data else None,
            contract_id=self.contract.data or None,
        )


_CHOICES: Mapping[str, Mapping[Any, Text]] = {
    "criticality": CRITICALITIES,
    "service": SERVICES,
    "technology": TECHNOLOGIES,
    "level": LEVELS,
}
