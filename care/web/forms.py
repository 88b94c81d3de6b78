"""What forms share: messages in the reader's language, files as text, a service's refusals beside their field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import groupby
from typing import Any

from flask import request
from werkzeug.datastructures import CombinedMultiDict, FileStorage
from wtforms import Field
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs are of 3.2
from wtforms.form import BaseForm
from wtforms.i18n import get_translations
from wtforms.meta import DefaultMeta

from care.services.errors import Invalid, Refused
from care.services.node_rows import NodeLink
from care.web.language import current_language
from scanners.model import Lang, Text

_OURS = {
    "Not a valid choice.": Text("Choisissez l’une des réponses proposées.", "Choose one of the answers offered."),
    "Not a valid datetime value.": Text(
        "Cette date et cette heure ne se lisent pas : choisissez-les, ou écrivez 2026-03-12 14:30.",
        "This date and time cannot be read: choose them, or write 2026-03-12 14:30.",
    ),
    "Not a valid time value.": Text(
        "Cette heure ne se lit pas : écrivez-la 14:30.", "This time cannot be read: write it 14:30."
    ),
    "Not a valid integer value.": Text("Écrivez un nombre entier.", "Write a whole number."),
}


class _Words:
    """The messages of WTForms, in the voice of the pages."""

    def __init__(self, lang: Lang) -> None:
        self._lang, self._theirs = lang, get_translations([lang])

    def gettext(self, string: str) -> str:
        """One message."""
        ours = _OURS.get(string)
        return ours.render(self._lang) if ours else self._theirs.gettext(string).replace("'", "’")

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """One message about `n` things."""
        return str(self._theirs.ngettext(singular, plural, n)).replace("'", "’")


NodeGroup = tuple[str, list[tuple[int, str, bool]]]
"""Activities or resources of one kind to choose among: the name of the kind; number, name, whether it is chosen."""


class Form(PlainForm):
    """A form. CSRF is checked for the whole application, before any form is read."""

    class Meta(DefaultMeta):
        """Messages of WTForms in the reader's language."""

        def get_translations(self, form: BaseForm) -> Any:  # noqa: ANN401 - as WTForms types it
            """The words of this request's language: ours where WTForms names a fault without saying what to do."""
            return _Words(current_language())

    def blame(self, refusal: Invalid) -> None:
        """Put each sentence of a service beside its field; those of no field go to `other_errors`."""
        for name, text in refusal.fields.items():
            words = text.render(current_language())
            if name in self._fields:
                field: Field = self._fields[name]
                field.errors = [*field.errors, words]
            else:
                self.other_errors.append(words)

    def refuse(self, refusal: Refused) -> None:
        """Say above the form why it cannot be recorded now; what was typed stays in it."""
        self.other_errors.append(refusal.text.render(current_language()))

    def saved(self, save: Callable[[], object]) -> int:
        """Record what was typed by `save`: 0, else the status of the page that shows it again with what is wrong.

        400 says that it must be corrected, 409 that somebody was quicker or that it cannot be recorded now.
        """
        if not self.validate():
            return 400
        try:
            save()
        except Invalid as refusal:
            self.blame(refusal)
            return 400
        except Refused as refusal:
            self.refuse(refusal)
            return 409
        return 0

    @property
    def other_errors(self) -> list[str]:
        """Sentences that belong to no field in particular."""
        found: list[str] = self.__dict__.setdefault("_other_errors", [])
        return found


def nodes_by_kind(nodes: Iterable[NodeLink], chosen: Collection[int]) -> list[NodeGroup]:
    """Nodes, which come kind after kind, as groups of boxes to tick."""
    return [
        (kind, [(one.id, one.name, one.id in chosen) for one in ones])
        for kind, ones in groupby(nodes, key=lambda one: one.kind_name)
    ]


def options(pairs: Iterable[tuple[object, object]], group: object = None) -> list[Any]:
    """The choices of a drop-down or of radio buttons: (value, words), under one heading if `group` is given."""
    return [SelectChoice(value, words, optgroup=group) for value, words in pairs]


def sent() -> CombinedMultiDict[str, Any]:
    """What the browser sent: fields and files."""
    return CombinedMultiDict([request.files, request.form])


def file_of(field: Field) -> FileStorage | None:
    """The file sent in a field; a text sent in its place is no file."""
    return field.data if isinstance(field.data, FileStorage) else None


def text_of(field: Field) -> str:
    """The text of a file sent, "" when none was; UTF-8 with or without BOM, else the Windows code page."""
    file = file_of(field)
    if not file:
        return ""
    content: bytes = file.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
