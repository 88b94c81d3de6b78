"""One degraded mode: read, written as a draft, put into force, compared, withdrawn."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.continuity import SheetState
from care.services import degraded_modes as modes
from care.services.activities import ActivityView
from care.services.degraded_modes import SheetDraft
from care.services.degraded_proposals import draft_of
from care.services.degraded_reading import SheetView, compare_versions, nodes_to_cover, open_sheet
from care.services.errors import Forbidden, Invalid, Refused
from care.web.degraded.blueprint import OF_ACTIVITY, SHEET, described, pages
from care.web.degraded.forms import ReviewForm, SheetForm, draft_of_view
from care.web.language import current_language
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import of_this_place

FORCE = "force"


@pages.get(f"{OF_ACTIVITY}/degraded/new")
def new(establishment_id: int, node_id: int) -> str:
    """The form of a new sheet, empty or from what the model of the activity proposes."""
    known = described(node_id)
    form = _form(node_id)
    rank = request.args.get("proposal", type=row_number)
    draft = SheetDraft("") if rank is None else draft_of(platform(), scope(), node_id, rank)
    form.show(draft)
    form.owner.data = known.owner
    return _new(known, form)


@pages.post(f"{OF_ACTIVITY}/degraded/new")
def create(establishment_id: int, node_id: int) -> ResponseReturnValue:
    """Keep the first draft, and put it into force if asked."""
    known = described(node_id)
    form = _form(node_id, filled=True)
    if form.validate():
        try:
            mode_id = modes.start_sheet(platform(), scope(), node_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            return _kept(establishment_id, mode_id, 1)
    return _new(known, form), 400


@pages.get(SHEET)
def one(establishment_id: int, mode_id: int) -> str:
    """One version of a sheet, as it is applied."""
    return _page(_sheet(mode_id))


@pages.get(f"{SHEET}/edit")
def edit(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """The form of a draft; a version that is one no longer is only read."""
    view = _draft(mode_id)
    if view.line.state is not SheetState.DRAFT:
        return redirect(url_for("degraded.one", establishment_id=establishment_id, mode_id=mode_id))
    form = _form(view.line.activity_id)
    form.show(draft_of_view(view))
    return _edit(view, form, view.version)


@pages.post(f"{SHEET}/edit")
def save(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """Save the draft, then put it into force if asked; what was typed is never lost."""
    view = _draft(mode_id)
    form = _form(view.line.activity_id, filled=True)
    seen = seen_version()
    if form.validate():
        try:
            version = modes.save_draft(platform(), scope(), mode_id, form.draft(), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
            return _edit(view, form, view.version, recorded=view), 409
        else:
            return _kept(establishment_id, mode_id, version)
    return _edit(view, form, seen), 400


@pages.post(f"{SHEET}/revise")
def revise(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """Begin the next version, or go to the one begun."""
    view = _sheet(mode_id)
    draft_id = modes.new_version(platform(), scope(), view.line.id)
    return redirect(url_for("degraded.edit", establishment_id=establishment_id, mode_id=draft_id))


@pages.post(f"{SHEET}/force")
def force(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """Put a draft into force."""
    _sheet(mode_id)
    return _put_into_force(establishment_id, mode_id, seen_version())


@pages.post(f"{SHEET}/give-up")
def give_up(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """Give up a draft."""
    view = _sheet(mode_id)
    modes.give_up_draft(platform(), scope(), mode_id, seen_version())
    flash(_("Brouillon abandonné ; il reste parmi les versions."))
    return redirect(_activity_page(view))


@pages.post(f"{SHEET}/withdraw")
def withdraw(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """Take a sheet out of force."""
    view = _sheet(mode_id)
    modes.withdraw_sheet(platform(), scope(), mode_id, seen_version())
    flash(_("Fiche retirée : décrochez ses affiches."))
    return redirect(_activity_page(view))


@pages.post(f"{SHEET}/reviewed")
def reviewed(establishment_id: int, mode_id: int) -> ResponseReturnValue:
    """The sheet was read again and still holds."""
    view = _sheet(mode_id)
    form = ReviewForm(request.form)
    if form.validate():
        try:
            seen = seen_version()
            modes.note_review(platform(), scope(), mode_id, seen, form.review_on.data)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Relecture enregistrée."))
            return redirect(url_for("degraded.one", establishment_id=establishment_id, mode_id=mode_id))
    return _page(view, form), 400


@pages.get(f"{SHEET}/compare/<int:other_id>")
def compare(establishment_id: int, mode_id: int, other_id: int) -> str:
    """Two versions of one sheet, side by side line by line."""
    found = of_this_place(compare_versions(platform(), scope(), mode_id, other_id))
    return render_template("degraded/compare.html", found=found)


def _kept(establishment_id: int, mode_id: int, version: int) -> ResponseReturnValue:
    """Where one goes after saving: on to force if asked, else back to the sheet."""
    if request.form.get("then") == FORCE:
        return _put_into_force(establishment_id, mode_id, version)
    flash(_("Brouillon enregistré : il ne s’applique pas encore."))
    return redirect(url_for("degraded.one", establishment_id=establishment_id, mode_id=mode_id))


def _put_into_force(establishment_id: int, mode_id: int, version: int) -> ResponseReturnValue:
    """The sheet in force, or its form with what it lacks: what was typed is saved already."""
    try:
        modes.put_into_force(platform(), scope(), mode_id, version)
    except Invalid as refusal:
        view = _draft(mode_id)
        form = _form(view.line.activity_id)
        form.show(draft_of_view(view))
        form.blame(refusal)
        form.other_errors.append(_("Le brouillon est enregistré. Complétez-le avant de le mettre en vigueur."))
        return _edit(view, form, view.version), 400
    flash(_("Fiche en vigueur : imprimez ses affiches et remplacez les anciennes."))
    return redirect(url_for("degraded.one", establishment_id=establishment_id, mode_id=mode_id))


def _sheet(mode_id: int) -> SheetView:
    return of_this_place(open_sheet(platform(), scope(), mode_id))


def _draft(mode_id: int) -> SheetView:
    view = _sheet(mode_id)
    if not view.may_fill:
        raise Forbidden
    return view


def _activity_page(view: SheetView) -> str:
    return url_for("degraded.of_activity", establishment_id=view.establishment_id, node_id=view.line.activity_id)


def _form(activity_id: int, *, filled: bool = False) -> SheetForm:
    form = SheetForm(request.form) if filled else SheetForm()
    form.offer(nodes_to_cover(platform(), scope(), activity_id))
    return form


def _new(known: ActivityView, form: SheetForm) -> str:
    return render_template("degraded/edit.html", form=form, known=known, view=None, version=0, recorded=None)


def _edit(view: SheetView, form: SheetForm, version: int, recorded: SheetView | None = None) -> str:
    return render_template("degraded/edit.html", form=form, known=None, view=view, version=version, recorded=recorded)


def _page(view: SheetView, review: ReviewForm | None = None) -> str:
    return render_template("degraded/one.html", view=view, line=view.line, review=review or ReviewForm())
