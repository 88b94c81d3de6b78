"""What the pages of registers share: three-way answers, closing, files read before they change anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FileField, SelectField
from wtforms.validators import Optional

from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.register_files import MAX_ROWS, carried_table, sent_table
from care.services.register_keeping import Register
from care.services.table_files import MAX_BYTES, TableFile
from care.web import labels
from care.web.files import attachment
from care.web.forms import Form, file_of, options, sent
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused
from scanners.model import Text

_CHOOSE = Text("Choisissez un fichier.", "Choose a file.")


def three_way(label: Any, description: Any = "") -> SelectField:  # noqa: ANN401 - lazy words
    """A field that answers yes, no or not known, which is the default."""
    choices = options((value, labels.YES_NO[value].text) for value in ("", "yes", "no"))
    return SelectField(label, [Optional()], choices=choices, default="", description=description)


def answer_of(typed: str | None) -> bool | None:
    """What a three-way field says."""
    return {"yes": True, "no": False}.get(typed or "")


def typed_as(answer: bool | None) -> str:
    """A three-way answer as its field holds it."""
    return "" if answer is None else "yes" if answer else "no"


class FileForm(Form):
    """A file of a register, of `most` lines."""

    most = MAX_ROWS
    file = FileField(
        _("Fichier"),
        [Optional()],
        description=_(
            "XLSX ou CSV, exporté d’ici ou le vôtre. Une cellule vide ne change rien, « ? » veut dire inconnu."
        ),
    )

    def table(self) -> TableFile:
        """The table sent. Invalid (`file`) when there is none."""
        file = file_of(self.file)
        if not file:
            raise Invalid({"file": _CHOOSE})
        return sent_table(file.stream.read(MAX_BYTES + 1), self.most, file.filename or "")


@dataclass(frozen=True)
class RegisterFiles:
    """The pages by which a register goes to a spreadsheet and comes back; `subject` is the name of its blueprint."""

    register: Register[Any, Any]
    subject: str
    name: Any
    stem: str

    def add_to(self, pages: Blueprint, here: str) -> None:
        """Give the blueprint its addresses."""
        pages.add_url_rule(f"{here}/register.<form>", "file", self.file)
        pages.add_url_rule(f"{here}/import", "import_file", self.ask)
        pages.add_url_rule(f"{here}/import", "preview_file", self.preview, methods=["POST"])
        pages.add_url_rule(f"{here}/import/confirm", "confirm_file", self.confirm, methods=["POST"])
        if self.register.undoable:
            pages.add_url_rule(f"{here}/import/undo", "undo_file", self.undo, methods=["POST"])

    def file(self, establishment_id: int, form: str) -> Response:
        """The register as a spreadsheet."""
        if form not in ("csv", "xlsx"):
            raise NotFound
        return attachment(self.register.export(platform(), scope(), establishment_id, form), f"{self.stem}.{form}")

    def ask(self, establishment_id: int) -> str:
        """The form of a file."""
        self._may_manage()
        return self._import_page(establishment_id, FileForm())

    def preview(self, establishment_id: int) -> ResponseReturnValue:
        """What the file would change."""
        self._may_manage()
        form = FileForm(sent())
        form.most = self.register.sort.most
        try:
            return self._preview_page(establishment_id, form, form.table())
        except Invalid as refusal:
            form.blame(refusal)
            return self._import_page(establishment_id, form), 400

    def confirm(self, establishment_id: int) -> ResponseReturnValue:
        """Do what was shown."""
        self._may_manage()
        form, carried, seen = FileForm(), request.form.get("carried", ""), request.form.get("seen", "")
        try:
            self.register.take_in(platform(), scope(), establishment_id, carried, seen)
        except Invalid as refusal:
            form.blame(refusal)
            return self._import_page(establishment_id, form), 400
        except Refused as refusal:
            form.refuse(refusal)
            return self._preview_page(establishment_id, form, carried_table(carried, self.register.sort.most)), 409
        flash(gettext("Registre mis à jour."))
        return redirect(url_for(f"{self.subject}.index", establishment_id=establishment_id))

    def undo(self, establishment_id: int) -> ResponseReturnValue:
        """Put back what the last import changed."""
        self._may_manage()
        number = request.form.get("import", 0, type=row_number)
        with said_as_refused(Refused):
            self.register.undo_import(platform(), scope(), establishment_id, number)
            flash(gettext("Import annulé : le registre est comme avant lui."))
        return redirect(url_for(f"{self.subject}.index", establishment_id=establishment_id))

    def _import_page(self, establishment_id: int, form: FileForm) -> str:
        undoable = self.register.undoable
        last = self.register.last_import(platform(), scope(), establishment_id) if undoable else None
        return render_template(
            "registers/import.html",
            form=form,
            columns=self.register.sort,
            subject=self.subject,
            register_name=self.name,
            last=last,
        )

    def _preview_page(self, establishment_id: int, form: FileForm, table: TableFile) -> str:
        preview = self.register.preview(platform(), scope(), establishment_id, table)
        return render_template(
            "registers/preview.html", form=form, preview=preview, subject=self.subject, register_name=self.name
        )

    def _may_manage(self) -> None:
        if not may(self.register.manage):
            raise Forbidden
