"""The forms of activities and resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FileField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Perimeter, ResourceKind, Strength
from care.domain.durations import minutes_of, written
from care.domain.node_names import NAME_LENGTH
from care.services.activities import ActivityDraft, ActivityView
from care.services.bia_models import ModelView
from care.services.continuity_files import MAX_BYTES
from care.services.dependencies import MAX_ALTERNATIVE, MAX_NOTE, DependencyDraft, DependencyView
from care.services.errors import Invalid
from care.services.node_rows import MAX_TEXT, Person
from care.services.resources import DURATIONS, ResourceDraft, ResourceView
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import current_language
from care.web.pages import row_number

SOMEBODY_ELSE = 0
NO_TARGET = 0
CHOOSE = _("Choisissez dans la liste.")
ROWS = {"rows": 4}
CSV = {"accept": ".csv,.txt,text/csv", "data-max-bytes": str(MAX_BYTES)}


class DurationField(IntegerField):
    """A length of time as people say it: `4 h`, `1,5 j`, `2h30`; its data is whole minutes, None when empty."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else written(self.data, current_language())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Whole minutes; ValueError, in the reader's language, when it is no duration."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if typed:
            try:
                self.data = minutes_of(typed)
            except ValueError as error:
                raise ValueError(
                    gettext("« %(typed)s » n’est pas une durée : écrivez 30 min, 4 h, 2 j ou 1 sem.", typed=typed[:40])
                ) from error


class OwnedForm(Form):
    """What activities and resources share: who answers for them."""

    owner_account = SelectField(_("Responsable"), coerce=row_number)
    owner = StringField(
        _("Nom du responsable sans compte"),
        [Optional(), Length(max=200)],
        description=_("Une personne ou une fonction, si elle n’est pas dans la liste."),
    )
    _people: frozenset[int] = frozenset()

    def offer(self, people: Sequence[Person]) -> None:
        """Fill the list of people."""
        self._people = frozenset(one.account_id for one in people)
        known = [(one.account_id, one.name) for one in people]
        self.owner_account.choices = options([(SOMEBODY_ELSE, _("Une autre personne, à nommer")), *known])

    def show_owner(self, account_id: int | None, name: str) -> None:
        """Fill the owner's fields."""
        known = account_id in self._people
        self.owner_account.data = account_id if known else SOMEBODY_ELSE
        self.owner.data = "" if known else name

    def owner_account_id(self) -> int | None:
        """The account chosen, None for somebody else."""
        return self.owner_account.data or None


class ActivityForm(OwnedForm):
    """An activity as people fill it in."""

    name = StringField(
        _("Nom de l’activité"),
        [InputRequired(), Length(max=NAME_LENGTH)],
        description=_("Comme on l’appelle dans l’établissement : Urgences, Bloc opératoire, Paie…"),
    )
    kind = SelectField(_("Type"), choices=options(labels.ACTIVITY_KIND.items()))
    criticality = SelectField(
        _("Importance pour les soins"),
        choices=options(labels.CARE_HELP.items()),
        default=CareCriticality.MAJOR.value,
        description=_("Ce que les soins perdent si l’activité s’arrête."),
    )
    perimeter = SelectField(
        _("Périmètre de l’objectif D2.O1.C"),
        choices=options([("", _("Aucun")), *labels.PERIMETER.items()]),
        description=_("CaRE domaine 2 demande de couvrir ces trois périmètres, là où ils existent."),
    )
    description = TextAreaField(_("Ce que fait l’activité"), [Optional(), Length(max=MAX_TEXT)], render_kw=ROWS)
    correspondent = StringField(
        _("Correspondant métier"),
        [Optional(), Length(max=200)],
        description=_("La personne du métier à qui l’on s’adresse pour un test ou une reprise."),
    )
    weight = StringField(
        _("Poids dans l’activité de l’établissement"),
        [Optional(), Length(max=32)],
        description=_("Un nombre : séjours, passages, lits, euros… le même pour toutes. Vide si vous ne savez pas."),
        render_kw={"inputmode": "decimal"},
    )
    weight_origin = StringField(
        _("Origine du poids"),
        [Optional(), Length(max=300)],
        description=_("D’où vient ce chiffre : SAE 2025, PMSI, comptabilité…"),
    )

    def show(self, known: ActivityView) -> None:
        """Fill the fields from an activity."""
        self.name.data, self.kind.data = known.name, known.kind.value
        self.criticality.data = known.criticality.value
        self.perimeter.data = known.perimeter.value if known.perimeter else ""
        self.description.data, self.correspondent.data = known.description, known.correspondent
        point = "," if current_language() == "fr" else "."
        self.weight.data, self.weight_origin.data = known.weight.replace(".", point), known.weight_origin
        self.show_owner(known.owner_account_id, known.owner)

    def suggest(self, model: ModelView) -> None:
        """Propose what such an activity usually is, to be corrected."""
        self.name.data, self.kind.data = model.line.title, model.line.kind.value
        self.criticality.data, self.description.data = model.line.criticality.value, model.line.description
        self.perimeter.data = model.perimeter.value if model.perimeter else ""

    def draft(self, model: str = "") -> ActivityDraft:
        """What was typed in; the form is valid."""
        return ActivityDraft(
            name=str(self.name.data),
            kind=ActivityKind(self.kind.data),
            criticality=CareCriticality(self.criticality.data),
            description=str(self.description.data or ""),
            perimeter=Perimeter(self.perimeter.data) if self.perimeter.data else None,
            owner=str(self.owner.data or ""),
            owner_account_id=self.owner_account_id(),
            weight=str(self.weight.data or ""),
            weight_origin=str(self.weight_origin.data or ""),
            correspondent=str(self.correspondent.data or ""),
            model=model,
        )


