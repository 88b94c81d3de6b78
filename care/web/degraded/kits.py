"""One paper kit: declared, checked in three taps, changed, retired."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services import paper_kits
from care.services.errors import Forbidden, Invalid, Refused
from care.services.paper_kits import KitView, open_kit
from care.web.degraded.blueprint import KIT, OF_ACTIVITY, described, pages
from care.web.degraded.forms import CheckForm, KitForm
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import of_this_place


@pages.get(f"{OF_ACTIVITY}/kits/new")
def new_kit(establishment_id: int, node_id: int) -> str:
    """The form of a new kit."""
    known = described(node_id)
    form = KitForm()
    form.owner.data = known.owner
    return _form_page(form, known.name, node_id)


@pages.post(f"{OF_ACTIVITY}/kits/new")
def create_kit(establishment_id: int, node_id: int) -> ResponseReturnValue:
    """Declare the kit."""
    known = described(node_id)
    form = KitForm(request.form)
    if form.validate():
        try:
            kit_id = paper_kits.add_kit(platform(), scope(), node_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Kit déclaré : collez son étiquette, puis faites la première vérification."))
            return _to_kit(establishment_id, kit_id)
    return _form_page(form, known.name, node_id), 400


@pages.get(KIT)
def kit(establishment_id: int, kit_id: int) -> str:
    """One kit: what it holds, whether all is there, who looked last."""
    return _page(_kit(kit_id), CheckForm())


@pages.post(f"{KIT}/check")
def check(establishment_id: int, kit_id: int) -> ResponseReturnValue:
    """Record a check."""
    view = _kit(kit_id)
    form = CheckForm(request.form)
    if form.validate():
        try:
            paper_kits.check_kit(platform(), scope(), kit_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            said = _("Vérification enregistrée. Merci !") if form.complete.data else _("Noté : ce kit est à compléter.")
            flash(said)
            return _to_kit(establishment_id, kit_id)
    return _page(view, form), 400


@pages.get(f"{KIT}/edit")
def edit_kit(establishment_id: int, kit_id: int) -> str:
    """The form of a known kit."""
    view = _mine(kit_id)
    form = KitForm()
    form.show(view)
    return _edit(view, form, view.version)


@pages.post(f"{KIT}/edit")
def change_kit(establishment_id: int, kit_id: int) -> ResponseReturnValue:
    """Record the changes. When somebody was quicker, what was typed stays, beside what is recorded."""
    view = _mine(kit_id)
    form = KitForm(request.form)
    seen = seen_version()
    if form.validate():
        try:
            paper_kits.change_kit(platform(), scope(), kit_id, form.draft(), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
            return _edit(view, form, view.version, recorded=True), 409
        else:
            flash(_("Kit enregistré."))
            return _to_kit(establishment_id, kit_id)
    return _edit(view, form, seen), 400


@pages.post(f"{KIT}/retire")
def retire(establishment_id: int, kit_id: int) -> ResponseReturnValue:
    """Say that the kit no longer exists."""
    view = _kit(kit_id)
    paper_kits.retire_kit(platform(), scope(), kit_id, seen_version())
    flash(_("Kit retiré ; son histoire reste."))
    activity_id = view.line.activity_id
    return redirect(url_for("degraded.of_activity", establishment_id=establishment_id, node_id=activity_id))


def _to_kit(establishment_id: int, kit_id: int) -> ResponseReturnValue:
    return redirect(url_for("degraded.kit", establishment_id=establishment_id, kit_id=kit_id))


def _kit(kit_id: int) -> KitView:
    return of_this_place(open_kit(platform(), scope(), kit_id))


def _mine(kit_id: int) -> KitView:
    view = _kit(kit_id)
    if not view.may_fill:
        raise Forbidden
    return view


def _page(view: KitView, form: CheckForm) -> str:
    return render_template("degraded/kit.html", view=view, kit=view.line, form=form)


def _edit(view: KitView, form: KitForm, version: int, *, recorded: bool = False) -> str:
    return render_template(
        "degraded/kit_form.html",
        form=form,
        view=view,
        activity=view.line.activity,
        node_id=view.line.activity_id,
        version=version,
        recorded=recorded,
    )


def _form_page(form: KitForm, activity: str, node_id: int) -> str:
    return render_template(
        "degraded/kit_form.html", form=form, view=None, activity=activity, node_id=node_id, version=0, recorded=False
    )
