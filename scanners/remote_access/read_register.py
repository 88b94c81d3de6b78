"""Reader of the register of remote accesses: the CSV that a hospital keeps, one row per access.

Read by the one reader of tables (`scanners.lists.read_cells`). Columns are found by their French names, whatever their
case, accents and order (see `columns`). Cells are data: one that a spreadsheet would run as a formula is kept as text,
without its leading sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from scanners.lists.errors import refused, refused_at
from scanners.lists.read_cells import Cells, read_cells
from scanners.lists.read_file import ways_of_text
from scanners.lists.words import neutral, plain
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
        raise refused(name, "plus de 4 Mio, faites-en plusieurs", "over 4 MiB, split it")
    cells = read_cells(ways_of_text(content, name), name, MAX_REGISTER_ROWS)
    columns = _columns(cells, name)
    gaps = list[Gap]()
    accesses = [Access(line=line, **_values(name, line, row, columns, gaps)) for line, row in cells.lines]
    return ReadRegister(Register(name, tuple(columns.values()), tuple(accesses)), tuple(gaps))


def _columns(cells: Cells, name: str) -> dict[int, str]:
    known = {heading: field for field, names in COLUMNS.items() for heading in names}
    found: dict[int, str] = {}
    for place, heading in enumerate(cells.headings):
        field = known.get(plain(heading))
        if field in found.values():
            raise refused_at(
                name,
                cells.line,
                f"deux colonnes disent la même chose, dont « {heading} », retirez-en une",
                f"two columns say the same, among them “{heading}”, remove one",
            )
        if field:
            found[place] = field
    if not {"supplier", "equipment"} <= set(found.values()):
        raise refused_at(
            name,
            cells.line,
            "colonnes « fournisseur » et « équipement » attendues en première ligne",
            "columns “fournisseur” and “équipement” expected on the first line",
        )
    return found


def _values(
    name: str, line: int, cells: Sequence[str], columns: Mapping[int, str], gaps: list[Gap]
) -> dict[str, Any]:  # fields of Access have several types
    values: dict[str, Any] = {}
    unread: list[str] = []
    for place, field in columns.items():
        cell = neutral(cells[place])
        if not cell:
            continue
        try:
            values[field] = _READERS.get(field, str)(cell)
        except ValueError:
            gaps.append(_unread(name, line, field, cell))
            unread.append(field)
    return {**values, "unread": tuple(unread)}


def _date(cell: str) -> date:
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", cell)
    if match is not None:
        return date(int(match[3]), int(match[2]), int(match[1]))
    return date.fromisoformat(cell[:10])


def _answer(cell: str) -> bool:
    word = plain(cell)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(cell)


def _decision(cell: str) -> str:
    found = _DECISIONS.get(plain(cell))
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
