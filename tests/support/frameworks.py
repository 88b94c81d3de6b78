"""Files of frameworks for tests: a small one of ours, a library of CISO Assistant, a table of criteria."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import yaml
from openpyxl.workbook import Workbook

Document = dict[str, Any]

CRITERIA = (
    "Chapitre", "Objectif", "Numéro du critère", "Intitulé", "Niveau", "Éléments d’évaluation", "Méthodes d’évaluation",
    "Thème CaRE",
)  # fmt: skip


def both(words: str) -> dict[str, str]:
    """A text in both languages."""
    return {"fr": words, "en": f"{words} (en)"}


def requirement(number: str, words: str, **more: Any) -> Document:
    """A requirement answered by a declaration."""
    return {"id": number, "title": both(words), "assessed_by": ["declaration"], **more}


def document(version: str = "1", *items: Document, **more: Any) -> Document:
    """A framework `essai` of format care-framework/1; two requirements in a section unless others are given."""
    known = items or (
        {"id": "A", "title": both("Gouverner"), "items": [requirement("A1", "Nommer"), requirement("A2", "Réunir")]},
    )
    return {
        "format": "care-framework/1",
        "id": "essai",
        "version": version,
        "kind": "guidance",
        "unit": "establishment",
        "title": both("Essai"),
        "source": {"name": both("Texte d’essai"), "url": "https://exemple.fr/texte"},
        "confidence": "copy",
        "items": list(known),
        **more,
    }


def yaml_bytes(content: object) -> bytes:
    """The same as a YAML file."""
    apart = json.loads(json.dumps(content))  # nothing is shared: an alias would be refused
    return yaml.safe_dump(apart, allow_unicode=True, sort_keys=False).encode()


def library(*nodes: Document, **more: Any) -> Document:
    """A library of CISO Assistant in French."""
    known = nodes or (
        node("1", "Gouvernance", assessable=False),
        node("1.1", "Nommer un responsable", parent="1", description="Il est nommé par écrit."),
    )
    return {
        "urn": "urn:essai:risk:library:lib",
        "locale": "fr",
        "ref_id": "Essai-Lib",
        "name": "Bibliothèque d’essai",
        "description": "Voir https://exemple.fr/lib.",
        "version": 3,
        "provider": "Éditeur",
        "packager": "essai",
        "objects": {"framework": {"ref_id": "Essai-Lib", "name": "Référentiel", "requirement_nodes": list(known)}},
        **more,
    }


def node(number: str, name: str, parent: str = "", *, assessable: bool = True, **more: Any) -> Document:
    """A node of a library."""
    urn = "urn:essai:risk:req_node:lib:"
    above = {"parent_urn": urn + parent} if parent else {}
    return {"urn": urn + number, "assessable": assessable, "ref_id": number, "name": name, **above, **more}


def criteria(*rows: Sequence[object], heads: Sequence[str] = CRITERIA) -> bytes:
    """A workbook of criteria."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    return saved(book)


INS = (
    "1 Le patient", "1.1 Le patient est identifié", "1.1-01", "L’identité est fiable", "Impératif",
    "- L’INS est qualifiée\n- Les équipes connaissent la procédure", "Audit système, Observation", "ins",
)  # fmt: skip


def saved(book: Workbook) -> bytes:
    """A workbook as bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edited(content: bytes, edit: Callable[[Workbook], object]) -> bytes:
    """A workbook, corrected as in a spreadsheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book)
    return saved(book)
