"""Functions of security: who holds them, vacancies, targets of sizing."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services.errors import NotFound
from care.services.governance import role_writing
from care.services.governance.roles import NO_TARGET, FunctionView, Staffing, read_role, read_staffing
from care.web.governance.blueprint import Where, back_to, check_managed, place_in, reads, shown, writes
from care.web.governance.forms import RoleForm, SizingForm
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope


@reads("/roles")
def roles(**where: Where) -> ResponseReturnValue:
    """Who carries security, function by function."""
    view = read_staffing(platform(), scope(), place_in(where))
    return shown("roles", view.holder, view=view, no_target=NO_TARGET.render(current_language()))


@reads("/roles/new")
def new_role(**where: Where) -> ResponseReturnValue:
    """The form of a function."""
    view, form = _managed(where), _form()
    asked = request.args.get("function", "")
    if asked in platform().kits.governance.functions:
        form.function.data = asked
    return shown("role_new", view.holder, form=form)


@writes("/roles/new")
def add_role(**where: Where) -> ResponseReturnValue:
    """Name somebody, or open a post."""
    view, form, place = _managed(where), _form(posted=True), place_in(where)
    code = form.saved(lambda: role_writing.add_role(platform(), scope(), place, form.draft()))
    if code:
        return shown("role_new", view.holder, form=form), code
    flash(_("Fonction enregistrée."))
    return back_to("roles", place)


@reads("/roles/<int:role_id>")
def role(role_id: int, **where: Where) -> ResponseReturnValue:
    """One function held, its appointment and its evidence."""
    holder, found = read_role(platform(), scope(), place_in(where), role_id)
    form = _form()
    form.fill(found)
    return shown("role", holder, form=form, role=found)


@writes("/roles/<int:role_id>")
def change_role(role_id: int, **where: Where) -> ResponseReturnValue:
    """Correct it, or end it; what was typed is kept when somebody was quicker."""
    place = place_in(where)
    holder, found = read_role(platform(), scope(), place, role_id)
    check_managed(holder)
    form = _form(posted=True)
    code = form.saved(
        lambda: role_writing.change_role(platform(), scope(), place, role_id, form.draft(), seen_version())
    )
    if code:
        if code == 409:
            form.version.data = str(found.version)
        return shown("role", holder, form=form, role=found), code
    flash(_("Fonction enregistrée."))
    return back_to("roles", place)


@reads("/targets/<function>")
def sizing(function: str, **where: Where) -> ResponseReturnValue:
    """The form of a target of sizing."""
    view = _managed(where)
    found, form = _function(view, function), _sizing_form()
    form.fill(found.target)
    return shown("sizing", view.holder, form=form, function=found)


@writes("/targets/<function>")
def set_sizing(function: str, **where: Where) -> ResponseReturnValue:
    """Keep the target, or take it back."""
    view, place = _managed(where), place_in(where)
    found, form = _function(view, function), _sizing_form(posted=True)
    code = form.saved(
        lambda: role_writing.set_target(platform(), scope(), place, function, form.draft(), seen_version())
    )
    if code:
        if code == 409:
            form.version.data = str(found.target.version if found.target else 0)
        return shown("sizing", view.holder, form=form, function=found), code
    flash(_("Cible enregistrée."))
    return back_to("roles", place)


def _form(*, posted: bool = False) -> RoleForm:
    form = RoleForm(request.form if posted else None)
    form.prepare(platform().kits.governance)
    return form


def _sizing_form(*, posted: bool = False) -> SizingForm:
    form = SizingForm(request.form if posted else None)
    form.prepare()
    return form


def _managed(where: dict[str, Where]) -> Staffing:
    view = read_staffing(platform(), scope(), place_in(where))
    check_managed(view.holder)
    return view


def _function(view: Staffing, name: str) -> FunctionView:
    found = next((one for one in view.functions if one.id == name), None)
    if found is None:
        raise NotFound
    return found
