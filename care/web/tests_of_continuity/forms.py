"""The forms of a test of continuity and of its result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.continuity import Nature, TestKind, TestResult
from care.services.continuity_test_reading import TestChoices, TestedNode, TestView
from care.services.continuity_tests import MEASURES, MOST_PARTICIPANTS, ResultDraft, TestDraft, Times
from care.services.node_rows import NodeLink
from care.services.typed_texts import MAX_LINE, MAX_TEXT
from care.web import labels
from care.web.continuity.forms import DurationField
from care.web.days import DayField
from care.web.forms import Form, NodeGroup, nodes_by_kind, options
from care.web.pages import row_number

NO_PLAN = 0
TEXT = [Optional(), Length(max=MAX_TEXT)]
MEASURE_NAMES = {
    "recovery_minutes": _("Remise en service en"),
    "data_loss_minutes": _("Données perdues"),
    "restore_minutes": _("Données restaurées en"),
    "held_minutes": _("Mode dégradé tenu"),
}
MEASURED = {
    Nature.ACTIVITY: ("recovery_minutes", "data_loss_minutes", "held_minutes"),
    Nature.RESOURCE: ("recovery_minutes", "restore_minutes", "data_loss_minutes"),
}
"""What is asked of an activity and of a resource."""


class TestForm(Form):
    """A test as planned."""

    __test__ = False

    kind = RadioField(_("Type d’essai"), choices=options(labels.TEST_KIND_HELP.items()), default=TestKind.FIELD.value)
    title = StringField(
        _("Titre"),
        [InputRequired(), Length(max=MAX_LINE)],
        description=_("Par exemple : « Une nuit sans DPI aux urgences »."),
    )
    planned_on = DayField(_("Date prévue"), [InputRequired()])
    leader = StringField(_("Qui le pilote"), [Optional(), Length(max=MAX_LINE)])
    plan = SelectField(
        _("Plan mis à l’épreuve"),
        coerce=row_number,
        description=_("D2.O1.D compte les plans testés sur le terrain."),
    )
    nodes = SelectMultipleField(_("Ce qui est mis à l’épreuve"), coerce=row_number)
    scope = TextAreaField(
        _("Déroulement prévu"),
        TEXT,
        description=_("Ce qui est coupé ou joué, où, de quand à quand, et ce qui arrête l’essai."),
        render_kw={"rows": 4},
    )
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

    def show(self, view: TestView) -> None:
        """Fill the fields from a test."""
        line = view.line
        self.kind.data, self.title.data, self.planned_on.data = line.kind.value, line.title, line.planned_on
        self.leader.data, self.scope.data = line.leader, view.scope
        self.plan.data = line.plan.series if line.plan else NO_PLAN
        self.nodes.data = [one.id for one in view.nodes]

    def draft(self) -> TestDraft:
        """What was typed in; the form is valid."""
        return TestDraft(
            kind=TestKind(self.kind.data),
            title=str(self.title.data),
            planned_on=cast("date", self.planned_on.data),
            scope=str(self.scope.data or ""),
            leader=str(self.leader.data or ""),
            plan_series=self.plan.data or None,
            node_ids=tuple(self.nodes.data or ()),
        )


class ResultForm(Form):
    """What a test showed. `result_form` adds a field for each time that may be measured."""

    done_on = DayField(_("Jour de l’essai"), [InputRequired()])
    result = RadioField(_("Résultat"), choices=options(labels.TEST_RESULT.items()))
    observed = TextAreaField(_("Ce qui a été observé"), TEXT, render_kw={"rows": 5})
    gaps = TextAreaField(
        _("Écarts"),
        TEXT,
        description=_("Ce qui n’a pas marché, un écart par ligne : chacun pourra devenir une action."),
        render_kw={"rows": 4},
    )
    participants = IntegerField(
        _("Nombre de participants"),
        [Optional(), NumberRange(min=1, max=MOST_PARTICIPANTS)],
        render_kw={"inputmode": "numeric"},
    )
    directorates = StringField(
        _("Directions métier présentes"),
        [Optional(), Length(max=300)],
        description=_("Soins, DRH, achats… Vide si aucune."),
    )
    cyber_triggered = BooleanField(_("Le point de départ était un incident cyber"))
    degraded_played = BooleanField(_("Le mode dégradé numérique a été joué"))
    management_present = BooleanField(_("La direction générale a participé"))
    in_maintenance = BooleanField(_("L’essai a profité d’une maintenance programmée"))
    tested: Sequence[TestedNode] = ()

    def times_of(self, node: TestedNode) -> list[Any]:
        """The fields of a node: those asked of its nature, and those that hold a measure already."""
        asked = [name for name in MEASURES if name in MEASURED[node.nature] or getattr(node, name) is not None]
        return [self._fields[f"{name}_{node.id}"] for name in asked]

    def show(self, view: TestView, day: date) -> None:
        """Fill the fields from a test."""
        self.done_on.data = view.line.done_on or min(view.line.planned_on, day)
        self.result.data = view.line.result.value if view.line.result else None
        self.gaps.data = view.gaps_text
        for name in ("observed", "participants", "directorates", "cyber_triggered", "degraded_played",
                     "management_present", "in_maintenance"):  # fmt: skip
            self._fields[name].data = getattr(view, name)
        for node in view.nodes:
            for name in MEASURES:
                self._fields[f"{name}_{node.id}"].data = getattr(node, name)

    def draft(self) -> ResultDraft:
        """What was typed in; the form is valid."""
        return ResultDraft(
            done_on=cast("date", self.done_on.data),
            result=TestResult(self.result.data),
            observed=str(self.observed.data or ""),
            gaps=str(self.gaps.data or ""),
            participants=self.participants.data,
            cyber_triggered=bool(self.cyber_triggered.data),
            degraded_played=bool(self.degraded_played.data),
            management_present=bool(self.management_present.data),
            directorates=str(self.directorates.data or ""),
            in_maintenance=bool(self.in_maintenance.data),
            times={node.id: self._times(node.id) for node in self.tested},
        )

    def _times(self, number: int) -> Times:
        return Times(**{name: self._fields[f"{name}_{number}"].data for name in MEASURES})


def result_form(view: TestView, *typed: Any) -> ResultForm:  # noqa: ANN401 - what the browser sent
    """The form of the result of a test, with a field for each time of each node."""
    fields: dict[str, Any] = {
        f"{name}_{node.id}": DurationField(MEASURE_NAMES[name], [Optional()])
        for node in view.nodes
        for name in MEASURES
    }
    made = type("ResultFormOfTest", (ResultForm,), {**fields, "tested": view.nodes})
    return cast("ResultForm", made(*typed))


class CancelForm(Form):
    """Why a planned test will not take place."""

    reason = StringField(_("Pourquoi il n’aura pas lieu"), [InputRequired(), Length(max=300)])
