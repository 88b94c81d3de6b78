"""Reader of the register of remote accesses: the CSV that a hospital keeps, one row per access.

Separator `;` or `,`, with or without a byte-order mark. Columns are found by their French names, whatever their case,
accents and order (see `columns`). Cells are data: one that a spreadsheet would run as a formula is kept
as text, without its leading sign.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scanners.errors import CollectError
from scanners.model import Gap, Text
from scanners.remote_access.columns import COLUMNS
from scanners.remote_access.facts import (
    CONFIRMED,
    MAX_REGISTER_BYTES,
    MAX_REGISTER_ROWS,
    TO_CLOSE,
    TO_CORRECT,
    Access,
    Register,
)

_YES = frozenset({"oui", "o", "yes", "y", "vrai", "true", "1", "x", "actif", "ouvert"})
_NO = frozenset({"non", "n", "no", "faux", "false", "0", "inactif", "ferme"})
_DECISIONS: Mapping[str, str] = {
    **dict.fromkeys(("a fermer", "fermer", "revoque", "to close", "revoked"), TO_CLOSE),
    **dict.fromkeys(("a corriger", "corriger", "confirme a corriger", "to correct"), TO_CORRECT),
    **dict.fromkeys(("confirme", "maintenu", "confirmed"), CONFIRMED),
}
_FORMULA = re.compile(r"\A[\s=+@-]+")


@dataclass(frozen=True, slots=True)
class ReadRegister:
    """The register, and a gap for each cell that could not be understood."""

    register: Register
    gaps: tuple[Gap, ...]


def read_register(content: str, name: str) -> ReadRegister:
    """The register held by `content`, called `name` in messages.

    CollectError, with the line, when it is not a register at all; a cell that is not understood is a gap.
    """
    if len(content) > MAX_REGISTER_BYTES:
        raise _refused(name, 1, "fichier de plus de 4 Mio", "file over 4 MiB")
    text = content.removeprefix("\ufeff")
    if not text.strip():
        raise _refused(name, 1, "fichier vide", "empty file")
    rows = _rows(text, name)
    headings = rows[0][1] if rows else []
    columns = _columns(headings, name)
    accesses, gaps = list[Access](), list[Gap]()
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(headings) :]):
            raise _refused(name, line, "plus de cellules que de colonnes", "more cells than columns")
        accesses.append(Access(line=line, **_values(name, line, cells, columns, gaps)))
    return ReadRegister(Register(name, tuple(columns.values()), tuple(accesses)), tuple(gaps))


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    heading = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text), delimiter=";" if heading.count(";") >= heading.count(",") else ",", strict=True
    )
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, cells))
            line = reader.line_num + 1
            if len(rows) > MAX_REGISTER_ROWS:
                raise _refused(name, line, "plus de 20 000 lignes", "more than 20,000 rows")
    except csv.Error as error:
        raise _refused(name, line, f"guillemets ou séparateurs mal formés : {error}", f"malformed: {error}") from error
    return rows


def _columns(headings: list[str], name: str) -> dict[int, str]:
    known = {heading: field for field, names in COLUMNS.items() for heading in names}
    found = {place: known[key] for place, cell in enumerate(headings) if (key := _plain(cell)) in known}
    missing = {"supplier", "equipment"} - set(found.values())
    if missing:
        raise _refused(
            name,
            1,
            "colonnes « fournisseur » et « équipement » attendues en première ligne",
            "columns “fournisseur” and “équipement” expected on the first line",
        )
    if len(set(found.values())) != len(found):
        raise _refused(name, 1, "deux colonnes portent le même nom", "two columns bear the same name")
    return found


def _values(
    name: str, line: int, cells: list[str], columns: Mapping[int, str], gaps: list[Gap]
) -> dict[str, Any]:  # fields of Access have several types
    values: dict[str, Any] = {}
    unread: list[str] = []
    for place, field in columns.items():
        cell = neutral(cells[place]) if place < len(cells) else ""
        if not cell:
            continue
        try:
            values[field] = _READERS.get(field, str)(cell)
        except ValueError:
            gaps.append(_unread(name, line, field, cell))
            unread.append(field)
    return {**values, "unread": tuple(unread)}


def neutral(cell: str) -> str:
    """The cell without what would make a spreadsheet run it, and without control characters; 500 characters."""
    printable = "".join(character for character in cell if character.isprintable())
    return _FORMULA.sub("", printable)[:500].strip()


def _plain(text: str) -> str:
    """Lower case, no accent, every run of punctuation one space: « Coupure d’urgence » is `coupure d urgence`."""
    spaced = re.sub(r"[^\w]|_", " ", text.casefold())
    return " ".join(unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().split())


def _date(cell: str) -> date:
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", cell)
    if match is not None:
        return date(int(match[3]), int(match[2]), int(match[1]))
    return date.fromisoformat(cell[:10])


def _answer(cell: str) -> bool:
    word = _plain(cell)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(cell)


def _decision(cell: str) -> str:
    found = _DECISIONS.get(_plain(cell))
    if found is None:
        raise ValueError(cell)
    return found


def _level(cell: str) -> int:
    match = re.fullmatch(r"(?:palier\s*)?([12])", cell.casefold().strip())
    if match is None:
        raise ValueError(cell)
    return int(match[1])


def _days(cell: str) -> int:
    match = re.fullmatch(r"(\d{1,5})\s*(j|jours?|d|mois|ans?)?", cell.casefold())
    if match is None:
        raise ValueError(cell)
    unit = {"mois": 365 / 12, "an": 365, "ans": 365}.get(match[2] or "", 1)
    return round(int(match[1]) * unit)


def _names(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[\s,|]+", cell)))


def _accounts(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[\s,|/]+", cell)))


_READERS: Mapping[str, Callable[[str], object]] = {
    "accounts": _accounts,
    "starts": _date,
    "ends": _date,
    "reviewed": _date,
    "security_plan": _date,
    "attested": _date,
    "flow_reviewed": _date,
    "decided": _date,
    "decision": _decision,
    "sources": _names,
    "enabled": _answer,
    "report": _answer,
    "gateway": _answer,
    "second_factor": _answer,
    "level": _level,
    "trace_days": _days,
}


def _unread(name: str, line: int, field: str, cell: str) -> Gap:
    column, shown = COLUMNS[field][0], cell[:60]
    return Gap(
        "register",
        Text(
            f"Dans {name}, ligne {line}, la cellule « {shown} » de la colonne « {column} » n’est pas comprise ; "
            "corrigez-la dans le registre.",
            f"In {name}, line {line}, the cell “{shown}” of column “{column}” is not understood; correct it in the "
            "register.",
        ),
        truncated=True,
    )


def _refused(name: str, line: int, fr: str, en: str) -> CollectError:
    return CollectError(
        f"Le registre {name} est refusé à la ligne {line} ({fr}) ; corrigez le fichier et relancez l’audit.",
        f"The register {name} is refused at line {line} ({en}); correct the file and run the audit again.",
    )
