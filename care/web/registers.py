"""What the pages of registers share: three-way answers, closing, files read before they change anything."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import FileField, SelectField
from wtforms.validators import Optional

from care.services.errors import Invalid
from care.services.register_files import MAX_ROWS, sent_table
from care.services.table_files import MAX_BYTES, TableFile
from care.web import labels
from care.web.forms import Form, file_of, options
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
        return sent_table(file.stream.read(MAX_BYTES + 1), self.most)