class DescribeForm(Form):
    """What the owner of an activity may change."""

    description = TextAreaField(_("Ce que fait l’activité"), [Optional(), Length(max=MAX_TEXT)], render_kw=ROWS)
    correspondent = StringField(
        _("Correspondant métier"),
        [Optional(), Length(max=200)],
        description=_("La personne du métier à qui l’on s’adresse pour un test ou une reprise."),
    )

    def show(self, known: ActivityView) -> None:
        """Fill the fields from an activity."""
        self.description.data, self.correspondent.data = known.description, known.correspondent


class ResourceForm(OwnedForm):
    """A resource as people fill it in."""

    name = StringField(
        _("Nom de la ressource"),
        [InputRequired(), Length(max=NAME_LENGTH)],
        description=_("Comme on l’appelle dans l’établissement : DPI, Salle serveur 1, Réseau, Société X…"),
    )
    kind = SelectField(_("Type"), choices=options(labels.RESOURCE_KIND.items()))
    description = TextAreaField(_("Description"), [Optional(), Length(max=MAX_TEXT)], render_kw=ROWS)
    place = StringField(_("Lieu"), [Optional(), Length(max=200)], description=_("Salle, bâtiment, site ou hébergeur."))
    contact = StringField(
        _("Contact en cas de panne"),
        [Optional(), Length(max=300)],
        description=_("Qui appeler, et comment : nom, numéro d’astreinte, référence du contrat."),
    )
    rto_minutes = DurationField(
        _("Délai de reprise déclaré (RTO)"),
        description=_("En combien de temps celui qui l’exploite s’engage à la remettre en service. Exemple : 4 h."),
    )
    pdma_minutes = DurationField(
        _("Perte de données déclarée (PDMA)"),
        description=_("Combien de temps de saisie serait perdu. Exemple : 30 min. 0 si rien ne se perd."),
    )
    dmard_minutes = DurationField(
        _("Délai de restauration des données (DMARD)"),
        description=_("En combien de temps les données reviennent d’une sauvegarde. Exemple : 2 h."),
    )
    backup_every_minutes = DurationField(
        _("Intervalle entre deux sauvegardes"), description=_("Exemple : 1 j pour une sauvegarde chaque nuit.")
    )
    restart_minutes = DurationField(
        _("Temps de redémarrage"),
        description=_("Une fois que tout ce dont elle dépend fonctionne. Sert à l’ordre de reprise."),
    )
    target = SelectField(
        _("Cible d’audit qui la mesure"),
        coerce=row_number,
        description=_("Les audits de cette cible diront si ce qui est déclaré est tenu."),
    )
    remote_access = StringField(
        _("Accès à distance"),
        [Optional(), Length(max=300)],
        description=_("Par où un prestataire entre : bastion, VPN, lien permanent…"),
    )
    cut = StringField(
        _("Comment le couper en urgence"),
        [Optional(), Length(max=500)],
        description=_("Le geste exact, tel qu’il sera imprimé dans la mallette de crise."),
    )

    def offer_targets(self, targets: Sequence[tuple[int, str]]) -> None:
        """Fill the list of audit targets."""
        self.target.choices = options([(NO_TARGET, _("Aucune")), *targets])

    def show(self, known: ResourceView) -> None:
        """Fill the fields from a resource."""
        self.name.data, self.kind.data, self.description.data = known.name, known.kind.value, known.description
        self.place.data, self.contact.data = known.place, known.contact
        self.remote_access.data, self.cut.data = known.remote_access, known.cut
        for name in DURATIONS:
            self._fields[name].data = getattr(known, name)
        self.target.data = known.target.id if known.target else NO_TARGET
        self.show_owner(known.owner_account_id, known.owner)

    def draft(self) -> ResourceDraft:
        """What was typed in; the form is valid."""
        return ResourceDraft(
            name=str(self.name.data),
            kind=ResourceKind(self.kind.data),
            description=str(self.description.data or ""),
            owner=str(self.owner.data or ""),
            owner_account_id=self.owner_account_id(),
            place=str(self.place.data or ""),
            contact=str(self.contact.data or ""),
            **{name: self._fields[name].data for name in DURATIONS},
            target_id=self.target.data or None,
            remote_access=str(self.remote_access.data or ""),
            cut=str(self.cut.data or ""),
        )


