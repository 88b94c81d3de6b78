"""The open FINESS extract: what its lines hold, and why one is refused. Pure: lines in, entries out.

First line `finess;etalab;NNN;YYYY-MM-DD`, then `structureet` lines of 31 or 32 fields separated by `;`, with no column
header. The geographic file adds `geolocalisation` lines, which are passed over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from care.domain.regions import REGION_OF_DEPARTMENT, insee_department
from scanners.model import Text

FIELDS = frozenset({31, 32})
# No real line comes near; a file without line ends is refused before it fills the memory.
MAX_LINE_BYTES = 64 << 10
MAX_NAME = 300
MAX_LABEL = 200
_NUMBER = re.compile(r"[0-9][0-9AB][0-9]{7}\Z")
_SIRET = re.compile(r"(?:[0-9]{14})?\Z")
_DEPARTMENT = re.compile(r"[0-9][0-9A-Z][0-9]?\Z")


class Malformed(Exception):  # noqa: N818 - says what the file is
    """A line that cannot be read: its number (from 1) and the reason."""

    def __init__(self, line: int, fr: str, en: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.line = line
        self.reason = Text(fr, en)


class Entry(NamedTuple):
    """One establishment of the extract. Dates are ISO text, None when the file gives none."""

    finess: str
    legal_entity_finess: str
    name: str
    category_code: str
    category: str
    siret: str
    department: str
    region_code: str | None
    city: str
    opened_on: str | None
    updated_on: str | None


class Extract:
    """An extract being read: its date, then its entries one by one, in flat memory."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the first line; Malformed when it is not an extract's."""
        self._rows = csv.reader(lines, delimiter=";", strict=True)
        self.dated = _dated(self._next() or [])

    @property
    def line(self) -> int:
        """The number of the last line read, from 1."""
        return self._rows.line_num

    def _next(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except csv.Error as error:
            raise Malformed(
                self.line,
                f"les guillemets ou les champs sont mal formés ({error})",
                f"quotes or fields are malformed ({error})",
            ) from None

    def entries(self) -> Iterator[Entry]:
        """Each establishment; Malformed at the first line that is not as it should be."""
        while (row := self._next()) is not None:
            kind = row[0] if row else ""
            if kind == "structureet":
                yield self._entry(row)
            elif kind != "geolocalisation":
                raise Malformed(
                    self.line,
                    f"une ligne « structureet » est attendue, pas « {kind[:30]} »",
                    f"a “structureet” line is expected, not “{kind[:30]}”",
                )

    def _entry(self, row: list[str]) -> Entry:
        if len(row) not in FIELDS:
            raise Malformed(
                self.line,
                f"31 ou 32 champs sont attendus, il y en a {len(row)}",
                f"31 or 32 fields are expected, there are {len(row)}",
            )
        if not (_NUMBER.match(row[1]) and _NUMBER.match(row[2])):
            raise Malformed(
                self.line,
                f"un numéro FINESS de 9 signes est attendu, pas « {row[1][:30]} » et « {row[2][:30]} »",
                f"a FINESS number of 9 signs is expected, not “{row[1][:30]}” and “{row[2][:30]}”",
            )
        if not _SIRET.match(row[22]):
            raise Malformed(
                self.line,
                f"un SIRET a 14 chiffres, pas « {row[22][:30]} »",
                f"a SIRET has 14 digits, not “{row[22][:30]}”",
            )
        if not _DEPARTMENT.match(row[13]):
            raise Malformed(
                self.line, f"« {row[13][:30]} » n’est pas un département", f"“{row[13][:30]}” is not a department"
            )
        name = row[4] or row[3]
        if (
            not name
            or len(name) > MAX_NAME
            or max(len(row[18]), len(row[19]), len(row[15])) > MAX_LABEL
            or len(row[18]) > 4
        ):
            raise Malformed(
                self.line,
                "la raison sociale manque, ou un libellé est trop long",
                "the name is missing, or a label is too long",
            )
        department = insee_department(row[13])
        return Entry(
            row[1],
            row[2],
            name,
            row[18],
            row[19],
            row[22],
            department,
            REGION_OF_DEPARTMENT.get(department),
            row[15][6:] if row[15][:5].isdigit() else row[15],
            self._day(row[28]),
            self._day(row[30]),
        )

    def _day(self, text: str) -> str | None:
        if not text:
            return None
        try:
            date.fromisoformat(text)
        except ValueError:
            raise Malformed(
                self.line, f"« {text[:30]} » n’est pas une date AAAA-MM-JJ", f"“{text[:30]}” is not a date YYYY-MM-DD"
            ) from None
        return text


def _dated(row: list[str]) -> date:
    try:
        if len(row) == 4 and row[:2] == ["finess", "etalab"]:
            return date.fromisoformat(row[3])
    except ValueError:
        pass
    raise Malformed(
        1,
        "la première ligne d’une extraction FINESS s’écrit « finess;etalab;NNN;AAAA-MM-JJ »",
        "the first line of a FINESS extract reads “finess;etalab;NNN;YYYY-MM-DD”",
    )


def first_repeated(extract: Extract) -> Malformed:
    """The fault of a file known to list an establishment twice: where. Holds every number read."""
    seen: set[str] = set()
    for entry in extract.entries():
        if entry.finess in seen:
            break
        seen.add(entry.finess)
    return Malformed(
        extract.line,
        f"l’établissement {entry.finess} est déjà plus haut dans le fichier",
        f"establishment {entry.finess} is already higher up in the file",
    )
