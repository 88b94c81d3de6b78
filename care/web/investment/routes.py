"""The investment plan of an establishment or of a wider place, and the costs of an action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place, Right
from care.domain.investment import FIRST_YEAR, LAST_YEAR
from care.services import costs
from care.services.action_view import ActionView, open_action
from care.services.costs import ActionCosts, CostLine
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.investment import Period, investment_plan
from care.services.investment_exports import investment_pdf, investment_xlsx
from care.services.place_choices import places_to_choose
from care.web.files import attachment
from care.web.formats import typed_amount
from care.web.investment.forms import CostForm
from care.web.language import current_language
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.wide import asked_place, place_options

pages = Blueprint("investment", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/investment"
OF_ACTION = "/establishments/<int:establishment_id>/actions/<int:action_id>/costs"
SHOWN = 100
"""Actions and unpriced actions on the page at most; the workbook holds them all."""


@pages.app_template_global("costs_of")
def costs_of(action_id: int) -> ActionCosts:
    """The costs of an action, for the page of the action."""
    return costs.action_costs(platform(), scope(), action_id)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The plan of the establishment."""
    return _plan(_of(establishment_id), {"establishment_id": establishment_id}, "", may(Right.EXPORT))


@pages.get("/investment")
def everywhere() -> str:
    """The plan of a region, a GHT, an entity, or of all that the reader sees."""
    return _plan(asked_place(), {}, "everywhere_", scope().allows_somewhere(Right.EXPORT))


@pages.get(f"{HERE}.xlsx")
def workbook(establishment_id: int) -> Response:
    """The plan of the establishment as a workbook."""
    return attachment(investment_xlsx(platform(), scope(), _of(establishment_id), _period()), "investissement.xlsx")


@pages.get(f"{HERE}.pdf")
def document(establishment_id: int) -> Response:
    """The plan of the establishment as a document."""
    return attachment(investment_pdf(platform(), scope(), _of(establishment_id), _period()), "investissement.pdf")


@pages.get("/investment.xlsx")
def everywhere_workbook() -> Response:
    """The plan of a wider place as a workbook."""
    return attachment(investment_xlsx(platform(), scope(), asked_place(), _period()), "investissement.xlsx")


@pages.get("/investment.pdf")
def everywhere_document() -> Response:
    """The plan of a wider place as a document."""
    return attachment(investment_pdf(platform(), scope(), asked_place(), _period()), "investissement.pdf")


def _of(establishment_id: int) -> Place:
    return Place(Level.ESTABLISHMENT, establishment_id)


def _plan(where: Place, address: dict[str, Any], kind: str, exports: bool) -> str:
    asked = {name: value for name, value in request.args.items() if value and name in ("place", "from", "to")}
    to = address | asked
    choices = () if address else places_to_choose(platform(), scope(), Right.SEE_ACTIONS)
    return render_template(
        "investment/plan.html",
        plan=investment_plan(platform(), scope(), where, _period()),
        place_choices=place_options(choices),
        here=url_for("investment.index" if address else "investment.everywhere", **address),
        workbook=url_for(f"investment.{kind}workbook", **to) if exports else "",
        document=url_for(f"investment.{kind}document", **to) if exports else "",
        shown=SHOWN,
    )


def _period() -> Period:
    """The years of the address; senseless ones are as none."""
    return Period(_year("from"), _year("to"))


def _year(name: str) -> int | None:
    year = request.args.get(name, type=row_number)
    return year if year is not None and FIRST_YEAR <= year <= LAST_YEAR else None


@dataclass(frozen=True)
class _Typed:
    """What could not be recorded: the form of a line (0 for a new one), or shares with their sentence."""

    line_id: int | None = None
    form: CostForm | None = None
    shares: dict[int, str] = field(default_factory=dict)
    wrong: str = ""
    refusal: str = ""


@pages.get(OF_ACTION)
def of_action(establishment_id: int, action_id: int) -> str:
    """The costs of an action: its lines, its sharing, and the forms to change them."""
    return _costs_page(_action(establishment_id, action_id), _Typed())


