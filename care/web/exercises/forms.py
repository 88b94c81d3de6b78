"""The forms of an exercise being prepared: when, where, of what; its words; why it will not take place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateTimeLocalField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.services.continuity_test_reading import TestChoices
from care.services.exercises.preparing import ExercisePlan
from care.services.node_rows import NodeLink
from care.services.typed_texts import MAX_LINE
from care.web.days import EARLIEST, LATEST
from care.web.forms import Form, NodeGroup, nodes_by_kind, options
from care.web.pages import row_number
from care.web.people import platform

NO_PLAN = 0
NO_CAMPAIGN = 0
MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]
"""As browsers send it, the first; as people type it where there is no picker."""


class MomentField(DateTimeLocalField):
    """A date and a time where the installation is, UTC aware once read."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The moment typed in, None when empty; refused when its year cannot be right."""
        super().process_formdata(valuelist)
        if self.data is not None and not EARLIEST <= self.data.date() <= LATEST:
            raise ValueError(gettext("Cette date est invraisemblable : vérifiez l’année."))

    @property
    def moment(self) -> datetime:
        """The instant; the field is valid."""
        typed = cast("datetime", self.data)
        return typed.replace(tzinfo=ZoneInfo(platform().settings.timezone)).astimezone(UTC)

    def show(self, at: datetime) -> None:
        """Fill the field from an instant."""
        local = at.astimezone(ZoneInfo(platform().settings.timezone))
        self.data = local.replace(tzinfo=None, second=0, microsecond=0)


class PlanForm(Form):
    """When and where an exercise is, and what it puts to the test."""

    title = StringField(_("Titre"), [InputRequired(), Length(max=MAX_LINE)])
    planned_at = MomentField(
        _("Date et heure du début"),
        [InputRequired()],
        format=MOMENT,
        description=_("Celle de l’établissement. Comptez l’installation avant, le débriefing à chaud après."),
    )
    place = StringField(_("Lieu"), [Optional(), Length(max=MAX_LINE)], description=_("La salle, ou le service."))
    director = StringField(
        _("Directeur de l’exercice"),
        [Optional(), Length(max=MAX_LINE)],
        description=_("Qui donne le départ, et arrête s’il le faut. Il ne joue pas."),
    )
    plan = SelectField(
        _("Plan de continuité mis à l’épreuve"),
        coerce=row_number,
        description=_("D2.O1.D compte les plans éprouvés sur le terrain."),
    )
    nodes = SelectMultipleField(_("Activités et ressources mises à l’épreuve"), coerce=row_number)
    _nodes: Sequence[NodeLink] = ()

    def offer(self, known: TestChoices) -> None:
        """Fill the lists."""
        self._nodes = known.nodes
        self.nodes.choices = [(one.id, one.name) for one in known.nodes]
        plans = [(one.series, one.title) for one in known.plans]
        self.plan.choices = options([(NO_PLAN, _("Aucun plan")), *plans])

    @property
    def groups(self) -> list[NodeGroup]:
        """What may be put to the test, by kind: number, name, whether it is chosen."""
        return nodes_by_kind(self._nodes, self.nodes.data or ())

    def show(self, plan: ExercisePlan) -> None:
        """Fill the fields from what is recorded."""
        self.title.data, self.place.data, self.director.data = plan.title, plan.place, plan.director
        self.planned_at.show(plan.planned_at)
        self.plan.data = plan.plan_series or NO_PLAN
        self.nodes.data = list(plan.node_ids)

    def typed(self) -> ExercisePlan:
        """What was typed in; the form is valid."""
        return ExercisePlan(
            title=str(self.title.data),
            planned_at=self.planned_at.moment,
            place=str(self.place.data or ""),
            director=str(self.director.data or ""),
            plan_series=self.plan.data or None,
            node_ids=tuple(self.nodes.data or ()),
        )


class NewForm(PlanForm):
    """The same for a new exercise, with the campaign of the region that it answers."""

    campaign = SelectField(
        _("Campagne régionale"),
        coerce=row_number,
        default=NO_CAMPAIGN,
        description=_("Elle attend un exercice de vous. La région en verra l’avancement, jamais le contenu."),
    )

    def offer_campaigns(self, known: Iterable[tuple[int, str]]) -> None:
        """Fill the list of what a region asks; without any, nothing is asked about it."""
        self.campaign.choices = options([(NO_CAMPAIGN, gettext("Aucune")), *known])
        if len(self.campaign.choices) == 1:
            del self.campaign

    @property
    def chosen_campaign(self) -> int:
        """The campaign that was picked; `NO_CAMPAIGN` when none is."""
        return self.campaign.data or NO_CAMPAIGN if "campaign" in self else NO_CAMPAIGN


class CancelForm(Form):
    """Why an exercise will not take place."""

    reason = StringField(_("Pourquoi il n’aura pas lieu"), [InputRequired(), Length(max=300)])
