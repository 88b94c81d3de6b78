"""The repositories that backup audits read: their list, one with its form."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.backups import REACHES, TOOLS
from care.services.action_query import today
from care.services.backups import repositories
from care.services.backups.repositories import RepositoryView
from care.services.errors import Forbidden, Refused
from care.web.backups.repository_forms import RepositoryForm
from care.web.backups.routes import HERE
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused

pages = Blueprint("backup_repositories", __name__)
LIST = f"{HERE}/repositories"
ONE = f"{LIST}/<int:backup_repository_id>"


@pages.get(LIST)
def index(establishment_id: int) -> str:
    """Each repository, who names it, whether it can be read."""
    found = repositories.read_repositories(platform(), scope(), establishment_id)
    return render_template(
        "backups/repositories.html", found=found, tools=TOOLS, reaches=REACHES, may_manage=may(Right.MANAGE_TARGETS)
    )


@pages.get(f"{LIST}/new")
def new(establishment_id: int) -> str:
    """The form of a repository."""
    return _page(_form())


@pages.post(f"{LIST}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the repository down."""
    form = _form(filled=True)
    code = form.saved(
        lambda: repositories.add_repository(platform(), scope(), establishment_id, form.draft(), form.secrets())
    )
    if code:
        return _page(form), code
    flash(_("Dépôt noté : choisissez-le dans les copies qu’il tient."))
    return redirect(url_for("backup_repositories.index", establishment_id=establishment_id))


@pages.get(ONE)
def one(establishment_id: int, backup_repository_id: int) -> str:
    """One repository: its form for who manages it, its words for who reads."""
    view = _known(backup_repository_id)
    form = RepositoryForm()
    form.prepare()
    form.show(view.draft)
    form.version.data = str(view.version)
    return _page(form, view)


@pages.post(ONE)
def change(establishment_id: int, backup_repository_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    form, view, version = _form(filled=True), _known(backup_repository_id), seen_version()
    code = form.saved(
        lambda: repositories.change_repository(
            platform(), scope(), backup_repository_id, form.draft(), form.secrets(), version
        )
    )
    if code:
        form.version.data = str(view.version)
        return _page(form, view), code
    flash(_("Dépôt enregistré."))
    return redirect(url_for("backup_repositories.index", establishment_id=establishment_id))


@pages.post(f"{ONE}/close")
def close(establishment_id: int, backup_repository_id: int) -> ResponseReturnValue:
    """Say that it is read no more, or that it is again."""
    _known(backup_repository_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        repositories.close_repository(platform(), scope(), backup_repository_id, day, seen_version())
        flash(_("Dépôt clôturé : ses secrets sont effacés.") if day else _("Dépôt rouvert : redonnez ses secrets."))
    return redirect(url_for("backup_repositories.index", establishment_id=establishment_id))


def _form(*, filled: bool = False) -> RepositoryForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form = RepositoryForm(request.form) if filled else RepositoryForm()
    form.prepare()
    return form


def _page(form: RepositoryForm, view: RepositoryView | None = None) -> str:
    form.forget()
    if view is not None:
        form.settle()
    return render_template(
        "backups/repository.html",
        form=form,
        view=view,
        tools=TOOLS,
        reaches=REACHES,
        may_manage=may(Right.MANAGE_TARGETS),
    )


def _known(number: int) -> RepositoryView:
    return of_this_place(repositories.open_repository(platform(), scope(), number))
