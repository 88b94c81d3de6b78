"""Isolation drills: their register, one drill with its proofs, its form, its gaps made actions."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.actions import ActionSource
from care.domain.evidence import ThingKind
from care.services.action_query import today
from care.services.backups import isolation_reading
from care.services.backups.isolation import ISOLATIONS
from care.services.backups.isolation_reading import IsolationRef, IsolationView
from care.services.errors import Forbidden, NotFound, Refused
from care.web.evidence.part import proofs_of
from care.web.files import attachment
from care.web.isolation.forms import IsolationForm
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused

pages = Blueprint("isolation", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/isolation-drills"
ONE = f"{HERE}/<int:isolation_id>"


@pages.app_template_global("isolation_behind")
def isolation_behind(source: ActionSource, source_ref: str) -> IsolationRef | None:
    """The drill that an action comes from, for the page of the action."""
    return isolation_reading.origin_isolation(platform(), scope(), source, source_ref)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The drills, the last first, and when the next one is due."""
    found = isolation_reading.list_isolations(platform(), scope(), establishment_id)
    return render_template(
        "isolation/index.html", found=found, may_manage=may(Right.MANAGE_TARGETS), may_export=may(Right.EXPORT)
    )


@pages.get(f"{HERE}/register.<form>")
def file(establishment_id: int, form: str) -> Response:
    """The register as a spreadsheet, the drills that were withdrawn included."""
    if form not in ("csv", "xlsx"):
        raise NotFound
    content = ISOLATIONS.export(platform(), scope(), establishment_id, form)
    return attachment(content, f"exercices-d-isolement.{form}")


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a drill."""
    form = _form()
    form.held_on.data = today(platform())
    return _form_page(form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the drill down."""
    form, made = _form(filled=True), []
    code = form.saved(lambda: made.append(ISOLATIONS.add(platform(), scope(), establishment_id, form.draft())))
    if code:
        return _form_page(form), code
    flash(_("Exercice noté. Joignez son compte rendu comme preuve."))
    return _to(establishment_id, made[0])


@pages.get(ONE)
def one(establishment_id: int, isolation_id: int) -> str:
    """One drill: times, gaps with their actions, proofs."""
    return render_template(
        "isolation/one.html",
        view=_drill(isolation_id),
        proofs=proofs_of(ThingKind.ISOLATION_DRILL, isolation_id),
        may_manage=may(Right.MANAGE_TARGETS),
        may_act=may(Right.MANAGE_ACTIONS),
    )


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, isolation_id: int) -> str:
    """The form of a known drill."""
    form, view = _form(), _drill(isolation_id)
    form.show(view.draft)
    form.version.data = str(view.version)
    return _form_page(form, view)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, isolation_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    form, view, version = _form(filled=True), _drill(isolation_id), seen_version()
    code = form.saved(lambda: ISOLATIONS.change(platform(), scope(), isolation_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _form_page(form, view), code
    flash(_("Exercice enregistré."))
    return _to(establishment_id, isolation_id)


@pages.post(f"{ONE}/withdraw")
def withdraw(establishment_id: int, isolation_id: int) -> ResponseReturnValue:
    """Say that it was written down by mistake, or that it was not."""
    _drill(isolation_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        ISOLATIONS.close(platform(), scope(), isolation_id, day, seen_version())
        flash(_("Exercice retiré : il ne compte plus, et reste lisible.") if day else _("Exercice rétabli."))
    return _to(establishment_id, isolation_id)


@pages.post(f"{ONE}/act")
def act(establishment_id: int, isolation_id: int) -> ResponseReturnValue:
    """Make a gap an action."""
    _drill(isolation_id)
    with said_as_refused(Refused):
        isolation_reading.act_on_gap(platform(), scope(), isolation_id, request.form.get("gap", ""))
        flash(_("Action créée."))
    return _to(establishment_id, isolation_id)


def _form(*, filled: bool = False) -> IsolationForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    return IsolationForm(request.form) if filled else IsolationForm()


def _form_page(form: IsolationForm, view: IsolationView | None = None) -> str:
    return render_template("isolation/edit.html", form=form, view=view)


def _drill(number: int) -> IsolationView:
    return of_this_place(isolation_reading.open_isolation(platform(), scope(), number))


def _to(establishment_id: int, number: int) -> ResponseReturnValue:
    return redirect(url_for("isolation.one", establishment_id=establishment_id, isolation_id=number))
