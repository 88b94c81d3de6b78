"""Files that hold a version of a framework, whoever wrote them: ours (YAML, workbook), a library of CISO Assistant, a
table of criteria of the HAS. What a file is is seen from what it holds."""

from __future__ import annotations

import csv
from collections.abc import Mapping

from openpyxl.workbook import Workbook

from care.adapters.foreign_frameworks import foreign_file, is_foreign
from care.adapters.framework_workbook import is_own_workbook, own_workbook
from care.adapters.framework_yaml import own_file
from care.adapters.frameworks import shipped_frameworks
from care.adapters.has_manual import THEMES, has_heads, is_manual, manual_of_csv, manual_of_workbook
from care.domain.framework_files import FileFacts, FrameworkFile, FrameworkFileError
from care.services.sent_text import decoded
from care.services.workbooks import opened
from scanners.model import Text
from scanners.read_yaml import load_mapping

MAX_YAML_BYTES = 3_000_000
"""The longest library seen has 850,000 characters; three million take a few seconds to read."""
_ZIP = b"PK\x03\x04"


def read_framework_file(name: str, content: bytes, facts: FileFacts) -> FrameworkFile:
    """The framework of a file. FrameworkFileError or KitError say what is wrong and where; Invalid (`file`) when it is
    no file of these kinds at all."""
    if not content.strip():
        raise _refused(name, "le fichier est vide", "the file is empty")
    if content.startswith(_ZIP):
        with opened(content, formulas=True) as book:
            return _of_workbook(name, book, facts)
    if name.lower().endswith(".csv"):
        return _of_csv(name, content, facts)
    return _of_yaml(name, content, facts)


def _of_workbook(name: str, book: Workbook, facts: FileFacts) -> FrameworkFile:
    if is_own_workbook(book):
        return own_workbook(name, book)
    if book.worksheets and is_manual(book):
        return manual_of_workbook(name, book, facts, themes())
    found = ", ".join(f"« {one.title} »" for one in book.worksheets[:8])
    raise _refused(
        name,
        "ni feuille « Exigences », ni tableau de critères sur la première feuille ; feuilles trouvées : "
        f"{found} ; partez d’un export ou du modèle",
        f"neither a sheet “Requirements” nor a table of criteria on the first sheet; sheets found: {found}; start from "
        "an export or from the template",
    )


def _of_csv(name: str, content: bytes, facts: FileFacts) -> FrameworkFile:
    text = decoded(name, content)
    first = text.partition("\n")[0]
    heads = next(csv.reader([first], delimiter=max(";,\t", key=first.count)), [])
    if not has_heads([one.strip() for one in heads]):
        raise _refused(
            name,
            "les colonnes « Numéro du critère » et « Éléments d’évaluation » manquent, partez du modèle",
            "the columns “Criterion number” and “Elements of evaluation” are missing, start from the template",
        )
    return manual_of_csv(name, text, facts, themes())


def _of_yaml(name: str, content: bytes, facts: FileFacts) -> FrameworkFile:
    if len(content) > MAX_YAML_BYTES:
        raise _refused(name, f"plus de {MAX_YAML_BYTES} octets", f"more than {MAX_YAML_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(
            name,
            "ce n’est ni un classeur .xlsx ni un texte en UTF-8",
            "it is neither an .xlsx workbook nor a text in UTF-8",
        ) from error
    document = load_mapping(text, name)
    if is_foreign(document):
        return foreign_file(name, document, facts)
    if "format" not in document:
        raise _refused(
            name,
            "ni « format: care-framework/1 », ni bibliothèque CISO Assistant (« urn », « objects »)",
            "neither “format: care-framework/1” nor a CISO Assistant library (“urn”, “objects”)",
        )
    return own_file(name, document)


def themes() -> Mapping[str, Text]:
    """The digital themes that criteria are tied to, by slug."""
    found = [one for one in shipped_frameworks() if one.id == THEMES]
    return {item.id: item.title for one in found[-1:] for item in one.requirements}


def _refused(name: str, fr: str, en: str) -> FrameworkFileError:
    return FrameworkFileError(
        [
            Text(
                f"{name} n’est pas un référentiel que CaRE sait lire : {fr}.",
                f"{name} is no framework that CaRE can read: {en}.",
            )
        ]
    )