class DependencyForm(Form):
    """How a node relies on another one."""

    strength = RadioField(
        _("Si ce besoin vient à manquer"),
        choices=options(
            (
                (Strength.ESSENTIAL.value, _("Indispensable : sans lui, elle s’arrête")),
                (Strength.USEFUL.value, _("Utile : sans lui, elle continue avec plus de peine")),
            )
        ),
        default=Strength.ESSENTIAL.value,
    )
    holds_minutes = DurationField(
        _("Combien de temps elle tient sans lui"),
        description=_("30 min, 4 h, 2 j… Vide ou 0 : elle s’arrête aussitôt."),
    )
    alternative = StringField(
        _("Solution de rechange"),
        [Optional(), Length(max=MAX_ALTERNATIVE)],
        description=_(
            "Donnez le même mot aux besoins qui se remplacent l’un l’autre (deux opérateurs, réseau et onduleur) : "
            "elle ne s’arrête que si tous manquent."
        ),
        render_kw={"list": "known-alternatives", "autocomplete": "off"},
    )
    note = StringField(_("Précisions"), [Optional(), Length(max=MAX_NOTE)])

    def show(self, known: DependencyView) -> None:
        """Fill the fields from a dependency."""
        self.strength.data, self.holds_minutes.data = known.strength.value, known.holds_minutes
        self.alternative.data, self.note.data = known.alternative, known.note

    def draft(self, dependent_id: int, needed_id: int) -> DependencyDraft:
        """What was typed in; the form is valid."""
        return DependencyDraft(
            dependent_id=dependent_id,
            needed_id=needed_id,
            strength=Strength(self.strength.data),
            holds_minutes=self.holds_minutes.data or 0,
            alternative=str(self.alternative.data or ""),
            note=str(self.note.data or ""),
        )


class NeedForm(DependencyForm):
    """A new dependency: the other end is chosen, by kind."""

    other = SelectField(_("Besoin"), coerce=row_number, validators=[NumberRange(min=1, message=CHOOSE)])

    def blame(self, refusal: Invalid) -> None:
        """What is wrong with one end is said beside the end that a person chose."""
        ends = {"needed_id", "dependent_id"}
        super().blame(Invalid({"other" if name in ends else name: text for name, text in refusal.fields.items()}))


class FilesForm(Form):
    """One or two CSV files."""

    nodes = FileField(_("Activités et ressources"), [Optional()], render_kw=CSV)
    dependencies = FileField(_("Dépendances"), [Optional()], render_kw=CSV)


class EndForm(Form):
    """The day something ended."""

    ended_on = DayField(
        _("Premier jour sans elle"),
        [InputRequired()],
        description=_("Aujourd’hui ou un jour passé. À partir de ce jour, elle ne compte plus dans les dépendances."),
    )
