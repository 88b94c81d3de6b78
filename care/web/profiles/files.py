"""The profiles of all the establishments that one keeps up to date: what is missing, and files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.services import profile_files
from care.services.action_query import today
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.register_files import carried_table
from care.services.table_files import TableFile
from care.web.files import attachment
from care.web.forms import sent
from care.web.language import current_language
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.profiles.forms import ProfileFileForm

pages = Blueprint("profile_files", __name__, template_folder="templates")
HERE = "/establishments/profiles"


@pages.get(HERE)
def index() -> str:
    """What is not known of the establishments that one keeps up to date."""
    return render_template("profiles/index.html", view=profile_files.list_profiles(platform(), scope(), asked_page()))


@pages.get(f"{HERE}/file.<form>")
def file(form: str) -> Response:
    """Their profiles as a spreadsheet."""
    if form not in profile_files.FORMS:
        raise NotFound
    return attachment(profile_files.export_profiles(platform(), scope(), form), f"fiches.{form}")


@pages.get(f"{HERE}/import")
def import_file() -> str:
    """The form of a file."""
    _may_import()
    form = ProfileFileForm()
    form.since.data = today(platform())
    return _import_page(form)


@pages.post(f"{HERE}/import")
def preview_file() -> ResponseReturnValue:
    """What the file would change."""
    _may_import()
    form = ProfileFileForm(sent())
    try:
        return _preview_page(form, form.table())
    except Invalid as refusal:
        form.blame(refusal)
        return _import_page(form), 400


@pages.post(f"{HERE}/import/confirm")
def confirm_file() -> ResponseReturnValue:
    """Do what was shown."""
    _may_import()
    form, carried = ProfileFileForm(request.form), request.form.get("carried", "")
    seen = request.form.get("seen", "")
    try:
        changed = profile_files.import_profiles(platform(), scope(), carried, seen, form.day())
    except Invalid as refusal:
        form.blame(refusal)
        return _import_page(form), 400
    except Refused as refusal:
        form.refuse(refusal)
        return _preview_page(form, carried_table(carried, profile_files.MOST)), 409
    flash(ngettext("%(num)s fiche modifiée.", "%(num)s fiches modifiées.", changed))
    return redirect(url_for("profile_files.index"))


def _may_import() -> None:
    """Forbidden for who keeps no profile."""
    if not profile_files.may_keep(scope()):
        raise Forbidden


def _import_page(form: ProfileFileForm) -> str:
    columns = profile_files.sort_of(current_language())
    return render_template("registers/import.html", form=form, columns=columns, **_words())


def _preview_page(form: ProfileFileForm, table: TableFile) -> str:
    since = form.day()
    preview = profile_files.preview_profiles(platform(), scope(), table, since)
    return render_template("registers/preview.html", form=form, preview=preview, since=since, **_words())


def _words() -> dict[str, Any]:
    return {"subject": "profile_files", "register_name": _("Fiches des établissements"), "here": {}}
