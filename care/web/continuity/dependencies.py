"""Dependencies: a new need (or a new dependent) of a node, an edit, a removal."""

from __future__ import annotations

from http import HTTPStatus
from itertools import groupby

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services import dependencies
from care.services.dependencies import Choices, DependencyView
from care.services.errors import Forbidden, Invalid, NotFound
from care.web.continuity.blueprint import HERE, pages
from care.web.continuity.forms import DependencyForm, NeedForm
from care.web.continuity.links import node_address
from care.web.forms import options
from care.web.pages import link_with, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place, place

NOTHING = 0


@pages.get(f"{HERE}/dependencies/new")
def new_dependency(establishment_id: int) -> str:
    """The form of a new need of a node (`dependent`), or of something that needs it (`needed`)."""
    choices, needs = _asked(establishment_id)
    return _new(choices, _form(choices, needs), needs)


@pages.post(f"{HERE}/dependencies/new")
def create_dependency(establishment_id: int) -> ResponseReturnValue:
    """Tie the two; a cycle is kept, and named."""
    choices, needs = _asked(establishment_id)
    form = _form(choices, needs, filled=True)
    if form.validate():
        ends = (choices.node.id, form.other.data) if needs else (form.other.data, choices.node.id)
        try:
            added = dependencies.add_dependency(platform(), scope(), establishment_id, form.draft(*ends))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            _tell(added)
            if "again" in request.form:
                return redirect(link_with())
            return redirect(node_address(establishment_id, choices.node) + ("#needs" if needs else "#needed-by"))
    return _new(choices, form, needs), 400


@pages.get(f"{HERE}/dependencies/<int:dependency_id>")
def edit_dependency(establishment_id: int, dependency_id: int) -> str:
    """The form of a known dependency."""
    known = _dependency(dependency_id)
    form = DependencyForm()
    form.show(known)
    return _edit(known, form)


@pages.post(f"{HERE}/dependencies/<int:dependency_id>")
def change_dependency(establishment_id: int, dependency_id: int) -> ResponseReturnValue:
    """Record the changes. When somebody was quicker, what was typed stays in the form, beside what is recorded."""
    known, form = _dependency(dependency_id), DependencyForm(request.form)

    def save() -> None:
        draft = form.draft(known.dependent.id, known.needed.id)
        dependencies.change_dependency(platform(), scope(), dependency_id, draft, request.form.get("seen", ""))

    if wrong := form.saved(save):
        return _edit(known, form, recorded=wrong == HTTPStatus.CONFLICT), wrong
    flash(_("Dépendance enregistrée."))
    return redirect(node_address(establishment_id, known.dependent) + "#needs")


@pages.post(f"{HERE}/dependencies/<int:dependency_id>/remove")
def remove_dependency(establishment_id: int, dependency_id: int) -> ResponseReturnValue:
    """Untie the two."""
    known = dependencies.remove_dependency(platform(), scope(), _dependency(dependency_id).id)
    flash(_("« %(one)s » ne dépend plus de « %(other)s ».", one=known.dependent.name, other=known.needed.name))
    return redirect(node_address(establishment_id, known.dependent) + "#needs")


def _tell(added: dependencies.Added) -> None:
    flash(_("Dépendance ajoutée."))
    if added.cycle:
        said = _("Elle ferme une boucle, à vérifier : %(way)s.", way=" → ".join(added.cycle))
        flash(str(said), "error")


def _asked(establishment_id: int) -> tuple[Choices, bool]:
    """The node of the address and whether it is the one that needs."""
    dependent = request.args.get("dependent", type=row_number)
    needed = request.args.get("needed", type=row_number)
    node = dependent if dependent is not None else needed
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    if node is None:
        raise NotFound
    needs = dependent is not None
    return dependencies.possible_ends(platform(), scope(), establishment_id, node, needs=needs), needs


def _form(choices: Choices, needs: bool, *, filled: bool = False) -> NeedForm:
    form = NeedForm(request.form) if filled else NeedForm()
    form.other.label.text = _("Besoin") if needs else _("Qui en dépend")
    groups = groupby(choices.others, key=lambda one: one.kind_name)
    form.other.choices = [
        *options([(NOTHING, _("À choisir"))]),
        *(choice for kind, nodes in groups for choice in options(((one.id, one.name) for one in nodes), kind)),
    ]
    return form


def _new(choices: Choices, form: NeedForm, needs: bool) -> str:
    return render_template(
        "continuity/dependency_new.html",
        choices=choices,
        form=form,
        needs=needs,
        back=node_address(place().id, choices.node),
    )


def _dependency(dependency_id: int) -> DependencyView:
    known = of_this_place(dependencies.open_dependency(platform(), scope(), dependency_id))
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    return known


def _edit(known: DependencyView, form: DependencyForm, recorded: bool = False) -> str:
    seen = request.form.get("seen", known.seen) if request.method == "POST" and not recorded else known.seen
    return render_template(
        "continuity/dependency_edit.html",
        known=known,
        form=form,
        seen=seen,
        recorded=recorded,
        back=node_address(known.establishment_id, known.dependent),
    )
