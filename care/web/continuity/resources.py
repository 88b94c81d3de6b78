"""Resources: the list, one in full, a new one, an edit."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.continuity import Nature, ResourceKind
from care.services import resources
from care.services.activities import Asked
from care.services.errors import Forbidden, Invalid
from care.services.inherited import NOTHING, inherited_objectives
from care.services.node_pages import surroundings
from care.services.node_rows import possible_owners
from care.services.resources import ResourceFilter, ResourceView
from care.services.targets import list_targets
from care.web.continuity.blueprint import HERE, pages
from care.web.continuity.forms import ResourceForm
from care.web.continuity.links import node_address, ways
from care.web.pages import asked_page, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place

PER_PAGE = 50


@pages.get(f"{HERE}/resources")
def resources_list(establishment_id: int) -> str:
    """The resources in use, by kind."""
    wanted = _wanted()
    found = resources.list_resources(platform(), scope(), establishment_id, wanted)
    return render_template(
        "continuity/resources.html",
        found=found,
        wanted=wanted,
        may_manage=may(Right.MANAGE_CONTINUITY),
        may_export=may(Right.EXPORT),
    )


@pages.get(f"{HERE}/resources/new")
def new_resource(establishment_id: int) -> str:
    """The form of a new resource."""
    form = _form(establishment_id, None)
    return render_template("continuity/resource_form.html", form=form, known=None, version=0)


@pages.post(f"{HERE}/resources/new")
def create_resource(establishment_id: int) -> ResponseReturnValue:
    """Record a new resource."""
    form = _form(establishment_id, None, filled=True)
    if form.validate():
        try:
            number = resources.create_resource(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Ressource ajoutée."))
            return redirect(url_for("continuity.resource", establishment_id=establishment_id, node_id=number))
    return render_template("continuity/resource_form.html", form=form, known=None, version=0), 400


@pages.get(f"{HERE}/resources/<int:node_id>")
def resource(establishment_id: int, node_id: int) -> str:
    """One resource: what it is, what it promises, what relies on it."""
    known = _resource(node_id)
    return render_template(
        "continuity/resource.html",
        known=known,
        asked=inherited_objectives(platform(), scope(), establishment_id).get(node_id, NOTHING),
        around=surroundings(platform(), scope(), node_id),
        ways=ways(Nature.RESOURCE, establishment_id, node_id),
        address_of=node_address,
        may_see_targets=may(Right.SEE_FINDINGS),
    )


@pages.get(f"{HERE}/resources/<int:node_id>/edit")
def edit_resource(establishment_id: int, node_id: int) -> str:
    """The form of a known resource."""
    known = _resource(node_id)
    form = _form(establishment_id, known)
    form.show(known)
    return _edit(known, form, known.version)


@pages.post(f"{HERE}/resources/<int:node_id>/edit")
def change_resource(establishment_id: int, node_id: int) -> ResponseReturnValue:
    """Record the changes. When somebody was quicker, what was typed stays in the form, beside what is recorded."""
    known = _resource(node_id)
    form = _form(establishment_id, known, filled=True)
    seen = seen_version()
    if wrong := form.saved(lambda: resources.change_resource(platform(), scope(), node_id, form.draft(), seen)):
        stale = wrong == HTTPStatus.CONFLICT
        return _edit(known, form, known.version if stale else seen, recorded=stale), wrong
    flash(_("Ressource enregistrée."))
    return redirect(url_for("continuity.resource", establishment_id=establishment_id, node_id=node_id))


def _wanted() -> ResourceFilter:
    asked = request.args
    return ResourceFilter(
        kinds=tuple(ResourceKind(one) for one in asked.getlist("kind") if one in list(ResourceKind)),
        owner=asked.get("owner", ""),
        words=asked.get("q", ""),
        asked=Asked(asked["state"]) if asked.get("state") in list(Asked) else Asked.IN_USE,
        number=asked_page(),
        per_page=PER_PAGE,
    )


def _resource(node_id: int) -> ResourceView:
    return of_this_place(resources.open_resource(platform(), scope(), node_id))


def _form(establishment_id: int, known: ResourceView | None, *, filled: bool = False) -> ResourceForm:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    form = ResourceForm(request.form) if filled else ResourceForm()
    form.offer(possible_owners(platform(), scope(), establishment_id))
    seen = list_targets(platform(), scope(), establishment_id) if may(Right.SEE_FINDINGS) else ()
    targets = {one.id: one.name for one in seen}
    if known is not None and known.target is not None:  # archived since, it stays the one that measured
        targets.setdefault(known.target.id, known.target.name)
    form.offer_targets(list(targets.items()))
    return form


def _edit(known: ResourceView, form: ResourceForm, version: int, recorded: bool = False) -> str:
    return render_template("continuity/resource_form.html", form=form, known=known, version=version, recorded=recorded)
