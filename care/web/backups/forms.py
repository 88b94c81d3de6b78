"""The forms of a system, of a copy and of a dated step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.backups import LOCKS, MEDIA, RESTORES, Lock, Medium, RestoreOutcome
from care.services.backups.inventory import (
    COPY_TEXTS,
    MAX_DAYS,
    MAX_GB,
    MAX_SCOPE,
    STEP_TEXTS,
    SYSTEM_TEXTS,
    CopyDraft,
    StepDraft,
    SystemDraft,
)
from care.services.typed_texts import MAX_TEXT
from care.web import labels
from care.web.continuity.forms import DurationField
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import current_language
from care.web.pages import row_number
from care.web.registers import answer_of, three_way, typed_as
from scanners.model import Text


def _medium(label: Any) -> SelectField:  # noqa: ANN401 - lazy words
    return SelectField(label, [InputRequired()], default="")


def _words(choices: Mapping[Any, Text], none: Any) -> Any:  # noqa: ANN401 - as WTForms takes them
    lang = current_language()
    return options([("", none), *((str(value), text.render(lang)) for value, text in choices.items())])


def _retention(description: Any = "") -> IntegerField:  # noqa: ANN401 - lazy words
    return IntegerField(_("Rétention, en jours"), [Optional(), NumberRange(1, MAX_DAYS)], description=description)


class SystemForm(Form):
    """A system and where its production is; what nobody knows stays empty."""

    name = StringField(
        _("Système"),
        [InputRequired(), Length(max=SYSTEM_TEXTS["name"])],
        description=_("Ce que l’on restaure d’un bloc : « DPI », « Annuaire », « Imagerie »."),
    )
    resource = SelectField(
        _("Ressource de continuité"),
        [Optional()],
        coerce=row_number,
        default=0,
        description=_("Elle apporte la PDMA et la DMIA des bilans d’impact. Sans choix, celle du même nom."),
    )
    site = StringField(
        _("Site de production"),
        [InputRequired(), Length(max=SYSTEM_TEXTS["site"])],
        description=_("Le bâtiment : deux noms différents sont deux bâtiments."),
    )
    medium = _medium(_("Support de production"))
    critical = three_way(_("Critique pour les soins"), _("Sans réponse : d’après les bilans d’impact, sinon oui."))
    scope = TextAreaField(_("Ce qui est sauvegardé"), [Optional(), Length(max=MAX_SCOPE)], render_kw={"rows": 2})
    confidentiality = StringField(_("Confidentialité"), [Optional(), Length(max=SYSTEM_TEXTS["confidentiality"])])
    data_gb = IntegerField(_("Volume à restaurer, en Go"), [Optional(), NumberRange(1, MAX_GB)])
    pdma_minutes = DurationField(
        _("PDMA"), [Optional()], description=_("Perte de données admise : 4 h, 1 j. Vide : celle des bilans d’impact.")
    )
    dmard_minutes = DurationField(
        _("DMARD"),
        [Optional()],
        description=_("Durée maximale pour restaurer les données. Vide : la DMIA des bilans d’impact."),
    )
    retention_days = _retention()
    test_outcome = SelectField(_("Dernier essai complet de restauration"), [Optional()], default="")
    tested_on = DayField(_("Fait le"), [Optional()])
    test_minutes = DurationField(_("Durée de l’essai"), [Optional()])
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})
    version = HiddenField()

    def prepare(self, resources: Sequence[tuple[int, str]]) -> None:
        """Offer the resources, and the words of the choices in the reader's language."""
        self.resource.choices = options([(0, _("Aucune")), *resources])
        self.medium.choices = _words(MEDIA, _("Choisissez"))
        self.test_outcome.choices = _words(RESTORES, labels.YES_NO[""].text)

    def show(self, draft: SystemDraft) -> None:
        """Start from what is known."""
        for name in _SYSTEM_AS_IS:
            self[name].data = getattr(draft, name)
        self.medium.data, self.critical.data = draft.medium or "", typed_as(draft.critical)
        self.test_outcome.data, self.resource.data = draft.test_outcome or "", draft.resource_id or 0

    def draft(self) -> SystemDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: _typed(self, name) for name in _SYSTEM_AS_IS}
        return SystemDraft(
            **values,
            medium=Medium(self.medium.data),
            critical=answer_of(self.critical.data),
            test_outcome=RestoreOutcome(self.test_outcome.data) if self.test_outcome.data else None,
            resource_id=self.resource.data or None,
        )


