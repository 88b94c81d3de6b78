"""Names of jobs tied to systems: the list, one with its form."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.action_query import today
from care.services.backups import job_ties, reading
from care.services.backups.job_ties import JOB_TIES, MAX_NAME, TieView
from care.services.errors import Forbidden, Refused
from care.web.backups.routes import HERE
from care.web.backups.tie_forms import TieForm
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused

pages = Blueprint("backup_ties", __name__)
LIST = f"{HERE}/jobs"
ONE = f"{LIST}/<int:backup_tie_id>"


@pages.get(LIST)
def index(establishment_id: int) -> str:
    """Each tie, and the jobs that no system claims."""
    found = job_ties.read_ties(platform(), scope(), establishment_id)
    return render_template("backups/ties.html", found=found, may_manage=may(Right.MANAGE_TARGETS))


@pages.get(f"{LIST}/new")
def new(establishment_id: int) -> str:
    """The form of a tie; its name may be given by the address."""
    form = _form(establishment_id)
    form.name.data = request.args.get("name", "")[:MAX_NAME]
    return _page(form)


@pages.post(f"{LIST}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the tie down."""
    form = _form(establishment_id, filled=True)
    code = form.saved(lambda: JOB_TIES.add(platform(), scope(), establishment_id, form.draft()))
    if code:
        return _page(form), code
    flash(_("Travail rattaché : le prochain audit en tient compte."))
    return _to_list(establishment_id)


@pages.get(ONE)
def one(establishment_id: int, backup_tie_id: int) -> str:
    """One tie: its form for who manages it, its words for who reads."""
    view = _known(backup_tie_id)
    form = TieForm()
    form.prepare(reading.system_choices(platform(), scope(), establishment_id))
    form.show(view.draft)
    form.version.data = str(view.version)
    return _page(form, view)


@pages.post(ONE)
def change(establishment_id: int, backup_tie_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    form, view, version = _form(establishment_id, filled=True), _known(backup_tie_id), seen_version()
    code = form.saved(lambda: JOB_TIES.change(platform(), scope(), backup_tie_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _page(form, view), code
    flash(_("Rattachement enregistré."))
    return _to_list(establishment_id)


@pages.post(f"{ONE}/close")
def close(establishment_id: int, backup_tie_id: int) -> ResponseReturnValue:
    """Say that the tie holds no more, or that it does again."""
    _known(backup_tie_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        JOB_TIES.close(platform(), scope(), backup_tie_id, day, seen_version())
        flash(_("Rattachement clôturé.") if day else _("Rattachement rouvert."))
    return _to_list(establishment_id)


def _form(establishment_id: int, *, filled: bool = False) -> TieForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form = TieForm(request.form) if filled else TieForm()
    form.prepare(reading.system_choices(platform(), scope(), establishment_id))
    return form


def _page(form: TieForm, view: TieView | None = None) -> str:
    return render_template("backups/tie.html", form=form, view=view, may_manage=may(Right.MANAGE_TARGETS))


def _known(number: int) -> TieView:
    return of_this_place(job_ties.open_tie(platform(), scope(), number))


def _to_list(establishment_id: int) -> ResponseReturnValue:
    return redirect(url_for("backup_ties.index", establishment_id=establishment_id))
