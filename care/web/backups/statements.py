"""What an establishment says of its backups as a whole: one sheet."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.backups.statements import ITEM_NAMES, StatementView, read_statement, write_statement
from care.services.errors import Forbidden
from care.web.backups.routes import HERE
from care.web.backups.statement_forms import StatementForm
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may

pages = Blueprint("backup_statements", __name__)
SHEET = f"{HERE}/statements"


@pages.get(SHEET)
def index(establishment_id: int) -> str:
    """The sheet: its form for who manages it, its words for who reads."""
    view, form = read_statement(platform(), scope(), establishment_id), StatementForm()
    form.show(view.draft)
    form.version.data = str(view.version)
    return _page(form, view)


@pages.post(SHEET)
def write(establishment_id: int) -> ResponseReturnValue:
    """Record the sheet; what was typed is kept when somebody was quicker."""
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form, version = StatementForm(request.form), seen_version()
    code = form.saved(lambda: write_statement(platform(), scope(), establishment_id, form.draft(), version))
    if code:
        view = read_statement(platform(), scope(), establishment_id)
        form.version.data = str(view.version)
        return _page(form, view), code
    flash(_("Enregistré : le prochain audit en tient compte."))
    return redirect(url_for("backup_statements.index", establishment_id=establishment_id))


def _page(form: StatementForm, view: StatementView) -> str:
    return render_template(
        "backups/statements.html", form=form, view=view, items=ITEM_NAMES, may_manage=may(Right.MANAGE_TARGETS)
    )
