"""Reads lists of machines exported by other tools (GLPI, SCCM, Intune, EDR consoles) as CSV, in bounded memory.

The separator is found, headers are matched without case or accents, lines are read by blocks and kept as compact
columns. What makes the whole file doubtful (no name column, a header twice, a broken line) is refused with file and
line; a value that cannot be understood is counted, with its first line.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

import pandas as pd

from scanners.errors import CollectError
from scanners.workstations.facts import MAX_MACHINES, NAME_BYTES, NEVER, NO, UNKNOWN, YES

_SEPARATORS = ";\t,|"
_BLOCK_LINES = 10_000
_NAME = re.compile(r"[A-Z0-9_][A-Z0-9_.-]*")
_TRUTH: Mapping[str, int] = {
    **dict.fromkeys(("oui", "yes", "true", "vrai", "1", "on", "active", "enabled", "chiffre", "encrypted"), YES),
    **dict.fromkeys(
        ("non", "no", "false", "faux", "0", "off", "inactive", "disabled", "non chiffre", "not encrypted"), NO
    ),
}
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T].*)?\Z")
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?\Z")

if TYPE_CHECKING:
    import _csv

ColumnType = Literal["name", "text", "date", "truth"]


@dataclass(frozen=True)
class Column:
    """One column we understand: its type and the headers it may have (lower case, no accent, words only)."""

    type: ColumnType
    headers: tuple[str, ...]


INVENTORY: Mapping[str, Column] = {
    "name": Column(
        "name",
        (
            "nom",
            "name",
            "device name",
            "nom de la machine",
            "nom ordinateur",
            "computer name",
            "machine",
            "hostname",
            "poste",
        ),
    ),
    "serial": Column("text", ("numero de serie", "serial number", "serial", "n de serie", "serialnumber")),
    "system": Column(
        "text", ("systeme d exploitation", "systeme d exploitation nom", "operating system", "os", "os name")
    ),
    "version": Column(
        "text",
        ("systeme d exploitation version", "version du systeme", "os version", "build number", "build", "version"),
    ),
    "kind": Column("text", ("type", "categorie", "chassis", "chassis type", "device type", "form factor")),
    "patched": Column(
        "date",
        (
            "dernier correctif",
            "derniere mise a jour",
            "last patch",
            "last update",
            "last patched",
            "date du dernier correctif",
        ),
    ),
    "encrypted": Column(
        "truth", ("chiffre", "chiffrement", "encrypted", "encryption", "bitlocker", "chiffrement du disque")
    ),
    "isolated": Column("truth", ("isole", "isolated", "cloisonne")),
}
"""Columns of an inventory. Only the name is required."""

EDR: Mapping[str, Column] = {
    "name": Column("name", (*INVENTORY["name"].headers, "endpoint", "endpoint name", "host", "agent")),
    "serial": INVENTORY["serial"],
    "edr_seen": Column(
        "date",
        (
            "derniere connexion",
            "dernier contact",
            "last seen",
            "last contact",
            "last check in",
            "last communication",
            "derniere communication",
            "vu le",
        ),
    ),
}
"""Columns of an EDR or antivirus console. Only the name is required."""


@dataclass
class Table:
    """A list read: one row per machine (the first of each name), the columns found, what could not be understood.

    `unread` tells, for each column (and `name`), how many values were not understood and the line of the first.
    """

    frame: pd.DataFrame
    columns: tuple[str, ...]
    lines: int = 0
    duplicates: int = 0
    unread: dict[str, tuple[int, int]] = field(default_factory=dict)


def read_table(text: str, name: str, columns: Mapping[str, Column]) -> Table:
    """The machines listed in `text`; `name` is what messages call the file. CollectError says what to correct."""
    text = text.removeprefix("\ufeff")
    if "\x00" in text[:1_000]:
        raise _refused(
            name, "UTF-16 ou fichier binaire, enregistrez-le en CSV UTF-8", "UTF-16 or binary, save it as UTF-8 CSV"
        )
    above = 0
    if text[:20].casefold().startswith("sep="):
        above, text = 1, text.partition("\n")[2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    blocks = []
    try:
        header = next(reader, [])
        places = _places(header, columns, name, above + 1)
        table = Table(pd.DataFrame(), tuple(places))
        for block in _blocks(reader, len(header), places, name, above):
            table.lines += len(block)
            if table.lines > MAX_MACHINES:
                raise _refused(name, f"plus de {MAX_MACHINES} lignes", f"more than {MAX_MACHINES} lines")
            blocks.append(_compact(block, columns, table))
    except csv.Error as error:
        line = above + reader.line_num
        raise _refused(name, f"ligne {line} mal formée ({error})", f"line {line} is malformed ({error})") from error
    frame = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame({place: [] for place in places}, dtype=str)
    table.frame = frame.drop_duplicates("name", ignore_index=True)
    table.duplicates = len(frame) - len(table.frame)
    return table


def short_name(raw: str) -> str:
    """A machine's name as every list can write it: upper case, without domain suffix, DOMAIN\\ prefix or trailing $."""
    name = raw.strip().rpartition("\\")[2].removesuffix("$").upper()
    if not re.fullmatch(r"[0-9.]+", name):
        name = name.partition(".")[0]
    return name if _NAME.fullmatch(name) and len(name) <= NAME_BYTES else ""


