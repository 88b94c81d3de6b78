"""Known vulnerabilities: the state of the data and its imports; what an establishment shows, exploited first."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import BinaryIO, cast

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from wtforms import FileField
from wtforms.validators import InputRequired, Optional

from care.services import lifecycle_tables
from care.services.errors import Invalid
from care.services.vulnerabilities import exposed as services
from care.services.vulnerabilities import importing
from care.web.days import DayField
from care.web.forms import Form, file_of, sent
from care.web.people import platform, scope
from scanners.vulnerabilities.model import NEEDED, STALE_AFTER

pages = Blueprint("vulnerabilities", __name__, template_folder="templates")
HERE = "/vulnerabilities"
LIFECYCLE = f"{HERE}/lifecycle"
FILES = ".json,.csv,.gz,.xz"


class FileForm(Form):
    """A file of vulnerabilities."""

    file = FileField(
        lazy_gettext("Fichier"),
        [InputRequired(message=lazy_gettext("Choisissez un fichier."))],
        render_kw={"accept": FILES},
    )
    dated = DayField(
        lazy_gettext("Téléchargé le"),
        [Optional()],
        description=lazy_gettext("Seulement si le fichier ne dit pas sa date : suivi Debian, EPSS sans entête."),
    )

    def upload(self, limit: int) -> importing.Sent | None:
        """What was sent; None when it was no file."""
        upload = file_of(self.file)
        if not upload:
            return None
        day = self.dated.data
        dated = datetime.combine(day, time(), UTC) if day else None
        return importing.Sent(upload.filename or "", cast(BinaryIO, upload.stream), limit, dated)


class TableForm(Form):
    """A table of life cycles."""

    file = FileField(
        lazy_gettext("Table (YAML)"),
        [InputRequired(message=lazy_gettext("Choisissez un fichier."))],
        render_kw={"accept": ".yaml,.yml"},
    )


@pages.get(LIFECYCLE)
def lifecycle() -> str:
    """The tables of life cycles in use, and their age."""
    return _tables(TableForm())


@pages.post(LIFECYCLE)
def import_lifecycle() -> ResponseReturnValue:
    """Import a table, whole or not at all."""
    form = TableForm(sent())
    upload = file_of(form.file) if form.validate() else None
    if upload:
        content = upload.stream.read(platform().settings.upload_bytes)
        try:
            count = lifecycle_tables.import_table(platform(), scope(), upload.filename or "", content)
            flash(ngettext("Table importée : %(num)s version.", "Table importée : %(num)s versions.", count))
            return redirect(url_for("vulnerabilities.lifecycle"))
        except Invalid as refusal:
            form.blame(refusal)
    return _tables(form), 400


def _tables(form: TableForm) -> str:
    tables = lifecycle_tables.read_tables(platform(), scope())
    return render_template("vulnerabilities/lifecycle.html", tables=tables, form=form)


@pages.get(HERE)
def index() -> str:
    """What is imported, and the files sent lately."""
    return _shown(FileForm())


@pages.post(HERE)
def receive() -> ResponseReturnValue:
    """Keep a file and have it tried out; its counts come next."""
    form = FileForm(sent())
    if form.validate():
        file = form.upload(platform().settings.upload_bytes)
        try:
            if file is not None:
                importing.receive(platform(), scope(), file)
                flash(_("Fichier reçu : un exécutant le lit. Rien n’est importé avant votre accord."))
                return redirect(url_for("vulnerabilities.index"))
        except Invalid as refusal:
            form.blame(refusal)
    return _shown(form), 400


@pages.post(f"{HERE}/<int:job_id>/keep")
def keep(job_id: int) -> ResponseReturnValue:
    """Import a file that was tried out."""
    importing.keep(platform(), scope(), job_id)
    flash(_("Import demandé : un exécutant s’en charge."))
    return redirect(url_for("vulnerabilities.index"))


@pages.get("/establishments/<int:establishment_id>/vulnerabilities")
def own(establishment_id: int) -> str:
    """What an establishment shows of known vulnerabilities."""
    view = services.exposed(platform(), scope(), establishment_id)
    return render_template("vulnerabilities/own.html", view=view, needed=NEEDED, stale_after=STALE_AFTER.days)


def _shown(form: FileForm) -> str:
    settings = platform().settings
    data = importing.data_state(platform(), scope())
    form.file.description = _(
        "%(limit)s Mio au plus ; au-delà, « care vulnerabilities import ».", limit=settings.upload_mb
    )
    form.file.render_kw = {**(form.file.render_kw or {}), "data-max-bytes": str(settings.upload_bytes)}
    return render_template(
        "vulnerabilities/index.html", data=data, form=form, needed=NEEDED, stale_after=STALE_AFTER.days
    )
