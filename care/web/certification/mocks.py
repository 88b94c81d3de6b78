"""Mock visits: opened, noted with a guided grid, ended, turned into actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from care.domain.access import Right
from care.domain.actions import ActionSource
from care.domain.has_score import HAS_ANSWERS
from care.domain.programme import AnswerVerdict, Inquiry
from care.services.certification import mock_reading
from care.services.certification.mock_notes import MAX_ASKED, NoteDraft, take_notes
from care.services.certification.mock_reading import Grid, VisitRef, read_grid, read_mock
from care.services.certification.mock_visits import (
    MAX_NOTE,
    Choices,
    MockDraft,
    choices,
    end_mock,
    list_mocks,
    open_mock,
)
from care.services.errors import Invalid, NotFound, Refused
from care.services.library import today
from care.services.typed_texts import MAX_LINE
from care.web.certification.blueprint import HERE, pages
from care.web.days import DayField
from care.web.forms import Form
from care.web.language import current_language
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may

MOCKS = f"{HERE}/mock"
ONE = f"{MOCKS}/<int:mock_id>"


class MockForm(Form):
    """A mock visit to plan. What is looked at is ticked in the page itself."""

    title = StringField(lazy_gettext("Intitulé"), [Length(max=MAX_LINE)])
    units = StringField(
        lazy_gettext("Services visités"),
        [Length(max=MAX_LINE), Optional()],
        description=lazy_gettext("Comme on les appelle : réanimation, pharmacie, accueil des urgences."),
    )
    starts_on = DayField(lazy_gettext("Premier jour"))
    ends_on = DayField(lazy_gettext("Dernier jour"), [Optional()], description=lazy_gettext("Vide : un seul jour."))
    items = SelectMultipleField(validate_choice=False)
    methods = SelectMultipleField(validate_choice=False)

    def draft(self, framework: str) -> MockDraft:
        """The visit as typed."""
        known = set(Inquiry)
        return MockDraft(
            title=str(self.title.data or ""),
            framework=framework,
            items=tuple(dict.fromkeys(self.items.data or ())),
            methods=tuple(Inquiry(one) for one in self.methods.data or () if one in known),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            units=str(self.units.data or ""),
        )


class EndForm(Form):
    """How a mock visit ends."""

    conclusion = TextAreaField(lazy_gettext("Ce qu’on en retient"), [Length(max=MAX_NOTE), Optional()])


@dataclass(frozen=True)
class Typed:
    """What was typed in a grid and could not be recorded: fields by name, sentences by field."""

    fields: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


@pages.app_template_global("visit_behind")
def visit_behind(source: ActionSource, source_ref: str, establishment_id: int) -> VisitRef | None:
    """The mock visit that an action comes from, for the page of the action."""
    return mock_reading.origin_visit(platform(), scope(), source, source_ref, establishment_id)


@pages.get(MOCKS)
def rehearsals(establishment_id: int) -> str:
    """Every mock visit, the latest first."""
    found = list_mocks(platform(), scope(), establishment_id)
    return render_template("certification/rehearsals.html", found=found, may_open=may(Right.MANAGE_PROGRAMME))


@pages.get(f"{MOCKS}/new")
def new_mock(establishment_id: int) -> str:
    """The form of a new mock visit; the manual is chosen by the address."""
    offered = choices(platform(), scope(), establishment_id, request.args.get("manual", ""))
    form = MockForm()
    form.starts_on.data = today(platform())
    form.methods.data = [one.value for one in Inquiry]
    form.items.data = [one.id for one in offered.items]
    return _new_page(form, offered)


@pages.post(f"{MOCKS}/new")
def create_mock(establishment_id: int) -> ResponseReturnValue:
    """Open the visit and go to its grid."""
    offered = choices(platform(), scope(), establishment_id, request.form.get("manual", ""))
    form = MockForm(request.form)
    if form.validate():
        try:
            number = open_mock(platform(), scope(), establishment_id, form.draft(offered.framework))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Visite à blanc ouverte."))
            return redirect(url_for("certification.mock", establishment_id=establishment_id, mock_id=number))
    return _new_page(form, offered), 400


def _new_page(form: MockForm, offered: Choices) -> str:
    return render_template("certification/new_mock.html", form=form, offered=offered, methods=tuple(Inquiry))


@pages.get(ONE)
def mock(establishment_id: int, mock_id: int) -> str:
    """The report of a mock visit, as it stands."""
    return _mock_page(establishment_id, mock_id, EndForm())


def _mock_page(establishment_id: int, mock_id: int, form: EndForm) -> str:
    view = read_mock(platform(), scope(), establishment_id, mock_id)
    return render_template("certification/mock.html", view=view, form=form)


@pages.get(f"{ONE}/<any({', '.join(Inquiry)}):method>")
def grid(establishment_id: int, mock_id: int, method: str) -> str:
    """The guided grid of one method."""
    return _grid_page(read_grid(platform(), scope(), establishment_id, mock_id, Inquiry(method)), Typed())


@pages.post(f"{ONE}/<any({', '.join(Inquiry)}):method>")
def note(establishment_id: int, mock_id: int, method: str) -> ResponseReturnValue:
    """Record what was seen; the grid again, with what was typed, when it cannot be."""
    by = Inquiry(method)
    view = read_grid(platform(), scope(), establishment_id, mock_id, by)
    fields = request.form.to_dict()
    wrong = {
        f"verdict-{one.item}": _("Choisissez une conclusion.")
        for one in view.blocks
        if fields.get(f"verdict-{one.item}", "") not in {"", *(verdict.value for verdict in HAS_ANSWERS)}
    }
    if wrong:
        return _grid_page(view, Typed(fields, wrong)), 400
    drafts = [_draft(one.item, fields) for one in view.blocks]
    try:
        count = take_notes(platform(), scope(), establishment_id, mock_id, by, drafts)
    except Invalid as refusal:
        said = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return _grid_page(view, Typed(fields, said)), 400
    except Refused as refusal:
        again = read_grid(platform(), scope(), establishment_id, mock_id, by)
        return _grid_page(again, Typed(fields, {}, refusal.text.render(current_language()))), 409
    flash(ngettext("%(num)s constat noté.", "%(num)s constats notés.", count))
    if "stay" in request.form:
        return redirect(
            url_for("certification.grid", establishment_id=establishment_id, mock_id=mock_id, method=method)
        )
    return redirect(url_for("certification.mock", establishment_id=establishment_id, mock_id=mock_id))


def _draft(item: str, fields: Mapping[str, str]) -> NoteDraft:
    def typed(name: str) -> str:
        return fields.get(f"{name}-{item}", "")

    try:
        seen = row_number(typed("seen") or "0")
    except ValueError:
        seen = 0
    verdict = AnswerVerdict(typed("verdict")) if typed("verdict") else None
    return NoteDraft(item, verdict, typed("note"), typed("who_met"), typed("asked"), seen)


def _grid_page(view: Grid, typed: Typed) -> str:
    bounds: dict[str, Any] = {"note": MAX_NOTE, "who_met": MAX_LINE, "asked": MAX_ASKED}
    return render_template("certification/grid.html", view=view, typed=typed, answers=HAS_ANSWERS, bounds=bounds)


@pages.post(f"{ONE}/end")
def end(establishment_id: int, mock_id: int) -> ResponseReturnValue:
    """End the visit with its conclusion."""
    form = EndForm(request.form)
    if form.validate():
        try:
            end_mock(platform(), scope(), establishment_id, mock_id, str(form.conclusion.data or ""))
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _mock_page(establishment_id, mock_id, form), 409
        else:
            flash(_("Visite à blanc terminée."))
            return redirect(url_for("certification.mock", establishment_id=establishment_id, mock_id=mock_id))
    return _mock_page(establishment_id, mock_id, form), 400


@pages.post(f"{ONE}/act")
def act(establishment_id: int, mock_id: int) -> ResponseReturnValue:
    """Open the action that mends a gap, made if need be."""
    method = request.form.get("method", "")
    if method not in list(Inquiry):
        raise NotFound
    item = request.form.get("item", "")
    number = mock_reading.act_on_gap(platform(), scope(), establishment_id, mock_id, item, Inquiry(method))
    return redirect(url_for("actions.one", establishment_id=establishment_id, action_id=number))