@pages.post(OF_ACTION)
def add(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Add a cost line."""
    action, form = _to_change(establishment_id, action_id), CostForm(request.form)

    def write() -> None:
        costs.add_cost(platform(), scope(), action_id, seen_version(), form.draft())

    return _saved(action, form, 0, write, _("Coût ajouté."))


@pages.post(f"{OF_ACTION}/<int:cost_id>")
def change(establishment_id: int, action_id: int, cost_id: int) -> ResponseReturnValue:
    """Change a cost line."""
    action, form = _to_change(establishment_id, action_id), CostForm(request.form)
    _line(action_id, cost_id)

    def write() -> None:
        costs.change_cost(platform(), scope(), cost_id, seen_version(), form.draft())

    return _saved(action, form, cost_id, write, _("Coût modifié."))


@pages.post(f"{OF_ACTION}/<int:cost_id>/remove")
def remove(establishment_id: int, action_id: int, cost_id: int) -> ResponseReturnValue:
    """Remove a cost line."""
    action = _to_change(establishment_id, action_id)
    _line(action_id, cost_id)
    try:
        costs.remove_cost(platform(), scope(), cost_id, seen_version())
    except Refused as refusal:
        return _costs_page(action, _Typed(refusal=refusal.text.render(current_language()))), 409
    flash(_("Coût retiré."))
    return _back(establishment_id, action_id)


@pages.post(f"{OF_ACTION}/shares")
def share(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Say how the establishments share the costs."""
    action = _to_change(establishment_id, action_id)
    typed = {
        site.establishment_id: request.form.get(f"share-{site.establishment_id}", "").strip() for site in action.sites
    }
    try:
        shares = {site: _weight(words) for site, words in typed.items()}
        costs.share_costs(platform(), scope(), action_id, seen_version(), shares)
    except Invalid as refusal:
        return _costs_page(action, _Typed(shares=typed, wrong=refusal.text.render(current_language()))), 400
    except Refused as refusal:
        return _costs_page(action, _Typed(shares=typed, refusal=refusal.text.render(current_language()))), 409
    flash(_("Partage enregistré."))
    return _back(establishment_id, action_id)


def _weight(words: str) -> int:
    """A weight; what is no whole number is as none, which the service refuses with its sentence."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 10 else -1


def _saved(
    action: ActionView, form: CostForm, line_id: int, write: Callable[[], None], done: str
) -> ResponseReturnValue:
    """Write a line; what cannot be recorded is shown again with its sentences."""
    if not form.validate():
        return _costs_page(action, _Typed(line_id, form)), 400
    try:
        write()
    except Invalid as refusal:
        form.blame(refusal)
        return _costs_page(action, _Typed(line_id, form)), 400
    except Refused as refusal:
        form.refuse(refusal)
        return _costs_page(action, _Typed(line_id, form)), 409
    flash(done)
    site = (request.view_args or {})["establishment_id"]
    return _back(site, action.line.id)


def _action(establishment_id: int, action_id: int) -> ActionView:
    """The action, if this establishment is one of its sites; NotFound otherwise."""
    action = open_action(platform(), scope(), action_id)
    if all(site.establishment_id != establishment_id for site in action.sites):
        raise NotFound
    return action


def _to_change(establishment_id: int, action_id: int) -> ActionView:
    """The action, if this person may change its costs; Forbidden otherwise, before anything typed is looked at."""
    action = _action(establishment_id, action_id)
    if not action.may_change:
        raise Forbidden(costs.NOT_ALL_MANAGED)
    return action


def _line(action_id: int, cost_id: int) -> CostLine:
    """The line, if it is one of this action; NotFound otherwise."""
    lines = costs.action_costs(platform(), scope(), action_id).lines
    found = next((line for line in lines if line.id == cost_id), None)
    if found is None:
        raise NotFound
    return found


def _back(establishment_id: int, action_id: int) -> ResponseReturnValue:
    return redirect(url_for("investment.of_action", establishment_id=establishment_id, action_id=action_id))


def _costs_page(action: ActionView, typed: _Typed) -> str:
    """The page, what is recorded beside what could not be."""
    found = costs.action_costs(platform(), scope(), action.line.id)
    return render_template(
        "investment/costs.html",
        action=action,
        costs=found,
        forms={line.id: _form(line, typed) for line in found.lines},
        new=typed.form if typed.line_id == 0 and typed.form else _new_form(),
        typed=typed,
        adding=typed.line_id == 0 or not found.lines,
    )


def _form(line: CostLine, typed: _Typed) -> CostForm:
    if typed.line_id == line.id and typed.form is not None:
        return typed.form
    form = CostForm()
    form.show(line, typed_amount(line.whole_cents or 0))
    return form


def _new_form() -> CostForm:
    form = CostForm()
    form.year.data = str(platform().clock.now().year)
    return form
