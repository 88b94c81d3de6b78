"""The forms of a degraded mode, of a paper kit and of its check."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.paper_kits import MOST_DAYS, USUAL_DAYS
from care.services.degraded_modes import SheetDraft
from care.services.degraded_reading import SheetView
from care.services.node_rows import NodeLink
from care.services.paper_kits import MAX_NOTE, CheckDraft, KitDraft, KitView
from care.services.typed_texts import MAX_LINE, MAX_TEXT
from care.web.continuity.forms import DurationField
from care.web.days import DayField
from care.web.forms import Form, NodeGroup, nodes_by_kind
from care.web.pages import row_number

TEXT = [Optional(), Length(max=MAX_TEXT)]


class SheetForm(Form):
    """A degraded mode as people write it; long texts are Markdown."""

    title = StringField(
        _("Titre"),
        [InputRequired(), Length(max=MAX_LINE)],
        description=_("Ce qu’on cherchera sur le mur : « Urgences sans dossier patient »."),
    )
    trigger = TextAreaField(
        _("Quand l’appliquer"),
        TEXT,
        description=_("Le signe qui ne trompe pas, et qui décide : « Le DPI ne répond plus depuis 10 minutes. »"),
        render_kw={"rows": 3},
    )
    steps = TextAreaField(
        _("Que faire, étape par étape"),
        TEXT,
        description=_("Une étape par ligne. Pour insister : **deux étoiles** autour du mot."),
        render_kw={"rows": 10},
    )
    limits = TextAreaField(
        _("Limites"),
        TEXT,
        description=_("Ce que l’on ne peut plus faire, et ce qui devient dangereux."),
        render_kw={"rows": 3},
    )
    who_to_call = TextAreaField(
        _("Qui appeler"),
        TEXT,
        description=_("Un par ligne, avec un numéro qui marche sans réseau informatique."),
        render_kw={"rows": 3},
    )
    back_to_normal = TextAreaField(
        _("Retour à la normale"),
        TEXT,
        description=_("Qui donne le feu vert, et comment rattraper la saisie de ce qui est sur papier."),
        render_kw={"rows": 4},
    )
    holds = DurationField(
        _("Combien de temps on tient ainsi"),
        [Optional()],
        description=_("4 h, 2 j… Vide si personne ne l’a mesuré."),
    )
    capacity_percent = IntegerField(
        _("Part de l’activité gardée, en %"),
        [Optional(), NumberRange(min=1, max=100)],
        description=_("Vide si personne ne l’a estimée."),
        render_kw={"inputmode": "numeric"},
    )
    covers = SelectMultipleField(_("Ce que cette fiche remplace"), coerce=row_number)
    owner = StringField(_("Responsable de la fiche"), [Optional(), Length(max=MAX_LINE)])
    review_on = DayField(_("Prochaine revue"), [Optional()], description=_("Vide : dans un an."))
    _nodes: Sequence[NodeLink] = ()

    def offer(self, nodes: Sequence[NodeLink]) -> None:
        """Fill the list of what a sheet may make up for."""
        self._nodes = nodes
        self.covers.choices = [(one.id, one.name) for one in nodes]

    @property
    def groups(self) -> list[NodeGroup]:
        """What it may make up for, by kind: number, name, whether it is chosen."""
        return nodes_by_kind(self._nodes, self.covers.data or ())

    def show(self, draft: SheetDraft) -> None:
        """Fill the fields."""
        for name in ("title", "trigger", "steps", "limits", "who_to_call", "back_to_normal", "owner", "review_on"):
            self[name].data = getattr(draft, name)
        self.holds.data, self.capacity_percent.data = draft.holds_minutes, draft.capacity_percent
        self.covers.data = list(draft.covers)

    def draft(self) -> SheetDraft:
        """What was typed in; the form is valid."""
        texts = ("title", "trigger", "steps", "limits", "who_to_call", "back_to_normal", "owner")
        return SheetDraft(
            **{name: str(self[name].data or "") for name in texts},
            covers=tuple(self.covers.data or ()),
            holds_minutes=self.holds.data,
            capacity_percent=self.capacity_percent.data,
            review_on=self.review_on.data,
        )


def draft_of_view(view: SheetView) -> SheetDraft:
    """A known version as a draft, to fill its form."""
    return SheetDraft(
        title=view.line.title,
        trigger=view.trigger,
        steps=view.steps,
        limits=view.limits,
        back_to_normal=view.back_to_normal,
        who_to_call=view.who_to_call,
        covers=tuple(one.id for one in view.covers),
        holds_minutes=view.line.holds_minutes,
        capacity_percent=view.line.capacity_percent,
        owner=view.line.owner,
        review_on=view.line.review_on,
    )


class ReviewForm(Form):
    """The sheet was read again."""

    review_on = DayField(_("Prochaine revue"), [Optional()], description=_("Vide : dans un an."))


class KitForm(Form):
    """A paper kit."""

    name = StringField(
        _("Nom du kit"), [InputRequired(), Length(max=MAX_LINE)], description=_("Par exemple : classeur rouge.")
    )
    place = StringField(
        _("Où il se trouve"),
        [InputRequired(), Length(max=MAX_LINE)],
        description=_("Assez précis pour y aller droit, la nuit : « Poste de soins, armoire 2, étagère du haut »."),
    )
    owner = StringField(_("Qui en prend soin"), [InputRequired(), Length(max=MAX_LINE)])
    contents = TextAreaField(
        _("Ce qu’il contient"), TEXT, description=_("Un élément par ligne, avec sa quantité."), render_kw={"rows": 8}
    )
    check_every_days = IntegerField(
        _("À vérifier tous les … jours"),
        [InputRequired(), NumberRange(min=1, max=MOST_DAYS)],
        default=USUAL_DAYS,
        render_kw={"inputmode": "numeric"},
    )
    autonomy = DurationField(
        _("Autonomie"), [Optional()], description=_("Combien de temps son contenu suffit : 12 h, 2 j… Vide si inconnu.")
    )

    def show(self, view: KitView) -> None:
        """Fill the fields from a kit."""
        for name in ("name", "place", "owner", "check_every_days"):
            self[name].data = getattr(view.line, name)
        self.contents.data, self.autonomy.data = view.contents, view.autonomy_minutes

    def draft(self) -> KitDraft:
        """What was typed in; the form is valid."""
        return KitDraft(
            name=str(self["name"].data),
            place=str(self.place.data),
            owner=str(self.owner.data),
            check_every_days=int(self.check_every_days.data or 0),
            contents=str(self.contents.data or ""),
            autonomy_minutes=self.autonomy.data,
        )


class CheckForm(Form):
    """Somebody opened the kit."""

    complete = BooleanField()
    note = TextAreaField(_("Ce qui manque"), [Optional(), Length(max=MAX_NOTE)], render_kw={"rows": 3})
    checked_by = StringField(_("Qui a regardé"), [Optional(), Length(max=MAX_LINE)], description=_("Vide : vous."))
    checked_on = DayField(_("Quel jour"), [Optional()], description=_("Vide : aujourd’hui."))

    def draft(self) -> CheckDraft:
        """What was typed in; the form is valid."""
        return CheckDraft(
            complete=bool(self.complete.data),
            checked_on=self.checked_on.data,
            checked_by=str(self.checked_by.data or ""),
            note=str(self.note.data or ""),
        )
