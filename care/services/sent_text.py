"""Text files as people send them, whatever wrote them: their encoding, their size, what is no text."""

from __future__ import annotations

from care.services.errors import Invalid
from scanners.model import Text

MAX_BYTES = 4 << 20
"""Our choice: ten times the largest hospital we know of."""


def decoded(name: str, content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 by its mark, else Windows-1252. Invalid (`file`) when it is no text."""
    if len(content) > MAX_BYTES:
        raise unreadable(
            name,
            f"il dépasse {MAX_BYTES >> 20} Mio, faites-en plusieurs",
            f"it is over {MAX_BYTES >> 20} MiB, split it",
        )
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise unreadable(
            name,
            "c’est un classeur, enregistrez la feuille au format « CSV UTF-8 »",
            "it is a workbook, save the sheet as “CSV UTF-8”",
        )
    text = _text(content)
    if "\0" in text:
        raise unreadable(
            name, "ce n’est pas un texte, enregistrez la feuille au format « CSV UTF-8 »",
            "it is no text, save the sheet as “CSV UTF-8”",
        )  # fmt: skip
    return text


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def unreadable(name: str, fr: str, en: str) -> Invalid:
    """Why a file cannot be read, under the field `file`."""
    shown = shown_name(name)
    return Invalid({"file": Text(f"« {shown} » ne peut pas être lu : {fr}.", f"“{shown}” cannot be read: {en}.")})


def shown_name(name: str) -> str:
    """The name of a file as a message shows it."""
    return "".join(filter(str.isprintable, name))[:80]
