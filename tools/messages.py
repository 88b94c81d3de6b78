"""Brings the English translation up to date: `.venv/bin/python tools/messages.py`.

Collects the French sentences of `care/web`, merges them into `messages.po` (new ones come empty, gone ones leave) and
compiles `messages.mo`. A test fails while a sentence has no translation or the compiled file is not current.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).resolve().parent.parent / "care/web"
PO = WEB / "translations/en/LC_MESSAGES/messages.po"
FIXED_DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""The same sentences give the same file."""
HEADER = r"""# English of the pages of CaRE. Written by hand; `tools/messages.py` adds and removes entries.
msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext.babel_extract")]
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}


def collected() -> Catalog:
    """Every sentence of the pages, sorted by file and line."""
    catalog = Catalog(fuzzy=False)
    found = extract_from_dir(
        WEB, METHODS, OPTIONS, keywords={"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    )
    for name, _line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def english() -> Catalog:
    """The translation as it is written."""
    with PO.open("rb") as file:
        catalog = read_po(file, locale="en")
    catalog.creation_date = catalog.revision_date = FIXED_DATE
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """What the program loads."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def translated(words: str | tuple[str, ...] | list[str] | None) -> bool:
    """Whether a sentence is translated, in all its numbers."""
    return bool(words) and (isinstance(words, str) or all(words))


def main() -> None:
    """Merge, write, compile, and say what remains to translate."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    catalog = english() if PO.exists() else Catalog(locale="en", fuzzy=False)
    catalog.update(collected(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    written = BytesIO()
    write_po(written, catalog, width=120, omit_header=True, include_lineno=False, sort_output=True)
    PO.write_bytes(HEADER.encode() + written.getvalue())
    PO.with_suffix(".mo").write_bytes(compiled(english()))
    for message in catalog:
        if message.id and not translated(message.string):
            print(message.id)


if __name__ == "__main__":
    main()
