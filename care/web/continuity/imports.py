"""CSV files of activities, resources and dependencies: sent, previewed, confirmed; and handed out."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from care.domain.access import Right
from care.services import continuity_import
from care.services.continuity_files import COLUMNS, MAX_BYTES, MAX_LINES, NEEDED, Sort
from care.services.continuity_import import ContinuityPreview, SentFile
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.web.continuity.blueprint import HERE, pages
from care.web.continuity.forms import FilesForm
from care.web.files import attachment
from care.web.forms import file_of, sent
from care.web.language import current_language
from care.web.people import platform, scope
from care.web.place import may, of_this_place, place

NAMES = {Sort.NODES: "activites", Sort.DEPENDENCIES: "dependances"}


@pages.get(f"{HERE}/continuity/import")
def import_files(establishment_id: int) -> str:
    """The form of one or two files, and what they hold."""
    return _form_page(_form())


@pages.post(f"{HERE}/continuity/import")
def receive_files(establishment_id: int) -> ResponseReturnValue:
    """Read the files; their preview comes next."""
    form = _form()
    files = [one for one in (file_of(form.nodes), file_of(form.dependencies)) if one]
    try:
        draft = continuity_import.receive(platform(), scope(), establishment_id, [_sent(one) for one in files])
    except (Invalid, Refused) as refusal:
        form.other_errors.append(refusal.text.render(current_language()))
        return _form_page(form), 400
    return redirect(url_for("continuity.preview_files", establishment_id=establishment_id, files_id=draft))


@pages.get(f"{HERE}/continuity/imports/<int:files_id>")
def preview_files(establishment_id: int, files_id: int) -> str:
    """What the files would change, line by line."""
    return _preview_page(_seen(files_id))


@pages.post(f"{HERE}/continuity/imports/<int:files_id>/confirm")
def confirm_files(establishment_id: int, files_id: int) -> ResponseReturnValue:
    """Write what was shown, once; a second click learns that it was written, or given up."""
    try:
        _seen(files_id)
    except NotFound:
        if not may(Right.MANAGE_CONTINUITY):
            raise
        flash(_("Cet import n’attend plus de confirmation : il est enregistré, abandonné ou oublié."))
        return redirect(url_for("continuity.activities_list", establishment_id=establishment_id))
    try:
        done = continuity_import.confirm(platform(), scope(), files_id, request.form.get("mark", ""))
    except Refused as refusal:
        return _preview_page(_seen(files_id), refusal.text.render(current_language())), 409
    flash(
        _(
            "Import enregistré. Activités et ressources : ajouts %(created)s, modifications %(changed)s. "
            "Dépendances : ajouts %(tied)s, modifications %(retied)s.",
            created=done.created,
            changed=done.changed,
            tied=done.tied,
            retied=done.retied,
        )
    )
    return redirect(url_for("continuity.activities_list", establishment_id=establishment_id))


@pages.post(f"{HERE}/continuity/imports/<int:files_id>/give-up")
def give_up_files(establishment_id: int, files_id: int) -> ResponseReturnValue:
    """Forget the files."""
    continuity_import.give_up(platform(), scope(), _seen(files_id).id)
    flash(_("Import abandonné : rien n’a été enregistré."))
    return redirect(url_for("continuity.activities_list", establishment_id=establishment_id))


@pages.get(f"{HERE}/continuity/export/<any(nodes, dependencies):what>.csv")
def export_file(establishment_id: int, what: str) -> Response:
    """The nodes in use, or their dependencies, as a file that can be imported again."""
    content = continuity_import.export(platform(), scope(), establishment_id, Sort(what))
    return attachment(content, f"{NAMES[Sort(what)]}-{place().finess}.csv")


def _form() -> FilesForm:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    return FilesForm(sent()) if request.method == "POST" else FilesForm()


def _sent(file: FileStorage) -> SentFile:
    """What was sent, up to one byte over the limit: the service says that it is too large."""
    return SentFile(file.filename or "", file.stream.read(MAX_BYTES + 1))


def _form_page(form: FilesForm) -> str:
    lang = current_language()
    columns = {
        sort: [(text.render(lang), name in NEEDED[sort]) for name, text in known.items()]
        for sort, known in COLUMNS.items()
    }
    return render_template(
        "continuity/import.html",
        form=form,
        columns=columns,
        most_lines=MAX_LINES,
        may_export=may(Right.EXPORT),
        waiting=continuity_import.list_waiting(platform(), scope(), place().id),
    )


def _seen(files_id: int) -> ContinuityPreview:
    return of_this_place(continuity_import.preview(platform(), scope(), files_id))


def _preview_page(seen: ContinuityPreview, wrong: str = "") -> str:
    return render_template("continuity/import_preview.html", seen=seen, wrong=wrong)