class CopyForm(Form):
    """A copy of a system; what nobody knows stays empty and never counts in favour."""

    system = SelectField(_("Système"), [InputRequired()], coerce=row_number)
    name = StringField(_("Copie"), [InputRequired(), Length(max=COPY_TEXTS["name"])])
    medium = _medium(_("Support"))
    site = StringField(_("Site"), [InputRequired(), Length(max=COPY_TEXTS["site"])])
    tool = StringField(_("Outil"), [Optional(), Length(max=COPY_TEXTS["tool"])])
    schedule = StringField(_("Horaire"), [Optional(), Length(max=COPY_TEXTS["schedule"])])
    interval_minutes = DurationField(_("Intervalle entre deux sauvegardes"), [Optional()])
    retention_days = _retention()
    offline = three_way(_("Hors ligne"), _("Rien ne l’atteint tant que personne ne la rebranche."))
    immutable = three_way(_("Immuable"), _("Même un administrateur ne peut pas l’effacer avant son terme."))
    lock = SelectField(
        _("Ce qui la rend immuable"),
        [Optional()],
        default="",
        description=_("Seuls COMPLIANCE, WORM ou un support sorti le prouvent ; un cliché en lecture seule, non."),
    )
    encrypted = three_way(_("Chiffrée"))
    authentication = StringField(
        _("Domaine d’authentification"),
        [Optional(), Length(max=COPY_TEXTS["authentication"])],
        description=_("L’annuaire qui ouvre la console de sauvegarde ; « local » pour des comptes à part."),
    )
    repository = SelectField(
        _("Dépôt que CaRE lit"), [Optional()], default="", description=_("La copie est alors mesurée à chaque audit.")
    )
    host = StringField(
        _("Machine"),
        [Optional(), Length(max=COPY_TEXTS["host"])],
        description=_("Ne compter que les points de cette machine, si le dépôt en mêle plusieurs."),
    )
    last_success_on = DayField(
        _("Dernière réussite"), [Optional()], description=_("Pour une copie que CaRE ne peut pas lire.")
    )
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})
    version = HiddenField()

    def prepare(self, systems: Sequence[tuple[int, str]], repositories: Sequence[str]) -> None:
        """Offer the systems and the repositories, and the words of the choices in the reader's language."""
        self.system.choices = options(systems)
        self.repository.choices = options([("", _("Aucun")), *((name, name) for name in repositories)])
        self.medium.choices = _words(MEDIA, _("Choisissez"))
        self.lock.choices = _words(LOCKS, labels.YES_NO[""].text)

    def show(self, draft: CopyDraft) -> None:
        """Start from what is known."""
        for name in _COPY_AS_IS:
            self[name].data = getattr(draft, name)
        for name in _COPY_ANSWERS:
            self[name].data = typed_as(getattr(draft, name))
        self.medium.data, self.lock.data = draft.medium or "", draft.lock or ""
        self.system.data, self.repository.data = draft.system_id, draft.repository

    def draft(self) -> CopyDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: _typed(self, name) for name in _COPY_AS_IS}
        values |= {name: answer_of(self[name].data) for name in _COPY_ANSWERS}
        return CopyDraft(
            system_id=self.system.data,
            medium=Medium(self.medium.data),
            lock=Lock(self.lock.data) if self.lock.data else None,
            repository=self.repository.data or "",
            **values,
        )


class StepForm(Form):
    """A dated step towards 3-2-1."""

    title = StringField(
        _("Jalon"),
        [InputRequired(), Length(max=STEP_TEXTS["title"])],
        description=_("Ce qui sera en place : « Bande hors site pour le laboratoire »."),
    )
    system = SelectField(_("Système"), [Optional()], coerce=row_number, default=0)
    due_on = DayField(_("Pour le"), [InputRequired()])
    owner = StringField(_("Responsable"), [Optional(), Length(max=STEP_TEXTS["owner"])])
    version = HiddenField()

    def prepare(self, systems: Sequence[tuple[int, str]]) -> None:
        """Offer the systems."""
        self.system.choices = options([(0, _("Tous les systèmes")), *systems])

    def show(self, draft: StepDraft) -> None:
        """Start from what is known."""
        self.title.data, self.due_on.data, self.owner.data = draft.title, draft.due_on, draft.owner
        self.system.data = draft.system_id or 0

    def draft(self) -> StepDraft:
        """What was typed in; the form is valid."""
        return StepDraft(
            str(self.title.data), self.due_on.data, cast("int", self.system.data) or None, self.owner.data or ""
        )


_SYSTEM_AS_IS = (
    "name", "site", "scope", "confidentiality", "data_gb", "pdma_minutes", "dmard_minutes", "retention_days",
    "tested_on", "test_minutes", "note",
)  # fmt: skip
_COPY_AS_IS = (
    "name", "site", "tool", "schedule", "interval_minutes", "retention_days", "authentication", "host",
    "last_success_on", "note",
)  # fmt: skip
_COPY_ANSWERS = ("offline", "immutable", "encrypted")


def _typed(form: Form, name: str) -> Any:  # noqa: ANN401 - what the field holds
    """The data of a field, "" for an empty text."""
    field = form[name]
    return field.data or "" if isinstance(field, StringField) and not isinstance(field, DayField) else field.data