def _separator(text: str) -> str:
    """The separator that the header line holds most often outside quotes."""
    bare = re.sub(r'"[^"]*"', "", text[:100_000].partition("\n")[0])
    return max(_SEPARATORS, key=bare.count)


def _places(header: list[str], columns: Mapping[str, Column], name: str, line: int) -> dict[str, int]:
    """Which of our columns each header is."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        word = _plain(cell)
        for column, known in columns.items():
            if word not in known.headers:
                continue
            if column in places:
                twice = f"“{header[places[column]]}”, “{cell}”"
                raise _refused(
                    name,
                    f"ligne {line} : deux colonnes disent la même chose ({twice}), retirez-en une",
                    f"line {line}: two columns say the same ({twice}), remove one",
                )
            places[column] = place
    if "name" not in places:
        found, wanted = ", ".join(header)[:200], ", ".join(columns["name"].headers[:4])
        raise _refused(
            name,
            f"ligne {line} : aucune colonne de nom de machine parmi « {found} », appelez-la par exemple {wanted}",
            f"line {line}: no machine name column among “{found}”, call it for instance {wanted}",
        )
    return places


def _blocks(
    reader: _csv.Reader, width: int, places: Mapping[str, int], name: str, above: int
) -> Iterator[pd.DataFrame]:
    """Lines as text, by blocks indexed by line number, blank ones left out.

    A line with more cells than the header is refused: its values would be read under the wrong columns.
    """
    wanted = list(places.values())
    while rows := list(islice(((above + reader.line_num, row) for row in reader), _BLOCK_LINES)):
        for line, row in rows:
            if len(row) > width and any(row[width:]):
                raise _refused(
                    name,
                    f"ligne {line} : plus de cellules que d’en-têtes, vérifiez le séparateur et les guillemets",
                    f"line {line}: more cells than headers, check the separator and the quotes",
                )
        kept = [(line, row) for line, row in rows if any(row)]
        cells = [[row[place] if place < len(row) else "" for place in wanted] for _line, row in kept]
        yield pd.DataFrame(cells, index=[line for line, _row in kept], columns=list(places), dtype=str)


def _compact(block: pd.DataFrame, columns: Mapping[str, Column], table: Table) -> pd.DataFrame:
    """One block as compact columns; lines whose name cannot be read are left out."""
    compact = pd.DataFrame(index=block.index)
    for column in block:
        kind = columns[str(column)].type
        compact[column] = _convert(block[column], kind)
        if kind != "text":
            _count_unread(table, str(column), block[column], compact[column])
    return compact[compact["name"] != ""]


def _convert(values: pd.Series[str], kind: ColumnType) -> pd.Series[str] | pd.Series[int]:
    """A column in its type; each distinct value is looked at once."""
    if kind == "name":
        return values.map(short_name)
    if kind == "text":
        return values.map({value: value.strip() for value in values.unique()})
    convert = _day if kind == "date" else _truth
    return values.map({value: convert(value) for value in values.unique()}).astype("int32")


def _count_unread(table: Table, column: str, raw: pd.Series[str], read: pd.Series[str] | pd.Series[int]) -> None:
    """Count the values that say something we did not understand."""
    bad = read.isin(("", NEVER)) & (raw.str.strip() != "")
    if bad.any():
        count, first = table.unread.get(column, (0, int(raw.index.to_numpy()[bad.to_numpy().argmax()])))
        table.unread[column] = (count + int(bad.sum()), first)


def _day(raw: str) -> int:
    """Days since 1970 of a date written year first, or day first as in France; `NEVER` when it is neither."""
    text = raw.strip()
    if match := _YEAR_FIRST.match(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.match(text):
        day, month, year = match.groups()
    else:
        return NEVER
    moment = pd.to_datetime(f"{year}-{month:0>2}-{day:0>2}", format="%Y-%m-%d", errors="coerce")
    return NEVER if pd.isna(moment) or moment.year < 1970 else int((moment - pd.Timestamp(0)).days)


def _truth(raw: str) -> int:
    return _TRUTH.get(_plain(raw), UNKNOWN)


def _plain(text: str) -> str:
    """Lower case, no accent, words separated by one space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def _refused(name: str, fr: str, en: str) -> CollectError:
    return CollectError(
        f"Le fichier {name} est refusé : {fr} (colonnes acceptées : docs/formats.md).",
        f"The file {name} is refused: {en} (accepted columns: docs/formats.md).",
    )
